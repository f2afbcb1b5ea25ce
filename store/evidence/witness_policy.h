// SPDX-License-Identifier: Apache-2.0
// Whom to trust: logs, witnesses, and how many of them must have signed (C2SP tlog-policy). Pure; any thread.
//
//   line    = "log" vkey [url] / "witness" name vkey [url] / "group" name ("all" / "any" / k) 1*name
//           / "quorum" (name / "none")         ; blanks: space and tab; "#" lines and empty lines are ignored
//
// A name is defined before it is used, a member belongs to one group, exactly one quorum. Errors: Malformed
// with the line, Unsupported (key type; cosignatures with ML-DSA need a newer OpenSSL), LimitExceeded.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/evidence/note.h"

namespace countersign {

inline constexpr std::size_t kPolicyBytesMax = 1'000'000;
inline constexpr std::size_t kPolicyLinesMax = 1'000;

struct PolicyLog {
  VerifierKey key;
  std::string url;
};

/// A witness, or a group: `members` are indices of earlier nodes, `needed` of them must hold.
struct PolicyNode {
  std::string name;
  std::optional<VerifierKey> witness;
  std::string url;
  std::vector<std::size_t> members;
  std::size_t needed = 0;
};

struct WitnessPolicy {
  std::vector<PolicyLog> logs;
  std::vector<PolicyNode> nodes;
  std::optional<std::size_t> quorum;  // of `nodes`; empty: no cosignature is asked for

  /// Of logs and witnesses, for verify_note and open_checkpoint.
  std::vector<VerifierKey> keys() const;
  /// True when the verified signatures reach the quorum.
  bool satisfied_by(std::span<const VerifiedSignature> signatures) const;
};

Result<WitnessPolicy> parse_witness_policy(std::string_view text);

/// The policy of a log that has no witness yet.
std::string format_unwitnessed_policy(const VerifierKey& log);

}  // namespace countersign
