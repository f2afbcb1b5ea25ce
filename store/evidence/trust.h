// SPDX-License-Identifier: Apache-2.0
// What a verifier brings from outside an export: keys or a witness policy, and checkpoints that he kept.
// Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "store/evidence/checkpoint.h"
#include "store/evidence/witness_policy.h"

namespace countersign {

/// A witness policy (C2SP tlog-policy), or verifier keys, one a line; then each log key is trusted and
/// witnesses are verified where they signed, but none is required. Empty lines and lines that begin with #
/// are ignored. Malformed, Unsupported, LimitExceeded; Malformed also when no key of a log is in it.
Result<WitnessPolicy> parse_trust(std::string_view text);

/// A file with verifier keys only, one a line, as an export has it: no other line, one name, no key twice.
Result<std::vector<VerifierKey>> parse_vkeys(std::string_view text);

/// Opens a checkpoint by the keys of `policy` and asks for its quorum. Denied: not reached.
Result<OpenedCheckpoint> open_trusted(std::string_view note, const WitnessPolicy& policy);

}  // namespace countersign
