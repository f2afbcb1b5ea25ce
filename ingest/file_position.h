// SPDX-License-Identifier: Apache-2.0
// Which file it is and where reading goes on, as SourcePosition::cursor holds it. The message number is
// SourcePosition::next.
//
//   cursor   = "1" SP framing SP offset SP line SP in-array SP device SP inode SP head-length SP head-hash
//   framing  = "lines" / "array" / "documents"
//   offset   = decimal        bytes of the decompressed stream before the next one to read
//   line     = decimal        line of that byte, from 1
//   in-array = "0" / "1"      1: that byte is between elements of an array
//   device, inode = decimal   st_dev and st_ino
//   head-length = decimal     min(1,024, size of the file when it was first read); not decompressed
//   head-hash   = 64 hex      SHA-256 of that many bytes at its beginning
//
// Pure but for read_identity(); any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/result.h"
#include "ingest/framing.h"

namespace countersign {

inline constexpr std::uint64_t kFileHeadBytesMax = 1024;  // semantics.md §2

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t head_length = 0;
  Hash256 head_hash;
  bool operator==(const FileIdentity&) const = default;
};

struct FileCursor {
  Framing framing = Framing::Lines;
  std::uint64_t offset = 0;
  Scanner::State state;
  FileIdentity identity;
  bool operator==(const FileCursor&) const = default;
};

std::string to_string(const FileCursor& cursor);
/// Errors: Corrupt (not of the grammar above).
Result<FileCursor> parse_file_cursor(std::string_view text);

/// The identity of an open file. `head_length` bounds the head: what an earlier identity kept, or
/// kFileHeadBytesMax for a file that is read for the first time; a shorter file has a shorter head. Errors:
/// Unavailable (cannot be read).
Result<FileIdentity> read_identity(int fd, std::uint64_t head_length);

}  // namespace countersign
