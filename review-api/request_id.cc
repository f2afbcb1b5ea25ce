// SPDX-License-Identifier: Apache-2.0
#include "review-api/request_id.h"

#include <algorithm>

#include "core/hash.h"

namespace countersign {
namespace {

bool is_plain(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
         c == '-';
}

}  // namespace

RequestIds::RequestIds(RandomSource& random) : prefix_("r-" + to_hex(random.bytes<6>()) + '-') {}

std::string RequestIds::next() { return prefix_ + std::to_string(counter_.fetch_add(1) + 1); }

std::string RequestIds::accept(std::string_view from_client) {
  const bool well_formed = !from_client.empty() && from_client.size() <= kRequestIdBytesMax &&
                           std::all_of(from_client.begin(), from_client.end(),
                                       [](char c) { return is_plain(static_cast<unsigned char>(c)); });
  return well_formed ? std::string(from_client) : next();
}

}  // namespace countersign
