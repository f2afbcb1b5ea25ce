// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/range_rules.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/hash.h"
#include "store/evidence/entry_fields.h"

namespace countersign {
namespace {

constexpr std::string_view kNotDelivered = "not_delivered";
constexpr auto kLossCauses =
    std::to_array<std::string_view>({"retention", "recreated", "truncated", "skipped_by_operator"});

tl::unexpected<Error> broken(std::string message) {
  return failure(ErrorKind::Malformed, std::move(message));
}

using Sum = std::optional<std::uint64_t>;  // empty: beyond 64 bits

Sum plus(Sum left, std::uint64_t right) {
  if (!left || right > std::numeric_limits<std::uint64_t>::max() - *left) return std::nullopt;
  return *left + right;
}

Sum sum_of(const JsonValue& entry, std::initializer_list<std::string_view> names) {
  Sum sum = 0;
  for (const std::string_view name : names) sum = plus(sum, count_of(entry, name));
  return sum;
}

Result<void> equal(std::string_view equation, Sum left, Sum right) {
  if (left && left == right) return {};
  const auto shown = [](Sum sum) { return sum ? fmt::format("{}", *sum) : std::string("more than 64 bits"); };
  return broken(
      fmt::format("the books do not balance: {}, but {} and {}", equation, shown(left), shown(right)));
}

using Causes = std::map<std::string, std::uint64_t, std::less<>>;

Result<Causes> gaps_of(const JsonValue& entry) {
  Causes gaps;
  for (const JsonMember& gap : *entry.find("gaps")->object()) {
    const bool known =
        gap.name == kNotDelivered || std::ranges::find(kLossCauses, gap.name) != kLossCauses.end();
    const std::uint64_t* const offsets = gap.value.unsigned_number();
    if (!known || offsets == nullptr) return broken("`gaps` must hold causes with their number of offsets");
    if (*offsets > 0) gaps.emplace(gap.name, *offsets);
  }
  return gaps;
}

Result<void> check_order(const JsonValue& object) {
  if (count_of(object, "start") <= count_of(object, "end")) return {};
  return broken(fmt::format("range from {} to {}", count_of(object, "start"), count_of(object, "end")));
}

Result<void> check_equations(const JsonValue& entry, const Causes& gaps) {
  Sum covered = plus(count_of(entry, "end") - count_of(entry, "start"), count_of(entry, "repeated"));
  Sum accounted = count_of(entry, "delivered");
  for (const auto& [cause, offsets] : gaps) accounted = plus(accounted, offsets);
  const struct {
    std::string_view equation;
    Sum left;
    Sum right;
  } equations[] = {
      {"end - start + repeated = delivered + gaps", covered, accounted},
      {"delivered = parsed + dead_lettered", sum_of(entry, {"delivered"}),
       sum_of(entry, {"parsed", "dead_lettered"})},
      {"events = undecodable + duplicate + unmatched + matched", sum_of(entry, {"events"}),
       sum_of(entry, {"undecodable", "duplicate", "unmatched", "matched"})},
      {"matches = over_limit + suppressed + correlated + uncorrelated + attached + opened",
       sum_of(entry, {"matches"}),
       sum_of(entry, {"over_limit", "suppressed", "correlated", "uncorrelated", "attached", "opened"})},
  };
  for (const auto& [equation, left, right] : equations) {
    if (Result<void> ok = equal(equation, left, right); !ok) return ok;
  }
  return {};
}

Result<void> check_member_fields(const JsonValue& list, std::string_view name,
                                 std::span<const EntryField> fields) {
  for (const JsonValue& item : *list.array()) {
    for (const EntryField& field : fields) {
      if (Result<void> ok = check_field(item, field); !ok) {
        return broken(fmt::format("an item of `{}`: {}", name, ok.error().message));
      }
    }
    if (Result<void> ok = check_order(item); !ok) return ok;
  }
  return {};
}

Result<void> check_reports(const JsonValue& entry, const JsonValue& reports) {
  constexpr std::array kFields{EntryField{"start", FieldKind::Count}, EntryField{"end", FieldKind::Count},
                               EntryField{"digest", FieldKind::HashOrNull}};
  if (Result<void> ok = check_member_fields(reports, "reports", kFields); !ok) return ok;
  const bool repeated = count_of(entry, "repeated") > 0;
  std::uint64_t end = count_of(entry, "start");
  Sha256 hasher;
  bool all_digests = true;
  for (const JsonValue& report : *reports.array()) {
    const std::uint64_t start = count_of(report, "start");
    if (start != end && !(repeated && start < end)) {
      return broken(fmt::format("a report begins at {}, the former one ends at {}", start, end));
    }
    end = count_of(report, "end");
    hasher.update_u64(start);
    hasher.update_u64(end);
    const JsonValue& digest = *report.find("digest");
    if (digest.is_null()) {
      all_digests = false;
    } else {
      hasher.update(strict_hash(*digest.text())->bytes);
    }
  }
  if (end != count_of(entry, "end")) {
    return broken(fmt::format("the reports end at {}, the range at {}", end, count_of(entry, "end")));
  }
  const JsonValue& digest = *entry.find("digest");
  if (digest.is_null()) return {};
  if (all_digests && strict_hash(*digest.text()) == hasher.finish()) return {};
  return broken("`digest` is not that of the reports in the payload");
}

Result<void> check_gaps(const JsonValue& entry, const JsonValue& gaps) {
  constexpr std::array kFields{EntryField{"start", FieldKind::Count}, EntryField{"end", FieldKind::Count},
                               EntryField{"cause", FieldKind::Text}};
  if (Result<void> ok = check_member_fields(gaps, "gaps", kFields); !ok) return ok;
  Causes listed;
  for (const JsonValue& gap : *gaps.array()) {
    const std::uint64_t offsets = count_of(gap, "end") - count_of(gap, "start");
    const Sum sum = plus(listed[text_of(gap, "cause")], offsets);
    if (!sum) return broken("the gaps in the payload are beyond 64 bits");
    listed[text_of(gap, "cause")] = *sum;
  }
  std::erase_if(listed, [](const auto& gap) { return gap.second == 0; });
  Result<Causes> summed = gaps_of(entry);
  if (!summed) return failure(summed.error());
  if (listed == *summed) return {};
  return broken("`gaps` is not the sum of the gaps in the payload");
}

}  // namespace

RangeRules::Key RangeRules::key_of(const JsonValue& entry) {
  return {text_of(entry, "source"), text_of(entry, "topic"), count_of(entry, "partition")};
}

Result<void> RangeRules::loss(const JsonValue& entry) {
  if (Result<void> ok = check_order(entry); !ok) return ok;
  partitions_[key_of(entry)].losses.push_back({count_of(entry, "incarnation"), count_of(entry, "start"),
                                               count_of(entry, "end"), text_of(entry, "cause")});
  return {};
}

// Every gap of another cause than not_delivered lies in one ingest.loss of that cause, and the reverse.
Result<void> RangeRules::losses(const JsonValue& entry, Partition& partition) {
  Result<Causes> gaps = gaps_of(entry);
  if (!gaps) return failure(gaps.error());
  Causes lost;
  const auto covered = [&](const Loss& loss) {
    return loss.incarnation == count_of(entry, "incarnation") && loss.end <= count_of(entry, "end");
  };
  for (const Loss& loss : partition.losses) {
    if (covered(loss) && loss.end > loss.start) lost[loss.cause] += loss.end - loss.start;
  }
  std::erase_if(partition.losses, covered);
  for (const std::string_view cause : kLossCauses) {
    const auto gap = gaps->find(cause);
    const auto loss = lost.find(cause);
    const std::uint64_t in_gaps = gap == gaps->end() ? 0 : gap->second;
    const std::uint64_t in_losses = loss == lost.end() ? 0 : loss->second;
    if (in_gaps == in_losses) continue;
    return broken(
        fmt::format("{} offsets of gap {}, but {} in entries ingest.loss", in_gaps, cause, in_losses));
  }
  return {};
}

Result<void> RangeRules::range(const JsonValue& entry) {
  if (Result<void> ok = check_order(entry); !ok) return ok;
  Result<Causes> gaps = gaps_of(entry);
  if (!gaps) return failure(gaps.error());
  if (Result<void> ok = check_equations(entry, *gaps); !ok) return ok;
  Partition& partition = partitions_[key_of(entry)];
  const std::uint64_t incarnation = count_of(entry, "incarnation");
  const std::uint64_t start = count_of(entry, "start");
  if (partition.read && incarnation < partition.incarnation) {
    return broken(fmt::format("incarnation {} after {}", incarnation, partition.incarnation));
  }
  if (partition.read && incarnation == partition.incarnation && start != partition.end) {
    return broken(fmt::format("the range begins at {}, the former one of its partition ends at {}", start,
                              partition.end));
  }
  partition.read = true;
  partition.incarnation = incarnation;
  partition.end = count_of(entry, "end");
  return losses(entry, partition);
}

Result<void> RangeRules::payload(const JsonValue& entry, const JsonValue& payload) {
  const JsonValue* const reports = payload.find("reports");
  const JsonValue* const gaps = payload.find("gaps");
  if (reports == nullptr || reports->array() == nullptr || gaps == nullptr || gaps->array() == nullptr) {
    return broken("the payload of a range must have the lists `reports` and `gaps`");
  }
  if (Result<void> ok = check_reports(entry, *reports); !ok) return ok;
  return check_gaps(entry, *gaps);
}

}  // namespace countersign
