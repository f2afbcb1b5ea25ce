// SPDX-License-Identifier: Apache-2.0
// The shared sample of real events: all of it decodes, and belongs where it should.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "core/clock.h"
#include "ingest/event_decoder.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/messages.h"
#include "tests/unit/ingest/shared_data.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

class Tally final : public EventSink {
 public:
  void take(const Event& event, std::uint32_t /*index*/) override {
    ++events;
    const EventClass& event_class = *event.event_class();
    ++packs[event_class.pack];
    if (event.time_source() != TimeSource::Event) ++without_time;
    if (event_class.log_sources.empty()) ++without_log_source;
    for (const LogSource& log_source : event_class.log_sources) {
      categories.insert(log_source.category);
      services.insert(log_source.service);
    }
  }
  void take(DeadLetter dead_letter) override {
    ++dead_letters;
    if (dead_letters <= 5) ADD_FAILURE() << dead_letter.reason << ": " << dead_letter.message;
  }

  std::size_t events = 0;
  std::size_t dead_letters = 0;
  std::size_t without_time = 0;
  std::size_t without_log_source = 0;
  std::map<std::string, std::size_t> packs;
  std::set<std::string> categories;
  std::set<std::string> services;
};

/// Decodes every `every`-th line.
void decode_file(const fs::path& file, std::size_t every, Tally& tally) {
  EventDecoder decoder(testing::shipped_packs(), {});
  const TopicName topic{"test"};
  const Timestamp now = SystemClock().now();
  MessageBatch batch = testing::batch_of({});
  std::size_t line = 0;
  testing::each_line(testing::shared_data() / file, [&](std::string_view text) {
    if (line++ % every != 0) return true;
    batch.clear();
    (void)decoder.decode(testing::add_message(batch, text), topic, now, tally);
    return true;
  });
}

class RealData : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::have_shared_data()) GTEST_SKIP() << "shared/data is not there";
  }
};

TEST_F(RealData, EveryEventOfTheAttackDataSetsDecodesWithTimeAndLogSource) {
  Tally tally;
  for (const auto& entry : fs::directory_iterator(testing::shared_data() / "windows" / "otrf")) {
    SCOPED_TRACE(entry.path().filename().string());
    decode_file(entry.path(), 1, tally);
  }
  EXPECT_EQ(tally.events, 42'194U);
  EXPECT_EQ(tally.dead_letters, 0U);
  EXPECT_EQ(tally.without_time, 0U);
  EXPECT_EQ(tally.without_log_source, 0U);
  EXPECT_EQ(tally.packs, (std::map<std::string, std::size_t>{{"linux", 93}, {"windows", 42'101}}));
}

TEST_F(RealData, EveryEventOfTheEvtxFilesDecodesWithTimeAndLogSource) {
  Tally tally;
  decode_file("windows/evtx-to-mitre.ndjson.zst", 1, tally);
  decode_file("copyleft/evtx-attack-samples.ndjson.zst", 1, tally);
  decode_file("copyleft/deepbluecli.ndjson.zst", 1, tally);
  decode_file("sigma/regression-events.ndjson", 1, tally);
  EXPECT_EQ(tally.events, 7'119U + 6'056U + 2'651U + 173U);
  EXPECT_EQ(tally.dead_letters, 0U);
  EXPECT_EQ(tally.without_time, 0U);
  EXPECT_EQ(tally.without_log_source, 0U);
  EXPECT_EQ(tally.packs, (std::map<std::string, std::size_t>{{"windows", 7'119U + 6'056U + 2'651U + 173U}}));
  for (const char* category : {"process_creation", "registry_set", "image_load", "ps_script", "antivirus"})
    EXPECT_TRUE(tally.categories.contains(category)) << category;
}

TEST_F(RealData, ASampleOfTheBulkCorpusDecodes) {
  Tally tally;
  decode_file("bulk/windows-otrf-bulk.ndjson.zst", 10, tally);
  EXPECT_EQ(tally.events, 8'866U);
  EXPECT_EQ(tally.dead_letters, 0U);
  EXPECT_EQ(tally.without_time, 0U);
  EXPECT_EQ(tally.without_log_source, 0U);
}

TEST_F(RealData, EveryZeekLogDecodesWithItsService) {
  Tally tally;
  decode_file("network/zeek-apt29-day1.ndjson.zst", 1, tally);
  EXPECT_EQ(tally.events, 2'140U);
  EXPECT_EQ(tally.dead_letters, 0U);
  EXPECT_EQ(tally.without_time, 0U);
  EXPECT_EQ(tally.packs, (std::map<std::string, std::size_t>{{"zeek", 2'140}}));
  EXPECT_EQ(tally.services,
            (std::set<std::string>{"conn", "dce_rpc", "dns", "dpd", "files", "http", "kerberos", "notice",
                                   "pe", "smb_files", "smb_mapping", "ssl", "weird", "x509"}));
}

}  // namespace
}  // namespace countersign
