// SPDX-License-Identifier: Apache-2.0
#include "app/file_watch.h"

#include <set>
#include <string>

#include <fmt/format.h>

#include "core/yaml_files.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

std::string line_of(const fs::path& file) {
  std::error_code ignored;  // what goes away while it is looked at has neither
  const auto size = fs::file_size(file, ignored);
  const auto changed = fs::last_write_time(file, ignored).time_since_epoch();
  return fmt::format("{} {} {}\n", file.string(), size, changed.count());
}

}  // namespace

FileWatch::FileWatch(std::vector<fs::path> paths)
    : paths_(std::move(paths)), known_(look()), last_look_(known_) {}

bool FileWatch::settled_change() {
  const Hash256 now = look();
  const bool settled = now == last_look_;
  last_look_ = now;
  if (!settled || now == known_) return false;
  known_ = now;
  return true;
}

Hash256 FileWatch::look() const {
  std::set<std::string> lines;
  for (const fs::path& path : paths_) {
    lines.insert(line_of(path));
    if (const auto files = find_yaml_files(path))
      for (const fs::path& file : *files) lines.insert(line_of(file));
  }
  Sha256 hash;
  for (const std::string& line : lines) hash.update(line);
  return hash.finish();
}

}  // namespace countersign
