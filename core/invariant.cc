// SPDX-License-Identifier: Apache-2.0
#include "core/invariant.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace countersign {

void broken_invariant(std::source_location where) {
  fmt::print(stderr, "countersign: broken invariant at {}:{} in {}\n", where.file_name(), where.line(),
             where.function_name());
  std::abort();
}

}  // namespace countersign
