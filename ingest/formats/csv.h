// SPDX-License-Identifier: Apache-2.0
// A line of separated cells (RFC 4180 with any delimiter) → fields by column names. Pure; any thread that
// owns the event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/formats/text_fields.h"

namespace countersign {

struct CsvColumn {
  FieldKey key;
  bool takes_rest = false;  // gets the rest of the line as it stands
  bool operator==(const CsvColumn& other) const {
    return key.name == other.key.name && takes_rest == other.takes_rest;
  }
};

/// Columns in order by their names; an empty one is passed over. One that ends in `...` (the last) takes the
/// rest.
std::vector<CsvColumn> csv_columns(const std::vector<std::string>& names);

struct CsvSyntax {
  char delimiter = ',';
  std::vector<CsvColumn> columns;
  bool operator==(const CsvSyntax&) const = default;
};

/// A cell in quotes may hold the delimiter, and `""` for a quote. Empty cells give no field; cells beyond the
/// columns are named `column_<number>`, from 1. Failure: truncated (an open quote), too_many_fields. Names
/// are those of `syntax`, which lives as long as the event.
TextRead read_csv(std::string_view text, const CsvSyntax& syntax, TextFields& fields);

}  // namespace countersign
