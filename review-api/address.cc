// SPDX-License-Identifier: Apache-2.0
#include "review-api/address.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace countersign {
namespace {

tl::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return failure(ErrorKind::InvalidArgument,
                 "listen address `" + std::string(text) + "`: " + std::string(why) + " (expected ADDR:PORT)");
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse(text, "no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc{} || end != port_text.data() + port_text.size() || port_text.empty())
    return refuse(text, "the port is not a number from 0 to 65535");
  if (host == "localhost") host = "127.0.0.1";
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code code;
  const auto address = boost::asio::ip::make_address(std::string(host), code);
  if (code) return refuse(text, "the host is neither an IP address nor `localhost`");
  if (address.is_v6() != bracketed) return refuse(text, "IPv6 addresses stand in brackets, others do not");
  return ListenAddress{std::string(host), port};
}

}  // namespace countersign
