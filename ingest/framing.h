// SPDX-License-Identifier: Apache-2.0
// How the bytes of a file are cut into messages (semantics.md §2). Scanners are small state machines that see
// the input once, chunk by chunk, and hold none of it; a message is cut by depth, strings and escapes, never
// by parsing it. Values of one thread. No errors: every byte that is not white space between messages (or a
// bracket or comma of an array) belongs to a message, so that what is broken becomes a dead letter.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace countersign {

enum class Framing : std::uint8_t {
  Auto,       // decided by the first bytes, then fixed for the file
  Lines,      // each line that is not blank
  Array,      // the elements of a JSON array, or of several one after another
  Documents,  // JSON documents one after another
};

/// `auto`, `lines`, `array`, `documents`.
std::string_view to_string(Framing framing);
/// Accepts exactly what to_string writes.
std::optional<Framing> parse_framing(std::string_view text);

/// Blank = space, tab, CR (contract.md §4); LF ends a line.
inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

class Scanner {
 public:
  /// What one chunk gave. The message's bytes in it are [begin, begin + length); the next scan starts at
  /// `consumed`.
  struct Step {
    std::size_t begin = 0;
    std::size_t length = 0;
    std::size_t consumed = 0;
    bool complete = false;  // the message ends here; else it goes on in the next chunk (or none began)
  };
  /// What must be known to go on at the same place later.
  struct State {
    std::uint64_t line = 1;  // line of the next byte, from 1
    bool in_array = false;
    bool operator==(const State&) const = default;
  };

  virtual ~Scanner() = default;
  virtual Step scan(std::string_view chunk) = 0;
  /// True when a message began and did not end: the end of the input ends it. Blank lines count as begun.
  virtual bool open() const = 0;
  /// Line where the last message that scan() gave begins.
  virtual std::uint64_t message_line() const = 0;
  virtual State state() const = 0;
};

/// `framing` must not be Auto.
std::unique_ptr<Scanner> make_scanner(Framing framing, const Scanner::State& state);

}  // namespace countersign
