// SPDX-License-Identifier: Apache-2.0
#include "app/rule_test_run.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "app/explain_run.h"
#include "app/explanation_text.h"
#include "ingest/batch_writer.h"
#include "ingest/detector.h"
#include "ingest/rule_tests.h"
#include "rules/explain.h"

namespace countersign {
namespace {

/// What became of one message.
struct Seen {
  std::vector<std::uint32_t> rules;
  std::size_t events = 0;
  bool own_time = false;
  bool log_source = false;
  std::string dead_letter;  // its reason
};

class SeenVisitor final : public EventVisitor {
 public:
  explicit SeenVisitor(std::vector<Seen>& seen) : seen_(seen) {}

  void event(const EventMatches& matches) override {
    Seen& seen = seen_.at(matches.message.offset.value);
    ++seen.events;
    // A time that lies in the future was read all the same.
    seen.own_time = matches.event.time_source() == TimeSource::Event || matches.event.skewed();
    const EventClass* event_class = matches.event.event_class();
    seen.log_source = event_class != nullptr && !event_class->log_sources.empty();
    seen.rules.insert(seen.rules.end(), matches.rules.begin(), matches.rules.end());
  }
  void dead_letter(const Message& message, const DeadLetter& letter) override {
    seen_.at(message.offset.value).dead_letter = letter.reason + ": " + letter.message;
  }

 private:
  std::vector<Seen>& seen_;
};

class Runner {
 public:
  Runner(const Detection& detection, const Clock& clock)
      : detection_(detection),
        clock_(clock),
        rules_(detection.rules->rules()),
        detector_({detection.plan, detection.packs, nullptr}, DetectorOptions{}, clock) {}

  RuleTestTotals run(const std::vector<std::uint32_t>& rules) {
    std::map<std::string, std::vector<std::uint32_t>> files;
    for (const std::uint32_t rule : rules) files[rules_[rule].file].push_back(rule);
    totals_.rules = rules.size();
    for (const auto& [file, members] : files) run_file(file, members);
    return std::move(totals_);
  }

 private:
  void run_file(const std::string& rule_file, const std::vector<std::uint32_t>& rules) {
    file_ = rule_tests_path(rule_file).string();
    const Result<RuleTestFile> tests = read_rule_tests(file_);
    if (!tests) {
      totals_.untested.insert(totals_.untested.end(), rules.begin(), rules.end());
      if (tests.error().kind != ErrorKind::NotFound) fail({file_, 1, rule_file, "", "", "cannot be read"});
      return;
    }
    const std::size_t earlier = totals_.failures.size();
    totals_.events += tests->problems.size();
    for (const RuleTestProblem& problem : tests->problems)
      fail({file_, problem.line, name_of(rules), "", "", problem.message});
    if (tests->events.empty() && tests->problems.empty())
      totals_.untested.insert(totals_.untested.end(), rules.begin(), rules.end());
    const std::vector<Seen> seen = detect(tests->events);
    for (std::size_t i = 0; i < seen.size(); ++i) judge(tests->events[i], seen[i], rules);
    std::sort(totals_.failures.begin() + static_cast<std::ptrdiff_t>(earlier), totals_.failures.end(),
              [](const RuleTestFailure& a, const RuleTestFailure& b) { return a.line < b.line; });
  }

  std::vector<Seen> detect(const std::vector<RuleTestEvent>& tests) {
    std::vector<Seen> seen(tests.size());
    SeenVisitor visitor(seen);
    BatchWriter writer{BatchLimits{}};
    MessageBatch batch;
    for (std::size_t i = 0; i < tests.size(); ++i) {
      Message message;
      message.bytes = tests[i].message;
      message.length = message.bytes.size();
      message.offset = Offset{i};
      message.line = tests[i].line;
      writer.begin(batch);
      writer.add(message);
      detector_.each_event(batch, visitor);
    }
    return seen;
  }

  void judge(const RuleTestEvent& test, const Seen& seen, const std::vector<std::uint32_t>& rules) {
    ++totals_.events;
    std::vector<std::uint32_t> meant;
    for (const std::uint32_t rule : rules)
      if (test.rule.empty() || rules_[rule].id.value == test.rule || rules_[rule].title == test.rule)
        meant.push_back(rule);
    const std::string problem =
        meant.empty() ? fmt::format("names the rule `{}`, which the file does not have", test.rule)
                      : problem_of(test, seen, meant);
    if (problem.empty()) {
      ++totals_.passed;
    } else {
      fail({file_, test.line, name_of(meant.empty() ? rules : meant), test.match ? "match" : "no_match",
            test.why, problem});
    }
  }

  /// Empty: the event shows what it should. What cannot be read, or is of no log source, shows nothing.
  std::string problem_of(const RuleTestEvent& test, const Seen& seen,
                         const std::vector<std::uint32_t>& rules) const {
    if (!seen.dead_letter.empty())
      return fmt::format("is a dead letter, no rule sees it: {}", seen.dead_letter);
    if (seen.events != 1) return fmt::format("holds {} events; a test has one", seen.events);
    const bool matched = std::any_of(rules.begin(), rules.end(), [&](std::uint32_t rule) {
      return std::find(seen.rules.begin(), seen.rules.end(), rule) != seen.rules.end();
    });
    if (matched && !test.match) return "should not match and does";
    if (!matched && test.match) return "should match and does not: " + why_not(test, rules.front());
    if (!matched && !seen.log_source) return "shows nothing: no pack knows the event, it has no log source";
    if (!matched && !seen.own_time) return "shows nothing: the time of the event was not read";
    return {};
  }

  std::string why_not(const RuleTestEvent& test, std::uint32_t rule) const {
    std::string out;
    const auto explain = [&](std::uint64_t /*line*/, std::uint32_t /*index*/, const Event& event) {
      out = first_obstacle(Explainer(detection_.rules).explain(rule, event));
    };
    read_message(test.message, detection_.packs, clock_, {explain, [](std::uint64_t, const DeadLetter&) {}});
    return out;
  }

  std::string name_of(const std::vector<std::uint32_t>& rules) const {
    const RuleInfo& first = rules_[rules.front()];
    return rules.size() == 1 ? first.title : first.file;
  }

  void fail(RuleTestFailure failure) { totals_.failures.push_back(std::move(failure)); }

  const Detection& detection_;
  const Clock& clock_;
  const std::vector<RuleInfo>& rules_;
  Detector detector_;
  std::string file_;  // of the test events at hand
  RuleTestTotals totals_;
};

}  // namespace

RuleTestTotals run_rule_tests(const Detection& detection, const std::vector<std::uint32_t>& rules,
                              const Clock& clock) {
  return Runner(detection, clock).run(rules);
}

}  // namespace countersign
