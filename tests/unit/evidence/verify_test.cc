// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/verify.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "store/evidence/export_layout.h"
#include "tests/unit/evidence/test_key.h"
#include "tests/unit/evidence/test_log.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::ScratchFolder;
using test::TestLog;
using test::write_text;

VerifyReport verify(const fs::path& folder, const VerifyOptions& options = {}) {
  const Result<VerifyReport> report = verify_export(folder, options);
  EXPECT_TRUE(report) << report.error().message;
  return report.value_or(VerifyReport{});
}

void expect_refused(const VerifyReport& report, std::string_view says) {
  EXPECT_EQ(report.verdict, VerifyVerdict::Refused);
  EXPECT_NE(report.problem.find(says), std::string::npos) << report.problem << "\nexpected: " << says;
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Verify, AnUntouchedExportIsSelfConsistentAndSaysWhatThatDoesNotShow) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(700);
  log.keep_checkpoint(300);
  log.keep_checkpoint(700);
  log.export_to(folder / "export");
  const VerifyReport report = verify(folder / "export");
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.verdict, VerifyVerdict::SelfConsistent);
  EXPECT_EQ(to_string(report.verdict), "SELF-CONSISTENT, NOT AUTHENTICATED");
  EXPECT_EQ(report.head.size, 700U);
  EXPECT_EQ(report.checkpoints, 2U);
  EXPECT_EQ(report.payloads, log.payloads.size());
  EXPECT_EQ(report.facts.by_type.at("alert.closed"), 139U);
  EXPECT_EQ(report.facts.ranges_opened, 139U);
  EXPECT_EQ(report.facts.alerts_opened, 139U);
  std::string said;
  for (const std::string& sentence : report.not_authenticated) said += sentence + "\n";
  for (const std::string_view part : {"--trust", "--known", "witness", "device"}) {
    EXPECT_NE(said.find(part), std::string::npos) << said;
  }
}

TEST(Verify, SizesAroundTileBordersAreSelfConsistent) {
  for (const std::uint64_t size : {4, 5, 255, 256, 257, 511, 512, 513}) {
    const ScratchFolder folder;
    TestLog log;
    log.fill(size);
    log.keep_checkpoint(size);
    log.export_to(folder / "export");
    const VerifyReport report = verify(folder / "export");
    EXPECT_EQ(report.problem, "") << size;
    EXPECT_EQ(report.facts.entries, size);
  }
}

TEST(Verify, ALogAboveTwoTileLevelsIsSelfConsistent) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(14);
  while (log.entries.size() < 65'600) log.add("log.heartbeat");
  log.export_to(folder / "export", false);
  EXPECT_EQ(verify(folder / "export").problem, "");
  EXPECT_TRUE(fs::exists(folder / "export/tile/2/000.p/1"));
  std::string tile = read_text(folder / "export/tile/1/000");
  tile[100] = static_cast<char>(tile[100] ^ 1);
  write_text(folder / "export/tile/1/000", tile);
  expect_refused(verify(folder / "export"), "tile/1/000: is not what the entries give");
}

TEST(Verify, TrustedKeysAndAKnownCheckpointMakeItVerified) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(600);
  log.export_to(folder / "export");
  write_text(folder / "trust", format_vkey(log.vkey()) + "\n");
  write_text(folder / "known-1", log.checkpoint(100));
  write_text(folder / "known-2", log.checkpoint(600));
  const VerifyReport report =
      verify(folder / "export", {folder / "trust", {folder / "known-1", folder / "known-2"}});
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(to_string(report.verdict), "VERIFIED");
  EXPECT_EQ(report.signers, std::vector<std::string>{std::string(test::kOrigin)});
  write_text(folder / "policy", "log " + format_vkey(log.vkey()) + "\nquorum none\n");
  EXPECT_EQ(verify(folder / "export", {folder / "policy", {}}).verdict, VerifyVerdict::Verified);
}

TEST(Verify, WithoutTrustAKnownCheckpointIsComparedButNothingIsAuthenticated) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(50);
  log.export_to(folder / "export");
  write_text(folder / "known", log.checkpoint(20));
  EXPECT_EQ(verify(folder / "export", {std::nullopt, {folder / "known"}}).verdict,
            VerifyVerdict::SelfConsistent);
}

