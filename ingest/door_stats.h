// SPDX-License-Identifier: Apache-2.0
// What a door (HTTP, syslog) counts besides IngestMetrics: connections, and what it turned away. Any thread
// may add and read; counters only grow, gauges do not.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

/// Why a door turned something away. The limits are those of the source's SPEC and of ingest/syslog_limits.h.
enum class DoorRefusal : std::uint8_t {
  Connections,         // as many as the door takes
  AddressConnections,  // … from one address
  Tls,                 // the handshake failed or lasted too long
  Framing,             // what cannot be cut into messages (RFC 6587 §3.4.1)
  Idle,                // nothing came for too long
  Slow,                // a message begun was not ended in time
  QueueFull,           // HTTP: told to come again
  Body,                // HTTP: too large, damaged, or nothing in it
};
inline constexpr std::array<std::string_view, 8> kDoorRefusals = {
    "connections", "address_connections", "tls", "framing", "idle", "slow", "queue_full", "body",
};

class DoorStats {
 public:
  std::atomic<std::uint64_t> connections{0};  // open now
  std::atomic<std::uint64_t> paused{0};       // of these, not read because the queue is full
  std::atomic<std::uint64_t> connections_total{0};
  std::atomic<std::uint64_t> dropped{0};            // datagrams that the full queue did not take
  std::atomic<std::uint64_t> dropped_by_system{0};  // … that the socket's buffer did not take
  std::atomic<std::uint64_t> cut{0};                // messages of which only the beginning is kept
  std::atomic<std::uint64_t> unfinished{0};         // messages that a connection's end cut off; not kept
  std::array<std::atomic<std::uint64_t>, kDoorRefusals.size()> refused{};

  /// `detail` says what happened last, for the warning; may be empty.
  void refuse(DoorRefusal why, std::string detail = {});
  /// What was bound, `127.0.0.1:1514`; empty without a port of its own.
  void set_address(std::string address);
  std::string address() const;

  /// A line for each counter of something lost that grew since the last call.
  std::vector<std::string> take_warnings();

 private:
  mutable std::mutex mutex_;
  std::string address_;                                     // guarded by mutex_ …
  std::array<std::string, kDoorRefusals.size()> details_;   // …
  std::array<std::uint64_t, kDoorRefusals.size()> told_{};  // …
  std::array<std::uint64_t, 4> told_lost_{};                // …
};

}  // namespace countersign
