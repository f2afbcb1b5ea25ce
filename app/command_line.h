// SPDX-License-Identifier: Apache-2.0
// The options of one command: declared, parsed, explained. One thread.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace countersign {

/// Exit codes of contract.md §2.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,
  kExitWrongUse = 2,
  kExitNotFound = 3,
  kExitConflict = 4,
  kExitNotPermitted = 5,
  kExitTryAgain = 75,
  kExitInterrupted = 130,
};
int exit_code(ErrorKind kind);

/// Prints `countersign: message` and the fields of the error to stderr and returns its exit code.
int report_error(const Error& error);

using Arguments = std::vector<std::string>;

class CommandLine {
 public:
  /// `usage`: the line after `countersign`, for example `match [--rules PATH]… [FILE|-]…`.
  CommandLine(std::string usage, std::string summary);

  CommandLine& flag(const std::string& name, const std::string& help);
  CommandLine& value(const std::string& name, const std::string& placeholder, const std::string& help);
  CommandLine& list(const std::string& name, const std::string& placeholder, const std::string& help);
  /// Arguments without a name; `least` and `most` bound their number.
  CommandLine& positional(const std::string& name, std::size_t least, std::size_t most);

  /// Nothing: go on. Else the exit code: help was printed (0) or the use was wrong (2).
  std::optional<int> parse(const Arguments& arguments);

  bool has(const std::string& name) const { return values_.contains(name); }
  std::string get(const std::string& name, const std::string& fallback = "") const;
  const std::vector<std::string>& all(const std::string& name) const;
  /// A number within bounds, or an InvalidArgument that names option, value and bounds.
  Result<std::uint64_t> number(const std::string& name, std::uint64_t fallback, std::uint64_t low,
                               std::uint64_t high) const;

 private:
  enum class Kind : std::uint8_t { Flag, Value, List };
  struct Option {
    std::string name;
    Kind kind;
    std::string placeholder;
    std::string help;
  };
  void print_help() const;
  int wrong_use(const std::string& problem) const;

  std::string usage_;
  std::string summary_;
  std::vector<Option> options_;
  std::string positional_;
  std::size_t positional_least_ = 0;
  std::size_t positional_most_ = 0;
  std::map<std::string, std::vector<std::string>> values_;
};

/// The known word that `word` probably meant, or empty.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace countersign
