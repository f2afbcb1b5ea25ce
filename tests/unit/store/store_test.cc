// SPDX-License-Identifier: Apache-2.0
// The whole, thin: reports open alerts, people decide them, the log has it, and a restart changes nothing.
#include "store/store.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "store/evidence/entry_rules.h"
#include "store/evidence/tiles.h"
#include "world.h"

namespace countersign::test {
namespace {

std::vector<std::string> log_of(const Store& store) {
  std::vector<std::string> out;
  const std::uint64_t size = store.health().entries;
  EXPECT_TRUE(store.wait_for_proof(EntrySeq{size - 1}, std::chrono::seconds{10}));
  for (std::uint64_t tile = 0; tile * kTileWidth < size; ++tile) {
    const auto width = static_cast<unsigned>(std::min<std::uint64_t>(kTileWidth, size - tile * kTileWidth));
    const auto bytes = store.tile(tile_path({true, 0, tile, width}));
    EXPECT_TRUE(bytes) << bytes.error().message;
    if (!bytes) return out;
    const std::vector<std::string> entries = decode_bundle(*bytes, width).value();
    out.insert(out.end(), entries.begin(), entries.end());
  }
  return out;
}

void expect_valid_log(const Store& store) {
  EntryRules rules("store.test/log");
  for (const std::string& entry : log_of(store)) {
    const auto ok = rules.check(entry);
    ASSERT_TRUE(ok) << ok.error().message << "\n" << entry;
  }
}

TEST(Store, AMatchOpensAnAlertThatAPersonTakesDecidesAndCloses) {
  World world;
  world.open();
  Store& store = *world.store;
  submit(store, report_of(0, {{"h1", 1}, {"h1", 2}, {"h2", 3}}));
  const std::vector<Alert> alerts = all_alerts(store);
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(alerts[0].count, 2U);
  EXPECT_EQ(alerts[0].status, Status::New);
  EXPECT_EQ(to_string(alerts[0].id), "1-000-000001");

  const auto taken = store.act(action(ActionKind::Take, alerts[0], "p-anna"));
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->alert.owner, PersonId{"p-anna"});
  AlertAction note = action(ActionKind::Note, taken->alert, "p-anna");
  note.text = "looks like the scanner";
  const auto noted = store.act(note);
  ASSERT_TRUE(noted) << noted.error().message;
  const auto closed = store.act(closing(noted->alert, "p-anna"));
  ASSERT_TRUE(closed) << closed.error().message;
  EXPECT_EQ(closed->alert.status, Status::Closed);
  EXPECT_EQ(closed->alert.decision->rationale, "the rule looks at the wrong port");
  EXPECT_EQ(closed->alert.decision->events, 2U);

  const auto history = store.history(alerts[0].id, std::nullopt, 10);
  ASSERT_TRUE(history);
  std::vector<std::string> types;
  for (const HistoryRow& row : history->rows) types.push_back(row.type);
  EXPECT_EQ(types, (std::vector<std::string>{"alert.opened", "alert.assigned", "alert.noted", "alert.decided",
                                             "alert.closed"}));
  EXPECT_EQ(history->rows[2].text, "looks like the scanner");
  const auto proof = store.wait_for_proof(closed->entry, std::chrono::seconds{10});
  ASSERT_TRUE(proof);
  EXPECT_FALSE(proof->tlog_proof.empty());
  expect_valid_log(store);
}

/// The alert about `host`.
Alert only_of(const std::vector<Alert>& alerts, std::string_view host) {
  const auto found =
      std::ranges::find_if(alerts, [&](const Alert& alert) { return alert.group_key.at(0).shown == host; });
  EXPECT_NE(found, alerts.end());
  return *found;
}

TEST(Store, ARestartKeepsAlertsPositionsAndLog) {
  World world;
  world.open();
  Report report = report_of(0, {{"h1", 1}, {"h2", 2}});
  report.signals[0].explanation = R"({"matches":true,"text":"a\u0001 \\\" ü"})";
  submit(*world.store, report);
  const Alert before = only_of(all_alerts(*world.store), "h1");
  ASSERT_TRUE(world.store->act(action(ActionKind::Take, before, "p-anna")));
  world.close();
  world.open();
  const Alert after = world.store->alert(before.id).value();
  EXPECT_EQ(after.owner, PersonId{"p-anna"});
  EXPECT_EQ(after.count, 1U);
  EXPECT_EQ(world.store->explanation(before.id), report.signals[0].explanation);
  const auto positions = world.store->positions(SourceName{"src"});
  ASSERT_TRUE(positions);
  ASSERT_EQ(positions->size(), 1U);
  EXPECT_EQ(positions->begin()->second.next.value, 2U);
  expect_valid_log(*world.store);
}

}  // namespace
}  // namespace countersign::test
