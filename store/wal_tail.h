// SPDX-License-Identifier: Apache-2.0
// The end of a database's newest write-ahead log, read by itself: what a power cut leaves there can be told
// apart from damage in the middle, which must not be passed over (architecture.md §5). Pure but for reading
// the files; any thread while no process writes them.
//
//   log    = *block(32768)          ; the last one may be shorter
//   record = crc(4) length(2) type(1) data           ; little-endian; never crosses a block; crc: masked
//            CRC-32C over type and data; a block's last bytes below 7 are zero
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/result.h"

namespace countersign {

struct WalTail {
  std::filesystem::path file;
  bool damaged = false;          // a record cannot be read
  std::uint64_t damaged_at = 0;  // byte where it starts
  bool valid_after = false;      // somewhere behind it stands a record that can be read
};

/// NotFound: the folder has no log.
Result<WalTail> inspect_last_wal(const std::filesystem::path& database);

}  // namespace countersign
