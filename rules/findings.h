// SPDX-License-Identifier: Apache-2.0
// Collects the findings of one file while it is read. One thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "rules/diagnostic.h"

namespace countersign {

struct Position {
  int line = 0;
  int column = 0;
};

class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  /// `code` must stand in the table of codes, which also gives the severity. The same finding at the same
  /// place is kept once.
  void add(std::string_view code, Position where, std::string message, std::string hint = {});
  const std::string& file() const { return file_; }
  std::size_t errors() const { return errors_; }
  std::vector<Diagnostic> take();

 private:
  std::string file_;
  std::vector<Diagnostic> list_;
  std::set<std::tuple<int, int, std::string_view, std::string>> seen_;  // line, column, code, message
  std::size_t errors_ = 0;
};

}  // namespace countersign
