// SPDX-License-Identifier: Apache-2.0
// Decides the framing of a file by its first bytes (semantics.md §2): `[` first is an array; a JSON object
// that is complete only on a later line is documents; anything else is lines. Sees the bytes once and holds
// none. One thread; no errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/framing.h"

namespace countersign {

/// Follows one JSON object or array as RFC 8259 defines it (names may repeat; UTF-8 is not looked at).
class JsonDocumentCheck {
 public:
  enum class Verdict : std::uint8_t { Open, Complete, Wrong };
  /// Takes the next byte. After Complete or Wrong it must not be called again.
  Verdict take(char c);

 private:
  enum class Expect : std::uint8_t {
    Value,
    ValueOrClose,  // after `[`
    NameOrClose,   // after `{`
    Name,          // after a comma in an object
    Colon,
    CommaOrClose,
    InString,
    InEscape,
    InHex,
    InToken,  // number, true, false, null
  };
  Verdict take_structure(char c);
  Verdict take_string(char c);
  Verdict begin_value(char c);
  Verdict close(char c);
  bool token_is_valid() const;

  Expect expect_ = Expect::Value;
  std::vector<bool> objects_;  // the containers that are open: true = object
  bool in_name_ = false;
  int hex_digits_ = 0;
  std::string token_;
};

class FramingDetector {
 public:
  /// Takes the next bytes of the file (without byte order mark); empty until it is decided.
  std::optional<Framing> take(std::string_view chunk);

 private:
  std::optional<Framing> after_bracket(char c);

  bool bracket_ = false;  // is the first byte
  std::string scalar_;    // behind it, as far as it was read
  bool began_ = false;
  bool over_lines_ = false;
  JsonDocumentCheck document_;
};

}  // namespace countersign
