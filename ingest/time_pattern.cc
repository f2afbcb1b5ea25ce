// SPDX-License-Identifier: Apache-2.0
#include "ingest/time_pattern.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <limits>

namespace countersign {
namespace {

using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::string_view kDirectives = "YymbdeHIMSpfzsa%";
constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::chrono::year kYearMin{1678};  // whole years of Timestamp
constexpr std::chrono::year kYearMax{2261};
/// 1601-01-01 before 1970-01-01, in units of 100 ns.
constexpr std::int64_t kFileTimeEpoch = 116'444'736'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

class PatternReader {
 public:
  explicit PatternReader(std::string_view text) : text_(text) {}

  bool read(std::string_view pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == ' ') {
        if (at_ >= text_.size() || text_[at_] != ' ') return false;
        skip_blanks();
      } else if (pattern[i] != '%') {
        if (!literal(pattern[i])) return false;
      } else if (++i >= pattern.size() || !directive(pattern[i])) {
        return false;
      }
    }
    return at_ == text_.size();
  }

  std::optional<Timestamp> time(const TimeZone& source_zone, Timestamp reference) const {
    const TimeZone own(zone_);
    const TimeZone& zone = has_zone_ ? own : source_zone;
    if (has_epoch_) return Timestamp{seconds{epoch_} + nanoseconds{fraction_}};
    if (has_year_) return at(std::chrono::year{year_}, zone);
    // 29 February exists in one year of four, or eight.
    const auto year = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(
                                                      zone.local(reference + std::chrono::days{1}))}
                          .year();
    for (int back = 0; back <= 8; ++back) {
      const auto found = at(year - std::chrono::years{back}, zone);
      if (found && *found <= reference + std::chrono::days{1}) return found;
    }
    return std::nullopt;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool literal(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// 1 to `digits_max` digits; a blank may stand for the first of two.
  bool number(std::size_t digits_max, int& out) {
    if (digits_max == 2 && at_ < text_.size() && text_[at_] == ' ') ++at_;
    const std::size_t start = at_;
    out = 0;
    while (at_ < text_.size() && at_ - start < digits_max && is_digit(text_[at_]))
      out = out * 10 + (text_[at_++] - '0');
    return at_ > start;
  }

  bool directive(char c) {
    int value = 0;
    switch (c) {
      case 'Y':
        if (!number(4, value)) return false;
        year_ = value;
        return has_year_ = true;
      case 'y':
        if (!number(2, value)) return false;
        year_ = value + (value <= 68 ? 2000 : 1900);
        return has_year_ = true;
      case 'm': return number(2, month_);
      case 'a': return word();
      case 'b': return month_name();
      case 'd':
      case 'e': return number(2, day_);
      case 'H':
      case 'I': return number(2, hour_);
      case 'M': return number(2, minute_);
      case 'S': return number(2, second_);
      case 'p': return half_of_day();
      case 'f': return fraction();
      case 'z': return zone();
      case 's': return epoch();
      case '%': return literal('%');
      default: return false;
    }
  }

  bool month_name() {
    std::size_t size = 0;
    while (at_ + size < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_ + size])) != 0)
      ++size;
    if (size < 3) return false;
    for (std::size_t month = 0; month < kMonths.size(); ++month) {
      const std::string_view name = kMonths[month];
      if (size != 3 && size != name.size()) continue;
      const std::string_view given = text_.substr(at_, size);
      if (!std::equal(given.begin(), given.end(), name.begin(), [](char a, char b) { return lower(a) == b; }))
        continue;
      month_ = static_cast<int>(month) + 1;
      at_ += size;
      return true;
    }
    return false;
  }

  /// The name of a day of the week: the date says it already.
  bool word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ > start;
  }

  bool half_of_day() {
    if (at_ + 2 > text_.size() || lower(text_[at_ + 1]) != 'm') return false;
    const char half = lower(text_[at_]);
    if (half != 'a' && half != 'p') return false;
    half_ = half;
    at_ += 2;
    return true;
  }

  bool fraction() {
    std::int64_t unit = nanoseconds{seconds{1}}.count();
    const std::size_t start = at_;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      unit /= 10;
      fraction_ += (text_[at_] - '0') * unit;
    }
    return at_ > start;
  }

  bool zone() {
    std::size_t size = 0;
    while (at_ + size < text_.size() &&
           (is_digit(text_[at_ + size]) || text_[at_ + size] == ':' || size == 0))
      ++size;
    const auto offset = parse_zone_offset(text_.substr(at_, size));
    if (!offset) return false;
    at_ += size;
    zone_ = *offset;
    return has_zone_ = true;
  }

  bool epoch() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + start, text_.data() + at_, value);
    // Beyond the range of Timestamp.
    if (at_ == start || error != std::errc{} ||
        value > std::numeric_limits<std::int64_t>::max() / 1'000'000'001)
      return false;
    epoch_ = value;
    return has_epoch_ = true;
  }

  std::optional<Timestamp> at(std::chrono::year year, const TimeZone& zone) const {
    if (year < kYearMin || year > kYearMax) return std::nullopt;
    const std::chrono::year_month_day date{year, std::chrono::month{static_cast<unsigned>(month_)},
                                           std::chrono::day{static_cast<unsigned>(day_)}};
    int hour = hour_;
    if (half_ != '\0') {
      if (hour < 1 || hour > 12) return std::nullopt;
      hour = hour % 12 + (half_ == 'p' ? 12 : 0);
    }
    // A leap second is the next second: the clocks that we compare with do not know it.
    if (!date.ok() || hour > 23 || minute_ > 59 || second_ > 60) return std::nullopt;
    return zone.utc(Timestamp{std::chrono::sys_days{date}} + std::chrono::hours{hour} + minutes{minute_} +
                    seconds{second_} + nanoseconds{fraction_});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool has_year_ = false;
  int year_ = 0;
  int month_ = 1;
  int day_ = 1;
  int hour_ = 0;
  int minute_ = 0;
  int second_ = 0;
  char half_ = '\0';           // of the day: a or p
  std::int64_t fraction_ = 0;  // nanoseconds
  bool has_zone_ = false;
  minutes zone_{0};
  bool has_epoch_ = false;
  std::int64_t epoch_ = 0;  // seconds
};

}  // namespace

