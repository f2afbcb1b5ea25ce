// SPDX-License-Identifier: Apache-2.0
// Which names of pairs followed each other in lines that were read before. Lines of one kind have the same
// names in the same order: which one comes next is mostly known before it is read, with its hash. What is
// said is a guess, and of fixed size: whoever makes names up gains nothing. One thread; one for each syntax.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace countersign {

class PairNames {
 public:
  static constexpr std::size_t kBytesMax = 32;  // of a name with what ends it; longer ones are not remembered

  struct Name {
    std::array<char, kBytesMax> written{};  // with what ends it, as `srcip=`
    std::size_t size = 0;                   // of `written`; 0: none
    std::uint64_t hash = 0;                 // of the name alone
    std::array<std::uint8_t, 2> next{};     // what followed it: last, and before that
  };

  /// Begins a line.
  void begin() { last_ = 0; }

  /// The name that stands at `at`, when it is an expected one; else null. kBytesMax bytes can be read there,
  /// of which `size` are of the line.
  const Name* expect(const char* at, std::size_t size) {
    auto& [likely, other] = names_[last_].next;
    if (!stands(names_[likely], at, size)) {
      if (!stands(names_[other], at, size)) return nullptr;
      std::swap(likely, other);
    }
    last_ = likely;
    return &names_[last_];
  }

  /// Notes the name that came instead, with what ends it.
  void note(std::string_view written, std::uint64_t hash) {
    if (written.size() > kBytesMax) return;
    const std::uint8_t place = place_of(written, hash);
    Name& name = names_[place];
    if (!is(name, written)) {
      name = {};
      std::memcpy(name.written.data(), written.data(), written.size());
      name.size = written.size();
      name.hash = hash;
    }
    auto& [likely, other] = names_[last_].next;
    if (likely != place) other = std::exchange(likely, place);
    last_ = place;
  }

 private:
  static constexpr std::size_t kPlaces = 256;  // the first one stands for the begin of a line
  static constexpr std::size_t kTries = 4;

  static bool is(const Name& name, std::string_view written) {
    return std::string_view(name.written.data(), name.size) == written;
  }

  /// Where the name is, or can be written.
  std::uint8_t place_of(std::string_view written, std::uint64_t hash) const {
    const auto place = [&](std::size_t i) {
      return static_cast<std::uint8_t>(1 + (hash + i) % (kPlaces - 1));
    };
    for (std::size_t i = 0; i < kTries; ++i)
      if (names_[place(i)].size == 0 || is(names_[place(i)], written)) return place(i);
    return place(0);
  }

  static std::uint64_t word_at(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
  }

  static bool stands(const Name& name, const char* at, std::size_t size) {
    if (name.size - 1 >= size) return false;  // none, too
    const char* known = name.written.data();
    std::size_t left = name.size;
    for (; left > 8; left -= 8, known += 8, at += 8)
      if (word_at(known) != word_at(at)) return false;
    const std::uint64_t difference = word_at(known) ^ word_at(at);
    const std::size_t beyond = 64 - 8 * left;
    return (std::endian::native == std::endian::little ? difference << beyond : difference >> beyond) == 0;
  }

  std::array<Name, kPlaces> names_{};
  std::uint8_t last_ = 0;
};

}  // namespace countersign
