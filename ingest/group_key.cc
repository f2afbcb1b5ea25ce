// SPDX-License-Identifier: Apache-2.0
#include "ingest/group_key.h"

#include <array>
#include <utility>

#include "core/case_fold.h"
#include "ingest/event_fields.h"

namespace countersign {
namespace {

// Lengths before texts: no two different keys have one identity.
void append_number(std::uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>((number >> shift) & 0xFFU));
}

void append_part(const GroupKeyPart& part, std::string& out) {
  append_number(part.field.size(), out);
  out += part.field;
  out.push_back(part.present ? '\1' : '\0');
  append_number(part.folded.size(), out);
  out += part.folded;
}

void add_part(std::string_view field, std::string_view value, std::vector<GroupKeyPart>& parts,
              std::string& identity) {
  GroupKeyPart& part = parts.emplace_back();
  part.field = field;
  part.present = true;
  part.shown = value;
  part.folded = case_fold(value);
  append_part(part, identity);
}

std::uint64_t first_u64(const Hash256& hash) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8U | hash.bytes[i];
  return number;
}

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  const std::int64_t quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

}  // namespace

GroupKeys::GroupKeys(std::shared_ptr<const RuleSet> rules, std::uint64_t phase_key, std::string backfill)
    : rules_(std::move(rules)), phase_key_(phase_key), backfill_(std::move(backfill)) {
  for (const RuleInfo& rule : rules_->rules()) {
    std::vector<FieldKey>& keys = by_rule_.emplace_back();
    for (const std::string& field : rule.group_by) keys.emplace_back(field);
  }
}

const std::vector<FieldKey>& GroupKeys::fields(std::uint32_t rule, const EventClass* event_class) {
  return by_rule_[rule].empty() ? class_fields(event_class) : by_rule_[rule];
}

const std::vector<FieldKey>& GroupKeys::class_fields(const EventClass* event_class) {
  if (event_class == nullptr) return none_;
  const auto [known, added] = by_class_.try_emplace(event_class);
  if (added) {
    for (const std::string& field : event_class->group_by) known->second.emplace_back(field);
  }
  return known->second;
}

void GroupKeys::make(std::uint32_t rule, const Event& event, std::vector<GroupKeyPart>& parts,
                     std::string& identity) {
  parts.clear();
  identity.clear();
  append_number(rule, identity);
  add_fields(fields(rule, event.event_class()), event, parts, identity);
  const RuleInfo& info = rules_->rules()[rule];
  if (info.group_window) add_window(info.id, *info.group_window, event.time(), parts, identity);
  add_backfill(parts, identity);
}

void GroupKeys::add_backfill(std::vector<GroupKeyPart>& parts, std::string& identity) const {
  if (!backfill_.empty()) add_part(kBackfillField, backfill_, parts, identity);
}

void GroupKeys::add_fields(const std::vector<FieldKey>& keys, const Event& event,
                           std::vector<GroupKeyPart>& parts, std::string& identity) {
  for (const FieldKey& key : keys) {
    GroupKeyPart& part = parts.emplace_back();
    part.field = key.name;
    if (const Value* value = first_scalar(event, key)) {
      part.present = true;
      part.shown = value->text;
      part.folded = case_fold(value->text);
    }
    append_part(part, identity);
  }
}

void GroupKeys::make_vendor(const std::string& pack, const std::string& id, const Event& event,
                            std::vector<GroupKeyPart>& parts, std::string& identity) {
  parts.clear();
  identity.clear();
  append_number(rules_->rules().size(), identity);  // no rule has this number
  append_number(pack.size(), identity);
  identity += pack;
  if (id.empty()) {
    add_fields(class_fields(event.event_class()), event, parts, identity);
  } else {
    add_part(kVendorAlertIdField, id, parts, identity);
  }
  add_backfill(parts, identity);
}

void GroupKeys::add_window(const RuleId& rule, std::chrono::nanoseconds length, Timestamp time,
                           std::vector<GroupKeyPart>& parts, std::string& identity) const {
  const std::int64_t window = length.count();
  std::string keyed;
  for (const GroupKeyPart& part : parts) append_part(part, keyed);
  Sha256 sha;
  sha.update_u64(phase_key_);
  sha.update_u64(rule.value.size());
  sha.update(rule.value);
  sha.update(keyed);
  const auto phase = static_cast<std::int64_t>(first_u64(sha.finish()) % static_cast<std::uint64_t>(window));
  const std::int64_t at = time.time_since_epoch().count();
  // floor((at + phase) / window) without the sum, which may not fit.
  const std::int64_t whole = floor_divide(at, window);
  const std::int64_t rest = at - whole * window;
  const std::int64_t bucket = whole + (rest >= window - phase ? 1 : 0);
  GroupKeyPart& part = parts.emplace_back();
  part.field = kGroupWindowField;
  part.present = true;
  part.folded = std::to_string(bucket);
  part.shown = format_rfc3339_micros(Timestamp{std::chrono::nanoseconds{bucket * window - phase}});
  append_part(part, identity);
}

}  // namespace countersign
