// SPDX-License-Identifier: Apache-2.0
// Reports: the books, then each signal attaches to its alert or opens one.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/limits.h"
#include "store/draft.h"
#include "store/evidence/strict_json.h"
#include "store/ledger.h"
#include "store/samples.h"

namespace countersign {
namespace {

/// An ingest.range entry covers at most so many reports, and at most a minute of them (contract.md §4).
constexpr std::uint32_t kRangeReportsMax = 1'024;
constexpr std::chrono::minutes kRangeTimeMax{1};
constexpr std::size_t kEntitiesMax = 256;  // detection gives at most 240

/// How much of the report is new.
struct Placement {
  bool dropped = false;
  Offset start;                // of what it adds to the books
  std::uint64_t repeated = 0;  // messages below the position that came again
};

Result<Placement> place_report(const Report& report, const std::optional<SourcePosition>& position) {
  if (!position || report.incarnation > position->incarnation) return Placement{false, report.start, 0};
  if (report.incarnation < position->incarnation) {
    return failure(ErrorKind::Conflict,
                   fmt::format("{}: report of incarnation {}, the position is in {}",
                               to_string(report.partition), report.incarnation, position->incarnation));
  }
  if (report.end <= position->next) return Placement{true, position->next, 0};
  if (report.start > position->next) {
    return failure(ErrorKind::Conflict,
                   fmt::format("{}: report starts at {}, the position is {}", to_string(report.partition),
                               report.start.value, position->next.value));
  }
  return Placement{false, position->next, position->next.value - report.start.value};
}

// --- signals

/// Signals of one group key, folded again: a report should have one, but nothing depends on it.
void fold(const Signal& from, Signal& to) {
  to.count += from.count;
  to.first = std::min(to.first, from.first);
  to.last = std::max(to.last, from.last);
  to.smallest.insert(to.smallest.end(), from.smallest.begin(), from.smallest.end());
  to.largest.insert(to.largest.end(), from.largest.begin(), from.largest.end());
  if (std::tie(from.first_offset, from.first_index) < std::tie(to.first_offset, to.first_index)) {
    to.first_offset = from.first_offset;
    to.first_index = from.first_index;
    to.first_append_time = from.first_append_time;
    to.explanation = from.explanation;
  }
  if (from.vendor && to.vendor)
    for (const VendorClaim& claim : from.vendor->claims) add_claim(to.vendor->claims, claim);
}

struct KeyedSignal {
  std::string key;  // of the groups row
  Signal signal;
};

std::vector<KeyedSignal> by_group(const Draft& draft, const Report& report) {
  std::vector<KeyedSignal> out;
  std::map<std::string, std::size_t> places;
  for (const Signal& signal : report.signals) {
    std::string key = group_key_of(draft, signal.rule, signal.group_key);
    const auto [place, added] = places.emplace(key, out.size());
    if (added) {
      out.push_back({std::move(key), signal});
    } else {
      fold(signal, out[place->second].signal);
    }
  }
  return out;
}

void add_samples(Draft& draft, const AlertId& alert, const SampleHeads& before, const Signal& signal) {
  SampleHeads after = merge_samples(before, signal.smallest, signal.largest);
  if (after == before) return;
  std::map<Hash256, const SampleEvent*> fresh;
  for (const auto* side : {&signal.smallest, &signal.largest}) {
    for (const SampleEvent& event : *side) {
      if (holds(after, event.hash) && !holds(before, event.hash)) fresh.emplace(event.hash, &event);
    }
  }
  for (const auto& [hash, event] : fresh) {
    const std::string_view bytes = std::string_view(event->bytes).substr(0, kSampleEventBytesMax);
    draft.seal(key::sample_payload(alert, hash), bytes);
  }
  std::map<Hash256, bool> gone;
  for (const auto* side : {&before.smallest, &before.largest}) {
    for (const SampleHead& head : *side) {
      if (!holds(after, head.hash)) gone.emplace(head.hash, true);
    }
  }
  for (const auto& [hash, erased] : gone) draft.erase_payload(key::sample_payload(alert, hash));
  draft.batch().samples.push_back({alert, std::move(after)});
}

AlertRecord record_of(Draft& draft, const Report& report, const Signal& signal,
                      const RuleManifestEntry& rule) {
  AlertRecord record;
  Alert& facts = record.facts;
  facts.id = draft.next_alert();
  facts.version = AlertVersion{1};
  facts.kind = signal.vendor ? AlertKind::Vendor : AlertKind::Rule;
  facts.rule_id = rule.id;
  facts.rule_content = rule.content;
  facts.ruleset = report.ruleset;
  facts.title = rule.title;
  facts.description = rule.description;
  facts.author = rule.author;
  facts.references = rule.references;
  facts.tags = rule.tags;
  facts.severity = rule.level;
  facts.severity_source = signal.vendor ? "vendor" : "rule";
  if (signal.vendor && !signal.vendor->claims.empty()) {
    facts.claimed = signal.vendor->claims.front().status;
    facts.claimed_time = signal.vendor->claims.front().time;
  }
  facts.source = report.partition;
  facts.group_key = signal.group_key;
  facts.queue.value = kDefaultQueue;
  facts.policy = draft.policy().version;
  facts.entities = signal.entities;
  if (facts.entities.size() > kEntitiesMax) facts.entities.resize(kEntitiesMax);
  facts.times.append = signal.first_append_time;
  facts.times.first_event = signal.first;  // for the entry; readers take it from the counts
  facts.times.opened = draft.time();
  record.incarnation = report.incarnation;
  record.offset = signal.first_offset;
  record.index = signal.first_index;
  record.review.due = draft.time() + review_target(draft.policy(), rule.level);
  return record;
}

AttachChange attach_of(const AlertRecord& record, const Signal& signal, std::uint64_t attached) {
  return {record.facts.id,
          {signal.count, signal.first, signal.last, false},
          attached,
          record.facts.severity,
          record.facts.queue};
}

/// It becomes part of a payload, which whoever verifies the log reads as strict JSON.
Result<void> check_explanation(const Report& report, const Signal& signal) {
  if (signal.explanation.empty()) return {};
  const std::string where =
      fmt::format("{}: explanation of a match of {}", to_string(report.partition), signal.rule.value);
  if (signal.explanation.size() > kExplanationBytesMax) {
    return failure(ErrorKind::Corrupt, fmt::format("{}: {} bytes, the limit is {}", where,
                                                   signal.explanation.size(), kExplanationBytesMax));
  }
  auto parsed = parse_strict_json(signal.explanation);
  if (!parsed) return failure(ErrorKind::Corrupt, fmt::format("{}: {}", where, parsed.error().message));
  if (parsed->object() == nullptr) return failure(ErrorKind::Corrupt, where + ": no JSON object");
  return {};
}

Result<void> open_alert(Draft& draft, const Report& report, const KeyedSignal& keyed,
                        const RuleManifestEntry& rule, const std::optional<GroupRecord>& group) {
  const Signal& signal = keyed.signal;
  AlertRecord record = record_of(draft, report, signal, rule);
  if (group) {
    record.facts.generation = group->generations + 1;
    record.facts.links.push_back(group->current);
  }
  if (auto ok = check_explanation(report, signal); !ok) return ok;
  Opening opening{{}, signal.explanation};
  if (!signal.smallest.empty()) opening.event = signal.smallest.front().hash;
  auto seq = add_opened_entry(draft, record, opening, own_context());
  if (!seq) return failure(seq.error());
  const AlertId id = record.facts.id;
  draft.batch().groups.push_back({keyed.key, {id, record.facts.generation}});
  draft.batch().attaches.push_back(attach_of(record, signal, signal.count - 1));
  add_samples(draft, id, {}, signal);
  if (signal.vendor)
    if (auto ok = record_claims(draft, record, signal.vendor->claims); !ok) return failure(ok.error());
  draft.batch().alerts.push_back({std::move(record), std::nullopt});
  return {};
}

/// Attach to the group's alert unless it is closed and the match is news: after the quiet period, or worse
/// than the alert was.
bool opens_generation(const Draft& draft, const AlertRecord& current, const Signal& signal, Level level) {
  if (current.review.status != Status::Closed) return false;
  if (level > current.facts.severity) return true;
  if (names_vendor_alert(signal)) return false;
  const Timestamp closed = current.review.closed.value_or(Timestamp{});
  return draft.time() > closed + draft.policy().quiet_period;
}

/// True: the signal opened an alert.
Result<bool> apply_signal(Draft& draft, const Report& report, const KeyedSignal& keyed) {
  const Signal& signal = keyed.signal;
  auto rule = signal.vendor ? Result<RuleManifestEntry>(vendor_rule(signal.rule, *signal.vendor))
                            : draft.view().rule(report.ruleset, signal.rule);
  if (!rule) {
    const bool unknown = rule.error().kind == ErrorKind::NotFound;
    return failure(unknown ? ErrorKind::Corrupt : rule.error().kind, rule.error().message);
  }
  auto group = draft.view().group(keyed.key);
  if (!group) return failure(group.error());
  if (*group) {
    auto current = draft.view().alert((*group)->current);
    if (!current) return failure(current.error());
    if (!opens_generation(draft, *current, signal, rule->level)) {
      auto samples = draft.view().samples(current->facts.id);
      if (!samples) return failure(samples.error());
      add_samples(draft, current->facts.id, *samples, signal);
      draft.batch().attaches.push_back(attach_of(*current, signal, signal.count));
      if (!signal.vendor) return false;
      AlertRecord after = *current;
      auto changed = record_claims(draft, after, signal.vendor->claims);
      if (!changed) return failure(changed.error());
      if (*changed) change_alert(draft, *current, std::move(after));
      return false;
    }
  }
  if (auto ok = open_alert(draft, report, keyed, *rule, *group); !ok) return failure(ok.error());
  return true;
}

// --- the books

struct Books {
  LedgerRow row;  // of this report
  RangeReport item;
};

Books books_of(const Report& report, const Placement& place, const LedgerCounts& counts) {
  Books books;
  books.row = {report.partition, report.incarnation, place.start, report.end, counts, {}, 0};
  for (const Gap& gap : report.gaps) books.row.gaps[gap.cause] += gap.end.value - gap.start.value;
  books.item = {report.start, report.end, report.digest, report.gaps};
  return books;
}

void add_row(const LedgerRow& from, LedgerRow& to) {
  to.end = from.end;
  add_counts(from.counts, to.counts);
  for (const auto& [cause, offsets] : from.gaps) to.gaps[cause] += offsets;
}

Result<void> add_to_sum(Draft& draft, const LedgerRow& row) {
  auto sum = draft.view().ledger_sum(row.partition, row.incarnation);
  if (!sum) return failure(sum.error());
  if (*sum) {
    add_row(row, **sum);
  } else {
    *sum = row;
  }
  draft.put_row(RowChange::Where::Ledger, key::ledger_sum(row.partition, row.incarnation), encode(**sum));
  return {};
}

bool continues(const OpenRange& range, const Report& report) {
  return range.reports < kRangeReportsMax && range.row.incarnation == report.incarnation &&
         range.ruleset == report.ruleset && range.packs == report.packs &&
         range.digests == report.digest.has_value();
}

/// Ends the partition's open range when this report cannot join it; gives the range that it joins.
Result<OpenRange> range_for(Draft& draft, const Report& report, Offset start) {
  auto open = draft.view().open_range(report.partition);
  if (!open) return failure(open.error());
  if (*open) {
    const bool old = draft.time() - (*open)->began >= kRangeTimeMax;
    if (continues(**open, report) && !old) return std::move(**open);
    if (auto ok = finish_range(draft, **open); !ok) return failure(ok.error());
  }
  OpenRange fresh;
  fresh.row.partition = report.partition;
  fresh.row.incarnation = report.incarnation;
  fresh.row.start = start;
  fresh.ruleset = report.ruleset;
  fresh.packs = report.packs;
  fresh.digests = report.digest.has_value();
  fresh.began = draft.time();
  return fresh;
}

void add_to_range(Draft& draft, OpenRange range, const Books& books) {
  add_row(books.row, range.row);
  const std::uint32_t number = range.reports++;
  draft.put_row(RowChange::Where::Ledger, key::open_range_report(books.row.partition, number),
                encode(books.item));
  draft.put_row(RowChange::Where::Ledger, key::open_range(books.row.partition), encode(range));
}

Result<Decided> drop_report(Draft draft, const Report& report) {
  auto sum = draft.view().ledger_sum(report.partition, report.incarnation);
  if (!sum) return failure(sum.error());
  if (!*sum) return Decided{};
  ++(*sum)->dropped_reports;
  draft.put_row(RowChange::Where::Ledger, key::ledger_sum(report.partition, report.incarnation),
                encode(**sum));
  return std::move(draft).finish();
}

Result<void> check_known(const Draft& draft, const Report& report) {
  auto rules = draft.view().has_ruleset(report.ruleset);
  if (!rules) return failure(rules.error());
  auto packs = draft.view().has_packs(report.packs);
  if (!packs) return failure(packs.error());
  if (*rules && *packs) return {};
  return failure(
      ErrorKind::InvalidArgument,
      fmt::format("report of {}: {} {} was not announced", to_string(report.partition),
                  *rules ? "pack set" : "rule set", to_hex(*rules ? report.packs : report.ruleset)));
}

void add_position(Draft& draft, const Report& report, const std::optional<SourcePosition>& before) {
  SourcePosition next = report.next;
  if (before && before->incarnation == next.incarnation) {
    next.event_time_max = std::max(next.event_time_max, before->event_time_max);
  }
  draft.batch().positions.push_back({report.partition, std::move(next)});
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const ReportCommand& command) {
  const Report& report = command.report;
  if (auto ok = check_report(report); !ok) return failure(ok.error());
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto position = view.position(report.partition);
  if (!position) return failure(position.error());
  auto place = place_report(report, *position);
  if (!place) return failure(place.error());
  if (place->dropped) return drop_report(std::move(*draft), report);
  if (auto ok = check_known(*draft, report); !ok) return failure(ok.error());

  auto range = range_for(*draft, report, place->start);
  if (!range) return failure(range.error());
  if (auto ok = add_loss_entries(*draft, report); !ok) return failure(ok.error());
  LedgerCounts counts = report.counts;
  counts.attached = 0;
  counts.opened = 0;
  counts.repeated = place->repeated;
  for (const KeyedSignal& keyed : by_group(*draft, report)) {
    auto opened = apply_signal(*draft, report, keyed);
    if (!opened) return failure(opened.error());
    counts.opened += *opened ? 1 : 0;
    counts.attached += keyed.signal.count - (*opened ? 1 : 0);
  }
  if (auto ok = settle_dead_letters(*draft, report, place->start); !ok) return failure(ok.error());
  if (auto ok = record_activity(*draft, report); !ok) return failure(ok.error());
  add_position(*draft, report, *position);
  const Books books = books_of(report, *place, counts);
  if (auto ok = add_to_sum(*draft, books.row); !ok) return failure(ok.error());
  add_to_range(*draft, std::move(*range), books);
  return std::move(*draft).finish();
}

}  // namespace countersign
