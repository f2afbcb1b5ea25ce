// SPDX-License-Identifier: Apache-2.0
// Which events of a partition are duplicates: the window against a plain model, and whole reports of a
// detector.
#include "ingest/duplicate_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <random>
#include <set>

#include "core/limits.h"
#include "ingest/detector.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/detection.h"
#include "tests/unit/ingest/messages.h"

namespace countersign {
namespace {

using ::testing::ElementsAre;

constexpr std::uint64_t kWindow = kDuplicateWindowMessages;

EventKey key_of(std::uint64_t number) { return {number, ~number}; }

MessageBatch range(std::uint64_t start, std::uint64_t end, std::uint32_t incarnation = 1) {
  MessageBatch batch;
  batch.incarnation = incarnation;
  batch.start = Offset{start};
  batch.end = Offset{end};
  return batch;
}

TEST(DuplicateWindow, HoldsExactlyThePrecedingMessages) {
  for (const std::uint64_t between : {std::uint64_t{0}, kWindow - 2, kWindow - 1, kWindow, kWindow + 1}) {
    DuplicateWindow window;
    window.begin_message();
    EXPECT_FALSE(window.seen(key_of(7)));
    for (std::uint64_t i = 0; i < between; ++i) {
      window.begin_message();
      EXPECT_FALSE(window.seen(key_of(100 + i)));
    }
    window.begin_message();
    EXPECT_EQ(window.seen(key_of(7)), between < kWindow) << between << " messages between";
  }
}

TEST(DuplicateWindow, AnotherEventOfTheSameMessageIsNotBefore) {
  DuplicateWindow window;
  window.begin_message();
  EXPECT_FALSE(window.seen(key_of(1)));
  EXPECT_FALSE(window.seen(key_of(1)));
  window.begin_message();
  EXPECT_TRUE(window.seen(key_of(1)));
}

TEST(DuplicateWindow, ADuplicateCountsWhereItStoodLast) {
  DuplicateWindow window(4, 16);
  std::vector<bool> duplicate;
  for (int message = 0; message < 20; ++message) {
    window.begin_message();
    if (message % 3 == 0) duplicate.push_back(window.seen(key_of(1)));
  }
  EXPECT_THAT(duplicate, ElementsAre(false, true, true, true, true, true, true));
}

TEST(DuplicateWindow, ForgetsWhatAnotherIncarnationHeldAndWhatIsReadAgain) {
  DuplicateWindow window;
  const auto duplicate = [&](const MessageBatch& batch) {
    window.begin_batch(batch);
    window.begin_message();
    return window.seen(key_of(1));
  };
  EXPECT_FALSE(duplicate(range(10, 11)));
  EXPECT_TRUE(duplicate(range(11, 12)));
  EXPECT_FALSE(duplicate(range(12, 13, 2))) << "another incarnation";
  EXPECT_FALSE(duplicate(range(5, 6, 2))) << "read again from further back";
  EXPECT_TRUE(duplicate(range(6, 7, 2)));
}

/// The keys of the last messages, looked through one by one.
class Model {
 public:
  Model(std::size_t messages_max, std::size_t keys_max) : messages_max_(messages_max), keys_max_(keys_max) {}
  void begin_message() { ++message_; }
  bool seen(std::uint64_t key) {
    while (!keys_.empty() && message_ - keys_.front().first > messages_max_) keys_.pop_front();
    bool before = false;
    bool here = false;
    for (const auto& [message, held] : keys_) {
      before = before || (held == key && message != message_);
      here = here || (held == key && message == message_);
    }
    if (here) return false;
    if (keys_.size() == keys_max_) keys_.pop_front();
    keys_.emplace_back(message_, key);
    return before;
  }

 private:
  std::size_t messages_max_;
  std::size_t keys_max_;
  std::uint64_t message_ = 0;
  std::deque<std::pair<std::uint64_t, std::uint64_t>> keys_;
};

TEST(DuplicateWindow, AgreesWithAPlainModel) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 40; ++round) {
    const std::size_t messages_max = std::size_t{1} << (random() % 8);
    const std::size_t keys_max = std::size_t{1} << (1 + random() % 9);
    const std::uint64_t keys = 1 + random() % (4 * messages_max);
    DuplicateWindow window(messages_max, keys_max);
    Model model(messages_max, keys_max);
    for (int message = 0; message < 1'500; ++message) {
      window.begin_message();
      model.begin_message();
      for (std::uint64_t events = random() % 4; events > 0; --events) {
        // Few values of the first half: keys share their slots.
        const std::uint64_t number = random() % keys;
        ASSERT_EQ(window.seen({number % 8, number}), model.seen(number)) << "message " << message;
      }
    }
  }
}

