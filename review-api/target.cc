// SPDX-License-Identifier: Apache-2.0
#include "review-api/target.h"

#include <algorithm>

#include "review-api/utf8.h"

namespace countersign {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

tl::unexpected<Error> malformed(std::string_view what) {
  return failure(ErrorKind::Malformed, "The address " + std::string(what) + ".");
}

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '+' && plus_is_space) {
      c = ' ';
    } else if (c == '%') {
      const auto high = at + 2 < text.size() ? hex_digit(text[at + 1]) : std::nullopt;
      const auto low = at + 2 < text.size() ? hex_digit(text[at + 2]) : std::nullopt;
      if (!high || !low) return malformed("has a % that two hex digits do not follow");
      c = static_cast<char>(*high * 16 + *low);
      at += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return malformed("has a control character");
    out.push_back(c);
  }
  if (!is_utf8(out)) return malformed("is not UTF-8");
  return out;
}

Result<void> split_path(std::string_view path, Target& target) {
  if (path.empty() || path.front() != '/') return malformed("does not start with /");
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    auto segment = decode(path.substr(0, slash), false);
    if (!segment) return failure(segment.error());
    if (segment->find('/') != std::string::npos) return malformed("has an encoded /");
    if (target.segments.size() == kTargetSegmentsMax) return malformed("has more than 16 segments");
    target.segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
}

Result<void> split_query(std::string_view query, Target& target) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto name = decode(pair.substr(0, equals), true);
    auto value =
        decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (!name) return failure(name.error());
    if (!value) return failure(value.error());
    if (target.parameter(*name)) return malformed("has the parameter `" + *name + "` twice");
    if (target.query.size() == kQueryParametersMax) return malformed("has more than 16 parameters");
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

}  // namespace

std::optional<std::string_view> Target::parameter(std::string_view name) const {
  const auto found =
      std::find_if(query.begin(), query.end(), [&](const auto& entry) { return entry.first == name; });
  if (found == query.end()) return std::nullopt;
  return found->second;
}

Result<Target> parse_target(std::string_view text) {
  // RFC 9112 §3.2.2: a server takes the absolute form too; the authority means nothing here.
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (!text.starts_with(scheme)) continue;
    const std::size_t slash = text.find('/', scheme.size());
    text = slash == std::string_view::npos ? std::string_view("/") : text.substr(slash);
    break;
  }
  if (text.find('#') != std::string_view::npos) return malformed("has a fragment");
  const std::size_t mark = text.find('?');
  Target target;
  if (auto path = split_path(text.substr(0, mark), target); !path) return failure(path.error());
  if (mark != std::string_view::npos) {
    if (auto query = split_query(text.substr(mark + 1), target); !query) return failure(query.error());
  }
  return target;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                            (byte >= 'a' && byte <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(hex[byte >> 4U]);
      out.push_back(hex[byte & 0xFU]);
    }
  }
  return out;
}

}  // namespace countersign
