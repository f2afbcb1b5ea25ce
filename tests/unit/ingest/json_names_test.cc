// SPDX-License-Identifier: Apache-2.0
// A decoder that remembers names reads every document as one that never read another.
#include "ingest/json_names.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

#include "ingest/json_decoder.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/messages.h"

namespace countersign {
namespace {

using testing::SeenField;

struct Read {
  std::string failure;
  std::vector<RawForm> forms;
  std::vector<std::vector<SeenField>> events;
  bool operator==(const Read&) const = default;
};

Read read(JsonDecoder& decoder, Event& event, std::string_view text) {
  MessageBatch batch = testing::batch_of({});
  const Message& message = testing::add_message(batch, text);
  Read out;
  const auto failure = decoder.decode(message.bytes, event, [&](const JsonElement& element) {
    std::vector<SeenField>& fields = out.events.emplace_back();
    if (element.failure != nullptr) return;
    for (const Field& field : event.fields()) fields.push_back(testing::seen(field));
    out.forms.push_back(event.raw_form());
  });
  if (failure) out.failure = failure->message;
  return out;
}

Read read_alone(std::string_view text) {
  JsonDecoder decoder;
  Event event;
  return read(decoder, event, text);
}

/// Documents whose names are beginnings of each other, hold blanks and quotes, are written with escapes, and
/// come in any order.
class Documents {
 public:
  explicit Documents(std::uint32_t seed) : random_(seed) {}

  std::string next() {
    std::string out = below(8) == 0 ? "[" + object(0) + "," + object(0) + "]" : object(0);
    if (below(20) == 0) out.erase(below(out.size()), 1);  // broken, mostly
    return out;
  }

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  std::string name() {
    static constexpr const char* kNames[] = {"a",
                                             "ab",
                                             "abc",
                                             "Event ID",
                                             "EventID",
                                             "",
                                             "a.b",
                                             "\\u0061",
                                             "a\\u0062",
                                             "q\\\"",
                                             "q\\\\",
                                             "\\u00e4",
                                             "Channel",
                                             "Message",
                                             "long name that has more than eight bytes",
                                             "long name that has more than eight bytez"};
    return kNames[below(std::size(kNames))];
  }
  std::string value(int depth) {
    switch (below(depth < 3 ? 6 : 4)) {
      case 0: return "\"x\"";
      case 1: return "\"C:\\\\Windows\\\\System32\\\\a rather long value \\u0041\"";
      case 2: return "17";
      case 3: return "null";
      case 4: return object(depth + 1);
      default: return "[" + value(depth + 1) + "," + value(depth + 1) + "]";
    }
  }
  std::string object(int depth) {
    std::string out = "{";
    const std::size_t members = below(7);
    for (std::size_t i = 0; i < members; ++i)
      out += fmt::format("{}\"{}\"{}:{}", i == 0 ? "" : ",", name(), below(10) == 0 ? " " : "", value(depth));
    return out + "}";
  }

  std::mt19937 random_;
};

TEST(JsonNames, ADecoderThatHasReadOthersReadsTheSame) {
  Documents documents(7);
  JsonDecoder decoder;
  Event event;
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = documents.next();
    ASSERT_EQ(read(decoder, event, text), read_alone(text)) << text;
  }
}

TEST(JsonNames, NamesWithoutEndAreForgottenBetweenEvents) {
  JsonDecoder decoder;
  Event event;
  for (int i = 0; i < 200; ++i) {
    std::string text = "{";
    for (int j = 0; j < 500; ++j) text += fmt::format("{}\"name {} {}\":{}", j == 0 ? "" : ",", i, j, j);
    text += "}";
    ASSERT_EQ(read(decoder, event, text), read_alone(text));
  }
}

TEST(JsonNames, ANameIsOneOfItsParent) {
  JsonNames names;
  JsonNames::Name& outer = names.member(names.top(), "a", "a", false);
  JsonNames::Name& inner = names.member(outer, "a", "a", false);
  EXPECT_EQ(outer.path.name, "a");
  EXPECT_EQ(inner.path.name, "a.a");
  EXPECT_EQ(&names.member(outer, "a", "a", false), &inner);
  EXPECT_EQ(inner.without_blanks, nullptr);
  JsonNames::Name& blank = names.member(outer, "b c", "b c", false);
  ASSERT_NE(blank.without_blanks, nullptr);
  EXPECT_EQ(blank.without_blanks->name, "a.bc");
  EXPECT_EQ(blank.without_blanks->hash, FieldKey("a.bc").hash);
  JsonNames::Name& escaped = names.member(outer, "\\u0061", "a", true);
  EXPECT_NE(&escaped, &inner);
  EXPECT_EQ(escaped.path.name, "a.a");
  EXPECT_EQ(escaped.written, "\\u0061");
  EXPECT_TRUE(escaped.disguised);
}

TEST(JsonNames, TrimKeepsWhatASourceNeedsAndForgetsTheRest) {
  JsonNames names;
  JsonNames::Name* first = &names.member(names.top(), "first", "first", false);
  names.trim();
  EXPECT_EQ(&names.member(names.top(), "first", "first", false), first);
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = fmt::format("n{}", i);
    names.member(names.top(), name, name, false);
  }
  EXPECT_GT(names.size(), 10'000U);
  names.trim();
  EXPECT_EQ(names.size(), 1U);
  EXPECT_EQ(names.member(names.top(), "first", "first", false).path.name, "first");
}

}  // namespace
}  // namespace countersign
