// SPDX-License-Identifier: Apache-2.0
#include "core/random.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sys/random.h>

#include "core/hash.h"

namespace countersign {

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

SeededRandom::SeededRandom(std::span<const std::uint8_t, 32> seed) {
  std::memcpy(seed_.data(), seed.data(), seed_.size());
}

SeededRandom::SeededRandom(std::uint64_t seed) {
  for (std::size_t i = 0; i < 8; ++i) seed_[i] = static_cast<std::uint8_t>(seed >> (8 * i));
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  for (std::uint8_t& byte : bytes) {
    if (used_ == block_.size()) {
      std::array<std::uint8_t, 8> counter{};
      for (std::size_t i = 0; i < 8; ++i) counter[i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
      ++counter_;
      Sha256 hasher;
      hasher.update(seed_);
      hasher.update(counter);
      block_ = hasher.finish().bytes;
      used_ = 0;
    }
    byte = block_[used_++];
  }
}

}  // namespace countersign