std::optional<minutes> parse_zone_offset(std::string_view text) {
  if (text == "Z" || text == "z") return minutes{0};
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  std::string_view digits = text.substr(1);
  std::array<int, 4> number{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] == ':' && i == 2) continue;
    if (!is_digit(digits[i]) || count == number.size()) return std::nullopt;
    number[count++] = digits[i] - '0';
  }
  if (count != 2 && count != 4) return std::nullopt;
  const minutes offset{(number[0] * 10 + number[1]) * 60 + number[2] * 10 + number[3]};
  return text[0] == '-' ? -offset : offset;
}

std::optional<std::string> unknown_time_directive(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    const std::string_view directive = pattern.substr(i, 2);
    if (directive.size() < 2 || kDirectives.find(directive[1]) == std::string_view::npos)
      return std::string(directive);
    ++i;
  }
  return std::nullopt;
}

std::optional<Timestamp> parse_time_pattern(std::string_view text, std::string_view pattern,
                                            const TimeZone& zone, Timestamp reference) {
  PatternReader reader(text);
  if (!reader.read(pattern)) return std::nullopt;
  return reader.time(zone, reference);
}

std::optional<Timestamp> parse_rfc3164(std::string_view text, const TimeZone& zone, Timestamp reference) {
  if (text.empty()) return std::nullopt;
  if (is_digit(text.front())) return parse_time_pattern(text, "%Y %b %d %H:%M:%S", zone, reference);
  for (const std::string_view pattern :
       {"%b %d %H:%M:%S", "%b %d %Y %H:%M:%S", "%b %d %H:%M:%S.%f", "%b %d %Y %H:%M:%S.%f"}) {
    if (const auto time = parse_time_pattern(text, pattern, zone, reference)) return time;
  }
  return std::nullopt;
}

std::optional<Timestamp> parse_filetime(std::string_view text) {
  std::int64_t ticks = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ticks);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || ticks < kFileTimeEpoch)
    return std::nullopt;
  const std::int64_t since_1970 = ticks - kFileTimeEpoch;
  if (since_1970 > std::numeric_limits<std::int64_t>::max() / 100) return std::nullopt;
  return Timestamp{nanoseconds{since_1970 * 100}};
}

}  // namespace countersign
