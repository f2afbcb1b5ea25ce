// SPDX-License-Identifier: Apache-2.0
#include "store/store_impl.h"

#include <fmt/format.h>

#include "store/evidence/checkpoint.h"
#include "store/evidence/proof.h"

namespace countersign {
namespace {

Writer::Options writer_options(const StoreOptions& options) {
  return {options.queue_commands_max, options.heartbeat, options.journal_kept, options.prune_journal};
}

Error not_taken() { return {ErrorKind::Unavailable, "the store's queue is full, or it stops", {}}; }

}  // namespace

Store::Impl::Impl(const StoreOptions& given, std::unique_ptr<Db> opened,
                  std::unique_ptr<Checkpointer> started, const Clock& clock, RandomSource& random)
    : options(given),
      db(std::move(opened)),
      reader(*db, clock),
      checkpointer(std::move(started)),
      writer(writer_options(given), *db, *checkpointer, gauges, metrics, clock, random) {}

Store::Impl::~Impl() { stop(); }

void Store::Impl::stop() {
  stopped = true;
  writer.stop();
  checkpointer->stop();
}

Result<Decided> Store::Impl::run(Command command) {
  auto promise = std::make_shared<std::promise<Result<Decided>>>();
  std::future<Result<Decided>> future = promise->get_future();
  const bool taken = writer.submit(
      std::move(command), [promise](Result<Decided> result) { promise->set_value(std::move(result)); });
  if (!taken) return failure(not_taken());
  return future.get();
}

std::future<Result<ActionReceipt>> Store::Impl::act(Command command) {
  auto promise = std::make_shared<std::promise<Result<ActionReceipt>>>();
  std::future<Result<ActionReceipt>> future = promise->get_future();
  if (auto ok = check_room_for_actions(); !ok) {
    promise->set_value(failure(ok.error()));
    return future;
  }
  const bool taken = writer.submit(std::move(command), [promise, this](Result<Decided> result) {
    if (!result) {
      promise->set_value(failure(result.error()));
      return;
    }
    const Receipt& receipt = *result->receipt;
    auto alert = reader.alert_of_receipt(receipt.alert, receipt.counts);
    if (!alert) {
      promise->set_value(failure(alert.error()));
      return;
    }
    promise->set_value(ActionReceipt{std::move(*alert), receipt.entry, receipt.replayed});
  });
  if (!taken) promise->set_value(failure(not_taken()));
  return future;
}

Result<EntryProof> Store::Impl::proof(EntrySeq entry) const {
  const std::string note = checkpointer->newest();
  EntryProof out{entry, {}};
  auto known = reader.head();
  if (!known) return failure(known.error());
  if (entry.value >= known->next_entry) {
    return failure(ErrorKind::NotFound, fmt::format("the log has no entry {}", entry.value));
  }
  if (note.empty()) return out;
  auto parsed = parse_note(note);
  if (!parsed) return failure(parsed.error());
  auto checkpoint = parse_checkpoint(parsed->text);
  if (!checkpoint) return failure(checkpoint.error());
  if (checkpoint->size <= entry.value) return out;
  auto hashes = checkpointer->tree().inclusion(entry, checkpoint->size);
  if (!hashes) return failure(hashes.error());
  out.tlog_proof = format_proof({{}, entry, std::move(*hashes), note});
  return out;
}

std::uint64_t Store::Impl::free_bytes() const {
  std::error_code error;
  const auto space = std::filesystem::space(options.folder, error);
  return error ? 0 : space.available;
}

Result<void> Store::Impl::check_room_for_ingest() const {
  const std::uint64_t available = free_bytes();
  if (available >= options.ingest_pause_bytes) return {};
  return failure(ErrorKind::Unavailable,
                 fmt::format("disk of {}: {} bytes free, ingest pauses below {}", options.folder.string(),
                             available, options.ingest_pause_bytes));
}

Result<void> Store::Impl::check_room_for_actions() const {
  const std::uint64_t available = free_bytes();
  if (available >= options.actions_refuse_bytes) return {};
  return failure(ErrorKind::LimitExceeded,
                 fmt::format("disk of {}: {} bytes free, actions need {}", options.folder.string(), available,
                             options.actions_refuse_bytes));
}

Store::Health Store::Impl::health() const {
  Health out;
  out.free_bytes = free_bytes();
  out.ingest_paused = out.free_bytes < options.ingest_pause_bytes;
  out.queue_commands = writer.queued();
  if (const auto head = reader.head()) out.entries = head->next_entry;
  out.ready = !stopped;
  if (stopped) out.reason = "stopped";
  if (out.ingest_paused) out.reason = "little room on disk: ingest is paused";
  return out;
}

}  // namespace countersign
