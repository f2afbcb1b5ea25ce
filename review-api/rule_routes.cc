// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "review-api/handlers.h"
#include "review-api/json_body.h"
#include "review-api/page.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

constexpr std::size_t kReasonsShown = 100;

json::object cost_to_json(const RuleCostReport::Row& row) {
  const RuleCost& cost = row.figures.cost;
  return {
      {"id", valid_utf8(row.id.value)},       {"title", valid_utf8(row.title)},
      {"events", row.figures.events},         {"candidates", cost.candidates},
      {"evaluations", cost.evaluations},      {"matches", cost.matches},
      {"nanoseconds", cost.time.count()},     {"time_share", row.figures.time_share},
      {"always_run", row.figures.always_run}, {"witness", valid_utf8(row.figures.witness)},
      {"quarantined", row.quarantined},
  };
}

Problem refused_reload(const RuleReload& reload) {
  Problem problem{.kind = ProblemKind::Conflict,
                  .detail = "Rules and packs were not loaded anew; those in force stay."};
  for (const std::string& reason : reload.reasons) {
    if (problem.errors.size() == kReasonsShown) break;
    problem.errors.push_back({"rules", "reload_refused", valid_utf8(reason)});
  }
  return problem;
}

}  // namespace

Reply list_rules(const Services& services, const Call& call) {
  const auto catalogue = services.rules.loaded ? services.rules.loaded() : nullptr;
  const std::string ruleset = catalogue ? to_hex(catalogue->hash) : std::string{};
  const std::string question = "rules\n" + ruleset;
  const auto page = read_page(services, call, question);
  if (!page) return refusal(page.error());
  json::array items;
  std::size_t at = static_cast<std::size_t>(parse_number(page->position).value_or(0));
  const std::size_t size = catalogue ? catalogue->rules.size() : 0;
  for (; at < size && items.size() < page->limit; ++at) {
    const RuleManifestEntry& rule = catalogue->rules[at];
    json::array tags;
    for (const std::string& tag : rule.tags) tags.emplace_back(valid_utf8(tag));
    items.push_back(json::object{
        {"id", valid_utf8(rule.id.value)},
        {"title", valid_utf8(rule.title)},
        {"level", to_string(rule.level)},
        {"author", valid_utf8(rule.author)},
        {"tags", std::move(tags)},
        {"content", to_hex(rule.content)},
        {"ruleset", ruleset},
        {"generates_alerts", rule.generate},
    });
  }
  return page_response(services, call, question, std::move(items), at < size ? std::to_string(at) : "");
}

Reply list_rule_costs(const Services& services, const Call& call) {
  const auto page = read_page(services, call, "rule-costs");
  if (!page) return refusal(page.error());
  if (!services.rules.costs)
    return refusal(
        Problem{.kind = ProblemKind::Unavailable, .detail = "This server has no rules of its own."});
  const RuleCostReport report = services.rules.costs(page->limit);
  json::array items;
  for (const RuleCostReport::Row& row : report.rules) items.push_back(cost_to_json(row));
  return json_response(200, json::object{{"ruleset", to_hex(report.ruleset)},
                                         {"since", format_rfc3339_millis(report.since)},
                                         {"nanoseconds", report.time.count()},
                                         {"items", std::move(items)}});
}

Reply reload_rules(const Services& services, const Call& call) {
  auto body = JsonBody::parse(call.request.body);
  if (!body) return refusal(body.error());
  if (auto closed = body->finish(); !closed) return refusal(closed.error());
  if (!services.rules.reload)
    return refusal(
        Problem{.kind = ProblemKind::Unavailable, .detail = "This server has no rules of its own."});
  const RuleReload reload = services.rules.reload();
  if (reload.outcome == RuleReload::Outcome::Refused) return refusal(refused_reload(reload));
  return json_response(200, json::object{{"outcome", to_string(reload.outcome)},
                                         {"ruleset", to_hex(reload.ruleset)},
                                         {"packs", to_hex(reload.packs)},
                                         {"rules", reload.rules},
                                         {"refused", reload.refused}});
}

}  // namespace countersign
