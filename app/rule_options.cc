// SPDX-License-Identifier: Apache-2.0
#include "app/rule_options.h"

namespace countersign {

void add_rule_options(CommandLine& line) {
  line.value("values", "FILE", "lists of values for the placeholders of rules (modifier expand)")
      .flag("lenient",
            "read collections of Sigma 1, and networks with bits beyond their prefix, with a warning");
}

void add_status_options(CommandLine& line) {
  line.flag("include-deprecated", "load rules of status deprecated as well")
      .flag("include-unsupported", "load rules of status unsupported as well");
}

DetectionPaths detection_paths(const CommandLine& line, const std::string& rules) {
  DetectionPaths paths;
  paths.rules.assign(line.all(rules).begin(), line.all(rules).end());
  paths.packs.assign(line.all("packs").begin(), line.all("packs").end());
  paths.cache = user_cache_folder();
  paths.values = line.get("values");
  paths.lenient = line.has("lenient");
  paths.include_deprecated = line.has("include-deprecated");
  paths.include_unsupported = line.has("include-unsupported");
  return paths;
}

}  // namespace countersign
