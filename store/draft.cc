// SPDX-License-Identifier: Apache-2.0
#include "store/draft.h"

#include <algorithm>
#include <array>

#include "store/payload.h"

namespace countersign {

ActorContext own_context() {
  ActorContext context;
  context.actor = {ActorKind::Service, "countersign"};
  context.auth_method = "none";
  return context;
}

Result<void> check_context(const ActorContext& context) {
  constexpr std::array<std::string_view, 4> kChannels{"console", "api", "cli", "bulk"};
  if (context.actor.kind != ActorKind::Human) return {};
  if (context.auth_method.empty()) {
    return failure(ErrorKind::InvalidArgument, "a person's action says how the person signed in");
  }
  if (std::ranges::find(kChannels, context.channel) != kChannels.end()) return {};
  return failure(ErrorKind::InvalidArgument, "a person's action comes by console, api, cli or bulk");
}

Result<Draft> Draft::begin_first(const View& view, const Stamp& stamp) {
  Draft draft(view, stamp);
  auto head = view.head();
  if (!head) return failure(head.error());
  auto current = view.current();
  if (!current) return failure(current.error());
  auto identity = view.identity();
  if (identity) {
    draft.identity_ = std::move(*identity);
  } else if (identity.error().kind != ErrorKind::NotFound) {
    return failure(identity.error());
  }
  draft.current_ = std::move(*current);
  Batch& batch = draft.batch_;
  batch.number = head->next_batch;
  batch.time = stamp.time;
  batch.first_entry = EntrySeq{head->next_entry};
  batch.next_alert = head->next_alert;
  batch.first_dead_letter = head->next_dead_letter;
  return draft;
}

Result<Draft> Draft::begin(const View& view, const Stamp& stamp) {
  auto draft = begin_first(view, stamp);
  if (draft && !draft->identity_) return failure(ErrorKind::NotFound, "the log was never opened");
  return draft;
}

AlertId Draft::next_alert() { return {identity_->epoch, 0, batch_.next_alert++}; }

JsonObject Draft::begin_entry(std::string_view type, const ActorContext& context) const {
  return countersign::begin_entry(next_entry(), type, time(), context);
}

Result<EntrySeq> Draft::add_entry(const JsonObject& entry, std::string_view type) {
  auto bytes = finish_entry(entry, type);
  if (!bytes) return failure(bytes.error());
  const EntrySeq seq = next_entry();
  batch_.entries.push_back(std::move(*bytes));
  return seq;
}

std::string Draft::commit(const JsonObject& payload) {
  const std::string plain = payload.json();
  seal(key::entry_payload(next_entry()), plain);
  Salt salt{};
  std::ranges::copy(as_bytes(batch_.payloads.back().secret.salt), salt.begin());
  return commitment(salt, plain);
}

void Draft::seal(std::string place, std::string_view plain) {
  SealedPayload sealed = seal_payload(place, plain, random_);
  batch_.payloads.push_back({std::move(place), std::move(sealed.sealed), std::move(sealed.secret)});
}

void Draft::put_row(RowChange::Where where, std::string key, std::string value) {
  batch_.rows.push_back({where, std::move(key), std::move(value)});
}

void Draft::remove_row(RowChange::Where where, std::string key) {
  batch_.rows.push_back({where, std::move(key), std::nullopt});
}

void Draft::set_identity(Identity identity) {
  identity_ = identity;
  batch_.identity = std::move(identity);
}

void Draft::set_current(Current current) {
  current_ = current;
  batch_.current = std::move(current);
}

Hash256 Draft::hash_of(std::string_view bytes) const { return keyed_hash(identity_->store_key, bytes); }

Decided Draft::finish() && {
  Decided out;
  out.batch = std::move(batch_);
  return out;
}

void add_history(Draft& draft, EntrySeq entry, const Step& step, const StepContext& context) {
  HistoryRow row;
  row.entry = entry;
  row.type = step.entry_type;
  row.time = draft.time();
  row.context = *context.context;
  row.version = context.after->facts.version;
  row.status_before = step.before;
  row.status_after = step.after;
  row.owner_after = context.after->review.owner;
  const auto& decision = context.after->review.decision;
  if (decision) {
    row.verdict_after = decision->verdict;
    row.reason_code = decision->reason_code;
  }
  if (context.before != nullptr) {
    row.owner_before = context.before->review.owner;
    if (context.before->review.decision) row.verdict_before = context.before->review.decision->verdict;
  }
  row.policy = draft.policy().version;
  draft.batch().history.push_back({context.after->facts.id, std::move(row)});
}

void change_alert(Draft& draft, const AlertRecord& before, AlertRecord after) {
  draft.batch().alerts.push_back({std::move(after), rows_before(before)});
}

std::string group_key_of(const Draft& draft, const RuleId& rule, const std::vector<GroupKeyPart>& parts) {
  // Lengths before the texts: no two keys give the same bytes.
  std::string bytes = key::number(rule.value.size()) + rule.value;
  for (const GroupKeyPart& part : parts) {
    bytes += key::number(part.field.size()) + part.field;
    bytes += part.present ? '\1' : '\0';
    bytes += key::number(part.folded.size()) + part.folded;
  }
  return std::string(as_text(draft.hash_of(bytes).bytes));
}

}  // namespace countersign
