// SPDX-License-Identifier: Apache-2.0
#include "core/invariant.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(InvariantDeathTest, StaysOnInReleaseAndNamesThePlace) {
  invariant(true);
  EXPECT_DEATH(invariant(false), "broken invariant at .*invariant_test.cc:1[0-9] in");
}

}  // namespace
}  // namespace countersign
