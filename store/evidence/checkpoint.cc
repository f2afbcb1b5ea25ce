// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "store/evidence/merkle.h"

namespace countersign {
namespace {

tl::unexpected<Error> malformed(std::string message) {
  return failure(ErrorKind::Malformed, std::move(message));
}

Result<std::vector<std::string_view>> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return malformed("checkpoint: the last line does not end in a newline");
    if (end == 0) return malformed(fmt::format("checkpoint: line {} is empty", lines.size() + 1));
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

std::optional<std::uint64_t> parse_log_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || value > kTreeSizeMax) return std::nullopt;
  return value;
}

std::string format_checkpoint(const Checkpoint& checkpoint) {
  std::string text = fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                                 to_base64(std::span<const std::uint8_t>(checkpoint.root.bytes)));
  for (const std::string& line : checkpoint.extensions) {
    text += line;
    text += '\n';
  }
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Result<std::vector<std::string_view>> lines = lines_of(text);
  if (!lines) return failure(lines.error());
  if (lines->size() < 3) {
    return malformed(fmt::format("checkpoint: {} lines, at least 3 are needed", lines->size()));
  }
  Checkpoint checkpoint;
  checkpoint.origin = (*lines)[0];
  const std::optional<std::uint64_t> size = parse_log_number((*lines)[1]);
  if (!size) return malformed(fmt::format("checkpoint: line 2 is not a tree size up to {}", kTreeSizeMax));
  checkpoint.size = *size;
  const std::optional<std::string> root = from_base64((*lines)[2]);
  if (!root || root->size() != checkpoint.root.bytes.size()) {
    return malformed("checkpoint: line 3 is not the base64 of 32 bytes");
  }
  std::copy(root->begin(), root->end(), checkpoint.root.bytes.begin());
  if (checkpoint.size == 0 && checkpoint.root != empty_root()) {
    return malformed("checkpoint: size 0 has another root than the empty tree");
  }
  checkpoint.extensions.assign(lines->begin() + 3, lines->end());
  return checkpoint;
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  SignedNote note{format_checkpoint(checkpoint), {}};
  Result<NoteSignature> signature = sign_note(note.text, checkpoint.origin, key);
  if (!signature) return failure(signature.error());
  note.signatures.push_back(std::move(*signature));
  return format_note(note);
}

Result<OpenedCheckpoint> open_checkpoint(std::string_view note, std::span<const VerifierKey> keys) {
  Result<SignedNote> parsed = parse_note(note);
  if (!parsed) return failure(parsed.error());
  Result<std::vector<VerifiedSignature>> signatures = verify_note(*parsed, keys);
  if (!signatures) return failure(signatures.error());
  Result<Checkpoint> checkpoint = parse_checkpoint(parsed->text);
  if (!checkpoint) return failure(checkpoint.error());
  const bool by_log = std::any_of(signatures->begin(), signatures->end(), [&](const VerifiedSignature& one) {
    return one.key.type == KeyType::Ed25519 && one.key.name == checkpoint->origin;
  });
  if (!by_log) {
    return failure(ErrorKind::Denied,
                   fmt::format("checkpoint: no known key named {} signed it", checkpoint->origin));
  }
  return OpenedCheckpoint{std::move(*checkpoint), std::move(*signatures)};
}

}  // namespace countersign
