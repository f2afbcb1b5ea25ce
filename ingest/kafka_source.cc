// SPDX-License-Identifier: Apache-2.0
#include "ingest/kafka_source.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace countersign {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kRecordsMax = 16'384;           // taken from librdkafka at once, over all partitions
constexpr std::chrono::milliseconds kAskWait{1'000};  // for an answer of the broker while reading goes on
constexpr std::chrono::seconds kAskAgain{5};          // after a failure
constexpr std::chrono::seconds kAskBudget{2};         // for all questions of one next()
constexpr std::chrono::seconds kLagEvery{1};          // while nothing comes
constexpr std::uint64_t kBackFactor = 4;              // how much further back the next attempt goes …
constexpr std::uint64_t kBackFactorMax = 16;          // … and how far the last one, of what is wanted

struct Partition {
  std::int32_t id = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t next = 0;       // first offset that no batch accounts for
  bool positioned = false;      // `next` says where to go on
  bool from_beginning = false;  // without a position: whatever the setting says
  bool assigned = false;        // at librdkafka
  bool reading = false;         // and it stands where it should
  bool unreachable = false;     // and that was said
  // Messages before `next` that are read for their keys:
  std::uint64_t back = 0;                  // how many offsets to go back; 0: none, or done
  std::optional<std::uint64_t> keys_next;  // while they come: the next one
  std::uint64_t keys_given = 0;
  bool keys_all = false;               // nothing lies further back
  std::optional<std::uint64_t> begin;  // of the range that is read, when there is one …
  std::optional<std::uint64_t> end;    // … and what is not read any more
  std::optional<Gap> gap;              // to be given before the next record
  Steady::time_point place_at{};       // when not reading: the next attempt
  Steady::time_point placed_at{};
};

/// All of the range is accounted for.
bool is_done(const Partition& partition) {
  return partition.end && partition.positioned && partition.next >= *partition.end;
}

class KafkaSource final : public Source {
 public:
  KafkaSource(const KafkaOptions& options, const Clock& clock, std::shared_ptr<KafkaStats> stats,
              std::unique_ptr<KafkaClient> client)
      : options_(options),
        clock_(clock),
        stats_(std::move(stats)),
        client_(std::move(client)),
        name_(options.name.empty() ? SourceName{options.topic} : options.name),
        writer_(options.limits) {}

  const SourceName& name() const override { return name_; }
  void read_back(std::uint64_t messages) override { read_back_ = messages; }
  Result<void> start(const std::map<SourcePartition, SourcePosition>& positions) override;
  Result<Next> next(MessageBatch& batch, std::chrono::milliseconds wait) override;
  void stored(const SourcePartition& partition, Offset next, std::optional<Timestamp> appended) override {
    stats_->stored(partition.partition, next.value, appended);
  }
  std::vector<std::string> take_warnings() override;

 private:
  Result<void> discover(std::chrono::milliseconds wait);
  void add_partition(std::int32_t id);
  Result<void> place_all();
  Result<void> place(Partition& partition);
  Result<void> find_range(Partition& partition, const KafkaWatermarks& marks);
  Result<std::uint64_t> offset_of(const Partition& partition, const std::optional<KafkaPoint>& point,
                                  std::uint64_t otherwise);
  Result<void> stop_reading(Partition& partition);
  void ask_again(Partition& partition, const Error& error);
  bool all_done() const;
  void choose_offset(Partition& partition, const KafkaWatermarks& marks);
  Next end(MessageBatch& batch);
  void begin_batch(MessageBatch& batch, const Partition& partition);
  void sort_records();
  bool give_gap(MessageBatch& batch);
  bool give_records(MessageBatch& batch);
  bool take_record(MessageBatch& batch, Partition& partition, const KafkaRecord& record);
  bool take_key(MessageBatch& batch, Partition& partition, const KafkaRecord& record);
  void add_message(const KafkaRecord& record);
  void end_keys(Partition& partition);
  void measure(const Partition& partition);
  void measure_all();
  void warn(std::string_view text) { warnings_.push_back(fmt::format("kafka:{}: {}", options_.topic, text)); }

  KafkaOptions options_;
  const Clock& clock_;
  std::shared_ptr<KafkaStats> stats_;
  std::unique_ptr<KafkaClient> client_;
  SourceName name_;
  BatchWriter writer_;
  std::uint64_t read_back_ = 0;
  std::map<std::int32_t, SourcePosition> stored_;
  std::map<std::int32_t, Partition> partitions_;
  bool discovered_ = false;    // once
  bool undiscovered_ = false;  // the last attempt failed, and that was said
  Steady::time_point discover_at_{};
  Steady::time_point measured_at_{};
  std::vector<KafkaRecord> records_;  // of one consume()
  std::vector<std::uint32_t> order_;  // of records_, by partition; given up to given_
  std::size_t given_ = 0;
  std::vector<std::string> warnings_;
};

Result<void> KafkaSource::start(const std::map<SourcePartition, SourcePosition>& positions) {
  for (const auto& [partition, position] : positions)
    if (partition.source == name_ && partition.topic.value == options_.topic)
      stored_[partition.partition] = position;
  return discover(options_.start_wait);
}

/// Looks which partitions there are; adds those that are new.
Result<void> KafkaSource::discover(std::chrono::milliseconds wait) {
  const auto ids = client_->partitions(wait);
  discover_at_ = Steady::now() + (ids ? options_.discovery : std::chrono::milliseconds{kAskAgain});
  if (!ids) {
    if (!discovered_ && ids.error().kind != ErrorKind::Unavailable) return failure(ids.error());
    if (!undiscovered_) warn(ids.error().message);
    undiscovered_ = true;
    return {};
  }
  for (const std::int32_t id : *ids)
    if (!partitions_.contains(id)) add_partition(id);
  if (!discovered_ && !stored_.empty() && stored_.rbegin()->first > ids->back())
    warn(fmt::format("has {} partitions, but partition {} was read before; it is gone with what was not read",
                     ids->size(), stored_.rbegin()->first));
  discovered_ = true;
  undiscovered_ = false;
  return {};
}

void KafkaSource::add_partition(std::int32_t id) {
  Partition& partition = partitions_[id];
  partition.id = id;
  partition.from_beginning = discovered_;
  const auto found = stored_.find(id);
  stats_->add(id, found == stored_.end() ? clock_.now() : found->second.event_time_max);
  if (found == stored_.end()) return;
  partition.positioned = true;
  partition.next = found->second.next.value;
  partition.incarnation = found->second.incarnation;
  partition.back = read_back_;
}

Result<void> KafkaSource::place_all() {
  const Steady::time_point deadline = Steady::now() + kAskBudget;
  for (auto& [id, partition] : partitions_) {
    const Steady::time_point now = Steady::now();
    if (now > deadline) break;
    if (is_done(partition)) {
      if (auto ended = stop_reading(partition); !ended) return ended;
      continue;
    }
    if (partition.reading || partition.place_at > now) continue;
    if (auto placed = place(partition); !placed) return placed;
  }
  return {};
}

Result<void> KafkaSource::stop_reading(Partition& partition) {
  partition.reading = false;
  if (!std::exchange(partition.assigned, false)) return {};
  return client_->unassign(partition.id);
}

void KafkaSource::ask_again(Partition& partition, const Error& error) {
  if (!partition.unreachable) warn(error.message);
  partition.unreachable = true;
  partition.place_at = Steady::now() + kAskAgain;
}

/// Finds out where to read and begins; tries again later when the broker gives no answer.
Result<void> KafkaSource::place(Partition& partition) {
  const auto marks = client_->watermarks(partition.id, kAskWait);
  if (!marks) {
    ask_again(partition, marks.error());
    return {};
  }
  if (options_.range && !partition.end) {
    if (const auto found = find_range(partition, *marks); !found) {
      ask_again(partition, found.error());
      return {};
    }
  }
  partition.unreachable = false;
  choose_offset(partition, *marks);
  if (auto ended = stop_reading(partition); !ended) return ended;
  if (is_done(partition)) return {};
  std::uint64_t offset = partition.gap ? partition.gap->end.value : partition.next;
  partition.keys_next.reset();
  if (partition.back > 0 && offset == partition.next && marks->low < offset) {
    const std::uint64_t first = std::min(offset, std::max(marks->low, partition.begin.value_or(0)));
    offset -= std::min(partition.back, offset - first);
    partition.keys_next = offset;
    partition.keys_given = 0;
    partition.keys_all = offset == first;
  }
  if (auto begun = client_->assign(partition.id, offset); !begun) return begun;
  // Lag from the beginning, also while the records of other partitions are all that is taken.
  stats_->placed(partition.id, partition.end.value_or(marks->high), partition.next);
  partition.assigned = partition.reading = true;
  partition.placed_at = Steady::now();
  return {};
}

Result<std::uint64_t> KafkaSource::offset_of(const Partition& partition,
                                             const std::optional<KafkaPoint>& point,
                                             std::uint64_t otherwise) {
  if (!point) return otherwise;
  if (const auto* const offset = std::get_if<Offset>(&*point)) return offset->value;
  const auto found = client_->offset_at(partition.id, std::get<Timestamp>(*point), kAskWait);
  if (!found) return failure(found.error());
  return found->value_or(std::numeric_limits<std::uint64_t>::max());
}

/// Where the range begins and ends in this partition.
Result<void> KafkaSource::find_range(Partition& partition, const KafkaWatermarks& marks) {
  const auto from = offset_of(partition, options_.range->from, marks.low);
  if (!from) return failure(from.error());
  const auto to = offset_of(partition, options_.range->to, marks.high);
  if (!to) return failure(to.error());
  partition.end = std::min(*to, marks.high);
  partition.begin = std::min(*from, *partition.end);
  if (!std::exchange(partition.positioned, true)) partition.next = *partition.begin;
  return {};
}

bool KafkaSource::all_done() const {
  return options_.range && discovered_ &&
         std::all_of(partitions_.begin(), partitions_.end(),
                     [](const auto& entry) { return is_done(entry.second) && !entry.second.gap; });
}

void KafkaSource::choose_offset(Partition& partition, const KafkaWatermarks& marks) {
  if (!partition.positioned) {
    partition.positioned = true;
    partition.next = marks.low;
    const bool skip =
        options_.start == KafkaStart::End && !partition.from_beginning && marks.low < marks.high;
    // As a gap, so that the position is stored and a restart does not skip again.
    if (skip) partition.gap = Gap{Offset{marks.low}, Offset{marks.high}, GapCause::SkippedByOperator};
    return;
  }
  if (partition.next > marks.high) {
    ++partition.incarnation;
    warn(
        fmt::format("partition {} was read up to offset {}, but ends at {}: the topic was made anew; it is "
                    "read from the beginning as incarnation {}",
                    partition.id, partition.next, marks.high, partition.incarnation));
    partition.next = partition.begin.value_or(0);
    partition.back = 0;
  }
  if (partition.next < marks.low) {
    warn(
        fmt::format("partition {} begins at offset {}: {} offsets from {} on were deleted before they were "
                    "read",
                    partition.id, marks.low, marks.low - partition.next, partition.next));
    const std::uint64_t end = std::min(marks.low, partition.end.value_or(marks.low));
    partition.gap = Gap{Offset{partition.next}, Offset{end}, GapCause::Retention};
  }
}

Result<Source::Next> KafkaSource::next(MessageBatch& batch, std::chrono::milliseconds wait) {
  const Steady::time_point deadline = Steady::now() + wait;
  for (;;) {
    if (given_ == order_.size()) {
      records_.clear();
      order_.clear();
      given_ = 0;
      if (Steady::now() >= discover_at_)
        if (auto found = discover(kAskWait); !found) return failure(found.error());
      if (auto placed = place_all(); !placed) return failure(placed.error());
    }
    if (given_ == order_.size() && all_done()) return end(batch);
    if (give_gap(batch) || (!order_.empty() && give_records(batch))) return Next::Batch;
    if (!order_.empty()) continue;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now());
    client_->consume(records_, kRecordsMax, std::max(left, std::chrono::milliseconds{0}));
    sort_records();
    if (order_.empty() && Steady::now() >= deadline) break;
  }
  measure_all();
  writer_.begin(batch);
  return Next::Idle;
}

