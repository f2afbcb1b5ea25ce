// SPDX-License-Identifier: Apache-2.0
#include "review-api/alert_json.h"

#include <boost/json.hpp>

#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(valid_utf8(text));
}

template <class T>
json::value word_or_null(const std::optional<T>& value) {
  return value ? json::value(to_string(*value)) : json::value(nullptr);
}

json::array texts(const std::vector<std::string>& list) {
  json::array out;
  for (const std::string& text : list) out.emplace_back(valid_utf8(text));
  return out;
}

json::array entities_of(const Alert& alert) {
  json::array out;
  for (const Entity& entity : alert.entities)
    out.push_back(json::object{{"field", valid_utf8(entity.field)}, {"value", valid_utf8(entity.value)}});
  return out;
}

bool unreviewed(const Alert& alert) {
  return !alert.decision || alert.decision->decider.kind != ActorKind::Human;
}

json::value decision_of(const Alert& alert, Names& names) {
  if (!alert.decision) return nullptr;
  const Decision& decision = *alert.decision;
  return json::object{
      {"verdict", to_string(decision.verdict)},
      {"reason_code", to_string(decision.reason_code)},
      {"rationale", text_or_null(decision.rationale)},
      {"decider", actor_to_json(decision.decider, names)},
      {"decided_at", format_rfc3339_millis(decision.time)},
      {"seq", decision.entry.value},
      {"events", decision.events},
      {"last_event_at", to_json(decision.last_event)},
      {"duplicate_of", word_or_null(decision.duplicate_of)},
      {"reference", text_or_null(decision.reference)},
  };
}

json::array group_key_of(const Alert& alert) {
  json::array out;
  for (const GroupKeyPart& part : alert.group_key) {
    out.push_back(json::object{{"field", valid_utf8(part.field)},
                               {"value", part.present ? json::value(valid_utf8(part.shown)) : nullptr}});
  }
  return out;
}

json::value rule_of(const Alert& alert) {
  if (alert.rule_id.empty() || alert.kind == AlertKind::Vendor) return nullptr;
  return json::object{{"id", valid_utf8(alert.rule_id.value)},
                      {"content", to_hex(alert.rule_content)},
                      {"ruleset", to_hex(alert.ruleset)}};
}

json::value source_of(const Alert& alert) {
  if (alert.source.source.empty()) return nullptr;
  return json::object{{"source", valid_utf8(alert.source.source.value)},
                      {"topic", valid_utf8(alert.source.topic.value)},
                      {"partition", alert.source.partition}};
}

}  // namespace

const std::string& Names::of(const PersonId& person) {
  const auto known = known_.find(person);
  if (known != known_.end()) return known->second;
  const auto found = store_.person(person);
  return known_.emplace(person, found ? valid_utf8(found->display_name) : std::string{}).first->second;
}

json::value to_json(const std::optional<Timestamp>& time) {
  return time ? json::value(format_rfc3339_millis(*time)) : json::value(nullptr);
}

json::value owner_to_json(const std::optional<PersonId>& owner, Names& names) {
  if (!owner) return nullptr;
  return json::object{{"id", owner->value}, {"name", text_or_null(names.of(*owner))}};
}

json::object actor_to_json(const Actor& actor, Names& names) {
  json::object out{{"kind", to_string(actor.kind)}, {"id", valid_utf8(actor.id)}, {"name", nullptr}};
  if (actor.kind == ActorKind::Human) out["name"] = text_or_null(names.of(PersonId{actor.id}));
  return out;
}

json::object row_to_json(const Alert& alert, Timestamp now, Names& names) {
  const AlertTimes& times = alert.times;
  return {
      {"id", to_string(alert.id)},
      {"version", alert.version.value},
      {"kind", to_string(alert.kind)},
      {"title", valid_utf8(alert.title)},
      {"severity", to_string(alert.severity)},
      {"status", to_string(alert.status)},
      {"verdict", alert.decision ? json::value(to_string(alert.decision->verdict)) : json::value(nullptr)},
      {"owner", owner_to_json(alert.owner, names)},
      {"queue", valid_utf8(alert.queue.value)},
      {"rule_id", text_or_null(alert.rule_id.value)},
      {"source", text_or_null(alert.source.source.value)},
      {"generation", alert.generation},
      {"entities", entities_of(alert)},
      {"count", alert.count},
      {"since_decision", alert.since_decision},
      {"unreviewed", unreviewed(alert)},
      {"overdue", unreviewed(alert) && alert.due <= now},
      {"due_at", format_rfc3339_millis(alert.due)},
      {"opened_at", format_rfc3339_millis(times.opened)},
      {"first_event_at", to_json(times.first_event)},
      {"last_event_at", to_json(times.last_event)},
      {"decided_at", to_json(times.decided)},
      {"closed_at", to_json(times.closed)},
  };
}

