// SPDX-License-Identifier: Apache-2.0
#include "app/file_watch.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace countersign {
namespace {

namespace fs = std::filesystem;

class FileWatchTest : public ::testing::Test {
 protected:
  FileWatchTest() { fs::create_directories(folder_ / "below"); }
  ~FileWatchTest() override { fs::remove_all(folder_); }

  void write(const fs::path& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::trunc) << text;
  }
  void age(const fs::path& name, int seconds) const {
    fs::last_write_time(folder_ / name, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }

  const fs::path folder_ = fs::path(::testing::TempDir()) / ("file-watch-" + std::to_string(::getpid()));
};

TEST_F(FileWatchTest, AChangeIsToldOnceAndNotBeforeItHasSettled) {
  write("a.yml", "one");
  FileWatch watch({folder_});
  EXPECT_FALSE(watch.settled_change());
  write("below/b.yml", "two");
  EXPECT_FALSE(watch.settled_change()) << "somebody may still be writing";
  write("below/c.yml", "three");
  EXPECT_FALSE(watch.settled_change());
  EXPECT_TRUE(watch.settled_change());
  EXPECT_FALSE(watch.settled_change());
}

TEST_F(FileWatchTest, SizeTimeAndAbsenceAreChanges) {
  write("a.yml", "one");
  write("b.yml", "two");
  age("a.yml", 10);
  FileWatch watch({folder_ / "a.yml", folder_ / "b.yml"});
  const auto changed = [&] { return !watch.settled_change() && watch.settled_change(); };
  age("a.yml", 20);
  EXPECT_TRUE(changed()) << "another time";
  write("a.yml", "longer");
  EXPECT_TRUE(changed()) << "another size";
  fs::remove(folder_ / "b.yml");
  EXPECT_TRUE(changed()) << "one is gone";
  write("c.yml", "three");
  EXPECT_FALSE(changed()) << "beside those that are named";
}

TEST_F(FileWatchTest, ALinkThatPointsElsewhereIsAChange) {
  fs::create_directories(folder_ / "v1");
  fs::create_directories(folder_ / "v2");
  write("v1/a.yml", "same size");
  write("v2/a.yml", "size same");
  age("v2/a.yml", 60);
  fs::create_directory_symlink("v1", folder_ / "now");
  FileWatch watch({folder_ / "now"});
  fs::remove(folder_ / "now");
  fs::create_directory_symlink("v2", folder_ / "now");
  EXPECT_FALSE(watch.settled_change());
  EXPECT_TRUE(watch.settled_change());
}

TEST_F(FileWatchTest, WhatIsChangedBackBeforeItSettlesIsNoChange) {
  write("a.yml", "one");
  age("a.yml", 10);
  const auto time = fs::last_write_time(folder_ / "a.yml");
  FileWatch watch({folder_ / "a.yml"});
  write("a.yml", "two");
  EXPECT_FALSE(watch.settled_change());
  fs::last_write_time(folder_ / "a.yml", time);
  EXPECT_FALSE(watch.settled_change());
  EXPECT_FALSE(watch.settled_change());
}

}  // namespace
}  // namespace countersign
