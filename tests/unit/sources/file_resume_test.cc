// SPDX-License-Identifier: Apache-2.0
// Where reading goes on: positions, another file at the path, a file that shrank.
#include <random>

#include <gmock/gmock.h>

#include "ingest/file_position.h"
#include "tests/unit/sources/source_fixture.h"

namespace countersign {
namespace {

using std::string_view_literals::operator""sv;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileResume : public SourceTest {
 protected:
  /// The position after the first `count` messages.
  SourcePosition after(const std::string& file, std::size_t count) const {
    FileSourceOptions options = options_for(file);
    options.limits.messages_max = count;
    return read(options, std::nullopt, 1).positions.at(0);
  }
};

// --- the cursor's text

TEST(FileCursor, TextGivesTheSameBack) {
  FileCursor cursor;
  cursor.framing = Framing::Array;
  cursor.offset = UINT64_MAX;
  cursor.state = {42, true};
  cursor.identity = {1, 2, 1024, sha256("head")};
  EXPECT_EQ(parse_file_cursor(to_string(cursor)).value(), cursor);
  EXPECT_EQ(to_string(cursor), "1 array 18446744073709551615 42 1 1 2 1024 " + to_hex(sha256("head")));
}

TEST(FileCursor, OtherTextIsCorrupt) {
  const std::string hash = to_hex(Hash256{});
  const std::string good = "1 lines 10 2 0 3 4 5 " + hash;
  ASSERT_TRUE(parse_file_cursor(good));
  for (const std::string& text :
       {std::string(), std::string("1"), "2 lines 10 2 0 3 4 5 " + hash, "1 auto 10 2 0 3 4 5 " + hash,
        "1 csv 10 2 0 3 4 5 " + hash, "1 lines -1 2 0 3 4 5 " + hash, "1 lines 10x 2 0 3 4 5 " + hash,
        "1 lines 10 0 0 3 4 5 " + hash, "1 lines 10 2 2 3 4 5 " + hash, "1 lines 10 2 0 3 4 1025 " + hash,
        "1 lines 10 2 0 3 4 5 " + hash.substr(1), good + " ", good + "0", " " + good,
        "1 lines 18446744073709551616 2 0 3 4 5 " + hash}) {
    SCOPED_TRACE(text);
    const auto cursor = parse_file_cursor(text);
    ASSERT_FALSE(cursor);
    EXPECT_EQ(cursor.error().kind, ErrorKind::Corrupt);
  }
}

TEST_F(FileResume, CorruptPositionIsRefused) {
  const ReadResult result = read_file(write("a", "x\n"), SourcePosition{Offset{1}, 0, {}, "nonsense"});
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, ErrorKind::Corrupt);
}

// --- the same file

TEST_F(FileResume, FileThatWasReadGivesNothingMore) {
  for (const std::string_view text : {"a\nb\n"sv, "a\nb"sv, "[1,2]"sv, "{\n}{\n}\n"sv, "a\nb\n\n \n"sv}) {
    SCOPED_TRACE(text);
    const std::string file = write("a", text);
    const ReadResult first = read_file(file);
    ASSERT_EQ(first.messages.size(), 2U);
    const ReadResult second = read_file(file, first.positions.back());
    EXPECT_FALSE(second.error);
    EXPECT_THAT(second.messages, IsEmpty());
    EXPECT_THAT(second.warnings, IsEmpty());
  }
}

TEST_F(FileResume, FileThatGrewGivesOnlyWhatIsNew) {
  const std::string file = write("a", "one\ntwo\n");
  const SourcePosition position = read_file(file).positions.back();
  std::ofstream(file, std::ios::app) << "three\nfour";
  const ReadResult more = read_file(file, position);
  EXPECT_THAT(more.texts(), ElementsAre("three", "four"));
  EXPECT_EQ(more.messages.at(0).offset, 2U);
  EXPECT_EQ(more.messages.at(0).line, 3U);
  EXPECT_EQ(more.positions.at(0).incarnation, 0U);
}

TEST_F(FileResume, FramingStaysAsItWasDetected) {
  // Alone, the second line would be taken for an array.
  const std::string file = write("a", "{\"a\":1}\n[{\"b\":2},{\"c\":3}]\n");
  const ReadResult rest = read_file(file, after(file, 1));
  EXPECT_THAT(rest.texts(), ElementsAre("[{\"b\":2},{\"c\":3}]"));
}

TEST_F(FileResume, OtherFramingThanBeforeIsAConflict) {
  FileSourceOptions options = options_for(write("a", "1\n2\n"));
  const SourcePosition position = after(options.path, 1);
  options.framing = Framing::Lines;
  EXPECT_THAT(read(options, position).texts(), ElementsAre("2"));
  options.framing = Framing::Documents;
  const Error error = read(options, position).error.value();
  EXPECT_EQ(error.kind, ErrorKind::Conflict);
  EXPECT_THAT(error.message,
              HasSubstr("framing is set to documents, but 1 messages of this file were cut as lines"));
}

// --- another file, or a shorter one

TEST_F(FileResume, AnotherFileAtThePathIsANewIncarnationFromItsBeginning) {
  const std::string file = write("a", "one\ntwo\n");
  SourcePosition position = after(file, 1);
  position.incarnation = 4;
  std::filesystem::rename(write("b", "one\ntwo\n"), file);  // same bytes, other inode
  const ReadResult result = read_file(file, position);
  EXPECT_THAT(result.texts(), ElementsAre("one", "two"));
  EXPECT_EQ(result.messages.at(0).offset, 0U);
  EXPECT_EQ(result.positions.at(0).incarnation, 5U);
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("another file")));
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("incarnation 5")));
  EXPECT_FALSE(result.had_errors);
  EXPECT_THAT(read_file(file, result.positions.back()).messages, IsEmpty());
}

