// SPDX-License-Identifier: Apache-2.0
// SPEC of a source as people write it (contract.md §2):
//
//   spec    = place [ "?" options ]
//   place   = "file:" path / "stdin" / "kafka:" topic / "http:" name
//           / ( "syslog-tcp:" / "syslog-udp:" / "syslog-tls:" ) address ":" port
//   options = option *( "&" option )
//   option  = "follow=" ( "0" / "1" )                         file
//           / "pack=" name                                    all
//           / "framing=" ( "lines" / "array" / "documents" )  file, stdin
//           / "backfill=" name                                file, kafka: read again, as a source of its own
//           / "rules=" id *( "," id )                         with backfill: no other rules
//           / "from=" point / "to=" point                     kafka with backfill: included, excluded
//           / "name=" name                                    syslog: else `tcp-`, `udp-` or `tls-` and port
//           / "connections=" number                           syslog-tcp, syslog-tls: open at once
//           / "connections_per_address=" number               the same, from one address
//           / "idle=" seconds                                 the same: nothing came for so long
//           / "cert=" path / "key=" path                      syslog-tls, both needed: PEM
//           / "ca=" path                                      syslog-tls: client certificates are needed
//
//   point   = offset / RFC 3339 time
//
// The address is a number, IPv6 in brackets. A name has 1 to 249 of A-Z a-z 0-9 . _ -.
// The last "?" begins the options, so a path that holds one ends with another. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "ingest/framing.h"
#include "ingest/kafka_range.h"

namespace countersign {

enum class SourceKind : std::uint8_t { File, Stdin, Kafka, Http, SyslogTcp, SyslogUdp, SyslogTls };

/// The limits of a syslog door that listens for connections.
struct SyslogConnectionLimits {
  std::uint64_t connections_max = 256;
  std::uint64_t per_address_max = 64;
  std::chrono::seconds idle{24 * 60 * 60};
  bool operator==(const SyslogConnectionLimits&) const = default;
};

struct SourceSpec {
  SourceKind kind = SourceKind::File;
  std::string path;   // File: as given
  std::string topic;  // Kafka
  std::string pack;   // empty: decided per message
  Framing framing = Framing::Auto;
  bool follow = false;
  std::string name = {};     // doors
  std::string address = {};  // syslog, without brackets …
  std::uint16_t port = 0;    // … 0: any free one
  SyslogConnectionLimits limits = {};
  std::string certificate = {};  // SyslogTls
  std::string key = {};
  std::string authorities = {};    // empty: clients need no certificate
  std::string backfill = {};       // File, Kafka: what is read again under this name; empty: it is none
  std::vector<RuleId> rules = {};  // of a backfill; empty: all
  KafkaRange range = {};           // of a backfill from Kafka; it has an end
  bool operator==(const SourceSpec&) const = default;
};

/// Errors: InvalidArgument; names the part that is wrong and what is known there.
Result<SourceSpec> parse_source_spec(std::string_view text);

/// The name of the source of a backfill, and which backfill a source of that name is; empty: it is none.
SourceName backfill_source(std::string_view backfill);
std::string_view backfill_of(const SourceName& source);

}  // namespace countersign
