// SPDX-License-Identifier: Apache-2.0
// Checkpoints: signed tree heads (C2SP tlog-checkpoint). Pure; any thread.
//
//   text = origin LF size LF base64(root) LF *(extension LF)   ; decimal without leading zeros, no empty line
//
// We write no extension lines; those of others are kept, because they are signed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/result.h"
#include "store/evidence/note.h"

namespace countersign {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash256 root;
  std::vector<std::string> extensions = {};
  bool operator==(const Checkpoint&) const = default;
};

/// The note text; the checkpoint must hold an origin and no line with a newline in it.
std::string format_checkpoint(const Checkpoint& checkpoint);
/// Malformed: with the reason.
Result<Checkpoint> parse_checkpoint(std::string_view text);

/// The whole signed note; the key's name is the origin. InvalidArgument: the origin is not a key name.
Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);

struct OpenedCheckpoint {
  Checkpoint checkpoint;
  std::vector<VerifiedSignature> signatures;  // by known keys: of the log, and of witnesses
};

/// Parses a note and verifies it: at least one of `keys` with the origin as its name must have signed, and
/// no signature of a known key may be wrong. Errors of parse_note, verify_note and parse_checkpoint.
Result<OpenedCheckpoint> open_checkpoint(std::string_view note, std::span<const VerifierKey> keys);

/// Decimal without sign and leading zeros, at most kTreeSizeMax; else empty.
std::optional<std::uint64_t> parse_log_number(std::string_view text);

}  // namespace countersign
