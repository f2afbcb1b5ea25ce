// SPDX-License-Identifier: Apache-2.0
#include "rules/regex.h"

#include <re2/re2.h>

#include "core/limits.h"

namespace countersign {

struct Regex::Program {
  Program(const std::string& pattern, const re2::RE2::Options& options) : re(pattern, options) {}
  re2::RE2 re;
};

Result<Regex> Regex::compile(const std::string& pattern, const RegexFlags& flags) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!flags.ignore_case);
  options.set_dot_nl(flags.dot_all);
  auto program = std::make_shared<const Program>(flags.multiline ? "(?m)" + pattern : pattern, options);
  if (!program->re.ok()) return failure(ErrorKind::Malformed, program->re.error());
  return Regex(std::move(program));
}

bool Regex::found_in(std::string_view value) const {
  const std::string_view seen = value.substr(0, kRegexValueBytesMax);
  return re2::RE2::PartialMatch(re2::StringPiece(seen.data(), seen.size()), program_->re);
}

}  // namespace countersign
