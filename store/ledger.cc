// SPDX-License-Identifier: Apache-2.0
#include "store/ledger.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

/// A path has at most 4,096 bytes (PATH_MAX); two such names fit an entry of 32 KiB.
constexpr std::size_t kNameBytesMax = 4'200;

void compare(std::string_view left_name, std::uint64_t left, std::string_view right_name, std::uint64_t right,
             std::vector<std::string>& out) {
  if (left != right) out.push_back(fmt::format("{} = {}, but {} = {}", left_name, left, right_name, right));
}

tl::unexpected<Error> corrupt(const Report& report, std::string_view what) {
  return failure(ErrorKind::Corrupt, fmt::format("report [{}, {}) of {}: {}", report.start.value,
                                                 report.end.value, to_string(report.partition), what));
}

bool is_plain_name(std::string_view name) {
  while (!name.empty()) {
    char32_t c = 0;
    const std::size_t length = decode_utf8(name, c);
    if (c < 0x20 || c == 0x7F || (c >= 0xDC00 && c <= 0xDCFF)) return false;
    name.remove_prefix(length);
  }
  return true;
}

Result<void> check_names(const Report& report) {
  for (const std::string* name : {&report.partition.source.value, &report.partition.topic.value}) {
    if (name->empty() || name->size() > kNameBytesMax || !is_plain_name(*name)) {
      return failure(ErrorKind::InvalidArgument,
                     fmt::format("a source or topic name is empty, longer than {} bytes, not UTF-8, or holds "
                                 "control characters",
                                 kNameBytesMax));
    }
  }
  return {};
}

Result<void> check_gaps(const Report& report) {
  Offset last = report.start;
  for (const Gap& gap : report.gaps) {
    if (gap.start < last || gap.end <= gap.start || gap.end > report.end) {
      return corrupt(report, fmt::format("gap [{}, {}) is outside the range or out of order", gap.start.value,
                                         gap.end.value));
    }
    last = gap.end;
  }
  return {};
}

Result<void> check_dead_letters(const Report& report) {
  std::uint64_t messages = 0;
  std::uint64_t elements = 0;
  for (const DeadLetter& letter : report.dead_letters) ++(letter.index ? elements : messages);
  if (messages != report.counts.dead_lettered || elements != report.counts.undecodable) {
    return corrupt(report,
                   fmt::format("{} dead messages and {} dead elements are kept, {} and {} counted", messages,
                               elements, report.counts.dead_lettered, report.counts.undecodable));
  }
  return {};
}

}  // namespace

void add_counts(const LedgerCounts& from, LedgerCounts& to) {
  to.delivered += from.delivered;
  to.parsed += from.parsed;
  to.dead_lettered += from.dead_lettered;
  to.events += from.events;
  to.undecodable += from.undecodable;
  to.duplicate += from.duplicate;
  to.unmatched += from.unmatched;
  to.matched += from.matched;
  to.matches += from.matches;
  to.over_limit += from.over_limit;
  to.suppressed += from.suppressed;
  to.correlated += from.correlated;
  to.uncorrelated += from.uncorrelated;
  to.attached += from.attached;
  to.opened += from.opened;
  to.repeated += from.repeated;
}

std::vector<std::string> imbalances(const LedgerRow& row) {
  const LedgerCounts& c = row.counts;
  std::uint64_t gaps = 0;
  for (const auto& [cause, offsets] : row.gaps) gaps += offsets;
  std::vector<std::string> out;
  compare("end - start + repeated", row.end.value - row.start.value + c.repeated, "delivered + gaps",
          c.delivered + gaps, out);
  compare("delivered", c.delivered, "parsed + dead_lettered", c.parsed + c.dead_lettered, out);
  compare("events", c.events, "undecodable + duplicate + unmatched + matched",
          c.undecodable + c.duplicate + c.unmatched + c.matched, out);
  compare("matches", c.matches, "over_limit + suppressed + correlated + uncorrelated + attached + opened",
          c.over_limit + c.suppressed + c.correlated + c.uncorrelated + c.attached + c.opened, out);
  return out;
}

Result<void> check_report(const Report& report) {
  if (auto ok = check_names(report); !ok) return ok;
  if (report.end < report.start) return corrupt(report, "ends before it starts");
  if (auto ok = check_gaps(report); !ok) return ok;
  if (report.next.next != report.end || report.next.incarnation != report.incarnation) {
    return corrupt(report, fmt::format("its next position is {} of incarnation {}", report.next.next.value,
                                       report.next.incarnation));
  }
  LedgerRow row{report.partition, report.incarnation, report.start, report.end, report.counts, {}, 0};
  row.counts.opened = row.counts.repeated = 0;
  row.counts.attached = 0;  // by the store; every signal ends in one of the two
  for (const Signal& signal : report.signals) {
    if (signal.count == 0) return corrupt(report, "a signal of no match");
    row.counts.attached += signal.count;
  }
  for (const Gap& gap : report.gaps) row.gaps[gap.cause] += gap.end.value - gap.start.value;
  const std::vector<std::string> problems = imbalances(row);
  if (!problems.empty()) return corrupt(report, "does not balance: " + problems.front());
  return check_dead_letters(report);
}

}  // namespace countersign
