// SPDX-License-Identifier: Apache-2.0
// The newest tree head that was signed, in a file outside the data folder: it survives the loss or the
// restoring of the data, so that a log which does not extend it is never signed (evidence.md §2.8). Advanced
// by compare-and-swap under a lock between processes (`<file>.lock`, kept), written by `<file>.tmp`, sync,
// rename and sync of the folder. Any thread and any process.
//
//   file = "countersign-last-signed v1" LF "origin " origin LF "size " decimal LF "root " base64 LF
//
// Errors: NotFound (no file), Corrupt (unreadable content), Conflict, InvalidArgument, and those of
// durable_file.h; after an error of `advance` other than Conflict and InvalidArgument the process must end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/hash.h"
#include "core/result.h"

namespace countersign {

struct LastSigned {
  std::string origin;
  std::uint64_t size = 0;
  Hash256 root;
  bool operator==(const LastSigned&) const = default;
};

class LastSignedFile {
 public:
  explicit LastSignedFile(std::filesystem::path path);

  /// (origin, 0, empty root). Conflict: the file exists. InvalidArgument: not an origin.
  Result<LastSigned> create(const std::string& origin) const;
  Result<LastSigned> read() const;
  /// Conflict: the file does not hold `expected`. InvalidArgument: `next` has another origin, is smaller, or
  /// has the same size with another root.
  Result<void> advance(const LastSigned& expected, const LastSigned& next) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace countersign
