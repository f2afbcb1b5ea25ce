// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "tests/unit/sources/source_fixture.h"

namespace countersign {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileSourceTest : public SourceTest {};
class CompressedFile : public SourceTest {};
class LongMessage : public SourceTest {};
class FileBatch : public SourceTest {};

std::string numbered_lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "{\"n\":" + std::to_string(i * 7919 % 100'003) + "}\n";
  return text;
}

TEST_F(FileSourceTest, TopicIsThePathNormalisedByItsText) {
  EXPECT_EQ(file_topic("/var/log/a.log").value, "file:/var/log/a.log");
  EXPECT_EQ(file_topic("/var//log/../x/./a.log").value, "file:/var/x/a.log");
  EXPECT_EQ(file_topic("./a.log").value, "file:a.log");
  EXPECT_EQ(file_topic("../a.log").value, "file:../a.log");
  EXPECT_EQ(file_topic("-").value, "stdin");
}

TEST_F(FileSourceTest, BatchNamesItsPartitionAndTheTimeOfReading) {
  FileSourceOptions options = options_for(write("a", "x\n"));
  auto unnamed = open_file_source(options, clock_).value();
  EXPECT_EQ(unnamed->name().value, "file:" + options.path);
  options.name = SourceName{"firewall"};
  auto source = open_file_source(options, clock_).value();
  EXPECT_EQ(source->name().value, "firewall");
  ASSERT_TRUE(source->start({}));
  MessageBatch batch;
  ASSERT_EQ(source->next(batch, std::chrono::milliseconds{0}).value(), Source::Next::Batch);
  EXPECT_EQ(batch.partition, (SourcePartition{SourceName{"firewall"}, file_topic(options.path), 0}));
  EXPECT_EQ(batch.incarnation, 0U);
  EXPECT_EQ(batch.messages.at(0).append_time, clock_.now());
  EXPECT_EQ(source->next(batch, std::chrono::milliseconds{0}).value(), Source::Next::End);
  EXPECT_EQ(source->next(batch, std::chrono::milliseconds{0}).value(), Source::Next::End);
}

TEST_F(FileSourceTest, WhatCannotBeReadIsRefusedByItsReason) {
  EXPECT_EQ(read_file(path("missing").string()).error.value().kind, ErrorKind::NotFound);
  EXPECT_EQ(read_file(write("plain", "x") + "/below").error.value().kind, ErrorKind::NotFound);
  EXPECT_EQ(read_file(folder_.string()).error.value().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(read_file("").error.value().kind, ErrorKind::InvalidArgument);
}

TEST_F(FileSourceTest, FileWithoutPermissionIsDenied) {
  const std::string file = write("secret", "x");
  std::filesystem::permissions(file, std::filesystem::perms::none);
  constexpr uid_t kNobody = 65'534;
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const ReadResult result = read_file(file);
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, ErrorKind::Denied);
  EXPECT_THAT(result.error->message, HasSubstr(file));
}

TEST_F(FileSourceTest, StandardInputIsReadAndNeverResumed) {
  const std::string file = write("in", "a\nb\n");
  const int kept = ::dup(STDIN_FILENO);
  const int opened = ::open(file.c_str(), O_RDONLY);
  ASSERT_GE(opened, 0);
  ASSERT_EQ(::dup2(opened, STDIN_FILENO), STDIN_FILENO);
  const ReadResult first = read_file("-");
  ASSERT_EQ(::lseek(opened, 0, SEEK_SET), 0);
  const ReadResult second = read_file("-", first.positions.at(0));
  ASSERT_EQ(::dup2(kept, STDIN_FILENO), STDIN_FILENO);
  ::close(kept);
  ::close(opened);
  EXPECT_THAT(first.texts(), ElementsAre("a", "b"));
  EXPECT_EQ(first.positions.at(0).cursor, "");
  EXPECT_THAT(second.texts(), ElementsAre("a", "b"));
  EXPECT_EQ(second.positions.at(0).incarnation, 1U);
  EXPECT_EQ(second.messages.at(0).offset, 0U);
  EXPECT_THAT(second.warnings, IsEmpty());
}

TEST_F(FileSourceTest, PipeWithoutDataIsIdleAndGivesWhatIsThere) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  auto source = open_file_source(options_for(path("pipe").string()), clock_).value();
  ASSERT_TRUE(source->start({}));
  ReadResult result;
  EXPECT_FALSE(read_on(*source, result)) << "no writer yet is not the end";
  const int writer = ::open(path("pipe").c_str(), O_WRONLY);
  ASSERT_GE(writer, 0);
  EXPECT_FALSE(read_on(*source, result));
  ASSERT_EQ(::write(writer, "{\"a\":1}\n{\"b\"", 12), 12);
  EXPECT_FALSE(read_on(*source, result));
  EXPECT_THAT(result.texts(), ElementsAre("{\"a\":1}"));
  ::close(writer);
  EXPECT_TRUE(read_on(*source, result));
  EXPECT_THAT(result.texts(), ElementsAre("{\"a\":1}", "{\"b\""));
}

