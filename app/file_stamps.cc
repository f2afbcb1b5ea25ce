// SPDX-License-Identifier: Apache-2.0
#include "app/file_stamps.h"

#include "core/yaml_files.h"
#include "ingest/rule_tests.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

void stamp(const fs::path& file, FileStamps& stamps) {
  std::error_code no_size;
  std::error_code no_time;
  const FileStamp stamp{fs::file_size(file, no_size), fs::last_write_time(file, no_time)};
  if (!no_size && !no_time) stamps.emplace(file.generic_string(), stamp);
}

}  // namespace

FileStamps stamp_files(const DetectionPaths& given) {
  const DetectionPaths paths = with_shipped(given);
  FileStamps stamps;
  const auto stamp_all = [&stamps](const std::vector<fs::path>& roots, bool tested) {
    for (const fs::path& root : roots) {
      const auto files = find_yaml_files(root);
      if (!files) continue;
      for (const fs::path& file : *files) {
        stamp(file, stamps);
        if (tested) stamp(rule_tests_path(file.generic_string()), stamps);
      }
    }
  };
  stamp_all(paths.rules, true);
  stamp_all(paths.packs, false);
  if (!paths.values.empty()) stamp(paths.values, stamps);
  return stamps;
}

bool RestWatch::rested(FileStamps now, const FileStamps& known) {
  const bool rests = now == seen_;
  seen_ = std::move(now);
  return rests && seen_ != known;
}

}  // namespace countersign
