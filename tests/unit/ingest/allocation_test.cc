// SPDX-License-Identifier: Apache-2.0
// A warm decoder and a warm matcher allocate nothing: counted in a program of its own, whose operator new
// counts.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "ingest/event_decoder.h"
#include "rules/matcher.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/detection.h"
#include "tests/unit/ingest/messages.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace countersign {
namespace {

class CountingSink final : public EventSink {
 public:
  void take(const Event& event, std::uint32_t /*index*/) override { fields += event.fields().size(); }
  void take(DeadLetter dead_letter) override { ADD_FAILURE() << dead_letter.message; }
  std::size_t fields = 0;
};

MessageBatch messages() {
  return testing::batch_of({
      R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"UtcTime":"2024-01-02 03:04:05.678",)"
      R"("Image":"C:\\Windows\\System32\\cmd.exe","CommandLine":"cmd.exe \"\u00e9\"","Hashes":"SHA1=AA,MD5=BB"})",
      R"({"Event":{"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":4624,"Channel":"Security"},)"
      R"("EventData":{"TargetUserName":"u","IpAddress":"10.0.0.1","A B":[1,2,3.5]}}})",
      R"({"event_type":"alert","timestamp":"2024-01-02T03:04:05.6+0000","flow_id":1,"alert":{"severity":1}})",
      R"(date=2024-01-02 time=03:04:05 logid="1" type="traffic" subtype="forward" level="n" srcip=10.0.0.1 tz="+0100")",
  });
}

/// Passes each event on to a matcher.
class MatchingSink final : public EventSink {
 public:
  explicit MatchingSink(Matcher& matcher) : matcher_(matcher) {}
  void take(const Event& event, std::uint32_t /*index*/) override {
    matcher_.match(event, found_);
    matches += found_.size();
  }
  void take(DeadLetter dead_letter) override { ADD_FAILURE() << dead_letter.message; }
  std::size_t matches = 0;

 private:
  Matcher& matcher_;
  std::vector<std::uint32_t> found_;
};

/// Rules of every kind of test, for all of the messages.
std::string rules_of_every_kind() {
  const std::vector<std::string> selections = {
      "Image|endswith: '\\cmd.exe'",
      "CommandLine|contains: ['cmd', 'x']",
      "CommandLine|contains|all: ['c', 'm', 'd', 'e', 'x', '.', 'cm', 'md', 'ex', 'xe', 'exe', 'd.e', "
      "'cmd.']",
      "CommandLine|re: 'cm.*exe'",
      "CommandLine|re: '[a-c]m'",
      "CommandLine: 'c*d?exe*'",
      "EventID: 1",
      "IpAddress|cidr: 10.0.0.0/8",
      "Hashes|contains: 'SHA1=AA'",
      "TargetUserName|fieldref: Channel",
      "Image: null",
      "EventID|gt: 0",
      "'|all': ['cmd', 'sysmon']",
  };
  std::string documents;
  for (std::size_t i = 0; i < selections.size(); ++i)
    documents += testing::simple_rule(static_cast<int>(i + 1), "windows", selections[i]);
  return documents;
}

TEST(Allocation, AWarmMatcherAllocatesNothingPerEvent) {
  const MessageBatch batch = messages();
  EventDecoder decoder(testing::shipped_packs(), {});
  Matcher matcher(testing::plan_of(testing::rules_of(rules_of_every_kind())));
  MatchingSink sink(matcher);
  const TopicName topic{"test"};
  const auto match_all = [&] {
    for (const Message& message : batch.messages)
      EXPECT_TRUE(decoder.decode(message, topic, testing::kNow, sink));
  };
  match_all();
  match_all();
  const std::size_t before = allocations.load();
  const std::size_t matches_before = sink.matches;
  for (int round = 0; round < 100; ++round) match_all();
  EXPECT_EQ(allocations.load() - before, 0U);
  EXPECT_GT(sink.matches - matches_before, 100U * 8U);
}

TEST(Allocation, AWarmDecoderAllocatesNothingPerMessage) {
  const MessageBatch batch = messages();
  EventDecoder decoder(testing::shipped_packs(), {});
  const TopicName topic{"test"};
  CountingSink sink;
  const auto decode_all = [&] {
    for (const Message& message : batch.messages)
      EXPECT_TRUE(decoder.decode(message, topic, testing::kNow, sink));
  };
  decode_all();
  decode_all();
  const std::size_t before = allocations.load();
  const std::size_t fields_before = sink.fields;
  for (int round = 0; round < 100; ++round) decode_all();
  EXPECT_EQ(allocations.load() - before, 0U);
  EXPECT_GT(sink.fields - fields_before, 100U * 40U);
}

}  // namespace
}  // namespace countersign
