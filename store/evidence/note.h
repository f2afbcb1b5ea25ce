// SPDX-License-Identifier: Apache-2.0
// Signed notes (C2SP signed-note) and their verifier keys. Pure; any thread.
//
//   note       = text LF 1*signature              ; text ends in LF; the last empty line separates
//   signature  = U+2014 SP name SP base64(key-id signature-bytes) LF      ; key-id: 4 bytes, big-endian
//   vkey       = name "+" 8lower-hex(key-id) "+" base64(type public-key)  ; type: 1 byte
//   key-id     = first 4 bytes of SHA-256(name LF type public-key)
//
// UTF-8 without control characters but LF; a name is not empty and has neither Unicode spaces nor "+".
// Errors: Malformed (with the reason), Unsupported (key type), LimitExceeded, Denied (a signature is wrong or
// no known key signed).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace countersign {

class SigningKey;

inline constexpr std::size_t kNoteBytesMax = 1'000'000;  // as golang.org/x/mod/sumdb/note
inline constexpr std::size_t kNoteSignaturesMax = 100;   // the same; the specification asks for at least 16

enum class KeyType : std::uint8_t {
  Ed25519 = 0x01,       // signs the note text
  CosignatureV1 = 0x04  // Ed25519 over a time and the note text (C2SP tlog-cosignature)
};

struct VerifierKey {
  std::string name;
  std::uint32_t id = 0;
  KeyType type = KeyType::Ed25519;
  std::array<std::uint8_t, 32> public_key{};
  bool operator==(const VerifierKey&) const = default;
};

/// True when `name` may stand in a signature line.
bool is_key_name(std::string_view name);

/// Computes the key id. InvalidArgument: not a key name.
Result<VerifierKey> make_verifier_key(std::string name, KeyType type,
                                      const std::array<std::uint8_t, 32>& public_key);
std::string format_vkey(const VerifierKey& key);
/// Accepts exactly what `format_vkey` writes, and checks the key id.
Result<VerifierKey> parse_vkey(std::string_view text);

struct NoteSignature {
  std::string key_name;
  std::uint32_t key_id = 0;
  std::string bytes;  // after the key id
  bool operator==(const NoteSignature&) const = default;
};

struct SignedNote {
  std::string text;  // ends in LF
  std::vector<NoteSignature> signatures;
};

std::string format_signature(const NoteSignature& signature);
/// InvalidArgument: the text does not end in LF, or no signature.
Result<std::string> format_note(const SignedNote& note);
/// Says nothing about the signatures' truth. Repeated lines are kept.
Result<SignedNote> parse_note(std::string_view note);

struct VerifiedSignature {
  VerifierKey key;
  std::optional<Timestamp> cosigned_at;  // CosignatureV1 only
};

/// Verifies every signature whose name and id are those of a key in `keys`, and ignores the others. One that
/// fails refuses the whole note, even beside a good one of the same key. Each key is reported once, in the
/// order of the lines. Denied when no key of `keys` signed.
Result<std::vector<VerifiedSignature>> verify_note(const SignedNote& note, std::span<const VerifierKey> keys);

/// The signature line of `key` under `name` (KeyType::Ed25519). InvalidArgument: not a key name.
Result<NoteSignature> sign_note(std::string_view text, std::string_view name, const SigningKey& key);

}  // namespace countersign
