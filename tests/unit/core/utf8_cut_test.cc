// SPDX-License-Identifier: Apache-2.0
#include "core/utf8_cut.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Utf8Cut, ACharacterStartsAtItsFirstByte) {
  const std::string_view text = "ab\u20ACc";  // three bytes from 2
  const std::size_t starts[] = {0, 1, 2, 2, 2, 5, 6, 6};
  for (std::size_t at = 0; at < std::size(starts); ++at)
    EXPECT_EQ(character_start(text, at), starts[at]) << at;
  EXPECT_EQ(character_start("", 0), 0U);
}

TEST(Utf8Cut, APrefixCutsNoCharacter) {
  EXPECT_EQ(utf8_prefix("ab\u20AC", 4), "ab");
  EXPECT_EQ(utf8_prefix("ab\u20AC", 5), "ab\u20AC");
  EXPECT_EQ(utf8_prefix("ab", 4), "ab");
  EXPECT_EQ(utf8_prefix("ab", 0), "");
}

}  // namespace
}  // namespace countersign