Source::Next KafkaSource::end(MessageBatch& batch) {
  writer_.begin(batch);
  return Next::End;
}

void KafkaSource::begin_batch(MessageBatch& batch, const Partition& partition) {
  writer_.begin(batch);
  batch.partition = {name_, TopicName{options_.topic}, partition.id};
  batch.incarnation = partition.incarnation;
  batch.start = batch.end = Offset{partition.next};
}

/// Puts the records of each partition beside each other; those of one stay in order.
void KafkaSource::sort_records() {
  order_.resize(records_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::pair(records_[a].partition, a) < std::pair(records_[b].partition, b);
  });
}

/// A batch of nothing but a gap, when a partition has one.
bool KafkaSource::give_gap(MessageBatch& batch) {
  for (auto& [id, partition] : partitions_) {
    if (!partition.gap) continue;
    begin_batch(batch, partition);
    batch.gaps.push_back(*partition.gap);
    batch.end = partition.gap->end;
    partition.next = batch.end.value;
    partition.gap.reset();
    return true;
  }
  return false;
}

/// A batch of the records of one partition, as many as fit; false when they gave nothing.
bool KafkaSource::give_records(MessageBatch& batch) {
  const std::int32_t id = records_[order_[given_]].partition;
  Partition& partition = partitions_.at(id);
  begin_batch(batch, partition);
  batch.keys_only = partition.keys_next.has_value();
  if (batch.keys_only) batch.start = batch.end = Offset{*partition.keys_next};
  for (; given_ < order_.size(); ++given_) {
    KafkaRecord& record = records_[order_[given_]];
    const bool taken = record.partition == id && (batch.keys_only ? take_key(batch, partition, record)
                                                                  : take_record(batch, partition, record));
    if (!taken) break;
    record.owner.reset();
  }
  if (batch.keys_only) return !writer_.empty();
  batch.end = Offset{partition.next};
  measure(partition);
  return batch.end != batch.start;
}