TEST(Verify, AnotherKeyOrAMissingQuorumIsNotTrusted) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(10);
  log.export_to(folder / "export");
  const SigningKey other = test::key_from_seed_text("somebody else");
  const VerifierKey other_key =
      make_verifier_key(std::string(test::kOrigin), KeyType::Ed25519, other.public_key()).value();
  write_text(folder / "other", format_vkey(other_key) + "\n");
  expect_refused(verify(folder / "export", {folder / "other", {}}),
                 "checkpoint: note: no known key signed it");
  const VerifierKey witness =
      make_verifier_key("witness.example", KeyType::CosignatureV1, other.public_key()).value();
  write_text(folder / "policy",
             "log " + format_vkey(log.vkey()) + "\nwitness w " + format_vkey(witness) + "\nquorum w\n");
  expect_refused(verify(folder / "export", {folder / "policy", {}}), "quorum");
  write_text(folder / "known", sign_checkpoint({std::string(test::kOrigin), 5, log.root(5)}, other).value());
  write_text(folder / "trust", format_vkey(log.vkey()) + "\n");
  expect_refused(verify(folder / "export", {folder / "trust", {folder / "known"}}),
                 "known: note: no known key");
}

TEST(Verify, WhatComesFromOutsideMustBeReadable) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(10);
  log.export_to(folder / "export");
  EXPECT_EQ(verify_export(folder / "nowhere", {}).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(verify_export(folder / "export", {folder / "nowhere", {}}).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(verify_export(folder / "export", {std::nullopt, {folder / "nowhere"}}).error().kind,
            ErrorKind::NotFound);
  for (const std::string_view text : {"", "# nothing\n", "not a key\n", "name+00000000+AQAA\n"}) {
    write_text(folder / "trust", text);
    EXPECT_EQ(verify_export(folder / "export", {folder / "trust", {}}).error().kind, ErrorKind::Malformed)
        << text;
  }
}

// --- tampering

/// The original, and what an attacker makes of it.
struct Tampered {
  ScratchFolder folder;
  TestLog log;
  Tampered() {
    log.fill(700);
    write_text(folder / "trust", format_vkey(log.vkey()) + "\n");
    write_text(folder / "known-300", log.checkpoint(300));
    write_text(folder / "known-700", log.checkpoint(700));
  }
  VerifyReport with_trust(const std::string& name, std::vector<fs::path> known = {}) const {
    return verify(folder / name, {folder / "trust", std::move(known)});
  }
};

TEST(Tampering, AnAlteredEntryIsNamedWithItsPlace) {
  Tampered t;
  t.log.export_to(t.folder / "export");
  const fs::path bundle = t.folder / "export/tile/entries/001";
  std::string bytes = read_text(bundle);
  const std::size_t at = bytes.find("\"seq\":277,");
  ASSERT_NE(at, std::string::npos);
  const std::size_t decided = bytes.find("owner", at);
  bytes[decided] = 'X';
  write_text(bundle, bytes);
  const VerifyReport report = verify(t.folder / "export");
  expect_refused(report, "entry 277 (tile/entries/001, byte ");
  EXPECT_NE(report.problem.find("does not give hash 21 of tile/0/001"), std::string::npos) << report.problem;
}

/// Entries changed by someone who also rebuilds every tile, and signs with the real key when `signs`.
struct Rewrite {
  std::string_view name;
  std::function<void(TestLog&)> change;
};

const Rewrite kRewrites[] = {
    {"alter", [](TestLog& log) { log.replace_in_entry(16, "\"events\":3", "\"events\":4"); }},
    {"reorder",
     [](TestLog& log) {
       std::swap(log.entries[4], log.entries[10]);
       for (const std::uint64_t seq : {4, 10}) {
         log.replace_in_entry(seq, "\"seq\":" + std::to_string(14 - seq), "\"seq\":" + std::to_string(seq));
       }
     }},
    {"delete", [](TestLog& log) { log.entries.pop_back(); }},
    {"insert", [](TestLog& log) { log.add("log.heartbeat"); }},
};

TEST(Tampering, RebuiltTilesDoNotGiveTheSignedRoot) {
  for (const Rewrite& rewrite : kRewrites) {
    Tampered t;
    const std::string signed_before = t.log.checkpoint(700);
    rewrite.change(t.log);
    t.log.export_to(t.folder / "export", false);
    write_text(t.folder / "export/checkpoint", signed_before);
    EXPECT_EQ(verify(t.folder / "export").verdict, VerifyVerdict::Refused) << rewrite.name;
    EXPECT_EQ(t.with_trust("export").verdict, VerifyVerdict::Refused) << rewrite.name;
  }
}

TEST(Tampering, SignedAgainWithTheRealKeyOnlyAKeptCheckpointFindsIt) {
  for (const Rewrite& rewrite : kRewrites) {
    if (rewrite.name == "reorder" || rewrite.name == "insert")
      continue;  // breaks the entries' own rules, grows
    Tampered t;
    rewrite.change(t.log);
    t.log.export_to(t.folder / "export", false);
    EXPECT_EQ(t.with_trust("export").verdict, VerifyVerdict::Verified) << rewrite.name;
    const VerifyReport found = t.with_trust("export", {t.folder / "known-300", t.folder / "known-700"});
    expect_refused(found, rewrite.name == "alter"
                              ? "known-300: its root is not that of the first 300 entries of this export"
                              : "known-700: has size 700, but this export ends at 699: entries are missing");
  }
}

TEST(Tampering, AnOldExportPresentedAsTheNewestIsFoundByAKeptCheckpoint) {
  Tampered t;
  TestLog old;
  old.fill(300);
  old.export_to(t.folder / "export");
  EXPECT_EQ(t.with_trust("export").verdict, VerifyVerdict::Verified);
  expect_refused(t.with_trust("export", {t.folder / "known-700"}), "entries are missing");
}

TEST(Tampering, ANumberOrRootInTheCheckpointCannotBeChanged) {
  Tampered t;
  t.log.export_to(t.folder / "export");
  const std::string note = read_text(t.folder / "export/checkpoint");
  std::string altered = note;
  altered.replace(altered.find("\n700\n"), 5, "\n699\n");
  write_text(t.folder / "export/checkpoint", altered);
  expect_refused(verify(t.folder / "export"),
                 "checkpoint: signature of test.example/log: the signature is wrong");
}

TEST(Tampering, AKeptCheckpointOfAnotherHistoryIsFoundInTheExportToo) {
  Tampered t;
  TestLog other;
  other.fill(500);
  other.replace_in_entry(16, "\"events\":3", "\"events\":4");
  other.keep_checkpoint(400);
  t.log.checkpoints[400] = other.checkpoints[400];
  t.log.export_to(t.folder / "export");
  expect_refused(verify(t.folder / "export"),
                 "checkpoints/400: its root is not that of the first 400 entries");
}

TEST(Tampering, EveryFlippedByteOfAnExportIsFound) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(9);
  log.keep_checkpoint(5);
  log.export_to(folder / "export");
  ASSERT_EQ(verify(folder / "export").verdict, VerifyVerdict::SelfConsistent);
  std::size_t flips = 0;
  for (const fs::path& file : files_of(folder / "export")) {
    const std::string good = read_text(file);
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string altered = good;
      altered[at] = static_cast<char>(altered[at] ^ (1 << (at % 8)));
      write_text(file, altered);
      ++flips;
      const VerifyReport report = verify(folder / "export");
      ASSERT_EQ(report.verdict, VerifyVerdict::Refused) << file << " byte " << at;
      ASSERT_NE(report.problem, "");
    }
    write_text(file, good);
  }
  EXPECT_GT(flips, 4'000U);
  EXPECT_EQ(verify(folder / "export").verdict, VerifyVerdict::SelfConsistent);
}

