// SPDX-License-Identifier: Apache-2.0
// The equations of semantics.md §6 as pure functions. Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/report.h"
#include "core/result.h"
#include "store/query.h"

namespace countersign {

void add_counts(const LedgerCounts& from, LedgerCounts& to);

/// What does not balance in a row of the books, in words with both numbers; empty: it balances.
std::vector<std::string> imbalances(const LedgerRow& row);

/// Whether a report may be applied. Corrupt: its sums do not balance, or its gaps, its next position or its
/// dead letters contradict its range. InvalidArgument: names that cannot stand in an entry.
Result<void> check_report(const Report& report);

}  // namespace countersign
