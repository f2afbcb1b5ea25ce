// SPDX-License-Identifier: Apache-2.0
// Verdicts of whole rules on events, one row per case: values, fields, null, arrays, keywords, conditions.
#include <gtest/gtest.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

TEST(Matching, PlainValuesCompareWithTheWholeValueWithoutCase) {
  check({
      {"equal", "s: {f: a.EXE}", {{"f", text("A.exe")}}, true},
      {"longer", "s: {f: a.exe}", {{"f", text("a.exe.txt")}}, false},
      {"shorter", "s: {f: a.exe}", {{"f", text("a")}}, false},
      {"other field", "s: {f: a}", {{"g", text("a")}}, false},
      {"field names keep their case", "s: {f: a}", {{"F", text("a")}}, false},
      {"any run", "s: {f: 'a*c'}", {{"f", text("A\nb\nC")}}, true},
      {"one character", "s: {f: 'a?c'}", {{"f", text("aÜc")}}, true},
      {"escaped wildcard", R"(s: {f: 'a\*c'})", {{"f", text("a*c")}}, true},
      {"escaped wildcard is none", R"(s: {f: 'a\*c'})", {{"f", text("abc")}}, false},
      {"two backslashes are one", R"(s: {f: 'a\\b'})", {{"f", text(R"(a\b)")}}, true},
      {"one backslash is one", R"(s: {f: 'a\b'})", {{"f", text(R"(a\b)")}}, true},
      {"star is present and has text", "s: {f: '*'}", {{"f", text("")}}, true},
      {"star on null", "s: {f: '*'}", {{"f", null()}}, false},
      {"star on absent", "s: {f: '*'}", {}, false},
      {"list is or", "s: {f: [a, b]}", {{"f", text("b")}}, true},
      {"list without the value", "s: {f: [a, b]}", {{"f", text("c")}}, false},
      {"map is and", "s: {f: a, g: b}", {{"f", text("a")}, {"g", text("b")}}, true},
      {"map is and, one missing", "s: {f: a, g: b}", {{"f", text("a")}}, false},
      {"list of maps is or", "s: [{f: a}, {g: b}]", {{"g", text("b")}}, true},
      {"list of maps, none", "s: [{f: a}, {g: b}]", {{"g", text("a")}}, false},
  });
}

TEST(Matching, FoldingIsUnicodeAndSimple) {
  check({
      {"umlaut", "s: {f: ÄÖÜ}", {{"f", text("äöü")}}, true},
      {"sharp s is not ss", "s: {f: straße}", {{"f", text("STRASSE")}}, false},
      {"final sigma", "s: {f: ΟΔΟΣ}", {{"f", text("οδος")}}, true},
      {"cyrillic", "s: {f: ПРИВЕТ}", {{"f", text("привет")}}, true},
      {"a homoglyph is another letter", "s: {f: admin}", {{"f", text("аdmin")}}, false},
      {"kelvin sign", "s: {f: k}", {{"f", text("\u212A")}}, true},
      {"contains", "s: {f|contains: Ä}", {{"f", text("xäx")}}, true},
  });
}

TEST(Matching, NumbersEqualTheirTextAndTheirValue) {
  check({
      {"number and number", "s: {f: 1}", {{"f", number("1")}}, true},
      {"number and text", "s: {f: 1}", {{"f", text("1")}}, true},
      {"text and number", "s: {f: '1'}", {{"f", number("1")}}, true},
      {"other number", "s: {f: 1}", {{"f", number("2")}}, false},
      {"same value, other form", "s: {f: 1}", {{"f", number("1.0")}}, true},
      {"as a text the form counts", "s: {f: 1}", {{"f", text("1.0")}}, false},
      {"fraction", "s: {f: 1.5}", {{"f", number("1.5")}}, true},
      {"version number keeps its zero", "s: {f: 1.10}", {{"f", text("1.10")}}, true},
      {"hex keeps its text", "s: {f: 0x1F}", {{"f", text("0x1f")}}, true},
      {"hex has its value", "s: {f: 0x1F}", {{"f", number("31")}}, true},
      {"beyond 64 bits", "s: {f: 18446744073709551616}", {{"f", number("18446744073709551616")}}, true},
      {"large and exact", "s: {f: 9007199254740993}", {{"f", number("9007199254740992")}}, false},
      {"number and boolean", "s: {f: 1}", {{"f", boolean(true)}}, false},
      {"true and true", "s: {f: true}", {{"f", boolean(true)}}, true},
      {"true and false", "s: {f: true}", {{"f", boolean(false)}}, false},
      {"true and its text", "s: {f: true}", {{"f", text("True")}}, true},
      {"text and true", "s: {f: 'TRUE'}", {{"f", boolean(true)}}, true},
      {"true and 1", "s: {f: true}", {{"f", number("1")}}, false},
      {"yes is a text", "s: {f: yes}", {{"f", text("Yes")}}, true},
      {"yes is not true", "s: {f: yes}", {{"f", boolean(true)}}, false},
  });
}

