// SPDX-License-Identifier: Apache-2.0
// A data folder: where its database is, opening it for reading, and what every opener checks. Any thread.
#pragma once

#include <filesystem>
#include <memory>

#include "store/codec.h"
#include "store/db.h"
#include "store/evidence/tree_log.h"

namespace countersign {

/// The database within a data folder.
std::filesystem::path database_folder(const std::filesystem::path& folder);
/// For reading, beside a running server or without one. NotFound, Unsupported (newer schema).
Result<std::unique_ptr<Db>> open_for_reading(const std::filesystem::path& folder);
/// Durable entries.
EntryReader entry_reader(const Db& db);

Result<Head> head_of(const Db& db);
/// NotFound: the log was never opened.
Result<Identity> identity_of(const Db& db);
Result<void> check_schema(const std::filesystem::path& folder, const Identity& identity);

}  // namespace countersign
