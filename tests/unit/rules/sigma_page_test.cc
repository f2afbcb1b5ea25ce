// SPDX-License-Identifier: Apache-2.0
// docs/sigma.md names the test that holds each decision, and lists the modifiers: neither may go stale.
#include <algorithm>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "rules/modifiers.h"

namespace countersign {
namespace {

std::string read_page() {
  std::ifstream stream(std::string(COUNTERSIGN_SOURCE_DIR) + "/docs/sigma.md");
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Two words of letters and digits that start with a capital, joined by a dot.
bool is_test_name(std::string_view code) {
  const std::size_t dot = code.find('.');
  const auto is_word = [](std::string_view word) {
    return !word.empty() && word.front() >= 'A' && word.front() <= 'Z' &&
           std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
  };
  return dot != std::string_view::npos && is_word(code.substr(0, dot)) && is_word(code.substr(dot + 1));
}

TEST(SigmaPage, EveryTestThatItNamesExists) {
  std::set<std::string> tests;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j)
      tests.insert(std::string(suite.name()) + "." + suite.GetTestInfo(j)->name());
  }
  const std::string page = read_page();
  std::size_t named = 0;
  // What stands between two backticks is code; of that, `Suite.Name` is a test.
  for (std::size_t open = page.find('`'); open != std::string::npos;) {
    const std::size_t close = page.find('`', open + 1);
    if (close == std::string::npos) break;
    const std::string code = page.substr(open + 1, close - open - 1);
    open = page.find('`', close + 1);
    if (!is_test_name(code)) continue;
    ++named;
    EXPECT_TRUE(tests.contains(code)) << code;
  }
  EXPECT_GT(named, 40U);
}

TEST(SigmaPage, EveryModifierStandsInItsTable) {
  const std::string page = read_page();
  for (const Modifier& modifier : modifiers()) {
    const std::string row =
        "| `" + std::string(modifier.name) + "` | " + std::string(modifier.meaning) + " |\n";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace countersign
