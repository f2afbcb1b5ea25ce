// SPDX-License-Identifier: Apache-2.0
// Random operations on the store and on a plain model of it, which is written from semantics.md and shares
// nothing with the store's code. A failure prints its seed.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "direct.h"
#include "store/digest.h"
#include "store/ledger.h"

namespace countersign::test {
namespace {

struct ModelAlert {
  std::string host;
  std::uint32_t generation = 0;
  std::uint64_t count = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::multiset<std::pair<std::int64_t, std::string>> events;  // (second, bytes)
  std::string status = "new";
  std::string owner;
  bool decided = false;
  std::uint64_t covered = 0;
  std::uint64_t version = 1;
  Timestamp closed{};
};

class Model {
 public:
  std::map<std::uint64_t, ModelAlert> alerts;  // by counter
  std::map<std::string, std::uint64_t> current;
  std::map<std::string, std::uint32_t> generations;
  std::map<std::string, std::uint64_t> positions;
  std::uint64_t delivered = 0;
  std::uint64_t opened = 0;
  std::uint64_t attached = 0;

  void report(const std::string& topic, std::uint64_t start, const std::vector<Match>& matches,
              Timestamp now) {
    const auto known = positions.find(topic);
    const std::uint64_t position = known == positions.end() ? start : known->second;
    if (start > position) return;
    if (known != positions.end() && start + matches.size() <= position) return;
    positions[topic] = start + matches.size();
    delivered += matches.size();
    std::vector<std::string> hosts;
    for (const Match& match : matches) {
      if (std::ranges::find(hosts, match.host) == hosts.end()) hosts.push_back(match.host);
    }
    for (const std::string& host : hosts) place(host, now);
    for (const Match& match : matches) add(match);
  }

 private:
  /// Makes sure that the host has an alert to attach to.
  void place(const std::string& host, Timestamp now) {
    const auto found = current.find(host);
    if (found != current.end()) {
      const ModelAlert& alert = alerts.at(found->second);
      if (alert.status != "closed" || now <= alert.closed + std::chrono::hours{24}) return;
    }
    const std::uint64_t counter = alerts.size() + 1;
    ModelAlert& fresh = alerts[counter];
    fresh.host = host;
    fresh.generation = ++generations[host];
    current[host] = counter;
    ++opened;
    --attached;  // of the match that opens it
  }

  void add(const Match& match) {
    ModelAlert& alert = alerts.at(current.at(match.host));
    alert.first = alert.count == 0 ? match.second : std::min(alert.first, match.second);
    alert.last = alert.count == 0 ? match.second : std::max(alert.last, match.second);
    ++alert.count;
    ++attached;
    alert.events.insert({match.second, fmt::format("{} {}", match.host, match.second)});
  }
};

class ModelRun {
 public:
  explicit ModelRun(std::uint64_t seed) : random_(seed) {
    EXPECT_TRUE(store_.run(RulesCommand{ruleset()}));
    EXPECT_TRUE(store_.run(PacksCommand{packs()}));
  }

  void step() {
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
      case 3: report(); break;
      case 4: store_.advance(std::chrono::minutes{pick(900)}); break;
      default: act(); break;
    }
  }

  void compare() {
    for (const auto& [counter, expected] : model_.alerts) compare_alert(counter, expected);
    EXPECT_FALSE(store_.view().alert({1, 0, model_.alerts.size() + 1}));
    LedgerCounts sum;
    for (const auto& [topic, position] : model_.positions) {
      const SourcePartition partition{SourceName{"src"}, TopicName{topic}, 0};
      EXPECT_EQ(store_.view().position(partition).value()->next.value, position);
      const LedgerRow row = store_.view().ledger_sum(partition, 0).value().value();
      EXPECT_TRUE(imbalances(row).empty());
      add_counts(row.counts, sum);
    }
    EXPECT_EQ(sum.delivered, model_.delivered);
    EXPECT_EQ(sum.opened, model_.opened);
    EXPECT_EQ(sum.attached, model_.attached);
  }

