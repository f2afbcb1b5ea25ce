// SPDX-License-Identifier: Apache-2.0
#include "core/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace countersign {
namespace {

TEST(Arena, ViewsStayValidUntilClear) {
  Arena arena;
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  for (int i = 0; i < 10'000; ++i) {
    texts.push_back(std::string(static_cast<std::size_t>(i % 97), static_cast<char>('a' + i % 26)));
    views.push_back(arena.store(texts.back()));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(views[i], texts[i]);
}

TEST(Arena, HoldsATextLargerThanAChunk) {
  Arena arena;
  const std::string large(1'000'000, 'x');
  EXPECT_EQ(arena.store("small"), "small");
  EXPECT_EQ(arena.store(large), large);
}

TEST(Arena, AWarmArenaDoesNotGrow) {
  Arena arena;
  const auto fill = [&arena] {
    for (int i = 0; i < 1'000; ++i) (void)arena.store(std::string(static_cast<std::size_t>(i), 'y'));
  };
  fill();
  const std::size_t warm = arena.capacity_bytes();
  for (int round = 0; round < 5; ++round) {
    arena.clear();
    fill();
  }
  EXPECT_EQ(arena.capacity_bytes(), warm);
}

}  // namespace
}  // namespace countersign
