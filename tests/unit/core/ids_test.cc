// SPDX-License-Identifier: Apache-2.0
#include "core/ids.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(AlertId, IsWrittenAsTheContractSays) {
  EXPECT_EQ(to_string(AlertId{1, 0, 123}), "1-000-000123");
  EXPECT_EQ(to_string(AlertId{12, 7, 1'234'567}), "12-007-1234567");
}

TEST(AlertId, ReadsExactlyWhatItWrites) {
  EXPECT_EQ(parse_alert_id("1-000-000123"), (AlertId{1, 0, 123}));
  for (const char* wrong : {"", "1", "1-0-123", "0-000-000001", "1-000-123", "1-000-0000123", "-1-000-000123",
                            "1-000-000123 ", "1-000-00012x", "1-000-99999999999999999999", "+1-000-000001"}) {
    EXPECT_FALSE(parse_alert_id(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace countersign
