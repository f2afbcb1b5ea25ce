// SPDX-License-Identifier: Apache-2.0
// A store that cannot go on safely does not open, and says why.
#include <unistd.h>

#include <fstream>

#include <gtest/gtest.h>

#include "store/evidence/last_signed.h"
#include "store/evidence/signing_key.h"
#include "world.h"

namespace countersign::test {
namespace {

void expect_refused(World& world, ErrorKind kind, std::string_view says) {
  const auto opened = world.try_open();
  ASSERT_FALSE(opened) << says;
  EXPECT_EQ(opened.error().kind, kind) << opened.error().message;
  EXPECT_NE(opened.error().message.find(says), std::string::npos) << opened.error().message;
}

void used_world(World& world) {
  world.open();
  submit(*world.store, report_of(0, {{"h1", 1}}));
  world.close();
}

TEST(StoreOpen, ASecondStoreOnTheFolderIsRefusedByName) {
  World world;
  world.open();
  expect_refused(world, ErrorKind::Unavailable, world.data().string());
}

TEST(StoreOpen, AFolderThatCannotBeWrittenIsRefused) {
  if (geteuid() == 0) {
    // root writes everywhere; a file in the way is what it cannot pass.
    World world;
    std::ofstream(world.data()) << "a file";
    const auto opened = world.try_open();
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find(world.data().string()), std::string::npos);
    return;
  }
  World world;
  std::filesystem::create_directory(world.data());
  std::filesystem::permissions(world.data(), std::filesystem::perms{0500});
  expect_refused(world, ErrorKind::Denied, world.data().string());
}

TEST(StoreOpen, AMissingOrOpenKeyFileIsRefused) {
  World world;
  std::filesystem::permissions(world.options.key_file, std::filesystem::perms{0644});
  expect_refused(world, ErrorKind::Denied, "key.pem");
  std::filesystem::remove(world.options.key_file);
  expect_refused(world, ErrorKind::NotFound, "key.pem");
}

TEST(StoreOpen, AnotherKeyOrOriginIsRefused) {
  World world;
  used_world(world);
  std::filesystem::rename(world.options.key_file, world.folder.path() / "old.pem");
  ASSERT_TRUE(SigningKey::create(world.options.key_file));
  expect_refused(world, ErrorKind::InvalidArgument, "signed by");
  std::filesystem::rename(world.folder.path() / "old.pem", world.options.key_file);
  world.options.origin = "other.test/log";
  expect_refused(world, ErrorKind::InvalidArgument, "origin");
}

TEST(StoreOpen, AMissingLastSignedIsRefusedWhenTheLogHasEntries) {
  World world;
  used_world(world);
  std::filesystem::remove(world.options.last_signed_file);
  expect_refused(world, ErrorKind::Corrupt, "is missing");
}

TEST(StoreOpen, AnOlderDataFolderThanWhatWasSignedIsRefused) {
  World world;
  used_world(world);
  std::filesystem::copy(world.data(), world.folder.path() / "backup",
                        std::filesystem::copy_options::recursive);
  world.open();
  submit(*world.store, report_of(1, {{"h2", 1}}));
  world.close();
  std::filesystem::remove_all(world.data());
  std::filesystem::rename(world.folder.path() / "backup", world.data());
  expect_refused(world, ErrorKind::Corrupt, "older than what was signed");
}

TEST(StoreOpen, AnEmptyFolderBesideAUsedLastSignedIsRefused) {
  World world;
  used_world(world);
  std::filesystem::remove_all(world.data());
  expect_refused(world, ErrorKind::Corrupt, "has only 0 entries");
}

TEST(StoreOpen, AnotherRootAtTheSignedSizeIsRefused) {
  World world;
  used_world(world);
  const LastSignedFile file(world.options.last_signed_file);
  LastSigned forged = file.read().value();
  std::filesystem::remove(world.options.last_signed_file);
  ASSERT_TRUE(file.create(forged.origin));
  forged.root = sha256("another history");
  ASSERT_TRUE(file.advance(file.read().value(), forged));
  expect_refused(world, ErrorKind::Corrupt, "does not extend");
}

TEST(StoreOpen, LostTilesAreWrittenAgain) {
  World world;
  world.open();
  for (std::uint64_t i = 0; i < 300; ++i) submit(*world.store, report_of(i, {{"h" + std::to_string(i), 1}}));
  world.close();
  ASSERT_TRUE(std::filesystem::exists(world.data() / "tile" / "0" / "000"));
  std::filesystem::remove_all(world.data() / "tile");
  world.open();
  EXPECT_TRUE(std::filesystem::exists(world.data() / "tile" / "0" / "000"));
}

TEST(StoreOpen, ACrashBetweenLastSignedAndTheFirstBatchIsNoObstacle) {
  World world;
  ASSERT_TRUE(LastSignedFile(world.options.last_signed_file).create(world.options.origin));
  world.open();
}

std::filesystem::path newest_wal(const World& world) {
  std::filesystem::path newest;
  for (const auto& file : std::filesystem::directory_iterator(world.data() / "db")) {
    if (file.path().extension() == ".log" && file.path() > newest) newest = file.path();
  }
  return newest;
}

TEST(StoreOpen, HalfARecordAtTheEndOfTheDatabasesLogIsPassedOverAndRecorded) {
  World world;
  used_world(world);
  const std::filesystem::path wal = newest_wal(world);
  // A header of a full record of 500 bytes whose checksum is wrong, and the bytes.
  std::ofstream(wal, std::ios::binary | std::ios::app)
      << std::string("\x01\x02\x03\x04\xF4\x01\x01", 7) << std::string(500, 'x');
  world.open();
  EXPECT_EQ(all_alerts(*world.store).size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(world.data() / ("damaged-" + wal.filename().string())));
  const std::uint64_t size = world.store->health().entries;
  ASSERT_TRUE(world.store->wait_for_proof(EntrySeq{size - 1}, std::chrono::seconds{20}));
  const std::string log = world.store->tile("entries/000.p/" + std::to_string(size)).value_or("");
  EXPECT_NE(log.find("damaged_log_tail"), std::string::npos);
}

TEST(StoreOpen, DamageInTheMiddleOfTheDatabasesLogIsRefused) {
  World world;
  used_world(world);
  const std::filesystem::path wal = newest_wal(world);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(wal) / 2);
  std::fstream file(wal, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(middle);
  const int byte = file.get();
  file.seekp(middle);
  file.put(static_cast<char>(byte ^ 1));
  file.close();
  expect_refused(world, ErrorKind::Corrupt, "stand behind the damage");
}

TEST(StoreOpen, AfterStopCommandsAreRefusedAsUnavailable) {
  World world;
  world.open();
  world.store->stop();
  world.store->stop();
  EXPECT_EQ(world.store->submit(quiet_report(0, 1)).error().kind, ErrorKind::Unavailable);
  EXPECT_FALSE(world.store->health().ready);
}

TEST(StoreOpen, LittleRoomPausesIngestFirstAndThenRefusesActions) {
  World world;
  world.open();
  submit(*world.store, report_of(0, {{"h1", 1}}));
  const Alert alert = only_alert(*world.store);
  world.close();
  world.options.ingest_pause_bytes = UINT64_MAX;
  auto opened = world.try_open();
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->submit(quiet_report(1, 1)).error().kind, ErrorKind::Unavailable);
  EXPECT_TRUE((*opened)->health().ingest_paused);
  EXPECT_TRUE((*opened)->act(action(ActionKind::Take, alert, "p-anna")));
  opened->reset();
  world.options.actions_refuse_bytes = UINT64_MAX;
  opened = world.try_open();
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->act(action(ActionKind::Take, alert, "p-anna")).error().kind, ErrorKind::LimitExceeded);
}

}  // namespace
}  // namespace countersign::test
