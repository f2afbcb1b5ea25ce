// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/tiles.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "store/evidence/checkpoint.h"
#include "store/evidence/durable_file.h"

namespace countersign {
namespace {

constexpr std::string_view kWhat = "tile";
constexpr std::string_view kEntriesFolder = "entries";
constexpr std::string_view kPartialMark = ".p/";
constexpr std::uint64_t kGroup = 1'000;

tl::unexpected<Error> malformed(std::string message) {
  return failure(ErrorKind::Malformed, std::move(message));
}

std::string index_path(std::uint64_t index) {
  std::string path = fmt::format("{:03}", index % kGroup);
  for (index /= kGroup; index > 0; index /= kGroup) path = fmt::format("x{:03}/{}", index % kGroup, path);
  return path;
}

// Only digits are looked at here: parse_tile_path compares the whole with what tile_path writes.
std::optional<std::uint64_t> parse_index(std::string_view path) {
  std::string digits;
  for (const char c : path) {
    if (c == 'x' || c == '/') continue;
    if (c < '0' || c > '9') return std::nullopt;
    if (digits.empty() && c == '0') continue;
    digits.push_back(c);
  }
  if (digits.empty()) return std::uint64_t{0};
  return parse_log_number(digits);
}

bool possible_length(const TileId& tile, std::uintmax_t bytes) {
  if (tile.entries) return bytes >= 2U * tile.width && bytes <= kBundleBytesMax;
  return bytes == tile.width * kHashBytes;
}

}  // namespace

std::string tile_path(const TileId& tile) {
  std::string path = tile.entries ? std::string(kEntriesFolder) : fmt::format("{}", tile.level);
  path += '/' + index_path(tile.index);
  if (!tile.full()) path += fmt::format("{}{}", kPartialMark, tile.width);
  return path;
}

Result<TileId> parse_tile_path(std::string_view path) {
  TileId tile;
  const std::size_t slash = path.find('/');
  const std::string_view level = path.substr(0, slash);
  std::string_view index = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  std::optional<std::uint64_t> width = kTileWidth;
  if (const std::size_t mark = index.find(kPartialMark); mark != std::string_view::npos) {
    width = parse_log_number(index.substr(mark + kPartialMark.size()));
    index = index.substr(0, mark);
  }
  tile.entries = level == kEntriesFolder;
  const std::optional<std::uint64_t> level_number = tile.entries ? 0 : parse_log_number(level);
  const std::optional<std::uint64_t> number = parse_index(index);
  if (!level_number || *level_number > 63 || !number || !width || *width == 0 || *width > kTileWidth) {
    return malformed("tile path: must be <level>/<index>[.p/<width>] of C2SP tlog-tiles");
  }
  tile.level = static_cast<unsigned>(*level_number);
  tile.index = *number;
  tile.width = static_cast<unsigned>(*width);
  if (tile_path(tile) != path) return malformed("tile path: not in the canonical form of C2SP tlog-tiles");
  return tile;
}

std::uint64_t full_tiles(std::uint64_t size, unsigned level) {
  const unsigned shift = kTileHeight * (level + 1);
  return shift >= 64 ? 0 : size >> shift;
}

unsigned partial_width(std::uint64_t size, unsigned level) {
  const unsigned shift = kTileHeight * level;
  return shift >= 64 ? 0 : static_cast<unsigned>((size >> shift) % kTileWidth);
}

Result<void> for_each_tile(std::uint64_t size, const std::function<Result<void>(const TileId&)>& visit) {
  const auto level_tiles = [&](bool entries, unsigned level) -> Result<void> {
    const std::uint64_t full = full_tiles(size, level);
    for (std::uint64_t index = 0; index < full; ++index) {
      if (Result<void> ok = visit({entries, level, index, kTileWidth}); !ok) return ok;
    }
    const unsigned width = partial_width(size, level);
    return width == 0 ? Result<void>() : visit({entries, level, full, width});
  };
  if (Result<void> ok = level_tiles(true, 0); !ok) return ok;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    if (Result<void> ok = level_tiles(false, level); !ok) return ok;
  }
  return {};
}

std::string encode_hash_tile(std::span<const Hash256> hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * kHashBytes);
  for (const Hash256& hash : hashes) bytes += as_text(hash.bytes);
  return bytes;
}

