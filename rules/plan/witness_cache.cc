// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/witness_cache.h"

#include <algorithm>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace countersign {
namespace {

constexpr std::size_t kSlots = 4'096;
constexpr std::size_t kRingBytes = 1 << 20;
constexpr std::size_t kEntryBytesMax = 4'096;
constexpr std::size_t kWordBytes = sizeof(WitnessId);

std::size_t entry_bytes(std::size_t witnesses, std::size_t value_bytes) {
  return (witnesses + (value_bytes + kWordBytes - 1) / kWordBytes) * kWordBytes;
}

}  // namespace

WitnessCache::WitnessCache() : slots_(kSlots), ring_(kRingBytes / kWordBytes) {}

WitnessCache::Key WitnessCache::key(const void* index, std::string_view value) {
  return {value, index,
          XXH3_64bits_withSeed(value.data(), value.size(), reinterpret_cast<std::uintptr_t>(index))};
}

std::optional<std::span<const WitnessId>> WitnessCache::find(const Key& key) const {
  const Slot& slot = slots_[key.hash % kSlots];
  if (slot.hash != key.hash || slot.index != key.index || slot.value_bytes != key.value.size()) return {};
  if (written_ - slot.place > kRingBytes) return {};  // newer entries lie over it
  const WitnessId* const entry = ring_.data() + slot.place % kRingBytes / kWordBytes;
  if (std::memcmp(entry + slot.witnesses, key.value.data(), key.value.size()) != 0) return {};
  return std::span(entry, slot.witnesses);
}

void WitnessCache::store(const Key& key, std::span<const WitnessId> witnesses) {
  const std::size_t bytes = entry_bytes(witnesses.size(), key.value.size());
  if (bytes > kEntryBytesMax) return;
  const std::size_t left = kRingBytes - written_ % kRingBytes;
  if (left < bytes) written_ += left;  // no entry goes over the end
  WitnessId* const entry = ring_.data() + written_ % kRingBytes / kWordBytes;
  std::copy(witnesses.begin(), witnesses.end(), entry);
  std::memcpy(entry + witnesses.size(), key.value.data(), key.value.size());
  slots_[key.hash % kSlots] = {key.hash, written_, key.index, static_cast<std::uint32_t>(key.value.size()),
                               static_cast<std::uint32_t>(witnesses.size())};
  written_ += bytes;
}

}  // namespace countersign
