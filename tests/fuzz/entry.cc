// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzzing.h"

/// What libFuzzer calls with every input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  countersign::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
