// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/tree_log.h"

#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace countersign {
namespace {

// Full tiles that a start finds missing are written in groups, because a group shares its sync.
constexpr std::size_t kRestoreFilesMax = 1'024;
constexpr std::size_t kRestoreBytesMax = 32 * 1024 * 1024;

tl::unexpected<Error> beyond(std::uint64_t asked, std::uint64_t published) {
  return failure(ErrorKind::InvalidArgument,
                 fmt::format("tree size {} is beyond the published size {}", asked, published));
}

Result<std::vector<std::string>> read_entries(const EntryReader& entries, std::uint64_t first,
                                              std::size_t count) {
  if (count == 0) return std::vector<std::string>();
  Result<std::vector<std::string>> read = entries(EntrySeq{first}, count);
  if (read && read->size() != count) {
    return failure(ErrorKind::Corrupt,
                   fmt::format("log entries from {}: {} of {} are there", first, read->size(), count));
  }
  return read;
}

std::vector<Hash256> leaf_hashes(const std::vector<std::string>& entries) {
  std::vector<Hash256> hashes;
  hashes.reserve(entries.size());
  for (const std::string& entry : entries) hashes.push_back(leaf_hash(entry));
  return hashes;
}

/// Hashes of one published tree; keeps the tiles it read, because the nodes of one proof share them.
class NodeLookup {
 public:
  NodeLookup(const TileFolder& folder, const TileEdge& edge) : folder_(folder), edge_(edge) {}

  Result<Hash256> operator()(NodeId node) {
    const unsigned level = node.level / kTileHeight;
    const unsigned height = node.level % kTileHeight;
    const std::uint64_t first = node.index << height;
    Result<const std::vector<Hash256>*> tile = hashes({level, first >> kTileHeight});
    if (!tile) return failure(tile.error());
    const auto begin = (*tile)->begin() + static_cast<std::ptrdiff_t>(first % kTileWidth);
    return subtree_root(std::vector<Hash256>(begin, begin + (std::ptrdiff_t{1} << height)));
  }

  /// The hashes of tile (level, index), as many as the tree has.
  Result<const std::vector<Hash256>*> hashes(std::pair<unsigned, std::uint64_t> at) {
    if (at.second == full_tiles(edge_.size, at.first)) return &edge_.partial[at.first];
    if (const auto known = tiles_.find(at); known != tiles_.end()) return &known->second;
    Result<std::string> bytes = folder_.read({false, at.first, at.second, kTileWidth});
    if (!bytes) return failure(ErrorKind::Corrupt, bytes.error().message);
    Result<std::vector<Hash256>> decoded = decode_hash_tile(*bytes, kTileWidth);
    if (!decoded) return failure(decoded.error());
    return &tiles_.emplace(at, std::move(*decoded)).first->second;
  }

 private:
  const TileFolder& folder_;
  const TileEdge& edge_;
  std::map<std::pair<unsigned, std::uint64_t>, std::vector<Hash256>> tiles_;
};

}  // namespace

class TreeLog::Impl {
 public:
  Impl(std::filesystem::path folder, EntryReader entries)
      : folder_(std::move(folder)), entries_(std::move(entries)) {}

  Result<void> restore(std::uint64_t size);
  Result<Hash256> append(std::string_view entry);
  Result<void> publish();
  std::uint64_t size() const { return peaks_.size(); }
  Hash256 root() const { return peaks_.root(); }

  std::shared_ptr<const TileEdge> published() const {
    const std::lock_guard lock(mutex_);
    return published_;
  }
  const TileFolder& folder() const { return folder_; }
  Result<std::string> partial_tile(const TileEdge& edge, const TileId& id) const;
  Result<std::string> entry_bundle(const TileId& id) const;

 private:
  Result<std::string> full_tile(const TileId& id) const;
  Result<std::vector<Hash256>> child_hashes(unsigned level, std::uint64_t index, std::size_t count) const;
  Result<void> write_missing(bool entries, unsigned level, std::uint64_t count);

