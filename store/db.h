// SPDX-License-Identifier: Apache-2.0
// RocksDB behind plain types: the only file pair that includes its headers. Keys and values are bytes; their
// grammar is in keys.h and codec.h.
//
// Threads: everything from any thread; a write set, a snapshot and a cursor belong to one thread each.
// Ownership: a Db opened ReadWrite holds the folder's lock. Snapshots, cursors and write sets must end before
// their Db.
// Errors: Unavailable (another process holds the folder; no room), Denied (folder not writable), Corrupt
// (damaged), Unsupported (made by a newer version), Internal. Reads give Corrupt or Internal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/query.h"

namespace countersign {

/// The column families (architecture.md §6), all created with the folder. Numbers are indexes, not stored.
enum class Family : std::uint8_t {
  Journal,
  Alerts,
  Counts,
  Samples,
  History,
  QueueStatus,
  QueueSeverity,
  QueueDue,
  QueueOwner,
  QueueEntity,
  Groups,
  Windows,
  Due,
  Ledger,
  Entries,
  Checkpoints,
  Payloads,
  PayloadKeys,
  DeadLetters,
  Contents,
  Idempotency,
  Admin,
  Meta,
};
inline constexpr std::size_t kFamilies = 23;
std::string_view to_string(Family family);

/// Combines the values of one key: `existing` is absent for the first. Must give a value for every input.
using MergeFunction = std::function<std::string(std::optional<std::string_view> existing,
                                                std::span<const std::string_view> operands)>;

/// Changes in order, readable before they are written.
class WriteSet {
 public:
  WriteSet();
  ~WriteSet();
  WriteSet(WriteSet&&) noexcept;
  WriteSet& operator=(WriteSet&&) noexcept;

  struct State;
  State& state() const { return *state_; }
  std::size_t bytes() const;
  bool empty() const;

 private:
  std::unique_ptr<State> state_;
};

/// A consistent view of the moment when it was taken.
class Snapshot {
 public:
  struct State;
  explicit Snapshot(std::unique_ptr<State> state);
  ~Snapshot();
  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Walks the keys of one family within [lower, upper) in byte order. Not positioned at first.
class Cursor {
 public:
  struct State;
  explicit Cursor(std::unique_ptr<State> state);
  ~Cursor();
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;

  void seek_first();
  void seek_last();
  void seek(std::string_view key);         // first key >= `key`
  void seek_before(std::string_view key);  // last key < `key`
  void next();
  void previous();
  bool valid() const;
  std::string_view key() const;    // until the next move
  std::string_view value() const;  // until the next move
  /// After the walk: whether it ended for another reason than the end of the keys.
  Result<void> status() const;

 private:
  std::unique_ptr<State> state_;
};

/// Of the block cache and the tables in memory of one open database.
std::uint64_t db_memory_max();

class Db {
 public:
  enum class Mode : std::uint8_t {
    ReadWrite,  // creates what is missing, takes the lock
    DropTail,   // the same, but passes over a damaged record at the end of the log and all behind it
    ReadOnly,   // whatever is durable now, beside a running writer or without one; writes nothing there
  };
  /// `merge` is the operator of Family::Counts.
  static Result<std::unique_ptr<Db>> open(const std::filesystem::path& folder, Mode mode,
                                          MergeFunction merge);
  ~Db();

  Result<std::optional<std::string>> get(Family family, std::string_view key) const;
  Result<std::optional<std::string>> get(const Snapshot& snapshot, Family family, std::string_view key) const;
  /// What a get will give once `changes` are written.
  Result<std::optional<std::string>> get(const WriteSet& changes, Family family, std::string_view key) const;
  Snapshot snapshot() const;
  /// Without a snapshot: as of now. Empty `upper`: to the end of the family.
  Cursor cursor(const Snapshot* snapshot, Family family, std::string lower, std::string upper) const;

  void put(WriteSet& changes, Family family, std::string_view key, std::string_view value) const;
  void remove(WriteSet& changes, Family family, std::string_view key) const;
  void merge(WriteSet& changes, Family family, std::string_view key, std::string_view operand) const;
  /// All changes or none. With `sync`, durable on return; after an error the process must end.
  Result<void> write(WriteSet& changes, bool sync);
  /// What the files take now. Any thread.
  StorageUse storage() const;
  /// Drops the keys of [begin, end) outside any write set (pruning).
  Result<void> remove_range(Family family, std::string_view begin, std::string_view end);

 private:
  class Impl;
  explicit Db(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
