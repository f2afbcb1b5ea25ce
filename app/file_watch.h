// SPDX-License-Identifier: Apache-2.0
// Says that files of rules changed: those named, and those of the folders named (core/yaml_files.h), by name,
// size and time of change. Of a link it is what it points to that counts, so that a ConfigMap of Kubernetes
// may be swapped. One thread.
#pragma once

#include <filesystem>
#include <vector>

#include "core/hash.h"

namespace countersign {

class FileWatch {
 public:
  /// What is there now is known.
  explicit FileWatch(std::vector<std::filesystem::path> paths);

  /// Looks. True once for a change that was there at the last look already and has not gone on since: files
  /// are written one after the other.
  bool settled_change();

 private:
  Hash256 look() const;

  std::vector<std::filesystem::path> paths_;
  Hash256 known_;
  Hash256 last_look_;
};

}  // namespace countersign
