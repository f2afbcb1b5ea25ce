// SPDX-License-Identifier: Apache-2.0
// Files that the build puts into the program: openapi.yaml as JSON, and docs/api.md. Constants; any thread.
#pragma once

#include <string_view>

namespace countersign {

std::string_view openapi_json();
std::string_view api_manual();

}  // namespace countersign
