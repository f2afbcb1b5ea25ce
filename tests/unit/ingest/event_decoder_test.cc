// SPDX-License-Identifier: Apache-2.0
// From the message to events or dead letters: every reason, and nothing that disappears.
#include "ingest/event_decoder.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "ingest/metrics.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/messages.h"

namespace countersign {
namespace {

using std::string_literals::operator""s;
using testing::decode;
using testing::Decoded;

std::string deep(std::size_t levels) {
  std::string out;
  for (std::size_t i = 0; i < levels; ++i) out += "{\"a\":";
  return out + "1" + std::string(levels, '}');
}

std::string wide(std::size_t members) {
  std::string out = "{\"a\":1";
  for (std::size_t i = 1; i < members; ++i) out += ",\"b\":1";
  return out + "}";
}

TEST(EventDecoder, WhatCannotBeReadIsADeadLetterWithReasonAndBytes) {
  struct Row {
    std::string bytes;
    std::string reason;
    std::string message;  // part of it
  };
  const Row rows[] = {
      {"{\"a\":1,}", "bad_json", "of 8"},
      {"{\"a\":1} \"b\":2}", "bad_json", "text after the end of the document at byte 8 of 14"},
      {"{\"a\":", "truncated", "byte 5"},
      {"{\"a\":\"\xff\"}", "bad_utf8", "byte 6 of 9"},
      {"text \xff", "bad_utf8", "byte 5 of 6"},
      {"{\"a\":\"x\0y\"}"s, "bad_json", "control character 0x00"},
      {deep(10'000), "too_deep", "limit 64"},
      {wide(3'000), "too_many_fields", "limit 2048"},
      {"{\"" + std::string(5'000, 'n') + "\":1}", "too_long_name", "limit is 4096"},
      {"", "empty", "0 blank bytes"},
      {" \t\r\n", "empty", "4 blank bytes"},
      {"\xEF\xBB\xBF", "empty", "3 blank bytes"},
      {"no json, no pairs", "no_pack", "no pack knows this message"},
      {"2024 Jan 02 a line whose first bytes could be protobuf", "no_pack", ""},
      {"[error] a line in brackets", "bad_json", "of 26"},
      {"42", "no_pack", ""},
      {"\"text\"", "no_pack", ""},
      {"\0\0\0\0\x09{}"s, "framed", "schema id 9"},
      {"\x1f\x8b\x08\0\0"s, "framed", "gzip"},
      {"\x0a\x05hello\x12\x05world", "framed", "protobuf"},
      {"{\0\"\0a\0\"\0:\0"s + "1\0}\0"s, "framed", "UTF-16"},
      {"<189>date=2024-01-02 logid=\"1\" type=\"utm\" subtype=\"x\" level=\"y\" msg=\"cut", "truncated",
       "quote"},
  };
  for (const Row& row : rows) {
    const Decoded out = decode(row.bytes);
    EXPECT_FALSE(out.parsed);
    EXPECT_TRUE(out.events.empty());
    ASSERT_EQ(out.dead_letters.size(), 1U) << row.reason;
    const DeadLetter& letter = out.dead_letters[0];
    EXPECT_EQ(letter.reason, row.reason) << row.bytes.substr(0, 60);
    EXPECT_NE(letter.message.find(row.message), std::string::npos) << letter.message;
    EXPECT_EQ(letter.bytes, row.bytes);
    EXPECT_EQ(letter.length, row.bytes.size());
    EXPECT_EQ(letter.hash, sha256(row.bytes));
    EXPECT_FALSE(letter.truncated);
    EXPECT_FALSE(letter.index);
    EXPECT_EQ(letter.append_time, testing::kAppended);
    EXPECT_NE(std::find(kDeadLetterReasons.begin(), kDeadLetterReasons.end(), letter.reason),
              kDeadLetterReasons.end());
  }
}

TEST(EventDecoder, ATombstoneIsADeadLetter) {
  Message message;
  message.null = true;
  const Decoded out = decode(message);
  EXPECT_FALSE(out.parsed);
  ASSERT_EQ(out.dead_letters.size(), 1U);
  EXPECT_EQ(out.dead_letters[0].reason, "null");
}

TEST(EventDecoder, TheLimitOfMessageBytesIsExact) {
  EventDecoderOptions options;
  options.message_bytes_max = 20;
  const std::string fits = "{\"a\":\"" + std::string(12, 'x') + "\"}";
  ASSERT_EQ(fits.size(), 20U);
  EXPECT_TRUE(decode(fits, testing::shipped_packs(), options).parsed);
  const Decoded out = decode(fits + " ", testing::shipped_packs(), options);
  ASSERT_EQ(out.dead_letters.size(), 1U);
  EXPECT_EQ(out.dead_letters[0].reason, "too_large");
  EXPECT_EQ(out.dead_letters[0].message, "the message has 21 bytes, the limit is 20");
}

TEST(EventDecoder, AMessageOfFiftyMegabytesIsKeptWhole) {
  std::string bytes = "{\"a\":\"";
  bytes.resize(50'000'000, 'x');
  bytes += "\"}";
  const Decoded out = decode(bytes);
  ASSERT_EQ(out.dead_letters.size(), 1U);
  EXPECT_EQ(out.dead_letters[0].reason, "too_large");
  EXPECT_EQ(out.dead_letters[0].length, bytes.size());
  EXPECT_TRUE(out.dead_letters[0].bytes == bytes);
}

TEST(EventDecoder, OfATruncatedMessageThePrefixAndTheHashOfTheOriginalAreKept) {
  MessageBatch batch = testing::batch_of({});
  Message& message = testing::add_message(batch, "{\"a\":\"prefix");
  message.truncated = true;
  message.length = 70'000'000;
  message.hash = sha256("the original");
  const Decoded out = decode(message);
  ASSERT_EQ(out.dead_letters.size(), 1U);
  const DeadLetter& letter = out.dead_letters[0];
  EXPECT_EQ(letter.reason, "too_large");
  EXPECT_EQ(letter.message, "the message has 70000000 bytes, the limit is 1048576");
  EXPECT_TRUE(letter.truncated);
  EXPECT_EQ(letter.bytes, "{\"a\":\"prefix");
  EXPECT_EQ(letter.length, 70'000'000U);
  EXPECT_EQ(letter.hash, sha256("the original"));
}

TEST(EventDecoder, AnObjectThatNoPackKnowsIsStillAnEvent) {
  const Decoded out = decode(R"({"anything":{"goes":1}})");
  EXPECT_TRUE(out.parsed);
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].pack, "generic");
  EXPECT_TRUE(out.events[0].log_sources.empty());
  EXPECT_EQ(out.events[0].value("anything.goes"), "1");
}

TEST(EventDecoder, ElementsOfAnArrayAreEventsOrDeadLettersWithTheirIndex) {
  const Decoded out = decode(R"([{"a":1},2,{"Channel":"Security","EventID":4688}])");
  EXPECT_TRUE(out.parsed);
  ASSERT_EQ(out.events.size(), 2U);
  EXPECT_EQ(out.events[0].index, 0U);
  EXPECT_EQ(out.events[0].raw, R"({"a":1})");
  EXPECT_EQ(out.events[1].index, 2U);
  EXPECT_EQ(out.events[1].pack, "windows");
  ASSERT_EQ(out.dead_letters.size(), 1U);
  EXPECT_EQ(out.dead_letters[0].index, 1U);
  EXPECT_EQ(out.dead_letters[0].reason, "not_an_event");
  EXPECT_EQ(out.dead_letters[0].bytes, "2");
  EXPECT_EQ(out.dead_letters[0].hash, sha256("2"));
  EXPECT_EQ(out.dead_letters[0].length, 1U);
}

TEST(EventDecoder, ByteOrderMarkAndLineEndsAreNoPartOfTheEvent) {
  const Decoded out = decode("\xEF\xBB\xBF {\"a\":1}\r\n");
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].fields.size(), 1U);
  EXPECT_TRUE(decode("date=2024-01-02 logid=1 type=event subtype=s level=l\r\n").parsed);
}

TEST(EventDecoder, ALineThatOnlyLooksLikeJsonIsReadAsText) {
  const Decoded out = decode("[fw-1] date=2024-01-02 logid=1 type=event subtype=s level=l");
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].pack, "fortigate");
}

TEST(EventDecoder, OnlyTheGivenPackIsAsked) {
  EventDecoderOptions options;
  options.pack = "zeek";
  const Decoded known = decode(R"({"_path":"dns","ts":1})", testing::shipped_packs(), options);
  ASSERT_EQ(known.events.size(), 1U);
  EXPECT_EQ(known.events[0].pack, "zeek");
  const Decoded other = decode(R"({"Channel":"Security","EventID":1})", testing::shipped_packs(), options);
  ASSERT_EQ(other.dead_letters.size(), 1U);
  EXPECT_EQ(other.dead_letters[0].reason, "no_pack");
  EXPECT_EQ(other.dead_letters[0].message, "the pack zeek does not know this message");
}

/// Which of the names an event has when it is taken, and after complete().
class CompletingSink final : public EventSink {
 public:
  void take(const Event& event, std::uint32_t /*index*/) override {
    taken = names(event);
    decoder->complete();
    completed = names(event);
  }
  void take(DeadLetter dead_letter) override { ADD_FAILURE() << dead_letter.message; }
  static std::string names(const Event& event) {
    std::string out;
    for (const char* name : {"a", "b", "c", "d"})
      if (event.has(FieldKey(name))) out += name;
    return out;
  }
  EventDecoder* decoder = nullptr;
  std::string taken;
  std::string completed;
};

TEST(EventDecoder, NamesThatNobodyAsksForAreGivenWhenTheyAreNeeded) {
  const auto packs = testing::packs_of(
      {"pack: p\nshapes: [{name: s, parse: json}]\nmap: {a: x, b: a, c: x, d: x}\ntime: {fields: [d]}\n"
       "classes: [{sigma: {product: p}}]\n"});
  const auto taken_with = [&](const std::vector<FieldKey>* asked) {
    EventDecoderOptions options;
    options.asked = asked;
    EventDecoder decoder(packs, options);
    const MessageBatch batch = testing::batch_of({R"({"x":1700000000})"});
    CompletingSink sink;
    sink.decoder = &decoder;
    EXPECT_TRUE(decoder.decode(batch.messages.front(), TopicName{"t"}, testing::kNow, sink));
    EXPECT_EQ(sink.completed, "abcd");
    return sink.taken;
  };
  EXPECT_EQ(taken_with(nullptr), "abcd");
  const std::vector<FieldKey> none;
  EXPECT_EQ(taken_with(&none), "d") << "the time is always read";
  const std::vector<FieldKey> last{FieldKey("b")};
  EXPECT_EQ(taken_with(&last), "abd") << "b is made from a";
}

TEST(EventDecoder, TimesFollowFieldThenRecordThenIngestion) {
  struct Row {
    std::string event;
    Timestamp time;
    TimeSource source;
    bool skewed;
  };
  const auto at = [](std::string_view text) { return parse_rfc3339(text).value_or(Timestamp{}); };
  const Row rows[] = {
      {R"({"@timestamp":"2024-05-06T07:08:09.5Z"})", at("2024-05-06T07:08:09.5Z"), TimeSource::Event, false},
      {R"({"a":1})", testing::kAppended, TimeSource::Record, false},
      {R"({"@timestamp":"yesterday"})", testing::kAppended, TimeSource::Record, false},
      // kNow + 5 min is still accepted, a second more is not.
      {R"({"@timestamp":"2026-01-02T03:09:05Z"})", at("2026-01-02T03:09:05Z"), TimeSource::Event, false},
      {R"({"@timestamp":"2026-01-02T03:09:06Z"})", testing::kNow, TimeSource::Ingestion, true},
  };
  for (const Row& row : rows) {
    const Decoded out = decode(row.event);
    ASSERT_EQ(out.events.size(), 1U);
    EXPECT_EQ(out.events[0].time, row.time) << row.event;
    EXPECT_EQ(out.events[0].time_source, row.source) << row.event;
    EXPECT_EQ(out.events[0].skewed, row.skewed) << row.event;
  }
}

TEST(EventDecoder, APackMayRefuseATimeThatItCannotRead) {
  const auto packs = testing::packs_of(
      {"pack: strict\nshapes:\n  - {name: any, parse: json}\ntime: {fields: [t], unreadable: reject}\n"});
  EXPECT_TRUE(decode(R"({"t":"2024-01-02T03:04:05Z"})", packs).parsed);
  EXPECT_TRUE(decode(R"({"other":1})", packs).parsed);
  const Decoded out = decode(R"({"t":"soon"})", packs);
  EXPECT_FALSE(out.parsed);
  ASSERT_EQ(out.dead_letters.size(), 1U);
  EXPECT_EQ(out.dead_letters[0].reason, "bad_time");
  EXPECT_NE(out.dead_letters[0].message.find("strict"), std::string::npos);
}

}  // namespace
}  // namespace countersign
