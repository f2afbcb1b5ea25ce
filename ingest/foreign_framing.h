// SPDX-License-Identifier: Apache-2.0
// Names what a message is that no pack can read, when its first bytes give it away. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace countersign {

/// For example "schema-registry framing: byte 0x00 and schema id 7 in front of the payload". Empty: nothing
/// known. UTF-16, gzip, zstd and lz4 frames, schema-registry framing and protobuf are known.
std::optional<std::string> describe_foreign_framing(std::string_view bytes);

}  // namespace countersign
