// SPDX-License-Identifier: Apache-2.0
#include "core/random.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(SeededRandom, DependsOnTheSeedAlone) {
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  const auto first = a.bytes<100>();
  EXPECT_EQ(first, b.bytes<100>());
  EXPECT_NE(first, c.bytes<100>());
}

TEST(SeededRandom, DoesNotDependOnHowItIsCut) {
  SeededRandom whole(7);
  SeededRandom parts(7);
  const auto all = whole.bytes<70>();
  const auto head = parts.bytes<33>();
  const auto rest = parts.bytes<37>();
  EXPECT_TRUE(std::equal(head.begin(), head.end(), all.begin()));
  EXPECT_TRUE(std::equal(rest.begin(), rest.end(), all.begin() + 33));
}

TEST(SystemRandom, DoesNotRepeatItself) {
  SystemRandom random;
  EXPECT_NE(random.bytes<32>(), random.bytes<32>());
}

}  // namespace
}  // namespace countersign
