// SPDX-License-Identifier: Apache-2.0
// Files and folders, what is kept of duplicates, what is skipped, and what a RuleSet says of its rules.
#include "rules/loader.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A folder of its own for each test, removed afterwards.
class RuleLoader : public ::testing::Test {
 protected:
  RuleLoader() : folder_(fs::path(::testing::TempDir()) / make_name()) { fs::create_directories(folder_); }
  ~RuleLoader() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  static std::string make_name() {
    const ::testing::TestInfo* info = ::testing::UnitTest::GetInstance()->current_test_info();
    return std::string("countersign-rules-") + info->name() + "-" + std::to_string(::getpid());
  }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string path(const std::string& name) const { return (folder_ / name).generic_string(); }

  fs::path folder_;
};

std::string rule(const std::string& title, const std::string& lines = "") {
  return "title: " + title + "\nlevel: low\n" + lines +
         "logsource: {category: test}\ndetection: {s: {f: 1}, condition: s}\n";
}
std::string id(int number) {
  return "id: 00000000-0000-4000-8000-00000000000" + std::to_string(number) + "\n";
}

std::vector<std::string> titles(const RuleLoad& load) {
  std::vector<std::string> out;
  for (const RuleInfo& info : load.rules->rules()) out.push_back(info.title);
  return out;
}
std::vector<std::string> codes(const RuleLoad& load) {
  std::vector<std::string> out;
  for (const Diagnostic& finding : load.findings) out.push_back(finding.code);
  return out;
}

TEST_F(RuleLoader, FoldersAreReadRecursivelyForYamlFiles) {
  write("b.yml", rule("b", id(2)));
  write("sub/deep/a.yaml", rule("a", id(1)));
  write("notes.txt", "no rule");
  write("sub.yml/c.yml", rule("c", id(3)));
  const Result<RuleLoad> load = load_rules({folder_}, {});
  ASSERT_TRUE(load);
  EXPECT_THAT(titles(*load), ElementsAre("a", "b", "c")) << "ascending by id";
  EXPECT_EQ(load->files, 3U);
  EXPECT_EQ(load->loaded, 3U);
  EXPECT_THAT(load->findings, IsEmpty());
  EXPECT_EQ(load->rules->rules()[1].file, path("b.yml"));
}

TEST_F(RuleLoader, AFileIsReadWhateverItsName) {
  write("rule.txt", rule("named"));
  const Result<RuleLoad> load = load_rules({folder_ / "rule.txt"}, {});
  ASSERT_TRUE(load);
  EXPECT_THAT(titles(*load), ElementsAre("named"));
}

TEST_F(RuleLoader, APathThatDoesNotExistIsAnError) {
  const Result<RuleLoad> load = load_rules({folder_, folder_ / "missing"}, {});
  ASSERT_FALSE(load);
  EXPECT_EQ(load.error().kind, ErrorKind::NotFound);
  EXPECT_NE(load.error().message.find("missing"), std::string::npos);
}

TEST_F(RuleLoader, AFileThatCannotBeReadIsRefusedAndNamed) {
  write("good.yml", rule("good"));
  fs::create_symlink(folder_ / "gone", folder_ / "link.yml");
  const Result<RuleLoad> load = load_rules({folder_}, {});
  ASSERT_TRUE(load);
  EXPECT_THAT(codes(*load), ElementsAre("file.unreadable"));
  EXPECT_EQ(load->findings.front().file, path("link.yml"));
  EXPECT_EQ(load->loaded, 1U);
  EXPECT_EQ(load->refused, 1U);
}

TEST_F(RuleLoader, APathGivenTwiceIsReadOnce) {
  write("a.yml", rule("a", id(1)));
  const Result<RuleLoad> load = load_rules({folder_, folder_ / "a.yml", folder_}, {});
  ASSERT_TRUE(load);
  EXPECT_EQ(load->files, 1U);
  EXPECT_THAT(load->findings, IsEmpty());
}

TEST_F(RuleLoader, OfTwoRulesWithOneIdTheEarlierFileIsKept) {
  write("z.yml", rule("later", id(1)));
  write("a.yml", rule("earlier", id(1)));
  const Result<RuleLoad> load = load_rules({folder_ / "z.yml", folder_ / "a.yml"}, {});
  ASSERT_TRUE(load);
  EXPECT_THAT(titles(*load), ElementsAre("earlier")) << "files are read in the order of their paths";
  EXPECT_THAT(codes(*load), ElementsAre("rule.duplicate_id"));
  EXPECT_EQ(load->findings.front().file, path("z.yml"));
  EXPECT_NE(load->findings.front().message.find("a.yml:3"), std::string::npos)
      << load->findings.front().message;
}