TEST_F(FileSourceTest, FileThatShrinksWhileItIsReadIsReported) {
  const std::string file = write("a", numbered_lines(100'000));
  auto source = open_file_source(options_for(file), clock_).value();
  ASSERT_TRUE(source->start({}));
  ReadResult result;
  read_on(*source, result, 1);
  std::filesystem::resize_file(file, 100);
  EXPECT_TRUE(read_on(*source, result));
  EXPECT_TRUE(result.had_errors);
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("shrank from at least")));
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("to 100 bytes")));
  EXPECT_GE(result.messages.size(), kBatchMessagesMax);
}

// --- compression

TEST_F(CompressedFile, MembersAndFramesOneAfterAnotherAreOneStream) {
  const std::string text = numbered_lines(10'000);
  const std::string_view view = text;
  const std::vector<std::string> expected = read_file(write("plain", text)).texts();
  ASSERT_EQ(expected.size(), 10'000U);
  const std::string skippable("\x5a\x2a\x4d\x18\x03\0\0\0abc", 11);  // RFC 8878 §3.1.2
  const std::pair<std::string, std::string> inputs[] = {
      {"one.gz", gzip(text)},
      {"two.gz", gzip(view.substr(0, 1001)) + gzip(view.substr(1001))},
      {"empty-between.gz", gzip(view.substr(0, 7)) + gzip("") + gzip(view.substr(7))},
      {"zeros.gz", gzip(text) + std::string(70'000, '\0')},
      {"zeros-between.gz", gzip(view.substr(0, 7)) + std::string(5, '\0') + gzip(view.substr(7))},
      {"one.zst", zstd(text)},
      {"two.zst", zstd(view.substr(0, 1001)) + zstd(view.substr(1001))},
      {"empty-between.zst", zstd(view.substr(0, 7)) + zstd("") + zstd(view.substr(7))},
      {"skippable.zst", skippable + zstd(text) + skippable},
      {"gzip-without-name", gzip(text)},
      {"zstd-without-name", zstd(text)},
  };
  for (const auto& [name, bytes] : inputs) {
    SCOPED_TRACE(name);
    const ReadResult result = read_file(write(name, bytes));
    EXPECT_TRUE(result.texts() == expected);
    EXPECT_THAT(result.warnings, IsEmpty());
    EXPECT_FALSE(result.had_errors);
  }
}

TEST_F(CompressedFile, WhatCouldBeReadOfADamagedFileIsGiven) {
  const std::string text = numbered_lines(60'000);
  const std::vector<std::string> expected = read_file(write("plain", text)).texts();
  const auto flip_at = [](std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(~bytes[at]);
    return bytes;
  };
  const std::string gz = gzip(text);
  const std::string zst = zstd(text);
  struct Damage {
    const char* name;
    std::string bytes;
    const char* warning;
    bool all;  // everything is there nevertheless
  };
  const Damage damages[] = {
      {"cut.gz", gz.substr(0, gz.size() / 2), "gzip data is cut off after", false},
      {"cut-in-the-check.gz", gz.substr(0, gz.size() - 3), "gzip data is cut off after", true},
      {"cut-in-the-second.gz", gz + gz.substr(0, 5), "gzip data is cut off after", true},
      {"flipped.gz", flip_at(gz, gz.size() / 2), "gzip data is damaged", false},
      {"flipped-check.gz", flip_at(gz, gz.size() - 6), "gzip data is damaged", true},
      {"rubbish-behind.gz", gz + "rubbish", "gzip data is damaged", true},
      {"cut.zst", zst.substr(0, zst.size() / 2), "zstd data is cut off after", false},
      {"cut-in-the-second.zst", zst + zst.substr(0, 9), "zstd data is cut off after", true},
      {"flipped.zst", flip_at(zst, zst.size() * 3 / 4), "zstd data is damaged", false},
      {"rubbish-behind.zst", zst + "rubbish", "zstd data is damaged", true},
      {"empty.gz", "", "its name says gzip", false},
      {"empty.zst", "", "its name says zstd", false},
      {"plain.gz", text, "its name says gzip, but its first bytes do not; read as plain", true},
      {"zstd.gz", zst, "its name says gzip, but its first bytes do not; read as zstd", true},
  };
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.name);
    const ReadResult result = read_file(write(damage.name, damage.bytes));
    EXPECT_FALSE(result.error);
    EXPECT_TRUE(result.had_errors);
    EXPECT_THAT(result.warnings, ElementsAre(HasSubstr(damage.warning)));
    EXPECT_THAT(result.warnings, ElementsAre(HasSubstr(damage.name)));
    EXPECT_EQ(result.texts() == expected, damage.all);
    // All but the last, which may be cut, are as they were. Checksums stand at the end of a member or frame:
    // what follows a flipped bit may be given before they are seen.
    const bool flipped = std::string_view(damage.name).starts_with("flipped.");
    const std::size_t sure = flipped ? expected.size() / 4 : SIZE_MAX;
    for (std::size_t i = 0; i + 1 < std::min(sure, result.messages.size()); ++i)
      ASSERT_EQ(result.messages[i].bytes, expected[i]);
  }
  EXPECT_GT(read_file(path("cut.gz").string()).messages.size(), expected.size() / 4);
  EXPECT_GT(read_file(path("cut.zst").string()).messages.size(), expected.size() / 4);
}

TEST_F(CompressedFile, FrameThatAsksForTooLargeAWindowEndsTheReading) {
  // RFC 8878 §3.1.1.1: descriptor 0, window descriptor with exponent 18 + 10 = 28, then one raw empty block.
  const std::string frame("\x28\xb5\x2f\xfd\x00\x90\x01\x00\x00", 9);
  const ReadResult result = read_file(write("a.zst", zstd("one\ntwo\n") + frame));
  EXPECT_FALSE(result.error);
  EXPECT_TRUE(result.had_errors);
  EXPECT_THAT(result.texts(), ElementsAre("one", "two"));
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("window above 2^27 bytes")));
}

// --- long messages

TEST_F(LongMessage, AboveTheMaximumOnlyPrefixLengthAndHashAreKept) {
  struct Case {
    const char* name;
    std::string input;
    std::string message;
  };
  const std::string digits = "0123456789";
  const Case cases[] = {
      {"at the maximum", digits + "\n", digits},
      {"at the maximum with CRLF", digits + "\r\n", digits},
      {"at the maximum without end", digits, digits},
      {"one above", digits + "a\n", digits + "a"},
      {"one above with CRLF", digits + "a\r\n", digits + "a"},
      {"one above, ends with CR as data", digits + "\r", digits + "\r"},
      {"CR as data and CRLF", digits + "\r\r\n", digits + "\r"},
      {"CR inside", digits + "\r\ra\r\rb\r\n", digits + "\r\ra\r\rb"},
      {"far above", digits + digits + digits + "\n", digits + digits + digits},
      {"blanks first", "        \t\t\t  x\n", "        \t\t\t  x"},
      {"document", "{\"abcdefghijk\":\n\"lmnop\"}", "{\"abcdefghijk\":\n\"lmnop\"}"},
      {"element", "[\"abcdefghijklmnop\" ]", "\"abcdefghijklmnop\""},
  };
  for (const Case& test_case : cases) {
    for (std::size_t cut = 0; cut <= test_case.input.size(); ++cut) {
      SCOPED_TRACE(std::string(test_case.name) + ", cut at " + std::to_string(cut));
      ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
      FileSourceOptions options = options_for(path("pipe").string());
      options.kept = {10, 4};
      auto source = open_file_source(options, clock_).value();
      ASSERT_TRUE(source->start({}));
      const int writer = ::open(path("pipe").c_str(), O_WRONLY);
      std::filesystem::remove(path("pipe"));
      const std::string tail = test_case.input.substr(cut) + (test_case.input.ends_with('\n') ? "z\n" : "");
      ReadResult result;
      ASSERT_EQ(::write(writer, test_case.input.data(), cut), static_cast<ssize_t>(cut));
      read_on(*source, result);
      ASSERT_EQ(::write(writer, tail.data(), tail.size()), static_cast<ssize_t>(tail.size()));
      ::close(writer);
      ASSERT_TRUE(read_on(*source, result));
      ASSERT_EQ(result.messages.size(), test_case.input.ends_with('\n') ? 2U : 1U);
      const ReadMessage& message = result.messages[0];
      const bool truncated = test_case.message.size() > 10;
      EXPECT_EQ(message.truncated, truncated);
      EXPECT_EQ(message.length, test_case.message.size());
      EXPECT_EQ(message.bytes, truncated ? test_case.message.substr(0, 4) : test_case.message);
      EXPECT_EQ(message.hash, truncated ? sha256(test_case.message) : Hash256{});
    }
  }
}

TEST_F(LongMessage, BlankLineOfAnyLengthIsNoMessage) {
  FileSourceOptions options =
      options_for(write("a", std::string(600'000, ' ') + "\r\nx\n" + std::string(600'000, '\t')));
  options.kept = {1'000, 10};
  const ReadResult result = read(options);
  EXPECT_THAT(result.texts(), ElementsAre("x"));
  EXPECT_EQ(result.messages.at(0).line, 2U);
}

TEST_F(LongMessage, AboveTheDefaultMaximumIsTruncatedAndTheNextIsWhole) {
  const std::string huge(kDeadLetterBytesMax + 1, 'x');
  const ReadResult result = read_file(write("a.gz", gzip(huge + "\r\n{\"a\":1}\n")));
  ASSERT_EQ(result.messages.size(), 2U);
  EXPECT_TRUE(result.messages[0].truncated);
  EXPECT_EQ(result.messages[0].length, huge.size());
  EXPECT_EQ(result.messages[0].hash, sha256(huge));
  EXPECT_EQ(result.messages[0].bytes, huge.substr(0, kDeadLetterPrefixBytes));
  EXPECT_EQ(result.messages[1].bytes, "{\"a\":1}");
}

TEST_F(LongMessage, FiftyMegabytesAreDelivered) {
  const std::string large = "{\"a\":\"" + std::string(50'000'000, 'x') + "\"}";
  const ReadResult result = read_file(write("a.zst", zstd(large + "\nnext\n")));
  ASSERT_EQ(result.messages.size(), 2U);
  EXPECT_FALSE(result.messages[0].truncated);
  EXPECT_TRUE(result.messages[0].bytes == large);
  EXPECT_EQ(result.messages[1].bytes, "next");
}

// --- batches

TEST_F(FileBatch, HoldsAtMostTheMessagesAndBytesOfItsLimits) {
  FileSourceOptions options = options_for(write("a", "1\n22\n333\n4444\n55555\n6\n7\n8\n9\n"));
  options.limits = {3, 6};
  const ReadResult result = read(options);
  std::vector<std::uint64_t> ends;
  for (const SourcePosition& position : result.positions) ends.push_back(position.next.value);
  // 1 22 333 | 4444 | 55555 6 | 7 8 9
  EXPECT_THAT(ends, ElementsAre(3, 4, 6, 9));
}

TEST_F(FileBatch, MessageLongerThanABatchComesAlone) {
  FileSourceOptions options = options_for(write("a", "1\n" + std::string(100, 'x') + "\n2\n"));
  options.limits = {10, 50};
  const ReadResult result = read(options);
  std::vector<std::uint64_t> ends;
  for (const SourcePosition& position : result.positions) ends.push_back(position.next.value);
  EXPECT_THAT(ends, ElementsAre(1, 2, 3));
}

TEST_F(FileBatch, WarmBatchKeepsItsMemoryButNotThatOfAHugeMessage) {
  auto source =
      open_file_source(options_for(write("a", std::string(40'000'000, 'x') + "\n" + numbered_lines(9'000))),
                       clock_)
          .value();
  ASSERT_TRUE(source->start({}));
  MessageBatch batch;
  ASSERT_EQ(source->next(batch, std::chrono::milliseconds{0}).value(), Source::Next::Batch);
  EXPECT_GE(batch.arena.capacity_bytes(), 40'000'000U);
  ASSERT_EQ(source->next(batch, std::chrono::milliseconds{0}).value(), Source::Next::Batch);
  const std::size_t warm = batch.arena.capacity_bytes();
  EXPECT_LE(warm, kBatchArenaKeptBytes);
  ASSERT_EQ(source->next(batch, std::chrono::milliseconds{0}).value(), Source::Next::Batch);
  EXPECT_EQ(batch.arena.capacity_bytes(), warm);
}

}  // namespace
}  // namespace countersign
