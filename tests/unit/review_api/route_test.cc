// SPDX-License-Identifier: Apache-2.0
#include "review-api/route.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/random.h"
#include "review-api/target.h"

namespace countersign::test {
namespace {

const Route* find(std::string_view method, std::string_view path) {
  const auto target = parse_target(path);
  if (!target) return nullptr;
  return find_route(method, target->segments).route;
}

TEST(Target, PathAndQueryAreDecoded) {
  const auto target = parse_target("/a%20b/c?x=1%2B1&y=a+b&z&=v");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (std::vector<std::string>{"a b", "c"}));
  EXPECT_EQ(target->parameter("x"), "1+1");
  EXPECT_EQ(target->parameter("y"), "a b");
  EXPECT_EQ(target->parameter("z"), "");
  EXPECT_FALSE(target->parameter("w"));
  EXPECT_EQ(parse_target("http://other.example/a/b")->segments, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse_target("https://other.example")->segments, (std::vector<std::string>{""}));
}

TEST(Target, WhatCannotBeReadIsMalformed) {
  for (const char* text : {"", "*", "a", "/%", "/%4", "/%4g", "/%00", "/a%0d%0ab", "/a\x01", "/%ff", "/a%2fb",
                           "/a?x=%", "/a?x=1&x=2", "/a#b", "/a?b#c", "/a?x=%e2%28%a1",
                           "/1/2/3/4/5/6/7/8/9/10/11/12/"
                           "13/14/15/16/17",
                           "/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q"}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().kind, ErrorKind::Malformed) << text;
  }
}

TEST(Target, EncodingIsUndoneByDecoding) {
  SeededRandom random(7);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (const std::uint8_t byte : random.bytes<12>()) text.push_back(static_cast<char>(0x20 + byte % 0x5F));
    const auto target = parse_target("/x?v=" + percent_encode(text));
    ASSERT_TRUE(target) << text;
    EXPECT_EQ(target->parameter("v"), text);
  }
}

TEST(Routes, EachPathLeadsToItsOwnRow) {
  for (const Route& route : routes()) {
    std::string path(route.path);
    for (const auto& [name, value] :
         {std::pair{"{id}", "1-000-000001"}, {"{level}", "0"}, {"{tile...}", "x001/067.p/3"}}) {
      const std::size_t at = path.find(name);
      if (at != std::string::npos) path.replace(at, std::string_view(name).size(), value);
    }
    EXPECT_EQ(find(route.method, path), &route) << route.method << ' ' << path;
  }
}

TEST(Routes, MethodAndPathTogetherAreUnique) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : routes())
    EXPECT_TRUE(seen.emplace(route.method, route.path).second) << route.path;
}

TEST(Routes, ParametersAreTakenFromTheirSegments) {
  const auto match = find_route("POST", {"api", "v1", "alerts", "1-000-000001:close"});
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.parameters.at("id"), "1-000-000001");
  const auto tile = find_route("GET", {"log", "tile", "0", "x001", "067.p", "3"});
  ASSERT_NE(tile.route, nullptr);
  EXPECT_EQ(tile.parameters.at("level"), "0");
  EXPECT_EQ(tile.parameters.at("tile"), "x001/067.p/3");
}

TEST(Routes, WhatIsNoRouteIsNone) {
  for (const char* path : {"/",
                           "/api",
                           "/api/v1",
                           "/api/v1/",
                           "/api/v1/alerts/",
                           "/api/v1//alerts",
                           "/api/v1/alerts/x/",
                           "/api/v1/alerts/x/y",
                           "/api/v1/alerts/:close",
                           "/api/v1/alerts/x:fly",
                           "/api/v1/alerts/x:",
                           "/api/v1/alerts/{id}/nothing",
                           "/API/v1/me",
                           "/api/v1/me/",
                           "/api/v1/./me",
                           "/api/v1/x/../me",
                           "/log/tile/entries",
                           "/log/tile/0",
                           "/healthz/",
                           "/api/v1/alerts/x:y:close",
                           "/api/v1/alerts/1:approve",
                           "/api/v1/alerts/1:undo",
                           "/api/v1/alerts:batch",
                           "/api/v1/stream"}) {
    for (const char* method : {"GET", "POST"}) {
      const auto target = parse_target(path);
      ASSERT_TRUE(target) << path;
      const auto match = find_route(method, target->segments);
      EXPECT_EQ(match.route, nullptr) << method << ' ' << path;
      EXPECT_TRUE(match.allowed.empty()) << method << ' ' << path;
    }
  }
}

TEST(Routes, AWrongMethodIsToldTheRightOnes) {
  const auto alerts = find_route("PUT", {"api", "v1", "alerts"});
  EXPECT_EQ(alerts.route, nullptr);
  EXPECT_EQ(alerts.allowed, (std::vector<std::string_view>{"GET", "HEAD", "POST"}));
  EXPECT_EQ(find_route("DELETE", {"log", "tile", "entries", "000"}).allowed,
            (std::vector<std::string_view>{"GET", "HEAD"}));
  EXPECT_EQ(find_route("GET", {"api", "v1", "alerts", "1:close"}).allowed,
            (std::vector<std::string_view>{"POST"}));
}

// A wider template never opens what a narrower row protects.
TEST(Routes, EntryTilesAreNeverReachedThroughTheHashTileRow) {
  const Route* entries = find("GET", "/log/tile/entries/000");
  ASSERT_NE(entries, nullptr);
  EXPECT_EQ(entries->permission, Permission::ReadLogEntries);
  EXPECT_EQ(find("GET", "/log/tile/%65ntries/000"), entries);
}

TEST(Routes, OnlyTheListedOnesAreOpenToAnybody) {
  std::set<std::string_view> open;
  for (const Route& route : routes()) {
    if (route.permission == Permission::Public) open.insert(route.path);
  }
  EXPECT_EQ(open, (std::set<std::string_view>{"/healthz", "/readyz", "/docs/api.md", "/api/v1/openapi.json",
                                              "/api/v1/session", "/log/checkpoint",
                                              "/log/tile/{level}/{tile...}"}));
}

TEST(Routes, RandomPathsNeverReachAProtectedRowUnlessTheyAreOne) {
  SeededRandom random(20'261);
  static constexpr std::string_view kPieces[] = {
      "api", "v1", "alerts", "log",  "tile", "entries",      "0",      "x001", "",
      ".",   "..", ":",      "{id}", "me",   "1-000-000001", ":close", "%2e",  "users"};
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::string> segments;
    const auto bytes = random.bytes<8>();
    for (std::size_t i = 0; i < 1U + bytes[0] % 6U; ++i)
      segments.emplace_back(kPieces[bytes[i + 1] % std::size(kPieces)]);
    const auto match = find_route("GET", segments);
    if (match.route == nullptr) continue;
    const auto parts =
        static_cast<std::size_t>(std::count(match.route->path.begin(), match.route->path.end(), '/'));
    const bool open_ended = match.route->path.find("...") != std::string_view::npos;
    EXPECT_TRUE(open_ended ? segments.size() >= parts : segments.size() == parts);
  }
}

}  // namespace
}  // namespace countersign::test
