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
constexpr std::string_view kBackfillPrefix = "backfill:";

struct Kind {
  SourceKind kind;
  std::string_view name;
  std::string_view options;  // for messages
};
constexpr std::array kKinds{
    Kind{SourceKind::File, "file", "backfill, follow, framing, pack, rules"},
    Kind{SourceKind::Stdin, "stdin", "framing, pack"},
    Kind{SourceKind::Kafka, "kafka", "backfill, from, pack, rules, to"},
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

tl::unexpected<Error> not_a_name(std::string_view spec, std::string_view name) {
  return wrong(spec, fmt::format("'{}' is not a name (1 to {} of A-Z a-z 0-9 . _ -)", name, kTopicBytesMax));
}

Result<void> set_door_option(std::string_view text, std::string_view key, std::string_view value,
                             SourceSpec& spec) {
  if (key == "name") {
    if (!is_topic(value)) return not_a_name(text, value);
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

Result<KafkaPoint> to_point(std::string_view text, std::string_view key, std::string_view value) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc{} && end == value.data() + value.size()) return Offset{number};
  if (const auto time = parse_rfc3339(value)) return *time;
  return wrong(
      text, fmt::format("option '{}' is '{}'; it is an offset, or a time such as 2026-01-31T23:00:00Z", key,
                        value));
}

Result<void> set_rules(std::string_view text, std::string_view value, SourceSpec& spec) {
  for (std::string_view rest = value; !rest.empty();) {
    const std::string_view id = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), id.size() + 1));
    if (!id.empty()) spec.rules.emplace_back(std::string(id));
  }
  if (spec.rules.empty()) return wrong(text, "option 'rules' names no rule");
  return {};
}

bool is_backfill_option(std::string_view key) {
  return key == "backfill" || key == "rules" || key == "from" || key == "to";
}

Result<void> set_backfill_option(std::string_view text, std::string_view key, std::string_view value,
                                 SourceSpec& spec) {
  if (key == "rules") return set_rules(text, value, spec);
  if (key == "backfill") {
    if (!is_topic(value)) return not_a_name(text, value);
    spec.backfill = value;
    return {};
  }
  const auto point = to_point(text, key, value);
  if (!point) return failure(point.error());
  (key == "from" ? spec.range.from : spec.range.to) = *point;
  return {};
}

/// What goes together.
Result<void> check_backfill(std::string_view text, const SourceSpec& spec) {
  if (spec.backfill.empty()) {
    if (spec.range == KafkaRange{} && spec.rules.empty()) return {};
    return wrong(text, "options 'from', 'to' and 'rules' are for a backfill; add backfill=NAME");
  }
  if (spec.follow) return wrong(text, "a backfill ends, so it cannot follow");
  // Else every restart would move its end, and it would read what the topic's own source reads.
  if (spec.kind == SourceKind::Kafka && !spec.range.to)
    return wrong(text, "a backfill from Kafka ends somewhere; add to=TIME or to=OFFSET");
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
  if (is_backfill_option(key)) return set_backfill_option(text, key, value, spec);
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
      if (!is_topic(rest)) return not_a_name(text, rest);
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
  if (auto fits = check_backfill(text, spec); !fits) return failure(fits.error());
  return spec;
}

SourceName backfill_source(std::string_view backfill) {
  return SourceName{std::string(kBackfillPrefix) + std::string(backfill)};
}

std::string_view backfill_of(const SourceName& source) {
  const std::string_view name = source.value;
  return name.starts_with(kBackfillPrefix) ? name.substr(kBackfillPrefix.size()) : std::string_view{};
}

}  // namespace countersign
