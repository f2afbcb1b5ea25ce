// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(JsonString, EscapesWhatRfc8259Asks) {
  EXPECT_EQ(json_string("a\"b\\c\n\r\t\b\f"), R"("a\"b\\c\n\r\t\b\f")");
  EXPECT_EQ(json_string(std::string_view("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(json_string("grün 日本 𐐀"), "\"grün 日本 𐐀\"");
}

TEST(JsonString, ReplacesBytesThatAreNotUtf8) { EXPECT_EQ(json_string("a\xFF\xC3"), "\"a\uFFFD\uFFFD\""); }

}  // namespace
}  // namespace countersign
