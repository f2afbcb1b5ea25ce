// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/note.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/case_fold.h"
#include "core/hash.h"
#include "store/evidence/ed25519.h"
#include "store/evidence/signing_key.h"

namespace countersign {
namespace {

constexpr std::string_view kSignaturePrefix = "\u2014 ";
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kCosignatureTimeBytes = 8;

tl::unexpected<Error> malformed(std::string message) {
  return failure(ErrorKind::Malformed, std::move(message));
}

// Unicode property White_Space.
bool is_unicode_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// decode_utf8 gives surrogates only for bytes that are no character.
bool is_bad_byte(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : as_bytes(bytes)) value = (value << 8U) | byte;
  return value;
}

std::uint32_t key_id(std::string_view name, KeyType type, std::span<const std::uint8_t> public_key) {
  Sha256 hasher;
  hasher.update(name);
  hasher.update("\n");
  hasher.update(std::array{static_cast<std::uint8_t>(type)});
  hasher.update(public_key);
  const Hash256 hash = hasher.finish();
  return static_cast<std::uint32_t>(big_endian(as_text(hash.bytes).substr(0, kKeyIdBytes)));
}

std::string typed_key(const VerifierKey& key) {
  std::string bytes(1, static_cast<char>(key.type));
  bytes += as_text(key.public_key);
  return bytes;
}

Result<KeyType> key_type(std::uint8_t byte) {
  switch (byte) {
    case static_cast<std::uint8_t>(KeyType::Ed25519): return KeyType::Ed25519;
    case static_cast<std::uint8_t>(KeyType::CosignatureV1): return KeyType::CosignatureV1;
    default:
      return failure(ErrorKind::Unsupported,
                     fmt::format("key type {:#04x}; known are 0x01 (Ed25519) and 0x04 (cosignature)", byte));
  }
}

Result<void> check_characters(std::string_view note) {
  for (std::size_t at = 0; at < note.size();) {
    char32_t c = 0;
    const std::size_t length = decode_utf8(note.substr(at), c);
    if (is_bad_byte(c)) return malformed(fmt::format("note: byte {} is not UTF-8", at));
    if (c < 0x20 && c != U'\n') {
      return malformed(
          fmt::format("note: control character {:#04x} at byte {}", static_cast<unsigned>(c), at));
    }
    at += length;
  }
  return {};
}

Result<NoteSignature> parse_signature(std::string_view line, std::size_t number) {
  if (!line.starts_with(kSignaturePrefix)) {
    return malformed(fmt::format("note: signature line {} does not begin with an em dash", number));
  }
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) {
    return malformed(fmt::format("note: signature line {} has no signature", number));
  }
  const std::string_view name = line.substr(0, space);
  if (!is_key_name(name)) return malformed(fmt::format("note: signature line {}: bad key name", number));
  const std::optional<std::string> bytes = from_base64(line.substr(space + 1));
  if (!bytes) return malformed(fmt::format("note: signature line {}: not base64", number));
  if (bytes->size() <= kKeyIdBytes) {
    return malformed(fmt::format("note: signature line {}: {} bytes, at least {} are needed", number,
                                 bytes->size(), kKeyIdBytes + 1));
  }
  const std::string_view all = *bytes;
  return NoteSignature{std::string(name), static_cast<std::uint32_t>(big_endian(all.substr(0, kKeyIdBytes))),
                       std::string(all.substr(kKeyIdBytes))};
}

Result<VerifiedSignature> verify_cosignature(const SignedNote& note, const VerifierKey& key,
                                             std::string_view bytes) {
  constexpr std::uint64_t kSecondsMax = 9'223'372'036;  // the end of Timestamp's range, 2262
  const std::string wrong = fmt::format("cosignature of {}: ", key.name);
  if (bytes.size() != kCosignatureTimeBytes + kEd25519SignatureBytes) {
    return failure(ErrorKind::Denied, wrong + fmt::format("{} bytes, {} are needed", bytes.size(),
                                                          kCosignatureTimeBytes + kEd25519SignatureBytes));
  }
  const std::uint64_t seconds = big_endian(bytes.substr(0, kCosignatureTimeBytes));
  if (seconds > kSecondsMax) {
    return failure(ErrorKind::Denied, wrong + fmt::format("time {} is above {}", seconds, kSecondsMax));
  }
  const std::string message = fmt::format("cosignature/v1\ntime {}\n{}", seconds, note.text);
  if (!ed25519_verify(key.public_key, message, bytes.substr(kCosignatureTimeBytes))) {
    return failure(ErrorKind::Denied, wrong + "the signature is wrong");
  }
  return VerifiedSignature{key, Timestamp{std::chrono::seconds{static_cast<std::int64_t>(seconds)}}};
}

Result<VerifiedSignature> verify_signature(const SignedNote& note, const VerifierKey& key,
                                           std::string_view bytes) {
  if (key.type == KeyType::CosignatureV1) return verify_cosignature(note, key, bytes);
  if (!ed25519_verify(key.public_key, note.text, bytes)) {
    return failure(ErrorKind::Denied, fmt::format("signature of {}: the signature is wrong", key.name));
  }
  return VerifiedSignature{key, std::nullopt};
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  for (std::size_t at = 0; at < name.size();) {
    char32_t c = 0;
    at += decode_utf8(name.substr(at), c);
    if (is_bad_byte(c) || c < 0x20 || c == U'+' || is_unicode_space(c)) return false;
  }
  return true;
}

