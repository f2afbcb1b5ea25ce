// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "core/limits.h"
#include "store/draft.h"

namespace countersign {
namespace {

/// Longer texts belong into an attachment, which the log does not carry.
constexpr std::size_t kTextBytesMax = 64 * kKiB;
constexpr std::size_t kReferenceBytesMax = 1 * kKiB;
constexpr std::size_t kTitleBytesMax = 1 * kKiB;
constexpr std::size_t kEntitiesMax = 32;
constexpr std::chrono::hours kIdempotencyKept{24};

tl::unexpected<Error> wrong_field(std::string field, std::string code, std::string message) {
  Error error{ErrorKind::InvalidArgument, message, {}};
  error.fields.push_back({std::move(field), std::move(code), std::move(message)});
  return failure(std::move(error));
}

Result<void> check_length(std::string_view name, std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return {};
  return wrong_field(std::string(name), "too_long",
                     fmt::format("{}: {} bytes, limit {}", name, text.size(), bytes_max));
}

// --- idempotency

struct Repeat {
  std::string key;                 // of the row; empty: the client gave none
  std::optional<Receipt> receipt;  // the earlier answer
};

Result<Repeat> find_repeat(const Draft& draft, const ActorContext& context, const std::string& client_key,
                           const std::string& fingerprint) {
  Repeat repeat;
  if (client_key.empty()) return repeat;
  std::string scope(1, static_cast<char>(context.actor.kind));
  scope += key::number(context.actor.id.size()) + context.actor.id + client_key;
  repeat.key = std::string(as_text(draft.hash_of(scope).bytes));
  auto known = draft.view().idempotency(repeat.key);
  if (!known) return failure(known.error());
  if (!*known || (*known)->expires <= draft.time()) return repeat;
  IdempotencyRecord& record = **known;
  if (record.fingerprint != fingerprint) {
    return wrong_field("idempotency_key", "reused", "the idempotency key was used for another request");
  }
  repeat.receipt = Receipt{std::move(record.alert), record.counts, record.entry, true};
  return repeat;
}

void remember(Draft& draft, const std::string& key, const std::string& fingerprint, const Receipt& receipt) {
  if (key.empty()) return;
  const Timestamp expires = draft.time() + kIdempotencyKept;
  draft.put_row(
      RowChange::Where::Idempotency, key,
      encode(IdempotencyRecord{fingerprint, receipt.alert, receipt.counts, receipt.entry, expires}));
  draft.put_row(RowChange::Where::Due, key::due(expires, DueKind::Idempotency, key), "");
}

Decided answer(Draft draft, Receipt receipt) {
  Decided out = std::move(draft).finish();
  out.receipt = std::move(receipt);
  return out;
}

Decided repeated(Repeat repeat) {
  Decided out;
  out.receipt = std::move(repeat.receipt);
  return out;
}

// --- what an action needs to know beyond its alert

Result<void> check_references(const Draft& draft, const AlertAction& action) {
  if (auto ok = check_length("text", action.text, kTextBytesMax); !ok) return ok;
  if (auto ok = check_length("reference", action.reference, kReferenceBytesMax); !ok) return ok;
  if (action.kind == ActionKind::Assign && action.assignee) {
    auto person = draft.view().person(*action.assignee);
    if (!person) return failure(person.error());
    if (!*person || (*person)->person.disabled) {
      return wrong_field("assignee", "unknown", "assign: no such person, or the person is disabled");
    }
  }
  if (action.duplicate_of) {
    auto target = draft.view().alert(*action.duplicate_of);
    if (!target && target.error().kind == ErrorKind::NotFound) {
      return wrong_field("duplicate_of", "unknown",
                         fmt::format("no alert {}", to_string(*action.duplicate_of)));
    }
    if (!target) return failure(target.error());
  }
  return {};
}

/// A closed alert that opens again becomes the one that matches attach to, unless a later generation is open.
Result<void> make_current(Draft& draft, const AlertRecord& before, const AlertRecord& after) {
  const bool opens = before.review.status == Status::Closed && after.review.status != Status::Closed;
  if (!opens || before.facts.rule_id.empty()) return {};
  const std::string key = group_key_of(draft, before.facts.rule_id, before.facts.group_key);
  auto group = draft.view().group(key);
  if (!group) return failure(group.error());
  if (!*group) return failure(ErrorKind::Corrupt, "group of a closed alert is missing");
  const AlertId current = (*group)->current;
  if (current == before.facts.id) return {};
  auto other = draft.view().alert(current);
  if (!other) return failure(other.error());
  if (other->review.status != Status::Closed) {
    return failure(ErrorKind::Conflict,
                   fmt::format("alert {} cannot open again: its later generation {} is open",
                               to_string(before.facts.id), to_string(current)));
  }
  draft.batch().groups.push_back({key, {before.facts.id, (*group)->generations}});
  return {};
}

Hash256 evidence_digest(const SampleHeads& heads) {
  Sha256 hasher;
  for (const auto* side : {&heads.smallest, &heads.largest}) {
    for (const SampleHead& head : *side) hasher.update(head.hash.bytes);
  }
  return hasher.finish();
}

// --- entries

bool carries_text(const AlertAction& action) { return !action.text.empty() || !action.reference.empty(); }

JsonObject text_payload(std::string_view type, const AlertAction& action) {
  JsonObject payload;
  if (type == "alert.decided") {
    payload.text("rationale", action.text).text("reference", action.reference);
  } else if (type == "alert.noted") {
    payload.text("note", action.text);
  } else {
    payload.text("reason", action.text);
  }
  return payload;
}

std::optional<std::string> owner_text(const ReviewState& state) {
  if (!state.owner) return std::nullopt;
  return state.owner->value;
}

void add_decision(JsonObject& entry, const Decision& decision, const Policy& policy,
                  const SampleHeads& heads) {
  entry.text("verdict", to_string(decision.verdict)).text("reason_code", to_string(decision.reason_code));
  entry.text("policy", policy.version).number("events", decision.events);
  entry.time_or_null("last_event", decision.last_event).hash("evidence", evidence_digest(heads));
  if (decision.duplicate_of) entry.text("duplicate_of", to_string(*decision.duplicate_of));
  entry.null("batch");
}

struct ActionParts {
  const AlertAction& action;
  const AlertRecord& before;
  AlertRecord& after;
  const SampleHeads& heads;
};

/// One entry with its history row. The text of an action goes with its first entry.
Result<EntrySeq> add_step(Draft& draft, const ActionParts& parts, const Step& step, bool first) {
  ReviewState& state = parts.after.review;
  const std::string_view type = step.entry_type;
  if (type == "alert.decided") state.decision->entry = draft.next_entry();
  JsonObject entry = draft.begin_entry(type, parts.action.context);
  entry.text("alert", to_string(parts.after.facts.id))
      .number("alert_version", parts.after.facts.version.value);
  entry.text("status_before", to_string(step.before)).text("status_after", to_string(step.after));
  entry.text_or_null("owner", owner_text(state));
  if (type == "alert.decided") add_decision(entry, *state.decision, draft.policy(), parts.heads);
  if (type == "alert.held") entry.time_or_null("wake", state.wake);
  if (type == "alert.released") entry.text("cause", to_string(parts.action.kind));
  if (type == "alert.undone") entry.text("undone", to_string(parts.before.undo->action));
  const auto& decision = state.decision ? state.decision : parts.before.review.decision;
  const bool refers = type == "alert.approval_requested" || type == "alert.approved" ||
                      type == "alert.returned" || type == "alert.closed" || type == "alert.undone" ||
                      type == "alert.reopened";
  if (refers && decision) entry.number("decided_seq", decision->entry.value);
  if (first && carries_text(parts.action)) {
    entry.text("commit", draft.commit(text_payload(type, parts.action)));
  } else if (type == "alert.decided" || type == "alert.noted") {
    entry.null("commit");
  }
  auto seq = draft.add_entry(entry, type);
  if (!seq) return seq;
  add_history(draft, *seq, step, {&parts.before, &parts.after, &parts.action.context});
  return seq;
}

Result<Receipt> write_action(Draft& draft, const AlertAction& action, const AlertRecord& before,
                             Transition changed) {
  auto counts = draft.view().counts(before.facts.id);
  if (!counts) return failure(counts.error());
  auto heads = draft.view().samples(before.facts.id);
  if (!heads) return failure(heads.error());
  AlertRecord after = before;
  after.review = std::move(changed.after);
  after.undo = std::move(changed.undo);
  after.facts.version = AlertVersion{before.facts.version.value + 1};
  if (changed.steps.front().entry_type == "alert.decided") {
    after.review.decision->events = counts->count;
    if (counts->count > 0) after.review.decision->last_event = counts->last;
  }
  if (auto ok = make_current(draft, before, after); !ok) return failure(ok.error());
  const ActionParts parts{action, before, after, *heads};
  for (std::size_t i = 0; i < changed.steps.size(); ++i) {
    auto seq = add_step(draft, parts, changed.steps[i], i == 0);
    if (!seq) return failure(seq.error());
    after.last_entry = *seq;
  }
  change_alert(draft, before, after);
  const EntrySeq last = after.last_entry;
  return Receipt{std::move(after), *counts, last, false};
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const ActionCommand& command) {
  const AlertAction& action = command.action;
  if (is_own_action(action.kind) && !command.own) {
    return failure(ErrorKind::Denied,
                   fmt::format("{}: only the store itself does that", to_string(action.kind)));
  }
  if (auto ok = check_context(action.context); !ok) return failure(ok.error());
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto repeat = find_repeat(*draft, action.context, action.idempotency_key, action.request_fingerprint);
  if (!repeat) return failure(repeat.error());
  if (repeat->receipt) return repeated(std::move(*repeat));

  auto before = view.alert(action.alert);
  if (!before) return failure(before.error());
  auto changed = transition(view_of(*before), action, draft->policy(), draft->time());
  if (!changed) return failure(changed.error());
  if (auto ok = check_references(*draft, action); !ok) return failure(ok.error());
  auto receipt = write_action(*draft, action, *before, std::move(*changed));
  if (!receipt) return failure(receipt.error());
  remember(*draft, repeat->key, action.request_fingerprint, *receipt);
  return answer(std::move(*draft), std::move(*receipt));
}

namespace {

Result<void> check_manual(const Store::ManualAlert& alert) {
  if (alert.context.actor.kind != ActorKind::Human || alert.context.actor.id.empty()) {
    return failure(ErrorKind::Denied, "a manual alert needs a person");
  }
  if (auto ok = check_context(alert.context); !ok) return ok;
  if (alert.title.find_first_not_of(" \t\r\n") == std::string::npos) {
    return wrong_field("title", "required", "a manual alert has a title");
  }
  if (alert.entities.size() > kEntitiesMax) {
    return wrong_field("entities", "too_many",
                       fmt::format("entities: {} given, limit {}", alert.entities.size(), kEntitiesMax));
  }
  for (const Entity& entity : alert.entities) {
    if (auto ok = check_length("entity", entity.field + entity.value, kReferenceBytesMax); !ok) return ok;
  }
  if (auto ok = check_length("title", alert.title, kTitleBytesMax); !ok) return ok;
  return check_length("description", alert.description, kTextBytesMax);
}

AlertRecord manual_record(Draft& draft, const Store::ManualAlert& alert) {
  AlertRecord record;
  Alert& facts = record.facts;
  facts.id = draft.next_alert();
  facts.version = AlertVersion{1};
  facts.kind = AlertKind::Manual;
  facts.title = alert.title;
  facts.description = alert.description;
  facts.severity = alert.severity;
  facts.severity_source = "human";
  facts.queue.value = kDefaultQueue;
  facts.policy = draft.policy().version;
  facts.entities = alert.entities;
  std::ranges::sort(facts.entities);
  facts.times.opened = draft.time();
  record.review.due = draft.time() + review_target(draft.policy(), alert.severity);
  return record;
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const ManualCommand& command) {
  const Store::ManualAlert& alert = command.alert;
  if (auto ok = check_manual(alert); !ok) return failure(ok.error());
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto repeat = find_repeat(*draft, alert.context, alert.idempotency_key, alert.request_fingerprint);
  if (!repeat) return failure(repeat.error());
  if (repeat->receipt) return repeated(std::move(*repeat));

  AlertRecord record = manual_record(*draft, alert);
  auto seq = add_opened_entry(*draft, record, {}, alert.context);
  if (!seq) return failure(seq.error());
  draft->batch().alerts.push_back({record, std::nullopt});
  Receipt receipt{record, {}, *seq, false};
  remember(*draft, repeat->key, alert.request_fingerprint, receipt);
  return answer(std::move(*draft), std::move(receipt));
}

}  // namespace countersign