TEST(DuplicateWindow, TakesNoMoreThanItSays) { EXPECT_EQ(DuplicateWindow::memory_max(), 8 * kMiB); }

// --- reports

constexpr std::string_view kPack = R"(pack: agent
priority: 500
ignore: ["-"]
shapes:
  - {name: json, parse: json, match: [{has: [agent]}]}
map: {event.id: uid, host.name: host}
group_by: [host.name]
duplicate_key: [event.id]
classify: [kind]
classes:
  - sigma: {product: agent}
  - {when: {kind: record}, duplicate_key: [host.name, number]}
)";

class DuplicatesTest : public ::testing::Test {
 protected:
  DuplicatesTest() {
    packs_ = testing::packs_of({std::string(kPack)});
    const auto rules = testing::rules_of(testing::simple_rule(1, "agent", "agent: x"));
    plan_ = Plan::build(rules, packs_->event_classes(), {}).value();
  }

  Detector detector() { return {{plan_, packs_, nullptr}, {}, clock_, nullptr}; }

  /// The sum of the counts of all messages, in batches that end at `cuts`.
  LedgerCounts counts(const std::vector<std::string>& messages, const std::set<std::size_t>& cuts,
                      DuplicateWindow window = DuplicateWindow()) {
    LedgerCounts sum;
    Detector with = detector();
    MessageBatch batch = testing::batch_of({});
    for (std::size_t i = 0; i < messages.size(); ++i) {
      testing::add_message(batch, messages[i]);
      if (i + 1 < messages.size() && !cuts.contains(i + 1)) continue;
      const LedgerCounts one = with.run(batch, {}, &window).counts;
      EXPECT_EQ(one.events, one.undecodable + one.duplicate + one.unmatched + one.matched);
      sum.events += one.events;
      sum.duplicate += one.duplicate;
      sum.matched += one.matched;
      sum.unmatched += one.unmatched;
      sum.undecodable += one.undecodable;
      const Offset next = batch.end;
      batch = testing::batch_of({});
      batch.start = batch.end = next;
    }
    return sum;
  }

  std::uint64_t duplicates(const std::vector<std::string>& messages) {
    return counts(messages, {}).duplicate;
  }

  ManualClock clock_{testing::kNow};
  std::shared_ptr<const PackSet> packs_;
  std::shared_ptr<const Plan> plan_;
};

TEST_F(DuplicatesTest, OnlyAWholeKeyOfTheSamePackFieldsAndIndexMakesADuplicate) {
  struct Case {
    std::string_view what;
    std::string first;
    std::string second;
    bool duplicate;
  };
  const Case kCases[] = {
      {"the same id", R"({"agent":"x","uid":"1"})", R"({"agent":"y","uid":"1","more":2})", true},
      {"the id as it is written", R"({"agent":"x","uid":"a"})", R"({"agent":"x","uid":"A"})", false},
      {"another id", R"({"agent":"x","uid":"1"})", R"({"agent":"x","uid":"2"})", false},
      {"no id", R"({"agent":"x"})", R"({"agent":"x"})", false},
      {"an id that counts as absent", R"({"agent":"x","uid":"-"})", R"({"agent":"x","uid":"-"})", false},
      {"another index", R"({"agent":"x","uid":"1"})", R"([{"agent":"z"},{"agent":"x","uid":"1"}])", false},
      {"the same index", R"([{"agent":"z"},{"agent":"x","uid":"1"}])",
       R"([{"agent":"q"},{"agent":"x","uid":"1"}])", true},
      {"the same index, behind what is no event", R"([{"agent":"z"},{"agent":"x","uid":"1"}])",
       R"([7,{"agent":"x","uid":"1"}])", true},
      {"the class's key", R"({"agent":"x","kind":"record","uid":"1","host":"h","number":5})",
       R"({"agent":"x","kind":"record","uid":"2","host":"h","number":5})", true},
      {"half of the class's key", R"({"agent":"x","kind":"record","uid":"1","host":"h"})",
       R"({"agent":"x","kind":"record","uid":"1","host":"h"})", false},
      {"the key of another class", R"({"agent":"x","uid":"h"})",
       R"({"agent":"x","kind":"record","host":"h","number":5})", false},
      {"values that are cut elsewhere", R"({"agent":"x","kind":"record","host":"ab","number":"c"})",
       R"({"agent":"x","kind":"record","host":"a","number":"bc"})", false},
  };
  for (const Case& c : kCases) EXPECT_EQ(duplicates({c.first, c.second}), c.duplicate ? 1U : 0U) << c.what;
}

