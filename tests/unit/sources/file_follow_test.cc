// SPDX-License-Identifier: Apache-2.0
// A file that is followed: while it grows, when it is rotated by renaming or by copying, over restarts.
#include <gmock/gmock.h>

#include "ingest/file_position.h"
#include "tests/unit/sources/source_fixture.h"

namespace countersign {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FollowTest : public SourceTest {
 protected:
  void start(const std::string& name, const std::optional<SourcePosition>& from = std::nullopt) {
    FileSourceOptions options = options_for(path(name).string());
    options.follow = true;
    auto opened = open_file_source(options, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    source_ = std::move(*opened);
    std::map<SourcePartition, SourcePosition> positions;
    if (from) positions[{source_->name(), file_topic(path(name).string()), 0}] = *from;
    const Result<void> started = source_->start(positions);
    ASSERT_TRUE(started) << started.error().message;
  }
  void append(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary | std::ios::app) << bytes;
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(path(from), path(to));
  }
  /// What comes until nothing more does, with time passing enough to give a renamed file up.
  std::vector<std::string> take() {
    taken_ = ReadResult{};
    for (int i = 0; i < 6; ++i) {
      ReadResult more;
      EXPECT_FALSE(read_on(*source_, more)) << "a followed file has no end";
      if (more.error) taken_.error = more.error;
      for (ReadMessage& message : more.messages) taken_.messages.push_back(std::move(message));
      for (SourcePosition& position : more.positions) taken_.positions.push_back(std::move(position));
      for (std::string& warning : more.warnings) taken_.warnings.push_back(std::move(warning));
      clock_.advance(std::chrono::seconds{1});
    }
    return taken_.texts();
  }
  SourcePosition position() const { return taken_.positions.back(); }

