// SPDX-License-Identifier: Apache-2.0
// Rules and packs loaded anew over a real store and real files: what replaces what is in force, what does
// not and why, and when files are looked at.
#include "app/rule_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>

#include "tests/unit/store/world.h"

namespace countersign {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum RuleReload::Outcome;

std::string rule_text(int number, const std::string& value) {
  const std::string digits = std::to_string(number);
  return "title: Rule " + digits + "\nid: 00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') +
         digits +
         "\nstatus: test\nlevel: high\nlogsource: {product: fortigate}\ndetection:\n  s: {action: " + value +
         "}\n  condition: s\n";
}

class RuleKeeperTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.open();
    std::filesystem::create_directories(rules());
    write("a.yml", rule_text(1, "deny"));
    write("b.yml", rule_text(2, "pass"));
  }
  void TearDown() override { keeper_.reset(); }

  std::filesystem::path rules() const { return world_.folder.path() / "rules"; }
  static std::filesystem::path shipped_packs() {
    return std::filesystem::path(COUNTERSIGN_SOURCE_DIR) / "ingest" / "packs";
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(rules() / name, std::ios::binary) << text;
  }
  void remove(const std::string& name) { std::filesystem::remove(rules() / name); }

  /// Loads, announces and watches.
  RuleKeeper& keeper(std::chrono::milliseconds look_every = {}) {
    options_.paths.rules = {rules()};
    if (options_.paths.packs.empty()) options_.paths.packs = {shipped_packs()};
    options_.data = world_.data();
    options_.look_every = look_every;
    keeper_ = std::make_unique<RuleKeeper>(
        options_, clock_, [this](LogLevel, std::string_view text, const std::vector<LogField>&) {
          const std::lock_guard lock(mutex_);
          log_.emplace_back(text);
          logged_.notify_all();
        });
    const Result<void> loaded = keeper_->load();
    EXPECT_TRUE(loaded) << loaded.error().message;
    EXPECT_TRUE(keeper_->announce(*world_.store));
    keeper_->watch([this](const DetectionParts& parts) {
      const std::lock_guard lock(mutex_);
      used_.push_back(parts.plan->rules()->hash());
    });
    return *keeper_;
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> out;
    for (const RuleInfo& rule : keeper_->current()->detection.rules->rules())
      out.push_back(rule.id.value.substr(rule.id.value.size() - 1));
    return out;
  }
  std::vector<Hash256> used() {
    const std::lock_guard lock(mutex_);
    return used_;
  }
  std::vector<std::string> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  /// Waits for what another thread does; it is judged anew after each line of the log.
  bool eventually(const std::function<bool()>& condition,
                  std::chrono::milliseconds deadline = std::chrono::seconds{60}) {
    std::unique_lock lock(mutex_);
    return logged_.wait_for(lock, deadline, condition);
  }
  std::uint64_t entries() const { return world_.store->health().entries; }

  test::World world_;
  SystemClock clock_;
  RuleKeeperOptions options_;
  std::unique_ptr<RuleKeeper> keeper_;
  std::mutex mutex_;
  std::condition_variable logged_;
  std::vector<Hash256> used_;
  std::vector<std::string> log_;
};

TEST_F(RuleKeeperTest, ANewRuleIsPutInForceAndRecorded) {
  RuleKeeper& keeper = this->keeper();
  const auto before = keeper.current();
  const std::uint64_t entries_before = entries();
  write("c.yml", rule_text(3, "block"));
  const RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Loaded);
  EXPECT_THAT(done.reasons, IsEmpty());
  EXPECT_EQ(done.rules, 3U);
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(entries(), entries_before + 1) << "rules.loaded";
  EXPECT_THAT(used(), ElementsAre(done.ruleset));
  EXPECT_NE(keeper.current()->watch, before->watch) << "a new rule set is measured anew";
  EXPECT_EQ(keeper.current()->manifest->hash, done.ruleset);
  EXPECT_EQ(before->detection.rules->rules().size(), 2U) << "who holds the old set keeps it";
  EXPECT_EQ(keeper.reloads(Loaded), 1U);
}

