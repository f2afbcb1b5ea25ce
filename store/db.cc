// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#include <unistd.h>

#include <array>

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/utilities/write_batch_with_index.h>
#include <rocksdb/write_buffer_manager.h>

#include "core/hash.h"
#include "core/limits.h"
#include "core/random.h"

namespace countersign {
namespace {

constexpr std::array<std::string_view, kFamilies> kNames{
    "journal",      "alerts",         "counts",       "samples",      "history",
    "queue_status", "queue_severity", "queue_due",    "queue_owner",  "queue_entity",
    "groups",       "windows",        "due",          "ledger",       "entries",
    "checkpoints",  "payloads",       "payload_keys", "dead_letters", "contents",
    "idempotency",  "admin",          "meta"};

constexpr std::size_t kCacheBytes = 256 * kMiB;
constexpr std::size_t kMemtableBytes = 128 * kMiB;
constexpr std::size_t kMemtableOfFamilyBytes = 32 * kMiB;
constexpr std::size_t kWalBytesMax = 256 * kMiB;
// Deletes that leave the head of a queue full of tombstones ask for a compaction (performance.md §3.4).
constexpr std::size_t kTombstoneWindow = 4'096;
constexpr std::size_t kTombstoneTrigger = 1'024;

bool has_many_deletes(Family family) {
  switch (family) {
    case Family::QueueStatus:
    case Family::QueueSeverity:
    case Family::QueueDue:
    case Family::QueueOwner:
    case Family::QueueEntity:
    case Family::Due:
    case Family::Idempotency:
    case Family::Ledger: return true;
    default: return false;
  }
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

ErrorKind kind_of(const rocksdb::Status& status) {
  if (status.IsCorruption()) return ErrorKind::Corrupt;
  if (status.IsNoSpace() || status.IsBusy() || status.IsTimedOut()) return ErrorKind::Unavailable;
  if (status.IsPathNotFound() || status.IsNotFound()) return ErrorKind::NotFound;
  return ErrorKind::Internal;
}

tl::unexpected<Error> failed(const rocksdb::Status& status, std::string_view what) {
  return failure(kind_of(status), fmt::format("database: {}: {}", what, status.ToString()));
}

/// Never reports a failure: RocksDB would answer with corruption of every read of the key (performance.md
/// §3.2).
class CountsOperator final : public rocksdb::MergeOperator {
 public:
  explicit CountsOperator(MergeFunction merge) : merge_(std::move(merge)) {}

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    std::vector<std::string_view> operands;
    operands.reserve(in.operand_list.size());
    for (const rocksdb::Slice& operand : in.operand_list) operands.push_back(view(operand));
    std::optional<std::string_view> existing;
    if (in.existing_value != nullptr) existing = view(*in.existing_value);
    out->new_value = merge_(existing, operands);
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* new_value, rocksdb::Logger*) const override {
    std::vector<std::string_view> views;
    views.reserve(operands.size());
    for (const rocksdb::Slice& operand : operands) views.push_back(view(operand));
    *new_value = merge_(std::nullopt, views);
    return true;
  }

  const char* Name() const override { return "countersign.counts"; }

 private:
  MergeFunction merge_;
};

rocksdb::ColumnFamilyOptions family_options(Family family, const std::shared_ptr<rocksdb::Cache>& cache,
                                            const MergeFunction& merge) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kMemtableOfFamilyBytes;
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  if (family == Family::Counts) options.merge_operator = std::make_shared<CountsOperator>(merge);
  if (has_many_deletes(family)) {
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(kTombstoneWindow, kTombstoneTrigger));
  }
  return options;
}

rocksdb::DBOptions db_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // An incomplete last record is what a crash leaves; anything else refuses to open (evidence.md §6.2).
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_total_wal_size = kWalBytesMax;
  options.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(kMemtableBytes, cache, false);
  options.max_background_jobs = 2;
  options.statistics = rocksdb::CreateDBStatistics();
  options.statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 4;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(const std::shared_ptr<rocksdb::Cache>& cache,
                                                         const MergeFunction& merge) {
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  // RocksDB insists on `default`; it stays empty.
  out.emplace_back(rocksdb::kDefaultColumnFamilyName, family_options(Family::Meta, cache, merge));
  for (std::size_t i = 0; i < kFamilies; ++i) {
    out.emplace_back(std::string(kNames[i]), family_options(static_cast<Family>(i), cache, merge));
  }
  return out;
}

Error open_error(const rocksdb::Status& status, const std::filesystem::path& folder) {
  const std::string text = status.ToString();
  const std::string where = folder.string();
  if (text.find("lock hold by current process") != std::string::npos ||
      (text.find("While lock file") != std::string::npos)) {
    return {ErrorKind::Unavailable,
            fmt::format("data folder {}: another process (or another store in this one) uses it", where)};
  }
  if (text.find("Permission denied") != std::string::npos ||
      text.find("Read-only file system") != std::string::npos) {
    return {ErrorKind::Denied, fmt::format("data folder {}: not writable: {}", where, text)};
  }
  if (status.IsCorruption()) {
    return {ErrorKind::Corrupt, fmt::format("data folder {}: the database is damaged: {}", where, text)};
  }
  return {kind_of(status), fmt::format("data folder {}: {}", where, text)};
}

