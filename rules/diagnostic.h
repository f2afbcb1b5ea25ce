// SPDX-License-Identifier: Apache-2.0
// What is wrong with a rule, where, and what to do about it. Codes are stable: they are a contract with rule
// authors and with the tools that read `rules check --json`. The table of all codes is in diagnostic.cc;
// docs/reference/rule-diagnostics.md is compared with it in a test. Plain values; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

enum class Severity : std::uint8_t {
  Error,    // the document is refused
  Warning,  // it is loaded; the author should look
};
std::string_view to_string(Severity severity);

struct Diagnostic {
  std::string file;
  int line = 0;    // from 1; 0 = the file as a whole
  int column = 0;  // in characters, from 1; 0 = the line as a whole
  Severity severity = Severity::Error;
  std::string code;
  std::string message;
  std::string hint;  // may be empty
};

/// `file:line:column: error[code]: message (hint)`
std::string to_string(const Diagnostic& diagnostic);

/// One row of the table of codes.
struct DiagnosticCode {
  std::string_view code;
  Severity severity = Severity::Error;
  std::string_view meaning;
};
std::span<const DiagnosticCode> diagnostic_codes();

}  // namespace countersign
