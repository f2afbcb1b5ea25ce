// SPDX-License-Identifier: Apache-2.0
#include "app/terminal.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Printable, TextHasNoPowerOverATerminal) {
  EXPECT_EQ(printable("\x1b]0;owned\x07 r\u00e9sum\u00e9\n\t"), "\\x1b]0;owned\\x07 r\u00e9sum\u00e9\n\\x09");
  EXPECT_EQ(printable("\x7f\u009b"), "\\x7f\\x9b");
  EXPECT_EQ(printable("invoice\u202efdp.exe\u2066"), "invoice\\u202efdp.exe\\u2066");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("a\xff\xc3"), "a\uFFFD\uFFFD");
}

}  // namespace
}  // namespace countersign
