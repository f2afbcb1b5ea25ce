// SPDX-License-Identifier: Apache-2.0
// Keywords are found however a writer of JSON spells the text that holds them: the plan, which looks at the
// event's own bytes first, agrees with the interpreter on random spellings.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include <fmt/format.h>

#include "core/clock.h"
#include "core/json_text.h"
#include "ingest/event_decoder.h"
#include "rules/interpreter.h"
#include "rules/matcher.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/detection.h"
#include "tests/unit/ingest/messages.h"

namespace countersign::testing {
namespace {

constexpr std::array kKeywords{"kiwi::task", "mass kiss", "a<b&k::x", "12345.5", "c:\\kits\\sk", "naïve kk"};

std::shared_ptr<const RuleSet> keyword_rules() {
  std::string documents;
  for (std::size_t i = 0; i < kKeywords.size(); ++i)
    documents += fmt::format(
        "---\ntitle: K{}\nid: {}\nlogsource: {{product: windows}}\ndetection:\n  k: [{}]\n"
        "  condition: k\nlevel: low\n",
        i, rule_id(static_cast<int>(i)), json_string(kKeywords[i]));
  return rules_of(documents);
}

class Spelling {
 public:
  explicit Spelling(std::uint64_t seed) : random_(seed) {}

  /// A member `"name": value` that may hold a keyword.
  std::string member(int number) {
    const std::string text = fmt::format("{}{}{}", one_of(std::array{"", "x", "sk "}), keyword(),
                                         one_of(std::array{"", "K", " -"}));
    if (random_() % 8 == 0) return fmt::format("\"n{}\":12345.5", number);
    return fmt::format("\"n{}\":\"{}\"", number, spell(text));
  }

 private:
  template <class Choices>
  std::string one_of(const Choices& choices) {
    return choices[random_() % choices.size()];
  }

  /// A keyword, whole or without one of its bytes that are ASCII.
  std::string keyword() {
    std::string text = one_of(kKeywords);
    const std::size_t at = random_() % text.size();
    if (random_() % 2 == 0 && static_cast<unsigned char>(text[at]) < 0x80) text.erase(at, 1);
    return text;
  }

  std::string spell(const std::string& text) {
    std::string out;
    const bool by_number = random_() % 4 == 0;
    const bool foreign = random_() % 4 == 0;
    for (const char c : text) {
      if (foreign && (c == 'k' || c == 's') && random_() % 3 == 0) {
        const bool k = c == 'k';
        out += random_() % 2 == 0 ? (k ? "\u212A" : "\u017F") : (k ? "\\u212a" : "\\u017f");
      } else if (static_cast<unsigned char>(c) < 0x80 && by_number && random_() % 6 == 0) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      } else if (c == '\\') {
        out += "\\\\";
      } else if (random_() % 2 == 0 && c >= 'a' && c <= 'z') {
        out += static_cast<char>(c - 'a' + 'A');
      } else {
        out += c;
      }
    }
    return out;
  }

  std::mt19937_64 random_;
};

class Comparison final : public EventSink {
 public:
  Comparison() : rules_(keyword_rules()), matcher_(plan_of(rules_)), interpreter_(rules_) {}

  void take(const Event& event, std::uint32_t /*index*/) override {
    plain += event.raw_form() == RawForm::PlainJson;
    matcher_.match(event, found_);
    interpreter_.match(event, expected_);
    matches += expected_.size();
    ASSERT_EQ(found_, expected_) << event.raw();
  }
  void take(DeadLetter letter) override { FAIL() << letter.message; }

  std::size_t plain = 0;
  std::size_t matches = 0;

 private:
  std::shared_ptr<const RuleSet> rules_;
  Matcher matcher_;
  Interpreter interpreter_;
  std::vector<std::uint32_t> found_;
  std::vector<std::uint32_t> expected_;
};

TEST(KeywordProperty, KeywordsAreFoundHoweverJsonSpellsThem) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Spelling spelling(seed);
  Comparison comparison;
  EventDecoder decoder(shipped_packs(), {});
  MessageBatch batch = batch_of({});
  constexpr std::size_t kEvents = 20'000;
  for (std::size_t i = 0; i < kEvents && !::testing::Test::HasFatalFailure(); ++i) {
    batch.clear();
    const std::string text =
        fmt::format(R"({{"Channel":"Security","EventID":4688,{},"deep":{{{}}},"list":["x",{{{}}}]}})",
                    spelling.member(0), spelling.member(1), spelling.member(2));
    (void)decoder.decode(add_message(batch, text), TopicName{"test"}, SystemClock().now(), comparison);
  }
  EXPECT_GT(comparison.matches, kEvents / 2);
  EXPECT_GT(comparison.plain, kEvents / 8) << "events whose bytes say enough";
  EXPECT_LT(comparison.plain, kEvents - kEvents / 8);
}

}  // namespace
}  // namespace countersign::testing
