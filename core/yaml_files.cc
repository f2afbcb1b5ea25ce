// SPDX-License-Identifier: Apache-2.0
#include "core/yaml_files.h"

#include <algorithm>

#include <fmt/format.h>

namespace countersign {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }
bool is_yaml(const fs::path& path) { return path.extension() == ".yml" || path.extension() == ".yaml"; }

}  // namespace

Result<std::vector<fs::path>> find_yaml_files(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found)
    return failure(ErrorKind::NotFound, fmt::format("there is no file or folder {}", path.string()));
  std::vector<fs::path> files;
  if (!error && status.type() != fs::file_type::directory) files.push_back(path);
  if (status.type() == fs::file_type::directory) {
    fs::recursive_directory_iterator entry(path, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      std::error_code unreadable;  // found again, and reported, when the file is opened
      const bool folder = entry->is_directory(unreadable);
      if (folder && is_hidden(entry->path())) entry.disable_recursion_pending();
      if (!folder && !is_hidden(entry->path()) && is_yaml(entry->path())) files.push_back(entry->path());
    }
  }
  if (error) return failure(ErrorKind::Unavailable, fmt::format("{}: {}", path.string(), error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace countersign
