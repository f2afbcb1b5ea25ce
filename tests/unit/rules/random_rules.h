// SPDX-License-Identifier: Apache-2.0
// Random rules and random events made of the same few words, so that most tests hold now and then. One
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {

inline constexpr std::string_view kRandomFields[] = {"Image",  "CommandLine", "EventID", "User",
                                                     "Hashes", "ip",          "n.x"};

class RandomRules {
 public:
  explicit RandomRules(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  /// A rule set as one text, with a filter for every tenth rule. Rules and filters that the loader refuses
  /// are part of the game.
  std::string rules(int count) {
    const auto id = [](std::size_t number) { return fmt::format("00000000-0000-4000-8000-{:012}", number); };
    std::string text;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      text += fmt::format("title: R\nid: {}\nlevel: low\nlogsource: {{{}}}\ndetection:\n{}---\n", id(i),
                          pick(kLogSources), detection());
    for (int i = 0; i < count / 10; ++i)
      text += fmt::format("title: F\nlogsource: {{{}}}\nfilter:\n  rules: [{}, {}]\n{}---\n",
                          pick(kLogSources), id(below(static_cast<std::size_t>(count))),
                          id(below(static_cast<std::size_t>(count))), detection());
    return text;
  }

  /// Fills `event`; its texts live in `texts`.
  void fill_event(Event& event, std::deque<std::string>& texts) {
    std::vector<EventField> fields;
    for (const std::string_view name : kRandomFields)
      for (std::size_t i = below(4) == 0 ? 2 : below(5) == 0 ? 0 : 1; i > 0; --i)
        fields.push_back(
            {name, value(texts), static_cast<std::uint16_t>(below(9) == 0 ? 1 : 0), below(9) == 0});
    fill(event, fields);
  }

 private:
  static constexpr std::string_view kLogSources[] = {"category: test", "product: windows",
                                                     "product: windows, service: unit", "category: other"};
  static constexpr std::string_view kWords[] = {"cmd.exe",
                                                "\\",
                                                "powershell",
                                                "-enc",
                                                "/c",
                                                "A",
                                                "b",
                                                "K",
                                                "md5=0123456789abcdef",
                                                ",",
                                                "SHA1=00ff00ff00",
                                                " ",
                                                "whoami",
                                                "\u00e4\u00c4",
                                                "\u212a",
                                                "\u017f",
                                                "System32",
                                                "4688",
                                                "10.0.0.1",
                                                "1",
                                                "7",
                                                "http://"};
  static constexpr std::string_view kModifiers[] = {"",
                                                    "",
                                                    "",
                                                    "|contains",
                                                    "|contains",
                                                    "|startswith",
                                                    "|endswith",
                                                    "|contains|all",
                                                    "|all",
                                                    "|cased",
                                                    "|contains|cased",
                                                    "|re",
                                                    "|re|i",
                                                    "|cidr",
                                                    "|gt",
                                                    "|lte",
                                                    "|neq",
                                                    "|contains|neq",
                                                    "|exists",
                                                    "|fieldref",
                                                    "|windash|contains",
                                                    "|base64offset|contains",
                                                    "|endswith|cased"};
  static constexpr std::string_view kConditions[] = {"a",
                                                     "a and b",
                                                     "a or b",
                                                     "a and not b",
                                                     "not a",
                                                     "1 of them",
                                                     "all of them",
                                                     "not (a or b)",
                                                     "a and not (b and c)",
                                                     "(a or b) and c",
                                                     "not not a",
                                                     "a or not b",
                                                     "all of b* and not c",
                                                     "(a and b) or (a and c)"};

  template <std::size_t N>
  std::string_view pick(const std::string_view (&from)[N]) {
    return from[below(N)];
  }

  std::string words() {
    std::string text;
    for (std::size_t i = below(4) == 0 ? below(12) : below(4); i > 0; --i) text += pick(kWords);
    return text;
  }

  std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c;
    return out + "'";
  }

  std::string scalar(std::string_view modifier) {
    if (modifier == "|cidr") return below(2) == 0 ? "10.0.0.0/8" : "10.0.0.1/32";
    if (modifier == "|gt" || modifier == "|lte") return std::to_string(below(9));
    if (modifier == "|exists") return below(2) == 0 ? "true" : "false";
    if (modifier == "|fieldref") return std::string(pick(kRandomFields));
    if (modifier.starts_with("|re")) return quoted(regex());
    switch (below(12)) {
      case 0: return "null";
      case 1: return std::to_string(below(2) == 0 ? 4688 : below(9));
      case 2: return "''";
      case 3: return below(2) == 0 ? "true" : "4688.0";
      case 4: return quoted(words() + "*" + words());
      case 5: return quoted("*" + words() + "?" + words() + "*");
      default: return quoted(words());
    }
  }

  std::string regex() {
    static constexpr std::string_view kParts[] = {"cmd",  "power", "[a-z]+", ".*",  "\\\\", "(?:enc|whoami)",
                                                  "K",    "^",     "$",      "\\d", "b?",   "(A|b)",
                                                  "4688", "\\."};
    std::string out;
    for (std::size_t i = 1 + below(4); i > 0; --i) out += pick(kParts);
    return out;
  }

  std::string item(bool keyword) {
    const std::string_view modifier = keyword ? (below(2) == 0 ? "|all" : "|contains") : pick(kModifiers);
    std::string out = fmt::format("    '{}{}':", keyword ? "" : pick(kRandomFields), modifier);
    const std::size_t values = below(3) == 0 ? 1 + below(6) : 1;
    if (values == 1 || modifier == "|exists") return out + " " + scalar(modifier) + "\n";
    for (std::size_t i = 0; i < values; ++i) out += "\n      - " + scalar(modifier);
    return out + "\n";
  }

  std::string detection() {
    std::string out;
    for (const char* name : {"a", "b", "c"}) {
      out += fmt::format("  {}:\n", name);
      if (below(8) == 0) {
        for (std::size_t i = 1 + below(3); i > 0; --i) out += "    - " + quoted(words()) + "\n";
        continue;
      }
      std::string items;
      for (std::size_t i = 1 + below(3); i > 0; --i) items += item(below(15) == 0);
      out += items;
    }
    return out + fmt::format("  condition: {}\n", pick(kConditions));
  }

  Value value(std::deque<std::string>& texts) {
    switch (below(14)) {
      case 0: return null();
      case 1: return boolean(below(2) == 0);
      case 2: return number(below(2) == 0 ? "4688" : "4688.0");
      case 3: texts.push_back(std::to_string(below(9))); return number(texts.back());
      case 4: return container(ValueType::Object);
      case 5: return text("10.0.0.1");
      default: texts.push_back(words()); return text(texts.back());
    }
  }

  std::mt19937_64 random_;
};

}  // namespace countersign::testing
