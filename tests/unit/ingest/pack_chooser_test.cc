// SPDX-License-Identifier: Apache-2.0
// The shape that the indexes lead to is the first that knows the message: explaining asks all in turn.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <random>
#include <string>
#include <vector>

#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/messages.h"

namespace countersign {
namespace {

constexpr std::size_t kPacks = 90;  // more shapes than a word has bits

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  const std::string& of(const std::vector<std::string>& words) { return words[below(words.size())]; }

  /// Some shape that asks for one of few fields and texts, so that many shapes know a message.
  std::string shape(std::size_t number) {
    const bool json = below(2) == 0;
    std::vector<std::string> alternatives;
    for (std::size_t i = 0; i <= below(3); ++i) {
      std::vector<std::string> parts;
      if (below(4) != 0) parts.push_back(fmt::format("has: [{}]", of(kFields)));
      if (below(4) == 0) parts.push_back(fmt::format("equals: {{{}: one}}", of(kFields)));
      if (parts.empty() || below(3) != 0) {
        std::vector<std::string> texts;
        for (std::size_t j = 0; j <= below(3); ++j) texts.push_back(fmt::format("'{}'", of(kTexts)));
        parts.push_back(fmt::format("text: [{}]", fmt::join(texts, ", ")));
      }
      alternatives.push_back(fmt::format("{{{}}}", fmt::join(parts, ", ")));
    }
    return fmt::format("  - {{name: s{}, parse: {}, match: [{}]}}\n", number, json ? "json" : "key_value",
                       fmt::join(alternatives, ", "));
  }

  std::string message() {
    const bool json = below(2) == 0;
    std::vector<std::string> members;
    for (std::size_t i = 0; i <= below(4); ++i) {
      const std::string value = below(2) == 0 ? "one" : of(kTexts) + of(kTexts);
      members.push_back(fmt::format("{}{}\"{}\"", json ? fmt::format("\"{}\"", of(kFields)) : of(kFields),
                                    json ? ":" : "=", value));
    }
    return json ? fmt::format("{{{}}}", fmt::join(members, ",")) : fmt::format("{}", fmt::join(members, " "));
  }

 private:
  inline static const std::vector<std::string> kFields = {"a", "b", "cc", "ddd", "eeeee", "f.g"};
  inline static const std::vector<std::string> kTexts = {"x",      "yz",           "xyz", "word",
                                                         "a word", "another word", "%"};
  std::mt19937 engine_;
};

struct Choice final : EventSink {
  void take(const Event& event, std::uint32_t /*index*/) override {
    pack = event.event_class()->pack;
    for (const Field& field : event.fields()) fields.push_back(testing::seen(field));
  }
  void take(DeadLetter letter) override { pack = letter.reason; }
  std::string pack;
  std::vector<testing::SeenField> fields;
};

TEST(PackChooser, TheIndexesLeadToTheShapeThatAskingAllFinds) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kPacks; ++i) {
    std::string shapes;
    for (std::size_t j = 0; j <= random.below(2); ++j) shapes += random.shape(j);
    texts.push_back(
        fmt::format("pack: p{}\npriority: {}\nshapes:\n{}group_by: [a]\n", i, random.below(1'000), shapes));
  }
  EventDecoder decoder(testing::packs_of(texts), {});
  const TopicName topic{"test"};
  std::size_t known = 0;
  for (int round = 0; round < 2'000; ++round) {
    MessageBatch batch = testing::batch_of({random.message()});
    const Message& message = batch.messages.front();
    Choice found;
    Choice asked;
    DecodeTrace trace;
    (void)decoder.decode(message, topic, testing::kNow, found);
    (void)decoder.explain(message, topic, testing::kNow, asked, trace);
    ASSERT_EQ(found.pack, asked.pack) << message.bytes;
    ASSERT_EQ(found.fields, asked.fields) << message.bytes;
    if (found.pack != "no_pack") ++known;
  }
  EXPECT_GT(known, 500U);
}

TEST(PackChooser, WhatAWrapperGivesTheEventCountsForTheShapesBehindIt) {
  const auto packs = testing::packs_of({R"(
pack: carrier
priority: 2
shapes:
  - {name: record, parse: json, match: [{has: [body, attributes]}], unwrap: body, key_values: [attributes]}
group_by: [a]
)",
                                        R"(
pack: shop
priority: 1
shapes: [{name: order, parse: json, match: [{has: [order.id]}]}]
group_by: [order.id]
)"});
  const auto out = testing::decode(
      R"({"body":"words","attributes":[{"key":"order.id","value":{"stringValue":"7"}}]})", packs);
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].pack, "shop");
}

}  // namespace
}  // namespace countersign
