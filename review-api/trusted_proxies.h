// SPDX-License-Identifier: Apache-2.0
// Whose address a request comes from when proxies stand before the server. X-Forwarded-For is believed only
// as far as trusted proxies wrote it; what a client puts there counts for nothing. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace countersign {

class TrustedProxies {
 public:
  /// Addresses and networks: `10.0.0.7`, `10.0.0.0/8`, `2001:db8::/32`. InvalidArgument names the wrong one.
  static Result<TrustedProxies> parse(const std::vector<std::string>& networks);

  /// `peer` unless it is trusted; then the last address of `forwarded` (X-Forwarded-For) that is not.
  std::string client_of(const std::string& peer, std::string_view forwarded) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> prefix{};  // IPv4 as ::ffff:a.b.c.d
    unsigned bits = 128;
  };
  bool trusts(const std::string& address) const;

  std::vector<Network> networks_;
};

}  // namespace countersign
