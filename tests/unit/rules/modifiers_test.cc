// SPDX-License-Identifier: Apache-2.0
// What each modifier makes of a value, by the verdicts of rules on events.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "core/hash.h"
#include "rules/modifiers.h"
#include "rules/value_encoding.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

std::vector<EventField> f(Value value) { return {{"f", value}}; }

TEST(Modifiers, TextMayStandAtTheStartTheEndOrAnywhere) {
  check({
      {"contains", "s: {f|contains: b}", f(text("aBc")), true},
      {"contains not", "s: {f|contains: x}", f(text("abc")), false},
      {"contains with a wildcard", "s: {f|contains: 'b*d'}", f(text("abcde")), true},
      {"startswith", "s: {f|startswith: AB}", f(text("abc")), true},
      {"startswith not", "s: {f|startswith: b}", f(text("abc")), false},
      {"endswith", "s: {f|endswith: BC}", f(text("abc")), true},
      {"endswith not", "s: {f|endswith: b}", f(text("abc")), false},
      {"endswith a backslash", R"(s: {f|endswith: '\'})", f(text(R"(C:\)")), true},
      {"contains between backslashes", R"(s: {f|contains: '\temp\'})", f(text(R"(C:\Temp\x)")), true},
      {"contains an escaped star", R"(s: {f|contains: '\*'})", f(text("a*b")), true},
      {"contains of a number", "s: {f|contains: 46}", f(text("x4625")), true},
      {"text on a number", "s: {f|startswith: '46'}", f(number("4625")), true},
      {"both ends", "s: {f|startswith|endswith: b}", f(text("abc")), true},
      {"all", "s: {f|contains|all: [a, c]}", f(text("abc")), true},
      {"all not", "s: {f|contains|all: [a, x]}", f(text("abc")), false},
  });
}

TEST(Modifiers, CasedKeepsCaseWhereverItStands) {
  check({
      {"equal", "s: {f|cased: Abc}", f(text("Abc")), true},
      {"differs", "s: {f|cased: Abc}", f(text("abc")), false},
      {"before contains", "s: {f|cased|contains: B}", f(text("aBc")), true},
      {"after contains", "s: {f|contains|cased: B}", f(text("aBc")), true},
      {"before contains, differs", "s: {f|cased|contains: B}", f(text("abc")), false},
      {"after contains, differs", "s: {f|contains|cased: B}", f(text("abc")), false},
      {"with windash", "s: {f|cased|windash|contains: ' -F'}", f(text("x /F")), true},
      {"with windash, differs", "s: {f|cased|windash|contains: ' -F'}", f(text("x /f")), false},
      {"with base64", "s: {f|base64|cased|contains: foobar}", f(text("Zm9vYmFy")), true},
      {"with base64, differs", "s: {f|cased|base64|contains: foobar}", f(text("ZM9VYMFY")), false},
      {"with a wildcard", "s: {f|cased: 'A*C'}", f(text("Abc")), false},
  });
}

TEST(Modifiers, ReSearchesWithCase) {
  check({
      {"found inside", "s: {f|re: 'b.d'}", f(text("abcde")), true},
      {"case counts", "s: {f|re: 'B'}", f(text("abc")), false},
      {"i", "s: {f|re|i: 'B.D'}", f(text("abcde")), true},
      {"ignorecase", "s: {f|re|ignorecase: 'B'}", f(text("abc")), true},
      {"inline flag", "s: {f|re: '(?i)B'}", f(text("abc")), true},
      {"anchors", "s: {f|re: '^abc$'}", f(text("abc")), true},
      {"anchors are of the value", "s: {f|re: '^b'}", f(text("a\nb")), false},
      {"m", "s: {f|re|m: '^b'}", f(text("a\nb")), true},
      {"multiline", "s: {f|re|multiline: 'a$'}", f(text("a\nb")), true},
      {"dot and line end", "s: {f|re: 'a.b'}", f(text("a\nb")), false},
      {"s", "s: {f|re|s: 'a.b'}", f(text("a\nb")), true},
      {"dotall", "s: {f|re|dotall: 'a.b'}", f(text("a\nb")), true},
      {"i, m and s", "s: {f|re|i|m|s: '^B.C'}", f(text("a\nb\nc")), true},
      {"backslashes are the expression's", R"(s: {f|re: 'a\\b\.c'})", f(text(R"(a\b.c)")), true},
      {"star is the expression's", "s: {f|re: 'ab*c'}", f(text("ac")), true},
      {"on a number", "s: {f|re: '^46'}", f(number("4625")), true},
      {"on absent", "s: {f|re: '.*'}", {}, false},
      {"any of a list", "s: {f|re: ['x', 'b']}", f(text("abc")), true},
      {"all of a list", "s: {f|re|all: ['a', 'x']}", f(text("abc")), false},
      {"contains does nothing to it", "s: {f|re|contains: 'b'}", f(text("abc")), true},
      {"a dot is one character", "s: {f|re: '^a.c$'}", f(text("aüc")), true},
  });
}

