// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/event_xml.h"

#include <expat.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kReferenceBytesMax = 10;  // `&#x10FFFF;`

bool starts_reference(std::string_view text) {
  const std::size_t end = text.substr(0, kReferenceBytesMax).find(';');
  if (end == std::string_view::npos || end < 2) return false;
  return std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
    return c == '#' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

/// Sysmon for Linux writes `&lt unknown process&gt `.
std::string escape_bare_ampersands(std::string_view xml) {
  std::string out;
  out.reserve(xml.size() + 16);
  for (std::size_t i = 0; i < xml.size(); ++i) {
    out.push_back(xml[i]);
    if (xml[i] == '&' && !starts_reference(xml.substr(i))) out += "amp;";
  }
  return out;
}

class EventXmlReader {
 public:
  EventXmlReader(const DecodeLimits& limits, Event& event)
      : limits_(limits), event_(event), parser_(XML_ParserCreate("UTF-8"), &XML_ParserFree) {}

  std::optional<DecodeFailure> read(std::string_view xml) {
    const std::string text = escape_bare_ampersands(xml);
    if (parser_ == nullptr || text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
      return DecodeFailure{"bad_xml", fmt::format("no XML parser for {} bytes", text.size())};
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), &on_start, &on_end);
    XML_SetCharacterDataHandler(parser_.get(), &on_text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), &on_doctype);
    const XML_Status status =
        XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), /*isFinal=*/1);
    if (failure_) return failure_;
    if (status != XML_STATUS_OK) {
      return DecodeFailure{
          "bad_xml", fmt::format("{} at byte {} of {}", XML_ErrorString(XML_GetErrorCode(parser_.get())),
                                 XML_GetCurrentByteIndex(parser_.get()), text.size())};
    }
    return std::nullopt;
  }

 private:
  struct Element {
    std::size_t name_bytes = 0;  // of path_ when it opened
    bool has_children = false;
  };

  static EventXmlReader& self(void* user) { return *static_cast<EventXmlReader*>(user); }

  static void on_start(void* user, const char* name, const char** attributes) {
    self(user).start(name, attributes);
  }
  static void on_end(void* user, const char* /*name*/) { self(user).end(); }
  static void on_text(void* user, const char* text, int size) {
    self(user).text_.append(text, static_cast<std::size_t>(size));
  }
  static void on_doctype(void* user, const char* /*name*/, const char* /*system*/, const char* /*public*/,
                         int /*has_subset*/) {
    self(user).stop("bad_xml", "the XML has a document type declaration, which is not read");
  }

  void stop(std::string_view reason, std::string message) {
    if (!failure_) failure_ = DecodeFailure{reason, std::move(message)};
    (void)XML_StopParser(parser_.get(), XML_FALSE);
  }

  static std::string_view attribute(const char** attributes, std::string_view wanted) {
    for (; attributes[0] != nullptr; attributes += 2) {
      if (attributes[0] == wanted) return attributes[1];
    }
    return {};
  }

  void start(std::string_view name, const char** attributes) {
    if (failure_) return;
    if (open_.size() >= limits_.nesting_max)
      return stop("too_deep", fmt::format("elements nested deeper than the limit {}", limits_.nesting_max));
    if (!open_.empty()) open_.back().has_children = true;
    open_.push_back({path_.size(), false});
    // A Data element is a member with the name that it gives.
    const std::string_view given = name == "Data" ? attribute(attributes, "Name") : std::string_view{};
    if (!path_.empty()) path_.push_back('.');
    path_ += given.empty() ? name : given;
    text_.clear();
    if (!given.empty()) return;
    const std::size_t base = path_.size();
    for (; attributes[0] != nullptr; attributes += 2) {
      path_ += ".#attributes.";
      path_ += attributes[0];
      add(attributes[1]);
      path_.resize(base);
    }
  }

  void end() {
    if (failure_) return;
    const Element element = open_.back();
    if (!element.has_children) {
      const std::size_t first = text_.find_first_not_of(kBlanks);
      add(first == std::string::npos ? std::string_view{} : std::string_view(text_));
    }
    open_.pop_back();
    path_.resize(element.name_bytes);
    text_.clear();
  }

  void add(std::string_view text) {
    if (event_.fields().size() >= limits_.fields_max) {
      return stop("too_many_fields",
                  fmt::format("more values in one event than the limit {}", limits_.fields_max));
    }
    if (path_.size() > limits_.name_bytes_max) {
      return stop("too_long_name", fmt::format("the name of a field has {} bytes, the limit is {}",
                                               path_.size(), limits_.name_bytes_max));
    }
    Value value;
    value.type = ValueType::String;
    value.text = event_.arena().store(text);
    event_.add(event_.arena().store(path_), value, static_cast<std::uint16_t>(open_.size()));
  }

  const DecodeLimits& limits_;
  Event& event_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  std::vector<Element> open_;
  std::string path_;
  std::string text_;
  std::optional<DecodeFailure> failure_;
};

}  // namespace

std::optional<DecodeFailure> read_event_xml(std::string_view xml, const DecodeLimits& limits, Event& event) {
  event.clear();
  event.set_raw(xml, RawForm::Other);
  return EventXmlReader(limits, event).read(xml);
}

}  // namespace countersign
