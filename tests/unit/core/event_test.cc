// SPDX-License-Identifier: Apache-2.0
#include "core/event.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace countersign {
namespace {

Value text(std::string_view value) {
  Value out;
  out.type = ValueType::String;
  out.text = value;
  return out;
}

std::vector<std::string> values_of(const Event& event, const std::string& name) {
  std::vector<std::string> found;
  event.each(FieldKey(name), [&found](const Value& value) {
    found.emplace_back(value.text);
    return true;
  });
  return found;
}

TEST(Event, ALiteralKeyHidesTheNestedPathOfTheSameName) {
  Event event;
  event.add("id.orig_h", text("nested"), 1);
  event.add("id.orig_h", text("literal"), 0);
  EXPECT_EQ(values_of(event, "id.orig_h"), std::vector<std::string>{"literal"});
}

TEST(Event, ANestedPathIsFoundWithoutALiteralKey) {
  Event event;
  event.add("id.orig_h", text("nested"), 1);
  EXPECT_EQ(values_of(event, "id.orig_h"), std::vector<std::string>{"nested"});
}

TEST(Event, AllValuesOfOneNameAreVisitedInOrder) {
  Event event;
  event.add("dst", text("a"));
  event.add("other", text("x"));
  event.add("dst", text("b"));
  EXPECT_EQ(values_of(event, "dst"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(event.first(FieldKey("dst"))->text, "a");
}

TEST(Event, VisitingStopsWhenTheVisitorSaysSo) {
  Event event;
  event.add("dst", text("a"));
  event.add("dst", text("b"));
  int seen = 0;
  event.each(FieldKey("dst"), [&seen](const Value&) {
    ++seen;
    return false;
  });
  EXPECT_EQ(seen, 1);
}

TEST(Event, ClearForgetsFieldsTimeAndClass) {
  Event event;
  const EventClass some_class;
  event.add("a", text("1"));
  event.set_time(Timestamp{std::chrono::seconds{5}}, TimeSource::Event, true);
  event.set_event_class(&some_class);
  event.clear();
  EXPECT_FALSE(event.has(FieldKey("a")));
  EXPECT_TRUE(event.fields().empty());
  EXPECT_EQ(event.event_class(), nullptr);
  EXPECT_EQ(event.time(), Timestamp{});
  EXPECT_FALSE(event.skewed());
}

// Against a plain multimap, through growth of the table and reuse of the event.
TEST(Event, FindsWhatAPlainMapFinds) {
  const std::uint32_t seed = 20261125;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Event event;
  for (int round = 0; round < 200; ++round) {
    event.clear();
    std::map<std::string, std::vector<std::string>> model;
    const std::size_t fields = random() % 1'500;
    for (std::size_t i = 0; i < fields; ++i) {
      const std::string name = "f" + std::to_string(random() % 400);
      const std::string value = std::to_string(random());
      event.add(event.arena().store(name), text(event.arena().store(value)));
      model[name].push_back(value);
    }
    for (int i = 0; i < 400; ++i) {
      const std::string name = "f" + std::to_string(i);
      ASSERT_EQ(values_of(event, name), model[name]) << name << " in round " << round;
    }
  }
}

}  // namespace
}  // namespace countersign
