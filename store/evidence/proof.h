// SPDX-License-Identifier: Apache-2.0
// Proofs that an entry is in the log, to be verified offline with the log's key alone (C2SP tlog-proof): the
// receipt of a decision, the attachment of an audit sample. Pure; any thread.
//
//   proof = "c2sp.org/tlog-proof@v1" LF ["extra " base64 LF] "index " decimal LF *(base64(hash) LF) LF
//   checkpoint
//
// Errors: Malformed (text, or the proof leads elsewhere), Denied (signature).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/evidence/checkpoint.h"

namespace countersign {

struct TlogProof {
  std::optional<std::string> extra = {};  // not authenticated; we write none
  EntrySeq index;
  std::vector<Hash256> hashes;
  std::string checkpoint;  // the signed note, verbatim
  bool operator==(const TlogProof&) const = default;
};

std::string format_proof(const TlogProof& proof);
Result<TlogProof> parse_proof(std::string_view text);

/// Verifies the checkpoint's signature by one of `keys` and that `entry` stands at the proof's index.
Result<OpenedCheckpoint> verify_proof(const TlogProof& proof, std::string_view entry,
                                      std::span<const VerifierKey> keys);

}  // namespace countersign
