// SPDX-License-Identifier: Apache-2.0
// The boundary where an exception of a library becomes an answer. Any thread.
#pragma once

#include <functional>
#include <string>

namespace countersign {

/// Runs `work`; when it throws, `failed` gets what the exception says.
void guarded(const std::function<void()>& work, const std::function<void(std::string)>& failed);

}  // namespace countersign
