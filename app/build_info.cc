// SPDX-License-Identifier: Apache-2.0
#include "app/build_info.h"

#include <system_error>

#include "countersign_revision.h"

namespace countersign {

std::string build_version() { return COUNTERSIGN_VERSION; }
std::string build_revision() { return COUNTERSIGN_REVISION; }
std::string build_text() { return "countersign " + build_version() + " (" + build_revision() + ")"; }

std::filesystem::path shipped_folder(const std::string& what) {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = program.parent_path() / "share" / "countersign" / what;
  if (std::filesystem::exists(beside, error)) return beside;
  return program.parent_path().parent_path() / "share" / "countersign" / what;
}

}  // namespace countersign
