// SPDX-License-Identifier: Apache-2.0
// The shared test data: lines of its files, decompressed, without their provenance keys.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace countersign::testing {

std::filesystem::path shared_data();
bool have_shared_data();

/// Calls `each` for every line of a plain or `.zst` file until it returns false. Lines lose the members whose
/// names start with `_`, which are no part of the event.
void each_line(const std::filesystem::path& file, const std::function<bool(std::string_view)>& each);

}  // namespace countersign::testing
