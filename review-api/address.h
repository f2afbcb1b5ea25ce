// SPDX-License-Identifier: Apache-2.0
// `ADDR:PORT` as the command line and the configuration write it. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace countersign {

struct ListenAddress {
  std::string host;  // an IP address, without brackets
  std::uint16_t port = 0;
};

/// Accepts `127.0.0.1:8080`, `[::1]:8080` and `localhost:8080` (= 127.0.0.1). Other names are refused: what
/// is bound must not depend on a resolver.
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace countersign
