// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_decoder.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/message.h"
#include "ingest/json_scalar.h"
#include "ingest/json_structure.h"
#include "ingest/json_walker.h"

namespace countersign {
namespace {

/// Finds the nearest cause of a broken document, and its place.
DecodeFailure explain(std::string_view json, DecodeFailure failure) {
  if (failure.reason != "bad_json") return failure;
  if (const auto at = find_invalid_utf8(json)) {
    return {"bad_utf8", fmt::format("byte {} of {} is not valid UTF-8", *at, json.size())};
  }
  if (ends_inside_json(json)) {
    return {"truncated", fmt::format("the JSON ends inside a value at byte {}", json.size())};
  }
  if (const auto at = find_control_in_string(json)) {
    return {"bad_json", fmt::format("control character 0x{:02x} inside a string at byte {} of {}",
                                    static_cast<unsigned char>(json[*at]), *at, json.size())};
  }
  return failure;
}

std::string_view without_blanks_behind(std::string_view json) {
  return json.substr(0, json.find_last_not_of(" \t\r\n") + 1);
}

}  // namespace

std::string_view padded(std::string_view text, Arena& arena) {
  const std::span<char> place = arena.allocate(text.size() + kMessagePaddingBytes);
  std::memcpy(place.data(), text.data(), text.size());
  std::memset(place.data() + text.size(), 0, kMessagePaddingBytes);
  return {place.data(), text.size()};
}

class JsonDecoder::Impl {
 public:
  explicit Impl(DecodeLimits limits) : limits_(limits) {}

  std::optional<DecodeFailure> decode(std::string_view json, Event& event,
                                      const std::function<void(const JsonElement&)>& each) {
    if (const char* error = structure_.read(json)) {
      return explain(json, {"bad_json", fmt::format("invalid JSON in {} bytes: {}", json.size(), error)});
    }
    JsonWalker walker(limits_, json, structure_.places(), names_, event);
    if (walker.peek() == '{') {
      const bool read = walker.read_event();
      if (!walker.broken() && more_behind(json, walker, read, event))
        return many(json, event, each, &sequence);
      if (!read || !at_end(walker)) return explain(json, walker.failure());
      const std::string_view raw = without_blanks_behind(json);
      event.set_raw(raw, walker.raw_form());
      each({0, false, raw, nullptr});
      return std::nullopt;
    }
    if (walker.peek() == '[') return many(json, event, each, &array);
    walker.break_off("neither an object nor an array", walker.offset());
    return explain(json, walker.failure());
  }

 private:
  using Each = std::function<void(const JsonElement&)>;
  using Reader = std::optional<DecodeFailure> (*)(std::string_view, JsonWalker&, Event&, const Each*);

  /// Whether another object follows the first, behind which `walker` stands when it was `read`.
  bool more_behind(std::string_view json, const JsonWalker& walker, bool read, Event& event) {
    if (read) return walker.peek() == '{';
    JsonWalker again(limits_, json, structure_.places(), names_, event);
    again.skip_value();
    return again.peek() == '{';
  }

  /// Events go out one by one, but only of a message that is whole: it is read twice.
  std::optional<DecodeFailure> many(std::string_view json, Event& event, const Each& each, Reader reader) {
    JsonWalker first(limits_, json, structure_.places(), names_, event);
    if (auto failure = reader(json, first, event, nullptr)) return failure;
    JsonWalker second(limits_, json, structure_.places(), names_, event);
    return reader(json, second, event, &each);
  }

  /// Objects one after another (NDJSON), with or without blanks between them.
  static std::optional<DecodeFailure> sequence(std::string_view json, JsonWalker& walker, Event& event,
                                               const Each* each) {
    std::uint32_t index = 0;
    for (; walker.peek() == '{'; ++index)
      if (auto failure = give_element(json, walker, event, index, each)) return failure;
    if (!at_end(walker)) return explain(json, walker.failure());
    return std::nullopt;
  }

  static std::optional<DecodeFailure> give_element(std::string_view json, JsonWalker& walker, Event& event,
                                                   std::uint32_t index, const Each* each) {
    JsonWalker element = walker;
    const bool read = read_element(element, walker);
    if (!read && element.broken()) return explain(json, element.failure());
    const std::string_view raw = walker.skip_value();
    if (each != nullptr) {
      event.set_raw(raw, element.raw_form());
      (*each)({index, true, raw, read ? nullptr : &element.failure()});
    }
    return std::nullopt;
  }

  static bool at_end(JsonWalker& walker) {
    if (walker.at_end()) return true;
    return walker.break_off("text after the end of the document", walker.offset());
  }

  static std::optional<DecodeFailure> array(std::string_view json, JsonWalker& walker, Event& event,
                                            const Each* each) {
    walker.step();
    std::uint32_t index = 0;
    bool more = walker.peek() != ']';
    if (!more) walker.step();
    for (; more; ++index) {
      if (auto failure = give_element(json, walker, event, index, each)) return failure;
      const char c = walker.peek();
      if (c != ',' && c != ']') {
        walker.break_off("neither a comma nor the end of the array", walker.offset());
        return explain(json, walker.failure());
      }
      walker.step();
      more = c == ',';
    }
    if (!at_end(walker)) return explain(json, walker.failure());
    return std::nullopt;
  }

  /// Reads with `element`; `walker` stays in front of it.
  static bool read_element(JsonWalker& element, const JsonWalker& walker) {
    const char c = element.peek();
    if (c == '{') return element.read_event();
    if (c != '[' && c != '"') {
      JsonWalker token = walker;
      Value scalar;
      if (element.at_end() || !read_json_scalar(token.skip_value(), scalar))
        return element.break_off("neither a value nor a container", element.offset());
    }
    return element.reject("not_an_event", "an element of the array is no JSON object");
  }

  DecodeLimits limits_;
  JsonStructure structure_;
  JsonNames names_;
};

JsonDecoder::JsonDecoder(DecodeLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
JsonDecoder::~JsonDecoder() = default;
JsonDecoder::JsonDecoder(JsonDecoder&&) noexcept = default;
JsonDecoder& JsonDecoder::operator=(JsonDecoder&&) noexcept = default;

std::optional<DecodeFailure> JsonDecoder::decode(std::string_view json, Event& event,
                                                 const std::function<void(const JsonElement&)>& each) {
  return impl_->decode(json, event, each);
}

}  // namespace countersign
