// SPDX-License-Identifier: Apache-2.0
#include "ingest/framing.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace countersign {
namespace {

class LineScanner final : public Scanner {
 public:
  explicit LineScanner(const State& state) : line_(state.line) {}

  Step scan(std::string_view chunk) override {
    if (!open_) message_line_ = line_;
    const void* const found = std::memchr(chunk.data(), '\n', chunk.size());
    if (found == nullptr) {
      open_ = true;
      return {0, chunk.size(), chunk.size(), false};
    }
    const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - chunk.data());
    open_ = false;
    ++line_;
    return {0, length, length + 1, true};
  }

  bool open() const override { return open_; }
  std::uint64_t message_line() const override { return message_line_; }
  State state() const override { return {line_, false}; }

 private:
  std::uint64_t line_;
  std::uint64_t message_line_ = 1;
  bool open_ = false;
};

/// What a byte means to the JSON scanner.
enum Class : std::uint8_t { Plain, Quote, Backslash, Open, Close, LineFeed };

constexpr std::array<Class, 256> make_classes() {
  std::array<Class, 256> classes{};
  classes['"'] = Quote;
  classes['\\'] = Backslash;
  classes['{'] = classes['['] = Open;
  classes['}'] = classes[']'] = Close;
  classes['\n'] = LineFeed;
  return classes;
}
constexpr std::array<Class, 256> kClasses = make_classes();

Class class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }

/// Cuts JSON values. With `arrays` an array at the top is entered, so that its elements are the messages.
/// A value that begins with a bracket or a quote ends with its partner; anything else is a scalar or rubbish
/// and ends at the end of the line, inside an array also at a comma or closing bracket.
class JsonScanner final : public Scanner {
 public:
  JsonScanner(bool arrays, const State& state)
      : arrays_(arrays), in_array_(state.in_array), line_(state.line) {}

  Step scan(std::string_view chunk) override {
    std::size_t at = 0;
    if (mode_ == Mode::Between) {
      at = skip_between(chunk);
      if (at == chunk.size()) return {at, 0, at, false};
      begin_message(chunk[at]);
    }
    const std::size_t begin = at;
    at = mode_ == Mode::Text ? scan_text(chunk, at) : scan_container(chunk, at);
    const bool complete = mode_ == Mode::Between;
    return {begin, at - begin, at, complete};
  }

  bool open() const override { return mode_ != Mode::Between; }
  std::uint64_t message_line() const override { return message_line_; }
  State state() const override { return {line_, in_array_}; }

 private:
  enum class Mode : std::uint8_t { Between, Container, Text };

  std::size_t skip_between(std::string_view chunk) {
    for (std::size_t at = 0; at < chunk.size(); ++at) {
      const char c = chunk[at];
      if (c == '\n') {
        ++line_;
      } else if (c == '[' && arrays_ && !in_array_) {
        in_array_ = true;
      } else if (c == ']' && in_array_) {
        in_array_ = false;
      } else if (!is_blank(c) && c != ',') {
        return at;
      }
    }
    return chunk.size();
  }

  void begin_message(char first) {
    message_line_ = line_;
    depth_ = 0;
    in_string_ = escaped_ = false;
    const Class c = class_of(first);
    mode_ = c == Open || c == Quote ? Mode::Container : Mode::Text;
  }

  std::size_t scan_text(std::string_view chunk, std::size_t at) {
    const std::size_t end = std::min(chunk.find_first_of(in_array_ ? "\n,]" : "\n", at), chunk.size());
    if (end < chunk.size()) mode_ = Mode::Between;
    return end;
  }

  /// Position after the message's last byte, or the end of the chunk.
  std::size_t scan_container(std::string_view chunk, std::size_t at) {
    while (at < chunk.size()) {
      at = in_string_ ? scan_string(chunk, at) : scan_structure(chunk, at);
      if (mode_ == Mode::Between) return at;
    }
    return at;
  }

  std::size_t scan_string(std::string_view chunk, std::size_t at) {
    const char* p = chunk.data() + at;
    const char* const end = chunk.data() + chunk.size();
    while (p != end) {
      const Class c = class_of(*p);
      if (c == LineFeed) {
        // JSON allows no line feed in a string: ending it here keeps one lost quote from turning the rest of
        // the file inside out. scan_structure() counts the line.
        in_string_ = escaped_ = false;
        break;
      }
      ++p;
      if (escaped_) {
        escaped_ = false;
      } else if (c == Backslash) {
        escaped_ = true;
      } else if (c == Quote) {
        in_string_ = false;
        if (depth_ == 0) mode_ = Mode::Between;
        break;
      }
    }
    return static_cast<std::size_t>(p - chunk.data());
  }

  std::size_t scan_structure(std::string_view chunk, std::size_t at) {
    for (; at < chunk.size(); ++at) {
      switch (class_of(chunk[at])) {
        case Plain:
        case Backslash: break;
        case LineFeed:
          if (depth_ == 0) {  // only after a string that the line feed cut off
            mode_ = Mode::Between;
            return at;
          }
          ++line_;
          break;
        case Quote: in_string_ = true; return at + 1;
        case Open: ++depth_; break;
        case Close:
          if (--depth_ == 0) {
            mode_ = Mode::Between;
            return at + 1;
          }
          break;
      }
    }
    return at;
  }

  bool arrays_;
  bool in_array_;
  Mode mode_ = Mode::Between;
  bool in_string_ = false;
  bool escaped_ = false;  // the next byte of a string is escaped
  std::uint64_t depth_ = 0;
  std::uint64_t line_;
  std::uint64_t message_line_ = 1;
};

}  // namespace

std::string_view to_string(Framing framing) {
  switch (framing) {
    case Framing::Auto: return "auto";
    case Framing::Lines: return "lines";
    case Framing::Array: return "array";
    case Framing::Documents: return "documents";
  }
  std::abort();
}

std::optional<Framing> parse_framing(std::string_view text) {
  for (const Framing framing : {Framing::Auto, Framing::Lines, Framing::Array, Framing::Documents})
    if (text == to_string(framing)) return framing;
  return std::nullopt;
}

std::unique_ptr<Scanner> make_scanner(Framing framing, const Scanner::State& state) {
  switch (framing) {
    case Framing::Auto: break;
    case Framing::Lines: return std::make_unique<LineScanner>(state);
    case Framing::Array: return std::make_unique<JsonScanner>(true, state);
    case Framing::Documents: return std::make_unique<JsonScanner>(false, state);
  }
  std::abort();
}

}  // namespace countersign
