// SPDX-License-Identifier: Apache-2.0
#include "ingest/source_spec.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::size_t kTopicBytesMax = 249;  // Kafka, org.apache.kafka.common.internals.Topic

struct Kind {
  SourceKind kind;
  std::string_view name;
  std::string_view options;  // for messages
};
constexpr std::array kKinds{
    Kind{SourceKind::File, "file", "follow, framing, pack"},
    Kind{SourceKind::Stdin, "stdin", "framing, pack"},
    Kind{SourceKind::Kafka, "kafka", "pack"},
};

bool is_topic(std::string_view name) {
  if (name.empty() || name.size() > kTopicBytesMax || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

tl::unexpected<Error> wrong(std::string_view spec, std::string_view what) {
  return failure(ErrorKind::InvalidArgument, fmt::format("source '{}': {}", spec, what));
}

Result<void> set_option(std::string_view text, const Kind& kind, std::string_view key, std::string_view value,
                        SourceSpec& spec) {
  if (key == "pack") {
    if (value.empty()) return wrong(text, "option 'pack' has no value");
    spec.pack = value;
    return {};
  }
  if (key == "framing" && kind.kind != SourceKind::Kafka) {
    const std::optional<Framing> framing = parse_framing(value);
    if (!framing || *framing == Framing::Auto)
      return wrong(text, fmt::format("option 'framing' is '{}'; known: lines, array, documents", value));
    spec.framing = *framing;
    return {};
  }
  if (key == "follow" && kind.kind == SourceKind::File) {
    if (value != "0" && value != "1")
      return wrong(text, fmt::format("option 'follow' is '{}'; known: 0, 1", value));
    spec.follow = value == "1";
    return {};
  }
  return wrong(text, fmt::format("unknown option '{}'; {} knows: {}", key, kind.name, kind.options));
}

Result<void> set_options(std::string_view text, const Kind& kind, std::string_view options,
                         SourceSpec& spec) {
  std::set<std::string_view> seen;
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find('&'));
    options.remove_prefix(std::min(options.size(), option.size() + 1));
    const std::size_t equals = option.find('=');
    if (equals == std::string_view::npos)
      return wrong(text,
                   fmt::format("option '{}' has no '='; {} knows: {}", option, kind.name, kind.options));
    const std::string_view key = option.substr(0, equals);
    if (!seen.insert(key).second) return wrong(text, fmt::format("option '{}' is given twice", key));
    if (auto set = set_option(text, kind, key, option.substr(equals + 1), spec); !set) return set;
  }
  return {};
}

}  // namespace

Result<SourceSpec> parse_source_spec(std::string_view text) {
  const std::size_t question = text.rfind('?');
  const std::string_view place = text.substr(0, question);
  const std::string_view options =
      question == std::string_view::npos ? std::string_view{} : text.substr(question + 1);
  const std::size_t colon = place.find(':');
  const std::string_view name = place.substr(0, colon);
  const auto* const kind =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.name == name; });
  if (kind == kKinds.end())
    return wrong(text, "does not begin with a known kind; known: file:PATH, stdin, kafka:TOPIC");
  const bool has_rest = colon != std::string_view::npos;
  const std::string_view rest = has_rest ? place.substr(colon + 1) : std::string_view{};

  SourceSpec spec;
  spec.kind = kind->kind;
  switch (kind->kind) {
    case SourceKind::File:
      if (rest.empty()) return wrong(text, "has no path; write file:PATH");
      spec.path = rest;
      break;
    case SourceKind::Stdin:
      if (has_rest) return wrong(text, "stdin takes nothing after ':'");
      break;
    case SourceKind::Kafka:
      if (!is_topic(rest))
        return wrong(text, fmt::format("'{}' is not a topic name (1 to {} of A-Z a-z 0-9 . _ -)", rest,
                                       kTopicBytesMax));
      spec.topic = rest;
      break;
  }
  if (auto set = set_options(text, *kind, options, spec); !set) return failure(set.error());
  return spec;
}

}  // namespace countersign
