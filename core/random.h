// SPDX-License-Identifier: Apache-2.0
// Where random bytes come from. Passed in through constructors, so that tests hold the randomness. Any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace countersign {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    std::array<std::uint8_t, N> out{};
    fill(out);
    return out;
  }
};

/// The kernel's generator, fit for keys and salts. Ends the process when the kernel gives nothing.
class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

/// A stream that depends on the seed alone (SHA-256 of seed and counter). For `decide`, replays, demo and
/// tests.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::span<const std::uint8_t, 32> seed);
  explicit SeededRandom(std::uint64_t seed);
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::array<std::uint8_t, 32> seed_{};
  std::array<std::uint8_t, 32> block_{};
  std::uint64_t counter_ = 0;
  std::size_t used_ = 32;
};

}  // namespace countersign