TEST_F(RuleLoader, ARefusedRuleStillOwnsItsId) {
  const RuleLoad load =
      load_rule_text("r.yml", rule("first", id(1) + "status: odd\n") + "---\n" + rule("second", id(1)));
  EXPECT_THAT(titles(load), IsEmpty());
  EXPECT_THAT(codes(load), ElementsAre("rule.status", "rule.duplicate_id"));
}

TEST_F(RuleLoader, StatusDecidesWhatIsSkipped) {
  const std::string text = rule("old", id(1) + "status: deprecated\n") + "---\n" +
                           rule("odd", id(2) + "status: unsupported\n") + "---\n" +
                           rule("new", id(3) + "status: experimental\n") + "---\n" + rule("plain", id(4));
  const RuleLoad load = load_rule_text("r.yml", text);
  EXPECT_THAT(titles(load), ElementsAre("new", "plain"));
  EXPECT_EQ(load.documents, 4U);
  EXPECT_EQ(load.skipped, 2U);
  EXPECT_THAT(titles(load_rule_text("r.yml", text, {.include_deprecated = true})),
              ElementsAre("old", "new", "plain"));
  EXPECT_THAT(titles(load_rule_text("r.yml", text, {.include_unsupported = true})),
              ElementsAre("odd", "new", "plain"));
}

TEST_F(RuleLoader, ASkippedRuleIsNotChecked) {
  const RuleLoad load = load_rule_text("r.yml", "status: deprecated\nanything: goes\n");
  EXPECT_EQ(load.skipped, 1U);
  EXPECT_THAT(load.findings, IsEmpty());
}

TEST_F(RuleLoader, RulesBeyondTheLimitAreRefused) {
  const std::string text = rule("one", id(1)) + "---\n" + rule("two", id(2)) + "---\n" + rule("three", id(3));
  const RuleLoad load = load_rule_text("r.yml", text, {.rules_max = 2});
  EXPECT_THAT(titles(load), ElementsAre("one", "two"));
  EXPECT_THAT(codes(load), ElementsAre("rule.limit"));
}

TEST_F(RuleLoader, ARuleWithoutAnIdIsNamedByItsPlace) {
  const RuleLoad load = load_rule_text("dir/r.yml", rule("one") + "---\n" + rule("two"));
  ASSERT_EQ(load.rules->rules().size(), 2U);
  EXPECT_EQ(load.rules->rules()[0].id.value, "file:dir/r.yml");
  EXPECT_EQ(load.rules->rules()[1].id.value, "file:dir/r.yml#2");
  EXPECT_EQ(load.rules->rules()[1].line, 5);
}

TEST_F(RuleLoader, CorrelationsAreLoadedButInactive) {
  const std::string text = rule("base", "name: base\n") +
                           "---\ntitle: C\nlevel: low\ncorrelation:\n  type: event_count\n  rules: [base]\n"
                           "  timespan: 5m\n  condition: {gte: 3}\n"
                           "---\ntitle: F\nlogsource: {category: test}\n"
                           "filter: {rules: [base], s: {u: admin}, condition: not s}\n";
  const RuleLoad load = load_rule_text("r.yml", text);
  EXPECT_EQ(load.loaded, 3U);
  EXPECT_EQ(load.refused, 0U);
  EXPECT_THAT(codes(load), ElementsAre("inactive"));
  EXPECT_THAT(titles(load), ElementsAre("base")) << "only detection rules can match";
}

TEST_F(RuleLoader, ReferencesMayGoForwardAndToFormerIds) {
  const std::string former = "00000000-0000-4000-8000-00000000000A";
  const std::string text =
      "title: C\nlevel: low\ncorrelation:\n  type: temporal\n  rules: [base, " + former +
      "]\n  timespan: 5m\n---\n" +
      rule("base", "name: base\nrelated: [{id: 00000000-0000-4000-8000-00000000000a, type: renamed}]\n");
  EXPECT_THAT(codes(load_rule_text("r.yml", text)), ElementsAre("inactive"));
}

TEST_F(RuleLoader, AReferenceToASkippedRuleSaysSo) {
  const RuleLoad load =
      load_rule_text("r.yml", rule("old", id(1) + "status: deprecated\n") +
                                  "---\ntitle: F\nlogsource: {category: test}\nfilter: {rules: "
                                  "[00000000-0000-4000-8000-000000000001], s: {f: 1}, "
                                  "condition: not s}\n");
  ASSERT_THAT(codes(load), ElementsAre("filter.unused", "reference.unknown"));
  EXPECT_NE(load.findings.back().message.find("skipped because of its status"), std::string::npos);
}

