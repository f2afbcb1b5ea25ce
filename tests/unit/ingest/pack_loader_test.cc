// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "tests/unit/ingest/decoding.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSmall = "pack: small\nshapes:\n  - {name: any, parse: json}\n";

PackLoad load(std::string text) { return load_pack_texts({{"a.yml", std::move(text)}}); }

TEST(PackLoader, EveryMistakeHasACodeAndAPlace) {
  struct Row {
    std::string text;
    std::string code;
    int line;
    int column;
  };
  const std::string head = "pack: p\nshapes:\n  - {name: s, parse: json}\n";
  const Row rows[] = {
      {"", "pack.documents", 1, 1},
      {head + "---\n" + head, "pack.documents", 1, 1},
      {"pack: [", "yaml.syntax", 0, 0},
      {"- a\n", "pack.type", 1, 1},
      {head + "colour: red\n", "pack.unknown_key", 4, 1},
      {"shapes:\n  - {name: s, parse: json}\n", "pack.missing_key", 1, 1},
      {"pack: p\n", "pack.missing_key", 1, 1},
      {"pack: P!\nshapes:\n  - {name: s, parse: json}\n", "pack.value", 1, 7},
      {"pack: p\nshapes: []\n", "pack.value", 2, 9},
      {"pack: p\nshapes: {}\n", "pack.type", 2, 9},
      {"pack: p\nshapes:\n  - {name: s}\n", "pack.missing_key", 3, 5},
      {"pack: p\nshapes:\n  - {name: s, parse: xml}\n", "pack.value", 3, 22},
      {"pack: p\nshapes:\n  - {name: s, parse: json, match: [{}]}\n", "pack.value", 3, 36},
      {"pack: p\nshapes:\n  - {name: s, parse: json, match: [{is: x}]}\n", "pack.unknown_key", 3, 37},
      {"pack: p\nshapes:\n  - {name: s, parse: json, lift: [a.*.b]}\n", "pack.value", 3, 35},
      {"pack: p\nshapes:\n  - {name: s, parse: json, lift: ['*']}\n", "pack.value", 3, 35},
      {"pack: p\nshapes:\n  - {name: s, parse: json, embedded: [{field: a}]}\n", "pack.missing_key", 3, 39},
      {head + "priority: high\n", "pack.type", 4, 11},
      {head + "ignore: {a: b}\n", "pack.type", 4, 9},
      {head + "map: [a]\n", "pack.type", 4, 6},
      {head + "map: {a: {}}\n", "pack.missing_key", 4, 10},
      {head + "map: {a: {from: b, hides: maybe}}\n", "pack.type", 4, 27},
      {head + "map: {a: ''}\n", "pack.value", 4, 10},
      {head + "time: {}\n", "pack.missing_key", 4, 7},
      {head + "time: {fields: [{field: a, format: roman}]}\n", "pack.value", 4, 36},
      {head + "time: {fields: [{field: [a, b, c, d]}]}\n", "pack.value", 4, 17},
      {head + "time: {fields: [a], zone: CEST}\n", "pack.value", 4, 27},
      {head + "time: {fields: [a], unreadable: panic}\n", "pack.value", 4, 33},
      {head + "classes:\n  - {when: {a: 1}}\n", "pack.selector", 5, 5},
      {head + "classify: [a]\nclasses:\n  - {sigma: {service: '{a}'}}\n", "pack.selector", 6, 5},
      {head + "classes:\n  - {sigma: {vendor: x}}\n", "pack.unknown_key", 5, 14},
      {head + "classes:\n  - {sigma: x}\n", "pack.type", 5, 13},
      {head + "pack: p\n", "yaml.duplicate_key", 4, 1},
  };
  for (const Row& row : rows) {
    const PackLoad out = load(row.text);
    EXPECT_EQ(out.refused, 1U) << row.text;
    EXPECT_TRUE(out.packs->packs().empty()) << row.text;
    const bool found = std::any_of(out.findings.begin(), out.findings.end(), [&](const Diagnostic& finding) {
      return finding.code == row.code &&
             (row.line == 0 || (finding.line == row.line && finding.column == row.column));
    });
    EXPECT_TRUE(found) << row.text << "\nwanted " << row.code << " at " << row.line << ":" << row.column;
    for (const Diagnostic& finding : out.findings) {
      EXPECT_EQ(finding.file, "a.yml");
      if (!found) ADD_FAILURE() << to_string(finding);
    }
  }
}

