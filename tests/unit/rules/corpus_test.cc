// SPDX-License-Identifier: Apache-2.0
// Every rule file of SigmaHQ that is at hand loads, or is refused with a code.
#include <filesystem>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "rules/loader.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

TEST(RuleCorpus, EveryFileLoadsOrIsRefusedWithACode) {
  const fs::path data = fs::path(COUNTERSIGN_SOURCE_DIR) / "../shared/data/sigma";
  if (!fs::exists(data)) GTEST_SKIP() << "needs ../shared/data/sigma";
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(data))
    if (entry.is_directory() && entry.path().filename().string().starts_with("rules"))
      folders.push_back(entry.path());
  const Result<RuleLoad> load = load_rules(folders, {});
  ASSERT_TRUE(load) << load.error().message;
  std::map<std::string, int> codes;
  for (const Diagnostic& finding : load->findings) {
    ++codes[finding.code];
    if (finding.severity == Severity::Error) std::cout << to_string(finding) << "\n";
  }
  for (const auto& [code, count] : codes) std::cout << code << " " << count << "\n";
  std::cout << "files " << load->files << ", documents " << load->documents << ", loaded " << load->loaded
            << ", refused " << load->refused << ", skipped " << load->skipped << "\n";
  EXPECT_EQ(load->documents, load->loaded + load->refused + load->skipped);
  EXPECT_GT(load->loaded, 2'500U);
}

}  // namespace
}  // namespace countersign