TEST_F(RuleLoader, EveryDocumentOfACollectionIsRefused) {
  const RuleLoad load =
      load_rule_text("r.yml", rule("before") + "---\naction: global\ntitle: G\n---\ndetection: {}\n");
  EXPECT_THAT(titles(load), ElementsAre("before"));
  EXPECT_THAT(codes(load), ElementsAre("document.action", "document.action"));
}

TEST_F(RuleLoader, ARuleKnowsWhatItsAuthorSaid) {
  const std::string text =
      "title: The Title\nid: 8B9A2B1E-0000-4000-8000-000000000001\nname: the_name\nstatus: stable\nlevel: "
      "critical\n"
      "author: A. Uthor\ndescription: |\n  Two\n  lines\nreferences:\n  - https://example.org/1\ntags:\n"
      "  - attack.t1059\nlogsource:\n  product: Windows\n  category: process_creation\n  service: sysmon\n"
      "  definition: prose\nown_key: {any: [thing]}\ncountersign:\n  group_by: [host.name, user.name]\n"
      "  group_window: 2h\ndetection: {s: {f: 1}, condition: s}\n";
  const RuleLoad load = load_rule_text("r.yml", text);
  EXPECT_THAT(codes(load), ElementsAre("logsource.case"));
  ASSERT_EQ(load.rules->rules().size(), 1U);
  const RuleInfo& info = load.rules->rules().front();
  EXPECT_EQ(info.id.value, "8b9a2b1e-0000-4000-8000-000000000001");
  EXPECT_EQ(info.name, "the_name");
  EXPECT_EQ(info.title, "The Title");
  EXPECT_EQ(info.status, RuleStatus::Stable);
  EXPECT_EQ(info.level, Level::Critical);
  EXPECT_EQ(info.author, "A. Uthor");
  EXPECT_EQ(info.description, "Two\nlines\n");
  EXPECT_THAT(info.references, ElementsAre("https://example.org/1"));
  EXPECT_THAT(info.tags, ElementsAre("attack.t1059"));
  EXPECT_EQ(info.log_source, (LogSource{"windows", "process_creation", "sysmon"}));
  EXPECT_THAT(info.group_by, ElementsAre("host.name", "user.name"));
  EXPECT_EQ(info.group_window, std::chrono::hours{2});
  EXPECT_TRUE(info.generate);
  EXPECT_EQ(info.content, sha256(text));
}

TEST_F(RuleLoader, TheHashCoversIdsAndContentsInTheOrderOfIds) {
  const std::string one = rule("one", id(1));
  const std::string two = "---\n" + rule("two", id(2));
  const RuleLoad load = load_rule_text("r.yml", one + two);
  Sha256 hash;
  for (const RuleInfo& info : load.rules->rules()) {
    hash.update_u64(info.id.value.size());
    hash.update(info.id.value);
    hash.update(std::span<const std::uint8_t>(info.content.bytes));
  }
  EXPECT_EQ(load.rules->hash(), hash.finish());
  EXPECT_EQ(load.rules->rules()[1].content, sha256(two)) << "a document with its own ---";
  EXPECT_EQ(load_rule_text("other.yml", one + two).rules->hash(), load.rules->hash())
      << "file names do not count";
  EXPECT_NE(load_rule_text("r.yml", one + two + "# a comment\n").rules->hash(), load.rules->hash());
}

TEST_F(RuleLoader, TheManifestHoldsEveryDocument) {
  const std::string text = rule("one", id(1) + "author: me\n");
  const RuleLoad load = load_rule_text("r.yml", text);
  const RuleSetManifest manifest = load.rules->manifest();
  EXPECT_EQ(manifest.hash, load.rules->hash());
  ASSERT_EQ(manifest.rules.size(), 1U);
  EXPECT_EQ(manifest.rules.front().title, "one");
  EXPECT_EQ(manifest.rules.front().author, "me");
  EXPECT_EQ(manifest.rules.front().level, Level::Low);
  ASSERT_EQ(manifest.contents.size(), 1U);
  EXPECT_EQ(manifest.contents.at(manifest.rules.front().content), text);
}

TEST_F(RuleLoader, AByteOrderMarkIsNoPartOfTheText) {
  const RuleLoad load = load_rule_text("r.yml", "\xEF\xBB\xBF" + rule("bom"));
  EXPECT_THAT(load.findings, IsEmpty());
  EXPECT_THAT(titles(load), ElementsAre("bom"));
}

}  // namespace
}  // namespace countersign
