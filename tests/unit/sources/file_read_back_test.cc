// SPDX-License-Identifier: Apache-2.0
// What a file source gives again before its position, so that duplicates are known after a restart.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include "tests/unit/sources/source_fixture.h"

namespace countersign {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Given {
  std::vector<std::string> keys;       // texts of batches that are for keys only …
  std::vector<std::uint64_t> offsets;  // … and their offsets
  std::vector<std::string> messages;   // of the others
};

class FileReadBackTest : public SourceTest {
 protected:
  /// Goes on after the first `count` messages of `file`, and reads `back` messages back.
  Given resume(const std::string& file, std::size_t count, std::uint64_t back,
               const std::string& more = "") const {
    FileSourceOptions options = options_for(file);
    options.limits.messages_max = count;
    const SourcePosition position = read(options, std::nullopt, 1).positions.at(0);
    EXPECT_EQ(position.next.value, count);
    if (!more.empty()) std::ofstream(file, std::ios::app) << more;
    options.limits.messages_max = 2;
    auto source = open_file_source(options, clock_).value();
    source->read_back(back);
    EXPECT_TRUE(source->start({{{source->name(), file_topic(file), 0}, position}}));
    Given given;
    MessageBatch batch;
    Offset next = position.next;
    while (source->next(batch, std::chrono::milliseconds{0}).value() == Source::Next::Batch) {
      EXPECT_EQ(batch.messages.size(), batch.end.value - batch.start.value);
      if (!batch.keys_only) {
        EXPECT_EQ(batch.start, next);
        next = batch.end;
      }
      for (const Message& message : batch.messages) {
        (batch.keys_only ? given.keys : given.messages).emplace_back(message.bytes);
        if (batch.keys_only) given.offsets.push_back(message.offset.value);
      }
    }
    return given;
  }
};

TEST_F(FileReadBackTest, GivesTheLastMessagesBeforeThePosition) {
  struct Case {
    std::string name;
    std::string bytes;
  };
  const std::string lines = "a\n\nb\n \t\r\nc\r\nd\ne\n";
  const Case kCases[] = {
      {"lines", lines},
      {"lines.gz", gzip(lines)},
      {"lines.zst", zstd(lines)},
      {"mark", "\xEF\xBB\xBF" + lines},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const std::string file = write(c.name, c.bytes);
    const Given two = resume(file, 4, 2);
    EXPECT_THAT(two.keys, ElementsAre("c", "d"));
    EXPECT_THAT(two.offsets, ElementsAre(2, 3));
    EXPECT_THAT(two.messages, ElementsAre("e"));
    EXPECT_THAT(resume(file, 4, 4).keys, ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(resume(file, 4, 99).keys, ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(resume(file, 4, 0).keys, IsEmpty());
  }
}

TEST_F(FileReadBackTest, ArraysAndDocumentsAreCutFromTheirBeginning) {
  const Given array = resume(write("array", "[1,\n2,3,4]"), 3, 2);
  EXPECT_THAT(array.keys, ElementsAre("2", "3"));
  EXPECT_THAT(array.messages, ElementsAre("4"));
  const Given documents = resume(write("documents", "{\n}{\n\n}\n{\n\n\n}"), 2, 1);
  EXPECT_THAT(documents.keys, ElementsAre("{\n\n}"));
  EXPECT_THAT(documents.messages, ElementsAre("{\n\n\n}"));
}

TEST_F(FileReadBackTest, ALineThatGrewAfterItWasReadIsNotGivenTwice) {
  const Given given = resume(write("grown", "a\nb\nc"), 3, 2, "d\ne\n");
  EXPECT_THAT(given.keys, ElementsAre("b"));
  EXPECT_THAT(given.messages, ElementsAre("d", "e"));
}

TEST_F(FileReadBackTest, BlocksAndLongLinesChangeNothing) {
  std::string bytes;
  std::vector<std::string> texts;
  for (int i = 0; i < 3'000; ++i) {
    texts.push_back(fmt::format("{}{}", i, std::string(i % 997 == 0 ? 300'000 : i % 700, 'x')));
    bytes += texts.back() + (i % 5 == 0 ? "\n\n" : "\n");
  }
  const std::string file = write("large", bytes);
  for (const std::size_t back : {std::size_t{1}, std::size_t{500}, std::size_t{2'000}, std::size_t{2'899}}) {
    const Given given = resume(file, 2'900, back);
    const std::vector<std::string> expected(texts.begin() + static_cast<long>(2'900 - back),
                                            texts.begin() + 2'900);
    EXPECT_EQ(given.keys, expected) << back;
    EXPECT_EQ(given.messages.size(), 100U);
  }
}

TEST_F(FileReadBackTest, NothingIsReadBackOfAnotherFileOrForTheFirstTime) {
  const std::string file = write("first", "a\nb\n");
  auto source = open_file_source(options_for(file), clock_).value();
  source->read_back(9);
  ASSERT_TRUE(source->start({}));
  MessageBatch batch;
  ASSERT_EQ(source->next(batch, std::chrono::milliseconds{0}).value(), Source::Next::Batch);
  EXPECT_FALSE(batch.keys_only);
}

}  // namespace
}  // namespace countersign
