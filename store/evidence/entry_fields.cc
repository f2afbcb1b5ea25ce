// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/entry_fields.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "core/ids.h"
#include "core/time.h"

namespace countersign {
namespace {

using enum FieldKind;
using Words = std::span<const std::string_view>;

// The words of the contract are written out here a second time: a verifier that shared the writer's tables
// would share its mistakes.
constexpr auto kVerdicts =
    std::to_array<std::string_view>({"true_positive", "benign", "false_positive", "duplicate", "test",
                                     "insufficient_data", "managed_externally", "disregard"});
constexpr auto kReasons =
    std::to_array<std::string_view>({"confirmed_incident", "suspicious_but_expected", "incorrect_logic",
                                     "inaccurate_data", "authorised_change", "known_tool", "no_data"});
constexpr auto kLevels =
    std::to_array<std::string_view>({"informational", "low", "medium", "high", "critical"});
constexpr auto kStatuses = std::to_array<std::string_view>(
    {"new", "in_progress", "on_hold", "awaiting_countersign", "closed", "expired_unreviewed"});
constexpr auto kCauses =
    std::to_array<std::string_view>({"retention", "recreated", "truncated", "skipped_by_operator"});
constexpr auto kAlertKinds =
    std::to_array<std::string_view>({"rule", "correlation", "vendor", "manual", "import", "self"});

bool is_word(const JsonValue& value, Words words) {
  const std::string* const text = value.text();
  return text != nullptr && std::ranges::find(words, *text) != words.end();
}

bool is_text_where(const JsonValue& value, bool (*condition)(std::string_view)) {
  const std::string* const text = value.text();
  return text != nullptr && condition(*text);
}

bool is_hash(std::string_view text) { return strict_hash(text).has_value(); }
bool is_alert(std::string_view text) { return parse_alert_id(text).has_value(); }

bool has_kind(const JsonValue& value, FieldKind kind) {
  switch (kind) {
    case Text: return value.text() != nullptr && !value.text()->empty();
    case TextOrNull: return value.is_null() || value.text() != nullptr;
    case AnyText: return value.text() != nullptr;
    case Count: return value.unsigned_number() != nullptr;
    case Flag: return value.flag() != nullptr;
    case Hash: return is_text_where(value, is_hash);
    case HashOrNull: return value.is_null() || is_text_where(value, is_hash);
    case Time: return is_text_where(value, is_entry_time);
    case TimeOrNull: return value.is_null() || is_text_where(value, is_entry_time);
    case Alert: return is_text_where(value, is_alert);
    case Object: return value.object() != nullptr;
    case Verdict: return is_word(value, kVerdicts);
    case Reason: return is_word(value, kReasons);
    case Level: return is_word(value, kLevels);
    case Status: return is_word(value, kStatuses);
    case Cause: return is_word(value, kCauses);
    case FieldKind::AlertKind: return is_word(value, kAlertKinds);
  }
  return false;
}

std::string_view name_of(FieldKind kind) {
  switch (kind) {
    case Text: return "a text that is not empty";
    case TextOrNull: return "a text or null";
    case AnyText: return "a text";
    case Count: return "an integer from 0";
    case Flag: return "true or false";
    case Hash: return "64 lower-case hex digits";
    case HashOrNull: return "64 lower-case hex digits or null";
    case Time: return "a time in UTC with microseconds";
    case TimeOrNull: return "a time in UTC with microseconds or null";
    case Alert: return "an alert id";
    case Object: return "an object";
    case Verdict: return "a verdict";
    case Reason: return "a reason code";
    case Level: return "a level";
    case Status: return "a status";
    case Cause: return "a cause of loss";
    case FieldKind::AlertKind: return "an alert kind";
  }
  return "something else";
}

using Fields = std::vector<EntryField>;

Fields operator+(Fields left, const Fields& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// NOLINTNEXTLINE(readability-function-size): a table, one row an entry type
std::map<std::string_view, Fields> make_table() {
  const Fields partition{{"source", Text}, {"topic", Text}, {"partition", Count}, {"incarnation", Count}};
  const Fields range = partition + Fields{{"start", Count}, {"end", Count}};
  const Fields outcomes{{"suppressed", Count}, {"attached", Count}, {"opened", Count}};
  const Fields alert{{"alert", Alert},
                     {"alert_version", Count},
                     {"status_before", Status},
                     {"status_after", Status},
                     {"owner", TextOrNull}};
  const Fields decided = alert + Fields{{"decided_seq", Count}};
  std::map<std::string_view, Fields> table{
      {"log.opened", {{"origin", Text}, {"build", Text}}},
      {"key.rotated", {{"vkey", Text}}},
      {"ingest.range", range + outcomes +
                           Fields{{"delivered", Count},
                                  {"gaps", Object},
                                  {"parsed", Count},
                                  {"dead_lettered", Count},
                                  {"events", Count},
                                  {"undecodable", Count},
                                  {"duplicate", Count},
                                  {"unmatched", Count},
                                  {"matched", Count},
                                  {"matches", Count},
                                  {"over_limit", Count},
                                  {"correlated", Count},
                                  {"uncorrelated", Count},
                                  {"repeated", Count},
                                  {"ruleset", Hash},
                                  {"packs", Hash},
                                  {"build", Text},
                                  {"digest", HashOrNull},
                                  {"commit", Hash}}},
      {"correlation.range", outcomes + Fields{{"completed", Count}}},
      {"ingest.loss", range + Fields{{"cause", Cause}}},
      {"replay.started", {{"letters", Count}}},
      {"replay.finished", {{"replay", Count}, {"decoded", Count}, {"failed", Count}}},
      {"rules.quarantined",
       {{"ruleset", Hash},
        {"rule_id", Text},
        {"rule", Hash},
        {"share_permille", Count},
        {"budget_permille", Count},
        {"samples", Count},
        {"window_seconds", Count},
        {"alert", Alert}}},
      {"source.silent", {{"source", Text}, {"last_record", TimeOrNull}}},
      {"source.resumed", {{"source", Text}, {"last_record", TimeOrNull}}},
      {"alert.opened",
       {{"alert", Alert},
        {"kind", FieldKind::AlertKind},
        {"cause", Object},
        {"rule_id", TextOrNull},
        {"rule", HashOrNull},
        {"ruleset", HashOrNull},
        {"generation", Count},
        {"level", Level},
        {"queue", AnyText},
        {"policy", Text},
        {"due", TimeOrNull},
        {"event_time", TimeOrNull},
        {"append_time", TimeOrNull},
        {"commit", Hash}}},
      {"alert.decided", alert + Fields{{"verdict", Verdict},
                                       {"reason_code", Reason},
                                       {"policy", Text},
                                       {"events", Count},
                                       {"last_event", TimeOrNull},
                                       {"evidence", Hash}}},
      {"alert.approval_requested", decided},
      {"alert.approved", decided},
      {"alert.returned", decided},
      {"alert.closed", decided},
      {"deadline.missed", {{"alert", Alert}, {"clock", Text}, {"due", Time}}},
      {"payload.erased", {{"entry", Count}}},
  };
  for (const std::string_view type :
       {"alert.assigned", "alert.released", "alert.noted", "alert.held", "alert.resumed",
        "alert.severity_changed", "alert.vendor_updated", "alert.linked", "alert.reopened", "alert.refired",
        "alert.undone", "alert.expired_unreviewed"}) {
    table.emplace(type, alert);
  }
  return table;
}

}  // namespace

std::span<const EntryField> fields_of(std::string_view type) {
  static const std::map<std::string_view, Fields> kTable = make_table();
  const auto found = kTable.find(type);
  return found == kTable.end() ? std::span<const EntryField>() : std::span<const EntryField>(found->second);
}

Result<void> check_field(const JsonValue& object, const EntryField& field) {
  const JsonValue* const value = object.find(field.name);
  if (value == nullptr) return failure(ErrorKind::Malformed, fmt::format("`{}` is missing", field.name));
  if (has_kind(*value, field.kind)) return {};
  return failure(ErrorKind::Malformed, fmt::format("`{}` must be {}", field.name, name_of(field.kind)));
}

const std::string& text_of(const JsonValue& object, std::string_view name) {
  const JsonValue* const value = object.find(name);
  if (value == nullptr || value->text() == nullptr) std::abort();
  return *value->text();
}

std::uint64_t count_of(const JsonValue& object, std::string_view name) {
  const JsonValue* const value = object.find(name);
  if (value == nullptr || value->unsigned_number() == nullptr) std::abort();
  return *value->unsigned_number();
}

std::optional<Hash256> strict_hash(std::string_view text) {
  const std::optional<Hash256> hash = hash_from_hex(text);
  return hash && to_hex(*hash) == text ? hash : std::nullopt;
}

bool is_entry_time(std::string_view text) {
  const std::optional<Timestamp> time = parse_rfc3339(text);
  return time && format_rfc3339_micros(*time) == text;
}

}  // namespace countersign
