// SPDX-License-Identifier: Apache-2.0
// What is true: alerts, their history, the ledger, people, and the evidence log. The only door is decide →
// journal → apply (semantics.md §7): one writer thread takes commands from a bounded queue, decides each in
// order, writes one synced batch, applies it and answers. Readers read snapshots from any thread and never
// wait for the writer.
//
// Ownership: a Store owns its data folder exclusively (a second process is refused). stop() or the destructor
// drains the queue and closes cleanly. A failed sync ends the process (architecture.md §5).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/random.h"
#include "core/report.h"
#include "store/alert.h"
#include "store/metrics.h"
#include "store/people.h"
#include "store/query.h"
#include "store/source_health.h"

namespace countersign {

struct StoreOptions {
  std::filesystem::path folder;
  std::string origin;                      // of the evidence log; also the key name
  std::filesystem::path key_file;          // PKCS#8 PEM Ed25519, mode 0600
  std::filesystem::path last_signed_file;  // outside `folder` on another volume in production
  std::string build;                       // version and revision, recorded in log.opened
  std::size_t queue_commands_max = 4'096;
  std::uint64_t ingest_pause_bytes = 1ULL << 30;      // free disk below: reports get Unavailable
  std::uint64_t actions_refuse_bytes = 256ULL << 20;  // free disk below: actions get LimitExceeded (507)
  std::chrono::minutes heartbeat{1};
  std::chrono::milliseconds checkpoint_interval{500};  // a checkpoint at the latest this long after a change
  std::chrono::hours journal_kept{24 * 7};
  bool prune_journal = true;
  std::chrono::hours lease{8};
};

/// A rule that detection does not evaluate any more, and why.
struct QuarantinedRule {
  Hash256 ruleset;
  RuleId rule;
  std::uint64_t share_permille = 0;  // of one worker's time that it took
  std::uint64_t budget_permille = 0;
  std::uint64_t samples = 0;      // timed evaluations
  std::chrono::seconds window{};  // over which it took the share
};

/// The most bytes that caches, tables in memory and writes in flight take, whatever is stored.
std::uint64_t store_memory_max();

/// What `wait=proof` and the proof route return.
struct EntryProof {
  EntrySeq entry;
  std::string tlog_proof;  // C2SP tlog-proof text; empty while no checkpoint covers the entry
};

class Store final : public ReportSink {
 public:
  /// Opens or creates. Errors: Denied (folder not writable, key file mode), Unavailable (locked by another
  /// process, no room), Corrupt (does not extend last_signed, database damaged), InvalidArgument (settings
  /// contradict the folder).
  static Result<std::unique_ptr<Store>> open(const StoreOptions& options, const Clock& clock,
                                             RandomSource& random);
  ~Store() override;

  /// Writes service.stopped and the open ingest.range entries, a last checkpoint, and ends the writer.
  /// Idempotent.
  void stop();

  // --- reports (ReportSink)
  Result<void> announce(const RuleSetManifest& manifest) override;
  Result<void> announce(const PackSetManifest& manifest) override;
  Result<void> submit(Report report) override;
  Result<std::map<SourcePartition, SourcePosition>> positions(const SourceName& source) override;
  /// Writes rules.quarantined and opens an alert about itself, or counts on the one that is open for the
  /// rule; durable when it returns. Errors: NotFound (the rule set was not announced, or lacks the rule),
  /// Unavailable (queue full).
  Result<void> quarantined(const QuarantinedRule& rule);

  // --- health of sources
  /// Looks at every expected source once and records what changed: silence and its end as entries, each
  /// trouble as an alert about itself. Durable when it returns; writes nothing when nothing changed. Errors:
  /// Unavailable (queue full), Corrupt or Internal from the database.
  Result<void> check_sources(const std::vector<ExpectedSource>& expected, Timestamp listening_from);
  /// One row for each expected source, then one for each configured source that no entry covers as a whole.
  Result<std::vector<SourceStatus>> source_statuses(const std::vector<ExpectedSource>& expected,
                                                    const std::vector<SourceName>& configured) const;

