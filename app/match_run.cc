// SPDX-License-Identifier: Apache-2.0
#include "app/match_run.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "core/json_text.h"
#include "core/limits.h"
#include "ingest/file_source.h"

namespace countersign {
namespace {

// What a job gets at once stays in the cache of its core until it has been worked on.
constexpr std::size_t kSlotBytes = 256 * kKiB;
// Batches per job whose lines may wait for those of an earlier one.
constexpr std::size_t kWaitingPerJob = 16;

// Figures are what the caller waits for: all events are timed.
constexpr std::uint32_t kEveryEvent = 1;

/// What became of a batch.
struct Finished {
  std::string output;
  MatchTotals totals;
};

/// A batch and what is made of it.
struct Slot {
  MessageBatch batch;
  std::uint64_t number = 0;  // in input order
  std::string file;          // as a JSON string
  Finished done;
};

/// Writes match lines; the part that depends on the rule alone is made once.
class LineWriter {
 public:
  explicit LineWriter(const RuleSet& rules) {
    for (const RuleInfo& rule : rules.rules()) {
      tails_.push_back(fmt::format(R"(,"rule_id":{},"title":{},"level":"{}","author":{}}})",
                                   json_string(rule.id.value), json_string(rule.title), to_string(rule.level),
                                   json_string(rule.author)) +
                       "\n");
    }
  }

  void append(std::string& out, const std::string& file, std::uint64_t line, std::uint32_t index,
              std::uint32_t rule) const {
    fmt::format_to(std::back_inserter(out), R"({{"file":{},"line":{},"index":{})", file, line, index);
    out += tails_[rule];
  }

 private:
  std::vector<std::string> tails_;
};

class SlotVisitor final : public EventVisitor {
 public:
  SlotVisitor(Slot& slot, const LineWriter* lines) : slot_(slot), lines_(lines) {}

  void event(const EventMatches& matches) override {
    ++slot_.done.totals.events;
    slot_.done.totals.matches += matches.rules.size();
    if (lines_ == nullptr) return;
    for (const std::uint32_t rule : matches.rules) {
      lines_->append(slot_.done.output, slot_.file, matches.message.line, matches.index, rule);
    }
  }

  void dead_letter(const Message& message, const DeadLetter& letter) override {
    (void)message;
    (void)letter;
    ++slot_.done.totals.dead_letters;
  }

 private:
  Slot& slot_;
  const LineWriter* lines_;
};

/// Every job reads a batch, works on it and hands over its lines; what a job has read is still in the cache
/// of its core when it is worked on. The calling thread is one of the jobs.
class Runner {
 public:
  Runner(std::shared_ptr<const Plan> plan, std::shared_ptr<const PackSet> packs,
         const MatchRunOptions& options, const Clock& clock, const MatchOutput& output)
      : options_(options),
        clock_(clock),
        output_(output),
        plan_(std::move(plan)),
        packs_(std::move(packs)),
        lines_(*plan_->rules()) {}

  MatchTotals run() {
    {
      std::vector<std::jthread> others;
      for (std::size_t i = 1; i < options_.jobs; ++i) others.emplace_back([this] { work(); });
      work();
    }
    totals_.all_read = all_read_;
    return totals_;
  }

 private:
  void work() {
    Detector detector({plan_, packs_, nullptr}, options_.detector, clock_);
    if (output_.costs) detector.measure(kEveryEvent);
    Slot slot;
    while (read(slot)) {
      SlotVisitor visitor(slot, options_.lines ? &lines_ : nullptr);
      detector.each_event(slot.batch, visitor);
      slot.done.totals.messages = slot.batch.messages.size();
      for (const Message& message : slot.batch.messages) slot.done.totals.bytes += message.length;
      hand_over(slot);
    }
    if (!output_.costs) return;
    const std::lock_guard lock(writing_);
    output_.costs(detector.costs());
  }

  /// False: there is nothing left.
  bool read(Slot& slot) {
    const std::lock_guard lock(reading_);
    while (going_ && (source_ != nullptr || open_next())) {
      const Result<Source::Next> next = source_->next(slot.batch, std::chrono::milliseconds{1'000});
      if (next && *next == Source::Next::Batch) {
        slot.file = file_;
        slot.number = batches_++;
        slot.done = {};
        return true;
      }
      if (!next || *next == Source::Next::End) close(next);
    }
    return false;
  }

  bool open_next() {
    while (next_file_ < options_.files.size()) {
      const std::string& file = options_.files[next_file_++];
      FileSourceOptions source_options;
      source_options.path = file;
      source_options.limits.bytes_max = kSlotBytes;
      Result<std::unique_ptr<Source>> source = open_file_source(source_options, clock_);
      const Result<void> started = source ? (*source)->start({}) : failure(source.error());
      if (started) {
        source_ = std::move(*source);
        file_ = json_string(file);
        return true;
      }
      complain(started.error().message);
    }
    return false;
  }

  void close(const Result<Source::Next>& outcome) {
    std::string warnings;
    for (const std::string& warning : source_->take_warnings())
      warnings += (warnings.empty() ? "" : "; ") + warning;
    if (!outcome) {
      complain(outcome.error().message);
    } else if (!warnings.empty()) {
      complain(warnings);
    }
    source_.reset();
  }

  void complain(const std::string& what) {
    all_read_ = false;
    output_.complain(what);
  }

  void hand_over(Slot& slot) {
    std::unique_lock lock(writing_);
    written_changed_.wait(
        lock, [&] { return slot.number == written_ || waiting_.size() < kWaitingPerJob * options_.jobs; });
    waiting_.emplace(slot.number, std::move(slot.done));
    for (auto next = waiting_.begin(); next != waiting_.end() && next->first == written_; ++written_) {
      totals_.add(next->second.totals);
      if (going_ && !next->second.output.empty()) going_ = output_.write(next->second.output);
      next = waiting_.erase(next);
    }
    written_changed_.notify_all();
  }

  const MatchRunOptions& options_;
  const Clock& clock_;
  const MatchOutput& output_;
  std::shared_ptr<const Plan> plan_;
  std::shared_ptr<const PackSet> packs_;
  LineWriter lines_;
  std::atomic<bool> going_ = true;

  std::mutex reading_;  // guards what follows up to all_read_
  std::size_t next_file_ = 0;
  std::unique_ptr<Source> source_;  // null: the next file is to be opened
  std::string file_;                // its name as a JSON string
  std::uint64_t batches_ = 0;       // read so far
  bool all_read_ = true;

  std::mutex writing_;  // guards the rest
  std::condition_variable written_changed_;
  std::map<std::uint64_t, Finished> waiting_;  // for their turn, by number of the batch
  std::uint64_t written_ = 0;
  MatchTotals totals_;
};

}  // namespace

MatchTotals run_match_files(std::shared_ptr<const Plan> plan, std::shared_ptr<const PackSet> packs,
                            const MatchRunOptions& options, const Clock& clock, const MatchOutput& output) {
  return Runner(std::move(plan), std::move(packs), options, clock, output).run();
}

void MatchTotals::add(const MatchTotals& other) {
  events += other.events;
  matches += other.matches;
  messages += other.messages;
  dead_letters += other.dead_letters;
  bytes += other.bytes;
}

}  // namespace countersign