/// False: nothing is to be taken from it. An offset that the broker does not have is looked for anew.
bool readable(Partition& partition, const KafkaRecord& record) {
  if (!partition.reading) return false;
  if (record.kind != KafkaRecord::Kind::OutOfRange) return true;
  partition.reading = false;
  // At once the first time; a broker that contradicts itself is not asked in a tight loop.
  partition.place_at = std::max(Steady::now(), partition.placed_at + kAskAgain);
  return false;
}

/// The same as take_record() for what is read back. False when the record belongs into the next batch, also
/// because it is the first that counts.
bool KafkaSource::take_key(MessageBatch& batch, Partition& partition, const KafkaRecord& record) {
  if (!readable(partition, record)) return true;
  if (record.offset >= partition.next) {
    end_keys(partition);
    return !partition.reading;
  }
  if (record.kind != KafkaRecord::Kind::Message || record.offset < *partition.keys_next) return true;
  if (!writer_.fits(record.bytes.size())) return false;
  add_message(record);
  ++partition.keys_given;
  partition.keys_next = record.offset + 1;
  batch.end = Offset{record.offset + 1};
  return true;
}

/// Goes on at the position; or further back, when too few of the offsets were messages.
void KafkaSource::end_keys(Partition& partition) {
  const bool enough = partition.keys_given >= read_back_ || partition.keys_all;
  partition.back = enough || partition.back >= kBackFactorMax * read_back_ ? 0 : kBackFactor * partition.back;
  if (partition.back == 0) {
    partition.keys_next.reset();
    return;
  }
  partition.reading = false;
  partition.place_at = Steady::now();
}

