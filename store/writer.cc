// SPDX-License-Identifier: Apache-2.0
#include "store/writer.h"

#include <cstdlib>

#include <fmt/format.h>

#include "core/limits.h"
#include "core/stopwatch.h"
#include "store/apply.h"
#include "store/clock_state.h"
#include "store/codec.h"

namespace countersign {
namespace {

/// A person waits for at most one group: these bound its disk time.
constexpr std::size_t kGroupCommandsMax = 1'024;
constexpr std::size_t kDueRowsMax = 256;
/// How late a timer may be seen; also how often an idle writer looks.
constexpr std::chrono::milliseconds kTimerPoll{100};
constexpr std::chrono::minutes kRangeTimeMax{1};
constexpr std::chrono::hours kPruneInterval{1};

[[noreturn]] void end_process(std::string_view what, const Error& error) {
  fmt::print(stderr, "countersign: {}: {}\n", what, error.message);
  std::abort();
}

}  // namespace

/// Commands that share one write.
class Writer::Group {
 public:
  explicit Group(const Db& db) : db_(db), view_(db, changes_) {}

  void execute(const Command& command, Answer answer, const Stamp& stamp) {
    Stopwatch watch;
    Result<Decided> result = decide(view_, stamp, command);
    times_.decide += watch.lap();
    if (result && result->batch) {
      apply(db_, *result->batch, changes_);
      times_.apply += watch.lap();
      batches_.push_back(std::move(*result->batch));
      result->batch.reset();
    }
    if (answer) {
      executed_.push_back({std::move(answer), std::move(result)});
    } else if (!result) {
      end_process("the store's own command was refused", result.error());
    }
  }

  bool full() const { return changes_.bytes() >= kGroupBytesMax; }
  WriteSet& changes() { return changes_; }
  std::vector<Batch>& batches() { return batches_; }
  std::vector<Executed>& executed() { return executed_; }
  CommitTimes& times() { return times_; }

 private:
  const Db& db_;
  WriteSet changes_;
  View view_;
  std::vector<Batch> batches_;
  std::vector<Executed> executed_;
  CommitTimes times_;
};

Writer::Writer(Options options, Db& db, Checkpointer& checkpointer, Gauges& gauges, StoreMetrics& metrics,
               const Clock& clock, RandomSource& random)
    : options_(options),
      db_(db),
      checkpointer_(checkpointer),
      gauges_(gauges),
      metrics_(metrics),
      clock_(clock),
      random_(random) {}

Writer::~Writer() { stop(); }

Result<void> Writer::load() {
  const WriteSet none;
  const View view(db_, none);
  auto head = view.head();
  if (!head) return failure(head.error());
  last_time_ = head->time;
  Cursor ranges = db_.cursor(nullptr, Family::Ledger, "o", "p");
  for (ranges.seek_first(); ranges.valid(); ranges.next()) {
    auto range = decode<OpenRange>(ranges.value());
    if (!range) return failure(range.error());
    open_ranges_[range->row.partition] = range->began;
  }
  if (auto ok = ranges.status(); !ok) return ok;
  due_floor_ = Timestamp::min();
  Cursor journal = db_.cursor(nullptr, Family::Journal, "", "");
  journal.seek_first();
  if (journal.valid()) {
    auto batch = decode<Batch>(journal.value());
    if (!batch) return failure(batch.error());
    journal_first_ = batch->number;
  }
  if (auto ok = journal.status(); !ok) return ok;
  return gauges_.rebuild(db_);
}

Result<void> Writer::start(Command first) {
  if (auto ok = load(); !ok) return ok;
  Group group(db_);
  // What a crash left open is closed under the build that counted it.
  for (const auto& [partition, began] : open_ranges_) {
    group.execute(FinishRangeCommand{partition}, nullptr, stamp());
  }
  Result<void> started;
  group.execute(
      first,
      [&started](Result<Decided> result) {
        if (!result) started = failure(result.error());
      },
      stamp());
  commit(group);
  if (!started) return started;
  last_heartbeat_ = last_prune_ = last_time_;
  thread_ = std::thread([this] { run(); });
  return {};
}

Stamp Writer::stamp() {
  const Timestamp now = std::chrono::floor<std::chrono::microseconds>(clock_.now());
  // Each command has a time of its own, so that what came before what is never a question.
  last_time_ = std::max(last_time_ + std::chrono::microseconds{1}, now);
  Stamp out;
  out.time = last_time_;
  random_.fill(out.seed);
  return out;
}

bool Writer::submit(Command command, Answer answer) {
  const bool ingest = is_ingest(command);
  std::unique_lock lock(mutex_);
  if (ingest) {
    room_.wait(lock, [this] { return stopping_ || ingest_.size() < options_.queue_commands_max; });
  } else if (people_.size() >= options_.queue_commands_max) {
    return false;
  }
  if (stopping_) return false;
  (ingest ? ingest_ : people_)
      .push_back({std::move(command), std::move(answer), std::chrono::steady_clock::now()});
  wake_.notify_one();
  return true;
}

std::uint64_t Writer::queued() const {
  const std::lock_guard lock(mutex_);
  return people_.size() + ingest_.size();
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    room_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

std::optional<Writer::Request> Writer::next() {
  const std::lock_guard lock(mutex_);
  if (people_.empty() && ingest_.empty()) return std::nullopt;
  const bool person = !people_.empty() &&
                      (ingest_.empty() || people_.front().arrived <= ingest_.front().arrived + kHeadStart);
  std::deque<Request>& queue = person ? people_ : ingest_;
  std::optional<Request> request(std::move(queue.front()));
  queue.pop_front();
  if (!person) room_.notify_one();
  return request;
}

void Writer::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [this] { return stopping_ || !people_.empty() || !ingest_.empty(); };
      wake_.wait_for(lock, kTimerPoll, has_work);
      if (stopping_ && people_.empty() && ingest_.empty()) break;
    }
    Group group(db_);
    add_timers(group);
    for (std::size_t taken = 0; taken < kGroupCommandsMax && !group.full(); ++taken) {
      std::optional<Request> request = next();
      if (!request) break;
      group.execute(request->command, std::move(request->answer), stamp());
    }
    commit(group);
    prune();
  }
  finish();
}

