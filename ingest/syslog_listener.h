// SPDX-License-Identifier: Apache-2.0
// Listens for syslog: over TCP (RFC 6587), TLS (RFC 5425) and UDP (RFC 5426), and offers each message as it
// came to a DoorQueue. What a message says is the packs' business. Syslog has no acknowledgement: what lies
// in the queue or in the system's buffers when the program is killed is lost.
//
// One thread a listener, from start() to its destruction. A full queue stops reading, so that a sender over
// TCP waits; datagrams that it does not take are counted and dropped. A connection ends when it cannot be cut
// into messages, when nothing comes for too long, when a message is not ended in time, and when its peer is
// silently gone (TCP keepalive).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/clock.h"
#include "ingest/batch_writer.h"
#include "ingest/door_source.h"
#include "ingest/source_spec.h"

namespace countersign {

/// Each connection may hold a message twice: what is not complete, and what the queue has no room for. RFC
/// 5424 §6.1 asks for 2 KiB; senders' own limits are 8 KiB (rsyslog) and 64 KiB (syslog-ng).
inline constexpr std::size_t kSyslogMessageBytesMax = 256 * kKiB;
inline constexpr std::chrono::seconds kSyslogHandshakeMax{10};    // of TLS
inline constexpr std::chrono::seconds kSyslogMessageTimeMax{60};  // from a message's first byte to its last
/// A peer that vanished is found after idle + count × interval = 2 minutes.
inline constexpr std::chrono::seconds kSyslogKeepaliveIdle{60};
inline constexpr std::chrono::seconds kSyslogKeepaliveInterval{15};
inline constexpr int kSyslogKeepaliveCount = 4;
inline constexpr std::size_t kSyslogReadBytes = 64 * kKiB;         // of one read, a connection
inline constexpr int kSyslogReceiveBufferBytes = 8 * 1024 * 1024;  // asked of the system for datagrams

struct SyslogListenerOptions {
  std::string address;  // a number, IPv6 without brackets
  std::uint16_t port = 0;
  SyslogConnectionLimits limits;  // of connections
  KeptBytes kept;
  std::string certificate;  // of connections: PEM chain; empty: no TLS …
  std::string key;          // … PEM
  std::string authorities;  // … PEM; empty: clients need no certificate
};

/// TCP, and TLS when there is a certificate. Queue, stats and clock must outlive it; `stats` learns the
/// address.
std::unique_ptr<DoorListener> make_syslog_stream_listener(SyslogListenerOptions options, DoorQueue& queue,
                                                          DoorStats& stats, const Clock& clock);
std::unique_ptr<DoorListener> make_syslog_datagram_listener(SyslogListenerOptions options, DoorQueue& queue,
                                                            DoorStats& stats, const Clock& clock);

/// `127.0.0.1:1514`, `[::1]:1514`.
std::string socket_address_text(const std::string& address, std::uint16_t port);

}  // namespace countersign
