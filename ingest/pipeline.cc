// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>
#include <tuple>
#include <vector>

namespace countersign {
namespace {

constexpr std::size_t kBatchesPerWorker = 2;
constexpr std::chrono::milliseconds kSourceWait{200};
constexpr std::chrono::milliseconds kRetryWait{250};

/// What the pipeline does about a report that was not taken. A switch without default: a new kind must be
/// decided.
enum class Reaction : std::uint8_t { TryAgain, StopPartition };

Reaction reaction(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Unavailable:
    case ErrorKind::LimitExceeded: return Reaction::TryAgain;
    case ErrorKind::InvalidArgument:
    case ErrorKind::Malformed:
    case ErrorKind::Unsupported:
    case ErrorKind::NotFound:
    case ErrorKind::Conflict:
    case ErrorKind::Denied:
    case ErrorKind::Corrupt:
    case ErrorKind::Internal: return Reaction::StopPartition;
  }
  return Reaction::StopPartition;
}

using BatchPointer = std::unique_ptr<MessageBatch>;

/// Batches that are not in use: their memory is warm.
class BatchPool {
 public:
  BatchPointer take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<MessageBatch>();
    BatchPointer batch = std::move(free_.back());
    free_.pop_back();
    return batch;
  }
  void give_back(BatchPointer batch) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(batch));
  }

 private:
  std::mutex mutex_;
  std::vector<BatchPointer> free_;
};

/// Batches on their way from the reader to one worker. The mutex guards `ready` and `closed`.
class BatchQueue {
 public:
  /// Waits for room; false when asked to stop.
  bool push(BatchPointer batch, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return ready_.size() < kBatchesPerWorker; })) return false;
    ready_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }

  /// The next batch; null when the queue is closed and empty, or when asked to stop.
  BatchPointer pop(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !ready_.empty() || closed_; }) || ready_.empty())
      return nullptr;
    BatchPointer batch = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return batch;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<BatchPointer> ready_;
  bool closed_ = false;
};

/// What the workers detect with, and how often that has changed.
class PartsInUse {
 public:
  explicit PartsInUse(DetectionParts parts) : parts_(std::move(parts)) {}

  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  std::pair<DetectionParts, std::uint64_t> get() const {
    const std::lock_guard lock(mutex_);
    return {parts_, version()};
  }
  void set(DetectionParts parts) {
    const std::lock_guard lock(mutex_);
    std::swap(parts_, parts);
    version_.fetch_add(1, std::memory_order_release);
  }

 private:
  mutable std::mutex mutex_;  // guards parts_, and that it belongs to version_
  DetectionParts parts_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace

class Pipeline::Impl {
 public:
  Impl(std::unique_ptr<Source> source, DetectionParts parts, ReportSink& sink, const Clock& clock,
       LogSink log, PipelineOptions options, IngestMetrics* metrics)
      : source_(std::move(source)),
        parts_(std::move(parts)),
        sink_(sink),
        clock_(clock),
        log_(std::move(log)),
        options_(std::move(options)),
        metrics_(metrics),
        queues_(std::max<std::size_t>(options_.workers, 1)) {}

  Result<void> start() {
    auto positions = sink_.positions(source_->name());
    if (!positions) return failure(positions.error());
    positions_ = std::move(*positions);
    if (parts_.get().first.packs->has_duplicate_keys(options_.detector.pack))
      source_->read_back(kDuplicateWindowMessages);
    if (auto started = source_->start(positions_); !started) return started;
    working_ = queues_.size();
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      workers_.emplace_back([this, i](std::stop_token stop) { work(queues_[i], stop); });
    }
    reader_ = std::jthread([this](std::stop_token stop) { read(stop); });
    return {};
  }

  void stop() {
    reader_.request_stop();
    for (std::jthread& worker : workers_) worker.request_stop();
    wait();
  }

  void wait() {
    if (reader_.joinable()) reader_.join();
    for (std::jthread& worker : workers_) {
      if (worker.joinable()) worker.join();
    }
  }

  void use(DetectionParts parts) { parts_.set(std::move(parts)); }
  State state() const { return state_.load(); }
  bool paused() const { return waiting_.load(); }
  std::uint64_t queued() const { return queued_.load(); }
  std::string name() const { return source_->name().value; }

 private:
  void read(std::stop_token stop) {
    while (!stop.stop_requested()) {
      BatchPointer batch = pool_.take();
      const Result<Source::Next> next = source_->next(*batch, kSourceWait);
      for (const std::string& warning : source_->take_warnings()) {
        log_(LogLevel::Warn, warning, {{"source", name()}});
      }
      if (!next) {
        log_(LogLevel::Error, "the source ends: " + next.error().message, {{"source", name()}});
        failed_ = true;
        break;
      }
      if (*next == Source::Next::End) break;
      if (*next == Source::Next::Idle) {
        pool_.give_back(std::move(batch));
        continue;
      }
      BatchQueue& queue = queues_[std::hash<std::string>{}(to_string(batch->partition)) % queues_.size()];
      queued_ += batch->messages.size();
      if (!queue.push(std::move(batch), stop)) break;
    }
    for (BatchQueue& queue : queues_) queue.close();
  }