rocksdb::ReadOptions read_options(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  return options;
}

Result<std::optional<std::string>> got(const rocksdb::Status& status, rocksdb::PinnableSlice& value,
                                       Family family) {
  if (status.ok()) return std::optional<std::string>(value.ToString());
  if (status.IsNotFound()) return std::optional<std::string>();
  return failed(status, fmt::format("read of {}", to_string(family)));
}

/// A folder for the log file of a reading instance, removed at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    SystemRandom random;
    const std::string name = fmt::format("countersign-read-{}", to_hex(random.bytes<8>()));
    path_ = std::filesystem::temp_directory_path(error_) / name;
    if (!error_) std::filesystem::create_directory(path_, error_);
  }
  ~ScratchFolder() {
    std::error_code ignored;  // a leftover in the temporary folder harms nobody
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  const std::error_code& error() const { return error_; }

 private:
  std::error_code error_;
  std::filesystem::path path_;
};

}  // namespace

std::string_view to_string(Family family) { return kNames[static_cast<std::size_t>(family)]; }

struct WriteSet::State {
  rocksdb::WriteBatchWithIndex batch{rocksdb::BytewiseComparator(), 0, false};
};

WriteSet::WriteSet() : state_(std::make_unique<State>()) {}
WriteSet::~WriteSet() = default;
WriteSet::WriteSet(WriteSet&&) noexcept = default;
WriteSet& WriteSet::operator=(WriteSet&&) noexcept = default;
std::size_t WriteSet::bytes() const { return state_->batch.GetWriteBatch()->GetDataSize(); }
bool WriteSet::empty() const { return state_->batch.GetWriteBatch()->Count() == 0; }

struct Snapshot::State {
  State(rocksdb::DB& owner, const rocksdb::Snapshot* taken) : db(owner), snapshot(taken) {}
  ~State() {
    if (snapshot != nullptr) db.ReleaseSnapshot(snapshot);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  rocksdb::DB& db;
  const rocksdb::Snapshot* snapshot;  // null: the database does not change
};

Snapshot::Snapshot(std::unique_ptr<State> state) : state_(std::move(state)) {}
Snapshot::~Snapshot() = default;
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;

struct Cursor::State {
  std::string lower;
  std::string upper;
  rocksdb::Slice lower_slice;
  rocksdb::Slice upper_slice;
  Family family = Family::Meta;
  std::unique_ptr<rocksdb::Iterator> iterator;
};

Cursor::Cursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cursor::~Cursor() = default;
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
void Cursor::seek_first() { state_->iterator->SeekToFirst(); }
void Cursor::seek_last() { state_->iterator->SeekToLast(); }
void Cursor::seek(std::string_view key) { state_->iterator->Seek(slice(key)); }
void Cursor::seek_before(std::string_view key) {
  state_->iterator->SeekForPrev(slice(key));
  if (valid() && this->key() == key) previous();
}
void Cursor::next() { state_->iterator->Next(); }
void Cursor::previous() { state_->iterator->Prev(); }
bool Cursor::valid() const { return state_->iterator->Valid(); }
std::string_view Cursor::key() const { return view(state_->iterator->key()); }
std::string_view Cursor::value() const { return view(state_->iterator->value()); }
Result<void> Cursor::status() const {
  const rocksdb::Status status = state_->iterator->status();
  if (!status.ok()) return failed(status, fmt::format("walk of {}", to_string(state_->family)));
  return {};
}

class Db::Impl {
 public:
  std::unique_ptr<ScratchFolder> scratch;  // ReadOnly
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;  // [0] is `default`

  ~Impl() {
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      // Only frees the handle; there is nothing to do about a failure.
      const rocksdb::Status ignored = db->DestroyColumnFamilyHandle(handle);
      ignored.PermitUncheckedError();
    }
  }
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<std::size_t>(family) + 1];
  }
};

std::uint64_t db_memory_max() { return kCacheBytes + kMemtableBytes + kMemtableOfFamilyBytes; }