void Writer::add_timers(Group& group) {
  const Timestamp now = stamp().time;
  if (now - last_heartbeat_ >= options_.heartbeat) {
    last_heartbeat_ = now;
    HeartbeatCommand beat;
    const ClockState clock = read_clock_state();
    beat.clock_known = clock.known;
    beat.clock_synchronised = clock.synchronised;
    beat.clock_offset = clock.offset;
    beat.unreviewed = gauges_.unreviewed_by_level();
    group.execute(beat, nullptr, stamp());
  }
  for (const auto& [partition, began] : open_ranges_) {
    if (now - began >= kRangeTimeMax) group.execute(FinishRangeCommand{partition}, nullptr, stamp());
  }
  add_due(group, now);
}

void Writer::add_due(Group& group, Timestamp now) {
  if (due_floor_ > now) return;
  Cursor rows = db_.cursor(nullptr, Family::Due, key::due_from(due_floor_), "");
  std::size_t taken = 0;
  for (rows.seek_first(); rows.valid(); rows.next()) {
    const auto row = key::parse_due(rows.key());
    if (!row) end_process("deadlines", {ErrorKind::Corrupt, "a key cannot be read", {}});
    due_floor_ = row->time;
    if (row->time > now || ++taken > kDueRowsMax) break;
    if (row->kind == DueKind::Idempotency || row->kind == DueKind::Session) {
      group.execute(ExpireRowCommand{row->kind, row->time, row->subject}, nullptr, stamp());
    } else if (const auto alert = key::parse_alert(row->subject)) {
      group.execute(DeadlineCommand{*alert, row->kind, row->time}, nullptr, stamp());
    }
  }
  if (!rows.valid()) due_floor_ = Timestamp::max();
  if (auto ok = rows.status(); !ok) end_process("deadlines", ok.error());
}

void Writer::commit(Group& group) {
  if (!group.changes().empty()) {
    Stopwatch watch;
    if (auto ok = db_.write(group.changes(), true); !ok) end_process("write", ok.error());
    group.times().journal = watch.lap();
    std::vector<std::string> entries;
    for (Batch& batch : group.batches()) {
      absorb(batch);
      for (std::string& entry : batch.entries) entries.push_back(std::move(entry));
    }
    group.times().apply += watch.lap();
    metrics_.add_commit(group.times());
    checkpointer_.push(std::move(entries));
  }
  for (Executed& executed : group.executed()) executed.answer(std::move(executed.result));
}

void Writer::absorb(const Batch& batch) {
  gauges_.absorb(batch);
  metrics_.absorb(batch);
  for (const AlertChange& change : batch.alerts) {
    for (const DueRow& row : due_rows_of(change.after)) due_floor_ = std::min(due_floor_, row.time);
  }
  for (const RowChange& row : batch.rows) {
    if (row.where == RowChange::Where::Due && row.value) {
      if (const auto due = key::parse_due(row.key)) due_floor_ = std::min(due_floor_, due->time);
    }
    if (row.where != RowChange::Where::Ledger || !row.key.starts_with('o')) continue;
    if (!row.value) {
      std::erase_if(open_ranges_, [&](const auto& open) { return key::open_range(open.first) == row.key; });
    } else if (const auto range = decode<OpenRange>(*row.value)) {
      open_ranges_[range->row.partition] = range->began;
    }
  }
}

/// Drops the batches that are older than the journal is kept; that also completes erasures.
void Writer::prune() {
  if (!options_.prune_journal || last_time_ - last_prune_ < kPruneInterval) return;
  last_prune_ = last_time_;
  const Timestamp limit = last_time_ - options_.journal_kept;
  std::uint64_t keep_from = journal_first_;
  Cursor rows = db_.cursor(nullptr, Family::Journal, key::number(journal_first_), "");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    const auto batch = decode<Batch>(rows.value());
    if (!batch) end_process("journal", batch.error());
    keep_from = batch->number;
    if (batch->time >= limit) break;
    ++keep_from;
  }
  if (auto ok = rows.status(); !ok) end_process("journal", ok.error());
  if (keep_from == journal_first_) return;
  if (auto ok = db_.remove_range(Family::Journal, key::number(journal_first_), key::number(keep_from)); !ok) {
    end_process("journal", ok.error());
  }
  journal_first_ = keep_from;
}

void Writer::finish() {
  Group group(db_);
  for (const auto& [partition, began] : open_ranges_) {
    group.execute(FinishRangeCommand{partition}, nullptr, stamp());
  }
  group.execute(StopCommand{}, nullptr, stamp());
  commit(group);
}

}  // namespace countersign
