// SPDX-License-Identifier: Apache-2.0
#include "review-api/filter.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace countersign::test {
namespace {

using Field = FilterTerm::Field;

const Timestamp kNow = *parse_rfc3339("2026-03-01T12:00:00Z");

FilterContext context() {
  return {kNow, PersonId{"p-me"}, [](const std::string& login) -> std::optional<PersonId> {
            if (login == "alice") return PersonId{"p-alice"};
            return std::nullopt;
          }};
}

FilterTerm one(std::string_view text) {
  const auto terms = parse_filter(text, context());
  if (!terms || terms->size() != 1) {
    ADD_FAILURE() << text << (terms ? "" : ": " + terms.error().message);
    return {};
  }
  return terms->front();
}

TEST(Filter, TheExampleOfTheManualIsRead) {
  const auto terms = parse_filter(
      "severity>=high owner:me state:open host.name:\"fw-1\" created>-24h -verdict:false_positive",
      context());
  ASSERT_TRUE(terms) << terms.error().message;
  ASSERT_EQ(terms->size(), 6U);
  EXPECT_EQ((*terms)[0].field, Field::Severity);
  EXPECT_EQ((*terms)[0].compare, Compare::GreaterOrEqual);
  EXPECT_EQ((*terms)[0].level, Level::High);
  EXPECT_EQ((*terms)[1].field, Field::Owner);
  EXPECT_EQ((*terms)[1].text, "p-me");
  EXPECT_EQ((*terms)[2].field, Field::Open);
  EXPECT_EQ((*terms)[3].field, Field::Entity);
  EXPECT_EQ((*terms)[3].entity, "host.name");
  EXPECT_EQ((*terms)[3].text, "fw-1");
  EXPECT_EQ((*terms)[4].field, Field::Opened);
  EXPECT_EQ((*terms)[4].compare, Compare::Greater);
  EXPECT_EQ((*terms)[4].time, kNow - std::chrono::hours{24});
  EXPECT_EQ((*terms)[5].field, Field::Verdict);
  EXPECT_TRUE((*terms)[5].negated);
  EXPECT_EQ((*terms)[5].text, "false_positive");
}

TEST(Filter, AnEmptyFilterHasNoTerms) {
  for (const char* text : {"", " ", "    "}) {
    const auto terms = parse_filter(text, context());
    ASSERT_TRUE(terms);
    EXPECT_TRUE(terms->empty());
  }
}

struct Meaning {
  const char* text;
  Field field;
  Compare compare;
  bool negated;
  const char* value;
};

TEST(Filter, EachKeyHasItsMeaning) {
  const std::vector<Meaning> cases{
      {"status:on_hold", Field::Status, Compare::Equal, false, "on_hold"},
      {"status=closed", Field::Status, Compare::Equal, false, "closed"},
      {"-status:open", Field::Open, Compare::Equal, true, "open"},
      {"is:open", Field::Open, Compare::Equal, false, "open"},
      {"is:unreviewed", Field::Unreviewed, Compare::Equal, false, "unreviewed"},
      {"is:overdue", Field::Overdue, Compare::Equal, false, "overdue"},
      {"is:unowned", Field::Unowned, Compare::Equal, false, "unowned"},
      {"owner:none", Field::Unowned, Compare::Equal, false, "none"},
      {"owner:alice", Field::Owner, Compare::Equal, false, "p-alice"},
      {"owner:p-xyz", Field::Owner, Compare::Equal, false, "p-xyz"},
      {"queue:default", Field::Queue, Compare::Equal, false, "default"},
      {"source:\"my topic\"", Field::Source, Compare::Equal, false, "my topic"},
      {"rule:5f0e", Field::Rule, Compare::Equal, false, "5f0e"},
      {"kind:manual", Field::Kind, Compare::Equal, false, "manual"},
      {"title:\"a \\\"b\\\" \\\\\"", Field::Title, Compare::Equal, false, "a \"b\" \\"},
      {"mimikatz", Field::Title, Compare::Equal, false, "mimikatz"},
      {"-mimikatz", Field::Title, Compare::Equal, true, "mimikatz"},
      {"\"two words\"", Field::Title, Compare::Equal, false, "two words"},
      {"-\"two words\"", Field::Title, Compare::Equal, true, "two words"},
      {"source.ip:10.0.0.1", Field::Entity, Compare::Equal, false, "10.0.0.1"},
      {"url.full:http://a/b?c=d", Field::Entity, Compare::Equal, false, "http://a/b?c=d"},
  };
  for (const Meaning& meaning : cases) {
    SCOPED_TRACE(meaning.text);
    const FilterTerm term = one(meaning.text);
    EXPECT_EQ(term.field, meaning.field);
    EXPECT_EQ(term.compare, meaning.compare);
    EXPECT_EQ(term.negated, meaning.negated);
    EXPECT_EQ(term.text, meaning.value);
  }
}

TEST(Filter, TimesAreRelativeOrAbsolute) {
  EXPECT_EQ(one("due<now").time, kNow);
  EXPECT_EQ(one("due<+2d").time, kNow + std::chrono::hours{48});
  EXPECT_EQ(one("created>=-90s").time, kNow - std::chrono::seconds{90});
  EXPECT_EQ(one("created>=-5m").time, kNow - std::chrono::minutes{5});
  EXPECT_EQ(one("created<-1w").time, kNow - std::chrono::hours{168});
  EXPECT_EQ(one("created>2026-02-28").time, *parse_rfc3339("2026-02-28T00:00:00Z"));
  EXPECT_EQ(one("created<=2026-02-28T10:00:00+01:00").time, *parse_rfc3339("2026-02-28T09:00:00Z"));
}

struct Mistake {
  const char* text;
  const char* code;
  const char* position;
};

TEST(Filter, EachMistakeIsNamedWithItsPosition) {
  const std::vector<Mistake> cases{
      {"colour:red", "unknown_key", "At 1: "},      {"is:open  colour:red", "unknown_key", "At 10: "},
      {"C:\\x", "unknown_key", "At 1: "},           {"severity:urgent", "unknown_value", "At 10: "},
      {"severity>=", "no_value", "At 11: "},        {"severity:\"\"", "no_value", "At 10: "},
      {"status:done", "unknown_value", "At 8: "},   {"status>new", "no_order", "At 1: "},
      {"host.name>a", "no_order", "At 1: "},        {"is:wrong", "unknown_value", "At 4: "},
      {"verdict:maybe", "unknown_value", "At 9: "}, {"kind:other", "unknown_value", "At 6: "},
      {"owner:nobody", "unknown_person", "At 7: "}, {"created:2026-01-01", "needs_order", "At 9: "},
      {"created>yesterday", "bad_time", "At 9: "},  {"created>-24", "bad_time", "At 9: "},
      {"created>24h", "bad_time", "At 9: "},        {"created>-99999999999999999999h", "bad_time", "At 9: "},
      {"created>-999999w", "bad_time", "At 9: "},   {"created>2026-13-01", "bad_time", "At 9: "},
      {"title:\"open", "open_quote", "At 7: "},     {"title:\"a\"b", "no_space", "At 10: "},
  };
  for (const Mistake& mistake : cases) {
    SCOPED_TRACE(mistake.text);
    const auto terms = parse_filter(mistake.text, context());
    ASSERT_FALSE(terms);
    EXPECT_EQ(terms.error().kind, ErrorKind::InvalidArgument);
    ASSERT_EQ(terms.error().fields.size(), 1U);
    EXPECT_EQ(terms.error().fields[0].field, "filter");
    EXPECT_EQ(terms.error().fields[0].code, mistake.code);
    EXPECT_TRUE(terms.error().fields[0].message.starts_with(mistake.position))
        << terms.error().fields[0].message;
  }
}

TEST(Filter, AllMistakesAreToldAtOnce) {
  const auto terms = parse_filter("a:b severity:x is:open kind:y", context());
  ASSERT_FALSE(terms);
  EXPECT_EQ(terms.error().fields.size(), 3U);
}

TEST(Filter, MeNeedsAPerson) {
  FilterContext token = context();
  token.me.reset();
  const auto terms = parse_filter("owner:me", token);
  ASSERT_FALSE(terms);
  EXPECT_EQ(terms.error().fields[0].code, "no_person");
}

TEST(Filter, LengthAndNumberOfTermsAreBounded) {
  std::string many;
  for (std::size_t i = 0; i < kFilterTermsMax; ++i) many += "is:open ";
  EXPECT_TRUE(parse_filter(many, context()));
  EXPECT_EQ(parse_filter(many + "is:open", context()).error().fields[0].code, "too_many");
  EXPECT_TRUE(parse_filter(std::string(kFilterBytesMax, 'a'), context()));
  EXPECT_EQ(parse_filter(std::string(kFilterBytesMax + 1, 'a'), context()).error().fields[0].code,
            "too_long");
}

TEST(Filter, RandomTextNeverDoesMoreThanFailOrFilter) {
  SeededRandom random(3);
  static constexpr std::string_view kAlphabet = "abe:=<>\"\\ -.+0123owner severity";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (const std::uint8_t byte : random.bytes<24>()) text.push_back(kAlphabet[byte % kAlphabet.size()]);
    const auto terms = parse_filter(text, context());
    EXPECT_TRUE(terms || !terms.error().fields.empty()) << text;
  }
}

}  // namespace
}  // namespace countersign::test
