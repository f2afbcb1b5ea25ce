// SPDX-License-Identifier: Apache-2.0
#include "review-api/letter_shape.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/utf8_cut.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

/// More of a message than gives kShapeBytesMax bytes of shape is not looked at.
constexpr std::size_t kLookedAtBytes = 4'096;
constexpr std::size_t kKeyBytesMax = 48;
constexpr std::size_t kHexDigitsMin = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
/// Of the runs that may be an address or a number as a whole.
bool is_run(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == ':' || c == '-' || c == '_' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool all_hex(std::string_view text) { return std::ranges::all_of(text, is_hex); }
bool has_digit(std::string_view text) { return std::ranges::any_of(text, is_digit); }

/// The parts of `text` between `separator`.
std::size_t count_parts(std::string_view text, char separator, bool (*holds)(std::string_view part)) {
  std::size_t parts = 0;
  for (;;) {
    const std::size_t end = text.find(separator);
    if (!holds(text.substr(0, end))) return 0;
    ++parts;
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_ipv4(std::string_view text) {
  return count_parts(text, '.', [](std::string_view part) {
           return !part.empty() && part.size() <= 3 && std::ranges::all_of(part, is_digit);
         }) == 4;
}

bool is_mac(std::string_view text) {
  const auto pair = [](std::string_view part) { return part.size() == 2 && all_hex(part); };
  return count_parts(text, ':', pair) == 6 || count_parts(text, '-', pair) == 6;
}

bool is_ipv6(std::string_view text) {
  const std::size_t parts =
      count_parts(text, ':', [](std::string_view part) { return part.size() <= 4 && all_hex(part); });
  return text.find("::") != std::string_view::npos ? parts >= 3 && text.size() > 2 : parts == 8;
}

bool is_uuid(std::string_view text) {
  constexpr std::array<std::size_t, 5> kLengths{8, 4, 4, 4, 12};
  std::size_t at = 0;
  for (std::size_t i = 0; i < kLengths.size(); ++i) {
    if (text.size() < at + kLengths[i] || !all_hex(text.substr(at, kLengths[i]))) return false;
    at += kLengths[i];
    if (i + 1 < kLengths.size() && (at >= text.size() || text[at++] != '-')) return false;
  }
  return at == text.size();
}

bool is_email(std::string_view text) {
  const std::size_t sign = text.find('@');
  return sign != std::string_view::npos && sign > 0 && text.find('.', sign) != std::string_view::npos &&
         text.find('@', sign + 1) == std::string_view::npos;
}

class Shaper {
 public:
  explicit Shaper(std::string_view text) : text_(text) {}

  std::string run() {
    while (!text_.empty() && out_.size() <= kShapeBytesMax) step();
    if (out_.size() <= kShapeBytesMax && text_.empty()) return out_;
    constexpr std::string_view kCut = "…";
    return std::string(utf8_prefix(out_, kShapeBytesMax - kCut.size())) + std::string(kCut);
  }

 private:
  void step() {
    const char c = text_.front();
    if (is_blank(c)) return blanks();
    if (c == '"') return quoted();
    if (is_run(c)) return run_of_text();
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out_ += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out_ += c;
    }
    text_.remove_prefix(1);
  }

  void blanks() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
    if (!out_.empty() && !text_.empty()) out_ += ' ';
  }

  void quoted() {
    std::size_t end = 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    end = std::min(end, text_.size());
    const std::string_view inner = text_.substr(1, end - 1);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    const std::size_t next = text_.find_first_not_of(" \t\r\n");
    const bool key = next != std::string_view::npos && text_[next] == ':' && inner.size() <= kKeyBytesMax;
    out_ += '"';
    if (key) {
      Shaper names(inner);
      out_ += names.run();
    } else {
      out_ += "…";
    }
    out_ += '"';
  }

  void run_of_text() {
    std::size_t end = 0;
    while (end < text_.size() && is_run(text_[end])) ++end;
    std::string_view run = text_.substr(0, end);
    text_.remove_prefix(end);
    // A full stop or a colon at the end belongs to the sentence.
    const std::size_t last = run.find_last_not_of(".:-");
    const std::string_view tail = last == std::string_view::npos ? run : run.substr(last + 1);
    run.remove_suffix(tail.size());
    if (!whole(run)) words(run);
    out_ += tail;
  }

  /// An address, with a port or without.
  bool whole(std::string_view run) {
    if (is_uuid(run)) return put("<uuid>");
    if (is_mac(run)) return put("<mac>");
    if (is_ipv4(run) || is_ipv6(run)) return put("<ip>");
    if (is_email(run)) return put("<email>");
    const std::size_t colon = run.rfind(':');
    if (colon == std::string_view::npos || !is_ipv4(run.substr(0, colon))) return false;
    if (!std::ranges::all_of(run.substr(colon + 1), is_digit)) return false;
    return put("<ip>:<n>");
  }

  bool put(std::string_view placeholder) {
    out_ += placeholder;
    return true;
  }

  void words(std::string_view run) {
    while (!run.empty()) {
      const auto alnum = [](char c) { return is_digit(c) || is_letter(c); };
      const auto stop = std::ranges::find_if_not(run, alnum);
      const auto size = static_cast<std::size_t>(stop - run.begin());
      if (size == 0) {
        out_ += run.front();
        run.remove_prefix(1);
        continue;
      }
      word(run.substr(0, size));
      run.remove_prefix(size);
    }
  }

  void word(std::string_view word) {
    if ((word.starts_with("0x") || word.starts_with("0X")) && word.size() > 2 && all_hex(word.substr(2))) {
      out_ += "<hex>";
      return;
    }
    if (word.size() >= kHexDigitsMin && all_hex(word) && has_digit(word) &&
        !std::ranges::all_of(word, is_digit)) {
      out_ += "<hex>";
      return;
    }
    while (!word.empty()) {
      const bool digits = is_digit(word.front());
      const auto stop = std::ranges::find_if(word, [&](char c) { return is_digit(c) != digits; });
      const auto size = static_cast<std::size_t>(stop - word.begin());
      out_ += digits ? "<n>" : word.substr(0, size);
      word.remove_prefix(size);
    }
  }

  std::string_view text_;
  std::string out_;
};

}  // namespace

std::string letter_shape(std::string_view message) {
  const std::string text = valid_utf8(utf8_prefix(message, kLookedAtBytes));
  return Shaper(text).run();
}

}  // namespace countersign
