// SPDX-License-Identifier: Apache-2.0
#include "store/samples.h"

#include <algorithm>
#include <tuple>

#include "core/limits.h"

namespace countersign {
namespace {

/// By (time, hash); the place only makes the order of equal events certain.
bool before(const SampleHead& a, const SampleHead& b) {
  return std::tie(a.time, a.hash, a.offset, a.index) < std::tie(b.time, b.hash, b.offset, b.index);
}

std::vector<SampleHead> united(std::vector<SampleHead> heads, std::span<const SampleEvent> events) {
  for (const SampleEvent& event : events) heads.push_back(head_of(event));
  std::ranges::sort(heads, before);
  return heads;
}

}  // namespace

SampleHead head_of(const SampleEvent& event) {
  return {event.time, event.hash, event.offset, event.index, event.truncated, event.append_time};
}

SampleHeads merge_samples(const SampleHeads& heads, std::span<const SampleEvent> smallest,
                          std::span<const SampleEvent> largest) {
  SampleHeads out{united(heads.smallest, smallest), united(heads.largest, largest)};
  if (out.smallest.size() > kSampleEnds) out.smallest.resize(kSampleEnds);
  if (out.largest.size() > kSampleEnds) {
    out.largest.erase(out.largest.begin(), out.largest.end() - static_cast<std::ptrdiff_t>(kSampleEnds));
  }
  return out;
}

bool holds(const SampleHeads& heads, const Hash256& hash) {
  const auto is_it = [&hash](const SampleHead& head) { return head.hash == hash; };
  return std::ranges::any_of(heads.smallest, is_it) || std::ranges::any_of(heads.largest, is_it);
}

}  // namespace countersign