  std::unique_ptr<Source> source_;
  ReadResult taken_;  // by the last take()
};

TEST_F(FollowTest, WhatIsAppendedComesOnceItsLineIsEnded) {
  write("a", "one\ntwo\nthr");
  start("a");
  EXPECT_THAT(take(), ElementsAre("one", "two"));
  EXPECT_THAT(take(), IsEmpty());
  append("a", "ee\nfour\n");
  EXPECT_THAT(take(), ElementsAre("three", "four"));
  EXPECT_EQ(taken_.messages.back().offset, 3U);
  EXPECT_EQ(taken_.messages.back().line, 4U);
  EXPECT_EQ(position().incarnation, 0U);
}

TEST_F(FollowTest, AFileThatIsNotThereIsWaitedFor) {
  start("a");
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(taken_.warnings, ElementsAre(HasSubstr("is not there yet")));
  write("a", "");
  EXPECT_THAT(take(), IsEmpty());
  append("a", "one\ntwo\n");
  EXPECT_THAT(take(), ElementsAre("one", "two"));
  EXPECT_THAT(taken_.warnings, IsEmpty());
}

TEST_F(FollowTest, ARenamedFileIsReadToItsEndBeforeTheNext) {
  write("a", "one\n");
  start("a");
  EXPECT_THAT(take(), ElementsAre("one"));
  rename("a", "a.1");
  write("a", "three\n");
  ReadResult at_once;
  read_on(*source_, at_once);
  EXPECT_THAT(at_once.texts(), IsEmpty());
  append("a.1", "two\nunended");
  EXPECT_THAT(take(), ElementsAre("two", "unended", "three"));
  EXPECT_THAT(taken_.warnings, IsEmpty()) << "nothing is lost";
  ASSERT_THAT(taken_.positions, SizeIs(3));
  EXPECT_EQ(taken_.positions[0].incarnation, 0U);
  EXPECT_EQ(taken_.positions[1].next.value, 3U);
  EXPECT_EQ(position().incarnation, 1U);
  EXPECT_EQ(position().next.value, 1U);
  append("a", "four\n");
  EXPECT_THAT(take(), ElementsAre("four"));
}

TEST_F(FollowTest, ARenamedFileIsHeldUntilItIsQuietOrAnotherStandsAtThePath) {
  write("a", "one\n");
  start("a");
  EXPECT_THAT(take(), ElementsAre("one"));
  rename("a", "a.1");
  append("a.1", "two\n");
  EXPECT_THAT(take(), ElementsAre("two")) << "nothing stands at the path: it may still grow";
  append("a.1", "three\n");
  EXPECT_THAT(take(), ElementsAre("three"));
}

TEST_F(FollowTest, AFileThatIsCutIsReadFromItsBeginningWithAWarning) {
  write("a", "one\ntwo\n");
  start("a");
  EXPECT_THAT(take(), ElementsAre("one", "two"));
  write("a", "new\n");
  EXPECT_THAT(take(), ElementsAre("new"));
  EXPECT_THAT(taken_.warnings, ElementsAre(HasSubstr("was cut or written anew after message 2")));
  EXPECT_EQ(position().incarnation, 1U);
  // Also when it has grown past what was read before anybody looked.
  write("a", "another beginning, and longer than before\n");
  EXPECT_THAT(take(), ElementsAre("another beginning, and longer than before"));
  EXPECT_EQ(position().incarnation, 2U);
}

TEST_F(FollowTest, AfterARestartItGoesOnWhereItWas) {
  write("a", "one\ntwo\nthr");
  start("a");
  take();
  const SourcePosition before = position();
  append("a", "ee\n");
  start("a", before);
  EXPECT_THAT(take(), ElementsAre("three"));
  EXPECT_EQ(position().incarnation, 0U);
}

TEST_F(FollowTest, ARotationWhileNobodyReadLosesNothingThatStillLiesThere) {
  write("a", "one\ntwo\n");
  start("a");
  take();
  const SourcePosition before = position();
  append("a", "three\n");
  rename("a", "a.1");
  write("a", "four\n");
  start("a", before);
  EXPECT_THAT(take(), ElementsAre("three", "four"));
  EXPECT_EQ(position().incarnation, 1U);
  EXPECT_THAT(taken_.warnings, IsEmpty());
}

TEST_F(FollowTest, ARotatedFileThatIsGoneIsNamed) {
  write("a", "one\ntwo\n");
  start("a");
  take();
  const SourcePosition before = position();
  // The new file exists before the old one goes, so that it cannot get its inode.
  write("b", "four\n");
  std::filesystem::remove(path("a"));
  rename("b", "a");
  start("a", before);
  EXPECT_THAT(take(), ElementsAre("four"));
  EXPECT_THAT(taken_.warnings,
              ElementsAre(HasSubstr("is another file than the one that was read up to message 2")));
}

TEST_F(FollowTest, AFileThatWasEmptyAtFirstIsKnownByWhatWasReadOfIt) {
  write("a", "");
  start("a");
  take();
  append("a", "one\ntwo\n");
  EXPECT_THAT(take(), ElementsAre("one", "two"));
  EXPECT_EQ(parse_file_cursor(position().cursor)->identity.head_length, 8U);
  write("a", "uno\ndue\ntre\n");
  EXPECT_THAT(take(), ElementsAre("uno", "due", "tre")) << "it is another text in the same file";
}

TEST_F(FollowTest, CompressedFilesAndStandardInputAreRefused) {
  write("a.gz", gzip("one\ntwo\n"));
  start("a.gz");
  take();
  ASSERT_TRUE(taken_.error);
  EXPECT_EQ(taken_.error->kind, ErrorKind::Unsupported);
  EXPECT_THAT(taken_.error->message, HasSubstr("follow=1 is for plain files, and this one is gzip"));
  FileSourceOptions options;
  options.path = "-";
  options.follow = true;
  EXPECT_EQ(open_file_source(options, clock_).error().kind, ErrorKind::InvalidArgument);
}

TEST_F(FollowTest, AFolderIsNoFile) {
  std::filesystem::create_directory(path("d"));
  FileSourceOptions options = options_for(path("d").string());
  options.follow = true;
  EXPECT_FALSE((*open_file_source(options, clock_))->start({}));
}

}  // namespace
}  // namespace countersign