TEST_F(DuplicatesTest, ADuplicateIsNotMatchedAndOpensNothing) {
  const MessageBatch batch =
      testing::batch_of({R"({"agent":"x","uid":"1"})", R"({"agent":"x","uid":"1"})", R"({"agent":"x"})"});
  DuplicateWindow window;
  const Report report = detector().run(batch, {}, &window);
  EXPECT_EQ(report.counts.events, 3U);
  EXPECT_EQ(report.counts.duplicate, 1U);
  EXPECT_EQ(report.counts.matched, 2U);
  EXPECT_EQ(report.counts.matches, 2U);
  ASSERT_EQ(report.signals.size(), 1U);
  EXPECT_EQ(report.signals[0].count, 2U);
}

TEST_F(DuplicatesTest, AnEventOfAPackWithoutAKeyIsNone) {
  EXPECT_TRUE(packs_->has_duplicate_keys(""));
  EXPECT_FALSE(packs_->has_duplicate_keys("other"));
  DuplicateWindow window;
  Detector without({plan_, testing::shipped_packs(), nullptr}, {}, clock_, nullptr);
  const MessageBatch batch = testing::batch_of({R"({"a":1,"uid":"1"})", R"({"a":1,"uid":"1"})"});
  EXPECT_EQ(without.run(batch, {}, &window).counts.duplicate, 0U);
}

TEST_F(DuplicatesTest, WithoutAWindowNoEventIsOne) {
  const MessageBatch batch = testing::batch_of({R"({"agent":"x","uid":"1"})", R"({"agent":"x","uid":"1"})"});
  EXPECT_EQ(detector().run(batch, {}).counts.duplicate, 0U);
}

std::vector<std::string> random_messages(std::mt19937& random, int count) {
  std::vector<std::string> messages;
  for (int i = 0; i < count; ++i) {
    const auto event = [&] { return fmt::format(R"({{"agent":"x","uid":"{}"}})", random() % 20); };
    switch (random() % 4) {
      case 0: messages.push_back("not a message"); break;
      case 1: messages.push_back("[" + event() + "," + event() + ",7]"); break;
      default: messages.push_back(event());
    }
  }
  return messages;
}

TEST_F(DuplicatesTest, WhereBatchesAreCutChangesNothing) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::vector<std::string> messages = random_messages(random, 60);
  const LedgerCounts whole = counts(messages, {}, DuplicateWindow(16, 64));
  ASSERT_GT(whole.duplicate, 0U);
  ASSERT_GT(whole.matched, 0U);
  std::set<std::size_t> everywhere;
  for (std::size_t cut = 1; cut < messages.size(); ++cut) {
    EXPECT_EQ(counts(messages, {cut}, DuplicateWindow(16, 64)), whole) << "cut at " << cut;
    everywhere.insert(cut);
  }
  EXPECT_EQ(counts(messages, everywhere, DuplicateWindow(16, 64)), whole);
}

TEST_F(DuplicatesTest, ReadingThePrecedingMessagesForTheirKeysMakesTheWindowAnew) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  constexpr std::size_t kMessages = 16;
  // Few keys: what is forgotten for want of room is forgotten in the same way.
  constexpr std::size_t kKeys = 8;
  const std::vector<std::string> messages = random_messages(random, 80);
  for (std::size_t at = 1; at < messages.size(); ++at) {
    Detector first = detector();
    DuplicateWindow whole(kMessages, kKeys);
    MessageBatch before = testing::batch_of({messages.begin(), messages.begin() + static_cast<long>(at)});
    (void)first.run(before, {}, &whole);
    MessageBatch rest;
    rest.incarnation = 1;
    rest.start = rest.end = before.end;
    for (std::size_t i = at; i < messages.size(); ++i) testing::add_message(rest, messages[i]);

    DuplicateWindow anew(kMessages, kKeys);
    MessageBatch keys;
    keys.incarnation = 1;
    keys.keys_only = true;
    const std::size_t from = at - std::min(at, kMessages);
    keys.start = keys.end = Offset{from};
    for (std::size_t i = from; i < at; ++i) testing::add_message(keys, messages[i]);
    Detector second = detector();
    second.remember(keys, anew);
    EXPECT_EQ(second.run(rest, {}, &anew).counts, first.run(rest, {}, &whole).counts) << "restart at " << at;
  }
}

}  // namespace
}  // namespace countersign