Result<std::unique_ptr<Db>> Db::open(const std::filesystem::path& folder, Mode mode, MergeFunction merge) {
  const auto cache = rocksdb::NewLRUCache(kCacheBytes);
  rocksdb::DBOptions options = db_options(cache);
  auto impl = std::make_unique<Impl>();
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  if (mode == Mode::DropTail) {
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  }
  if (mode != Mode::ReadOnly) {
    status = rocksdb::DB::Open(options, folder.string(), descriptors(cache, merge), &impl->handles, &db);
  } else {
    impl->scratch = std::make_unique<ScratchFolder>();
    if (impl->scratch->error()) {
      return failure(ErrorKind::Denied, fmt::format("no temporary folder to read {} with: {}",
                                                    folder.string(), impl->scratch->error().message()));
    }
    options.create_if_missing = false;
    options.create_missing_column_families = false;
    // Keeps every file open, so that a writer beside us cannot take one away.
    options.max_open_files = -1;
    status = rocksdb::DB::OpenAsSecondary(options, folder.string(), impl->scratch->path().string(),
                                          descriptors(cache, merge), &impl->handles, &db);
  }
  impl->db.reset(db);
  if (!status.ok()) return failure(open_error(status, folder));
  return std::unique_ptr<Db>(new Db(std::move(impl)));
}

Db::Db(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Db::~Db() = default;

Result<std::optional<std::string>> Db::get(Family family, std::string_view key) const {
  rocksdb::PinnableSlice value;
  const auto status = impl_->db->Get(read_options(nullptr), impl_->handle(family), slice(key), &value);
  return got(status, value, family);
}

Result<std::optional<std::string>> Db::get(const Snapshot& snapshot, Family family,
                                           std::string_view key) const {
  rocksdb::PinnableSlice value;
  const auto status =
      impl_->db->Get(read_options(snapshot.state().snapshot), impl_->handle(family), slice(key), &value);
  return got(status, value, family);
}

Result<std::optional<std::string>> Db::get(const WriteSet& changes, Family family,
                                           std::string_view key) const {
  rocksdb::PinnableSlice value;
  const auto status = changes.state().batch.GetFromBatchAndDB(impl_->db.get(), read_options(nullptr),
                                                              impl_->handle(family), slice(key), &value);
  return got(status, value, family);
}

Snapshot Db::snapshot() const {
  // A reading instance stays at the moment when it was opened, and knows no snapshots.
  const rocksdb::Snapshot* taken = impl_->scratch ? nullptr : impl_->db->GetSnapshot();
  return Snapshot(std::make_unique<Snapshot::State>(*impl_->db, taken));
}

Cursor Db::cursor(const Snapshot* snapshot, Family family, std::string lower, std::string upper) const {
  auto state = std::make_unique<Cursor::State>();
  state->family = family;
  state->lower = std::move(lower);
  state->upper = std::move(upper);
  rocksdb::ReadOptions options = read_options(snapshot == nullptr ? nullptr : snapshot->state().snapshot);
  state->lower_slice = state->lower;
  state->upper_slice = state->upper;
  options.iterate_lower_bound = &state->lower_slice;
  if (!state->upper.empty()) options.iterate_upper_bound = &state->upper_slice;
  state->iterator.reset(impl_->db->NewIterator(options, impl_->handle(family)));
  return Cursor(std::move(state));
}

namespace {
/// A write set is memory only: a refusal is a defect of ours.
void must(const rocksdb::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "countersign: write set: {}\n", status.ToString());
  std::abort();
}
}  // namespace

void Db::put(WriteSet& changes, Family family, std::string_view key, std::string_view value) const {
  must(changes.state().batch.Put(impl_->handle(family), slice(key), slice(value)));
}

void Db::remove(WriteSet& changes, Family family, std::string_view key) const {
  must(changes.state().batch.Delete(impl_->handle(family), slice(key)));
}

void Db::merge(WriteSet& changes, Family family, std::string_view key, std::string_view operand) const {
  must(changes.state().batch.Merge(impl_->handle(family), slice(key), slice(operand)));
}

Result<void> Db::write(WriteSet& changes, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  const auto status = impl_->db->Write(options, changes.state().batch.GetWriteBatch());
  if (!status.ok()) return failed(status, "write");
  return {};
}

StorageUse Db::storage() const {
  StorageUse use;
  for (rocksdb::ColumnFamilyHandle* handle : impl_->handles) {
    std::uint64_t bytes = 0;
    if (impl_->db->GetIntProperty(handle, rocksdb::DB::Properties::kTotalSstFilesSize, &bytes)) {
      use.live_bytes += bytes;
    }
  }
  rocksdb::VectorLogPtr logs;
  if (impl_->db->GetSortedWalFiles(logs).ok()) {
    for (const auto& log : logs) use.wal_bytes += log->SizeFileBytes();
  }
  if (const auto& statistics = impl_->db->GetDBOptions().statistics) {
    use.stalled_seconds = static_cast<double>(statistics->getTickerCount(rocksdb::STALL_MICROS)) / 1e6;
  }
  return use;
}

Result<void> Db::remove_range(Family family, std::string_view begin, std::string_view end) {
  const auto status =
      impl_->db->DeleteRange(rocksdb::WriteOptions(), impl_->handle(family), slice(begin), slice(end));
  if (!status.ok()) return failed(status, fmt::format("pruning of {}", to_string(family)));
  return {};
}

}  // namespace countersign
