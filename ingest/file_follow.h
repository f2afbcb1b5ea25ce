// SPDX-License-Identifier: Apache-2.0
// What becomes of a file that is read while others write, rename and cut it (logrotate's `create` and
// `copytruncate`). Asks the file system; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ingest/file_position.h"
#include "ingest/posix.h"

namespace countersign {

enum class FileChange : std::uint8_t {
  None,
  Absent,     // nothing stands at the path
  Replaced,   // another file stands at the path: ours was renamed or removed
  Rewritten,  // ours is shorter than what was read of it, or begins with other bytes
};

/// `fd` is what was opened at `path`, `read_bytes` how much of it was read. A file that cannot be looked at
/// counts as unchanged: reading says what is wrong.
FileChange change_of(const std::string& path, int fd, std::uint64_t read_bytes, const FileIdentity& identity);

/// The file with that identity beside `path`, where a rotation by rename has put it.
std::optional<UniqueFd> find_renamed(const std::string& path, const FileIdentity& identity);

}  // namespace countersign
