// SPDX-License-Identifier: Apache-2.0
#include "rules/network.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include <fmt/core.h>

namespace countersign {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;

bool bit(const Address& address, unsigned index) {
  return (address.bytes[index / 8] & (0x80U >> (index % 8))) != 0;
}

void clear_bit(Address& address, unsigned index) {
  address.bytes[index / 8] &= static_cast<std::uint8_t>(~(0x80U >> (index % 8)));
}

/// As written: a mapped address stays IPv6.
std::optional<Address> parse_as_written(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.empty() || text.size() >= buffer.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), buffer.begin());
  Address address;
  if (text.find(':') == std::string_view::npos) {
    address.v4 = true;
    if (::inet_pton(AF_INET, buffer.data(), address.bytes.data()) != 1) return std::nullopt;
  } else if (::inet_pton(AF_INET6, buffer.data(), address.bytes.data()) != 1) {
    return std::nullopt;
  }
  return address;
}

bool is_mapped(const Address& address) {
  return !address.v4 && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

Address unmap(const Address& address) {
  Address out;
  out.v4 = true;
  std::copy(address.bytes.begin() + kMappedPrefix.size(), address.bytes.end(), out.bytes.begin());
  return out;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos) text = text.substr(0, text.find('%'));
  std::optional<Address> address = parse_as_written(text);
  if (address && is_mapped(*address)) return unmap(*address);
  return address;
}

bool Network::contains(const Address& address) const {
  if (address.v4 != first.v4) return false;
  const unsigned whole = prefix / 8;
  if (!std::equal(first.bytes.begin(), first.bytes.begin() + whole, address.bytes.begin())) return false;
  if (prefix % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF00U >> (prefix % 8));
  return ((first.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

Result<Network> parse_network(std::string_view text, HostBits host_bits) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = parse_as_written(text.substr(0, slash));
  if (!address) return failure(ErrorKind::Malformed, fmt::format("`{}` is no IP network", text));
  Network network{*address, address->v4 ? 32U : 128U};
  const unsigned bits = network.prefix;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || network.prefix > bits)
      return failure(ErrorKind::Malformed, fmt::format("`{}` has no prefix length from 0 to {}", text, bits));
  }
  for (unsigned i = network.prefix; i < bits; ++i) {
    if (host_bits == HostBits::Refused && bit(network.first, i))
      return failure(ErrorKind::InvalidArgument,
                     fmt::format("`{}` has bits set beyond its prefix of {}", text, network.prefix));
    clear_bit(network.first, i);
  }
  if (is_mapped(network.first) && network.prefix >= kMappedBits)
    return Network{unmap(network.first), network.prefix - kMappedBits};
  return network;
}

}  // namespace countersign
