// SPDX-License-Identifier: Apache-2.0
// A line of separated cells (RFC 4180 with any delimiter) → fields by column names. Pure; any thread that
// owns the event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/formats/text_fields.h"

namespace countersign {

struct CsvSyntax {
  char delimiter = ',';
  /// Names of the columns in order; an empty one is passed over. One that ends in `...` (the last) gets the
  /// rest of the line as it stands.
  std::vector<std::string> columns;
  bool operator==(const CsvSyntax&) const = default;
};

/// A cell in quotes may hold the delimiter, and `""` for a quote. Empty cells give no field; cells beyond the
/// columns are named `column_<number>`, from 1. Failure: truncated (an open quote), too_many_fields. Names
/// are those of `syntax`, which lives as long as the event.
TextRead read_csv(std::string_view text, const CsvSyntax& syntax, TextFields& fields);

}  // namespace countersign
