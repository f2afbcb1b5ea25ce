// SPDX-License-Identifier: Apache-2.0
#include "review-api/trusted_proxies.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

namespace countersign {
namespace {

namespace ip = boost::asio::ip;
using Bytes = std::array<std::uint8_t, 16>;

std::optional<ip::address> parse_address(std::string_view text) {
  boost::system::error_code code;
  auto address = ip::make_address(std::string(text), code);
  if (code) return std::nullopt;
  return address;
}

Bytes bytes_of(const ip::address& address) {
  return (address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6()).to_bytes();
}

bool equal_bits(const Bytes& left, const Bytes& right, unsigned bits) {
  const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
  if (!std::equal(left.begin(), left.begin() + whole, right.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned shift = 8 - bits % 8;
  return left[bits / 8] >> shift == right[bits / 8] >> shift;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(std::string_view(text).substr(0, slash));
    Network network;
    bool read = address.has_value();
    if (read && slash != std::string::npos) {
      const unsigned width = address->is_v4() ? 32 : 128;
      const char* const end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, network.bits);
      read = error == std::errc{} && stop == end && network.bits <= width;
      network.bits += 128 - width;
    }
    if (!read)
      return failure(ErrorKind::InvalidArgument,
                     "trusted proxy `" + text + "`: expected an IP address or a network such as 10.0.0.0/8");
    network.prefix = bytes_of(*address);
    proxies.networks_.push_back(network);
  }
  return proxies;
}

bool TrustedProxies::trusts(const std::string& address) const {
  const auto parsed = parse_address(address);
  if (!parsed) return false;
  const Bytes bytes = bytes_of(*parsed);
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& network) { return equal_bits(bytes, network.prefix, network.bits); });
}

std::string TrustedProxies::client_of(const std::string& peer, std::string_view forwarded) const {
  std::string client = peer;
  while (!forwarded.empty() && trusts(client)) {
    const std::size_t comma = forwarded.rfind(',');
    const std::string_view last =
        trim(comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1));
    forwarded = comma == std::string_view::npos ? std::string_view{} : forwarded.substr(0, comma);
    const auto address = parse_address(last);
    if (!address) break;
    client = address->to_string();
  }
  return client;
}

}  // namespace countersign
