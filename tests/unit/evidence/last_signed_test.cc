// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/last_signed.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "store/evidence/merkle.h"
#include "tests/unit/evidence/test_key.h"

namespace countersign {
namespace {

constexpr std::string_view kFresh =
    "countersign-last-signed v1\norigin example.com/log\nsize 0\n"
    "root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

TEST(LastSigned, StartsWithTheEmptyTree) {
  const test::ScratchFolder folder;
  const LastSignedFile file(folder / "last-signed");
  EXPECT_EQ(file.read().error().kind, ErrorKind::NotFound);
  EXPECT_EQ(file.create("example.com/log").value(), (LastSigned{"example.com/log", 0, empty_root()}));
  EXPECT_EQ(test::read_text(file.path()), kFresh);
  EXPECT_EQ(file.read().value(), (LastSigned{"example.com/log", 0, empty_root()}));
  EXPECT_EQ(file.create("example.com/log").error().kind, ErrorKind::Conflict);
  EXPECT_EQ(file.create("two words").error().kind, ErrorKind::InvalidArgument);
}

TEST(LastSigned, AdvancesOnlyFromWhatItHolds) {
  const test::ScratchFolder folder;
  const LastSignedFile file(folder / "last-signed");
  const LastSigned start = file.create("log").value();
  const LastSigned ten{"log", 10, sha256("ten")};
  const LastSigned twenty{"log", 20, sha256("twenty")};
  ASSERT_TRUE(file.advance(start, ten));
  EXPECT_EQ(file.advance(start, twenty).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(file.read().value(), ten);
  ASSERT_TRUE(file.advance(ten, ten)) << "the same head again is no change";
  ASSERT_TRUE(file.advance(ten, twenty));
  EXPECT_EQ(file.read().value(), twenty);
}

TEST(LastSigned, NeverGoesBackOrAside) {
  const test::ScratchFolder folder;
  const LastSignedFile file(folder / "last-signed");
  const LastSigned start = file.create("log").value();
  const LastSigned ten{"log", 10, sha256("ten")};
  ASSERT_TRUE(file.advance(start, ten));
  EXPECT_EQ(file.advance(ten, {"log", 9, sha256("nine")}).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(file.advance(ten, {"log", 10, sha256("other")}).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(file.advance(ten, {"other", 11, sha256("x")}).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(file.advance(ten, {"log", kTreeSizeMax + 1, sha256("x")}).error().kind,
            ErrorKind::InvalidArgument);
  EXPECT_EQ(file.read().value(), ten);
}

TEST(LastSigned, MissingOrDamagedIsAnErrorAndNeverAFreshStart) {
  const test::ScratchFolder folder;
  const LastSignedFile file(folder / "last-signed");
  const LastSigned start = file.create("example.com/log").value();
  const std::string good(kFresh);
  std::vector<std::string> damaged{"", "\n", good + "\n", good + "more\n"};
  for (std::size_t length = 0; length < good.size(); ++length) damaged.push_back(good.substr(0, length));
  for (std::size_t at = 0; at < good.size(); ++at) {
    // Origin and size have no redundancy of their own: the caller compares them with its log.
    if (at >= good.find("example") && at < good.find("\nsize")) continue;
    if (at == good.find("0\nroot")) continue;
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    damaged.push_back(flipped);
  }
  for (const std::string& text : damaged) {
    test::write_text(file.path(), text);
    EXPECT_EQ(file.read().error().kind, ErrorKind::Corrupt) << text;
    EXPECT_EQ(file.advance(start, {"example.com/log", 1, sha256("x")}).error().kind, ErrorKind::Corrupt);
    EXPECT_EQ(test::read_text(file.path()), text) << "a damaged file is left for people to look at";
  }
  std::filesystem::remove(file.path());
  EXPECT_EQ(file.advance(start, {"example.com/log", 1, sha256("x")}).error().kind, ErrorKind::NotFound);
  EXPECT_FALSE(std::filesystem::exists(file.path()));
}

TEST(LastSigned, LeftoverOfACrashIsOverwritten) {
  const test::ScratchFolder folder;
  const LastSignedFile file(folder / "last-signed");
  const LastSigned start = file.create("log").value();
  test::write_text(folder / "last-signed.tmp", "torn", 0600);
  EXPECT_EQ(file.read().value(), start);
  ASSERT_TRUE(file.advance(start, {"log", 3, sha256("three")}));
  EXPECT_EQ(file.read().value().size, 3U);
  EXPECT_FALSE(std::filesystem::exists(folder / "last-signed.tmp"));
}

TEST(LastSigned, OnlyOneOfManyWritersWins) {
  const test::ScratchFolder folder;
  const LastSignedFile file(folder / "last-signed");
  LastSigned current = file.create("log").value();
  for (std::uint64_t round = 1; round <= 20; ++round) {
    std::atomic<int> won{0};
    std::atomic<int> refused{0};
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 4; ++writer) {
      writers.emplace_back([&, writer] {
        const LastSigned next{"log", round, sha256(std::to_string(writer))};
        const Result<void> result = LastSignedFile(file.path()).advance(current, next);
        if (result) {
          won += 1;
        } else if (result.error().kind == ErrorKind::Conflict) {
          refused += 1;
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(refused, 3);
    current = file.read().value();
    EXPECT_EQ(current.size, round);
  }
}

TEST(LastSigned, SaysWhenTheFolderIsNotThere) {
  const test::ScratchFolder folder;
  const LastSignedFile file(folder / "nowhere/last-signed");
  const Result<LastSigned> created = file.create("log");
  EXPECT_EQ(created.error().kind, ErrorKind::NotFound);
  EXPECT_NE(created.error().message.find("nowhere"), std::string::npos) << created.error().message;
}

}  // namespace
}  // namespace countersign
