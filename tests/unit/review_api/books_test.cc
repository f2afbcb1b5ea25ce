// SPDX-License-Identifier: Apache-2.0
// Ledger, rules, the log's tiles, health, and the API's description.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "review-api/embedded.h"
#include "review-api/problem.h"
#include "review-api/route.h"
#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

namespace json = boost::json;

class BooksTest : public ApiTest {};

TEST_F(BooksTest, TheLedgerBalancesAndAddsUp) {
  open_alert({"a", "b"});
  submit(*world_.store, quiet_report(2, 5));
  const WireAnswer answer = call("GET", "/api/v1/ledger", auditor_);
  ASSERT_EQ(answer.status, 200U) << answer.body;
  const json::value ledger = parse(answer);
  EXPECT_TRUE(ledger.at("balanced").as_bool());
  const json::value& row = ledger.at("partitions").at(0);
  EXPECT_EQ(row.at("end").as_int64(), 7);
  EXPECT_EQ(row.at_pointer("/counts/delivered").as_int64(), 7);
  EXPECT_EQ(row.at_pointer("/counts/opened").as_int64(), 2);
  EXPECT_EQ(row.at_pointer("/counts/unmatched").as_int64(), 5);
}

TEST_F(BooksTest, SourcesAreRowsWithTheirStateAndTheAlertAboutIt) {
  ExpectedSource silent;
  silent.name = "edge";
  silent.subject.source.value = "src";
  silent.owner = "network team";
  silent.rhythm = std::chrono::minutes{15};
  silent.rejects_max_permille = 50;
  ExpectedSource observer = silent;
  observer.name = "edge/fw-1";
  observer.subject.field = "observer.name";
  observer.subject.value = "fw-1";
  observer.cover = "edge";
  sources_.expected = [=] {
    return std::make_shared<const std::vector<ExpectedSource>>(std::vector{silent, observer});
  };
  sources_.configured = [] {
    return std::vector<ConfiguredSource>{{SourceName{"src"}, SourceLag{7, 1.5}},
                                         {SourceName{"other"}, std::nullopt}};
  };
  restart();
  submit(*world_.store, quiet_report(0, 5));
  const Timestamp began = world_.clock.now();
  ASSERT_TRUE(world_.store->check_sources({silent, observer}, began));
  world_.clock.advance(std::chrono::minutes{16});
  ASSERT_TRUE(world_.store->check_sources({silent, observer}, began));
  const WireAnswer answer = call("GET", "/api/v1/sources", manager_);
  ASSERT_EQ(answer.status, 200U) << answer.body;
  const json::value list = parse(answer);
  EXPECT_EQ(list.at("troubles").as_int64(), 1);
  ASSERT_EQ(list.at("items").as_array().size(), 3U);
  const json::value& row = list.at("items").at(0);
  EXPECT_EQ(row.at("state").as_string(), "silent");
  EXPECT_EQ(row.at("records").as_int64(), 5);
  EXPECT_EQ(row.at("rhythm_seconds").as_int64(), 900);
  EXPECT_EQ(row.at_pointer("/lag/records").as_int64(), 7);
  EXPECT_EQ(row.at("open_alerts").at(0).as_string(), to_string(only_alert(*world_.store).id));
  EXPECT_TRUE(row.at("asset").is_null());
  EXPECT_EQ(list.at("items").at(1).at("state").as_string(), "waiting");
  EXPECT_EQ(list.at("items").at(1).at_pointer("/observer/value").as_string(), "fw-1");
  EXPECT_EQ(list.at("items").at(2).at("state").as_string(), "unwatched");
  EXPECT_EQ(call("GET", "/api/v1/sources", nobody_).status, 401U);
}

TEST_F(BooksTest, RulesComeFromTheCatalogueInPages) {
  auto many = std::make_shared<RuleSetManifest>(ruleset());
  for (int i = 0; i < 120; ++i) {
    RuleManifestEntry rule = many->rules.front();
    rule.id.value = "rule-" + std::to_string(1000 + i);
    many->rules.push_back(rule);
  }
  rules_ = many;
  std::set<std::string> seen;
  std::string target = "/api/v1/rules?limit=50";
  while (!target.empty()) {
    const WireAnswer page = call("GET", target, author_);
    ASSERT_EQ(page.status, 200U) << page.body;
    const json::value listed_page = parse(page);
    for (const json::value& item : listed_page.at("items").as_array())
      seen.emplace(item.at("id").as_string());
    const json::value next = parse(page).at("next_cursor");
    target = next.is_null() ? "" : "/api/v1/rules?limit=50&cursor=" + std::string(next.as_string());
  }
  EXPECT_EQ(seen.size(), 121U);
  rules_ = nullptr;
  EXPECT_TRUE(parse(call("GET", "/api/v1/rules", author_)).at("items").as_array().empty());
}

class LogTest : public ApiTest {
 protected:
  std::string checkpoint() {
    const std::string id = open_alert();
    EXPECT_EQ(call("POST", "/api/v1/alerts/" + id + ":take?wait=proof", analyst_, {}, {{"If-Match", "\"1\""}})
                  .status,
              200U);
    return call("GET", "/log/checkpoint", nobody_).body;
  }
};

