// SPDX-License-Identifier: Apache-2.0
#include "core/time.h"

#include <limits>

#include <fmt/format.h>

namespace countersign {
namespace {

using std::chrono::nanoseconds;

std::string format_utc(Timestamp time, int fraction_digits) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::int64_t fraction = clock.subseconds().count();
  for (int digits = 9; digits > fraction_digits; --digits) fraction /= 10;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:0{}}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(), fraction,
                     fraction_digits);
}

/// Reads from the front of a text; every method says whether it could.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool number(std::size_t digits, int& out) {
    if (text_.size() < digits) return false;
    out = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = text_[i];
      if (c < '0' || c > '9') return false;
      out = out * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return true;
  }

  bool literal(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::int64_t fraction_nanos() {
    std::int64_t nanos = 0;
    int digits = 0;
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
      if (digits < 9) nanos = nanos * 10 + (text_.front() - '0');
      ++digits;
      text_.remove_prefix(1);
    }
    for (; digits < 9; ++digits) nanos *= 10;
    return nanos;
  }

  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

bool read_zone(Reader& reader, std::chrono::minutes& offset) {
  offset = std::chrono::minutes{0};
  if (reader.done() || reader.literal('Z') || reader.literal('z')) return reader.done();
  const bool negative = reader.literal('-');
  if (!negative && !reader.literal('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!reader.number(2, hours)) return false;
  (void)reader.literal(':');
  if (!reader.number(2, minutes) || hours > 23 || minutes > 59) return false;
  offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  if (negative) offset = -offset;
  return reader.done();
}

}  // namespace

std::string format_rfc3339_micros(Timestamp time) { return format_utc(time, 6); }
std::string format_rfc3339_millis(Timestamp time) { return format_utc(time, 3); }

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Reader reader(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!reader.number(4, year) || !reader.literal('-') || !reader.number(2, month) || !reader.literal('-') ||
      !reader.number(2, day)) {
    return std::nullopt;
  }
  if (!reader.literal('T') && !reader.literal('t') && !reader.literal(' ')) return std::nullopt;
  if (!reader.number(2, hour) || !reader.literal(':') || !reader.number(2, minute) || !reader.literal(':') ||
      !reader.number(2, second)) {
    return std::nullopt;
  }
  const std::int64_t nanos = reader.literal('.') || reader.literal(',') ? reader.fraction_nanos() : 0;
  std::chrono::minutes offset{0};
  if (!read_zone(reader, offset)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  // 60 is a leap second: it becomes the first instant of the next minute.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || year < 1678 || year > 2261)
    return std::nullopt;
  return Timestamp{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{hour} +
                   std::chrono::minutes{minute} + std::chrono::seconds{second} + nanoseconds{nanos} - offset};
}

std::int64_t to_micros(Timestamp time) {
  return std::chrono::floor<std::chrono::microseconds>(time).time_since_epoch().count();
}

Timestamp from_micros(std::int64_t micros) {
  constexpr std::int64_t kLimit = std::numeric_limits<std::int64_t>::max() / 1000;
  if (micros > kLimit) micros = kLimit;
  if (micros < -kLimit) micros = -kLimit;
  return Timestamp{std::chrono::microseconds{micros}};
}

}  // namespace countersign
