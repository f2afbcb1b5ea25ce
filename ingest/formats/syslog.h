// SPDX-License-Identifier: Apache-2.0
// The header of a syslog line: RFC 5424, and what RFC 3164 describes and devices vary: no priority, a year in
// the date, an RFC 3339 time, no host, no tag. Views into the line. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace countersign {

struct SyslogHeader {
  std::optional<std::uint8_t> priority;  // 0 to 191: facility * 8 + severity
  bool rfc5424 = false;
  std::string_view time;      // as written; empty: none
  std::string_view hostname;  // empty: none, or the nil value `-`; so too those below
  std::string_view appname;   // RFC 3164: the tag without its number
  std::string_view procid;
  std::string_view msgid;
  std::string_view structured_data;  // with its brackets
  std::string_view message;          // what follows the header
  std::string_view tagged;           // the same with the tag: a relay takes `CEF:` and `date=…` for one
};

/// Empty: the line has neither a priority nor a time at its front.
std::optional<SyslogHeader> parse_syslog(std::string_view line);

}  // namespace countersign
