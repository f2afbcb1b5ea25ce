// SPDX-License-Identifier: Apache-2.0
// A YAML file as flat settings: `log: {origin: x}` becomes `log.origin` = x. Knows nothing of what settings
// exist.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rules/diagnostic.h"

namespace countersign {

struct YamlSetting {
  std::vector<std::string> values;
  bool list = false;
  int line = 0;  // of the value, from 1
  int column = 0;
  int key_line = 0;
  int key_column = 0;
};

/// Problems (unreadable file, broken YAML, duplicate keys, nested lists) go to `findings`.
std::map<std::string, YamlSetting> read_yaml_settings(const std::filesystem::path& file,
                                                      std::vector<Diagnostic>& findings);

}  // namespace countersign
