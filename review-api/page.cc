// SPDX-License-Identifier: Apache-2.0
#include "review-api/page.h"

#include <boost/json.hpp>
#include <charconv>

namespace countersign {

namespace json = boost::json;

tl::expected<PageRequest, Problem> read_page(const Services& services, const Call& call,
                                             std::string_view question) {
  PageRequest page;
  if (const auto text = call.target.parameter("limit")) {
    const auto limit = parse_number(*text);
    if (!limit || *limit < 1 || *limit > kPageSizeMax)
      return refusal(
          Problem{.kind = ProblemKind::BadRequest,
                  .detail = "`limit` is a number from 1 to " + std::to_string(kPageSizeMax) + ".",
                  .errors = {{"limit", "out_of_bounds", "From 1 to " + std::to_string(kPageSizeMax) + "."}}});
    page.limit = static_cast<std::size_t>(*limit);
  }
  if (const auto cursor = call.target.parameter("cursor")) {
    auto position = services.cursors.open(question, *cursor);
    if (!position)
      return refusal(Problem{.kind = ProblemKind::BadCursor, .detail = position.error().message});
    page.position = std::move(*position);
  }
  return page;
}

HttpResponse page_response(const Services& services, const Call& call, std::string_view question,
                           json::array&& items, const std::string& next) {
  json::object out{{"items", std::move(items)}, {"next_cursor", nullptr}};
  if (next.empty()) return json_response(200, out);
  const std::string cursor = services.cursors.seal(question, next);
  out["next_cursor"] = cursor;
  std::string link = '<' + call.request.target.substr(0, call.request.target.find('?')) + '?';
  for (const auto& [name, value] : call.target.query) {
    if (name != "cursor") link += percent_encode(name) + '=' + percent_encode(value) + '&';
  }
  link += "cursor=" + cursor + ">; rel=\"next\"";
  return json_response(200, out).with("Link", link);
}

HttpResponse json_response(unsigned status, const json::value& value) {
  return HttpResponse{status, std::string(kJsonType), json::serialize(value), {}};
}

tl::expected<AlertId, Problem> alert_id_of(const Call& call) {
  const std::string& text = call.parameter("id");
  const auto id = parse_alert_id(text);
  if (!id)
    return refusal(Problem{.kind = ProblemKind::NotFound,
                           .detail = "Alert ids look like 1-000-000123; there is no such alert."});
  return *id;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace countersign
