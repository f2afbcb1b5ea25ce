// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/exporter.h"

#include <random>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "store/evidence/export_layout.h"
#include "store/evidence/verify.h"
#include "tests/unit/evidence/test_key.h"
#include "tests/unit/evidence/test_log.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;
using test::ScratchFolder;
using test::TestLog;

std::map<std::string, ino_t> inodes(const fs::path& folder) {
  std::map<std::string, ino_t> result;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    struct stat status{};
    EXPECT_EQ(stat(entry.path().c_str(), &status), 0);
    result[entry.path().lexically_relative(folder).string()] = status.st_ino;
  }
  return result;
}

std::string problem_of(const fs::path& folder) { return verify_export(folder, {})->problem; }

TEST(Exporter, WritesTheFilesOfTheContract) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(300);
  log.keep_checkpoint(100);
  log.export_to(folder / "a/b/export");
  const auto files = inodes(folder / "a/b/export");
  for (const std::string name :
       {"vkeys", "checkpoint", "witness-policy", "checkpoints/100", "tile/0/000", "tile/0/001.p/44",
        "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44", "payloads/4.json"}) {
    EXPECT_TRUE(files.contains(name)) << name;
  }
  EXPECT_EQ(files.size(), 9 + log.payloads.size());
  EXPECT_EQ(test::read_text(folder / "a/b/export/vkeys"), format_vkey(log.vkey()) + "\n");
  EXPECT_EQ(test::read_text(folder / "a/b/export/checkpoint"), log.checkpoint(300));
}

TEST(Exporter, RepeatingChangesNothingAndLaterOnesAdd) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(300);
  log.export_to(folder / "export");
  const auto before = inodes(folder / "export");
  log.export_to(folder / "export");
  EXPECT_EQ(inodes(folder / "export"), before);
  log.keep_checkpoint(300);
  for (std::uint64_t i = 0; i < 400; ++i) log.add("log.heartbeat");
  log.export_to(folder / "export");
  const auto after = inodes(folder / "export");
  EXPECT_EQ(after.at("tile/entries/000"), before.at("tile/entries/000"))
      << "full tiles are not written again";
  EXPECT_EQ(problem_of(folder / "export"), "");
  EXPECT_EQ(verify_export(folder / "export", {})->head.size, 700U);
}

TEST(Exporter, AnInterruptedOneIsCompleted) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 10; ++round) {
    const ScratchFolder folder;
    TestLog log;
    log.fill(600);
    log.keep_checkpoint(200);
    log.export_to(folder / "export");
    // A crash leaves any of the files missing, or beside them what was being written.
    for (const auto& [name, inode] : inodes(folder / "export")) {
      if (name == kVkeysFile || random() % 3 != 0) continue;
      fs::remove(folder / "export" / name);
      if (random() % 2 == 0) test::write_text((folder / "export" / name).string() + ".tmp", "torn");
    }
    log.export_to(folder / "export");
    EXPECT_EQ(problem_of(folder / "export"), "");
  }
}

TEST(Exporter, InterruptedAtItsFirstFileItGoesOn) {
  const ScratchFolder folder;
  fs::create_directory(folder / "export");
  test::write_text(folder / "export/vkeys.tmp", "torn");
  TestLog log;
  log.fill(10);
  log.export_to(folder / "export");
  EXPECT_EQ(problem_of(folder / "export"), "");
}

TEST(Exporter, AFolderWithSomethingElseIsNotTouched) {
  TestLog log;
  log.fill(10);
  const auto refused = [&](const fs::path& folder) {
    const auto before = inodes(folder);
    const Result<ExportSummary> summary = export_log(log.source(), folder);
    EXPECT_EQ(inodes(folder), before);
    return summary ? std::string("accepted") : std::string(to_string(summary.error().kind));
  };
  const ScratchFolder foreign;
  test::write_text(foreign / "letter.txt", "dear auditor");
  EXPECT_EQ(refused(foreign.path()), "conflict");
  const ScratchFolder empty_keys;
  test::write_text(empty_keys / "vkeys", "");
  EXPECT_EQ(refused(empty_keys.path()), "conflict");
  const ScratchFolder other_log;
  test::write_text(other_log / "vkeys", "other.example/log+00000000+AAAA\n");
  EXPECT_EQ(refused(other_log.path()), "conflict");
  const ScratchFolder file;
  test::write_text(file / "export", "");
  EXPECT_FALSE(export_log(log.source(), file / "export"));
}

TEST(Exporter, ALongerExportOfTheSameLogIsNotReplaced) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(300);
  log.export_to(folder / "export");
  log.entries.resize(290);
  EXPECT_EQ(export_log(log.source(false), folder / "export").error().kind, ErrorKind::Conflict);
  EXPECT_EQ(test::read_text(folder / "export/checkpoint").find("\n300\n"), test::kOrigin.size());
}

TEST(Exporter, AnotherHistoryIsNeverWrittenOverAnExport) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(300);
  log.export_to(folder / "export");
  TestLog other;
  other.fill(400);
  other.replace_in_entry(16, "\"events\":3", "\"events\":4");
  EXPECT_EQ(export_log(other.source(false), folder / "export").error().kind, ErrorKind::Corrupt);
  TestLog late;
  late.fill(400);
  late.replace_in_entry(290, "\"time\":\"2026", "\"time\":\"2025");
  EXPECT_EQ(export_log(late.source(false), folder / "export").error().kind, ErrorKind::Corrupt);
}

TEST(Exporter, EntriesThatDoNotGiveTheSignedRootAreNotExported) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(300);
  ExportSource source = log.source();
  source.checkpoint = log.checkpoint(300);
  log.replace_in_entry(16, "\"events\":3", "\"events\":4");
  const Result<ExportSummary> summary = export_log(source, folder / "export");
  EXPECT_EQ(summary.error().kind, ErrorKind::Corrupt);
  EXPECT_FALSE(fs::exists(folder / "export/checkpoint"));
}

TEST(Exporter, ErrorsOfTheSourceAreHandedOn) {
  const ScratchFolder folder;
  TestLog log;
  log.fill(10);
  ExportSource source = log.source();
  source.payloads = [](const PayloadVisitor&) -> Result<void> {
    return failure(ErrorKind::Unavailable, "the database is gone");
  };
  EXPECT_EQ(export_log(source, folder / "one").error().kind, ErrorKind::Unavailable);
  EXPECT_FALSE(fs::exists(folder / "one/checkpoint"));
  source = log.source();
  source.entries = [](EntrySeq, std::size_t) -> Result<std::vector<std::string>> {
    return failure(ErrorKind::Unavailable, "the database is gone");
  };
  EXPECT_EQ(export_log(source, folder / "two").error().kind, ErrorKind::Unavailable);
  source = log.source();
  source.checkpoint = "not a note";
  EXPECT_EQ(export_log(source, folder / "three").error().kind, ErrorKind::Malformed);
  EXPECT_FALSE(fs::exists(folder / "three"));
}

}  // namespace
}  // namespace countersign
