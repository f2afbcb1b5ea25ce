// SPDX-License-Identifier: Apache-2.0
#include "app/match_run.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "core/json_text.h"
#include "core/limits.h"
#include "ingest/file_source.h"

namespace countersign {
namespace {

constexpr std::size_t kSlotsPerJob = 3;
// What a worker gets at once stays in the cache of its core until it has been worked on.
constexpr std::size_t kSlotBytes = 256 * kKiB;

/// One batch on its way: read, worked on, written.
struct Slot {
  MessageBatch batch;
  std::string file;  // as a JSON string
  std::string output;
  MatchTotals totals;
  bool done = false;
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
    ++slot_.totals.events;
    slot_.totals.matches += matches.rules.size();
    if (lines_ == nullptr) return;
    for (const std::uint32_t rule : matches.rules) {
      lines_->append(slot_.output, slot_.file, matches.message.line, matches.index, rule);
    }
  }

  void dead_letter(const Message& message, const DeadLetter& letter) override {
    (void)message;
    (void)letter;
    ++slot_.totals.dead_letters;
  }

 private:
  Slot& slot_;
  const LineWriter* lines_;
};

class Runner {
 public:
  Runner(std::shared_ptr<const Plan> plan, std::shared_ptr<const PackSet> packs,
         const MatchRunOptions& options, const Clock& clock,
         const std::function<bool(std::string_view)>& write)
      : options_(options), clock_(clock), write_(write), lines_(*plan->rules()) {
    for (std::size_t i = 0; i < options.jobs * kSlotsPerJob; ++i) free_.push_back(std::make_unique<Slot>());
    for (std::size_t i = 0; i < options.jobs; ++i) {
      workers_.emplace_back([this, plan, packs] { work(Detector(plan, packs, options_.detector, clock_)); });
    }
  }

  ~Runner() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Nothing, or what is wrong with the file.
  Result<void> read(const std::string& file) {
    FileSourceOptions source_options;
    source_options.path = file;
    source_options.limits.bytes_max = kSlotBytes;
    auto source = open_file_source(source_options, clock_);
    if (!source) return failure(source.error());
    if (auto started = (*source)->start({}); !started) return started;
    const std::string name = json_string(file);
    Result<void> outcome;
    while (going_) {
      std::unique_ptr<Slot> slot = free_slot();
      if (slot == nullptr) break;
      const Result<Source::Next> next = (*source)->next(slot->batch, std::chrono::milliseconds{1'000});
      const bool batch = next && *next == Source::Next::Batch;
      if (batch) {
        slot->file = name;
        hand_out(std::move(slot));
      } else {
        free_.push_back(std::move(slot));
      }
      if (!next) outcome = failure(next.error());
      if (!next || *next == Source::Next::End) break;
    }
    std::string warnings;
    for (const std::string& warning : (*source)->take_warnings())
      warnings += (warnings.empty() ? "" : "; ") + warning;
    if (outcome && !warnings.empty()) return failure(ErrorKind::Malformed, warnings);
    return outcome;
  }

  MatchTotals finish() {
    while (!in_flight_.empty()) collect_oldest();
    return totals_;
  }

  bool going() const { return going_; }

 private:
  std::unique_ptr<Slot> free_slot() {
    while (free_.empty()) collect_oldest();
    std::unique_ptr<Slot> slot = std::move(free_.back());
    free_.pop_back();
    slot->output.clear();
    slot->totals = {};
    slot->done = false;
    return slot;
  }

  void hand_out(std::unique_ptr<Slot> slot) {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(slot.get());
    }
    in_flight_.push_back(std::move(slot));
    changed_.notify_all();
  }

  void collect_oldest() {
    std::unique_ptr<Slot> slot = std::move(in_flight_.front());
    in_flight_.pop_front();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&slot] { return slot->done; });
    }
    totals_.events += slot->totals.events;
    totals_.matches += slot->totals.matches;
    totals_.messages += slot->totals.messages;
    totals_.dead_letters += slot->totals.dead_letters;
    totals_.bytes += slot->totals.bytes;
    if (going_ && !slot->output.empty()) going_ = write_(slot->output);
    free_.push_back(std::move(slot));
  }

  void work(Detector detector) {
    while (true) {
      Slot* slot = nullptr;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !work_.empty() || closed_; });
        if (work_.empty()) return;
        slot = work_.front();
        work_.pop_front();
      }
      SlotVisitor visitor(*slot, options_.lines ? &lines_ : nullptr);
      detector.each_event(slot->batch, visitor);
      slot->totals.messages = slot->batch.messages.size();
      for (const Message& message : slot->batch.messages) slot->totals.bytes += message.length;
      {
        const std::lock_guard lock(mutex_);
        slot->done = true;
      }
      changed_.notify_all();
    }
  }

  const MatchRunOptions& options_;
  const Clock& clock_;
  const std::function<bool(std::string_view)>& write_;
  LineWriter lines_;
  MatchTotals totals_;
  bool going_ = true;
  std::vector<std::unique_ptr<Slot>> free_;      // main thread
  std::deque<std::unique_ptr<Slot>> in_flight_;  // main thread, in input order
  std::mutex mutex_;                             // guards work_, closed_, Slot::done
  std::condition_variable changed_;
  std::deque<Slot*> work_;
  bool closed_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace

MatchTotals run_match_files(std::shared_ptr<const Plan> plan, std::shared_ptr<const PackSet> packs,
                            const MatchRunOptions& options, const Clock& clock,
                            const std::function<bool(std::string_view)>& write,
                            const std::function<void(const std::string&)>& complain) {
  Runner runner(std::move(plan), std::move(packs), options, clock, write);
  bool all_read = true;
  for (const std::string& file : options.files) {
    if (!runner.going()) break;
    if (const Result<void> read = runner.read(file); !read) {
      complain(read.error().message);
      all_read = false;
    }
  }
  MatchTotals totals = runner.finish();
  totals.all_read = all_read;
  return totals;
}

}  // namespace countersign
