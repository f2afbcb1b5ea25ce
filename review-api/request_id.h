// SPDX-License-Identifier: Apache-2.0
// X-Request-Id: what ties an answer, the access log and a history row together. A client's own is taken only
// when it cannot break a header or a log line. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/random.h"

namespace countersign {

inline constexpr std::size_t kRequestIdBytesMax = 64;

class RequestIds {
 public:
  explicit RequestIds(RandomSource& random);
  std::string next();
  /// The client's id when it has 1 to 64 characters of [A-Za-z0-9._-], else a new one.
  std::string accept(std::string_view from_client);

 private:
  std::string prefix_;  // random for each process
  std::atomic<std::uint64_t> counter_{0};
};

}  // namespace countersign
