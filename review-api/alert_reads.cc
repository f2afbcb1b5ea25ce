// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "review-api/alert_json.h"
#include "review-api/filter.h"
#include "review-api/handlers.h"
#include "review-api/page.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

std::optional<AlertSort> parse_sort(std::string_view text) {
  if (text == "triage") return AlertSort::Triage;
  if (text == "due") return AlertSort::Due;
  if (text == "-created") return AlertSort::OpenedDescending;
  if (text == "created") return AlertSort::OpenedAscending;
  return std::nullopt;
}

// position of a page of alerts = decimal microseconds of the first page's "now" ‖ " " ‖ the store's key
std::string alert_position(Timestamp now, const std::string& after) {
  return std::to_string(to_micros(now)) + ' ' + after;
}

std::string etag(const Alert& alert) { return '"' + std::to_string(alert.version.value) + '"'; }

tl::expected<Alert, Problem> read_alert(const Services& services, const Call& call) {
  const auto id = alert_id_of(call);
  if (!id) return refusal(id.error());
  auto alert = services.store.alert(*id);
  if (!alert) return refusal(services, call, alert.error());
  return std::move(*alert);
}

json::value rule_explanation(const Services& services, const Alert& alert) {
  if (alert.rule_id.empty() || alert.kind == AlertKind::Vendor) return nullptr;
  std::string_view loaded = "absent";
  if (const auto catalogue = services.rules.loaded ? services.rules.loaded() : nullptr) {
    for (const RuleManifestEntry& rule : catalogue->rules) {
      if (rule.id == alert.rule_id) loaded = rule.content == alert.rule_content ? "same" : "changed";
    }
  }
  json::array references;
  for (const std::string& reference : alert.references) references.emplace_back(valid_utf8(reference));
  json::array tags;
  for (const std::string& tag : alert.tags) tags.emplace_back(valid_utf8(tag));
  return json::object{
      {"id", valid_utf8(alert.rule_id.value)},
      {"title", valid_utf8(alert.title)},
      {"description", valid_utf8(alert.description)},
      {"author", valid_utf8(alert.author)},
      {"level", to_string(alert.severity)},
      {"references", std::move(references)},
      {"tags", std::move(tags)},
      {"content", to_hex(alert.rule_content)},
      {"ruleset", to_hex(alert.ruleset)},
      {"loaded", loaded},
  };
}

}  // namespace

Reply list_alerts(const Services& services, const Call& call) {
  const std::string filter(call.target.parameter("filter").value_or(""));
  const std::string sort_name(call.target.parameter("sort").value_or("triage"));
  const auto sort = parse_sort(sort_name);
  if (!sort)
    return refusal(Problem{.kind = ProblemKind::BadRequest,
                           .detail = "`sort` is triage, due, created or -created.",
                           .errors = {{"sort", "unknown_value", "triage, due, created or -created."}}});
  const std::string question = "alerts\n" + sort_name + '\n' + call.actor().id + '\n' + filter;
  auto page = read_page(services, call, question);
  if (!page) return refusal(page.error());

  // Every page of a list is asked with the time of its first page, or `-24h` would move between them.
  Timestamp now = call.received;
  AlertQuery query;
  if (!page->position.empty()) {
    const std::size_t space = page->position.find(' ');
    now = from_micros(static_cast<std::int64_t>(
        parse_number(std::string_view(page->position).substr(0, space)).value_or(0)));
    query.after = page->position.substr(space + 1);
  }
  FilterContext context{.now = now, .me = std::nullopt, .person_by_login = {}};
  if (call.caller.kind == Caller::Kind::Person) context.me = call.caller.person.id;
  context.person_by_login = [&](const std::string& login) -> std::optional<PersonId> {
    const auto person = services.store.person_by_login(login);
    if (!person) return std::nullopt;
    return person->id;
  };
  auto terms = parse_filter(filter, context);
  if (!terms)
    return refusal(Problem{
        .kind = ProblemKind::BadFilter, .detail = terms.error().message, .errors = terms.error().fields});
  query.filter = std::move(*terms);
  query.sort = *sort;
  query.limit = page->limit;
  const auto found = services.store.alerts(query);
  if (!found) return refusal(services, call, found.error());

  Names names(services.store);
  json::array items;
  for (const Alert& alert : found->alerts) items.push_back(row_to_json(alert, call.received, names));
  return page_response(services, call, question, std::move(items),
                       found->next.empty() ? "" : alert_position(now, found->next));
}

