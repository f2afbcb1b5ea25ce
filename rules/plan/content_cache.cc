// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/content_cache.h"

#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

namespace countersign {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "countersign cache 2\n";

/// Holds for the file of that name alone: one that was renamed would answer for texts of other rules.
Hash256 checksum_of(const Hash256& key, std::string_view bytes) {
  Sha256 hash;
  hash.update(std::span<const std::uint8_t>(key.bytes));
  hash.update(bytes);
  return hash.finish();
}

/// `<key>`, or `<key>.<process>` while it is written.
bool is_ours(const fs::path& file) {
  const std::string name = file.filename().string();
  return hash_from_hex(name.substr(0, name.find('.'))).has_value();
}

}  // namespace

std::optional<std::string> ContentCache::load(const Hash256& key) const {
  if (!enabled()) return std::nullopt;
  std::ifstream file(folder_ / to_hex(key), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t head = kMagic.size() + sizeof(Hash256::bytes);
  if (!file.good() && !file.eof()) return std::nullopt;
  if (bytes.size() < head || !bytes.starts_with(kMagic)) return std::nullopt;
  const std::string_view content = std::string_view(bytes).substr(head);
  const Hash256 checksum = checksum_of(key, content);
  if (bytes.compare(kMagic.size(), checksum.bytes.size(), as_text(checksum.bytes)) != 0) return std::nullopt;
  bytes.erase(0, head);
  std::error_code ignored;
  fs::last_write_time(folder_ / to_hex(key), fs::file_time_type::clock::now(), ignored);
  return bytes;
}

void ContentCache::store(const Hash256& key, std::string_view bytes) const {
  if (!enabled() || bytes.empty()) return;
  std::error_code error;
  fs::create_directories(folder_, error);
  const fs::path target = folder_ / to_hex(key);
  const fs::path aside = fmt::format("{}.{}", target.string(), ::getpid());
  {
    std::ofstream file(aside, std::ios::binary | std::ios::trunc);
    file << kMagic << as_text(checksum_of(key, bytes).bytes) << bytes;
    file.close();
    if (!file) {
      fs::remove(aside, error);
      return;
    }
  }
  fs::rename(aside, target, error);
}

void ContentCache::prune(std::chrono::hours unused) const {
  if (!enabled()) return;
  const fs::file_time_type oldest = fs::file_time_type::clock::now() - unused;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder_, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;  // another process may prune as well
    if (is_ours(entry->path()) && entry->last_write_time(ignored) < oldest && !ignored)
      fs::remove(entry->path(), ignored);
  }
}

}  // namespace countersign