TEST_F(RuleKeeperTest, WhatIsTheSameStaysAndIsNotRecorded) {
  RuleKeeper& keeper = this->keeper();
  const auto before = keeper.current();
  const std::uint64_t entries_before = entries();
  write("a.yml", rule_text(1, "deny"));
  EXPECT_EQ(keeper.reload().outcome, Unchanged);
  EXPECT_EQ(keeper.current()->watch, before->watch) << "a quarantine is not lifted";
  EXPECT_EQ(keeper.current()->detection.plan, before->detection.plan);
  EXPECT_EQ(entries(), entries_before);
  EXPECT_THAT(used(), IsEmpty());
}

TEST_F(RuleKeeperTest, ARuleThatIsTakenAwayIsGone) {
  RuleKeeper& keeper = this->keeper();
  remove("b.yml");
  EXPECT_EQ(keeper.reload().outcome, Loaded);
  EXPECT_THAT(ids(), ElementsAre("1"));
}

TEST_F(RuleKeeperTest, AMistakeInAFileInForceKeepsAllInForce) {
  RuleKeeper& keeper = this->keeper();
  write("b.yml", "title: Rule 2\ndetektion: {}\n");
  write("c.yml", rule_text(3, "block"));
  const RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Refused);
  EXPECT_THAT(done.reasons, ElementsAre(AllOf(HasSubstr("b.yml:"), HasSubstr("error["))));
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
  EXPECT_FALSE(keeper.up_to_date());
  EXPECT_THAT(log(), Contains(HasSubstr("those in force stay")));
  write("b.yml", rule_text(2, "pass"));
  EXPECT_EQ(keeper.reload().outcome, Loaded);
  EXPECT_TRUE(keeper.up_to_date());
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3"));
}

TEST_F(RuleKeeperTest, AMistakeInANewFileIsNamedAndTheRestWorks) {
  RuleKeeper& keeper = this->keeper();
  write("bad.yml", "title: x\n");
  write("c.yml", rule_text(3, "block"));
  const RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Loaded);
  EXPECT_EQ(done.refused, 1U);
  EXPECT_THAT(log(), Contains(HasSubstr("bad.yml:")));
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3"));
  // Its author tries again and makes another mistake, while others go on.
  write("bad.yml", "title: y\nlevel: huge\n");
  write("d.yml", rule_text(4, "block"));
  EXPECT_EQ(keeper.reload().outcome, Loaded);
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(RuleKeeperTest, ANewFileWithAMistakeAloneChangesOnlyWhatIsCounted) {
  RuleKeeper& keeper = this->keeper();
  write("bad.yml", "title: x\n");
  const RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Unchanged);
  EXPECT_EQ(done.refused, 1U);
  EXPECT_EQ(keeper.current()->detection.counts.refused, 1U);
  EXPECT_THAT(log(), Contains(AllOf(HasSubstr("bad.yml:"), HasSubstr("error["))));
}

TEST_F(RuleKeeperTest, ARuleLostInAFileThatHadMistakesKeepsAllInForce) {
  write("both.yml", rule_text(5, "deny") + "---\ntitle: no rule\n");
  RuleKeeper& keeper = this->keeper();
  ASSERT_THAT(ids(), ElementsAre("1", "2", "5"));
  write("both.yml", "title: no rule\n---\ntitle: none either\n");
  const RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Refused);
  EXPECT_THAT(done.reasons, ElementsAre(AllOf(HasSubstr("`Rule 5` would be lost"), HasSubstr("both.yml:"))));
  EXPECT_THAT(ids(), ElementsAre("1", "2", "5"));
}

TEST_F(RuleKeeperTest, AnEmptyFolderKeepsAllInForce) {
  RuleKeeper& keeper = this->keeper();
  remove("a.yml");
  remove("b.yml");
  const RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Refused);
  EXPECT_THAT(done.reasons, ElementsAre(HasSubstr("no rule is left of 2")));
  std::filesystem::remove_all(rules());
  EXPECT_EQ(keeper.reload().outcome, Refused);
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
}