TEST(Modifiers, ReSeesTheFirst64KiBOfAValue) {
  const std::string value = std::string(65'535, 'a') + "bc";
  EXPECT_TRUE(matches("s: {f|re: 'ab'}", f(text(value))));
  EXPECT_FALSE(matches("s: {f|re: 'bc'}", f(text(value))));
}

TEST(Modifiers, Base64EncodesTheBytes) {
  check({
      {"whole", "s: {f|base64: foobar}", f(text("Zm9vYmFy")), true},
      {"inside", "s: {f|base64|contains: foobar}", f(text("x Zm9vYmFy y")), true},
      {"case does not count by default", "s: {f|base64: foobar}", f(text("ZM9VYMFY")), true},
      {"utf-8", "s: {f|base64: fü}", f(text("ZsO8")), true},
      {"an escaped star is a star", R"(s: {f|base64: 'a\*b'})", f(text("YSpi")), true},
      {"twice", "s: {f|base64|base64: foobar}", f(text("Wm05dlltRnk=")), true},
      {"wide", "s: {f|wide|base64|contains: cmd}", f(text("YwBtAGQA")), true},
      {"utf16le", "s: {f|utf16le|base64: cmd}", f(text("YwBtAGQA")), true},
      {"utf16be", "s: {f|utf16be|base64: cmd}", f(text("AGMAbQBk")), true},
      {"utf16 has FF FE", "s: {f|utf16|base64: cmd}", f(text("//5jAG0AZAA=")), true},
      {"all keeps variants or", "s: {f|base64offset|contains|all: [foobar, x y]}",
       f(text(to_base64("_foobar__x y"))), true},
      {"all needs both", "s: {f|base64offset|contains|all: [foobar, x y]}", f(text(to_base64("_foobar"))),
       false},
  });
}

TEST(Modifiers, Base64OffsetFindsEveryOffset) {
  for (const std::string_view before : {"", "a", "ab", "abc"}) {
    const std::string plain = to_base64(std::string(before) + "http://evil" + "zz");
    EXPECT_TRUE(matches("s: {f|base64offset|contains: 'http://'}", f(text(plain)))) << before;
    const std::string wide = to_base64(to_utf16(std::string(before) + "IEX" + "zz", Utf16::Little));
    EXPECT_TRUE(matches("s: {f|wide|base64offset|contains: IEX}", f(text(wide)))) << before;
  }
}

TEST(Modifiers, WindashTakesAnyDash) {
  for (const std::string_view dash : {"-", "/", "–", "—", "―"}) {
    const std::string value = "x.exe " + std::string(dash) + "Encode a " + std::string(dash) + "b";
    EXPECT_TRUE(matches("s: {f|contains|windash: ' -encode '}", f(text(value)))) << dash;
    EXPECT_TRUE(matches("s: {f|windash|contains: ' /encode '}", f(text(value)))) << dash;
    EXPECT_TRUE(matches("s: {f|windash|contains|all: [' -encode ', ' -b']}", f(text(value)))) << dash;
  }
  check({
      {"another sign", "s: {f|windash|contains: ' -e'}", f(text("x +e")), false},
      {"not inside words", "s: {f|windash|contains: 'a-b'}", f(text("a/b")), false},
      {"five dashes", "s: {f|windash: '-a -b -c -d -e'}", f(text("/A –B —c ―d -e")), true},
      {"five dashes, one wrong", "s: {f|windash: '-a -b -c -d -e'}", f(text("/a –b —c ―d +e")), false},
      {"endswith", "s: {f|endswith|windash: ' -a'}", f(text("x /a")), true},
  });
}

TEST(Modifiers, CidrComparesAddresses) {
  check({
      {"inside", "s: {f|cidr: 10.0.0.0/8}", f(text("10.1.2.3")), true},
      {"outside", "s: {f|cidr: 10.0.0.0/8}", f(text("11.1.2.3")), false},
      {"any of a list", "s: {f|cidr: [10.0.0.0/8, 'fe80::/10']}", f(text("FE80::1")), true},
      {"not an address", "s: {f|cidr: 0.0.0.0/0}", f(text("host")), false},
      {"not a text", "s: {f|cidr: 0.0.0.0/0}", f(number("10")), false},
      {"neq", "s: {f|cidr|neq: 10.0.0.0/8}", f(text("11.1.2.3")), true},
      {"neq of no address", "s: {f|cidr|neq: 10.0.0.0/8}", f(text("host")), true},
  });
}

TEST(Modifiers, ComparisonsAreNumeric) {
  check({
      {"lt", "s: {f|lt: 10}", f(number("9")), true},
      {"lt equal", "s: {f|lt: 10}", f(number("10")), false},
      {"lte equal", "s: {f|lte: 10}", f(number("10")), true},
      {"gt", "s: {f|gt: 9}", f(number("10")), true},
      {"gt equal", "s: {f|gt: 10}", f(number("10")), false},
      {"gte equal", "s: {f|gte: 10}", f(number("10")), true},
      {"as numbers, not texts", "s: {f|gt: 9}", f(text("10")), true},
      {"numeric text with fraction", "s: {f|gt: 9}", f(text("9.5")), true},
      {"not numeric", "s: {f|gt: 9}", f(text("ten")), false},
      {"blank", "s: {f|gt: -1}", f(text("")), false},
      {"null", "s: {f|gt: -1}", f(null()), false},
      {"boolean", "s: {f|gt: -1}", f(boolean(true)), false},
      {"absent", "s: {f|lt: 10}", {}, false},
      {"exact at 64 bits", "s: {f|gt: 9007199254740992}", f(number("9007199254740993")), true},
      {"unsigned", "s: {f|gt: 9223372036854775807}", f(number("9223372036854775808")), true},
      {"fraction in the rule", "s: {f|lt: 0.5}", f(number("0.25")), true},
      {"neq", "s: {f|neq: 5}", f(number("6")), true},
      {"neq of the text", "s: {f|neq: 5}", f(text("5")), false},
      {"any member", "s: {f|gt: 5}", {{"f", number("1")}, {"f", number("9")}}, true},
  });
}

TEST(Modifiers, NeqTurnsTheItemAround) {
  check({
      {"none of a list", "s: {f|neq: [a, b]}", f(text("c")), true},
      {"one of a list", "s: {f|neq: [a, b]}", f(text("B")), false},
      {"contains", "s: {f|contains|neq: b}", f(text("abc")), false},
      {"contains not", "s: {f|contains|neq: x}", f(text("abc")), true},
      {"before contains", "s: {f|neq|contains: x}", f(text("abc")), true},
      {"re", "s: {f|re|neq: '^x'}", f(text("abc")), true},
      {"all", "s: {f|contains|all|neq: [a, x]}", f(text("abc")), true},
      {"all hold", "s: {f|contains|all|neq: [a, b]}", f(text("abc")), false},
      {"absent", "s: {f|contains|neq: x}", {}, false},
  });
}

TEST(Modifiers, TimePartsCompareInUtc) {
  const std::vector<EventField> event = f(text("2024-02-29T23:05:00+02:00"));
  check({
      {"minute", "s: {f|minute: 5}", event, true},
      {"hour", "s: {f|hour: 21}", event, true},
      {"hour as written", "s: {f|hour: 23}", event, false},
      {"day", "s: {f|day: 29}", event, true},
      {"week", "s: {f|week: 9}", event, true},
      {"month", "s: {f|month: 2}", event, true},
      {"year", "s: {f|year: 2024}", event, true},
      {"any of a list", "s: {f|hour: [20, 21]}", event, true},
      {"hour and gte", "s: {f|hour|gte: 21}", event, true},
      {"hour and gt", "s: {f|hour|gt: 21}", event, false},
      {"the other order", "s: {f|lt|hour: 22}", event, true},
      {"neq", "s: {f|hour|neq: 21}", event, false},
      {"no date", "s: {f|hour|gte: 0}", f(text("now")), false},
      {"absent", "s: {f|hour|gte: 0}", {}, false},
  });
}

TEST(Modifiers, FieldrefComparesTwoFields) {
  const auto both = [](Value a, Value b) { return std::vector<EventField>{{"f", a}, {"g", b}}; };
  check({
      {"equal without case", "s: {f|fieldref: g}", both(text("Abc"), text("aBC")), true},
      {"different", "s: {f|fieldref: g}", both(text("a"), text("b")), false},
      {"cased", "s: {f|fieldref|cased: g}", both(text("Abc"), text("aBC")), false},
      {"cased first", "s: {f|cased|fieldref: g}", both(text("Abc"), text("Abc")), true},
      {"contains", "s: {f|fieldref|contains: g}", both(text("xAbcx"), text("abc")), true},
      {"startswith", "s: {f|fieldref|startswith: g}", both(text("abcx"), text("ABC")), true},
      {"startswith not", "s: {f|fieldref|startswith: g}", both(text("xabc"), text("abc")), false},
      {"endswith", "s: {f|fieldref|endswith: g}", both(text("xabc"), text("abc")), true},
      {"neq", "s: {f|fieldref|neq: g}", both(text("a"), text("b")), true},
      {"neq equal", "s: {f|fieldref|neq: g}", both(text("a"), text("A")), false},
      {"first absent", "s: {f|fieldref: g}", {{"g", text("a")}}, false},
      {"second absent", "s: {f|fieldref: g}", {{"f", text("a")}}, false},
      {"neq, second absent", "s: {f|fieldref|neq: g}", {{"f", text("a")}}, true},
      {"both null", "s: {f|fieldref: g}", both(null(), null()), false},
      {"numbers by value", "s: {f|fieldref: g}", both(number("1"), number("1.0")), true},
      {"number and text", "s: {f|fieldref: g}", both(number("1"), text("1")), true},
      {"any member of either",
       "s: {f|fieldref: g}",
       {{"f", text("a")}, {"f", text("b")}, {"g", text("c")}, {"g", text("B")}},
       true},
      {"wildcards are no wildcards", "s: {f|fieldref: g}", both(text("abc"), text("a*")), false},
  });
}

TEST(Modifiers, ExpandWithoutPlaceholderIsAText) {
  check({
      {"escaped percent signs", R"(s: {f|expand: '\%x\%'})", f(text("%x%")), true},
      {"a single percent sign", "s: {f|expand: '100%'}", f(text("100%")), true},
  });
}

TEST(Modifiers, EveryModifierIsTriedHere) {
  // The registry is the language: a new row needs rows above and in diagnostics_test.cc.
  std::set<std::string_view> names;
  for (const Modifier& modifier : modifiers()) {
    EXPECT_TRUE(names.insert(modifier.name).second) << modifier.name;
    EXPECT_FALSE(modifier.meaning.empty());
  }
  const std::set<std::string_view> known{
      "contains", "startswith", "endswith", "all",       "cased",   "neq",    "exists", "re",
      "i",        "ignorecase", "m",        "multiline", "s",       "dotall", "base64", "base64offset",
      "utf16le",  "wide",       "utf16be",  "utf16",     "windash", "cidr",   "lt",     "lte",
      "gt",       "gte",        "minute",   "hour",      "day",     "week",   "month",  "year",
      "fieldref", "expand"};
  EXPECT_EQ(names, known);
}

}  // namespace
}  // namespace countersign::testing
