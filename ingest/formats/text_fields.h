// SPDX-License-Identifier: Apache-2.0
// Where the readers of text formats put what they find, and what they say. One thread owns a TextFields; the
// event outlives it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/event.h"
#include "ingest/decode_limits.h"
#include "ingest/formats/byte_search.h"
#include "ingest/formats/pair_names.h"

namespace countersign {

/// What a reader made of a text.
struct TextRead {
  bool fits = true;                      // false: the text is of another format, and nothing was added
  std::optional<DecodeFailure> failure;  // it is of this format, but cannot be read to its end
};

class TextFields {
 public:
  /// `names` are those of texts that were read with the same syntax; null: nothing is known of them.
  TextFields(Event& event, const DecodeLimits& limits, std::uint16_t depth = 0, PairNames* names = nullptr)
      : event_(event), limits_(limits), depth_(depth), names_(names) {}

  /// `name` and `text` live as long as the event. False: the event has as many values as it may have.
  bool add(std::string_view name, std::string_view text, bool alias = false) {
    return add(name, FieldKey::hash_of(name), text, alias);
  }
  bool add(const FieldKey& key, std::string_view text) { return add(key.name, key.hash, text); }
  bool add(std::string_view name, std::uint64_t hash, std::string_view text, bool alias = false) {
    if (event_.fields().size() >= limits_.fields_max) return false;
    Value& value = event_.add(name, hash, depth_, alias);
    value.type = ValueType::String;
    value.text = text;
    return true;
  }
  /// Why add() said no.
  DecodeFailure full() const;

  /// Those of the event.
  std::span<const Field> all() const { return event_.fields(); }
  Arena& arena() { return event_.arena(); }
  const DecodeLimits& limits() const { return limits_; }
  PairNames* names() { return names_; }

 private:
  Event& event_;
  const DecodeLimits& limits_;
  std::uint16_t depth_;
  PairNames* names_;
};

/// `text` without the blanks (space, tab, CR, LF) at both ends.
inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank_byte(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank_byte(text.back())) text.remove_suffix(1);
  return text;
}

/// `text` with each `\c` of the listed `c` as `c`, `\n` and `\r` as line ends when `line_ends`; a view of
/// `text` itself when there is none.
std::string_view unescape_backslashes(std::string_view text, std::string_view escaped, bool line_ends,
                                      Arena& arena);

}  // namespace countersign
