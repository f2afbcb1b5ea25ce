// SPDX-License-Identifier: Apache-2.0
// The log's tree as the store's writer uses it: appends in memory, full tiles on disk, proofs for readers.
//
// Threads: append, root, size and publish belong to one writer thread. Everything else may be called from any
// thread at any time: readers work on the size that was last published, an immutable copy of the right edge
// plus full tiles that are already synced, and never wait for the writer.
// Ownership: the object owns the tile folder for writing; `entries` is called from all threads and must give
// durable entries only.
// Errors: InvalidArgument (beyond the published size), NotFound (no such tile), Malformed (tile path),
// Corrupt (tiles contradict the log), those of durable_file.h: after a failed publish the process must end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/evidence/merkle.h"
#include "store/evidence/tiles.h"

namespace countersign {

/// Gives the bytes of `count` entries from `first` on, in order; all of them or an error.
using EntryReader = std::function<Result<std::vector<std::string>>(EntrySeq first, std::size_t count)>;

class TreeLog {
 public:
  /// Opens the log of `size` durable entries: writes the full tiles that are missing in `folder` (the folder
  /// `tile`; it may be empty or absent), reads the right edge and publishes `size`. Deleting the folder
  /// therefore rebuilds it. Tiles that are there are taken as they are: the caller compares root_at() with
  /// the last signed root, and `store check` compares them with their entries.
  static Result<std::unique_ptr<TreeLog>> open(std::filesystem::path folder, std::uint64_t size,
                                               EntryReader entries);
  ~TreeLog();

  // --- the writer

  /// Adds an entry and returns its leaf hash. LimitExceeded: above kEntryBytesMax; nothing is added.
  Result<Hash256> append(std::string_view entry);
  std::uint64_t size() const;
  Hash256 root() const;
  /// After the entries are durable: writes and syncs every tile that became full, then shows the new size to
  /// the readers. On return a checkpoint of size() may be signed.
  Result<void> publish();

  // --- readers

  std::uint64_t published_size() const;
  Result<Hash256> root_at(std::uint64_t size) const;
  Result<std::vector<Hash256>> inclusion(EntrySeq seq, std::uint64_t size) const;
  Result<std::vector<Hash256>> consistency(std::uint64_t old_size, std::uint64_t new_size) const;
  /// The bytes of a tile or entry bundle by its C2SP path below `tile/`; partial ones up to the published
  /// size, of any width that once existed.
  Result<std::string> tile(std::string_view path) const;
  Result<std::string> tile(const TileId& id) const;

 private:
  class Impl;
  explicit TreeLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
