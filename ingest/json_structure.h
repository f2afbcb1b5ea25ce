// SPDX-License-Identifier: Apache-2.0
// Where the parts of a JSON text start: simdjson's first stage, which also checks that the text is UTF-8,
// that strings end, and that they hold no control character. What stands at the places is for the caller to
// judge. One thread; keeps its memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace countersign {

class JsonStructure {
 public:
  JsonStructure();
  ~JsonStructure();
  JsonStructure(JsonStructure&&) noexcept;
  JsonStructure& operator=(JsonStructure&&) noexcept;

  /// Finds the places of `json`, which kMessagePaddingBytes readable bytes follow. Null, or what is wrong in
  /// the words of simdjson.
  const char* read(std::string_view json);

  /// The byte offsets of each of { } [ ] : , outside of strings, of each opening quote, and of the first byte
  /// of everything else that is not blank. Ascending; valid until the next read().
  std::span<const std::uint32_t> places() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace countersign