TEST_F(RuleKeeperTest, AChangedRuleThatFailsItsTestEventsKeepsAllInForce) {
  const auto test_event = [](const std::string& action) {
    return R"({"expect": "match", "why": "it is denied", "message": "date=2026-11-02 time=08:00:00 )"
           R"(devname=\"fw-1\" devid=\"FGT1\" eventtime=1793606400 tz=\"+0000\" logid=\"0000000013\" type=\"traffic\" )"
           R"(subtype=\"forward\" level=\"notice\" action=\")" +
           action + "\\\"\"}\n";
  };
  write("a.tests.ndjson", test_event("deny"));
  // A rule that fails already and does not change keeps nothing back.
  write("b.tests.ndjson", test_event("drop"));
  RuleKeeper& keeper = this->keeper();
  write("a.yml", rule_text(1, "denied"));
  RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Refused);
  EXPECT_THAT(done.reasons, ElementsAre(AllOf(HasSubstr("a.tests.ndjson:1"), HasSubstr("`Rule 1`"),
                                              HasSubstr("should match and does not"))));
  EXPECT_THAT(used(), IsEmpty());
  write("a.tests.ndjson", test_event("denied"));
  done = keeper.reload();
  EXPECT_EQ(done.outcome, Loaded);
  EXPECT_THAT(used(), ElementsAre(done.ruleset));
}

TEST_F(RuleKeeperTest, APackThatIsBrokenOrThatASourceNeedsKeepsAllInForce) {
  const std::filesystem::path packs = world_.folder.path() / "packs";
  std::filesystem::copy(shipped_packs(), packs);
  options_.paths.packs = {packs};
  options_.packs_needed = {"fortigate"};
  RuleKeeper& keeper = this->keeper();
  const Hash256 before = keeper.current()->detection.packs->hash();
  const std::filesystem::path aside = world_.folder.path() / "fortigate.yml";
  std::filesystem::rename(packs / "fortigate.yml", aside);
  EXPECT_THAT(keeper.reload().reasons, ElementsAre(HasSubstr("a source names the pack `fortigate`")));
  std::ofstream(packs / "fortigate.yml") << "pack: fortigate\n";
  EXPECT_THAT(keeper.reload().reasons, Contains(HasSubstr("fortigate.yml:")));
  std::filesystem::rename(aside, packs / "fortigate.yml");
  EXPECT_EQ(keeper.reload().outcome, Unchanged);
  std::filesystem::remove(packs / "zeek.yml");
  const RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Loaded);
  EXPECT_NE(done.packs, before);
}

TEST_F(RuleKeeperTest, AChangedPackThatFailsItsTestsKeepsAllInForce) {
  const std::filesystem::path packs = world_.folder.path() / "packs";
  std::filesystem::create_directory(packs);
  const auto write_pack = [&](const std::string& name, const std::string& field, const std::string& value) {
    std::ofstream(packs / (name + ".yml"))
        << "pack: " << name << "\nshapes: [{name: s, parse: json, match: [{has: [" << name
        << "]}]}]\nmap: {source.ip: " << field << "}\ntests: [{name: an address, message: '{\"" << name
        << "\":1,\"src\":\"192.0.2.1\"}', event: {fields: {source.ip: " << value << "}}}]\n";
  };
  write_pack("good", "src", "192.0.2.1");
  // A pack that fails already and does not change keeps nothing back.
  write_pack("bad", "src", "192.0.2.9");
  options_.paths.packs = {packs};
  RuleKeeper& keeper = this->keeper();
  write_pack("good", "from", "192.0.2.1");
  RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Refused);
  EXPECT_THAT(done.reasons, ElementsAre(AllOf(HasSubstr("good.yml:4"), HasSubstr("`an address`"),
                                              HasSubstr("source.ip: expected `192.0.2.1`, is none"))));
  EXPECT_THAT(used(), IsEmpty());
  write_pack("good", "[src, from]", "192.0.2.1");
  EXPECT_EQ(keeper.reload().outcome, Loaded);
}

