// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "store/evidence/durable_file.h"
#include "store/evidence/export_layout.h"
#include "store/evidence/merkle.h"
#include "store/evidence/trust.h"

namespace countersign {
namespace {

constexpr std::size_t kPayloadFileBytesMax = 1ULL << 30U;

tl::unexpected<Error> wrong(std::string_view where, std::string_view what) {
  return failure(ErrorKind::Malformed, fmt::format("{}: {}", where, what));
}

Result<void> wrong_because(std::string_view where, const Error& error) {
  return failure(error.kind, fmt::format("{}: {}", where, error.message));
}

/// A root that the tree must have had at some size, and who says so.
struct ExpectedRoot {
  Hash256 root;
  std::string where;
};

class Verification {
 public:
  Verification(const std::filesystem::path& folder, ExportListing listing, VerifyReport& report)
      : folder_(folder), listing_(std::move(listing)), report_(report) {}

  // In this order; the first error is the first wrong thing.
  Result<void> keys();
  Result<void> head();
  Result<void> kept_checkpoints();
  Result<void> expect(const Checkpoint& known, const std::string& where);
  Result<void> tree();
  Result<void> rotations() const;

  const std::vector<VerifierKey>& vkeys() const { return vkeys_; }
  const std::string& head_note() const { return head_note_; }
  const WitnessPolicy& policy() const { return policy_; }

 private:
  Result<std::string> read(const std::string& name, std::size_t bytes_max) const;
  Result<std::vector<Hash256>> hash_tile(const TileId& id) const;
  Result<void> bundle(std::uint64_t index, unsigned width);
  Result<void> entry(std::uint64_t seq, std::string_view bytes, const std::string& where);
  Result<void> payload(std::uint64_t seq);
  Result<void> roots_at(std::uint64_t size);
  Result<void> full_tiles_equal();
  Result<void> partial_tiles_equal();
  Result<void> surplus_tile(const TileId& id);
  Result<void> payloads_complete();

