// SPDX-License-Identifier: Apache-2.0
// Would a bug be noticed? One operator, value or condition is changed in each of 200 rules that match some
// event at hand; nearly every such mutant must give another result for some event, and plan and interpreter
// must agree on all of them. Rules and mutants are always the same ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <numeric>
#include <random>
#include <string>

#include "core/clock.h"
#include "ingest/event_decoder.h"
#include "ingest/rule_tests.h"
#include "rules/detection_compiler.h"
#include "rules/detection_reader.h"
#include "rules/interpreter.h"
#include "rules/loader.h"
#include "rules/matcher.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/messages.h"
#include "tests/unit/ingest/rule_mutants.h"
#include "tests/unit/ingest/shared_data.h"
#include "tests/unit/ingest/wide_event.h"

namespace countersign::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMutants = 200;
constexpr std::uint64_t kSeed = 4;  // any; a fixed one, so that a survivor can be looked at

const fs::path kLibrary = fs::path(COUNTERSIGN_SOURCE_DIR) / "rules" / "library";

RuleLoad all_rules() {
  std::vector<fs::path> folders{kLibrary, shared_data() / "sigma-extra" / "hayabusa-rules"};
  for (const char* name : {"rules", "rules-compliance", "rules-emerging-threats", "rules-threat-hunting"})
    folders.push_back(shared_data() / "sigma" / name);
  auto load = load_rules(folders, {});
  if (!load) throw std::runtime_error(load.error().message);
  return std::move(*load);
}

std::vector<std::string> all_messages() {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(kLibrary)) {
    if (entry.path().extension() != ".yml") continue;
    const auto file = read_rule_tests(rule_tests_path(entry.path()));
    if (!file) throw std::runtime_error(file.error().message);
    for (const RuleTestEvent& event : file->events) out.push_back(event.message);
  }
  for (const char* file : {"sigma/regression-events.ndjson", "sigma-extra/hayabusa-sample-events.ndjson",
                           "windows/evtx-to-mitre.ndjson.zst", "copyleft/evtx-attack-samples.ndjson.zst",
                           "copyleft/deepbluecli.ndjson.zst"})
    each_line(shared_data() / file, [&](std::string_view line) {
      out.emplace_back(line);
      return true;
    });
  return out;
}

class EachEvent final : public EventSink {
 public:
  explicit EachEvent(const std::function<void(const Event&)>& visit) : visit_(visit) {}
  void take(const Event& event, std::uint32_t /*index*/) override { visit_(event); }
  void take(DeadLetter /*dead_letter*/) override {}

 private:
  const std::function<void(const Event&)>& visit_;
};

void each_event(const std::vector<std::string>& messages, const std::function<void(const Event&)>& visit) {
  EventDecoder decoder(shipped_packs(), {});
  EachEvent sink(visit);
  MessageBatch batch = batch_of({});
  const Timestamp now = SystemClock().now();
  for (const std::string& message : messages) {
    batch.clear();
    (void)decoder.decode(add_message(batch, message), TopicName{"test"}, now, sink);
  }
}

/// One rule as its author wrote it.
struct Source {
  RuleInfo info;
  DetectionDocument document;
};

