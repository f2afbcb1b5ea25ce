// SPDX-License-Identifier: Apache-2.0
// What the keys of a pack file do, with packs made for the purpose.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/ingest/decoding.h"

namespace countersign {
namespace {

using testing::decode;

TEST(Packs, AMatchMayNameTheTopic) {
  const auto packs = testing::packs_of(
      {"pack: one\npriority: 2\nshapes:\n  - {name: s, parse: json, match: [{topic: [fw]}]}\n",
       "pack: two\npriority: 1\nshapes:\n  - {name: s, parse: json, match: [{equals: {kind: [A, b]}, has: "
       "x}]}\n"});
  EXPECT_EQ(decode("{}", packs, {}, "fw").events.at(0).pack, "one");
  EXPECT_EQ(decode(R"({"kind":"a","x":null})", packs).events.at(0).pack, "two");
  EXPECT_EQ(decode(R"({"kind":["c","B"],"x":1})", packs).events.at(0).pack, "two");
  EXPECT_EQ(decode(R"({"kind":"c","x":1})", packs).dead_letters.at(0).reason, "no_pack");
  EXPECT_EQ(decode(R"({"kind":"a"})", packs).dead_letters.at(0).reason, "no_pack");
}

TEST(Packs, ANativeFieldWinsUnlessTheMappingHidesIt) {
  const auto packs = testing::packs_of({R"(
pack: p
ignore: ["-", none]
shapes: [{name: s, parse: json}]
map:
  kept: other
  hidden.name: {from: other, hides: true}
  absent: [dash, other]
  all: many
  one: {from: pairs, member: B}
  path: {join: [folder, dash, file], with: "/"}
  no_path: {join: [missing, file]}
)"});
  const auto event =
      decode(R"({"kept":"native","hidden":{"name":"native"},"other":"mapped","dash":"NONE",)"
             R"("many":["a","b",null,{"c":1}],"pairs":"A=1,B=2,BB=3","folder":"/tmp","file":"x"})",
             packs)
          .events.at(0);
  EXPECT_EQ(event.value("kept"), "native");
  EXPECT_EQ(event.value("hidden.name"), "mapped");
  EXPECT_EQ(event.value("absent"), "mapped");
  EXPECT_EQ(event.value("all"), "a|b");
  EXPECT_EQ(event.value("one"), "2");
  EXPECT_EQ(event.value("path"), "/tmp/x");
  EXPECT_EQ(event.value("no_path"), "<none>");
}

TEST(Packs, ClassesAddUpAndTheMoreSpecialOnesComeFirst) {
  const auto packs = testing::packs_of({R"(
pack: p
shapes: [{name: s, parse: json}]
group_by: [a]
classify: [kind, part]
classes:
  - sigma: {product: x}
    map: {name: general}
  - when: {kind: [k1, k2]}
    sigma: {product: x, service: "{kind}"}
    group_by: [b]
  - when: {kind: k1, part: p1}
    sigma: [{product: x, category: c}, {product: x, category: d}]
    map: {name: special}
    group_by: [c, d]
)"});
  const auto plain = decode(R"({"general":"g","special":"s"})", packs).events.at(0);
  EXPECT_EQ(testing::to_text(plain.log_sources), "x//");
  EXPECT_EQ(plain.value("name"), "g");
  EXPECT_EQ(plain.group_by, (std::vector<std::string>{"a"}));
  const auto kind = decode(R"({"kind":"K2","part":"p1"})", packs).events.at(0);
  EXPECT_EQ(testing::to_text(kind.log_sources), "x//k2");
  EXPECT_EQ(kind.group_by, (std::vector<std::string>{"b"}));
  const auto special = decode(R"({"kind":"k1","part":"P1","general":"g","special":"s"})", packs).events.at(0);
  EXPECT_EQ(testing::to_text(special.log_sources), "x//k1 x/c/ x/d/");
  EXPECT_EQ(special.value("name"), "s");
  EXPECT_EQ(special.group_by, (std::vector<std::string>{"c", "d"}));
}

}  // namespace
}  // namespace countersign
