// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/entry_rules.h"

#include <gtest/gtest.h>

#include "tests/unit/evidence/test_log.h"

namespace countersign {
namespace {

using test::TestLog;

/// Checks all entries; the error's message, or empty.
std::string problem_of(const std::vector<std::string>& entries) {
  EntryRules rules{std::string(test::kOrigin)};
  for (std::size_t seq = 0; seq < entries.size(); ++seq) {
    if (const Result<void> ok = rules.check(entries[seq]); !ok) {
      return std::to_string(seq) + ": " + ok.error().message;
    }
  }
  return "";
}

void expect_problem(const std::vector<std::string>& entries, std::uint64_t seq, std::string_view says) {
  const std::string problem = problem_of(entries);
  EXPECT_TRUE(problem.starts_with(std::to_string(seq) + ": ")) << problem;
  EXPECT_NE(problem.find(says), std::string::npos) << problem << "\nexpected: " << says;
}

// Entries of TestLog::fill: 0 log.opened, 1 service.started, 2 rules.loaded, 3 packs.loaded, 4 alert.opened,
// 5 alert.assigned, 6 alert.decided, 7 alert.closed, 8 ingest.range; then the next alert.
TestLog small_log() {
  TestLog log;
  log.fill(14);
  return log;
}

TEST(EntryRules, TheTestLogKeepsThemAll) {
  TestLog log;
  log.fill(200);
  EXPECT_EQ(problem_of(log.entries), "");
}

TEST(EntryRules, EveryBrokenRuleIsNamed) {
  struct Case {
    std::uint64_t seq;
    std::string_view from;
    std::string_view to;
    std::string_view says;
  };
  const Case cases[] = {
      // JSON
      {1, "}", "", "JSON"},
      {1, "{\"v\"", " x{\"v\"", "JSON"},
      {1, "{\"v\":1", "{\"v\":1,\"v\":1", "a member stands twice"},
      {1, "\"countersign\"}}", "\"countersign\"}}{}", "JSON"},
      {1, "\"countersign\"}}", "\"counter\xFFsign\"}}", "JSON"},
      {1, "\"id\":\"countersign\"", "\"id\":\"countersign\",\"id\":\"x\"", "a member stands twice"},
      // common members
      {1, "\"v\":1", "\"v\":2", "`v` is 2, known is 1"},
      {1, "\"v\":1,", "", "`v` is missing"},
      {1, "\"seq\":1", "\"seq\":2", "`seq` is 2"},
      {1, "\"seq\":1", "\"seq\":1.0", "`seq` must be an integer"},
      {1, "\"seq\":1", "\"seq\":-1", "`seq` must be an integer"},
      {1, "service.started", "service.begun", "not a known entry type"},
      {1, "service.started", "log.opened", "`origin` is missing"},
      {1, "2026-01", "2025-12", "`time` goes back"},
      {1, ".500001Z", ".5Z", "`time` must be a time in UTC"},
      {1, ".500001Z", ".500001+00:00", "`time` must be a time in UTC"},
      {1, "2026-01-02", "2026-02-30", "`time` must be a time in UTC"},
      {1, "\"actor\"", "\"author\"", "`actor` is missing"},
      {1, "\"kind\":\"service\"", "\"kind\":\"god\"", "`actor.kind` is not a known kind"},
      {1, "\"id\":\"countersign\"", "\"id\":\"\"", "`id` must be a text that is not empty"},
      {1, "\"kind\":\"service\"", "\"kind\":\"human\"", "`auth` is missing"},
      {5, "\"channel\":\"api\"", "\"channel\":\"phone\"", "`channel` must be"},
      {5, "\"method\":\"password\"", "\"method\":\"\"", "`method` must be"},
      {5, "\"at\":\"2026", "\"at\":\"26", "`at` must be a time"},
      // log.opened
      {0, "\"origin\":\"test.example/log\"", "\"origin\":\"other.example/log\"",
       "not that of the checkpoint"},
      {0, "log.opened", "service.started", "entry 0 must be log.opened"},
      {0, "\"build\":\"test\"", "\"build\":\"test\",\"previous\":{\"checkpoint\":\"x\",\"reason\":\"y\"}",
       "note"},
      {0, "\"build\":\"test\"", "\"build\":\"test\",\"previous\":{\"reason\":\"y\"}",
       "`checkpoint` is missing"},
      // alerts
      {4, "1-000-000001", "1-0-1", "`alert` must be an alert id"},
      {4, "\"kind\":\"rule\",\"cause\"", "\"kind\":\"vender\",\"cause\"", "`kind` must be an alert kind"},
      {4, "\"level\":\"high\"", "\"level\":\"extreme\"", "`level` must be a level"},
      {4, "\"rule_id\":\"5f113a8f-8b61-41ca-b90f-d374fa7e4a39\"", "\"rule_id\":null", "`rule_id` is null"},
      {4, "\"commit\"", "\"omit\"", "`commit` is missing"},
      {5, "1-000-000001", "1-000-000009", "alert 1-000-000009 was never opened"},
      {5, "\"alert_version\":2", "\"alert_version\":-2", "`alert_version` must be an integer"},
      {6, "\"alert_version\":3", "\"alert_version\":1", "`alert_version` 1 of alert 1-000-000001 after 2"},
      {6, "\"status_before\":\"in_progress\"", "\"status_before\":\"new\"", "is new, it was in_progress"},
      {6, "\"status_after\":\"in_progress\"", "\"status_after\":\"done\"", "`status_after` must be a status"},
      {6, "\"status_after\":\"in_progress\"", "\"status_after\":\"closed\"",
       "becomes closed by alert.decided"},
      {6, "\"verdict\":\"benign\"", "\"verdict\":\"fine\"", "`verdict` must be a verdict"},
      {6, "\"verdict\":\"benign\",", "", "`verdict` is missing"},
      {6, "\"reason_code\":\"authorised_change\"", "\"reason_code\":\"\"",
       "`reason_code` must be a reason code"},
      {6, "\"kind\":\"human\"", "\"kind\":\"service\"", "only a person or a policy may do that"},
      {6, "\"kind\":\"human\"", "\"kind\":\"ai\"", "only a person or a policy may do that"},
      {7, "\"kind\":\"human\"", "\"kind\":\"import\"", "only a person or a policy may do that"},
      {7, "\"decided_seq\":6", "\"decided_seq\":5", "entry 5 is no decision of alert 1-000-000001"},
      {7, ",\"decided_seq\":6", "", "`decided_seq` is missing"},
      {7, "\"owner\":\"p-abcdefghijklmnopqrstuvwxyz\"", "\"owner\":null", "closed without an owner"},
      {9, "1-000-000002", "1-000-000001", "alert 1-000-000001 was opened before"},
      // the books
      {8, "\"delivered\":9", "\"delivered\":8", "end - start + repeated = delivered + gaps, but 10 and 9"},
      {8, "\"parsed\":8", "\"parsed\":9", "delivered = parsed + dead_lettered"},
      {8, "\"duplicate\":1", "\"duplicate\":2", "events = undecodable + duplicate"},
      {8, "\"matches\":1", "\"matches\":2", "matches = over_limit + suppressed"},
      {8, "\"over_limit\":0", "\"over_limit\":18446744073709551615", "more than 64 bits"},
      {8, "\"repeated\":0", "\"repeated\":1", "end - start + repeated"},
      {8, "\"end\":10", "\"end\":9", "end - start + repeated"},
      {8, "\"start\":0", "\"start\":11", "range from 11 to 10"},
      {8, "{\"not_delivered\":1}", "{\"lost\":1}", "`gaps` must hold causes"},
      {8, "{\"not_delivered\":1}", "{\"retention\":1}",
       "1 offsets of gap retention, but 0 in entries ingest.loss"},
      {8, "\"partition\":0", "\"partition\":\"0\"", "`partition` must be an integer"},
      {8, "\"packs\":\"", "\"packs\":\"0", "`packs` must be 64 lower-case hex digits"},
      {13, "\"start\":10,\"end\":20", "\"start\":11,\"end\":21",
       "begins at 11, the former one of its partition ends at 10"},
  };
  for (const Case& c : cases) {
    TestLog log = small_log();
    log.replace_in_entry(c.seq, c.from, c.to);
    expect_problem(log.entries, c.seq, c.says);
  }
}

TEST(EntryRules, AnEntryThatIsNoObjectIsRefused) {
  for (const std::string_view text : {"", "null", "[]", "\"text\"", "1", "{", "{}"}) {
    EXPECT_FALSE(EntryRules("log").check(text)) << text;
  }
  EXPECT_FALSE(EntryRules("log").check(std::string(65'536, ' ')));
}

TEST(EntryRules, ACommitmentIsUsedOnce) {
  TestLog log = small_log();
  const std::string first = commitment(log.payloads[4].salt, log.payloads[4].payload);
  const std::string second = commitment(log.payloads[6].salt, log.payloads[6].payload);
  log.replace_in_entry(6, second, first);
  expect_problem(log.entries, 6, "`commit` stands in an earlier entry too");
  std::string upper = second;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  log = small_log();
  log.replace_in_entry(6, second, upper);
  expect_problem(log.entries, 6, "`commit` must be 64 lower-case hex digits");
}

TEST(EntryRules, ARulesetIsLoadedBeforeItIsUsed) {
  TestLog log = small_log();
  log.replace_in_entry(2, to_hex(sha256("rules")), to_hex(sha256("other rules")));
  expect_problem(log.entries, 4, "no rules.loaded before it holds the hash of its `ruleset`");
}

TEST(EntryRules, RangesCannotOpenMoreAlertsThanTheLogHas) {
  TestLog log;
  log.open();
  log.range(1);
  expect_problem(log.entries, 4, "the ranges up to here opened 1 alerts, the log has 0");
}

TEST(EntryRules, AnIncarnationStartsAnywhereButNeverGoesBack) {
  TestLog log;
  log.open();
  log.range(0);
  log.range(0);
  log.range(0);
  log.replace_in_entry(5, "\"incarnation\":0,\"start\":10,\"end\":20",
                       "\"incarnation\":1,\"start\":500,\"end\":510");
  log.replace_in_entry(6, "\"incarnation\":0,\"start\":20,\"end\":30",
                       "\"incarnation\":1,\"start\":510,\"end\":520");
  EXPECT_EQ(problem_of(log.entries), "");
  log.replace_in_entry(6, "\"incarnation\":1", "\"incarnation\":0");
  expect_problem(log.entries, 6, "incarnation 0 after 1");
}

JsonObject loss(std::uint64_t start, std::uint64_t end, std::string_view cause) {
  return JsonObject()
      .text("source", "fw")
      .text("topic", "firewall")
      .number("partition", 0)
      .number("incarnation", 0)
      .number("start", start)
      .number("end", end)
      .text("cause", cause);
}

TEST(EntryRules, EveryLossIsAGapOfItsCauseAndTheReverse) {
  TestLog log;
  log.open();
  log.add("ingest.loss", loss(0, 1, "retention"));
  log.range(0);
  expect_problem(log.entries, 5, "0 offsets of gap retention, but 1 in entries ingest.loss");
  log.replace_in_entry(5, "not_delivered", "retention");
  EXPECT_EQ(problem_of(log.entries), "");
  log.replace_in_entry(4, "\"retention\"", "\"truncated\"");
  expect_problem(log.entries, 5, "1 offsets of gap retention, but 0");
  log.replace_in_entry(4, "\"truncated\"", "\"not_delivered\"");
  expect_problem(log.entries, 4, "`cause` must be a cause of loss");
  // A loss ahead of the range waits for the range that covers it.
  TestLog ahead;
  ahead.open();
  ahead.add("ingest.loss", loss(15, 16, "truncated"));
  ahead.range(0);
  EXPECT_EQ(problem_of(ahead.entries), "");
  ahead.range(0);
  expect_problem(ahead.entries, 6, "0 offsets of gap truncated, but 1");
}

TEST(EntryRules, CompletionsBalance) {
  TestLog log = small_log();
  const auto completions = [](std::uint64_t completed) {
    return JsonObject()
        .number("completed", completed)
        .number("suppressed", 1)
        .number("attached", 2)
        .number("opened", 0);
  };
  log.add("correlation.range", completions(3));
  EXPECT_EQ(problem_of(log.entries), "");
  log.add("correlation.range", completions(4));
  expect_problem(log.entries, 15, "completed = suppressed + attached + opened");
}

TEST(EntryRules, AfterARestoreAlertsOfTheOldLogMayBeNamed) {
  TestLog log = small_log();
  log.replace_in_entry(5, "1-000-000001", "7-000-000003");
  expect_problem(log.entries, 5, "alert 7-000-000003 was never opened");
  const std::string note = log.checkpoint(3);
  log.replace_in_entry(
      0, "\"build\":\"test\"",
      "\"build\":\"test\",\"previous\":" +
          JsonObject().text("checkpoint", note).text("reason", "restored from backup").json());
  log.replace_in_entry(6, "1-000-000001", "7-000-000003");
  log.entries.resize(7);
  EXPECT_EQ(problem_of(log.entries), "");
}

TEST(EntryRules, PayloadsAreErasedOnlyAfterwards) {
  TestLog log = small_log();
  log.add("payload.erased", JsonObject().number("entry", 4));
  EntryRules rules{std::string(test::kOrigin)};
  for (const std::string& entry : log.entries) ASSERT_TRUE(rules.check(entry));
  EXPECT_TRUE(rules.erased(4));
  EXPECT_FALSE(rules.erased(6));
  log.add("payload.erased", JsonObject().number("entry", 16));
  expect_problem(log.entries, 15, "erases the payload of a later entry, 16");
}

TEST(EntryRules, FactsAreCounted) {
  const TestLog log = small_log();
  EntryRules rules{std::string(test::kOrigin)};
  for (const std::string& entry : log.entries) ASSERT_TRUE(rules.check(entry));
  EXPECT_EQ(rules.facts().entries, 14U);
  EXPECT_EQ(rules.facts().by_type.at("alert.opened"), 2U);
  EXPECT_EQ(rules.facts().first_time, "2026-01-02T00:00:00.000000Z");
  EXPECT_EQ(rules.facts().last_time, "2026-01-02T00:00:19.500013Z");
  EXPECT_EQ(rules.facts().ranges_opened, 2U);
  EXPECT_EQ(rules.facts().alerts_opened, 2U);
}

// --- payloads of ranges

std::string payload_problem(const JsonObject& payload, std::string_view change_from = "",
                            std::string_view change_to = "") {
  TestLog log;
  log.open();
  log.range(0);
  if (!change_from.empty()) log.replace_in_entry(4, change_from, change_to);
  const SaltedPayload original = log.payloads[4];
  const SaltedPayload changed{original.salt, payload.json()};
  log.replace_in_entry(4, commitment(original.salt, original.payload),
                       commitment(changed.salt, changed.payload));
  EntryRules rules{std::string(test::kOrigin)};
  for (const std::string& entry : log.entries) EXPECT_TRUE(rules.check(entry));
  const Result<void> ok = rules.check_payload(changed);
  return ok ? "" : ok.error().message;
}

JsonObject report(std::uint64_t start, std::uint64_t end) {
  return JsonObject().number("start", start).number("end", end).hash("digest", sha256("report 0"));
}
JsonObject gap(std::uint64_t start, std::uint64_t end, std::string_view cause = "not_delivered") {
  return JsonObject().number("start", start).number("end", end).text("cause", cause);
}

TEST(RangePayload, MustSayWhatTheRangeSays) {
  const auto reports = [](const auto&... items) {
    JsonArray list;
    (list.object(items), ...);
    return list;
  };
  const JsonArray good_reports = reports(report(0, 10));
  const JsonArray good_gaps = reports(gap(0, 1));
  struct Case {
    JsonObject payload;
    std::string_view says;
  };
  const Case cases[] = {
      {JsonObject().array("reports", good_reports).array("gaps", good_gaps), ""},
      {JsonObject().array("reports", good_reports), "must have the lists"},
      {JsonObject().array("gaps", good_gaps), "must have the lists"},
      {JsonObject().text("reports", "").array("gaps", good_gaps), "must have the lists"},
      {JsonObject().array("reports", reports(report(1, 10))).array("gaps", good_gaps), "begins at 1"},
      {JsonObject().array("reports", reports(report(0, 9))).array("gaps", good_gaps), "the reports end at 9"},
      {JsonObject().array("reports", reports(report(0, 5), report(6, 10))).array("gaps", good_gaps),
       "begins at 6"},
      {JsonObject().array("reports", reports(report(0, 5), report(5, 10))).array("gaps", good_gaps),
       "`digest`"},
      {JsonObject().array("reports", reports(report(5, 0), report(0, 10))).array("gaps", good_gaps),
       "range from 5 to 0"},
      {JsonObject().array("reports", reports(gap(0, 10))).array("gaps", good_gaps), "`digest` is missing"},
      {JsonObject().array("reports", good_reports).array("gaps", reports(gap(0, 2))),
       "not the sum of the gaps"},
      {JsonObject().array("reports", good_reports).array("gaps", reports(gap(0, 1, "retention"))),
       "not the sum"},
      {JsonObject().array("reports", good_reports).array("gaps", reports()), "not the sum"},
      {JsonObject().array("reports", good_reports).array("gaps", reports(report(0, 1))),
       "`cause` is missing"},
      {JsonObject().array("reports", JsonArray().text("x")).array("gaps", good_gaps), "`start` is missing"},
  };
  for (const Case& c : cases) {
    const std::string problem = payload_problem(c.payload);
    EXPECT_EQ(problem.empty(), c.says.empty()) << problem;
    EXPECT_NE(problem.find(c.says), std::string::npos) << problem << "\nexpected: " << c.says;
  }
}

TEST(RangePayload, WithoutDigestsTheRangeHasNone) {
  const JsonObject no_digest = JsonObject().number("start", 0).number("end", 10).null("digest");
  const JsonObject payload = JsonObject()
                                 .array("reports", JsonArray().object(no_digest))
                                 .array("gaps", JsonArray().object(gap(0, 1)));
  EXPECT_NE(payload_problem(payload), "");
  TestLog log;
  log.open();
  log.range(0);
  const std::size_t at = log.entries[4].find("\"digest\":\"");
  EXPECT_EQ(payload_problem(payload, log.entries[4].substr(at, 75), "\"digest\":null"), "");
}

TEST(Payload, MustBeAnObjectThatGivesTheCommitment) {
  TestLog log;
  log.open();
  const auto problem = [&](std::string payload) {
    TestLog copy = log;
    copy.review_alert(1);
    copy.entries.resize(5);
    const SaltedPayload changed{copy.payloads[4].salt, std::move(payload)};
    copy.replace_in_entry(4, commitment(changed.salt, copy.payloads[4].payload),
                          commitment(changed.salt, changed.payload));
    EntryRules rules{std::string(test::kOrigin)};
    for (const std::string& entry : copy.entries) EXPECT_TRUE(rules.check(entry));
    EXPECT_FALSE(rules.check_payload({{}, changed.payload})) << "another salt";
    const Result<void> ok = rules.check_payload(changed);
    return ok ? "" : ok.error().message;
  };
  EXPECT_EQ(problem("{}"), "");
  EXPECT_NE(problem("[]").find("no JSON object"), std::string::npos);
  EXPECT_NE(problem("{\"a\":1,\"a\":1}").find("stands twice"), std::string::npos);
  EXPECT_NE(problem("{\"a\":\"\xFF\"}").find("no strict JSON"), std::string::npos);
}

}  // namespace
}  // namespace countersign
