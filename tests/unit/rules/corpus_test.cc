// SPDX-License-Identifier: Apache-2.0
// Every rule file of SigmaHQ that is at hand loads, or is refused for a reason that we know.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "rules/loader.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> folders_of_rules() {
  const fs::path data = fs::path(COUNTERSIGN_SOURCE_DIR) / "../shared/data/sigma";
  std::vector<fs::path> folders;
  if (!fs::exists(data)) return folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(data))
    if (entry.is_directory() && entry.path().filename().string().starts_with("rules"))
      folders.push_back(entry.path());
  return folders;
}

/// Errors by code, printed with the counts of the load.
std::map<std::string, int> count_errors(const RuleLoad& load) {
  std::map<std::string, int> all;
  std::map<std::string, int> errors;
  for (const Diagnostic& finding : load.findings) {
    ++all[finding.code];
    if (finding.severity == Severity::Error) ++errors[finding.code];
  }
  std::cout << "files " << load.files << ", documents " << load.documents << ", loaded " << load.loaded
            << ", refused " << load.refused << ", skipped " << load.skipped << "\n";
  for (const auto& [code, count] : all) std::cout << "  " << code << " " << count << "\n";
  return errors;
}

TEST(RuleCorpus, OnlyPlaceholdersAreRefused) {
  const std::vector<fs::path> folders = folders_of_rules();
  if (folders.empty()) GTEST_SKIP() << "needs ../shared/data/sigma";
  const Result<RuleLoad> load = load_rules(folders, {});
  ASSERT_TRUE(load) << load.error().message;
  const std::map<std::string, int> errors = count_errors(*load);
  EXPECT_EQ(load->documents, load->loaded + load->refused + load->skipped);
  EXPECT_EQ(load->loaded, load->rules->rules().size());
  EXPECT_GT(load->loaded, 3'000U);
  for (const auto& [code, count] : errors) EXPECT_EQ(code, "value.placeholder") << count;
  for (const fs::path& folder : folders)
    EXPECT_TRUE(std::any_of(load->rules->rules().begin(), load->rules->rules().end(),
                            [&](const RuleInfo& rule) {
                              return folder.filename() == "rules-placeholder" ||
                                     rule.file.starts_with(folder.generic_string() + "/");
                            }))
        << folder;
}

TEST(RuleCorpus, WithValuesForItsPlaceholdersNothingIsRefused) {
  const std::vector<fs::path> folders = folders_of_rules();
  if (folders.empty()) GTEST_SKIP() << "needs ../shared/data/sigma";
  LoadOptions options;
  const Result<RuleLoad> without = load_rules(folders, options);
  ASSERT_TRUE(without) << without.error().message;
  for (const Diagnostic& finding : without->findings) {
    if (finding.code != "value.placeholder") continue;
    const std::size_t open = finding.message.find('`') + 1;
    options.values.lists[finding.message.substr(open, finding.message.find('`', open) - open)] = {"one",
                                                                                                  "two"};
  }
  EXPECT_GT(options.values.lists.size(), 5U) << "each unknown name is said";
  const Result<RuleLoad> load = load_rules(folders, options);
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->refused, 0U);
  EXPECT_EQ(load->loaded, load->documents);
}

TEST(RuleCorpus, WhatSigmaHqGaveUpIsRefusedForKnownReasons) {
  const fs::path data = fs::path(COUNTERSIGN_SOURCE_DIR) / "../shared/data/sigma";
  if (!fs::exists(data)) GTEST_SKIP() << "needs ../shared/data/sigma";
  const std::vector<fs::path> folders{data / "deprecated", data / "unsupported"};
  const Result<RuleLoad> skipped = load_rules(folders, {});
  ASSERT_TRUE(skipped) << skipped.error().message;
  EXPECT_GT(skipped->skipped, 190U);
  const Result<RuleLoad> load =
      load_rules(folders, {.include_deprecated = true, .include_unsupported = true});
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->skipped, 0U);
  EXPECT_GT(load->loaded, 100U);
  const std::map<std::string, int> errors = count_errors(*load);
  for (const auto& [code, count] : errors) {
    const bool known = code == "condition.pipe" || code == "detection.timeframe" ||
                       code == "document.action" || code == "value.placeholder" ||
                       code == "condition.syntax" || code == "condition.unknown" ||
                       code == "rule.duplicate_id";
    EXPECT_TRUE(known) << code << " " << count;
  }
}

}  // namespace
}  // namespace countersign
