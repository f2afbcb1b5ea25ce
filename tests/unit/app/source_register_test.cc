// SPDX-License-Identifier: Apache-2.0
// The register of expected sources: what it may say, and where its mistakes are.
#include "app/source_register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <fmt/format.h>

#include "tests/unit/store/world.h"

namespace countersign {
namespace {

using ::testing::HasSubstr;

SourceRegister read(const std::string& text) {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "sources.yml";
  std::ofstream(file, std::ios::binary) << text;
  return read_source_register(file);
}

TEST(SourceRegister, EveryKeyIsRead) {
  const SourceRegister read_now = read(R"(
expected_sources:
  - name: edge
    source: tcp-5514
    owner: network team
    asset: CMDB-1
    every: 15m
    rejects_max: 0.5%
    skew_max: 10m
  - {name: firewalls, source: tcp-5514, field: observer.name, values: [fw-1, fw-2], every: 1h}
  - {name: dns, source: tcp-5515, field: host.name, values: ns, every: 90}
)");
  for (const Diagnostic& finding : read_now.findings) ADD_FAILURE() << to_string(finding);
  ASSERT_EQ(read_now.entries.size(), 4U);
  const ExpectedSource& edge = read_now.entries[0];
  EXPECT_EQ(edge.name, "edge");
  EXPECT_EQ(edge.subject, (SourceSubject{SourceName{"tcp-5514"}, "", ""}));
  EXPECT_EQ(edge.owner, "network team");
  EXPECT_EQ(edge.asset, "CMDB-1");
  EXPECT_EQ(edge.rhythm, std::chrono::minutes{15});
  EXPECT_EQ(edge.rejects_max_permille, 5U);
  EXPECT_EQ(edge.skew_max, std::chrono::minutes{10});
  EXPECT_EQ(edge.cover, "");
  EXPECT_EQ(read_now.entries[1].name, "firewalls/fw-1");
  EXPECT_EQ(read_now.entries[2].subject, (SourceSubject{SourceName{"tcp-5514"}, "observer.name", "fw-2"}));
  EXPECT_EQ(read_now.entries[2].cover, "edge");
  EXPECT_EQ(read_now.entries[3].name, "dns");
  EXPECT_EQ(read_now.entries[3].rhythm, std::chrono::seconds{90});
  EXPECT_EQ(read_now.entries[3].cover, "") << "its source as a whole is not expected";
  const auto observed = observed_values(read_now.entries);
  ASSERT_EQ(observed.size(), 2U);
  EXPECT_EQ(observed.at(SourceName{"tcp-5514"})->values().size(), 2U);
}

TEST(SourceRegister, DocumentsAddUp) {
  const SourceRegister both = read(
      "expected_sources: [{name: a, source: s, every: 1m}]\n---\n"
      "expected_sources: [{name: b, source: t, every: 1m}]\n");
  EXPECT_TRUE(both.usable());
  EXPECT_EQ(both.entries.size(), 2U);
}

struct Mistake {
  std::string text;
  std::string found;  // part of a finding
};

class SourceRegisterMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(SourceRegisterMistakes, AreErrorsWithTheirPlace) {
  const SourceRegister wrong = read(GetParam().text);
  EXPECT_FALSE(wrong.usable());
  std::string all;
  for (const Diagnostic& finding : wrong.findings) all += to_string(finding) + "\n";
  EXPECT_THAT(all, HasSubstr("sources.yml:" + GetParam().found));
}

std::string entry(const std::string& text) { return "expected_sources:\n  - {" + text + "}\n"; }

INSTANTIATE_TEST_SUITE_P(
    Table, SourceRegisterMistakes,
    ::testing::Values(
        Mistake{"sources: []\n", "1:1: error[sources.unknown_key]"},
        Mistake{"[]\n", "1:1: error[sources.type]"},
        Mistake{"expected_sources: 3\n", "1:19: error[sources.type]"},
        Mistake{"expected_sources: [a]\n", "1:20: error[sources.type]"}, Mistake{"expected_sources: [\n", ""},
        Mistake{entry("source: s, every: 1m"), "2:5: error[sources.missing_key]"},
        Mistake{entry("name: n, every: 1m"), "2:5: error[sources.missing_key]"},
        Mistake{entry("name: n, source: s"), "2:5: error[sources.missing_key]"},
        Mistake{entry("name: n, source: s, every: 1m, rythm: 2m"), "2:37: error[sources.unknown_key]"},
        Mistake{entry("name: '', source: s, every: 1m"), "2:12: error[sources.type]"},
        Mistake{entry("name: n, source: s, every: 0s"), "2:33: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: 400d"), "2:33: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: often"), "2:33: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: 1m, rejects_max: 5"), "2:50: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: 1m, rejects_max: 101%"), "2:50: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: 1m, skew_max: far"), "2:47: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: 1m, field: f"), "2:5: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: 1m, values: v"), "2:5: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: 1m, field: f, values: v, skew_max: 1m"),
                "2:68: error[sources.value]"},
        Mistake{entry("name: n, source: s, every: 1m, field: f, values: []"), "2:55: error[sources.type]"},
        Mistake{entry("name: n, source: s, every: 1m}\n  - {name: n, source: t, every: 1m"),
                "3:5: error[sources.duplicate]"},
        Mistake{entry("name: n, source: s, every: 1m}\n  - {name: m, source: s, every: 1m"),
                "3:5: error[sources.duplicate]"}));

TEST(SourceRegister, AFileThatIsNotThereIsAnError) {
  const SourceRegister none = read_source_register("/nowhere/sources.yml");
  ASSERT_FALSE(none.usable());
  EXPECT_EQ(none.findings.front().code, "sources.unreadable");
}

TEST(SourceRegister, MoreThanTenThousandEntriesAreRefused) {
  std::string text;
  for (int document = 0; document < 3; ++document) {
    text += fmt::format(
        "---\nexpected_sources:\n  - {{name: n{0}, source: s{0}, every: 1m, field: f, values: [", document);
    for (int i = 0; i < 4'000; ++i) text += fmt::format("{}v{}", i == 0 ? "" : ", ", i);
    text += "]}\n";
  }
  const SourceRegister many = read(text);
  EXPECT_FALSE(many.usable());
  EXPECT_EQ(many.entries.size(), kExpectedSourcesMax);
  EXPECT_EQ(many.findings.front().code, "sources.too_many");
}

}  // namespace
}  // namespace countersign
