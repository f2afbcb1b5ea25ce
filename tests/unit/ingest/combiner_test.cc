// SPDX-License-Identifier: Apache-2.0
#include "ingest/combiner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/limits.h"

namespace countersign {
namespace {

struct Match {
  int seconds;
  std::string bytes;
  std::string host;
};

Timestamp at(int seconds) { return Timestamp{std::chrono::seconds{1'700'000'000 + seconds}}; }

Value text_value(std::string_view text) {
  Value value;
  value.type = ValueType::String;
  value.text = text;
  return value;
}

Signal combine(const std::vector<Match>& matches) {
  Combiner combiner;
  Event event;
  std::uint64_t offset = 0;
  for (const Match& match : matches) {
    event.clear();
    event.set_raw(match.bytes, RawForm::Other);
    event.set_time(at(match.seconds), TimeSource::Event, false);
    event.add("host.name", text_value(match.host));
    Message message;
    message.offset = Offset{offset++};
    message.append_time = at(9'999);
    MatchedEvent matched(event, message, 3);
    std::vector<GroupKeyPart> parts = {{"host.name", true, match.host, match.host}};
    const Combiner::Added added = combiner.add(RuleId{"r"}, "one key", parts, matched);
    const Signal* fresh = added.fresh ? added.signal : nullptr;
    EXPECT_EQ(fresh != nullptr, offset == 1);
  }
  std::vector<Signal> signals = combiner.take();
  EXPECT_EQ(signals.size(), 1U);
  return signals.at(0);
}

/// The plain model: sort everything, take the ends.
struct Expected {
  std::vector<std::pair<Timestamp, Hash256>> smallest;
  std::vector<std::pair<Timestamp, Hash256>> largest;
};

Expected model(const std::vector<Match>& matches) {
  std::vector<std::pair<Timestamp, Hash256>> all;
  all.reserve(matches.size());
  for (const Match& match : matches) all.emplace_back(at(match.seconds), sha256(match.bytes));
  std::sort(all.begin(), all.end());
  const auto ends = static_cast<std::ptrdiff_t>(std::min(all.size(), kSampleEnds));
  return {{all.begin(), all.begin() + ends}, {all.end() - ends, all.end()}};
}

std::vector<std::pair<Timestamp, Hash256>> keys(const std::vector<SampleEvent>& samples) {
  std::vector<std::pair<Timestamp, Hash256>> out;
  out.reserve(samples.size());
  for (const SampleEvent& sample : samples) out.emplace_back(sample.time, sample.hash);
  return out;
}

TEST(Combiner, TheSampleIsTheSameInAnyOrder) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<Match> matches;
    const int count = 1 + static_cast<int>(random() % 30);
    matches.reserve(30);
    // Few times and few texts: ties and exact repetitions are common.
    for (int i = 0; i < count; ++i)
      matches.push_back({static_cast<int>(random() % 6), "event " + std::to_string(random() % 4), "h"});
    const Expected expected = model(matches);
    const Signal signal = combine(matches);
    EXPECT_EQ(signal.count, matches.size());
    EXPECT_EQ(keys(signal.smallest), expected.smallest);
    EXPECT_EQ(keys(signal.largest), expected.largest);
    EXPECT_EQ(signal.first, expected.smallest.front().first);
    EXPECT_EQ(signal.last, expected.largest.back().first);
  }
}

TEST(Combiner, CoordinatesAreThoseOfTheFirstInInputOrderAndEntitiesThoseOfTheSmallest) {
  const Signal signal = combine({{5, "b", "late"}, {1, "a", "early"}, {3, "c", "middle"}});
  EXPECT_EQ(signal.rule, RuleId{"r"});
  EXPECT_EQ(signal.first_offset, Offset{0});
  EXPECT_EQ(signal.first_index, 3U);
  EXPECT_EQ(signal.first_append_time, at(9'999));
  EXPECT_EQ(signal.group_key.at(0).shown, "late");
  EXPECT_EQ(signal.entities, (std::vector<Entity>{{"host.name", "early"}}));
  EXPECT_EQ(signal.smallest.at(0).offset, Offset{1});
  EXPECT_EQ(signal.smallest.at(0).bytes, "a");
}

TEST(Combiner, ALongEventIsCutInTheSampleButHashedWhole) {
  const std::string bytes(kSampleEventBytesMax + 1, 'x');
  const Signal cut = combine({{1, bytes, "h"}});
  EXPECT_TRUE(cut.smallest.at(0).truncated);
  EXPECT_EQ(cut.smallest.at(0).bytes.size(), kSampleEventBytesMax);
  EXPECT_EQ(cut.smallest.at(0).hash, sha256(bytes));
  const Signal whole = combine({{1, bytes.substr(1), "h"}});
  EXPECT_FALSE(whole.smallest.at(0).truncated);
}

TEST(Combiner, EntitiesAreSortedWithoutDuplicatesAndWithoutHugeValues) {
  Event event;
  event.add("user.name", text_value("ada"));
  event.add("source.ip", text_value("10.0.0.2"));
  event.add("source.ip", text_value("10.0.0.1"));
  event.add("source.ip", text_value("10.0.0.2"));
  const std::string huge(2'000, 'x');
  event.add("url.original", text_value(huge));
  event.add("host.name", text_value(""));
  event.add("other", text_value("x"));
  const Message message;
  const std::vector<Entity> expected = {
      {"source.ip", "10.0.0.1"}, {"source.ip", "10.0.0.2"}, {"user.name", "ada"}};
  EXPECT_EQ(MatchedEvent(event, message, 0).entities(), expected);
}

}  // namespace
}  // namespace countersign
