// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sources/source_fixture.h"

namespace countersign {
namespace {

/// Books and padding of one batch; its messages go to `result`.
void take_batch(const MessageBatch& batch, Offset expected_start, ReadResult& result) {
  EXPECT_EQ(batch.start, expected_start);
  EXPECT_EQ(batch.end.value - batch.start.value, batch.messages.size());
  EXPECT_TRUE(batch.gaps.empty());
  for (const Message& message : batch.messages) {
    // Sanitizers see a read beyond the padding that was promised.
    volatile char last = message.bytes.data()[message.bytes.size() + kMessagePaddingBytes - 1];
    static_cast<void>(last);
    EXPECT_FALSE(message.null);
    EXPECT_EQ(message.hash == Hash256{}, !message.truncated);
    result.messages.push_back(
        {std::string(message.bytes), message.offset.value, message.line, message.length, message.truncated});
  }
  result.positions.push_back({batch.end, batch.incarnation, {}, batch.cursor});
}

}  // namespace

ReadResult SourceTest::read(const FileSourceOptions& options, const std::optional<SourcePosition>& from,
                            std::size_t batches_max) const {
  ReadResult result;
  auto source = open_file_source(options, clock_);
  if (!source) {
    result.error = source.error();
    return result;
  }
  std::map<SourcePartition, SourcePosition> positions;
  if (from) positions[{(*source)->name(), file_topic(options.path), 0}] = *from;
  if (auto started = (*source)->start(positions); !started) {
    result.error = started.error();
    return result;
  }
  MessageBatch batch;
  std::optional<Offset> expected;
  while (result.positions.size() < batches_max) {
    const auto next = (*source)->next(batch, std::chrono::milliseconds{100});
    if (!next) {
      result.error = next.error();
      break;
    }
    if (*next == Source::Next::End) break;
    if (*next == Source::Next::Idle) continue;
    take_batch(batch, expected.value_or(batch.start), result);
    expected = batch.end;
  }
  result.warnings = (*source)->take_warnings();
  result.had_errors = (*source)->had_errors();
  return result;
}

}  // namespace countersign