  TileFolder folder_;
  EntryReader entries_;
  RightEdge peaks_;
  TileEdge edge_;
  std::vector<TileFile> full_;  // hash tiles that became full since the last publish
  std::uint64_t bundles_ = 0;   // entry bundles on disk

  mutable std::mutex mutex_;  // guards the pointer only
  std::shared_ptr<const TileEdge> published_ = std::make_shared<TileEdge>();
};

// The hashes that stand in tile `index` of `level`: leaf hashes, or the roots of the tiles below.
Result<std::vector<Hash256>> TreeLog::Impl::child_hashes(unsigned level, std::uint64_t index,
                                                         std::size_t count) const {
  const std::uint64_t first = index * kTileWidth;
  if (level == 0) {
    Result<std::vector<std::string>> entries = read_entries(entries_, first, count);
    if (!entries) return failure(entries.error());
    return leaf_hashes(*entries);
  }
  std::vector<Hash256> hashes;
  for (std::uint64_t child = first; child < first + count; ++child) {
    Result<std::string> bytes = folder_.read({false, level - 1, child, kTileWidth});
    if (!bytes) return failure(bytes.error());
    Result<std::vector<Hash256>> below = decode_hash_tile(*bytes, kTileWidth);
    if (!below) return failure(below.error());
    hashes.push_back(subtree_root(std::move(*below)));
  }
  return hashes;
}

Result<std::string> TreeLog::Impl::full_tile(const TileId& id) const {
  if (id.entries) return entry_bundle(id);
  Result<std::vector<Hash256>> hashes = child_hashes(id.level, id.index, kTileWidth);
  if (!hashes) return failure(hashes.error());
  return encode_hash_tile(*hashes);
}

Result<void> TreeLog::Impl::write_missing(bool entries, unsigned level, std::uint64_t count) {
  std::vector<TileFile> missing;
  std::size_t bytes_missing = 0;
  for (std::uint64_t index = 0; index < count; ++index) {
    const TileId id{entries, level, index, kTileWidth};
    if (!folder_.has(id)) {
      Result<std::string> bytes = full_tile(id);
      if (!bytes) return failure(bytes.error());
      bytes_missing += bytes->size();
      missing.push_back({id, std::move(*bytes)});
    }
    const bool room = missing.size() < kRestoreFilesMax && bytes_missing < kRestoreBytesMax;
    if (room && index + 1 < count) continue;
    if (Result<void> ok = folder_.write(missing); !ok) return ok;
    missing.clear();
    bytes_missing = 0;
  }
  return {};
}

Result<void> TreeLog::Impl::restore(std::uint64_t size) {
  if (size > kTreeSizeMax) return beyond(size, kTreeSizeMax);
  bundles_ = full_tiles(size, 0);
  if (Result<void> ok = write_missing(true, 0, bundles_); !ok) return ok;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    const std::uint64_t full = full_tiles(size, level);
    if (Result<void> ok = write_missing(false, level, full); !ok) return ok;
    Result<std::vector<Hash256>> rest = child_hashes(level, full, partial_width(size, level));
    if (!rest) return failure(rest.error());
    edge_.partial[level] = std::move(*rest);
  }
  edge_.size = size;
  NodeLookup nodes(folder_, edge_);
  std::vector<Hash256> peaks;
  for (const NodeId& node : right_edge_nodes(size)) {
    Result<Hash256> hash = nodes(node);
    if (!hash) return failure(hash.error());
    peaks.push_back(*hash);
  }
  Result<RightEdge> restored = RightEdge::restore(size, std::move(peaks));
  if (!restored) return failure(restored.error());
  peaks_ = std::move(*restored);
  return publish();
}

Result<Hash256> TreeLog::Impl::append(std::string_view entry) {
  if (entry.size() > kEntryBytesMax) {
    return failure(ErrorKind::LimitExceeded,
                   fmt::format("log entry {}: {} bytes, limit {}", size(), entry.size(), kEntryBytesMax));
  }
  const Hash256 leaf = leaf_hash(entry);
  peaks_.append(leaf);
  edge_.append(leaf, full_);
  return leaf;
}