TEST_F(LogTest, CheckpointAndHashTilesNeedNoAccount) {
  const std::string note = checkpoint();
  ASSERT_TRUE(note.starts_with("store.test/log\n")) << note;
  const std::string size = note.substr(15, note.find('\n', 15) - 15);
  const WireAnswer tile = call("GET", "/log/tile/0/000.p/" + size, nobody_);
  ASSERT_EQ(tile.status, 200U) << tile.body;
  EXPECT_EQ(tile.body.size(), 32 * std::stoul(size));
  EXPECT_EQ(tile.headers.at("content-type"), kBytesType);
  EXPECT_EQ(tile.headers.at("cache-control"), "public, max-age=31536000, immutable");
}

TEST_F(LogTest, EntriesAreForAuditors) {
  const std::string note = checkpoint();
  const std::string size = note.substr(15, note.find('\n', 15) - 15);
  const std::string target = "/log/tile/entries/000.p/" + size;
  EXPECT_EQ(call("GET", target, nobody_).status, 401U);
  EXPECT_EQ(call("GET", target, operator_).status, 403U);
  const WireAnswer entries = call("GET", target, auditor_);
  ASSERT_EQ(entries.status, 200U) << entries.body;
  EXPECT_NE(entries.body.find("log.opened"), std::string::npos);
  EXPECT_EQ(entries.headers.at("cache-control"), "no-store");
}

TEST_F(LogTest, PathsThatAreNoTilesAreNotFound) {
  checkpoint();
  for (const char* path :
       {"0/999", "64/000", "x/000", "0/000.p/999", "0/../entries/000", "0/000.p/0", "0/1", "00/000", "-1/000",
        "0/000/", "0/000.p", "0/x000", "0//000", "0/000%00", "999/000", "0/%2e%2e/key"}) {
    const WireAnswer answer = call("GET", std::string("/log/tile/") + path, nobody_);
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << path << ' ' << answer.status;
  }
}

class ServiceTest : public ApiTest {};

TEST_F(ServiceTest, HealthAndReadinessNeedNoAccount) {
  EXPECT_EQ(call("GET", "/healthz", nobody_).body, R"({"status":"alive"})");
  EXPECT_EQ(call("GET", "/readyz", nobody_).body, R"({"status":"ready"})");
  EXPECT_EQ(call("HEAD", "/healthz", nobody_).status, 200U);
}

TEST_F(ServiceTest, AStoreThatStoppedIsNotReadyAndActionsAreUnavailable) {
  const std::string id = open_alert();
  world_.store->stop();
  EXPECT_EQ(call("GET", "/readyz", nobody_).status, 503U);
  EXPECT_EQ(problem_of(act(id, "take", 1, analyst_)), "unavailable");
}

TEST_F(ServiceTest, TheManualIsServedAndHasASectionForEachProblem) {
  const WireAnswer answer = call("GET", "/docs/api.md", nobody_);
  ASSERT_EQ(answer.status, 200U);
  std::set<std::string> sections;
  std::istringstream lines(answer.body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("### ")) sections.insert(line.substr(4));
  }
  std::set<std::string> kinds;
  for (int kind = 0; kind <= static_cast<int>(ProblemKind::InsufficientStorage); ++kind)
    kinds.emplace(name_of(static_cast<ProblemKind>(kind)));
  EXPECT_EQ(sections, kinds);
}

/// `get /api/v1/alerts?filter&limit +Idempotency-Key !public` for each operation.
std::set<std::string> described() {
  std::set<std::string> out;
  const json::value document = json::parse(openapi_json());
  const auto resolve = [&](const json::value& value) -> const json::value& {
    const json::value* reference = value.as_object().if_contains("$ref");
    if (reference == nullptr) return value;
    return document.at_pointer(std::string(reference->as_string()).substr(1));
  };
  for (const auto& [path, item] : document.at("paths").as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      if (method == "parameters") continue;
      std::string line = std::string(method) + ' ' + std::string(path);
      std::set<std::string> query;
      bool idempotent = false;
      if (const json::value* parameters = operation.as_object().if_contains("parameters")) {
        for (const json::value& given : parameters->as_array()) {
          const json::value& parameter = resolve(given);
          if (parameter.at("in").as_string() == "query") query.emplace(parameter.at("name").as_string());
          if (parameter.at("name").as_string() == "Idempotency-Key") idempotent = true;
        }
      }
      for (const std::string& name : query) line += ' ' + name;
      if (idempotent) line += " +key";
      if (operation.as_object().contains("security")) line += " public";
      out.insert(line);
    }
  }
  return out;
}

std::set<std::string> routed() {
  std::set<std::string> out;
  for (const Route& route : routes()) {
    std::string path(route.path);
    const std::size_t dots = path.find("...}");
    if (dots != std::string::npos) path.erase(dots, 3);
    std::string method(route.method);
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char c) { return static_cast<char>(c + 32); });
    std::istringstream words{std::string(route.query)};
    std::set<std::string> query;
    for (std::string word; words >> word;) query.insert(word);
    std::string line = method + ' ' + path;
    for (const std::string& name : query) line += ' ' + name;
    if (route.idempotent) line += " +key";
    if (route.permission == Permission::Public) line += " public";
    out.insert(line);
  }
  return out;
}

TEST_F(ServiceTest, TheDescriptionHasExactlyTheRoutesOfTheTable) {
  EXPECT_EQ(described(), routed());
  EXPECT_EQ(call("GET", "/api/v1/openapi.json", nobody_).body, openapi_json());
}

}  // namespace
}  // namespace countersign::test
