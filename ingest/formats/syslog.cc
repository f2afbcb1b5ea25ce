// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/syslog.h"

#include <algorithm>
#include <array>

#include "ingest/formats/text_fields.h"

namespace countersign {
namespace {

constexpr std::size_t kPriorityMax = 191;       // RFC 5424 §6.2.1
constexpr std::size_t kTagBytesMax = 48;        // RFC 3164 §4.1.3 says 32; programs with longer names exist
constexpr std::size_t kHostnameBytesMax = 255;  // RFC 5424 §6
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The shape that `pattern` says: `0` a digit, `_` a digit or a blank, anything else itself.
bool looks_like(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = text[i];
    const bool fits = pattern[i] == '0'   ? is_digit(c)
                      : pattern[i] == '_' ? is_digit(c) || c == ' '
                                          : c == pattern[i];
    if (!fits) return false;
  }
  return true;
}

class HeaderReader {
 public:
  explicit HeaderReader(std::string_view line) : rest_(line) {}

  std::optional<SyslogHeader> read() {
    priority();
    if (out_.priority && looks_like(rest_, "0 ")) {
      rfc5424();
      return out_;
    }
    // Cisco marks a clock that is not synchronised.
    std::string_view marked = rest_;
    if (!marked.empty() && (marked.front() == '*' || marked.front() == '.')) marked.remove_prefix(1);
    const std::size_t size = time_size(marked);
    if (size == 0 && !out_.priority) return std::nullopt;
    if (size > 0) {
      out_.time = marked.substr(0, size);
      rest_ = marked.substr(size);
      after_time();
    }
    out_.tagged = rest_;
    tag();
    return out_;
  }

 private:
  void priority() {
    if (rest_.empty() || rest_.front() != '<') return;
    const std::size_t close = rest_.find('>');
    if (close == std::string_view::npos || close < 2 || close > 4) return;
    std::size_t number = 0;
    for (const char c : rest_.substr(1, close - 1)) {
      if (!is_digit(c)) return;
      number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    if (number > kPriorityMax) return;
    out_.priority = static_cast<std::uint8_t>(number);
    rest_.remove_prefix(close + 1);
  }

  /// The next word; the nil value gives nothing.
  std::string_view word() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return out == "-" ? std::string_view{} : out;
  }

  void rfc5424() {
    out_.rfc5424 = true;
    rest_.remove_prefix(2);
    out_.time = word();
    out_.hostname = word();
    out_.appname = word();
    out_.procid = word();
    out_.msgid = word();
    structured_data();
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
    out_.message = out_.tagged = rest_;
  }

  /// RFC 5424 §6.3; a bracket inside of a quoted value does not close.
  void structured_data() {
    if (rest_.empty() || rest_.front() != '[') {
      (void)word();
      return;
    }
    bool quoted = false;
    std::size_t i = 0;
    for (; i < rest_.size(); ++i) {
      if (quoted && rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '"') {
        quoted = !quoted;
      } else if (!quoted && rest_[i] == ']' && (i + 1 == rest_.size() || rest_[i + 1] != '[')) {
        break;
      }
    }
    const std::size_t end = std::min(i + 1, rest_.size());
    out_.structured_data = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }

  /// Bytes of a time at the front of `text`, or 0.
  static std::size_t time_size(std::string_view text) {
    if (looks_like(text, "0000-00-00T00:00:00")) {
      const std::size_t end = std::min(text.find(' '), text.size());
      return text[end - 1] == ':' ? end - 1 : end;
    }
    if (looks_like(text, "0000 ") &&
        std::find(kMonths.begin(), kMonths.end(), text.substr(5, 3)) != kMonths.end() &&
        looks_like(text.substr(8), " _0 00:00:00"))
      return 8 + std::string_view(" _0 00:00:00").size();
    if (text.size() < 15 || std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3)) == kMonths.end())
      return 0;
    std::size_t size = 0;
    for (const std::string_view form :
         {" _0 00:00:00", " 0 00:00:00", " _0 0000 00:00:00", " 0 0000 00:00:00"})
      if (looks_like(text.substr(3), form)) size = 3 + form.size();
    if (size == 0) return 0;
    // A fraction of the second.
    if (size < text.size() && text[size] == '.') {
      std::size_t end = size + 1;
      while (end < text.size() && is_digit(text[end])) ++end;
      if (end > size + 1) size = end;
    }
    return size;
  }

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  /// ` host `, or `: ` in place of a host.
  void after_time() {
    // A zone by name, as Cisco writes it: it has no use of its own.
    if (rest_.starts_with(" UTC:") || rest_.starts_with(" GMT:")) rest_.remove_prefix(4);
    if (!rest_.empty() && rest_.front() == ':') {
      rest_.remove_prefix(1);
      skip_blanks();
      return;
    }
    skip_blanks();
    const std::size_t end = rest_.find(' ');
    if (end == std::string_view::npos || end > kHostnameBytesMax) return;
    const std::string_view host = rest_.substr(0, end);
    // A tag, or the message itself.
    if (host.back() == ':' || host.front() == '%' ||
        host.find_first_of("=,|[]{}<>\"") != std::string_view::npos)
      return;
    out_.hostname = host;
    rest_.remove_prefix(end + 1);
    skip_blanks();
    if (rest_.starts_with(": ")) rest_.remove_prefix(2);
  }

  static bool is_tag(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_' ||
           c == '.' || c == '/' || c == '(' || c == ')';
  }

  /// `tag: `, `tag[number]: `; what does not end like that belongs to the message.
  void tag() {
    out_.message = rest_;
    std::size_t i = 0;
    while (i < rest_.size() && i < kTagBytesMax && is_tag(rest_[i])) ++i;
    if (i == 0 || i == rest_.size()) return;
    std::size_t after = i;
    std::string_view procid;
    if (rest_[i] == '[') {
      const std::size_t close = rest_.find(']', i);
      if (close == std::string_view::npos || close - i > kTagBytesMax) return;
      procid = rest_.substr(i + 1, close - i - 1);
      after = close + 1;
    }
    // `CEF:0|` is no tag.
    if (after >= rest_.size() || rest_[after] != ':') return;
    if (after + 1 < rest_.size() && !is_blank(rest_[after + 1])) return;
    out_.appname = rest_.substr(0, i);
    out_.procid = procid;
    out_.message = rest_.substr(std::min(after + 1, rest_.size()));
    if (!out_.message.empty() && is_blank(out_.message.front())) out_.message.remove_prefix(1);
  }

  std::string_view rest_;
  SyslogHeader out_;
};

}  // namespace

std::optional<SyslogHeader> parse_syslog(std::string_view line) { return HeaderReader(line).read(); }

}  // namespace countersign
