// SPDX-License-Identifier: Apache-2.0
#include "core/yaml_files.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace countersign {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class YamlFiles : public ::testing::Test {
 protected:
  YamlFiles() { fs::create_directories(folder_); }
  ~YamlFiles() override { fs::remove_all(folder_); }

  void write(const fs::path& name) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "x";
  }
  std::vector<std::string> found() const {
    std::vector<std::string> names;
    const auto files = find_yaml_files(folder_);
    EXPECT_TRUE(files);
    for (const fs::path& file : *files) names.push_back(file.lexically_relative(folder_).string());
    return names;
  }

  const fs::path folder_ = fs::path(::testing::TempDir()) / ("yaml-files-" + std::to_string(::getpid()));
};

TEST_F(YamlFiles, FoldersAreReadWithAllInside) {
  for (const char* name : {"b.yml", "a/z.yaml", "a/deep/y.yml", "notes.txt", "yml", "c.yml.bak"}) write(name);
  EXPECT_THAT(found(), ElementsAre("a/deep/y.yml", "a/z.yaml", "b.yml"));
}

TEST_F(YamlFiles, WhatIsHiddenIsNoRule) {
  for (const char* name : {"a.yml", ".github/workflows/test.yml", ".b.yml", "sub/.c.yml"}) write(name);
  EXPECT_THAT(found(), ElementsAre("a.yml"));
}

TEST_F(YamlFiles, AMountedConfigMapIsReadOnce) {
  write("..2026_11_25/a.yml");
  fs::create_directory_symlink("..2026_11_25", folder_ / "..data");
  fs::create_symlink("..data/a.yml", folder_ / "a.yml");
  EXPECT_THAT(found(), ElementsAre("a.yml"));
}

TEST_F(YamlFiles, AFileThatIsNamedCountsWhateverItsName) {
  write(".rules.txt");
  const auto files = find_yaml_files(folder_ / ".rules.txt");
  ASSERT_TRUE(files);
  EXPECT_THAT(*files, ElementsAre(folder_ / ".rules.txt"));
  EXPECT_EQ(find_yaml_files(folder_ / "missing").error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace countersign
