// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/content_cache.h"

#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

namespace countersign {
namespace {

constexpr std::string_view kMagic = "countersign cache 2\n";

/// Holds for the file of that name alone: one that was renamed would answer for texts of other rules.
Hash256 checksum_of(const Hash256& key, std::string_view bytes) {
  Sha256 hash;
  hash.update(std::span<const std::uint8_t>(key.bytes));
  hash.update(bytes);
  return hash.finish();
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
  return bytes;
}

void ContentCache::store(const Hash256& key, std::string_view bytes) const {
  if (!enabled() || bytes.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  const std::filesystem::path target = folder_ / to_hex(key);
  const std::filesystem::path aside = fmt::format("{}.{}", target.string(), ::getpid());
  {
    std::ofstream file(aside, std::ios::binary | std::ios::trunc);
    file << kMagic << as_text(checksum_of(key, bytes).bytes) << bytes;
    file.close();
    if (!file) {
      std::filesystem::remove(aside, error);
      return;
    }
  }
  std::filesystem::rename(aside, target, error);
}

}  // namespace countersign