Reply get_alert(const Services& services, const Call& call) {
  const auto alert = read_alert(services, call);
  if (!alert) return refusal(alert.error());
  Names names(services.store);
  return json_response(200, alert_to_json(*alert, call.received, names)).with("ETag", etag(*alert));
}

Reply get_history(const Services& services, const Call& call) {
  const auto id = alert_id_of(call);
  if (!id) return refusal(id.error());
  const std::string question = "history\n" + to_string(*id);
  const auto page = read_page(services, call, question);
  if (!page) return refusal(page.error());
  std::optional<EntrySeq> from;
  if (const auto seq = parse_number(page->position)) from = EntrySeq{*seq};
  const auto history = services.store.history(*id, from, page->limit);
  if (!history) return refusal(services, call, history.error());
  Names names(services.store);
  json::array items;
  for (const HistoryRow& row : history->rows) items.push_back(history_row_to_json(row, names));
  std::string next;
  if (const auto& seq = history->next) next = std::to_string(seq->value);
  return page_response(services, call, question, std::move(items), next);
}

Reply get_events(const Services& services, const Call& call) {
  const auto alert = read_alert(services, call);
  if (!alert) return refusal(alert.error());
  const auto events = services.store.events(alert->id);
  if (!events) return refusal(services, call, events.error());
  json::array first;
  for (const SampleEvent& event : events->smallest) first.push_back(event_to_json(event));
  json::array last;
  for (const SampleEvent& event : events->largest) last.push_back(event_to_json(event));
  return json_response(200, json::object{{"alert", to_string(alert->id)},
                                         {"count", alert->count},
                                         {"first", std::move(first)},
                                         {"last", std::move(last)}});
}

Reply explain_alert(const Services& services, const Call& call) {
  const auto alert = read_alert(services, call);
  if (!alert) return refusal(alert.error());
  const auto events = services.store.events(alert->id);
  if (!events) return refusal(services, call, events.error());
  json::array key;
  for (const GroupKeyPart& part : alert->group_key) {
    key.push_back(json::object{{"field", valid_utf8(part.field)},
                               {"value", part.present ? json::value(valid_utf8(part.shown)) : nullptr}});
  }
  const bool sampled = !events->smallest.empty();
  const auto explanation = services.store.explanation(alert->id);
  if (!explanation) return refusal(services, call, explanation.error());
  json::array not_recorded;
  const bool vendor = alert->kind == AlertKind::Vendor;
  if (!vendor && !alert->rule_id.empty() && explanation->empty()) not_recorded.emplace_back("matched_fields");
  if (!sampled) not_recorded.emplace_back("events");
  return json_response(
      200, json::object{
               {"alert", to_string(alert->id)},
               {"kind", to_string(alert->kind)},
               {"rule", rule_explanation(services, *alert)},
               {"pack", vendor ? json::value(valid_utf8(alert->author)) : nullptr},
               {"group_key", std::move(key)},
               {"generation", alert->generation},
               {"count", alert->count},
               {"since_decision", alert->since_decision},
               {"explanation", explanation->empty() ? json::value(nullptr) : json::parse(*explanation)},
               {"first_event", sampled ? json::value(event_to_json(events->smallest.front())) : nullptr},
               {"not_recorded", std::move(not_recorded)},
           });
}

}  // namespace countersign
