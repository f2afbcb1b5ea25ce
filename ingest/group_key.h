// SPDX-License-Identifier: Apache-2.0
// The group key of a match: which alert it belongs to (semantics.md §4). One thread owns a GroupKeys; rule
// set and packs are shared and outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/event.h"
#include "core/report.h"
#include "rules/rule_set.h"

namespace countersign {

/// Name of the part that a rule's `group_window` adds.
inline constexpr std::string_view kGroupWindowField = "group_window";

/// Name of the part that every key of a backfill ends with.
inline constexpr std::string_view kBackfillField = "backfill";

class GroupKeys {
 public:
  /// `backfill`: its name; empty: it is none.
  GroupKeys(std::shared_ptr<const RuleSet> rules, std::uint64_t phase_key, std::string backfill = {});

  /// The parts for `rule` (index into rules()), and a text that is equal exactly when rule and parts are.
  void make(std::uint32_t rule, const Event& event, std::vector<GroupKeyPart>& parts, std::string& identity);
  /// Of an alert of a product: the product's own `id`, or, when it has none, the class's fields.
  void make_vendor(const std::string& pack, const std::string& id, const Event& event,
                   std::vector<GroupKeyPart>& parts, std::string& identity);

 private:
  static void add_fields(const std::vector<FieldKey>& keys, const Event& event,
                         std::vector<GroupKeyPart>& parts, std::string& identity);
  const std::vector<FieldKey>& fields(std::uint32_t rule, const EventClass* event_class);
  const std::vector<FieldKey>& class_fields(const EventClass* event_class);
  void add_backfill(std::vector<GroupKeyPart>& parts, std::string& identity) const;
  void add_window(const RuleId& rule, std::chrono::nanoseconds length, Timestamp time,
                  std::vector<GroupKeyPart>& parts, std::string& identity) const;

  std::shared_ptr<const RuleSet> rules_;
  std::uint64_t phase_key_;
  std::string backfill_;
  std::vector<std::vector<FieldKey>> by_rule_;
  std::unordered_map<const EventClass*, std::vector<FieldKey>> by_class_;
  std::vector<FieldKey> none_;
};

}  // namespace countersign