TEST_F(FileResume, FileThatWasRewrittenInPlaceIsANewIncarnation) {
  const std::string file = write("a", "one\ntwo\n");
  const SourcePosition position = after(file, 1);
  const ReadResult rewritten = read_file(write("a", "ONE\ntwo\nthree\n"), position);
  EXPECT_THAT(rewritten.texts(), ElementsAre("ONE", "two", "three"));
  EXPECT_EQ(rewritten.positions.at(0).incarnation, 1U);
  const ReadResult emptied = read_file(write("a", ""), position);
  EXPECT_FALSE(emptied.error);
  EXPECT_THAT(emptied.warnings, ElementsAre(HasSubstr("another file")));
  // The new file has a head of its own, not of the old one's length.
  EXPECT_EQ(parse_file_cursor(rewritten.positions.at(0).cursor).value().identity.head_length, 14U);
}

TEST_F(FileResume, OnlyTheHeadThatWasThereAtFirstIsTheIdentity) {
  const std::string file = write("a", "one\n");
  const SourcePosition position = read_file(file).positions.back();
  write("a", "one\n" + std::string(2'000, 'x') + "\n");
  const ReadResult more = read_file(file, position);
  EXPECT_THAT(more.texts(), ElementsAre(std::string(2'000, 'x')));
  EXPECT_EQ(more.positions.at(0).incarnation, 0U);
}

TEST_F(FileResume, FileThatShrankIsAConflictThatNamesTheSizes) {
  const std::string head(1'100, 'x');
  const std::string text = head + "\ntwo\nthree\n";
  const std::string file = write("a", text);
  const SourcePosition position = read_file(file).positions.back();
  std::filesystem::resize_file(file, 1'105);
  const Error error = read_file(file, position).error.value();
  EXPECT_EQ(error.kind, ErrorKind::Conflict);
  EXPECT_THAT(error.message, HasSubstr("shrank: 3 messages in 1111 bytes were read, now it has 1105 bytes"));
}

TEST_F(FileResume, CompressedFileThatHoldsLessIsAConflict) {
  std::string noise;
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same bytes each time
  for (int i = 0; i < 4'000; ++i) noise += static_cast<char>('!' + random() % 90);
  const std::string first = gzip(noise + "\n");
  ASSERT_GT(first.size(), kFileHeadBytesMax);
  const std::string file = write("a.gz", first + gzip("two\nthree\n"));
  const SourcePosition position = read_file(file).positions.back();
  std::filesystem::resize_file(file, first.size());
  const Error error = read_file(file, position).error.value();
  EXPECT_EQ(error.kind, ErrorKind::Conflict);
  EXPECT_THAT(error.message, HasSubstr("now it has 4001 bytes decompressed"));
}

// --- any input, any batch boundary

std::string random_text(std::mt19937_64& random) {
  static constexpr std::string_view kPieces[] = {"{\"a\":1}",
                                                 "{\n\"b\": [1,\n2]\n}",
                                                 "{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 "\"",
                                                 "\\\"",
                                                 "\\",
                                                 ",",
                                                 ":",
                                                 "\n",
                                                 "\n",
                                                 "\r\n",
                                                 " ",
                                                 "\t",
                                                 "x",
                                                 "\0"sv,
                                                 "text with words",
                                                 "\xef\xbb\xbf",
                                                 "\xff",
                                                 "[{\"c\":2},{\"d\":\"]\"}]",
                                                 "1.5",
                                                 "null",
                                                 "a line that is a good deal longer than the others\n"};
  std::string text;
  static constexpr std::string_view kStarts[] = {"", "[", "{\n", "{\"a\":1}\n", "{\n}\n", "\xef\xbb\xbf"};
  text += kStarts[random() % std::size(kStarts)];
  for (std::size_t pieces = random() % 200; pieces > 0; --pieces)
    text += kPieces[random() % std::size(kPieces)];
  return text;
}

/// Lines as contract.md §3 and §4 say, written in another way than the scanner.
std::vector<std::string> lines_of(std::string text) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!stream.eof() && line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
  }
  return lines;
}

TEST_F(FileResume, ReadingOnAtEveryBatchBoundaryEqualsOneRun) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    const std::string text = random_text(random);
    const std::uint64_t compression = random() % 3;
    FileSourceOptions options = options_for(write("a", compression == 0   ? text
                                                       : compression == 1 ? gzip(text)
                                                                          : zstd(text)));
    options.framing = static_cast<Framing>(random() % 4);
    options.limits = {1 + random() % 5, 16 + random() % 200};
    if (random() % 2 == 0) options.kept = {20 + random() % 30, 10};
    const ReadResult whole = read(options);
    ASSERT_FALSE(whole.error) << whole.error->message;
    if (options.framing == Framing::Lines && options.kept.max == KeptBytes{}.max) {
      EXPECT_EQ(whole.texts(), lines_of(text));
    }
    for (const SourcePosition& position : whole.positions) {
      FileSourceOptions again = options;
      again.limits = {1 + random() % 50, 16 + random() % 2'000};
      const ReadResult rest = read(again, position);
      ASSERT_FALSE(rest.error) << rest.error->message;
      const auto begin = whole.messages.begin() + static_cast<std::ptrdiff_t>(position.next.value);
      ASSERT_EQ(rest.messages, std::vector<ReadMessage>(begin, whole.messages.end()));
    }
  }
}

}  // namespace
}  // namespace countersign
