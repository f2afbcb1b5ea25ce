// SPDX-License-Identifier: Apache-2.0
// The files of rules or packs that a path names. Reads folders; any thread.
#pragma once

#include <filesystem>
#include <vector>

#include "core/result.h"

namespace countersign {

/// The file itself, whatever its name; or all `*.yml` and `*.yaml` of the folder and of those inside, by
/// path. Inside, names that begin with a dot are passed over: `.git`, `.github`, and the `..data` of a
/// mounted ConfigMap, whose files stand beside it as links. Errors: NotFound, Unavailable.
Result<std::vector<std::filesystem::path>> find_yaml_files(const std::filesystem::path& path);

}  // namespace countersign
