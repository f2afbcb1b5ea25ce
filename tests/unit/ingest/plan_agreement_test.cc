// SPDX-License-Identifier: Apache-2.0
// The compiled plan finds what the interpreter finds: every shared event against every shared rule. Each
// event is judged as what it is, and once more as if it came from every log source at once, so that all rules
// meet all events. The quick form takes a part of the lines; COUNTERSIGN_LONG=1 takes all.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/clock.h"
#include "ingest/event_decoder.h"
#include "rules/interpreter.h"
#include "rules/loader.h"
#include "rules/matcher.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/messages.h"
#include "tests/unit/ingest/shared_data.h"
#include "tests/unit/ingest/wide_event.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const RuleSet> shared_rules() {
  std::vector<fs::path> folders{fs::path(COUNTERSIGN_SOURCE_DIR) / "rules" / "library",
                                testing::shared_data() / "sigma-extra"};
  for (const fs::directory_entry& entry : fs::directory_iterator(testing::shared_data() / "sigma"))
    if (entry.is_directory() && entry.path().filename() != "regression_data") folders.push_back(entry.path());
  auto load = load_rules(folders, {.include_deprecated = true, .include_unsupported = true});
  if (!load) throw std::runtime_error(load.error().message);
  return load->rules;
}

class Comparison final : public EventSink {
 public:
  explicit Comparison(const std::shared_ptr<const RuleSet>& rules)
      : all_(testing::class_of_all(*rules)), matcher_(plan_of(rules)), interpreter_(rules) {}

  void take(const Event& event, std::uint32_t /*index*/) override {
    ++events;
    compare(event);
    testing::widen(event, all_, wide_);
    compare(wide_);
  }
  void take(DeadLetter /*dead_letter*/) override {}

  std::size_t events = 0;
  std::size_t matches = 0;
  std::size_t differences = 0;

 private:
  std::shared_ptr<const Plan> plan_of(const std::shared_ptr<const RuleSet>& rules) const {
    std::vector<const EventClass*> classes = testing::shipped_packs()->event_classes();
    classes.push_back(&all_);
    auto plan = Plan::build(rules, classes, {});
    if (!plan) throw std::runtime_error(plan.error().message);
    return *plan;
  }

  void compare(const Event& event) {
    matcher_.match(event, found_);
    interpreter_.match(event, expected_);
    matches += expected_.size();
    if (found_ == expected_ || ++differences > 10) return;
    std::string text;
    for (const std::uint32_t rule : found_) text += " +" + matcher_.rules()->rules()[rule].title;
    for (const std::uint32_t rule : expected_) text += " -" + matcher_.rules()->rules()[rule].title;
    ADD_FAILURE() << "plan + and interpreter -:" << text << "\n" << event.raw();
  }

  EventClass all_;
  Matcher matcher_;
  Interpreter interpreter_;
  Event wide_;
  std::vector<std::uint32_t> found_;
  std::vector<std::uint32_t> expected_;
};

/// All files of events, largest share of lines first.
std::vector<fs::path> shared_events() {
  std::vector<fs::path> files;
  for (const char* folder : {"bulk", "copyleft", "network", "ocsf", "vendors", "windows"})
    for (const auto& entry : fs::recursive_directory_iterator(testing::shared_data() / folder))
      if (entry.path().extension() == ".ndjson" || entry.path().extension() == ".zst")
        files.push_back(entry.path());
  files.push_back(testing::shared_data() / "sigma" / "regression-events.ndjson");
  files.push_back(testing::shared_data() / "sigma-extra" / "hayabusa-sample-events.ndjson");
  return files;
}

TEST(PlanAgreement, AllSharedEventsAgainstAllSharedRules) {
  if (!testing::have_shared_data()) GTEST_SKIP() << "shared/data is not there";
  const bool thorough = std::getenv("COUNTERSIGN_LONG") != nullptr;
  Comparison comparison(shared_rules());
  EventDecoder decoder(testing::shipped_packs(), {});
  const TopicName topic{"test"};
  const Timestamp now = SystemClock().now();
  MessageBatch batch = testing::batch_of({});
  for (const fs::path& file : shared_events()) {
    // Large files repeat themselves; small ones are read in full.
    const std::size_t every = thorough || fs::file_size(file) < 10'000 ? 1 : 97;
    std::size_t line = 0;
    testing::each_line(file, [&](std::string_view text) {
      if (line++ % every != 0) return true;
      batch.clear();
      (void)decoder.decode(testing::add_message(batch, text), topic, now, comparison);
      return true;
    });
  }
  EXPECT_EQ(comparison.differences, 0U);
  EXPECT_GT(comparison.events, 1'500U);
  EXPECT_GT(comparison.matches, 4'000U);
  std::cout << comparison.events << " events, " << comparison.matches << " matches\n";
}

}  // namespace
}  // namespace countersign