Result<void> TreeLog::Impl::publish() {
  for (; bundles_ < full_tiles(edge_.size, 0); ++bundles_) {
    const TileId id{true, 0, bundles_, kTileWidth};
    Result<std::string> bytes = entry_bundle(id);
    if (!bytes) return failure(bytes.error());
    full_.push_back({id, std::move(*bytes)});
  }
  if (Result<void> ok = folder_.write(full_); !ok) return ok;
  full_.clear();
  auto edge = std::make_shared<const TileEdge>(edge_);
  const std::lock_guard lock(mutex_);
  published_ = std::move(edge);
  return {};
}

Result<std::string> TreeLog::Impl::entry_bundle(const TileId& id) const {
  Result<std::vector<std::string>> entries = read_entries(entries_, id.index * kTileWidth, id.width);
  if (!entries) return failure(entries.error());
  return encode_bundle(*entries);
}

Result<std::string> TreeLog::Impl::partial_tile(const TileEdge& edge, const TileId& id) const {
  NodeLookup nodes(folder_, edge);
  Result<const std::vector<Hash256>*> hashes = nodes.hashes({id.level, id.index});
  if (!hashes) return failure(hashes.error());
  return encode_hash_tile(std::span(**hashes).first(id.width));
}

TreeLog::TreeLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TreeLog::~TreeLog() = default;

Result<std::unique_ptr<TreeLog>> TreeLog::open(std::filesystem::path folder, std::uint64_t size,
                                               EntryReader entries) {
  auto impl = std::make_unique<Impl>(std::move(folder), std::move(entries));
  if (Result<void> ok = impl->restore(size); !ok) return failure(ok.error());
  return std::unique_ptr<TreeLog>(new TreeLog(std::move(impl)));
}

Result<Hash256> TreeLog::append(std::string_view entry) { return impl_->append(entry); }
std::uint64_t TreeLog::size() const { return impl_->size(); }
Hash256 TreeLog::root() const { return impl_->root(); }
Result<void> TreeLog::publish() { return impl_->publish(); }
std::uint64_t TreeLog::published_size() const { return impl_->published()->size; }

Result<Hash256> TreeLog::root_at(std::uint64_t size) const {
  const std::shared_ptr<const TileEdge> edge = impl_->published();
  if (size > edge->size) return beyond(size, edge->size);
  NodeLookup nodes(impl_->folder(), *edge);
  return countersign::root_at(size, std::ref(nodes));
}

Result<std::vector<Hash256>> TreeLog::inclusion(EntrySeq seq, std::uint64_t size) const {
  const std::shared_ptr<const TileEdge> edge = impl_->published();
  if (size > edge->size) return beyond(size, edge->size);
  NodeLookup nodes(impl_->folder(), *edge);
  return inclusion_proof(seq, size, std::ref(nodes));
}

Result<std::vector<Hash256>> TreeLog::consistency(std::uint64_t old_size, std::uint64_t new_size) const {
  const std::shared_ptr<const TileEdge> edge = impl_->published();
  if (new_size > edge->size) return beyond(new_size, edge->size);
  NodeLookup nodes(impl_->folder(), *edge);
  return consistency_proof(old_size, new_size, std::ref(nodes));
}

Result<std::string> TreeLog::tile(std::string_view path) const {
  Result<TileId> id = parse_tile_path(path);
  if (!id) return failure(id.error());
  return tile(*id);
}

Result<std::string> TreeLog::tile(const TileId& id) const {
  const std::shared_ptr<const TileEdge> edge = impl_->published();
  const std::uint64_t full = full_tiles(edge->size, id.level);
  if (id.index < full && id.full()) return impl_->folder().read(id);
  if (id.full() || id.index > full || (id.index == full && id.width > partial_width(edge->size, id.level))) {
    return failure(ErrorKind::NotFound,
                   fmt::format("no tile {} in a tree of size {}", tile_path(id), edge->size));
  }
  return id.entries ? impl_->entry_bundle(id) : impl_->partial_tile(*edge, id);
}

}  // namespace countersign