TEST(Matching, NullEmptyAndAbsentAreThreeThings) {
  struct State {
    std::string_view name;
    std::vector<EventField> event;
  };
  const State states[] = {
      {"absent", {}},
      {"null", {{"f", null()}}},
      {"empty", {{"f", text("")}}},
      {"text", {{"f", text("x")}}},
      {"object", {{"f", container(ValueType::Object)}}},
  };
  struct Expectation {
    std::string_view detection;
    bool verdict[5];  // in the order of the states
  };
  const Expectation expectations[] = {
      {"s: {f: null}", {true, true, false, false, false}},
      {"s: {f: ''}", {false, false, true, false, false}},
      {"s: {f: []}", {true, true, false, false, false}},
      {"s: {f: [null, x]}", {true, true, false, true, false}},
      {"s: {f|exists: true}", {false, true, true, true, true}},
      {"s: {f|exists: false}", {true, false, false, false, false}},
      {"s: {f: x}", {false, false, false, true, false}},
      {"s: {f|neq: x}", {false, true, true, false, true}},
      {"s: {f|neq: null}", {false, false, true, true, true}},
      {"s: {f|contains: ''}", {false, false, true, true, false}},
  };
  for (const Expectation& expectation : expectations)
    for (std::size_t i = 0; i < std::size(states); ++i)
      EXPECT_EQ(matches(expectation.detection, states[i].event), expectation.verdict[i])
          << expectation.detection << " on " << states[i].name;
}

TEST(Matching, AnAbsentFieldMakesANegationTrue) {
  check({
      {"not on absent", "s: {f: a}\ncondition: not s", {}, true},
      {"not on equal", "s: {f: a}\ncondition: not s", {{"f", text("a")}}, false},
      {"neq on absent", "s: {f|neq: a}", {}, false},
  });
}

TEST(Matching, AnyMemberOfAnArrayWillDo) {
  const std::vector<EventField> both{{"f", container(ValueType::Array)}, {"f", text("a")}, {"f", text("b")}};
  const std::vector<EventField> with_null{{"f", null()}, {"f", text("b")}};
  check({
      {"first", "s: {f: a}", both, true},
      {"second", "s: {f: b}", both, true},
      {"none", "s: {f: c}", both, false},
      {"all, each met by a member", "s: {f|all: [a, b]}", both, true},
      {"all, one not met", "s: {f|all: [a, c]}", both, false},
      {"not", "s: {f: a}\ncondition: not s", both, false},
      {"neq asks every member", "s: {f|neq: a}", both, false},
      {"neq of none", "s: {f|neq: c}", both, true},
      {"contains all", "s: {f|contains|all: [a, b]}", both, true},
      {"null member", "s: {f: null}", with_null, true},
      {"empty array exists", "s: {f|exists: true}", {{"f", container(ValueType::Array)}}, true},
      {"empty array is not null", "s: {f: null}", {{"f", container(ValueType::Array)}}, false},
      {"duplicate keys", "s: {f: b}", {{"f", text("a")}, {"f", text("b")}}, true},
  });
}

TEST(Matching, ALiteralNameComesBeforeANestedOne) {
  const std::vector<EventField> event{{"a.b", text("nested"), 1}, {"a.b", text("literal"), 0}};
  check({
      {"literal", "s: {a.b: literal}", event, true},
      {"nested is hidden", "s: {a.b: nested}", event, false},
      {"nested alone", "s: {a.b: nested}", {{"a.b", text("nested"), 1}}, true},
  });
}