  void work(BatchQueue& queue, std::stop_token stop) {
    std::uint64_t version = 0;
    Detector detector = make_detector(version);
    std::map<SourcePartition, SourcePosition> positions = positions_;
    // They outlive the detector, which other rules replace.
    std::map<SourcePartition, DuplicateWindow> windows;
    std::set<SourcePartition> stopped;
    while (BatchPointer batch = queue.pop(stop)) {
      queued_ -= batch->messages.size();
      const SourcePartition partition = batch->partition;
      if (stopped.contains(partition)) continue;
      if (version != parts_.version()) detector = make_detector(version);
      DuplicateWindow& window = windows[partition];
      if (batch->keys_only) {
        detector.remember(*batch, window);
        pool_.give_back(std::move(batch));
        continue;
      }
      SourcePosition& position = positions[partition];
      Report report = detector.run(*batch, position, &window);
      const SourcePosition next = report.next;
      const std::optional<Timestamp> appended =
          batch->messages.empty() ? std::nullopt : std::optional(batch->messages.back().append_time);
      pool_.give_back(std::move(batch));
      if (submit(std::move(report), stop)) {
        position = next;
        source_->stored(partition, next.next, appended);
        if (metrics_ != nullptr && appended) {
          metrics_->times.durable(partition.partition, detector.event_times(), clock_.now());
        }
      } else if (!stop.stop_requested()) {
        stopped.insert(partition);
        failed_ = true;
      }
    }
    if (--working_ > 0 || stop.stop_requested()) return;
    state_ = failed_ ? State::Failed : State::Ended;
    if (!failed_) log_(LogLevel::Info, "the source is read to its end", {{"source", name()}});
  }

  /// With what is in use now, which is `version`.
  Detector make_detector(std::uint64_t& version) const {
    DetectionParts parts;
    std::tie(parts, version) = parts_.get();
    return Detector(std::move(parts), options_.detector, clock_, metrics_);
  }

  /// False: the partition cannot go on (said in the log), or the pipeline stops.
  bool submit(Report report, std::stop_token stop) {
    while (!stop.stop_requested()) {
      const Result<void> taken = sink_.submit(report);
      if (taken) {
        if (waiting_.exchange(false)) log_(LogLevel::Info, "reading goes on", {{"source", name()}});
        return true;
      }
      const std::string partition = to_string(report.partition);
      if (reaction(taken.error().kind) == Reaction::StopPartition) {
        log_(LogLevel::Error, "the partition stops: " + taken.error().message, {{"partition", partition}});
        return false;
      }
      if (!waiting_.exchange(true)) {
        log_(LogLevel::Warn, "reading pauses: " + taken.error().message, {{"partition", partition}});
      }
      std::unique_lock lock(retry_mutex_);
      retry_.wait_for(lock, stop, kRetryWait, [] { return false; });
    }
    return false;
  }

  std::unique_ptr<Source> source_;
  PartsInUse parts_;
  ReportSink& sink_;
  const Clock& clock_;
  LogSink log_;
  PipelineOptions options_;
  IngestMetrics* metrics_;
  std::map<SourcePartition, SourcePosition> positions_;
  std::vector<BatchQueue> queues_;
  BatchPool pool_;
  std::mutex retry_mutex_;
  std::condition_variable_any retry_;
  std::atomic<State> state_{State::Running};
  std::atomic<bool> failed_{false};
  std::atomic<bool> waiting_{false};
  std::atomic<std::uint64_t> queued_{0};
  std::atomic<std::size_t> working_{0};
  std::vector<std::jthread> workers_;
  std::jthread reader_;
};

std::uint64_t pipeline_memory_max(const PipelineOptions& options) {
  const std::uint64_t workers = std::max<std::size_t>(options.workers, 1);
  const std::uint64_t in_reader = 1;
  const std::uint64_t batches = in_reader + workers * (kBatchesPerWorker + 1);
  return (batches + workers) * std::max(kBatchBytesMax, kDeadLetterBytesMax);
}

Pipeline::Pipeline(std::unique_ptr<Source> source, DetectionParts parts, ReportSink& sink, const Clock& clock,
                   LogSink log, PipelineOptions options, IngestMetrics* metrics)
    : impl_(std::make_unique<Impl>(std::move(source), std::move(parts), sink, clock, std::move(log),
                                   std::move(options), metrics)) {}

Pipeline::~Pipeline() { stop(); }
Result<void> Pipeline::start() { return impl_->start(); }
void Pipeline::stop() { impl_->stop(); }
void Pipeline::wait() { impl_->wait(); }
void Pipeline::use(DetectionParts parts) { impl_->use(std::move(parts)); }
Pipeline::State Pipeline::state() const { return impl_->state(); }
bool Pipeline::paused() const { return impl_->paused(); }
std::uint64_t Pipeline::queued() const { return impl_->queued(); }
std::string Pipeline::name() const { return impl_->name(); }

}  // namespace countersign
