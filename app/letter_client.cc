// SPDX-License-Identifier: Apache-2.0
#include "app/letter_client.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "core/hash.h"

namespace countersign {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kPageLetters = 200;
constexpr std::array<const char*, 4> kFilterOptions{"source", "reason", "since", "until"};

Error strange() { return {ErrorKind::Internal, "the server's answer is not what was expected", {}}; }

Result<json::object> parsed(const Result<HttpAnswer>& answer) {
  if (!answer) return failure(answer.error());
  json::error_code error;
  json::value value = json::parse(answer->body, error);
  if (error || !value.is_object()) return failure(strange());
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::uint64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  json::error_code error;
  const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

}  // namespace

void add_letter_filter(CommandLine& line) {
  line.value("source", "NAME", "only letters of this source")
      .value("reason", "CODE", "only letters with this reason, such as no_pack")
      .value("since", "TIME", "only letters stored then or later: -24h, a date, or RFC 3339")
      .value("until", "TIME", "only letters stored before");
}

bool has_letter_filter(const CommandLine& line) {
  return std::ranges::any_of(kFilterOptions, [&line](const char* name) { return line.has(name); });
}

std::string letter_filter_query(const CommandLine& line) {
  std::string out;
  for (const char* name : {"source", "reason", "since", "until", "state"}) {
    if (line.has(name)) out += fmt::format("&{}={}", name, percent_encoded(line.get(name)));
  }
  return out;
}

Result<LetterClient> LetterClient::to(const CommandLine& line) {
  Result<ApiCall> call = ApiCall::as_person(line.get("server", kDefaultServer));
  if (!call) return failure(call.error());
  return LetterClient(std::move(*call));
}

Result<json::object> LetterClient::get_object(const std::string& target) const { return parsed(get(target)); }

Result<json::object> LetterClient::post(const std::string& target, const json::object& body) const {
  return parsed(call_.send("POST", target, json::serialize(body)));
}

Result<bool> LetterClient::each(const std::string& query, std::uint64_t most,
                                const std::function<Result<void>(const json::object&)>& visit) const {
  std::uint64_t seen = 0;
  std::string cursor;
  for (;;) {
    const std::uint64_t limit = most == 0 ? kPageLetters : std::min(kPageLetters, most - seen);
    std::string target = fmt::format("{}?limit={}{}", kLettersTarget, limit, query);
    if (!cursor.empty()) target += "&cursor=" + percent_encoded(cursor);
    const Result<json::object> page = get_object(target);
    if (!page) return failure(page.error());
    const json::value* items = page->if_contains("items");
    if (items == nullptr || !items->is_array()) return failure(strange());
    for (const json::value& item : items->as_array()) {
      if (!item.is_object()) return failure(strange());
      if (auto ok = visit(item.as_object()); !ok) return failure(ok.error());
      ++seen;
    }
    cursor = text_of(*page, "next_cursor");
    if (cursor.empty()) return false;
    if (most != 0 && seen >= most) return true;
  }
}

Result<std::string> LetterClient::bytes(const json::object& letter) const {
  const std::uint64_t kept = number_of(letter, "kept_bytes");
  if (kept == number_of(letter, "shown_bytes")) {
    const std::string data = text_of(letter, "data");
    if (text_of(letter, "encoding") != "base64") return data;
    auto decoded = from_base64(data);
    if (!decoded) return failure(strange());
    return std::move(*decoded);
  }
  std::string out;
  while (out.size() < kept) {
    const Result<HttpAnswer> piece =
        get(fmt::format("{}/{}/bytes?offset={}", kLettersTarget, number_of(letter, "number"), out.size()));
    if (!piece) return failure(piece.error());
    if (piece->body.empty()) return failure(strange());
    out += piece->body;
  }
  return out;
}

Result<DeadLetter> LetterClient::whole(const json::object& letter) const {
  Result<std::string> kept = bytes(letter);
  if (!kept) return failure(kept.error());
  DeadLetter out;
  out.reason = text_of(letter, "reason");
  out.bytes = std::move(*kept);
  out.length = number_of(letter, "length");
  out.truncated = out.length > out.bytes.size();
  const json::value* index = letter.if_contains("index");
  if (index != nullptr && !index->is_null())
    out.index = static_cast<std::uint32_t>(number_of(letter, "index"));
  if (const auto hash = hash_from_hex(text_of(letter, "hash"))) out.hash = *hash;
  if (const auto time = parse_rfc3339(text_of(letter, "appended_at"))) out.append_time = *time;
  return out;
}

}  // namespace countersign