TEST(Matching, KeywordsAreFoundAnywhereInALeafValue) {
  const std::vector<EventField> event{{"a", text("one Two three")}, {"b", number("4711")},
                                      {"c", boolean(true)},         {"d", null()},
                                      {"secret.name", text("x")},   {"alias", text("only here"), 0, true}};
  check({
      {"substring without case", "s: [TWO]", event, true},
      {"or", "s: [nine, two]", event, true},
      {"none", "s: [nine, ten]", event, false},
      {"wildcard inside", "s: ['one*three']", event, true},
      {"one character", "s: ['t?o']", event, true},
      {"number of the event", "s: ['471']", event, true},
      {"number of the rule", "s: [4711]", event, true},
      {"not in names", "s: [secret]", event, false},
      {"not in booleans", "s: ['true']", event, false},
      {"not in a second name", "s: [only here]", event, false},
      {"never across two values", "s: ['three4711']", event, false},
      {"and", "s: {'|all': [one, two]}", event, true},
      {"and of different values", "s: {'|all': [one, 4711]}", event, true},
      {"and, one missing", "s: {'|all': [one, nine]}", event, false},
      {"a single text", "s: two", event, true},
      {"contains changes nothing", "s: {'|contains': two}", event, true},
      {"startswith", "s: {'|startswith': one}", event, true},
      {"startswith is of a value", "s: {'|startswith': two}", event, false},
      {"endswith", "s: {'|endswith': THREE}", event, true},
      {"re", "s: {'|re': 'T.o'}", event, true},
      {"re keeps case", "s: {'|re': 't.o'}", event, false},
      {"cased", "s: {'|cased': Two}", event, true},
      {"cased differs", "s: {'|cased': two}", event, false},
      {"empty field name", "s: {'': two}", event, true},
      {"mixed list", "s: [{f: 1}, two]", event, true},
      {"mixed list, none", "s: [{f: 1}, nine]", event, false},
      {"escaped", R"(s: ['\*'])", {{"f", text("a*b")}}, true},
      {"escaped is no wildcard", R"(s: ['\*'])", event, false},
  });
}

TEST(Matching, ConditionsJoinSelections) {
  constexpr std::string_view kDetection =
      "s1: {a: 1}\ns2: {b: 1}\nfilter_x: {c: 1}\nfilter_y: {d: 1}\n_hidden: {e: 1}\ncondition: ";
  const auto event = [](std::string_view names) {
    std::vector<EventField> fields;
    for (std::size_t i = 0; i < names.size(); ++i) fields.push_back({names.substr(i, 1), number("1")});
    return fields;
  };
  struct Case {
    std::string_view condition;
    std::string_view present;
    bool matches;
  };
  const Case cases[] = {
      {"s1 and s2", "ab", true},
      {"s1 and s2", "a", false},
      {"s1 or s2", "b", true},
      {"s1 or s2 and filter_x", "a", true},
      {"(s1 or s2) and filter_x", "a", false},
      {"s1 and not s2", "a", true},
      {"s1 and not s2", "ab", false},
      {"not s1 and not s2", "", true},
      {"1 of s*", "b", true},
      {"1 of s*", "c", false},
      {"any of s*", "a", true},
      {"all of s*", "ab", true},
      {"all of s*", "a", false},
      {"all of them", "abcd", true},
      {"1 of them", "e", false},
      {"1 of _*", "e", true},
      {"s1 and not 1 of filter_*", "a", true},
      {"s1 and not 1 of filter_*", "ad", false},
      {"s1 and not all of filter_*", "ad", true},
      {"s1 and not all of filter_*", "acd", false},
      {"not not s1", "a", true},
      {"[s1 and s2, filter_x]", "c", true},
      {"[s1 and s2, filter_x]", "a", false},
      {"_hidden", "e", true},
  };
  for (const Case& row : cases)
    EXPECT_EQ(matches(std::string(kDetection) + std::string(row.condition), event(row.present)), row.matches)
        << row.condition << " on " << row.present;
}

}  // namespace
}  // namespace countersign::testing