/// False when the record belongs into the next batch.
bool KafkaSource::take_record(MessageBatch& batch, Partition& partition, const KafkaRecord& record) {
  if (!readable(partition, record) || record.offset < partition.next) return true;
  const std::uint64_t offset = std::min(record.offset, partition.end.value_or(record.offset));
  const bool message =
      record.kind == KafkaRecord::Kind::Message && offset < partition.end.value_or(offset + 1);
  if (message && !writer_.fits(record.bytes.size())) return false;
  if (offset > partition.next)
    batch.gaps.push_back({Offset{partition.next}, Offset{offset}, GapCause::NotDelivered});
  partition.next = offset;
  if (!message) return true;

  add_message(record);
  ++partition.next;
  return true;
}

void KafkaSource::add_message(const KafkaRecord& record) {
  Message added;
  added.null = record.null;
  added.length = record.bytes.size();
  added.truncated = record.bytes.size() > options_.kept.max;
  if (added.truncated) added.hash = sha256(record.bytes);
  added.bytes = added.truncated ? record.bytes.substr(0, options_.kept.prefix) : record.bytes;
  added.offset = Offset{record.offset};
  added.append_time = record.has_time ? record.time : clock_.now();
  writer_.add(added);
}

void KafkaSource::measure(const Partition& partition) {
  const std::int64_t known = client_->known_end(partition.id);
  if (known < 0) return;  // nothing was fetched yet: what place() found stands
  const auto end = static_cast<std::uint64_t>(known);
  stats_->ends(partition.id, std::min(end, partition.end.value_or(end)));
}

/// While nothing comes, lag can still grow: a partition may have no leader.
void KafkaSource::measure_all() {
  const Steady::time_point now = Steady::now();
  if (now < measured_at_ + kLagEvery) return;
  measured_at_ = now;
  for (auto& [id, partition] : partitions_) measure(partition);
}

std::vector<std::string> KafkaSource::take_warnings() {
  for (const std::string& problem : client_->take_problems()) warn(problem);
  return std::exchange(warnings_, {});
}

}  // namespace

Result<std::unique_ptr<Source>> open_kafka_source(const KafkaOptions& options, const Clock& clock,
                                                  std::shared_ptr<KafkaStats> stats) {
  if (options.topic.empty()) return failure(ErrorKind::InvalidArgument, "kafka: no topic is set");
  auto client = KafkaClient::create(options.connection, options.topic);
  if (!client) return failure(client.error());
  return std::make_unique<KafkaSource>(options, clock, std::move(stats), std::move(*client));
}

}  // namespace countersign