  const std::filesystem::path& folder_;
  ExportListing listing_;
  VerifyReport& report_;
  std::vector<VerifierKey> vkeys_;
  WitnessPolicy policy_;
  std::string head_note_;
  std::map<std::uint64_t, std::vector<ExpectedRoot>> expected_;
  RightEdge peaks_;
  TileEdge edge_;
  std::vector<TileFile> full_;  // tiles that became full and are not compared yet
  std::optional<EntryRules> rules_;
  std::vector<std::uint64_t> without_payload_;
};

Result<std::string> Verification::read(const std::string& name, std::size_t bytes_max) const {
  Result<std::string> bytes = read_file("export", folder_ / name, bytes_max);
  if (bytes) return bytes;
  if (bytes.error().kind == ErrorKind::NotFound) return wrong(name, "missing");
  if (bytes.error().kind == ErrorKind::LimitExceeded) {
    return wrong(name, fmt::format("more than {} bytes", bytes_max));
  }
  return bytes;
}

Result<void> Verification::keys() {
  Result<std::string> text = read(std::string(kVkeysFile), kNoteBytesMax);
  if (!text) return failure(text.error());
  Result<std::vector<VerifierKey>> keys = parse_vkeys(*text);
  if (!keys) return failure(keys.error());
  vkeys_ = std::move(*keys);
  Result<std::string> policy = read(std::string(kWitnessPolicyFile), kPolicyBytesMax);
  if (!policy) return failure(policy.error());
  Result<WitnessPolicy> parsed = parse_witness_policy(*policy);
  if (!parsed) return wrong_because(kWitnessPolicyFile, parsed.error());
  policy_ = std::move(*parsed);
  if (policy_.logs.size() != 1 || policy_.logs.front().key != vkeys_.back()) {
    return wrong(kWitnessPolicyFile, "must name the newest key of vkeys, and no other log");
  }
  return {};
}

Result<void> Verification::head() {
  Result<std::string> note = read(std::string(kCheckpointFile), kNoteBytesMax);
  if (!note) return failure(note.error());
  head_note_ = std::move(*note);
  // The policy's keys: the newest key of the log, and witnesses.
  Result<OpenedCheckpoint> opened = open_checkpoint(head_note_, policy_.keys());
  if (!opened) return wrong_because(kCheckpointFile, opened.error());
  report_.head = std::move(opened->checkpoint);
  rules_.emplace(report_.head.origin);
  return expect(report_.head, std::string(kCheckpointFile));
}

Result<void> Verification::kept_checkpoints() {
  std::vector<VerifierKey> keys = policy_.keys();
  keys.insert(keys.end(), vkeys_.begin(), vkeys_.end() - 1);
  for (const std::uint64_t size : listing_.checkpoints) {
    const std::string where = checkpoint_file(size);
    Result<std::string> note = read(where, kNoteBytesMax);
    if (!note) return failure(note.error());
    Result<OpenedCheckpoint> opened = open_checkpoint(*note, keys);
    if (!opened) return wrong_because(where, opened.error());
    if (opened->checkpoint.size != size) {
      return wrong(where, fmt::format("is a checkpoint of size {}", opened->checkpoint.size));
    }
    if (Result<void> ok = expect(opened->checkpoint, where); !ok) return ok;
    ++report_.checkpoints;
  }
  return {};
}

Result<void> Verification::expect(const Checkpoint& known, const std::string& where) {
  if (known.origin != report_.head.origin) return wrong(where, "is of another log (origin)");
  if (known.size > report_.head.size) {
    return wrong(where, fmt::format("has size {}, but this export ends at {}: entries are missing",
                                    known.size, report_.head.size));
  }
  expected_[known.size].push_back({known.root, where});
  return {};
}

Result<void> Verification::roots_at(std::uint64_t size) {
  const auto here = expected_.find(size);
  if (here == expected_.end()) return {};
  const Hash256 root = peaks_.root();
  for (const ExpectedRoot& expected : here->second) {
    if (expected.root == root) continue;
    return wrong(expected.where,
                 fmt::format("its root is not that of the first {} entries of this export", size));
  }
  return {};
}

Result<std::vector<Hash256>> Verification::hash_tile(const TileId& id) const {
  Result<std::string> bytes = read(tile_file(id), kTileWidth * kHashBytes);
  if (!bytes) return failure(bytes.error());
  Result<std::vector<Hash256>> hashes = decode_hash_tile(*bytes, id.width);
  if (!hashes) return wrong(tile_file(id), hashes.error().message);
  return hashes;
}

Result<void> Verification::payload(std::uint64_t seq) {
  const bool commits = rules_->last_commitment().has_value();
  const bool present = listing_.payloads.contains(seq);
  if (present && !commits) return wrong(payload_file(seq), fmt::format("entry {} has no commitment", seq));
  if (!present) {
    if (commits) without_payload_.push_back(seq);
    return {};
  }
  Result<std::string> bytes = read(payload_file(seq), kPayloadFileBytesMax);
  if (!bytes) return failure(bytes.error());
  Result<SaltedPayload> parsed = parse_payload_file(*bytes);
  if (!parsed) return wrong_because(payload_file(seq), parsed.error());
  if (Result<void> ok = rules_->check_payload(*parsed); !ok)
    return wrong_because(payload_file(seq), ok.error());
  ++report_.payloads;
  return {};
}

Result<void> Verification::entry(std::uint64_t seq, std::string_view bytes, const std::string& where) {
  const Hash256 leaf = leaf_hash(bytes);
  peaks_.append(leaf);
  edge_.append(leaf, full_);
  if (Result<void> ok = rules_->check(bytes); !ok) return wrong_because(where, ok.error());
  if (Result<void> ok = payload(seq); !ok) return ok;
  return roots_at(seq + 1);
}

Result<void> Verification::bundle(std::uint64_t index, unsigned width) {
  const TileId bundle_id{true, 0, index, width};
  const TileId tile_id{false, 0, index, width};
  Result<std::string> bytes = read(tile_file(bundle_id), kBundleBytesMax);
  if (!bytes) return failure(bytes.error());
  Result<std::vector<std::string>> entries = decode_bundle(*bytes, width);
  if (!entries) return wrong_because(tile_file(bundle_id), entries.error());
  Result<std::vector<Hash256>> hashes = hash_tile(tile_id);
  if (!hashes) return failure(hashes.error());
  std::size_t at = 2;
  for (unsigned i = 0; i < width; ++i) {
    const std::uint64_t seq = index * kTileWidth + i;
    const std::string where = fmt::format("entry {} ({}, byte {})", seq, tile_file(bundle_id), at);
    if (leaf_hash((*entries)[i]) != (*hashes)[i]) {
      return wrong(where, fmt::format("does not give hash {} of {}", i, tile_file(tile_id)));
    }
    if (Result<void> ok = entry(seq, (*entries)[i], where); !ok) return ok;
    at += (*entries)[i].size() + 2;
  }
  listing_.tiles.erase(bundle_id);
  listing_.tiles.erase(tile_id);
  return full_tiles_equal();
}

Result<void> Verification::full_tiles_equal() {
  for (const TileFile& file : std::exchange(full_, {})) {
    Result<std::string> present = read(tile_file(file.id), kTileWidth * kHashBytes);
    if (!present) return failure(present.error());
    if (*present != file.bytes) return wrong(tile_file(file.id), "is not what the entries give");
    listing_.tiles.erase(file.id);
  }
  return {};
}

Result<void> Verification::partial_tiles_equal() {
  for (unsigned level = 1; level < kTileLevels; ++level) {
    if (edge_.partial[level].empty()) continue;
    const TileId id{false, level, full_tiles(edge_.size, level), partial_width(edge_.size, level)};
    Result<std::vector<Hash256>> present = hash_tile(id);
    if (!present) return failure(present.error());
    if (*present != edge_.partial[level]) return wrong(tile_file(id), "is not what the entries give");
    listing_.tiles.erase(id);
  }
  return {};
}

// A partial tile of an earlier export: the beginning of one that was compared already.
Result<void> Verification::surplus_tile(const TileId& id) {
  const std::uint64_t full = full_tiles(edge_.size, id.level);
  const unsigned width = id.index < full ? kTileWidth : partial_width(edge_.size, id.level);
  if (id.full() || id.index > full || id.width >= width) {
    return wrong(tile_file(id), fmt::format("does not belong to a log of size {}", edge_.size));
  }
  Result<std::string> present = read(tile_file(id), kBundleBytesMax);
  if (!present) return failure(present.error());
  Result<std::string> longer = read(tile_file({id.entries, id.level, id.index, width}), kBundleBytesMax);
  if (!longer) return failure(longer.error());
  std::size_t bytes = id.width * kHashBytes;
  if (id.entries) {
    Result<std::vector<std::string>> entries = decode_bundle(*longer, width);
    if (!entries) return failure(entries.error());
    bytes = 0;
    for (unsigned i = 0; i < id.width; ++i) bytes += (*entries)[i].size() + 2;
  }
  if (*present == longer->substr(0, bytes)) return {};
  return wrong(tile_file(id), "is not what the entries give");
}

Result<void> Verification::payloads_complete() {
  for (const std::uint64_t seq : listing_.payloads) {
    if (seq >= edge_.size) return wrong(payload_file(seq), "there is no such entry");
  }
  for (const std::uint64_t seq : without_payload_) {
    if (rules_->erased(seq)) {
      ++report_.erased;
    } else if (listing_.has_payloads_folder) {
      return wrong(payload_file(seq),
                   fmt::format("missing: entry {} has a commitment that was not erased", seq));
    }
  }
  report_.payloads_exported = listing_.has_payloads_folder;
  return {};
}

Result<void> Verification::tree() {
  if (Result<void> ok = roots_at(0); !ok) return ok;
  const std::uint64_t size = report_.head.size;
  for (std::uint64_t index = 0; index < full_tiles(size, 0); ++index) {
    if (Result<void> ok = bundle(index, kTileWidth); !ok) return ok;
  }
  if (const unsigned width = partial_width(size, 0); width > 0) {
    if (Result<void> ok = bundle(full_tiles(size, 0), width); !ok) return ok;
  }
  if (Result<void> ok = partial_tiles_equal(); !ok) return ok;
  for (const TileId& id : listing_.tiles) {
    if (Result<void> ok = surplus_tile(id); !ok) return ok;
  }
  report_.facts = rules_->facts();
  return payloads_complete();
}

Result<void> Verification::rotations() const {
  const std::vector<std::string>& rotated = report_.facts.rotated_vkeys;
  if (vkeys_.size() != rotated.size() + 1) {
    return wrong(kVkeysFile,
                 fmt::format("{} keys, but {} entries key.rotated", vkeys_.size(), rotated.size()));
  }
  for (std::size_t i = 0; i < rotated.size(); ++i) {
    if (format_vkey(vkeys_[i + 1]) == rotated[i]) continue;
    return wrong(kVkeysFile, fmt::format("line {} is not the key of key.rotated {}", i + 2, i + 1));
  }
  return {};
}

/// What comes from outside.
struct Outside {
  std::optional<WitnessPolicy> trust;
  std::vector<std::pair<std::string, std::string>> known;  // file, note
};

Result<Outside> read_outside(const VerifyOptions& options) {
  Outside outside;
  if (options.trust) {
    Result<std::string> text = read_file("trusted keys", *options.trust, kPolicyBytesMax);
    if (!text) return failure(text.error());
    Result<WitnessPolicy> trust = parse_trust(*text);
    if (!trust) return failure(trust.error());
    outside.trust = std::move(*trust);
  }
  for (const std::filesystem::path& path : options.known) {
    Result<std::string> note = read_file("known checkpoint", path, kNoteBytesMax);
    if (!note) return failure(note.error());
    outside.known.emplace_back(path.string(), std::move(*note));
  }
  return outside;
}

Result<void> expect_known(Verification& verification, const Outside& outside) {
  for (const auto& [file, note] : outside.known) {
    // A kept checkpoint may be older than the witnesses: the log's signature is what it must have.
    Result<OpenedCheckpoint> opened =
        open_checkpoint(note, outside.trust ? outside.trust->keys() : verification.vkeys());
    const std::string where = "known checkpoint " + file;
    if (!opened) return wrong_because(where, opened.error());
    if (Result<void> ok = verification.expect(opened->checkpoint, where); !ok) return ok;
  }
  return {};
}

Result<void> check_trust(const Verification& verification, const Outside& outside, VerifyReport& report) {
  if (!outside.trust) return {};
  Result<OpenedCheckpoint> opened = open_trusted(verification.head_note(), *outside.trust);
  if (!opened) return wrong_because(kCheckpointFile, opened.error());
  for (const VerifiedSignature& signature : opened->signatures) report.signers.push_back(signature.key.name);
  return {};
}

void say_what_is_not_authenticated(const Outside& outside, VerifyReport& report) {
  auto& out = report.not_authenticated;
  if (!outside.trust) {
    out.emplace_back(
        "Who made this log: its keys come from the export itself. Give keys that you have from elsewhere "
        "(--trust).");
  }
  if (outside.known.empty()) {
    out.emplace_back(
        "That history was not rewritten or cut off by the holder of the key: no checkpoint that was kept "
        "outside "
        "was compared (--known).");
  }
  if (!outside.trust || !outside.trust->quorum) {
    out.emplace_back("That others were shown the same history: no witness is asked for.");
  }
  if (!report.payloads_exported) {
    out.emplace_back("What the commitments stand for: the export has no payloads.");
  } else if (report.erased > 0) {
    out.push_back(fmt::format("The content of {} payloads that were erased.", report.erased));
  }
  out.emplace_back(
      "What happened outside the log: events that a device never sent, the time of the server's clock, "
      "whether a "
      "decision was right.");
}

Result<void> verify(Verification& verification, const Outside& outside, VerifyReport& report) {
  for (const auto step : {&Verification::keys, &Verification::head, &Verification::kept_checkpoints}) {
    if (Result<void> ok = (verification.*step)(); !ok) return ok;
  }
  if (Result<void> ok = check_trust(verification, outside, report); !ok) return ok;
  if (Result<void> ok = expect_known(verification, outside); !ok) return ok;
  if (Result<void> ok = verification.tree(); !ok) return ok;
  return verification.rotations();
}

}  // namespace

std::string_view to_string(VerifyVerdict verdict) {
  switch (verdict) {
    case VerifyVerdict::Refused: return "REFUSED";
    case VerifyVerdict::SelfConsistent: return "SELF-CONSISTENT, NOT AUTHENTICATED";
    case VerifyVerdict::Verified: return "VERIFIED";
  }
  return "REFUSED";
}

Result<VerifyReport> verify_export(const std::filesystem::path& folder, const VerifyOptions& options) {
  Result<Outside> outside = read_outside(options);
  if (!outside) return failure(outside.error());
  VerifyReport report;
  Result<ExportListing> listing = list_export(folder);
  if (!listing && listing.error().kind != ErrorKind::Malformed) return failure(listing.error());
  Result<void> verified = {};
  if (listing) {
    Verification verification(folder, std::move(*listing), report);
    verified = verify(verification, *outside, report);
  } else {
    verified = failure(listing.error());
  }
  if (!verified) {
    report.problem = verified.error().message;
    return report;
  }
  report.verdict = outside->trust ? VerifyVerdict::Verified : VerifyVerdict::SelfConsistent;
  say_what_is_not_authenticated(*outside, report);
  return report;
}

}  // namespace countersign