  // --- actions; durable when they return. Errors: NotFound, Conflict (version; fields name the current one),
  // InvalidArgument (fields name what is missing), Denied, Unavailable (queue full), LimitExceeded (disk).
  Result<ActionReceipt> act(AlertAction action);
  /// The same without waiting: the future becomes ready when the action is durable or refused.
  std::future<Result<ActionReceipt>> act_async(AlertAction action);
  struct ManualAlert {
    std::string title;
    std::string description;
    Level severity = Level::Medium;
    std::vector<Entity> entities;
    ActorContext context;
    std::string idempotency_key;
    std::string request_fingerprint;
  };
  Result<ActionReceipt> open_manual(ManualAlert alert);

  // --- people; each change writes user.changed
  Result<Person> add_person(Person person,
                            const ActorContext& context);  // id is made here; login must be new
  Result<void> update_person(const Person& person, const ActorContext& context);
  Result<void> add_session(const Session& session);
  Result<void> revoke_session(const std::string& hash);
  Result<void> revoke_sessions_of(const PersonId& person);
  Result<void> add_token(const ApiToken& token, const ActorContext& context);
  Result<void> revoke_token(const std::string& id, const ActorContext& context);
  /// Writes auth.failed (no login in the entry; it is in the payload).
  void record_auth_failure(const std::string& login, const std::string& reason, const std::string& request);
  Result<Person> person(const PersonId& id) const;
  Result<Person> person_by_login(const std::string& login) const;
  std::vector<Person> persons() const;
  Result<Session> session(const std::string& hash) const;  // NotFound also when expired
  Result<ApiToken> token_by_hash(const std::string& hash) const;
  std::vector<ApiToken> tokens() const;

  // --- reading alerts
  Result<Alert> alert(const AlertId& id) const;
  Result<AlertPage> alerts(const AlertQuery& query) const;
  Result<HistoryPage> history(const AlertId& id, std::optional<EntrySeq> from, std::size_t limit) const;
  struct SampleEvents {
    std::vector<SampleEvent> smallest;
    std::vector<SampleEvent> largest;
  };
  Result<SampleEvents> events(const AlertId& id) const;
  /// Why the rule matched the event that opened the alert, as detection recorded it: a JSON object
  /// (docs/rule-authors.md). Empty: it was not recorded, or is erased.
  Result<std::string> explanation(const AlertId& id) const;
  std::map<GaugeKey, QueueGauges> gauges() const;
  StoreCounters counters() const;  // since open

  // --- books
  Result<LedgerSummary> ledger() const;

  // --- dead letters
  Result<DeadLetterRow> dead_letter(std::uint64_t number) const;
  /// Gives `visit` one letter after the other, because one can have 64 MiB, until it returns false. Ends
  /// early, with `next`, after query.looked_at_max letters or kLetterBytesReadMax bytes.
  Result<LetterScan> scan_letters(const LetterQuery& query,
                                  const std::function<bool(const DeadLetterRow&)>& visit) const;
  /// By source, then reason.
  Result<std::vector<LetterTally>> letter_tallies() const;
  /// Begins a replay; durable when it returns. Whoever runs sources then submits the reports of the source
  /// replay_source(id), in which the letters of group n are the messages of partition n, in order. Errors:
  /// NotFound (a letter), InvalidArgument, Unavailable, LimitExceeded (disk).
  Result<ReplayReceipt> begin_replay(const ReplayRequest& request);
  Result<ReplayRecord> replay(EntrySeq entry) const;
  std::vector<EntrySeq> open_replays() const;  // that are not finished

  // --- evidence log
  std::string checkpoint() const;                           // newest signed note; empty before the first
  Result<std::string> tile(const std::string& path) const;  // C2SP path without `tile/`; NotFound
  Result<EntryProof> proof(EntrySeq entry) const;
  /// Waits until a checkpoint covers the entry; Unavailable after `deadline`.
  Result<EntryProof> wait_for_proof(EntrySeq entry, std::chrono::milliseconds deadline) const;
  Result<EntrySeq> last_entry_of(const AlertId& id) const;

  // --- health
  struct Health {
    bool ready = false;
    bool ingest_paused = false;  // disk
    std::string reason;
    std::uint64_t entries = 0;
    std::uint64_t queue_commands = 0;
    std::uint64_t free_bytes = 0;
  };
  Health health() const;
  StorageUse storage() const;

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
