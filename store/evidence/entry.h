// SPDX-License-Identifier: Apache-2.0
// Entries of the evidence log as bytes (contract.md §4), and the payloads that they commit to. Pure.
//
// The bytes themselves are the evidence: what is hashed is what was written, for ever. Therefore members
// stand in the order of the calls and there is one spelling for each value, which a general JSON library does
// not promise from one version to the next.
//
//   entry        = JSON object, UTF-8, no blanks outside strings, at most kEntryBytesMax bytes; members:
//                  v, seq, type, time, actor [, auth, role, channel, request of a human], then those of the
//                  type
//   commitment   = lower-case hex SHA-256(salt payload)       ; salt: 16 random bytes; payload: JSON object
//   payload file = {"salt":"<base64>","payload":"<base64>"} LF
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/time.h"
#include "store/alert.h"

namespace countersign {

inline constexpr std::uint64_t kEntryVersion = 1;
inline constexpr std::size_t kSaltBytes = 16;
/// A range ends early rather than exceed this.
inline constexpr std::size_t kRangeEntryBytesMax = 32 * 1024;

class JsonArray;

/// Members in the order of the calls. A name may be added once; the caller sees to it.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& time(std::string_view name, Timestamp value);
  JsonObject& hash(std::string_view name, const Hash256& value);
  JsonObject& boolean(std::string_view name, bool value);
  JsonObject& null(std::string_view name);
  JsonObject& object(std::string_view name, const JsonObject& value);
  JsonObject& array(std::string_view name, const JsonArray& value);
  /// A value that is JSON already, as it stands. REQUIRES: it is strict JSON.
  JsonObject& json(std::string_view name, std::string_view value) { return raw(name, value); }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  JsonObject& number(std::string_view name, Number value) {
    return raw(name, std::to_string(value));
  }

  JsonObject& text_or_null(std::string_view name, const std::optional<std::string>& value);
  JsonObject& time_or_null(std::string_view name, const std::optional<Timestamp>& value);

  std::string json() const { return "{" + members_ + "}"; }

 private:
  JsonObject& raw(std::string_view name, std::string_view json);
  std::string members_;
};

class JsonArray {
 public:
  JsonArray& text(std::string_view value);
  JsonArray& object(const JsonObject& value);
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  JsonArray& number(Number value) {
    return raw(std::to_string(value));
  }

  std::string json() const { return "[" + elements_ + "]"; }

 private:
  JsonArray& raw(std::string_view json);
  std::string elements_;
};

/// The members that every entry has, from `v` on; the caller adds those of the type. A human's context adds
/// `auth`, `role`, `channel` and `request`; of others only kind and id are written.
JsonObject begin_entry(EntrySeq seq, std::string_view type, Timestamp time, const ActorContext& context);
/// The entry's bytes. LimitExceeded: above kEntryBytesMax; the message names type and size.
Result<std::string> finish_entry(const JsonObject& entry, std::string_view type);

using Salt = std::array<std::uint8_t, kSaltBytes>;

std::string commitment(const Salt& salt, std::string_view payload);

struct SaltedPayload {
  Salt salt{};
  std::string payload;
};

std::string format_payload_file(const SaltedPayload& payload);
/// Malformed: not exactly what format_payload_file writes.
Result<SaltedPayload> parse_payload_file(std::string_view bytes);

/// True for the entry types of contract.md §4.
bool is_entry_type(std::string_view type);

}  // namespace countersign
