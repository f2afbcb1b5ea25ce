// SPDX-License-Identifier: Apache-2.0
// What can be done with a data folder by itself. Reading works beside a running server and without one (it
// sees what is durable when it begins); adding people needs the folder alone. One thread each. Errors:
// NotFound (no data folder), Denied, Unavailable (a server uses it), Unsupported (newer schema), Corrupt, and
// those of the evidence log.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/hash.h"
#include "core/random.h"
#include "core/result.h"
#include "store/evidence/exporter.h"
#include "store/people.h"

namespace countersign {

/// Hex SHA-256 over exactly what must be equal (semantics.md §1): of each alert rule, group key, generation,
/// count, first, last, level, the sample's times and hashes, and where its review stands; the ledger summed
/// over all partitions, without gaps. Equal for a file and a topic with the same messages, and for any way of
/// cutting them into reports.
Result<std::string> store_digest(const std::filesystem::path& folder);

struct LogHead {
  std::uint64_t size = 0;
  Hash256 root;  // recomputed from the entries
};
Result<LogHead> log_head(const std::filesystem::path& folder);

struct StoreCheck {
  std::uint64_t entries = 0;
  std::uint64_t alerts = 0;
  std::uint64_t tiles = 0;            // full tiles that were compared
  std::vector<std::string> problems;  // the first hundred, in words; empty: all is well
};
/// Entries against tiles and checkpoints and against the rules of the log, queues, groups, deadlines and
/// counts against alerts, the ledger against itself and against the alerts.
Result<StoreCheck> store_check(const std::filesystem::path& folder);

struct Replayed {
  std::string digest;
  LogHead head;
};
/// Applies the journal of `folder` to the empty (or absent) folder `target`. Conflict: the journal was
/// pruned, or `target` is not empty.
Result<Replayed> replay_journal(const std::filesystem::path& folder, const std::filesystem::path& target);

/// Writes an evidence export (contract.md §4). NotFound: nothing was signed yet.
Result<ExportSummary> export_evidence(const std::filesystem::path& folder, const std::filesystem::path& out,
                                      bool payloads);

/// Makes a person or token that the next start records in the log (`user.changed`) and that is valid from
/// then. Errors of Store::add_person and Store::add_token.
Result<Person> add_person_offline(const std::filesystem::path& folder, Person person, const Clock& clock,
                                  RandomSource& random);
Result<void> add_token_offline(const std::filesystem::path& folder, const ApiToken& token,
                               const Clock& clock);

}  // namespace countersign
