// SPDX-License-Identifier: Apache-2.0
// What the store does by itself: start, stop, heartbeat, rule and pack sets, deadlines.
#include <algorithm>

#include <fmt/format.h>

#include "core/wire/report_codec.h"
#include "store/codec.h"
#include "store/draft.h"

namespace countersign {
namespace {

Result<void> add_plain_entry(Draft& draft, const JsonObject& entry, std::string_view type) {
  auto seq = draft.add_entry(entry, type);
  if (!seq) return failure(seq.error());
  return {};
}

Result<void> open_log(Draft& draft, const StartCommand& command) {
  Identity identity = command.identity;
  const auto secret = draft.random().bytes<32>();
  identity.store_key = std::string(as_text(secret));
  draft.set_identity(identity);
  JsonObject entry = draft.begin_entry("log.opened", own_context());
  entry.text("origin", identity.origin).text("build", command.build).text("vkey", identity.vkey);
  return add_plain_entry(draft, entry, "log.opened");
}

Result<void> set_policy(Draft& draft, const Policy& policy, Current& current) {
  const std::string text = policy_text(policy);
  const Hash256 hash = sha256(text);
  if (hash == current.policy_hash) return {};
  current.policy = policy;
  current.policy_hash = hash;
  draft.put_row(RowChange::Where::Contents, key::content(hash), text);
  JsonObject entry = draft.begin_entry("policy.changed", own_context());
  entry.hash("policy", hash).text("version", policy.version);
  return add_plain_entry(draft, entry, "policy.changed");
}

Result<void> record_waiting(Draft& draft, const StartCommand& command) {
  ActorContext context = own_context();
  context.auth_method = "local";
  for (const auto& [key, waiting] : command.unrecorded) {
    if (waiting.person) {
      Person person = *waiting.person;
      if (auto ok = record_person(draft, person, context); !ok) return ok;
    }
    if (waiting.token) {
      if (auto ok = record_token(draft, *waiting.token, context); !ok) return ok;
    }
    draft.remove_row(RowChange::Where::Admin, key);
  }
  return {};
}

Result<void> add_outage(Draft& draft, std::string_view cause, Timestamp last) {
  JsonObject entry = draft.begin_entry("service.outage", own_context());
  entry.text("cause", cause).time("from", last).time("to", draft.time());
  return add_plain_entry(draft, entry, "service.outage");
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const StartCommand& command) {
  auto draft = Draft::begin_first(view, stamp);
  if (!draft) return failure(draft.error());
  auto head = view.head();
  if (!head) return failure(head.error());
  Current current = draft->current();
  if (!draft->identity()) {
    if (auto ok = open_log(*draft, command); !ok) return failure(ok.error());
  }
  if (current.running || command.dropped_tail) {
    const std::string_view cause = command.dropped_tail ? "damaged_log_tail" : "unclean_stop";
    if (auto ok = add_outage(*draft, cause, head->time); !ok) return failure(ok.error());
  }
  if (auto ok = set_policy(*draft, command.policy, current); !ok) return failure(ok.error());
  if (auto ok = record_waiting(*draft, command); !ok) return failure(ok.error());
  for (const LetterTally& tally : command.tallies) {
    draft->put_row(RowChange::Where::Ledger, key::letter_tally(tally.source, tally.reason), encode(tally));
  }
  current.build = command.build;
  current.running = true;
  draft->set_current(current);
  JsonObject entry = draft->begin_entry("service.started", own_context());
  entry.text("cause", "start").text("build", command.build);
  if (auto ok = add_plain_entry(*draft, entry, "service.started"); !ok) return failure(ok.error());
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const StopCommand&) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  Current current = draft->current();
  current.running = false;
  draft->set_current(std::move(current));
  JsonObject entry = draft->begin_entry("service.stopped", own_context());
  entry.text("cause", "stop");
  if (auto ok = add_plain_entry(*draft, entry, "service.stopped"); !ok) return failure(ok.error());
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const HeartbeatCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  JsonObject clock;
  clock.text("state", !command.clock_known         ? "unknown"
                      : command.clock_synchronised ? "synchronised"
                                                   : "unsynchronised");
  clock.number("offset_microseconds", command.clock_offset.count());
  JsonObject unreviewed;
  for (std::size_t i = 0; i < command.unreviewed.size(); ++i) {
    unreviewed.number(to_string(static_cast<Level>(i + 1)), command.unreviewed[i]);
  }
  JsonObject entry = draft->begin_entry("log.heartbeat", own_context());
  entry.object("clock", clock).object("unreviewed", unreviewed).null("cosignature");
  if (auto ok = add_plain_entry(*draft, entry, "log.heartbeat"); !ok) return failure(ok.error());
  return std::move(*draft).finish();
}

namespace {

Result<void> put_contents(Draft& draft, const std::map<Hash256, std::string>& contents) {
  for (const auto& [hash, text] : contents) {
    if (sha256(text) != hash) {
      return failure(ErrorKind::InvalidArgument, fmt::format("content {} has another hash", to_hex(hash)));
    }
    auto known = draft.view().has_content(hash);
    if (!known) return failure(known.error());
    if (!*known) draft.put_row(RowChange::Where::Contents, key::content(hash), text);
  }
  return {};
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const RulesCommand& command) {
  const RuleSetManifest& manifest = command.manifest;
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  if (draft->current().ruleset == manifest.hash) return Decided{};
  auto known = view.has_ruleset(manifest.hash);
  if (!known) return failure(known.error());
  if (!*known) {
    if (auto ok = put_contents(*draft, manifest.contents); !ok) return failure(ok.error());
    for (const RuleManifestEntry& rule : manifest.rules) {
      draft->put_row(RowChange::Where::Contents, key::ruleset_rule(manifest.hash, rule.id), encode(rule));
    }
    draft->put_row(RowChange::Where::Contents, key::ruleset(manifest.hash), "");
  }
  Current current = draft->current();
  current.ruleset = manifest.hash;
  draft->set_current(std::move(current));
  JsonObject entry = draft->begin_entry("rules.loaded", own_context());
  entry.hash("ruleset", manifest.hash).number("rules", manifest.rules.size());
  if (auto ok = add_plain_entry(*draft, entry, "rules.loaded"); !ok) return failure(ok.error());
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const PacksCommand& command) {
  const PackSetManifest& manifest = command.manifest;
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  if (draft->current().packs == manifest.hash) return Decided{};
  auto known = view.has_packs(manifest.hash);
  if (!known) return failure(known.error());
  if (!*known) {
    if (auto ok = put_contents(*draft, manifest.contents); !ok) return failure(ok.error());
    PackSetManifest named = manifest;
    named.contents.clear();
    draft->put_row(RowChange::Where::Contents, key::packs(manifest.hash), encode_packs(named));
  }
  Current current = draft->current();
  current.packs = manifest.hash;
  draft->set_current(std::move(current));
  JsonObject entry = draft->begin_entry("packs.loaded", own_context());
  entry.hash("packs", manifest.hash).number("count", manifest.packs.size());
  if (auto ok = add_plain_entry(*draft, entry, "packs.loaded"); !ok) return failure(ok.error());
  return std::move(*draft).finish();
}

namespace {

/// A row that no alert stands behind any more; it must not come back for ever.
Decided without_row(Draft draft, Timestamp due, DueKind kind, std::string_view subject) {
  draft.remove_row(RowChange::Where::Due, key::due(due, kind, subject));
  return std::move(draft).finish();
}

Result<Decided> miss_deadline(Draft draft, const AlertRecord& before, const DeadlineCommand& command) {
  AlertRecord after = before;
  const bool review = command.kind == DueKind::Review;
  (review ? after.review.review_missed : after.review.countersign_missed) = true;
  JsonObject entry = draft.begin_entry("deadline.missed", own_context());
  entry.text("alert", to_string(command.alert)).text("clock", review ? "review" : "countersign");
  entry.time("due", command.due);
  auto seq = draft.add_entry(entry, "deadline.missed");
  if (!seq) return failure(seq.error());
  after.last_entry = *seq;
  const Status status = before.review.status;
  const ActorContext context = own_context();
  add_history(draft, *seq, {"deadline.missed", status, status}, {&before, &after, &context});
  change_alert(draft, before, std::move(after));
  return std::move(draft).finish();
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const DeadlineCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto record = view.alert(command.alert);
  if (!record && record.error().kind != ErrorKind::NotFound) return failure(record.error());
  const bool runs = record && std::ranges::count(due_rows_of(*record), DueRow{command.due, command.kind}) > 0;
  if (!runs) return without_row(std::move(*draft), command.due, command.kind, key::alert(command.alert));
  switch (command.kind) {
    case DueKind::Review:
    case DueKind::Countersign: return miss_deadline(std::move(*draft), *record, command);
    case DueKind::Lease:
    case DueKind::Wake: {
      AlertAction action;
      action.kind = command.kind == DueKind::Lease ? ActionKind::LeaseExpired : ActionKind::WakeUp;
      action.alert = command.alert;
      action.context = own_context();
      return decide(view, stamp, ActionCommand{std::move(action), true});
    }
    case DueKind::Idempotency:
    case DueKind::Session: break;
  }
  return failure(ErrorKind::Internal, "not a deadline of an alert");
}

Result<Decided> decide(const View& view, const Stamp& stamp, const ExpireRowCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  if (command.kind == DueKind::Session) {
    draft->remove_row(RowChange::Where::Admin, key::session(command.key));
  } else {
    auto record = view.idempotency(command.key);
    if (!record) return failure(record.error());
    if (*record && (*record)->expires <= command.due) {
      draft->remove_row(RowChange::Where::Idempotency, command.key);
    }
  }
  return without_row(std::move(*draft), command.due, command.kind, command.key);
}

Result<Decided> decide(const View& view, const Stamp& stamp, const Command& command) {
  return std::visit([&](const auto& one) { return decide(view, stamp, one); }, command);
}

bool is_ingest(const Command& command) {
  return std::holds_alternative<ReportCommand>(command) || std::holds_alternative<RulesCommand>(command) ||
         std::holds_alternative<PacksCommand>(command);
}

Result<EntrySeq> add_opened_entry(Draft& draft, AlertRecord& record, const Opening& opening,
                                  const ActorContext& context) {
  const Alert& facts = record.facts;
  JsonObject cause;
  if (facts.kind == AlertKind::Manual || facts.kind == AlertKind::Self) {
    cause.text("kind", to_string(facts.kind));
  } else {
    cause.text("kind", "record").text("source", facts.source.source.value);
    cause.text("topic", facts.source.topic.value).number("partition", facts.source.partition);
    cause.number("incarnation", record.incarnation).number("offset", record.offset.value);
    cause.number("index", record.index);
  }
  JsonArray key;
  for (const GroupKeyPart& part : facts.group_key) {
    JsonObject item;
    item.text("field", part.field);
    if (part.present) {
      item.text("value", part.shown);
    } else {
      item.null("value");
    }
    key.object(item);
  }
  JsonArray entities;
  for (const Entity& entity : facts.entities) {
    entities.object(JsonObject().text("field", entity.field).text("value", entity.value));
  }
  JsonObject payload;
  payload.text("title", facts.title).text("description", facts.description);
  payload.array("group_key", key).array("entities", entities);
  if (opening.event) payload.hash("event", *opening.event);
  if (!opening.explanation.empty()) payload.json("explanation", opening.explanation);
  if (!facts.claimed.empty()) payload.text("claimed", facts.claimed);

  const bool ruled = facts.kind == AlertKind::Rule;
  JsonObject entry = draft.begin_entry("alert.opened", context);
  entry.text("alert", to_string(facts.id)).text("kind", to_string(facts.kind)).object("cause", cause);
  if (ruled) {
    entry.text("rule_id", facts.rule_id.value)
        .hash("rule", facts.rule_content)
        .hash("ruleset", facts.ruleset);
  } else {
    entry.null("rule_id").null("rule").null("ruleset");
  }
  entry.number("generation", facts.generation);
  if (!facts.links.empty()) entry.text("former", to_string(facts.links.front()));
  entry.text("level", to_string(facts.severity)).text("queue", facts.queue.value);
  entry.text("policy", facts.policy).time("due", record.review.due);
  entry.time_or_null("event_time", facts.times.first_event).time_or_null("append_time", facts.times.append);
  entry.text("commit", draft.commit(payload));
  auto seq = draft.add_entry(entry, "alert.opened");
  if (!seq) return seq;
  record.last_entry = *seq;
  add_history(draft, *seq, {"alert.opened", Status::New, Status::New}, {nullptr, &record, &context});
  return seq;
}

}  // namespace countersign
