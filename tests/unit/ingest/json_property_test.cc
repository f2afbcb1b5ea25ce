// SPDX-License-Identifier: Apache-2.0
// Random documents against a naive walk over Boost.JSON's tree, and random damage: nothing crashes, and every
// message gives events or a dead letter.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "ingest/json_decoder.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/messages.h"

namespace countersign {
namespace {

namespace json = boost::json;

using Flat = std::tuple<std::string, std::uint16_t, std::string>;  // name, depth, type and value

/// To 12 digits: Boost.JSON 1.81 may be wrong in the last bit.
std::string number_text(double number) { return fmt::format("d{:.12g}", number); }

std::string describe(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return value.get_bool() ? "true" : "false";
    case json::kind::int64: return "i" + std::to_string(value.get_int64());
    case json::kind::uint64: return "u" + std::to_string(value.get_uint64());
    case json::kind::double_: return number_text(value.get_double());
    case json::kind::string: return "s" + std::string(value.get_string());
    case json::kind::array: return "array";
    case json::kind::object: return "object";
  }
  return {};
}

void walk(const json::value& value, const std::string& name, std::uint16_t depth, std::vector<Flat>& out) {
  out.emplace_back(name, depth, describe(value));
  if (value.is_array()) {
    for (const json::value& element : value.get_array()) walk(element, name, depth, out);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object())
      walk(member.value(), name + "." + std::string(member.key()), static_cast<std::uint16_t>(depth + 1),
           out);
  }
}

std::vector<Flat> reference(const json::object& object) {
  std::vector<Flat> out;
  for (const auto& member : object) walk(member.value(), std::string(member.key()), 0, out);
  return out;
}

std::string describe(const Value& value) {
  switch (value.type) {
    case ValueType::Null: return "null";
    case ValueType::Bool: return value.integer != 0 ? "true" : "false";
    case ValueType::Integer: return "i" + std::to_string(value.integer);
    case ValueType::Unsigned: return "u" + std::to_string(value.unsigned_integer);
    case ValueType::Double: return number_text(value.number);
    case ValueType::String: return "s" + std::string(value.text);
    case ValueType::Object: return "object";
    case ValueType::Array: return "array";
  }
  return {};
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  json::object object(int level) {
    json::object out;
    const std::size_t members = below(level == 0 ? 12 : 4);
    for (std::size_t i = 0; i < members; ++i) out[text(/*blanks=*/false)] = value(level + 1);
    return out;
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

 private:
  json::value value(int level) {
    switch (below(level > 5 ? 6 : 8)) {
      case 0: return nullptr;
      case 1: return below(2) == 0;
      case 2: return static_cast<std::int64_t>(random_());
      case 3: return static_cast<std::uint64_t>(random_());
      case 4: return static_cast<double>(static_cast<std::int64_t>(random_() >> 20U)) / 1024.0;
      case 5: return json::string(text(/*blanks=*/true));
      case 6: {
        json::array out;
        for (std::size_t i = below(4); i > 0; --i) out.push_back(value(level + 1));
        return out;
      }
      default: return object(level);
    }
  }

  std::string text(bool blanks) {
    static const std::vector<std::string> pieces = {
        "a",          "b.c",           "\\", "\"", "/", "\n", "\t",  "\u00e9", "\u20ac",
        "\U0001F600", "C:\\Windows\\", "{",  "]",  ",", ":",  "x y", " "};
    std::string out;
    for (std::size_t i = below(6); i > 0; --i) out += pieces[below(pieces.size() - (blanks ? 0 : 2))];
    return out;
  }

  std::mt19937_64 random_;
};

TEST(JsonProperty, RandomDocumentsFlattenLikeANaiveWalk) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Generator generator(seed);
  JsonDecoder decoder;
  Event event;
  std::size_t compared = 0;
  for (int round = 0; round < 3'000; ++round) {
    const std::string text = json::serialize(generator.object(0));
    MessageBatch batch = testing::batch_of({text});
    std::vector<Flat> flat;
    const auto failure = decoder.decode(batch.messages[0].bytes, event, [&](const JsonElement&) {
      for (const Field& field : event.fields())
        flat.emplace_back(std::string(field.name), field.depth, describe(field.value));
    });
    ASSERT_EQ(failure ? failure->message : "", "") << text;
    ASSERT_EQ(flat, reference(json::parse(text).as_object())) << text;
    compared += flat.size();
  }
  EXPECT_GT(compared, 10'000U);
}

const std::vector<std::string>& seeds_of_mutation() {
  static const std::vector<std::string> seeds = {
      R"({"Channel":"Security","EventID":4688,"NewProcessName":"C:\\a.exe","a":[1,2.5,null,{"b":"\u00e9"}]})",
      R"({"Event":{"System":{"EventID":{"#text":1},"Channel":"x"},"EventData":{"Threat Name":"y"}}})",
      R"([{"a":1},{"b":[true,false]},7,"x"])",
      R"({"SyslogMessage":"<Event><System><EventID>1</EventID></System></Event>","Facility":"user"})",
      R"({"Channel":"x","EventID":1,"EventData":"{\"a\":\"b\"}"})",
      R"(<189>date=2024-01-02 time=03:04:05 logid="1" type="utm" subtype="virus" level="x" msg="a \" b")",
  };
  return seeds;
}

TEST(JsonProperty, DamagedMessagesGiveEventsOrADeadLetter) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Generator generator(seed);
  std::size_t read = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds_of_mutation()[generator.below(seeds_of_mutation().size())];
    for (std::size_t i = generator.below(4); i > 0 && !text.empty(); --i) {
      const std::size_t at = generator.below(text.size());
      switch (generator.below(4)) {
        case 0: text[at] = static_cast<char>(generator.below(256)); break;
        case 1: text.erase(at, 1 + generator.below(5)); break;
        case 2: text.insert(at, 1, "{}[]\",:\\<>&= "[generator.below(13)]); break;
        default: text.resize(at); break;
      }
    }
    const testing::Decoded out = testing::decode(text);
    if (out.parsed) {
      ++read;
      ASSERT_TRUE(!out.events.empty() || !out.dead_letters.empty() ||
                  text.find_first_not_of("[] ") == std::string::npos)
          << text;
      for (const DeadLetter& letter : out.dead_letters) ASSERT_TRUE(letter.index.has_value()) << text;
    } else {
      ++refused;
      ASSERT_TRUE(out.events.empty()) << text;
      ASSERT_EQ(out.dead_letters.size(), 1U) << text;
      ASSERT_EQ(out.dead_letters[0].bytes, text);
      ASSERT_FALSE(out.dead_letters[0].reason.empty());
    }
  }
  EXPECT_GT(read, 1'000U);
  EXPECT_GT(refused, 1'000U);
}

}  // namespace
}  // namespace countersign
