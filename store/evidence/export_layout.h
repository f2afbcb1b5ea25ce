// SPDX-License-Identifier: Apache-2.0
// The files of an evidence export (contract.md §4): their names, and what a folder has of them.
//
//   vkeys, checkpoint, witness-policy, checkpoints/<size>, tile/<tile path>, payloads/<seq>.json
//
// Any thread; the folder must not change meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/evidence/tiles.h"

namespace countersign {

inline constexpr std::string_view kVkeysFile = "vkeys";
inline constexpr std::string_view kCheckpointFile = "checkpoint";
inline constexpr std::string_view kWitnessPolicyFile = "witness-policy";
inline constexpr std::string_view kCheckpointsFolder = "checkpoints";
inline constexpr std::string_view kTileFolder = "tile";
inline constexpr std::string_view kPayloadsFolder = "payloads";

std::string checkpoint_file(std::uint64_t size);  // checkpoints/700
std::string tile_file(const TileId& tile);        // tile/0/001
std::string payload_file(std::uint64_t seq);      // payloads/277.json

struct ExportListing {
  std::set<std::uint64_t> checkpoints;
  std::set<TileId> tiles;
  std::set<std::uint64_t> payloads;
  bool has_payloads_folder = false;
};

/// Malformed: a file that no export has, a link or a special file; the message names the first by name. Also
/// the errors of the file system.
Result<ExportListing> list_export(const std::filesystem::path& folder);

}  // namespace countersign
