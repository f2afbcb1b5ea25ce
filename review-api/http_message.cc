// SPDX-License-Identifier: Apache-2.0
#include "review-api/http_message.h"

#include <algorithm>
#include <array>
#include <ctime>

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

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

bool is_json_type(std::string_view content_type) {
  const std::string type = lower_ascii(content_type);
  return type == "application/json" || type == "application/json; charset=utf-8" ||
         type == "application/json;charset=utf-8";
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  if (gmtime_r(&now, &parts) == nullptr) return {};
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text.data(), length);
}

}  // namespace countersign
