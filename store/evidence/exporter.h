// SPDX-License-Identifier: Apache-2.0
// Writes an evidence export (contract.md §4) from what a live store or a data folder gives. Repeating it into
// the same folder adds what is new; an interrupted one is completed. One thread and one process a folder.
//
// The tree is built again from the entries and must give the checkpoint's root, so an export is never made of
// entries that do not belong together. Files of an earlier export stay as they are: partial tiles, and the
// payloads of entries that were erased since. The checkpoint is written last.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "store/evidence/checkpoint.h"
#include "store/evidence/entry.h"
#include "store/evidence/tree_log.h"

namespace countersign {

using CheckpointVisitor = std::function<Result<void>(std::uint64_t size, std::string_view note)>;
using PayloadVisitor = std::function<Result<void>(EntrySeq seq, const SaltedPayload& payload)>;

struct ExportSource {
  std::vector<VerifierKey> vkeys;  // of this log, oldest first
  std::string checkpoint;          // the newest, a signed note
  std::string witness_policy;
  EntryReader entries;
  /// Calls the visitor for every kept checkpoint and hands its error on; those beyond the newest are left
  /// out.
  std::function<Result<void>(const CheckpointVisitor&)> checkpoints;
  /// The same for every payload that an entry commits to and that is not erased; empty: no payloads wanted.
  std::function<Result<void>(const PayloadVisitor&)> payloads;
};

struct ExportSummary {
  Checkpoint head;
  std::uint64_t checkpoints = 0;
  std::uint64_t payloads = 0;
  std::uint64_t unsigned_entries = 0;  // newer than the checkpoint, not exported; set by export_evidence()
};

/// Conflict: `folder` holds something else, another log, or a longer export of this one. Corrupt: the entries
/// do not give the checkpoint's root, or the folder's checkpoint is not in this log. Errors of the source and
/// of durable_file.h.
Result<ExportSummary> export_log(const ExportSource& source, const std::filesystem::path& folder);

}  // namespace countersign
