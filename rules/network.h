// SPDX-License-Identifier: Apache-2.0
// IP addresses and networks for `cidr`. IPv4 addresses written inside IPv6 (::ffff:10.0.0.1) are IPv4
// addresses here. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/result.h"

namespace countersign {

struct Address {
  bool v4 = false;
  std::array<std::uint8_t, 16> bytes{};  // v4: the first four
  bool operator==(const Address&) const = default;
};

/// Dotted IPv4 or IPv6 text, the latter with or without a zone (`%eth0`), which is dropped; else empty.
std::optional<Address> parse_address(std::string_view text);

struct Network {
  Address first;
  unsigned prefix = 0;  // bits
  bool contains(const Address& address) const;
};

enum class HostBits : std::uint8_t { Refused, Dropped };

/// `address/bits`, or an address alone. Errors: Malformed; InvalidArgument when bits beyond the prefix are
/// set and refused.
Result<Network> parse_network(std::string_view text, HostBits host_bits = HostBits::Refused);

}  // namespace countersign
