// SPDX-License-Identifier: Apache-2.0
// A pack as its author wrote it: checked against the closed schema (docs/packs.md), not compiled yet. Plain
// values; one thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/log_source.h"
#include "ingest/pack_program.h"
#include "ingest/pack_tests.h"
#include "rules/yaml_reader.h"

namespace countersign {

/// Findings of pack files. Their codes are listed in docs/packs.md.
class PackFindings {
 public:
  explicit PackFindings(std::string file) : file_(std::move(file)) {}

  void error(std::string_view code, Position where, std::string message, std::string hint = {});
  void take(std::vector<Diagnostic> others);
  std::size_t errors() const { return errors_; }
  std::vector<Diagnostic>& list() { return list_; }

 private:
  std::string file_;
  std::vector<Diagnostic> list_;
  std::size_t errors_ = 0;
};

struct ClassSource {
  Position where;
  /// Selecting field → folded values, any of which will do.
  std::vector<std::pair<std::string, std::vector<std::string>>> when;
  std::vector<LogSource> log_sources;
  std::vector<FieldMap> maps;
  std::vector<std::string> group_by;
  std::vector<std::string> duplicate_key;
  std::shared_ptr<const VendorAlertRule> vendor_alert;
};

struct PackSource {
  Pack pack;  // everything but the classes, which need compiling
  std::vector<std::string> class_fields;
  std::vector<ClassSource> classes;
  std::vector<std::string> group_by;
  std::vector<std::string> duplicate_key;
  std::vector<PackTest> tests;
};

/// Reads one pack file's document. With an error finding the result is not to be used.
PackSource read_pack(const YamlNode& root, PackFindings& findings);

/// Makes the decision tables of `source` and gives the finished pack.
std::unique_ptr<const Pack> compile_pack(PackSource source);

}  // namespace countersign