TEST(PackLoader, AllFindingsOfAFileAreReported) {
  const PackLoad out = load("pack: p\nfirst: 1\nsecond: 2\nshapes:\n  - {name: s, parse: nonsense}\n");
  EXPECT_EQ(out.findings.size(), 3U);
}

TEST(PackLoader, ARefusedPackDoesNotStopTheOthers) {
  const PackLoad out = load_pack_texts({{"bad.yml", "pack: bad\n"}, {"good.yml", std::string(kSmall)}});
  EXPECT_EQ(out.files, 2U);
  EXPECT_EQ(out.refused, 1U);
  ASSERT_EQ(out.packs->packs().size(), 1U);
  EXPECT_NE(out.packs->find("small"), nullptr);
  EXPECT_EQ(out.packs->find("bad"), nullptr);
}

TEST(PackLoader, ASecondPackOfTheSameNameIsRefused) {
  const PackLoad out = load_pack_texts({{"one.yml", std::string(kSmall)}, {"two.yml", std::string(kSmall)}});
  ASSERT_EQ(out.findings.size(), 1U);
  EXPECT_EQ(out.findings[0].code, "pack.duplicate");
  EXPECT_EQ(out.findings[0].file, "two.yml");
  EXPECT_EQ(out.findings[0].message, "the pack `small` stands in one.yml already");
}

TEST(PackSet, HashAndManifestNameTheContentNotTheOrder) {
  const std::string other = "pack: other\nshapes:\n  - {name: any, parse: json}\n";
  const auto one = load_pack_texts({{"a.yml", std::string(kSmall)}, {"b.yml", other}}).packs;
  const auto two = load_pack_texts({{"x.yml", other}, {"y.yml", std::string(kSmall)}}).packs;
  EXPECT_EQ(one->hash(), two->hash());
  const auto changed = load_pack_texts({{"a.yml", std::string(kSmall) + "# more\n"}, {"b.yml", other}}).packs;
  EXPECT_NE(one->hash(), changed->hash());
  EXPECT_EQ(one->manifest().hash, one->hash());
  ASSERT_EQ(one->manifest().packs.size(), 2U);
  const Hash256 content = one->manifest().packs.at("small");
  EXPECT_EQ(content, sha256(kSmall));
  EXPECT_EQ(one->manifest().contents.at(content), kSmall);
}

TEST(PackSet, LargerPriorityIsAskedFirstThenTheName) {
  const auto packs =
      load_pack_texts({{"1", "pack: b\nshapes:\n  - {name: any, parse: json}\n"},
                       {"2", "pack: a\nshapes:\n  - {name: any, parse: json}\n"},
                       {"3", "pack: z\npriority: 5\nshapes:\n  - {name: any, parse: json}\n"},
                       {"4", "pack: c\npriority: -1\nshapes:\n  - {name: any, parse: json}\n"}})
          .packs;
  EXPECT_EQ(testing::decode("{}", packs).events.at(0).pack, "z");
  std::string order;
  for (const std::string name : {"z", "a", "b", "c"}) order += packs->find(name) != nullptr ? name : "-";
  EXPECT_EQ(order, "zabc");
}

class PackFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "countersign-packs-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  fs::path folder_;
};

TEST_F(PackFiles, FoldersAreReadWithAllFoldersInside) {
  write("a.yml", kSmall);
  write("in/b.yaml", "pack: other\nshapes:\n  - {name: any, parse: json}\n");
  write("in/readme.md", "not a pack");
  const auto out = load_packs({folder_});
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->files, 2U);
  EXPECT_TRUE(out->findings.empty());
}

TEST_F(PackFiles, WhatCannotBeReadIsAnError) {
  const auto missing = load_packs({folder_ / "nowhere.yml"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
  EXPECT_NE(missing.error().message.find("nowhere.yml"), std::string::npos);
  const auto empty = load_packs({folder_});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().kind, ErrorKind::InvalidArgument);
}

}  // namespace
}  // namespace countersign