Result<std::vector<Hash256>> decode_hash_tile(std::string_view bytes, unsigned width) {
  if (bytes.size() != width * kHashBytes) {
    return malformed(fmt::format("hash tile: {} bytes, {} are needed for width {}", bytes.size(),
                                 width * kHashBytes, width));
  }
  std::vector<Hash256> hashes(width);
  for (unsigned i = 0; i < width; ++i) {
    const std::string_view hash = bytes.substr(i * kHashBytes, kHashBytes);
    std::copy(hash.begin(), hash.end(), hashes[i].bytes.begin());
  }
  return hashes;
}

Result<std::string> encode_bundle(std::span<const std::string> entries) {
  std::string bytes;
  for (const std::string& entry : entries) {
    if (entry.size() > kEntryBytesMax) {
      return failure(ErrorKind::LimitExceeded,
                     fmt::format("log entry: {} bytes, limit {}", entry.size(), kEntryBytesMax));
    }
    bytes.push_back(static_cast<char>(static_cast<std::uint8_t>(entry.size() >> 8U)));
    bytes.push_back(static_cast<char>(static_cast<std::uint8_t>(entry.size())));
    bytes += entry;
  }
  return bytes;
}

Result<std::vector<std::string>> decode_bundle(std::string_view bytes, unsigned width) {
  std::vector<std::string> entries;
  entries.reserve(width);
  const std::span<const std::uint8_t> raw = as_bytes(bytes);
  std::size_t at = 0;
  while (at < bytes.size() && entries.size() < width) {
    if (bytes.size() - at < 2) return malformed(fmt::format("entry bundle: cut off at byte {}", at));
    const std::size_t length = static_cast<std::size_t>(raw[at]) << 8U | raw[at + 1];
    if (bytes.size() - at - 2 < length) {
      return malformed(fmt::format("entry bundle: entry {} at byte {} has length {}, {} bytes are left",
                                   entries.size(), at, length, bytes.size() - at - 2));
    }
    entries.emplace_back(bytes.substr(at + 2, length));
    at += 2 + length;
  }
  if (entries.size() != width) {
    return malformed(fmt::format("entry bundle: {} entries, {} are needed", entries.size(), width));
  }
  if (at != bytes.size()) return malformed(fmt::format("entry bundle: more bytes after entry {}", width - 1));
  return entries;
}

Hash256 subtree_root(std::vector<Hash256> hashes) {
  for (std::size_t count = hashes.size(); count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i) hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
  }
  return hashes.front();
}

void TileEdge::append(const Hash256& leaf, std::vector<TileFile>& full) {
  ++size;
  partial[0].push_back(leaf);
  for (unsigned level = 0; partial[level].size() == kTileWidth; ++level) {
    std::vector<Hash256> hashes = std::exchange(partial[level], {});
    full.push_back({{false, level, full_tiles(size, level) - 1, kTileWidth}, encode_hash_tile(hashes)});
    partial[level + 1].push_back(subtree_root(std::move(hashes)));
  }
}

TileFolder::TileFolder(std::filesystem::path root) : root_(std::move(root)) {}

Result<void> TileFolder::write(std::span<const TileFile> files) const {
  std::set<std::filesystem::path> folders;
  std::vector<FileContent> contents;
  for (const TileFile& file : files) {
    contents.push_back({root_ / tile_path(file.id), file.bytes});
    const std::filesystem::path folder = folder_of(contents.back().path);
    if (!folders.insert(folder).second) continue;
    if (Result<void> ok = make_folders(kWhat, folder); !ok) return ok;
  }
  if (Result<void> ok = replace_files(kWhat, contents); !ok) return ok;
  for (const std::filesystem::path& folder : folders) {
    if (Result<void> ok = sync_folder(kWhat, folder); !ok) return ok;
  }
  return {};
}

Result<std::string> TileFolder::read(const TileId& tile) const {
  const std::filesystem::path path = root_ / tile_path(tile);
  Result<std::string> bytes =
      read_file(kWhat, path, tile.entries ? kBundleBytesMax : kTileWidth * kHashBytes);
  if (!bytes) return bytes;
  if (!possible_length(tile, bytes->size())) {
    return failure(ErrorKind::Corrupt, fmt::format("{} {}: {} bytes cannot be a tile of width {}", kWhat,
                                                   path.string(), bytes->size(), tile.width));
  }
  return bytes;
}

bool TileFolder::has(const TileId& tile) const {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(root_ / tile_path(tile), error);
  return !error && possible_length(tile, bytes);
}

}  // namespace countersign