void cut_lengthen_remove_and_link_each_file(std::uint64_t size, bool with_payloads) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(size);
  log.keep_checkpoint(5);
  log.export_to(folder / "export", with_payloads);
  for (const fs::path& file : files_of(folder / "export")) {
    const std::string good = read_text(file);
    for (const std::string& altered :
         {good.substr(0, good.size() - 1), good + "x", good + good, std::string()}) {
      write_text(file, altered);
      EXPECT_EQ(verify(folder / "export").verdict, VerifyVerdict::Refused) << file << " " << altered.size();
    }
    fs::remove(file);
    // The list of kept checkpoints is not itself committed to: that one was removed shows only outside.
    const bool kept = file.parent_path().filename() == kCheckpointsFolder;
    EXPECT_EQ(verify(folder / "export").verdict,
              kept ? VerifyVerdict::SelfConsistent : VerifyVerdict::Refused)
        << file;
    write_text(folder / "elsewhere", good);
    fs::create_symlink(folder / "elsewhere", file);
    EXPECT_EQ(verify(folder / "export").verdict, VerifyVerdict::Refused) << file;
    fs::remove(file);
    write_text(file, good);
  }
  EXPECT_EQ(verify(folder / "export").verdict, VerifyVerdict::SelfConsistent);
}

TEST(Tampering, AFileCutLengthenedRemovedOrLinkedIsFound) {
  cut_lengthen_remove_and_link_each_file(14, true);
  cut_lengthen_remove_and_link_each_file(260, false);
}

