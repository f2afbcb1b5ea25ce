// SPDX-License-Identifier: Apache-2.0
#include "app/letter_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "app/terminal.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

constexpr std::size_t kHexBytesShown = 256;
constexpr std::size_t kHexRowBytes = 16;

/// One line, whatever is in it.
std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return "–";
  std::string text = value->is_string() ? printable(value->as_string()) : json::serialize(*value);
  std::ranges::replace(text, '\n', ' ');
  return text;
}

const json::array& list_of(const json::object& object, std::string_view key) {
  static const json::array none;
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->as_array() : none;
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += fmt::format("{}{}\n", indent, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// UTF-8 without zero bytes; a few other control characters, as a forged line may have, do not make it
/// binary.
bool is_text(std::string_view bytes) {
  constexpr std::size_t kOtherBytesEach = 10;
  const auto controls = static_cast<std::size_t>(std::ranges::count_if(bytes, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  }));
  return is_utf8(bytes) && bytes.find('\0') == std::string_view::npos &&
         controls * kOtherBytesEach <= bytes.size();
}

std::string hex_dump(std::string_view bytes) {
  std::string out;
  for (std::size_t row = 0; row < std::min(bytes.size(), kHexBytesShown); row += kHexRowBytes) {
    const std::string_view part = bytes.substr(row, kHexRowBytes);
    std::string hex;
    std::string text;
    for (const char c : part) {
      hex += fmt::format("{:02x} ", static_cast<unsigned char>(c));
      text += c >= 0x20 && c < 0x7F ? c : '.';
    }
    out += fmt::format("{:08x}  {:<{}} {}\n", row, hex, 3 * kHexRowBytes, text);
  }
  return out;
}

std::string replay_line(const json::object& letter) {
  const json::value* last = letter.if_contains("last_replay");
  if (last == nullptr || !last->is_object()) return "–";
  const json::object& replay = last->as_object();
  std::string who = "–";
  if (const json::value* actor = replay.if_contains("actor"); actor != nullptr && actor->is_object()) {
    who = text_of(actor->as_object(), "name");
    if (who == "–") who = text_of(actor->as_object(), "id");
  }
  std::string out = fmt::format("{} by {}, {}", text_of(replay, "replay"), who, text_of(replay, "at"));
  if (text_of(replay, "reason") != "–") {
    out += fmt::format(": failed with {}: {}", text_of(replay, "reason"), text_of(replay, "message"));
  }
  return out;
}

std::string event_text(const json::object& event) {
  std::string sources;
  for (const json::value& source : list_of(event, "log_sources")) {
    if (!source.is_object()) continue;
    std::string words;
    for (const auto& [name, value] : source.as_object()) {
      const std::string text = value.is_string() ? printable(value.as_string()) : "";
      if (!text.empty())
        words += fmt::format("{}{}: {}", words.empty() ? "" : ", ", std::string_view(name), text);
    }
    sources += fmt::format(" {{{}}}", words);
  }
  std::string out =
      fmt::format("  event {}: pack {}{}\n    time {} (from the {})\n", text_of(event, "index"),
                  text_of(event, "pack"), sources, text_of(event, "time"), text_of(event, "time_source"));
  const json::array& fields = list_of(event, "fields");
  for (const json::value& field : fields) {
    if (!field.is_object()) continue;
    out += fmt::format("    {} = {}\n", text_of(field.as_object(), "field"),
                       text_of(field.as_object(), "value"));
  }
  const json::value* total = event.if_contains("fields_total");
  if (total != nullptr && total->is_number() && total->to_number<std::uint64_t>() > fields.size()) {
    out += fmt::format("    … {} fields in all\n", total->to_number<std::uint64_t>());
  }
  return out;
}

}  // namespace

std::string letter_line(const json::object& letter) {
  return fmt::format("{:>8}  {:<24}  {:<15} {:<8} {:>9}  {:<24}  {}\n", text_of(letter, "number"),
                     text_of(letter, "stored_at"), text_of(letter, "reason"), text_of(letter, "state"),
                     text_of(letter, "length"), text_of(letter, "source"), text_of(letter, "message"));
}

std::string message_preview(std::string_view bytes) {
  return is_text(bytes) ? printable(bytes) : hex_dump(bytes);
}

std::string letter_page(const json::object& letter, std::string_view bytes) {
  std::string out;
  const auto row = [&out](std::string_view name, const std::string& text) {
    out += fmt::format("{:<14}{}\n", name, text);
  };
  row("number", text_of(letter, "number"));
  row("source", text_of(letter, "source"));
  if (text_of(letter, "origin") != text_of(letter, "source")) row("came from", text_of(letter, "origin"));
  row("record",
      fmt::format("topic {}, partition {}, incarnation {}, offset {}{}", text_of(letter, "topic"),
                  text_of(letter, "partition"), text_of(letter, "incarnation"), text_of(letter, "offset"),
                  text_of(letter, "index") == "–" ? "" : ", element " + text_of(letter, "index")));
  row("reason", fmt::format("{}: {}", text_of(letter, "reason"), text_of(letter, "message")));
  row("state", text_of(letter, "state"));
  row("last replay", replay_line(letter));
  row("appended", text_of(letter, "appended_at"));
  row("stored", text_of(letter, "stored_at"));
  row("length", fmt::format("{} bytes, of which {} are kept", text_of(letter, "length"),
                            text_of(letter, "kept_bytes")));
  row("sha-256", text_of(letter, "hash"));
  out += fmt::format("the first {} bytes:\n{}", bytes.size(), indented(message_preview(bytes), "  "));
  return out;
}

std::string letter_explanation_text(const json::object& explanation) {
  const json::value* decodes = explanation.if_contains("decodes");
  const bool good = decodes != nullptr && decodes->is_bool() && decodes->as_bool();
  std::string out = good ? "it would be decoded now\n" : "it would fail again\n";
  for (const json::value& failed : list_of(explanation, "failures")) {
    if (!failed.is_object()) continue;
    const std::string index = text_of(failed.as_object(), "index");
    out += fmt::format("  {}{}: {}\n", index == "–" ? "" : "element " + index + ": ",
                       text_of(failed.as_object(), "reason"), text_of(failed.as_object(), "message"));
  }
  for (const json::value& step : list_of(explanation, "steps"))
    if (step.is_string()) out += fmt::format("  {}\n", printable(std::string_view(step.as_string())));
  for (const json::value& shape : list_of(explanation, "near")) {
    if (!shape.is_object()) continue;
    out += fmt::format("  comes close: shape {} of pack {}, but {}\n", text_of(shape.as_object(), "shape"),
                       text_of(shape.as_object(), "pack"), text_of(shape.as_object(), "reason"));
  }
  for (const json::value& event : list_of(explanation, "events")) {
    if (event.is_object()) out += event_text(event.as_object());
  }
  out += fmt::format("  {} events, {} failures; pack set {}\n", text_of(explanation, "events_total"),
                     text_of(explanation, "failures_total"), text_of(explanation, "packs"));
  return out;
}

}  // namespace countersign
