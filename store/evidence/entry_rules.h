// SPDX-License-Identifier: Apache-2.0
// What entries of a log must say, one after the other (contract.md §4): the part of `audit verify` that looks
// into the entries, apart from hashes and files. Pure; one thread.
//
// Errors: Malformed; the message says which rule of which entry is broken and never shows an entry's values
// but numbers, types and alert ids, which are not personal data.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/result.h"
#include "store/evidence/entry.h"

namespace countersign {

/// What the entries so far said.
struct EntryFacts {
  std::uint64_t entries = 0;
  std::map<std::string, std::uint64_t> by_type;
  std::string first_time;  // as written; empty without entries
  std::string last_time;
  std::vector<std::string> rotated_vkeys;
  std::uint64_t ranges_opened = 0;  // Σ `opened` of ingest.range and correlation.range
  std::uint64_t alerts_opened = 0;  // alert.opened of kinds rule, vendor and correlation
};

class EntryRules {
 public:
  /// `origin` as the checkpoint has it.
  explicit EntryRules(std::string origin);
  ~EntryRules();

  /// Checks the next entry, in the order of the log.
  Result<void> check(std::string_view entry);
  const EntryFacts& facts() const;

  /// The commitment of the entry that was checked last; empty when it has none.
  const std::optional<Hash256>& last_commitment() const;
  /// Checks the payload of the entry that was checked last: it matches the commitment, is one JSON object
  /// and says what the entry says.
  Result<void> check_payload(const SaltedPayload& payload) const;
  /// True when a payload.erased entry names `seq`.
  bool erased(std::uint64_t seq) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
