// SPDX-License-Identifier: Apache-2.0
// Dead letters as messages again, what packs say of them, and how they are shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "app/letter_decoding.h"
#include "app/letter_text.h"
#include "ingest/pack_loader.h"
#include "review-api/letter_json.h"

namespace countersign::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPack = R"(pack: acme
shapes:
  - name: json
    parse: json
    match: [{has: [fw]}]
time: {fields: [when]}
classes:
  - sigma: {product: acme}
)";

DeadLetter letter_of(std::string bytes, std::optional<std::uint32_t> index = {}) {
  DeadLetter letter;
  letter.index = index;
  letter.reason = "no_pack";
  letter.length = bytes.size();
  letter.hash = sha256(bytes);
  letter.bytes = std::move(bytes);
  return letter;
}

class Letters : public testing::Test {
 protected:
  Letters() {
    const std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / "countersign-letter-test";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "acme.yml") << kPack;
    auto loaded = load_packs({folder});
    EXPECT_TRUE(loaded && loaded->refused == 0);
    decoding_.packs = loaded->packs;
    std::filesystem::remove_all(folder);
  }

  LetterExplanation explain(const DeadLetter& letter) {
    return explain_letter(letter, TopicName{"t"}, decoding_, clock_);
  }

  LetterDecoding decoding_;
  SystemClock clock_;
};

TEST_F(Letters, OneThatDecodesHasPackTimeAndFields) {
  const LetterExplanation told =
      explain(letter_of(R"({"fw":"x","when":"2026-02-01T00:00:00Z","n":{"m":7}})"));
  EXPECT_TRUE(told.decodes);
  EXPECT_EQ(told.packs, decoding_.packs->manifest().hash);
  ASSERT_EQ(told.events.size(), 1U);
  EXPECT_EQ(told.events[0].pack, "acme");
  EXPECT_EQ(told.events[0].log_sources, (std::vector<LogSource>{{"acme", "", ""}}));
  EXPECT_EQ(format_rfc3339_millis(told.events[0].time), "2026-02-01T00:00:00.000Z");
  EXPECT_EQ(told.events[0].time_source, TimeSource::Event);
  EXPECT_THAT(told.events[0].fields, testing::Contains(std::pair<std::string, std::string>("n.m", "7")));
}

TEST_F(Letters, OneThatFailsNamesTheStepAndTheByte) {
  const std::vector<std::pair<DeadLetter, std::string>> rows{
      {letter_of(R"({"fw":three})"), "bad_json"},
      {letter_of("caf\xe9"), "bad_utf8"},
      {letter_of("nobody's line"), "no_pack"},
      {letter_of(""), "empty"},
      {letter_of(std::string("\0\0\0\0\x2a rest", 10)), "framed"},
  };
  for (const auto& [letter, reason] : rows) {
    const LetterExplanation told = explain(letter);
    EXPECT_FALSE(told.decodes);
    ASSERT_EQ(told.failures.size(), 1U) << reason;
    EXPECT_EQ(told.failures[0].reason, reason);
  }
  EXPECT_THAT(explain(letter_of("caf\xe9")).failures[0].message, HasSubstr("byte 3 of 4"));
}

TEST_F(Letters, AnElementIsReadAsAnElementAgain) {
  EXPECT_TRUE(explain(letter_of(R"({"fw":"x"})", 3)).decodes);
  const LetterExplanation text = explain(letter_of(R"("a text")", 3));
  EXPECT_FALSE(text.decodes);
  EXPECT_EQ(text.failures.at(0).reason, "not_an_event");
  const LetterExplanation list = explain(letter_of(R"([{"fw":"x"}])", 3));
  EXPECT_FALSE(list.decodes) << "a list in a list is no event";
  EXPECT_EQ(list.failures_total, 1U);
}

TEST_F(Letters, AWholeArrayIsDecodedWhateverItsElementsAre) {
  const LetterExplanation told = explain(letter_of(R"([{"fw":"x"}, 17])"));
  EXPECT_TRUE(told.decodes);
  EXPECT_EQ(told.events_total, 1U);
  EXPECT_EQ(told.failures_total, 1U);
  EXPECT_EQ(told.failures.at(0).index, 1U);
}

TEST_F(Letters, TombstonesAndPrefixesStayWhatTheyAre) {
  DeadLetter null = letter_of("");
  null.reason = "null";
  EXPECT_EQ(explain(null).failures.at(0).reason, "null");
  DeadLetter prefix = letter_of(R"({"fw":"x"})");
  prefix.truncated = true;
  prefix.length = 70'000'000;
  EXPECT_EQ(explain(prefix).failures.at(0).reason, "too_large");
}

TEST_F(Letters, ManyEventsAndFieldsAreCountedAndFewShown) {
  std::string event = R"({"fw":"x")";
  for (int i = 0; i < 100; ++i) event += ",\"f" + std::to_string(i) + "\":\"" + std::string(300, 'v') + '"';
  event += '}';
  std::string all = "[" + event;
  for (int i = 1; i < 20; ++i) all += "," + event;
  const LetterExplanation told = explain(letter_of(all + "]"));
  ASSERT_EQ(told.events.size(), kExplainedEventsMax);
  EXPECT_EQ(told.events_total, 20U);
  EXPECT_EQ(told.events[0].fields.size(), kExplainedFieldsMax);
  EXPECT_EQ(told.events[0].fields_total, 101U);
  for (const auto& [name, value] : told.events[0].fields) EXPECT_LE(value.size(), kExplainedValueBytesMax);
}

TEST_F(Letters, WhatIsShownHasNoPowerOverATerminal) {
  EXPECT_EQ(message_preview("a line\n"), "a line\n");
  EXPECT_EQ(message_preview("a long line with one \x1b[2J of them"), "a long line with one \\x1b[2J of them");
  EXPECT_EQ(message_preview(std::string_view("ab\0c", 4)),
            "00000000  61 62 00 63                                      ab.c\n");
  EXPECT_THAT(message_preview("\xff\xfe"), HasSubstr("ff fe"));
  EXPECT_LT(message_preview(std::string(5'000, '\xff')).size(), 2'000U);
  const LetterExplanation told = explain(letter_of(R"({"fw":"\u001b[2J\u202e\nevil"})"));
  const std::string text = letter_explanation_text(explanation_to_json(told));
  EXPECT_THAT(text, HasSubstr("it would be decoded now"));
  EXPECT_THAT(text, HasSubstr("fw = \\x1b[2J\\u202e evil\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace countersign::test
