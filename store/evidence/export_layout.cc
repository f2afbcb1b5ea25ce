// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/export_layout.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "store/evidence/checkpoint.h"

namespace countersign {
namespace {

constexpr std::string_view kPayloadSuffix = ".json";

std::optional<std::string_view> below(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder) || path.size() <= folder.size() || path[folder.size()] != '/') {
    return std::nullopt;
  }
  return path.substr(folder.size() + 1);
}

bool add_file(std::string_view path, ExportListing& listing) {
  if (path == kVkeysFile || path == kCheckpointFile || path == kWitnessPolicyFile) return true;
  if (const auto size = below(path, kCheckpointsFolder)) {
    const std::optional<std::uint64_t> number = parse_log_number(*size);
    if (number) listing.checkpoints.insert(*number);
    return number.has_value();
  }
  if (const auto tile = below(path, kTileFolder)) {
    const Result<TileId> id = parse_tile_path(*tile);
    if (id) listing.tiles.insert(*id);
    return id.has_value();
  }
  if (const auto payload = below(path, kPayloadsFolder); payload && payload->ends_with(kPayloadSuffix)) {
    const std::optional<std::uint64_t> seq =
        parse_log_number(payload->substr(0, payload->size() - kPayloadSuffix.size()));
    if (seq) listing.payloads.insert(*seq);
    return seq.has_value();
  }
  return false;
}

}  // namespace

std::string checkpoint_file(std::uint64_t size) { return fmt::format("{}/{}", kCheckpointsFolder, size); }
std::string tile_file(const TileId& tile) { return fmt::format("{}/{}", kTileFolder, tile_path(tile)); }
std::string payload_file(std::uint64_t seq) {
  return fmt::format("{}/{}{}", kPayloadsFolder, seq, kPayloadSuffix);
}

Result<ExportListing> list_export(const std::filesystem::path& folder) {
  ExportListing listing;
  std::optional<std::string> unexpected;
  const auto refuse = [&](const std::string& path) {
    if (!unexpected || path < *unexpected) unexpected = path;
  };
  std::error_code error;
  std::filesystem::recursive_directory_iterator walk(folder, error);
  for (; !error && walk != std::filesystem::recursive_directory_iterator(); walk.increment(error)) {
    const std::filesystem::file_status status = walk->symlink_status(error);
    if (error) break;
    const std::string path = walk->path().lexically_relative(folder).generic_string();
    if (status.type() == std::filesystem::file_type::directory) {
      if (path == kPayloadsFolder) listing.has_payloads_folder = true;
    } else if (status.type() != std::filesystem::file_type::regular || !add_file(path, listing)) {
      refuse(path);
    }
  }
  if (error) {
    const bool missing = error == std::errc::no_such_file_or_directory;
    return failure(missing ? ErrorKind::NotFound : ErrorKind::Unavailable,
                   fmt::format("export {}: {}", folder.string(), error.message()));
  }
  if (unexpected) {
    return failure(ErrorKind::Malformed, fmt::format("{}: not a file of an evidence export", *unexpected));
  }
  return listing;
}

}  // namespace countersign
