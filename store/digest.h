// SPDX-License-Identifier: Apache-2.0
// The digest of a store's content (offline.h says what it covers). Any thread.
//
//   digest = hex SHA-256( *item-hash totals )        ; item-hash: SHA-256 of one alert's text, ascending
//   alert  = lines of name and value; group key parts and samples one line each
//   totals = the ledger's counts, one line each
#pragma once

#include <string>

#include "core/result.h"
#include "store/db.h"

namespace countersign {

Result<std::string> digest_of(const Db& db);

}  // namespace countersign