Result<VerifierKey> make_verifier_key(std::string name, KeyType type,
                                      const std::array<std::uint8_t, 32>& public_key) {
  if (!is_key_name(name)) {
    return failure(ErrorKind::InvalidArgument,
                   "key name: must be UTF-8, not empty, without spaces, control characters and '+'");
  }
  const std::uint32_t id = key_id(name, type, public_key);
  return VerifierKey{std::move(name), id, type, public_key};
}

std::string format_vkey(const VerifierKey& key) {
  return fmt::format("{}+{:08x}+{}", key.name, key.id, to_base64(typed_key(key)));
}

Result<VerifierKey> parse_vkey(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("vkey: must be name+id+key");
  const std::string_view name = text.substr(0, first);
  if (!is_key_name(name)) return malformed("vkey: bad key name");
  const std::optional<std::string> bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->empty()) return malformed(fmt::format("vkey {}: the key is not base64", name));
  Result<KeyType> type = key_type(static_cast<std::uint8_t>(bytes->front()));
  if (!type) return failure(type.error().kind, fmt::format("vkey {}: {}", name, type.error().message));
  VerifierKey key;
  if (bytes->size() != key.public_key.size() + 1) {
    return malformed(fmt::format("vkey {}: key of {} bytes, {} are needed", name, bytes->size() - 1,
                                 key.public_key.size()));
  }
  std::copy(bytes->begin() + 1, bytes->end(), key.public_key.begin());
  key.name = name;
  key.type = *type;
  key.id = key_id(key.name, key.type, key.public_key);
  const std::string id = fmt::format("{:08x}", key.id);
  if (text.substr(first + 1, second - first - 1) != id) {
    return malformed(fmt::format("vkey {}: the key id does not belong to the key, which has {}", name, id));
  }
  return key;
}

std::string format_signature(const NoteSignature& signature) {
  std::string bytes;
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    bytes.push_back(static_cast<char>(static_cast<std::uint8_t>(signature.key_id >> (shift - 8))));
  }
  bytes += signature.bytes;
  return fmt::format("{}{} {}\n", kSignaturePrefix, signature.key_name, to_base64(bytes));
}

Result<std::string> format_note(const SignedNote& note) {
  if (!note.text.ends_with('\n') || note.signatures.empty()) {
    return failure(ErrorKind::InvalidArgument, "note: needs a text that ends in a newline, and a signature");
  }
  std::string out = note.text;
  out += '\n';
  for (const NoteSignature& signature : note.signatures) out += format_signature(signature);
  return out;
}

Result<SignedNote> parse_note(std::string_view note) {
  if (note.size() > kNoteBytesMax) {
    return failure(ErrorKind::LimitExceeded,
                   fmt::format("note: {} bytes, limit {}", note.size(), kNoteBytesMax));
  }
  if (Result<void> ok = check_characters(note); !ok) return failure(ok.error());
  const std::size_t separator = note.rfind("\n\n");
  if (separator == std::string_view::npos) return malformed("note: no empty line before the signatures");
  SignedNote parsed;
  parsed.text = note.substr(0, separator + 1);
  std::string_view rest = note.substr(separator + 2);
  if (rest.empty()) return malformed("note: no signature");
  while (!rest.empty()) {
    const std::size_t number = parsed.signatures.size() + 1;
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      return malformed(fmt::format("note: signature line {} does not end in a newline", number));
    }
    if (number > kNoteSignaturesMax) {
      return failure(ErrorKind::LimitExceeded,
                     fmt::format("note: more than {} signatures", kNoteSignaturesMax));
    }
    Result<NoteSignature> signature = parse_signature(rest.substr(0, end), number);
    if (!signature) return failure(signature.error());
    parsed.signatures.push_back(std::move(*signature));
    rest.remove_prefix(end + 1);
  }
  return parsed;
}

Result<std::vector<VerifiedSignature>> verify_note(const SignedNote& note,
                                                   std::span<const VerifierKey> keys) {
  std::vector<VerifiedSignature> verified;
  for (const NoteSignature& signature : note.signatures) {
    for (const VerifierKey& key : keys) {
      if (key.name != signature.key_name || key.id != signature.key_id) continue;
      Result<VerifiedSignature> result = verify_signature(note, key, signature.bytes);
      if (!result) return failure(result.error());
      const bool seen = std::any_of(verified.begin(), verified.end(),
                                    [&](const VerifiedSignature& other) { return other.key == key; });
      if (!seen) verified.push_back(std::move(*result));
    }
  }
  if (verified.empty()) return failure(ErrorKind::Denied, "note: no known key signed it");
  return verified;
}

Result<NoteSignature> sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  Result<VerifierKey> verifier = make_verifier_key(std::string(name), KeyType::Ed25519, key.public_key());
  if (!verifier) return failure(verifier.error());
  return NoteSignature{verifier->name, verifier->id, key.sign(text)};
}

}  // namespace countersign
