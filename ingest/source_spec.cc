// SPDX-License-Identifier: Apache-2.0
#include "ingest/source_spec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::size_t kTopicBytesMax = 249;  // Kafka, org.apache.kafka.common.internals.Topic
constexpr std::uint64_t kConnectionsMax = 4'096;
constexpr std::uint64_t kIdleSecondsMax = 30 * 86'400;
constexpr std::string_view kKnown =
    "known: file:PATH, stdin, kafka:TOPIC, http:NAME, syslog-tcp:ADDRESS:PORT, syslog-udp:ADDRESS:PORT, "
    "syslog-tls:ADDRESS:PORT";

struct Kind {
  SourceKind kind;
  std::string_view name;
  std::string_view options;  // for messages
};
constexpr std::array kKinds{
    Kind{SourceKind::File, "file", "follow, framing, pack"},
    Kind{SourceKind::Stdin, "stdin", "framing, pack"},
    Kind{SourceKind::Kafka, "kafka", "pack"},
    Kind{SourceKind::Http, "http", "pack"},
    Kind{SourceKind::SyslogTcp, "syslog-tcp", "connections, connections_per_address, idle, name, pack"},
    Kind{SourceKind::SyslogUdp, "syslog-udp", "name, pack"},
    Kind{SourceKind::SyslogTls, "syslog-tls",
         "ca, cert, connections, connections_per_address, idle, key, name, pack"},
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

bool knows(const Kind& kind, std::string_view key) {
  std::string_view options = kind.options;
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    if (option == key) return true;
    options.remove_prefix(std::min(options.size(), option.size() + 2));
  }
  return false;
}

Result<std::uint64_t> to_number(std::string_view text, std::string_view key, std::string_view value,
                                std::uint64_t high) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number == 0 || number > high)
    return wrong(text, fmt::format("option '{}' is '{}'; it is a number from 1 to {}", key, value, high));
  return number;
}

Result<void> set_door_option(std::string_view text, std::string_view key, std::string_view value,
                             SourceSpec& spec) {
  if (key == "name") {
    if (!is_topic(value))
      return wrong(text,
                   fmt::format("'{}' is not a name (1 to {} of A-Z a-z 0-9 . _ -)", value, kTopicBytesMax));
    spec.name = value;
    return {};
  }
  for (const auto& [name, path] : {std::pair<std::string_view, std::string*>{"cert", &spec.certificate},
                                   {"key", &spec.key},
                                   {"ca", &spec.authorities}}) {
    if (key != name) continue;
    if (value.empty()) return wrong(text, fmt::format("option '{}' has no value", key));
    *path = value;
    return {};
  }
  const auto number = to_number(text, key, value, key == "idle" ? kIdleSecondsMax : kConnectionsMax);
  if (!number) return failure(number.error());
  if (key == "idle") spec.limits.idle = std::chrono::seconds(static_cast<std::int64_t>(*number));
  if (key == "connections") spec.limits.connections_max = *number;
  if (key == "connections_per_address") spec.limits.per_address_max = *number;
  return {};
}

Result<void> set_listen_address(std::string_view text, std::string_view transport, std::string_view place,
                                SourceSpec& spec) {
  const std::size_t colon = place.rfind(':');
  std::string_view address = place.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? "" : place.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), spec.port);
  if (error != std::errc{} || end != port.data() + port.size() || address.empty())
    return wrong(text, fmt::format("'{}' is not ADDRESS:PORT, such as 0.0.0.0:1514 or [::]:1514", place));
  const bool brackets = address.starts_with('[') && address.ends_with(']');
  if (brackets) address = address.substr(1, address.size() - 2);
  if (!brackets && address.find(':') != std::string_view::npos)
    return wrong(text, fmt::format("write the address of '{}' in brackets", place));
  spec.address = address;
  spec.name = fmt::format("{}-{}", transport, port);
  return {};
}

Result<void> set_option(std::string_view text, const Kind& kind, std::string_view key, std::string_view value,
                        SourceSpec& spec) {
  if (key == "pack") {
    if (value.empty()) return wrong(text, "option 'pack' has no value");
    spec.pack = value;
    return {};
  }
  if (!knows(kind, key))
    return wrong(text, fmt::format("unknown option '{}'; {} knows: {}", key, kind.name, kind.options));
  if (key == "framing") {
    const std::optional<Framing> framing = parse_framing(value);
    if (!framing || *framing == Framing::Auto)
      return wrong(text, fmt::format("option 'framing' is '{}'; known: lines, array, documents", value));
    spec.framing = *framing;
    return {};
  }
  if (key == "follow") {
    if (value != "0" && value != "1")
      return wrong(text, fmt::format("option 'follow' is '{}'; known: 0, 1", value));
    spec.follow = value == "1";
    return {};
  }
  return set_door_option(text, key, value, spec);
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
  if (kind == kKinds.end()) return wrong(text, fmt::format("does not begin with a known kind; {}", kKnown));
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
    case SourceKind::Http:
      if (!is_topic(rest))
        return wrong(text,
                     fmt::format("'{}' is not a name (1 to {} of A-Z a-z 0-9 . _ -)", rest, kTopicBytesMax));
      spec.name = rest;
      break;
    case SourceKind::SyslogTcp:
    case SourceKind::SyslogUdp:
    case SourceKind::SyslogTls:
      if (auto set = set_listen_address(text, name.substr(name.find('-') + 1), rest, spec); !set)
        return failure(set.error());
      break;
  }
  if (auto set = set_options(text, *kind, options, spec); !set) return failure(set.error());
  if (spec.kind == SourceKind::SyslogTls && (spec.certificate.empty() || spec.key.empty()))
    return wrong(text, "TLS needs the options cert=PATH and key=PATH");
  return spec;
}

}  // namespace countersign
