// SPDX-License-Identifier: Apache-2.0
// SPEC of a source as people write it (contract.md §2):
//
//   spec    = "file:" path [ "?" options ] / "stdin" [ "?" options ] / "kafka:" topic [ "?" options ]
//   options = option *( "&" option )
//   option  = "follow=" ( "0" / "1" )                         file
//           / "pack=" name                                    all
//           / "framing=" ( "lines" / "array" / "documents" )  file, stdin
//
// The last "?" begins the options, so a path that holds one ends with another. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "ingest/framing.h"

namespace countersign {

enum class SourceKind : std::uint8_t { File, Stdin, Kafka };

struct SourceSpec {
  SourceKind kind = SourceKind::File;
  std::string path;   // File: as given
  std::string topic;  // Kafka
  std::string pack;   // empty: decided per message
  Framing framing = Framing::Auto;
  bool follow = false;
  bool operator==(const SourceSpec&) const = default;
};

/// Errors: InvalidArgument; names the part that is wrong and what is known there.
Result<SourceSpec> parse_source_spec(std::string_view text);

}  // namespace countersign