TEST_F(RuleKeeperTest, AtStartAPackThatASourceNamesMustBeThere) {
  options_.packs_needed = {"fortygate"};
  options_.paths.rules = {rules()};
  options_.paths.packs = {shipped_packs()};
  RuleKeeper keeper(options_, clock_, [](LogLevel, std::string_view, const std::vector<LogField>&) {});
  const Result<void> loaded = keeper.load();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("names the pack `fortygate`, which is not there"));
}

TEST_F(RuleKeeperTest, FilesThatChangedAreLoadedOnceTheyRest) {
  RuleKeeper& keeper = this->keeper(std::chrono::milliseconds{20});
  write("c.yml", rule_text(3, "block"));
  ASSERT_TRUE(eventually([&] { return keeper.reloads(Loaded) == 1; }));
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3"));
  // What was refused is not tried again before it changes.
  write("c.yml", "title: Rule 3\n");
  ASSERT_TRUE(eventually([&] { return keeper.reloads(Refused) == 1; }));
  EXPECT_FALSE(eventually([&] { return keeper.reloads(Refused) > 1; }, std::chrono::milliseconds{300}));
  write("c.yml", rule_text(3, "dropped"));
  ASSERT_TRUE(eventually([&] { return keeper.reloads(Loaded) == 2; }));
  EXPECT_TRUE(keeper.up_to_date());
}

TEST(RestWatch, FilesThatStillChangeAreLeftAlone) {
  const auto stamps = [](std::uintmax_t size) { return FileStamps{{"a.yml", {size, {}}}}; };
  RestWatch watch;
  EXPECT_FALSE(watch.rested(stamps(1), stamps(1)));
  EXPECT_FALSE(watch.rested(stamps(1), stamps(1))) << "nothing changed";
  EXPECT_FALSE(watch.rested(stamps(2), stamps(1)));
  EXPECT_FALSE(watch.rested(stamps(3), stamps(1)));
  EXPECT_TRUE(watch.rested(stamps(3), stamps(1)));
  EXPECT_TRUE(watch.rested(stamps(3), stamps(1))) << "until they are read";
  EXPECT_FALSE(watch.rested(stamps(3), stamps(3)));
  EXPECT_FALSE(watch.rested({}, stamps(3)));
  EXPECT_TRUE(watch.rested({}, stamps(3))) << "all were taken away";
}

/// What a kubelet does: files are links through `..data`, which is swapped at once.
TEST_F(RuleKeeperTest, AConfigMapIsSeenToChange) {
  namespace fs = std::filesystem;
  const auto publish = [this](const std::string& version, const std::string& text) {
    fs::create_directories(rules() / version);
    std::ofstream(rules() / version / "map.yml") << text;
    fs::create_symlink(version, rules() / "..data_tmp");
    fs::rename(rules() / "..data_tmp", rules() / "..data");
  };
  publish("..1", rule_text(6, "deny"));
  fs::create_symlink("..data/map.yml", rules() / "map.yml");
  RuleKeeper& keeper = this->keeper(std::chrono::milliseconds{20});
  ASSERT_THAT(ids(), ElementsAre("1", "2", "6"));
  publish("..2", rule_text(7, "deny"));
  ASSERT_TRUE(eventually([&] { return keeper.reloads(Loaded) == 1; }));
  EXPECT_THAT(ids(), ElementsAre("1", "2", "7"));
}

TEST_F(RuleKeeperTest, WithoutLookingOnlyARequestReloads) {
  RuleKeeper& keeper = this->keeper();
  write("c.yml", rule_text(3, "block"));
  EXPECT_FALSE(eventually([&] { return keeper.reloads(Loaded) > 0; }, std::chrono::milliseconds{200}));
  keeper.request_reload();
  ASSERT_TRUE(eventually([&] { return keeper.reloads(Loaded) == 1; }));
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3"));
}

TEST_F(RuleKeeperTest, WhatTheStoreDoesNotTakeIsNotUsed) {
  RuleKeeper& keeper = this->keeper();
  write("c.yml", rule_text(3, "block"));
  world_.store->stop();
  const RuleReload done = keeper.reload();
  EXPECT_EQ(done.outcome, Refused);
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
  EXPECT_THAT(used(), IsEmpty());
}

}  // namespace
}  // namespace countersign
