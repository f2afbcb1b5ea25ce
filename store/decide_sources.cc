// SPDX-License-Identifier: Apache-2.0
// Expected sources that are not as expected: entries for silence and its end, and alerts about themselves.
#include <fmt/format.h>

#include "store/draft.h"

namespace countersign {
namespace {

/// What a trouble is called, in the group key of its alerts and in their titles.
struct TroubleName {
  std::string_view event;
  std::string_view title;
  Level severity = Level::High;
};

// Nothing is found in what does not arrive: as urgent as a rule that is not evaluated.
constexpr TroubleName kSilent{"source.silent", "Source silent", Level::High};
constexpr TroubleName kRejecting{"source.rejecting", "Source sends what cannot be read", Level::Medium};
constexpr TroubleName kSkewed{"source.skewed", "Clock of a source is wrong", Level::Medium};

std::string duration(std::chrono::nanoseconds span) {
  const auto seconds = std::chrono::abs(std::chrono::duration_cast<std::chrono::seconds>(span)).count();
  if (seconds >= 48 * 3'600) return fmt::format("{} d", seconds / 86'400);
  if (seconds >= 2 * 3'600) return fmt::format("{} h", seconds / 3'600);
  if (seconds >= 120) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} s", seconds);
}

std::string percent(std::uint64_t permille) { return fmt::format("{}.{} %", permille / 10, permille % 10); }

std::string what_is_meant(const ExpectedSource& expected) {
  std::string out = fmt::format("`{}`", expected.name);
  if (expected.subject.whole()) {
    if (expected.subject.source.value != expected.name)
      out += fmt::format(" (source `{}`)", expected.subject.source.value);
    return out;
  }
  return out + fmt::format(" (`{}` = `{}` in source `{}`)", expected.subject.field, expected.subject.value,
                           expected.subject.source.value);
}

std::string text_of_silence(const SourceFinding& finding) {
  const ExpectedSource& expected = finding.expected;
  const std::string rhythm = duration(expected.rhythm);
  if (finding.after.never_seen) {
    return fmt::format("Nothing was ever received of {}; it is expected to send at least every {}.",
                       what_is_meant(expected), rhythm);
  }
  return fmt::format("Nothing was received of {} since {}; it is expected to send at least every {}.",
                     what_is_meant(expected), format_rfc3339_millis(finding.activity->last_record), rhythm);
}

std::string text_of_rejects(const SourceFinding& finding, Timestamp now) {
  const RejectShare share = reject_share(*finding.activity, now);
  return fmt::format(
      "Of {}, {} of {} messages of the last hour could not be read ({}); {} is expected at most. What cannot "
      "be read is not searched. `countersign dead-letters top` shows what it is.",
      what_is_meant(finding.expected), share.rejected, share.judged, percent(share.permille()),
      percent(*finding.expected.rejects_max_permille));
}

std::string text_of_skew(const SourceFinding& finding, Timestamp now) {
  const EventClock clock = recent_clock(*finding.activity, now);
  const std::string allowed = duration(*finding.expected.skew_max);
  if (clock.ahead > 0) {
    return fmt::format("{} events of {} have times more than 5 min in the future; {} is expected at most.",
                       clock.ahead, what_is_meant(finding.expected), allowed);
  }
  return fmt::format(
      "The newest events of {} have times {} {} those of their records; {} is expected at most. Late events "
      "are left out of correlation.",
      what_is_meant(finding.expected), duration(clock.newest),
      clock.newest < std::chrono::nanoseconds{0} ? "behind" : "ahead of", allowed);
}

std::string with_people(std::string text, const ExpectedSource& expected) {
  if (!expected.owner.empty()) text += fmt::format(" Owner: {}.", expected.owner);
  if (!expected.asset.empty()) text += fmt::format(" Asset: {}.", expected.asset);
  return text;
}

std::vector<GroupKeyPart> group_key(const TroubleName& trouble, const std::string& name) {
  const std::string event(trouble.event);
  return {{"countersign.event", true, event, event}, {"countersign.source", true, name, name}};
}

AlertRecord trouble_alert(const TroubleName& trouble, const ExpectedSource& expected, std::string text) {
  AlertRecord record;
  Alert& facts = record.facts;
  facts.title = fmt::format("{}: {}", trouble.title, expected.name);
  facts.description = with_people(std::move(text), expected);
  facts.severity = trouble.severity;
  facts.source.source = expected.subject.source;
  facts.group_key = group_key(trouble, expected.name);
  facts.entities = {{"countersign.source", expected.name}};
  if (!expected.asset.empty()) facts.entities.push_back({"asset.id", expected.asset});
  if (!expected.subject.whole()) facts.entities.push_back({expected.subject.field, expected.subject.value});
  return record;
}

Result<EntrySeq> add_source_entry(Draft& draft, std::string_view type, const SourceFinding& finding,
                                  const AlertId& alert) {
  const ExpectedSource& expected = finding.expected;
  JsonObject entry = draft.begin_entry(type, own_context());
  entry.text("source", expected.subject.source.value).text("expected", expected.name);
  entry.time_or_null("last_record",
                     finding.activity ? std::optional(finding.activity->last_record) : std::nullopt);
  entry.number("rhythm_seconds", expected.rhythm.count()).text("alert", to_string(alert));
  return draft.add_entry(entry, type);
}

/// The alert stays as it is; its history says that the source speaks again.
Result<void> record_resumed(Draft& draft, const SourceFinding& finding, const AlertId& alert) {
  auto seq = add_source_entry(draft, "source.resumed", finding, alert);
  if (!seq) return failure(seq.error());
  auto before = draft.view().alert(alert);
  if (!before) return failure(before.error());
  const Status status = before->review.status;
  if (status == Status::Closed) return {};
  AlertRecord after = *before;
  after.last_entry = *seq;
  const ActorContext context = own_context();
  add_history(draft, *seq, {"source.resumed", status, status}, {&*before, &after, &context});
  change_alert(draft, *before, std::move(after));
  return {};
}

Result<void> record_silence(Draft& draft, SourceFinding& finding) {
  const bool was = finding.before && finding.before->silent;
  if (finding.after.silent && !was) {
    auto alert =
        open_or_attach_self(draft, trouble_alert(kSilent, finding.expected, text_of_silence(finding)));
    if (!alert) return failure(alert.error());
    finding.after.silent->alert = *alert;
    auto seq = add_source_entry(draft, "source.silent", finding, *alert);
    if (!seq) return failure(seq.error());
  }
  if (!finding.after.silent && was) return record_resumed(draft, finding, finding.before->silent->alert);
  return {};
}

Result<void> record_finding(Draft& draft, SourceFinding finding) {
  if (auto ok = record_silence(draft, finding); !ok) return ok;
  SourceHealth& after = finding.after;
  if (after.rejecting && !(finding.before && finding.before->rejecting)) {
    auto alert = open_or_attach_self(
        draft, trouble_alert(kRejecting, finding.expected, text_of_rejects(finding, draft.time())));
    if (!alert) return failure(alert.error());
    after.rejecting->alert = *alert;
  }
  if (after.skewed && !(finding.before && finding.before->skewed)) {
    auto alert = open_or_attach_self(
        draft, trouble_alert(kSkewed, finding.expected, text_of_skew(finding, draft.time())));
    if (!alert) return failure(alert.error());
    after.skewed->alert = *alert;
  }
  draft.put_row(RowChange::Where::Ledger, key::source_health(after.name), encode(after));
  return {};
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const SourcesCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  const SourceRows rows{[&view](const SourceSubject& subject) { return view.source_activity(subject); },
                        [&view](const std::string& name) { return view.source_health(name); }};
  auto findings = look_at_all(command.expected, rows, command.listening_from, stamp.time);
  if (!findings) return failure(findings.error());
  if (findings->empty()) return Decided{};
  for (SourceFinding& finding : *findings) {
    if (auto ok = record_finding(*draft, std::move(finding)); !ok) return failure(ok.error());
  }
  return std::move(*draft).finish();
}

}  // namespace countersign
