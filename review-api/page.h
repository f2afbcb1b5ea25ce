// SPDX-License-Identifier: Apache-2.0
// What all lists share: `limit`, `cursor`, `next_cursor`, the Link header. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "review-api/call.h"
#include "review-api/json_forward.h"

namespace countersign {

inline constexpr std::size_t kPageSizeDefault = 50;

struct PageRequest {
  std::size_t limit = kPageSizeDefault;
  std::string position;  // where the page starts; empty: at the start
};

/// `question`: list, filter and sort, to which the cursor is bound.
tl::expected<PageRequest, Problem> read_page(const Services& services, const Call& call,
                                             std::string_view question);

/// `{"items":[…],"next_cursor":…}`; `next`: position of the next page, empty when there is none.
HttpResponse page_response(const Services& services, const Call& call, std::string_view question,
                           boost::json::array&& items, const std::string& next);

HttpResponse json_response(unsigned status, const boost::json::value& value);

/// The alert id of the path, or NotFound: what is no id names nothing.
tl::expected<AlertId, Problem> alert_id_of(const Call& call);

/// A decimal number without sign, or nothing.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace countersign