TEST(Tampering, FilesThatNoExportHasAreNamed) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(300);
  log.export_to(folder / "export");
  struct Case {
    std::string_view path;
    std::string_view says;
  };
  const Case cases[] = {
      {"README", "README: not a file"},
      {"vkeys.tmp", "vkeys.tmp: not a file"},
      {"checkpoints/007", "checkpoints/007: not a file"},
      {"checkpoints/x", "checkpoints/x: not a file"},
      {"payloads/1", "payloads/1: not a file"},
      {"payloads/01.json", "payloads/01.json: not a file"},
      {"tile/0/1", "tile/0/1: not a file"},
      {"payloads/999.json", "payloads/999.json: there is no such entry"},
      {"payloads/1.json", "payloads/1.json: entry 1 has no commitment"},
      {"checkpoints/9", "checkpoints/9: note"},
      {"tile/0/009", "tile/0/009: does not belong to a log of size 300"},
      {"tile/0/001.p/45", "tile/0/001.p/45: does not belong"},
      {"tile/0/001.p/43", "tile/0/001.p/43: is not what the entries give"},
      {"tile/entries/000.p/3", "tile/entries/000.p/3: is not what the entries give"},
      {"tile/9/000.p/1", "tile/9/000.p/1: does not belong"},
  };
  for (const Case& c : cases) {
    const fs::path path = folder / "export" / c.path;
    fs::create_directories(path.parent_path());
    write_text(path, "something");
    expect_refused(verify(folder / "export"), c.says);
    fs::remove(path);
  }
  fs::create_directories(folder / "export/tile/0/000.p");
  write_text(folder / "export/tile/0/000.p/2", read_text(folder / "export/tile/0/000").substr(0, 64));
  EXPECT_EQ(verify(folder / "export").problem, "") << "a partial tile of an earlier export";
}

// --- payloads and keys

TEST(Verify, PayloadsMustBeCompleteAndMatch) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(30);
  log.export_to(folder / "export");
  const auto [seq, payload] = *log.payloads.begin();
  const fs::path file = folder / "export" / payload_file(seq);
  fs::remove(file);
  expect_refused(verify(folder / "export"), "missing: entry 4 has a commitment that was not erased");
  SaltedPayload other = payload;
  other.payload = "{\"event\":\"another\"}";
  write_text(file, format_payload_file(other));
  expect_refused(verify(folder / "export"),
                 "payloads/4.json: the payload does not give the entry's `commit`");
  fs::remove_all(folder / "export/payloads");
  EXPECT_FALSE(verify(folder / "export").payloads_exported);
  EXPECT_EQ(verify(folder / "export").problem, "");
}

TEST(Verify, AnErasedPayloadMayBeMissing) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(30);
  const std::uint64_t seq = log.payloads.begin()->first;
  log.add("payload.erased", JsonObject().number("entry", seq).text("legal_basis", "art. 17"));
  log.payloads.erase(seq);
  log.export_to(folder / "export");
  const VerifyReport report = verify(folder / "export");
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.erased, 1U);
}

TEST(Verify, VkeysMustHaveOneKeyForEachRotation) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(10);
  const SigningKey next = test::key_from_seed_text("the next key");
  const VerifierKey next_key =
      make_verifier_key(std::string(test::kOrigin), KeyType::Ed25519, next.public_key()).value();
  log.keep_checkpoint(10);
  log.add("key.rotated", JsonObject().text("vkey", format_vkey(next_key)));
  ExportSource source = log.source();
  source.vkeys.push_back(next_key);
  source.checkpoint = sign_checkpoint({std::string(test::kOrigin), 11, log.root(11)}, next).value();
  source.witness_policy = "log " + format_vkey(next_key) + "\nquorum none\n";
  ASSERT_TRUE(export_log(source, folder / "export"));
  EXPECT_EQ(verify(folder / "export").problem, "");
  write_text(folder / "export/checkpoint", log.checkpoint(11));
  expect_refused(verify(folder / "export"), "checkpoint: note: no known key signed it");
  write_text(folder / "export/checkpoint", source.checkpoint);
  write_text(folder / "export/vkeys", format_vkey(next_key) + "\n");
  expect_refused(verify(folder / "export"), "checkpoints/10: note: no known key signed it");
  fs::remove(folder / "export/checkpoints/10");
  expect_refused(verify(folder / "export"), "vkeys: 1 keys, but 1 entries key.rotated");
  write_text(folder / "export/vkeys", format_vkey(log.vkey()) + "\n");
  expect_refused(verify(folder / "export"), "witness-policy: must name the newest key");
}

}  // namespace
}  // namespace countersign
