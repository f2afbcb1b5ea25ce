// SPDX-License-Identifier: Apache-2.0
// A rule that detection does not evaluate any more: an entry, and an alert about itself.
#include <fmt/format.h>

#include "store/draft.h"

namespace countersign {
namespace {

/// What only the rule would find is not found: somebody should look within the hour.
constexpr Level kSeverity = Level::High;

/// Alerts about a rule's quarantine are a group of their own beside those that the rule opened.
std::vector<GroupKeyPart> group_key() {
  return {{"countersign.event", true, "rules.quarantined", "rules.quarantined"}};
}

std::string percent(std::uint64_t permille) { return fmt::format("{}.{} %", permille / 10, permille % 10); }

std::string description(const QuarantinedRule& what, const RuleManifestEntry& rule) {
  return fmt::format(
      "The rule `{}` ({}) took {} of a worker's time over {} s; the budget of a rule is {}. It is not "
      "evaluated "
      "any more: what only this rule finds is not found. A restart or another rule set lifts the quarantine. "
      "`countersign rules cost` shows on a file of events what makes the rule expensive.",
      rule.title, rule.id.value, percent(what.share_permille), what.window.count(),
      percent(what.budget_permille));
}

AlertRecord trouble_alert(const QuarantinedRule& what, const RuleManifestEntry& rule) {
  AlertRecord record;
  Alert& facts = record.facts;
  facts.rule_id = rule.id;
  facts.rule_content = rule.content;
  facts.ruleset = what.ruleset;
  facts.title = "Rule quarantined: " + rule.title;
  facts.description = description(what, rule);
  facts.severity = kSeverity;
  facts.group_key = group_key();
  facts.entities = {{"rule.id", rule.id.value}, {"rule.name", rule.title}};
  return record;
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const QuarantineCommand& command) {
  const QuarantinedRule& what = command.rule;
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto rule = view.rule(what.ruleset, what.rule);
  if (!rule) return failure(rule.error());
  auto alert = open_or_attach_self(*draft, trouble_alert(what, *rule));
  if (!alert) return failure(alert.error());
  JsonObject entry = draft->begin_entry("rules.quarantined", own_context());
  entry.hash("ruleset", what.ruleset).text("rule_id", rule->id.value).hash("rule", rule->content);
  entry.number("share_permille", what.share_permille).number("budget_permille", what.budget_permille);
  entry.number("samples", what.samples)
      .number("window_seconds", static_cast<std::uint64_t>(what.window.count()));
  entry.text("alert", to_string(*alert));
  auto seq = draft->add_entry(entry, "rules.quarantined");
  if (!seq) return failure(seq.error());
  return std::move(*draft).finish();
}

}  // namespace countersign
