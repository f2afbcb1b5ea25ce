// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fmt/format.h>

#include "core/limits.h"
#include "store/evidence/proof.h"
#include "store/store_impl.h"

namespace countersign {
Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() { stop(); }

void Store::stop() { impl_->stop(); }

// --- reports

Result<void> Store::announce(const RuleSetManifest& manifest) {
  auto done = impl_->run(RulesCommand{manifest});
  if (!done) return failure(done.error());
  return {};
}

Result<void> Store::announce(const PackSetManifest& manifest) {
  auto done = impl_->run(PacksCommand{manifest});
  if (!done) return failure(done.error());
  return {};
}

Result<void> Store::submit(Report report) {
  if (auto ok = impl_->check_room_for_ingest(); !ok) return ok;
  auto done = impl_->run(ReportCommand{std::move(report)});
  if (!done) return failure(done.error());
  return {};
}

Result<std::map<SourcePartition, SourcePosition>> Store::positions(const SourceName& source) {
  return impl_->reader.positions(source);
}

Result<void> Store::quarantined(const QuarantinedRule& rule) {
  auto done = impl_->run(QuarantineCommand{rule});
  if (!done) return failure(done.error());
  return {};
}

// --- health of sources

Result<void> Store::check_sources(const std::vector<ExpectedSource>& expected, Timestamp listening_from) {
  auto changing = impl_->reader.changing_sources(expected, listening_from);
  if (!changing) return failure(changing.error());
  if (changing->empty()) return {};
  auto done = impl_->run(SourcesCommand{std::move(*changing), listening_from});
  if (!done) return failure(done.error());
  return {};
}

Result<std::vector<SourceStatus>> Store::source_statuses(const std::vector<ExpectedSource>& expected,
                                                         const std::vector<SourceName>& configured) const {
  return impl_->reader.source_statuses(expected, configured);
}

// --- actions

std::future<Result<ActionReceipt>> Store::act_async(AlertAction action) {
  return impl_->act(ActionCommand{std::move(action), false});
}

Result<ActionReceipt> Store::act(AlertAction action) { return act_async(std::move(action)).get(); }

Result<ActionReceipt> Store::open_manual(ManualAlert alert) {
  return impl_->act(ManualCommand{std::move(alert)}).get();
}

// --- people

Result<Person> Store::add_person(Person person, const ActorContext& context) {
  auto done = impl_->run(AddPersonCommand{std::move(person), context});
  if (!done) return failure(done.error());
  return std::move(*done->person);
}

Result<void> Store::update_person(const Person& person, const ActorContext& context) {
  auto before = impl_->reader.person(person.id);
  if (!before) return failure(before.error());
  auto done = impl_->run(UpdatePersonCommand{person, before->login, context});
  if (!done) return failure(done.error());
  return {};
}

Result<void> Store::add_session(const Session& session) {
  auto done = impl_->run(AddSessionCommand{session});
  if (!done) return failure(done.error());
  return {};
}

Result<void> Store::revoke_session(const std::string& hash) {
  auto done = impl_->run(RevokeSessionCommand{hash});
  if (!done) return failure(done.error());
  return {};
}

Result<void> Store::revoke_sessions_of(const PersonId& person) {
  auto done = impl_->run(RevokeSessionsCommand{person});
  if (!done) return failure(done.error());
  return {};
}

Result<void> Store::add_token(const ApiToken& token, const ActorContext& context) {
  auto done = impl_->run(AddTokenCommand{token, context});
  if (!done) return failure(done.error());
  return {};
}

Result<void> Store::revoke_token(const std::string& id, const ActorContext& context) {
  auto done = impl_->run(RevokeTokenCommand{id, context});
  if (!done) return failure(done.error());
  return {};
}

void Store::record_auth_failure(const std::string& login, const std::string& reason,
                                const std::string& request) {
  // Nobody waits for it; when the queue is full, the caller's own counter still has it.
  impl_->writer.submit(AuthFailureCommand{login, reason, request}, [](const Result<Decided>&) {});
}

Result<Person> Store::person(const PersonId& id) const { return impl_->reader.person(id); }
Result<Person> Store::person_by_login(const std::string& login) const {
  return impl_->reader.person_by_login(login);
}
std::vector<Person> Store::persons() const { return impl_->reader.persons().value_or(std::vector<Person>{}); }
Result<Session> Store::session(const std::string& hash) const { return impl_->reader.session(hash); }
Result<ApiToken> Store::token_by_hash(const std::string& hash) const {
  return impl_->reader.token_by_hash(hash);
}
std::vector<ApiToken> Store::tokens() const {
  return impl_->reader.tokens().value_or(std::vector<ApiToken>{});
}

// --- reading

Result<Alert> Store::alert(const AlertId& id) const { return impl_->reader.alert(id); }
Result<AlertPage> Store::alerts(const AlertQuery& query) const { return impl_->reader.alerts(query); }
Result<HistoryPage> Store::history(const AlertId& id, std::optional<EntrySeq> from, std::size_t limit) const {
  return impl_->reader.history(id, from, limit);
}
Result<Store::SampleEvents> Store::events(const AlertId& id) const { return impl_->reader.events(id); }
Result<std::string> Store::explanation(const AlertId& id) const { return impl_->reader.explanation(id); }
std::map<GaugeKey, QueueGauges> Store::gauges() const { return impl_->gauges.read(); }
StoreCounters Store::counters() const { return impl_->metrics.read(); }
Result<LedgerSummary> Store::ledger() const { return impl_->reader.ledger(); }
Result<DeadLetterRow> Store::dead_letter(std::uint64_t number) const {
  return impl_->reader.dead_letter(number);
}
Result<LetterScan> Store::scan_letters(const LetterQuery& query,
                                       const std::function<bool(const DeadLetterRow&)>& visit) const {
  return impl_->reader.scan_letters(query, visit);
}
Result<std::vector<LetterTally>> Store::letter_tallies() const { return impl_->reader.letter_tallies(); }
Result<ReplayRecord> Store::replay(EntrySeq entry) const { return impl_->reader.replay(entry); }
std::vector<EntrySeq> Store::open_replays() const {
  return impl_->reader.open_replays().value_or(std::vector<EntrySeq>{});
}

Result<ReplayReceipt> Store::begin_replay(const ReplayRequest& request) {
  if (auto ok = impl_->check_room_for_actions(); !ok) return failure(ok.error());
  auto selection = impl_->reader.select_letters(request);
  if (!selection) return failure(selection.error());
  auto done = impl_->run(ReplayCommand{std::move(selection->letters), request.rationale, request.context});
  if (!done) return failure(done.error());
  ReplayReceipt receipt = *done->replay;
  receipt.next = selection->next;
  return receipt;
}

Result<EntrySeq> Store::last_entry_of(const AlertId& id) const { return impl_->reader.last_entry_of(id); }

// --- evidence

std::string Store::checkpoint() const { return impl_->checkpointer->newest(); }

Result<std::string> Store::tile(const std::string& path) const {
  return impl_->checkpointer->tree().tile(path);
}

Result<EntryProof> Store::proof(EntrySeq entry) const { return impl_->proof(entry); }

Result<EntryProof> Store::wait_for_proof(EntrySeq entry, std::chrono::milliseconds deadline) const {
  if (!impl_->checkpointer->wait_until_covered(entry, deadline)) {
    return failure(ErrorKind::Unavailable,
                   fmt::format("entry {}: no checkpoint within {} ms", entry.value, deadline.count()));
  }
  return impl_->proof(entry);
}

std::uint64_t store_memory_max() {
  // A group of writes ends with the command that fills it; each is there as a batch, as its journal row and
  // in the write set.
  constexpr std::uint64_t kWrite = kGroupBytesMax + kDeadLetterBytesMax;
  return db_memory_max() + 3 * kWrite;
}

Store::Health Store::health() const { return impl_->health(); }
StorageUse Store::storage() const { return impl_->db->storage(); }

}  // namespace countersign
