// SPDX-License-Identifier: Apache-2.0
// What the files of rules, packs and values look like, so that a change is seen without reading them. Any
// thread; asks the file system about each file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "app/loading.h"

namespace countersign {

struct FileStamp {
  std::uintmax_t size = 0;
  std::filesystem::file_time_type changed;
  bool operator==(const FileStamp&) const = default;
};

/// By path, as findings name it.
using FileStamps = std::map<std::string, FileStamp>;

/// The files that load_sets() would read, and the test events beside rules. Of a link, those of its target.
/// What cannot be looked at is absent.
FileStamps stamp_files(const DetectionPaths& paths);

/// Says when files that changed have come to rest: while somebody still writes, they are not looked into.
/// One thread.
class RestWatch {
 public:
  /// `now` is what the files look like at this look, `known` what they looked like when they were last read.
  bool rested(FileStamps now, const FileStamps& known);

 private:
  FileStamps seen_;  // at the last look
};

}  // namespace countersign
