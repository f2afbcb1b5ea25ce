// SPDX-License-Identifier: Apache-2.0
#include "review-api/http_message.h"

#include <algorithm>

namespace countersign {

std::string_view HttpRequest::header(std::string_view lower_case_name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& entry) { return entry.first == lower_case_name; });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

bool HttpRequest::has_header(std::string_view lower_case_name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& entry) { return entry.first == lower_case_name; });
}

}  // namespace countersign
