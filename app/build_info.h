// SPDX-License-Identifier: Apache-2.0
// Which build this is, and where its shipped files lie. Pure; any thread.
#pragma once

#include <filesystem>
#include <string>

namespace countersign {

std::string build_version();  // 0.1.0
std::string
build_revision();          // git commit, 12 hex digits, `+changes` when the tree was not clean; or `unknown`
std::string build_text();  // countersign 0.1.0 (revision)

/// Folder of shipped `rules` or `packs`: share/countersign beside the program or one level above it.
std::filesystem::path shipped_folder(const std::string& what);

}  // namespace countersign
