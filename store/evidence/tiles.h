// SPDX-License-Identifier: Apache-2.0
// Tiles of the log as files (C2SP tlog-tiles): names, bytes, and a folder of the full ones. Partial tiles are
// computed when asked and never kept.
//
//   path        = (level / "entries") "/" *("x" 3digit "/") 3digit [".p/" width]    ; relative to `tile/`
//   level       = 0..63, width = 1..255, decimal without leading zeros
//   hash tile   = width * 32 bytes;  tile N of level L holds the hashes of the perfect subtrees
//                 [(256N + i) * 256^L, (256N + i + 1) * 256^L)
//   bundle      = width * (2-byte big-endian length, entry)
//
// Names and bytes are pure. A TileFolder may be read from any thread while one thread writes.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/result.h"
#include "store/evidence/merkle.h"

namespace countersign {

inline constexpr unsigned kTileHeight = 8;
inline constexpr unsigned kTileWidth = 1U << kTileHeight;
inline constexpr unsigned kTileLevels = 8;  // 64-bit sizes reach no further
inline constexpr std::size_t kHashBytes = 32;
inline constexpr std::size_t kEntryBytesMax = 65'535;
inline constexpr std::size_t kBundleBytesMax = kTileWidth * (kEntryBytesMax + 2);

struct TileId {
  bool entries = false;  // an entry bundle; then level is 0
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;
  auto operator<=>(const TileId&) const = default;
  bool full() const { return width == kTileWidth; }
};

std::string tile_path(const TileId& tile);
/// Malformed: not exactly what `tile_path` writes.
Result<TileId> parse_tile_path(std::string_view path);

/// How many full tiles level `level` of a tree of `size` has, and how wide the partial one is (0: none).
std::uint64_t full_tiles(std::uint64_t size, unsigned level);
unsigned partial_width(std::uint64_t size, unsigned level);
/// Every hash tile and entry bundle of a tree of `size`, bundles first, then levels upwards.
/// Calls `visit` for each until it fails.
Result<void> for_each_tile(std::uint64_t size, const std::function<Result<void>(const TileId&)>& visit);

std::string encode_hash_tile(std::span<const Hash256> hashes);
/// Malformed: not `width` hashes.
Result<std::vector<Hash256>> decode_hash_tile(std::string_view bytes, unsigned width);

/// LimitExceeded: an entry above kEntryBytesMax.
Result<std::string> encode_bundle(std::span<const std::string> entries);
/// Malformed: not `width` entries; the message names the entry in the bundle and the byte.
Result<std::vector<std::string>> decode_bundle(std::string_view bytes, unsigned width);

/// The root over the hashes of a perfect subtree; their number is a power of two.
Hash256 subtree_root(std::vector<Hash256> hashes);

struct TileFile {
  TileId id;
  std::string bytes;
};

/// The hashes of the partial tiles of a tree: its right edge, tile by tile.
struct TileEdge {
  std::uint64_t size = 0;
  std::array<std::vector<Hash256>, kTileLevels> partial;

  /// Adds a leaf; the tiles that become full are added to `full`, lower levels first.
  void append(const Hash256& leaf, std::vector<TileFile>& full);
};

class TileFolder {
 public:
  /// `root` is the folder `tile`; it is made when first written to.
  explicit TileFolder(std::filesystem::path root);

  /// Writes the files and syncs them with their folders before it returns. Writing the same again is
  /// harmless; leftovers of a crash (`*.tmp`) are overwritten. Errors of durable_file.h.
  Result<void> write(std::span<const TileFile> files) const;
  /// NotFound; Corrupt: a hash tile of wrong length.
  Result<std::string> read(const TileId& tile) const;
  /// True when the file is there with a possible length.
  bool has(const TileId& tile) const;

 private:
  std::filesystem::path root_;
};

}  // namespace countersign