Source source_of(const RuleInfo& info) {
  std::ifstream in(info.file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Findings findings(info.file);
  for (const YamlDocument& document : read_yaml(text, findings))
    if (document.first_line == info.line)
      return {info, read_detection(*document.root.find("detection"), {}, {}, findings)};
  throw std::runtime_error(info.file + ": the rule is gone");
}

std::shared_ptr<const RuleSet> rule_set(const std::vector<Source>& sources) {
  std::vector<RuleSet::Rule> rules;
  auto compiled = std::make_unique<CompiledRules>();
  FieldTable fields;
  for (const Source& source : sources) {
    rules.push_back({source.info, {}});
    compiled->rules.push_back(compile_document(source.document, fields).value());
  }
  compiled->fields = fields.take();
  return std::make_shared<const RuleSet>(std::move(rules), std::move(compiled),
                                         std::map<Hash256, std::string>());
}

std::shared_ptr<const Plan> plan_of(const std::shared_ptr<const RuleSet>& rules, const EventClass& all) {
  std::vector<const EventClass*> classes = shipped_packs()->event_classes();
  classes.push_back(&all);
  auto plan = Plan::build(rules, classes, {});
  if (!plan) throw std::runtime_error(plan.error().message);
  return *plan;
}

/// The rules that match an event.
std::vector<Source> matching_rules(const std::shared_ptr<const RuleSet>& rules,
                                   const std::vector<std::string>& messages) {
  std::vector<bool> matched(rules->rules().size());
  std::vector<std::uint32_t> matches;
  Matcher matcher(plan_of(rules, {}));
  each_event(messages, [&](const Event& event) {
    matcher.match(event, matches);
    for (const std::uint32_t rule : matches) matched[rule] = true;
  });
  std::vector<Source> out;
  for (std::uint32_t i = 0; i < matched.size(); ++i)
    if (matched[i]) out.push_back(source_of(rules->rules()[i]));
  return out;
}

/// What the events show of each rule.
std::vector<RuleUse> uses_of(const std::vector<Source>& sources, const std::vector<std::string>& messages) {
  const std::shared_ptr<const RuleSet> rules = rule_set(sources);
  const std::vector<CompiledRule>& compiled = rules->compiled().rules;
  std::vector<RuleUse> uses(compiled.begin(), compiled.end());
  EventView view(rules->compiled().fields);
  each_event(messages, [&](const Event& event) {
    view.reset(event);
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (covers(sources[i].info.log_source, *event.event_class())) uses[i].add(compiled[i], view);
  });
  return uses;
}

struct Experiment {
  std::vector<Source> originals;
  std::vector<Source> changed;  // beside each its mutant
  std::vector<Mutant> mutants;
};

/// One mutant of each of kMutants rules. Its kind is drawn first, so that common kinds do not crowd out
/// others.
Experiment choose(const std::vector<Source>& sources, const std::vector<RuleUse>& uses) {
  std::mt19937_64 random(kSeed);
  std::vector<std::size_t> order(sources.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  std::map<std::size_t, Mutant> chosen;  // in the order of the rules
  for (const std::size_t i : order) {
    std::map<std::string, std::vector<Mutant>> by_kind;
    for (Mutant& mutant : mutants_of(sources[i].document, uses[i]))
      by_kind[mutant.kind].push_back(std::move(mutant));
    if (by_kind.empty()) continue;  // no verdict hangs on one of its tests alone
    const auto kind = std::next(by_kind.begin(), static_cast<std::ptrdiff_t>(random() % by_kind.size()));
    chosen.emplace(i, std::move(kind->second[random() % kind->second.size()]));
    if (chosen.size() == kMutants) break;
  }
  Experiment out;
  for (auto& [i, mutant] : chosen) {
    out.originals.push_back(sources[i]);
    out.changed.push_back({sources[i].info, mutant.document});
    out.mutants.push_back(std::move(mutant));
  }
  return out;
}

/// Plan and interpreter of the mutants beside their rules.
class Trial {
 public:
  explicit Trial(const Experiment& experiment)
      : changed_(rule_set(experiment.changed)),
        all_(class_of_all(*changed_)),
        matcher_(plan_of(changed_, all_)),
        interpreter_(changed_),
        original_(rule_set(experiment.originals)),
        noticed_(experiment.mutants.size()) {}

  void add(const Event& event) {
    compare(event);
    original_.match(event, before_);
    std::vector<std::uint32_t> differences;
    std::set_symmetric_difference(before_.begin(), before_.end(), found_.begin(), found_.end(),
                                  std::back_inserter(differences));
    for (const std::uint32_t rule : differences) noticed_[rule] = true;
    widen(event, all_, wide_);
    compare(wide_);
  }
  /// By mutant: whether it gave another result than its rule for some event.
  const std::vector<bool>& noticed() const { return noticed_; }

 private:
  void compare(const Event& event) {
    matcher_.match(event, found_);
    interpreter_.match(event, expected_);
    EXPECT_EQ(found_, expected_) << "plan and interpreter differ: " << event.raw();
  }

  std::shared_ptr<const RuleSet> changed_;
  EventClass all_;
  Matcher matcher_;
  Interpreter interpreter_;
  Interpreter original_;
  std::vector<bool> noticed_;
  Event wide_;
  std::vector<std::uint32_t> found_;
  std::vector<std::uint32_t> expected_;
  std::vector<std::uint32_t> before_;
};

void print(const Experiment& experiment, const std::vector<bool>& noticed) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> kinds;  // noticed, all
  for (std::size_t i = 0; i < noticed.size(); ++i) {
    const Mutant& mutant = experiment.mutants[i];
    auto& [some, all] = kinds[mutant.kind];
    ++all;
    if (noticed[i]) ++some;
    if (!noticed[i])
      std::cout << "survivor: " << mutant.kind << " (" << mutant.what << ") in "
                << fs::path(experiment.originals[i].info.file).filename().string() << "\n";
  }
  for (const auto& [kind, counts] : kinds)
    std::cout << kind << ": " << counts.first << " of " << counts.second << " noticed\n";
}

TEST(Mutants, NearlyEachChangesAResultAndPlanAndInterpreterAgreeOnEach) {
  if (!have_shared_data()) GTEST_SKIP() << "shared/data is not there";
  const std::vector<std::string> messages = all_messages();
  const std::vector<Source> sources = matching_rules(all_rules().rules, messages);
  const Experiment experiment = choose(sources, uses_of(sources, messages));
  ASSERT_EQ(experiment.mutants.size(), kMutants);
  Trial trial(experiment);
  each_event(messages, [&](const Event& event) { trial.add(event); });
  const std::vector<bool>& noticed = trial.noticed();
  print(experiment, noticed);
  const auto count = static_cast<std::size_t>(std::count(noticed.begin(), noticed.end(), true));
  std::cout << count << " of " << kMutants << " mutants change a result of " << messages.size()
            << " messages\n";
  EXPECT_GE(count * 100, kMutants * 95);
}

}  // namespace
}  // namespace countersign::testing
