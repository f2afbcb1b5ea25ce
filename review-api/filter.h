// SPDX-License-Identifier: Apache-2.0
// The filter language of lists of alerts, the same in the API, the CLI and (later) the console:
//
//   filter = *( term )                        terms are separated by spaces; all must hold
//   term   = [ "-" ] ( key op value / text )  "-" negates; a bare text is looked for in the title
//   op     = ":" / "=" / ">" / ">=" / "<" / "<="
//   value  = word / DQUOTE *( char / "\" DQUOTE / "\\" ) DQUOTE
//
// docs/api.md lists the keys. Pure but for `person_by_login`; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/query.h"

namespace countersign {

inline constexpr std::size_t kFilterBytesMax = 2'048;
inline constexpr std::size_t kFilterTermsMax = 32;

struct FilterContext {
  Timestamp now{};
  std::optional<PersonId> me;  // empty for tokens
  std::function<std::optional<PersonId>(const std::string&)> person_by_login;
};

/// `-24h`, `+2d`, `now`, a date, or an instant of RFC 3339; nothing when it is none of these.
std::optional<Timestamp> parse_filter_time(std::string_view text, Timestamp now);

/// InvalidArgument with one of `fields` for each wrong term: field `filter`, a code, and a message that
/// begins with the position (in bytes, from 1).
Result<std::vector<FilterTerm>> parse_filter(std::string_view text, const FilterContext& context);

}  // namespace countersign
