// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/proof.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "store/evidence/merkle.h"

namespace countersign {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kProofHashesMax = 63;  // the depth of a tree of kTreeSizeMax

tl::unexpected<Error> malformed(std::string message) {
  return failure(ErrorKind::Malformed, "proof: " + std::move(message));
}

std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string format_proof(const TlogProof& proof) {
  std::string text = fmt::format("{}\n", kHeader);
  if (proof.extra) text += fmt::format("{}{}\n", kExtra, to_base64(*proof.extra));
  text += fmt::format("{}{}\n", kIndex, proof.index.value);
  for (const Hash256& hash : proof.hashes) {
    text += to_base64(std::span<const std::uint8_t>(hash.bytes));
    text += '\n';
  }
  text += '\n';
  return text + proof.checkpoint;
}

Result<TlogProof> parse_proof(std::string_view text) {
  TlogProof proof;
  if (take_line(text) != kHeader) return malformed(fmt::format("line 1 must be {}", kHeader));
  std::optional<std::string_view> line = take_line(text);
  if (line && line->starts_with(kExtra)) {
    proof.extra = from_base64(line->substr(kExtra.size()));
    if (!proof.extra) return malformed("the extra data is not base64");
    line = take_line(text);
  }
  if (!line || !line->starts_with(kIndex)) return malformed("no line with the index");
  const std::optional<std::uint64_t> index = parse_log_number(line->substr(kIndex.size()));
  if (!index) return malformed(fmt::format("the index is no number up to {}", kTreeSizeMax));
  proof.index = EntrySeq{*index};
  for (;;) {
    line = take_line(text);
    if (!line) return malformed("no empty line before the checkpoint");
    if (line->empty()) break;
    const std::optional<std::string> bytes = from_base64(*line);
    Hash256 hash;
    if (!bytes || bytes->size() != hash.bytes.size()) {
      return malformed(fmt::format("hash {} is not the base64 of 32 bytes", proof.hashes.size()));
    }
    if (proof.hashes.size() == kProofHashesMax) {
      return malformed(fmt::format("more than {} hashes", kProofHashesMax));
    }
    std::ranges::copy(*bytes, hash.bytes.begin());
    proof.hashes.push_back(hash);
  }
  proof.checkpoint = text;
  return proof;
}

Result<OpenedCheckpoint> verify_proof(const TlogProof& proof, std::string_view entry,
                                      std::span<const VerifierKey> keys) {
  Result<OpenedCheckpoint> opened = open_checkpoint(proof.checkpoint, keys);
  if (!opened) return opened;
  const Checkpoint& head = opened->checkpoint;
  Result<void> included = verify_inclusion(leaf_hash(entry), proof.index, head.size, head.root, proof.hashes);
  if (!included) return failure(included.error());
  return opened;
}

}  // namespace countersign
