// SPDX-License-Identifier: Apache-2.0
#include "app/explain_run.h"

#include "ingest/batch_writer.h"
#include "ingest/event_decoder.h"
#include "ingest/file_source.h"
#include "ingest/rule_tests.h"

namespace countersign {
namespace {

class Decoding final : public EventSink {
 public:
  Decoding(const std::shared_ptr<const PackSet>& packs, const Clock& clock, const EventReader& reader)
      : decoder_(packs, {}), clock_(clock), reader_(reader) {}

  /// Of the batch the messages at `line`, or all when it is 0.
  void read(const MessageBatch& batch, std::uint64_t line) {
    for (const Message& message : batch.messages) {
      if (line != 0 && message.line != line) continue;
      line_ = message.line;
      // What cannot be decoded comes as a dead letter.
      (void)decoder_.decode(message, batch.partition.topic, clock_.now(), *this);
    }
  }

  void read(std::string_view text, std::uint64_t line) {
    Message message;
    message.bytes = text;
    message.length = text.size();
    message.line = line;
    BatchWriter writer{BatchLimits{}};
    writer.begin(batch_);
    writer.add(message);
    read(batch_, 0);
  }

  void take(const Event& event, std::uint32_t index) override { reader_.event(line_, index, event); }
  void take(DeadLetter dead_letter) override { reader_.dead_letter(line_, dead_letter); }

 private:
  EventDecoder decoder_;
  const Clock& clock_;
  const EventReader& reader_;
  MessageBatch batch_;
  std::uint64_t line_ = 0;  // of the message at hand
};

Result<void> read_test_events(const std::string& file, std::uint64_t line, Decoding& decoding) {
  const Result<RuleTestFile> tests = read_rule_tests(file);
  if (!tests) return failure(tests.error());
  for (const RuleTestEvent& test : tests->events)
    if (line == 0 || test.line == line) decoding.read(test.message, test.line);
  return {};
}

}  // namespace

Result<void> read_events(const std::string& file, std::uint64_t line,
                         const std::shared_ptr<const PackSet>& packs, const Clock& clock,
                         const EventReader& reader) {
  Decoding decoding(packs, clock, reader);
  if (file.ends_with(".tests.ndjson")) return read_test_events(file, line, decoding);
  FileSourceOptions options;
  options.path = file;
  Result<std::unique_ptr<Source>> source = open_file_source(options, clock);
  if (!source) return failure(source.error());
  if (const Result<void> started = (*source)->start({}); !started) return started;
  MessageBatch batch;
  for (;;) {
    const Result<Source::Next> next = (*source)->next(batch, std::chrono::milliseconds{1'000});
    if (!next) return failure(next.error());
    if (*next == Source::Next::End) break;
    if (*next == Source::Next::Batch) decoding.read(batch, line);
  }
  for (const std::string& warning : (*source)->take_warnings()) return failure(ErrorKind::Malformed, warning);
  return {};
}

void read_message(std::string_view text, const std::shared_ptr<const PackSet>& packs, const Clock& clock,
                  const EventReader& reader) {
  Decoding(packs, clock, reader).read(text, 1);
}

}  // namespace countersign
