// SPDX-License-Identifier: Apache-2.0
// The shared sample of real events: all of it decodes.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/clock.h"
#include "ingest/event_decoder.h"
#include "ingest/pack_loader.h"
#include "tests/unit/ingest/messages.h"
#include "tests/unit/ingest/shared_data.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const PackSet> shipped_packs() {
  auto load = load_packs({fs::path(COUNTERSIGN_SOURCE_DIR) / "ingest" / "packs"});
  EXPECT_TRUE(load.has_value());
  for (const Diagnostic& finding : load->findings) ADD_FAILURE() << to_string(finding);
  return load->packs;
}

class Tally final : public EventSink {
 public:
  void take(const Event& event, std::uint32_t /*index*/) override {
    ++events;
    ++packs[event.event_class()->pack];
    if (event.time_source() != TimeSource::Event) ++without_time;
    if (event.event_class()->log_sources.empty()) ++unknown;
  }
  void take(DeadLetter dead_letter) override {
    ++dead_letters;
    if (dead_letters <= 5) ADD_FAILURE() << dead_letter.reason << ": " << dead_letter.message;
  }
  std::size_t events = 0;
  std::size_t dead_letters = 0;
  std::size_t without_time = 0;
  std::size_t unknown = 0;
  std::map<std::string, std::size_t> packs;
};

Tally decode_file(const fs::path& file, std::size_t every = 1) {
  EventDecoder decoder(shipped_packs(), {});
  Tally tally;
  const TopicName topic{"test"};
  const Timestamp now = SystemClock().now();
  MessageBatch batch = testing::batch_of({});
  std::size_t line = 0;
  testing::each_line(file, [&](std::string_view text) {
    if (line++ % every != 0) return true;
    batch.clear();
    (void)decoder.decode(testing::add_message(batch, text), topic, now, tally);
    return true;
  });
  return tally;
}

TEST(RealData, EveryWindowsEventDecodesWithTimeAndLogSource) {
  if (!testing::have_shared_data()) GTEST_SKIP() << "shared/data is not there";
  std::size_t events = 0;
  for (const auto& entry : fs::recursive_directory_iterator(testing::shared_data() / "windows")) {
    if (!entry.path().string().ends_with(".ndjson.zst")) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const Tally tally = decode_file(entry.path());
    EXPECT_EQ(tally.dead_letters, 0U);
    EXPECT_EQ(tally.without_time, 0U);
    EXPECT_EQ(tally.unknown, 0U);
    events += tally.events;
  }
  EXPECT_EQ(events, 42'194U + 7'119U);
}

}  // namespace
}  // namespace countersign
