// SPDX-License-Identifier: Apache-2.0
// Members of an entry by name and kind; the words that their values are taken from. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/result.h"
#include "store/evidence/strict_json.h"

namespace countersign {

enum class FieldKind : std::uint8_t {
  Text,        // a string that is not empty
  TextOrNull,  // a string, or null
  AnyText,     // a string, may be empty
  Count,       // an integer from 0
  Flag,        // true or false
  Hash,        // 64 lower-case hex digits
  HashOrNull,
  Time,  // RFC 3339, UTC, microseconds
  TimeOrNull,
  Alert,  // an alert id
  Object,
  Verdict,
  Reason,
  Level,
  Status,
  Cause,  // of a gap
  AlertKind,
};

struct EntryField {
  std::string_view name;
  FieldKind kind;
};

/// The members that an entry of `type` must have besides the common ones. Those of types whose members no
/// release has fixed yet are few or none.
std::span<const EntryField> fields_of(std::string_view type);

/// Malformed: `object` lacks `field`, or has it in another kind.
Result<void> check_field(const JsonValue& object, const EntryField& field);

// Values of members that check_field has accepted; the callers have checked them.
const std::string& text_of(const JsonValue& object, std::string_view name);
std::uint64_t count_of(const JsonValue& object, std::string_view name);

/// Lower-case only.
std::optional<Hash256> strict_hash(std::string_view text);
/// True for the one spelling that we write.
bool is_entry_time(std::string_view text);

}  // namespace countersign