json::object alert_to_json(const Alert& alert, Timestamp now, Names& names) {
  json::object out = row_to_json(alert, now, names);
  const AlertTimes& times = alert.times;
  (void)out.erase("rule_id");  // in `rule`, with its hashes
  out["description"] = valid_utf8(alert.description);
  out["author"] = valid_utf8(alert.author);
  out["references"] = texts(alert.references);
  out["tags"] = texts(alert.tags);
  out["severity_source"] = text_or_null(alert.severity_source);
  out["claimed"] = alert.claimed.empty() ? json::value(nullptr)
                                         : json::value{{"status", valid_utf8(alert.claimed)},
                                                       {"time", to_json(alert.claimed_time)}};
  out["rule"] = rule_of(alert);
  out["source"] = source_of(alert);
  out["group_key"] = group_key_of(alert);
  json::array links;
  for (const AlertId& link : alert.links) links.emplace_back(to_string(link));
  out["links"] = std::move(links);
  out["policy"] = text_or_null(alert.policy);
  out["owner_group"] = text_or_null(alert.owner_group);
  out["lease_until"] = to_json(alert.lease_until);
  out["wake"] = to_json(alert.wake);
  out["decision"] = decision_of(alert, names);
  out["retention_class"] = text_or_null(alert.retention_class);
  out["legal_hold"] = alert.legal_hold;
  out["incident"] = text_or_null(alert.incident);
  out["appended_at"] = to_json(times.append);
  out["first_seen_at"] = to_json(times.first_seen);
  out["first_owned_at"] = to_json(times.first_owned);
  out["first_touched_at"] = to_json(times.first_touched);
  out["approved_at"] = to_json(times.approved);
  out["reopened_at"] = to_json(times.reopened);
  return out;
}

json::object history_row_to_json(const HistoryRow& row, Names& names) {
  const ActorContext& context = row.context;
  const bool human = context.actor.kind == ActorKind::Human;
  return {
      {"seq", row.entry.value},
      {"type", row.type},
      {"at", format_rfc3339_millis(row.time)},
      {"actor", actor_to_json(context.actor, names)},
      {"auth_method", text_or_null(context.auth_method)},
      {"auth_at", human ? to_json(std::optional(context.auth_time)) : json::value(nullptr)},
      {"role", text_or_null(context.role)},
      {"channel", text_or_null(context.channel)},
      {"request_id", text_or_null(context.request)},
      {"version", row.version.value},
      {"status_before", to_string(row.status_before)},
      {"status_after", to_string(row.status_after)},
      {"owner_before", owner_to_json(row.owner_before, names)},
      {"owner_after", owner_to_json(row.owner_after, names)},
      {"verdict_before", word_or_null(row.verdict_before)},
      {"verdict_after", word_or_null(row.verdict_after)},
      {"reason_code", word_or_null(row.reason_code)},
      {"policy", text_or_null(row.policy)},
      {"batch", text_or_null(row.batch)},
      {"text", text_or_null(row.text)},
  };
}

json::object event_to_json(const SampleEvent& event) {
  json::object out{
      {"at", format_rfc3339_millis(event.time)},
      {"hash", to_hex(event.hash)},
      {"offset", event.offset.value},
      {"index", event.index},
      {"appended_at", format_rfc3339_millis(event.append_time)},
      {"truncated", event.truncated},
  };
  add_bytes(event.bytes, out);
  return out;
}

void add_bytes(std::string_view bytes, json::object& out) {
  const bool text = is_utf8(bytes);
  out["encoding"] = text ? "utf-8" : "base64";
  out["data"] = text ? std::string(bytes) : to_base64(bytes);
}

}  // namespace countersign
