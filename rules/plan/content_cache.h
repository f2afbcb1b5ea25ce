// SPDX-License-Identifier: Apache-2.0
// Files that can be made again, kept in a folder under the hash of what they were made from.
//
//   file = "countersign cache 2\n" checksum bytes
//   checksum = SHA-256 of the hash that names the file, then bytes; 32 bytes
//
// A file that is missing, cut, changed or of another name counts as absent. Files are written aside and
// renamed, so that processes may share a folder. Failing to write is no error. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/hash.h"

namespace countersign {

class ContentCache {
 public:
  /// An empty path: nothing is kept.
  explicit ContentCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool enabled() const { return !folder_.empty(); }
  std::optional<std::string> load(const Hash256& key) const;
  void store(const Hash256& key, std::string_view bytes) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace countersign
