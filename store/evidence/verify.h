// SPDX-License-Identifier: Apache-2.0
// `audit verify`: checks an evidence export offline, from its files alone (contract.md §4), and against what
// the verifier brings from outside. Reads only; one thread; memory grows with alerts and commitments, not
// with the size of the entries.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/evidence/checkpoint.h"
#include "store/evidence/entry_rules.h"

namespace countersign {

struct VerifyOptions {
  std::optional<std::filesystem::path> trust;  // verifier keys or a witness policy
  std::vector<std::filesystem::path> known;    // checkpoints kept outside
};

enum class VerifyVerdict : std::uint8_t { Refused, SelfConsistent, Verified };

struct VerifyReport {
  VerifyVerdict verdict = VerifyVerdict::Refused;
  std::string problem;  // the first wrong thing and where; empty unless refused
  Checkpoint head;
  EntryFacts facts;
  std::uint64_t checkpoints = 0;  // of DIR/checkpoints
  std::uint64_t payloads = 0;     // checked against their commitments
  std::uint64_t erased = 0;       // commitments without a payload, by a payload.erased entry
  bool payloads_exported = false;
  std::vector<std::string> signers;            // names of trusted keys that signed the newest checkpoint
  std::vector<std::string> not_authenticated;  // sentences: what this run does not show
};

/// The verdict line, the last on stdout.
std::string_view to_string(VerifyVerdict verdict);

/// A wrong export is a report. Errors are those of what comes from outside it: the folder, the trusted keys
/// or a known checkpoint cannot be read (errors of durable_file.h, parse_trust, open_trusted).
Result<VerifyReport> verify_export(const std::filesystem::path& folder, const VerifyOptions& options);

}  // namespace countersign
