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

  void read(const Message& message, const TopicName& topic) {
    line_ = message.line;
    // What cannot be decoded comes as a dead letter.
    (void)decoder_.decode(message, topic, clock_.now(), *this);
  }

  void take(const Event& event, std::uint32_t index) override { reader_.event(line_, index, event); }
  void take(DeadLetter dead_letter) override { reader_.dead_letter(line_, dead_letter); }

 private:
  EventDecoder decoder_;
  const Clock& clock_;
  const EventReader& reader_;
  std::uint64_t line_ = 0;  // of the message at hand
};

/// A text that no source has read, with the bytes behind it that decoding wants.
void visit_text(std::string_view text, std::uint64_t line, const MessageVisitor& visitor) {
  Message message;
  message.bytes = text;
  message.length = text.size();
  message.line = line;
  MessageBatch batch;
  BatchWriter writer{BatchLimits{}};
  writer.begin(batch);
  writer.add(message);
  visitor(batch.messages.front(), batch.partition.topic);
}

Result<void> read_test_events(const std::string& file, std::uint64_t line, const MessageVisitor& visitor) {
  const Result<RuleTestFile> tests = read_rule_tests(file);
  if (!tests) return failure(tests.error());
  for (const RuleTestEvent& test : tests->events)
    if (line == 0 || test.line == line) visit_text(test.message, test.line, visitor);
  return {};
}

}  // namespace

Result<void> read_messages(const std::string& file, std::uint64_t line, const Clock& clock,
                           const MessageVisitor& visitor) {
  if (file.ends_with(".tests.ndjson")) return read_test_events(file, line, visitor);
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
    if (*next != Source::Next::Batch) continue;
    for (const Message& message : batch.messages)
      if (line == 0 || message.line == line) visitor(message, batch.partition.topic);
  }
  for (const std::string& warning : (*source)->take_warnings()) return failure(ErrorKind::Malformed, warning);
  return {};
}

Result<void> read_events(const std::string& file, std::uint64_t line,
                         const std::shared_ptr<const PackSet>& packs, const Clock& clock,
                         const EventReader& reader) {
  Decoding decoding(packs, clock, reader);
  return read_messages(file, line, clock, [&](const Message& message, const TopicName& topic) {
    decoding.read(message, topic);
  });
}

void read_message(std::string_view text, const std::shared_ptr<const PackSet>& packs, const Clock& clock,
                  const EventReader& reader) {
  Decoding decoding(packs, clock, reader);
  visit_text(text, 1, [&](const Message& message, const TopicName& topic) { decoding.read(message, topic); });
}

}  // namespace countersign
