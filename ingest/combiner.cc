// SPDX-License-Identifier: Apache-2.0
#include "ingest/combiner.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/limits.h"

namespace countersign {
namespace {

constexpr std::size_t kEntityValueBytesMax = 1'024;
constexpr std::size_t kEntityValuesMax = 16;  // of one field

const std::vector<FieldKey>& entity_fields() {
  static const std::vector<FieldKey> fields = [] {
    std::vector<FieldKey> keys;
    for (const char* name :
         {"destination.ip", "dns.question.name", "file.hash.md5", "file.hash.sha1", "file.hash.sha256",
          "file.path", "host.name", "process.executable", "process.hash.md5", "process.hash.sha1",
          "process.hash.sha256", "rule.name", "source.ip", "url.original", "user.name"}) {
      keys.emplace_back(name);
    }
    return keys;
  }();
  return fields;
}

bool comes_before(Timestamp time, const Hash256& hash, const SampleEvent& other) {
  return time != other.time ? time < other.time : hash < other.hash;
}

/// Where an event goes among `ends`, ascending; the number of ends when it is larger than all.
std::size_t place_in(const std::vector<SampleEvent>& ends, Timestamp time, MatchedEvent& event) {
  std::size_t at = 0;
  while (at < ends.size() && !comes_before(time, event.hash(), ends[at])) ++at;
  return at;
}

/// True when it became the smallest.
bool keep_smallest(std::vector<SampleEvent>& ends, MatchedEvent& event) {
  const Timestamp time = event.event().time();
  if (ends.size() == kSampleEnds && time > ends.back().time) return false;
  const std::size_t at = place_in(ends, time, event);
  if (at == kSampleEnds) return false;
  ends.insert(ends.begin() + static_cast<std::ptrdiff_t>(at), event.sample());
  if (ends.size() > kSampleEnds) ends.pop_back();
  return at == 0;
}

void keep_largest(std::vector<SampleEvent>& ends, MatchedEvent& event) {
  const Timestamp time = event.event().time();
  if (ends.size() == kSampleEnds && time < ends.front().time) return;
  const std::size_t at = place_in(ends, time, event);
  if (ends.size() == kSampleEnds) {
    if (at == 0) return;
    ends.insert(ends.begin() + static_cast<std::ptrdiff_t>(at), event.sample());
    ends.erase(ends.begin());
  } else {
    ends.insert(ends.begin() + static_cast<std::ptrdiff_t>(at), event.sample());
  }
}

}  // namespace

const Hash256& MatchedEvent::hash() {
  if (!hash_) hash_ = sha256(event_.raw());
  return *hash_;
}

SampleEvent MatchedEvent::sample() {
  SampleEvent sample;
  sample.time = event_.time();
  sample.hash = hash();
  sample.offset = message_.offset;
  sample.index = index_;
  sample.bytes = event_.raw().substr(0, kSampleEventBytesMax);
  sample.truncated = event_.raw().size() > kSampleEventBytesMax;
  sample.append_time = message_.append_time;
  return sample;
}

std::vector<Entity> MatchedEvent::entities() const {
  std::vector<Entity> out;
  for (const FieldKey& key : entity_fields()) {
    std::size_t values = 0;
    event_.each(key, [&](const Value& value) {
      if (!value.text.empty() && value.text.size() <= kEntityValueBytesMax) {
        out.push_back({key.name, std::string(value.text)});
        ++values;
      }
      return values < kEntityValuesMax;
    });
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Combiner::Added Combiner::add(const RuleId& rule, const std::string& identity,
                              std::vector<GroupKeyPart>& parts, MatchedEvent& event) {
  const Timestamp time = event.event().time();
  const auto [known, added] = by_identity_.try_emplace(identity, signals_.size());
  if (added) {
    Signal& signal = signals_.emplace_back();
    signal.rule = rule;
    signal.group_key = std::move(parts);
    signal.first = signal.last = time;
    signal.first_offset = event.message().offset;
    signal.first_index = event.index();
    signal.first_append_time = event.message().append_time;
  }
  Signal& signal = signals_[known->second];
  ++signal.count;
  signal.first = std::min(signal.first, time);
  signal.last = std::max(signal.last, time);
  if (keep_smallest(signal.smallest, event)) signal.entities = event.entities();
  keep_largest(signal.largest, event);
  return {&signal, added};
}

std::vector<Signal> Combiner::take() {
  by_identity_.clear();
  return std::exchange(signals_, {});
}

}  // namespace countersign
