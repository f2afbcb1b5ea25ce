// SPDX-License-Identifier: Apache-2.0
// Regular expressions with named groups, which become fields. Dialect: RE2, linear time. Immutable; any
// thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "ingest/formats/text_fields.h"

namespace countersign {

class TextPatterns {
 public:
  ~TextPatterns();
  TextPatterns(const TextPatterns&) = delete;
  TextPatterns& operator=(const TextPatterns&) = delete;

  /// Errors: Malformed (in the words of RE2), InvalidArgument (no group has a name).
  static Result<std::shared_ptr<const TextPatterns>> compile(const std::vector<std::string>& patterns);

  /// The named groups of the first expression that is found in `text`; groups that took no part, or nothing
  /// but an empty text, give no field. Does not fit: none is found. Failure: too_many_fields. The names live
  /// as long as this object.
  TextRead read(std::string_view text, TextFields& fields) const;

 private:
  struct Program;
  explicit TextPatterns(std::vector<Program> programs);
  std::vector<Program> programs_;
};

}  // namespace countersign