  /// Applies the journal, batch by batch, to an empty database.
  void replay() {
    const Folder folder;
    auto again = Db::open(folder.path() / "db", Db::Mode::ReadWrite, merge_counts);
    ASSERT_TRUE(again);
    Cursor rows = store_.db().cursor(nullptr, Family::Journal, "", "");
    for (rows.seek_first(); rows.valid(); rows.next()) {
      const auto batch = decode<Batch>(rows.value());
      ASSERT_TRUE(batch);
      EXPECT_EQ(encode(*batch), rows.value());
      WriteSet changes;
      apply(**again, *batch, changes);
      ASSERT_TRUE((*again)->write(changes, false));
    }
    for (std::size_t i = 0; i < kFamilies; ++i) expect_equal(static_cast<Family>(i), **again);
    EXPECT_EQ(digest_of(**again).value(), digest_of(store_.db()).value());
  }

 private:
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  void report() {
    const std::string topic = fmt::format("t{}", pick(3));
    std::vector<Match> matches;
    for (int i = pick(6); i >= 0; --i) matches.push_back({fmt::format("h{}", pick(6)), pick(2'000)});
    const auto known = model_.positions.find(topic);
    std::uint64_t start = known == model_.positions.end() ? 0 : known->second;
    const int kind = pick(10);
    if (kind == 0) start += 1 + static_cast<std::uint64_t>(pick(3));  // a hole, or a first report
    if (kind == 1) start -= std::min<std::uint64_t>(start, static_cast<std::uint64_t>(pick(9)));  // again
    const bool hole = known != model_.positions.end() && start > known->second;
    const auto done = store_.run(ReportCommand{report_of(start, matches, topic)});
    EXPECT_EQ(done.has_value(), !hole);
    model_.report(topic, start, matches, store_.now());
  }

  void act() {
    if (model_.alerts.empty()) return;
    const std::uint64_t counter =
        1 + static_cast<std::uint64_t>(pick(static_cast<int>(model_.alerts.size())));
    ModelAlert& alert = model_.alerts.at(counter);
    const std::string person = fmt::format("p-{}", pick(3));
    constexpr std::array kKinds{ActionKind::Take,  ActionKind::Release, ActionKind::Note,
                                ActionKind::Hold,  ActionKind::Resume,  ActionKind::Decide,
                                ActionKind::Close, ActionKind::Reopen};
    const ActionKind kind = kKinds[static_cast<std::size_t>(pick(kKinds.size()))];
    const AlertId id{1, 0, counter};
    AlertAction action = store_.request(kind, id, person);
    const bool bare = kind == ActionKind::Close && pick(2) == 0;
    if (bare) {
      action.verdict.reset();
      action.reason_code.reset();
      action.text = "";
    }
    const bool accepted = play(alert, counter, kind, person, bare);
    const auto done = store_.run(ActionCommand{action, false});
    EXPECT_EQ(done.has_value(), accepted) << to_string(kind) << " on " << alert.status;
    if (accepted) ++alert.version;
    if (accepted && kind == ActionKind::Close) alert.closed = store_.now();
  }

  /// Plays the action on the model; false: it is refused.
  bool play(ModelAlert& alert, std::uint64_t counter, ActionKind kind, const std::string& person, bool bare) {
    const bool working = alert.status == "new" || alert.status == "in_progress" || alert.status == "on_hold";
    if (kind == ActionKind::Note) return true;
    if (kind == ActionKind::Take) {
      if (!working) return false;
      alert.owner = person;
      alert.status = "in_progress";
      return true;
    }
    if (kind == ActionKind::Release) {
      if (alert.status != "in_progress" && alert.status != "on_hold") return false;
      alert.owner.clear();
      alert.status = "new";
      return true;
    }
    if (kind == ActionKind::Hold || kind == ActionKind::Resume) {
      const bool hold = kind == ActionKind::Hold;
      if (alert.status != (hold ? "in_progress" : "on_hold")) return false;
      alert.status = hold ? "on_hold" : "in_progress";
      return true;
    }
    if (kind == ActionKind::Reopen) {
      const std::uint64_t other = model_.current.at(alert.host);
      if (alert.status != "closed") return false;
      if (other != counter && model_.alerts.at(other).status != "closed") return false;
      model_.current[alert.host] = counter;
      alert.owner = person;
      alert.decided = false;
      alert.status = "in_progress";
      return true;
    }
    if (!working || (bare && (!alert.decided || alert.owner.empty()))) return false;
    if (!bare) {
      alert.decided = true;
      alert.covered = alert.count;
      if (alert.owner.empty()) alert.owner = person;
    }
    alert.status = kind == ActionKind::Close ? "closed" : "in_progress";
    return true;
  }

  void compare_alert(std::uint64_t counter, const ModelAlert& expected) {
    const AlertId id{1, 0, counter};
    const Alert alert = alert_of(store_.record(id), store_.counts(id));
    const Timestamp zero = at("2026-03-01T07:00:00Z");
    EXPECT_EQ(alert.group_key[0].shown, expected.host);
    EXPECT_EQ(alert.generation, expected.generation);
    EXPECT_EQ(alert.count, expected.count);
    EXPECT_EQ(alert.times.first_event, zero + std::chrono::seconds{expected.first});
    EXPECT_EQ(alert.times.last_event, zero + std::chrono::seconds{expected.last});
    EXPECT_EQ(to_string(alert.status), expected.status);
    EXPECT_EQ(alert.owner ? alert.owner->value : "", expected.owner);
    EXPECT_EQ(alert.decision.has_value(), expected.decided);
    if (expected.decided) {
      EXPECT_EQ(alert.since_decision, expected.count - expected.covered);
    }
    EXPECT_EQ(alert.version.value, expected.version);
    std::multiset<std::pair<Timestamp, Hash256>> all;
    for (const auto& [second, bytes] : expected.events) {
      all.insert({zero + std::chrono::seconds{second}, sha256(bytes)});
    }
    const SampleHeads heads = store_.view().samples(id).value();
    const std::size_t ends = std::min<std::size_t>(5, all.size());
    ASSERT_EQ(heads.smallest.size(), ends);
    ASSERT_EQ(heads.largest.size(), ends);
    auto low = all.begin();
    auto high = std::prev(all.end(), static_cast<std::ptrdiff_t>(ends));
    for (std::size_t i = 0; i < ends; ++i, ++low, ++high) {
      EXPECT_EQ(std::pair(heads.smallest[i].time, heads.smallest[i].hash), *low);
      EXPECT_EQ(std::pair(heads.largest[i].time, heads.largest[i].hash), *high);
    }
  }

  void expect_equal(Family family, const Db& other) {
    Cursor left = store_.db().cursor(nullptr, family, "", "");
    Cursor right = other.cursor(nullptr, family, "", "");
    left.seek_first();
    right.seek_first();
    while (left.valid() && right.valid()) {
      ASSERT_EQ(left.key(), right.key()) << to_string(family);
      ASSERT_EQ(left.value(), right.value()) << to_string(family);
      left.next();
      right.next();
    }
    EXPECT_EQ(left.valid(), right.valid()) << to_string(family);
  }

  std::mt19937_64 random_;
  Direct store_;
  Model model_;
};

TEST(StoreModel, RandomOperationsAgreeWithAPlainModelAndReplayEqually) {
  std::random_device device;
  for (int round = 0; round < 6; ++round) {
    const std::uint64_t seed = round < 3 ? static_cast<std::uint64_t>(round) : device();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    ModelRun run(seed);
    for (int i = 0; i < 400; ++i) {
      run.step();
      if (testing::Test::HasFailure()) return;
    }
    run.compare();
    run.replay();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace countersign::test
