// SPDX-License-Identifier: Apache-2.0
#include "rules/yaml_reader.h"

#include <gtest/gtest.h>

#include "core/limits.h"

namespace countersign {
namespace {

std::vector<YamlDocument> read(std::string_view text, std::vector<Diagnostic>* findings = nullptr) {
  Findings collected("test.yml");
  std::vector<YamlDocument> documents = read_yaml(text, collected);
  std::vector<Diagnostic> list = collected.take();
  if (findings != nullptr) {
    *findings = std::move(list);
  } else {
    for (const Diagnostic& finding : list) ADD_FAILURE() << to_string(finding);
  }
  return documents;
}

std::string show(const YamlNode& node) {
  std::string out = "@" + std::to_string(node.where.line) + ":" + std::to_string(node.where.column);
  switch (node.kind) {
    case YamlNode::Kind::Null: return "null" + out;
    case YamlNode::Kind::Scalar: return (node.plain ? node.text : "'" + node.text + "'") + out;
    case YamlNode::Kind::Sequence:
      out = "[" + out;
      for (const YamlNode& item : node.items) out += " " + show(item);
      return out + "]";
    case YamlNode::Kind::Map:
      out = "{" + out;
      for (std::size_t i = 0; i < node.items.size(); ++i)
        out += " " + show(node.keys[i]) + ": " + show(node.items[i]);
      return out + "}";
  }
  return out;
}

TEST(YamlReader, EveryNodeKnowsItsPlaceInCharacters) {
  struct Row {
    std::string_view text;
    std::string_view tree;
  };
  const Row rows[] = {
      {"a: b", "{@1:1 a@1:1: b@1:4}"},
      {"äé: \"q\"\nb:\n  - 1\n  - ~", "{@1:1 äé@1:1: 'q'@1:5 b@2:1: [@3:3 1@3:5 null@4:5]}"},
      {"a: {ü: b, c: 'd'}", "{@1:1 a@1:1: {@1:4 ü@1:5: b@1:8 c@1:11: 'd'@1:14}}"},
      {"a:\nb: c", "{@1:1 a@1:1: null@1:1 b@2:1: c@2:4}"},
      {"a: |\n  x\n  y\nb: c", "{@1:1 a@1:1: 'x\ny\n'@1:4 b@4:1: c@4:4}"},
      {"a: &x [1]\nb: *x", "{@1:1 a@1:1: [@1:4 1@1:8] b@2:1: [@1:4 1@1:8]}"},
      {"a: !!str 5", "{@1:1 a@1:1: '5'@1:4}"},
      {"# c\r\na: b\r\n", "{@2:1 a@2:1: b@2:4}"},
  };
  for (const Row& row : rows) {
    const std::vector<YamlDocument> documents = read(row.text);
    ASSERT_EQ(documents.size(), 1U) << row.text;
    EXPECT_EQ(show(documents.front().root), row.tree) << row.text;
  }
}

TEST(YamlReader, DocumentsAreCutAtTheirMarkers) {
  const std::string text =
      "# head\n---\na: 1\n--- # two\nb: |\n  --- no marker\n...\n# gap\n---\n---\nc: 3\n";
  const std::vector<YamlDocument> documents = read(text);
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].text, "# head\n---\na: 1\n");
  EXPECT_EQ(documents[0].first_line, 1);
  EXPECT_EQ(documents[1].text, "--- # two\nb: |\n  --- no marker\n...\n");
  EXPECT_EQ(documents[1].first_line, 4);
  EXPECT_EQ(documents[2].text, "---\nc: 3\n");
  EXPECT_EQ(documents[2].first_line, 10);
  EXPECT_EQ(show(documents[2].root), "{@11:1 c@11:1: 3@11:4}");
}

TEST(YamlReader, AnErrorInOneDocumentLeavesTheOthersReadable) {
  std::vector<Diagnostic> findings;
  const std::vector<YamlDocument> documents = read("a: [1\n---\nb: 2\n", &findings);
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_FALSE(documents[0].readable);
  EXPECT_TRUE(documents[1].readable);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().code, "yaml.syntax");
}

TEST(YamlReader, ATextWithoutContentHoldsNoDocument) {
  for (const std::string_view text :
       {"", "\n\n", "# only a comment\n", "---\n", "---\n...\n", "%YAML 1.2\n---\n"})
    EXPECT_TRUE(read(text).empty()) << text;
}

TEST(YamlReader, DepthAndSizeAreLimited) {
  std::vector<Diagnostic> findings;
  const std::string deep = std::string(kNestingMax, '[') + std::string(kNestingMax, ']');
  EXPECT_TRUE(read(deep).front().readable);
  EXPECT_FALSE(read("[" + deep + "]", &findings).front().readable);
  EXPECT_EQ(findings.front().code, "yaml.too_deep");
  EXPECT_FALSE(read(std::string(100'000, '['), &findings).front().readable);

  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "" : ", ") + last;
    bomb += "]\n";
  }
  EXPECT_FALSE(read(bomb, &findings).front().readable);
  EXPECT_EQ(findings.front().code, "yaml.too_large");
  EXPECT_FALSE(read("a: &a [*a]\n", &findings).front().readable);
  EXPECT_EQ(findings.front().code, "yaml.alias");
}

TEST(YamlReader, AliasesCannotNestDeeperThanTheLimit) {
  std::string text = "- &a0 [x]\n";
  for (std::size_t i = 1; i <= kNestingMax; ++i)
    text += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  std::vector<Diagnostic> findings;
  EXPECT_FALSE(read(text, &findings).front().readable);
  EXPECT_EQ(findings.front().code, "yaml.too_deep");
}

TEST(YamlReader, AnchorsCountForTheCopyThatIsKept) {
  // Sixty anchors around one long list: each keeps a copy of it.
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
  for (int i = 0; i < 10'000; ++i) text += "x,";
  text += std::string(60, ']');
  std::vector<Diagnostic> findings;
  EXPECT_FALSE(read(text, &findings).front().readable);
  EXPECT_EQ(findings.front().code, "yaml.too_large");
}

TEST(YamlReader, PlacesInsideAScalarAreExactOnOneLine) {
  const YamlDocument plain = read("k: ab cd").front();
  EXPECT_EQ(position_in(plain.root.items[0], 3).column, 7);
  const YamlDocument quoted = read("k: 'äb cd'").front();
  EXPECT_EQ(position_in(quoted.root.items[0], 4).column, 8) << "the quote counts, ä counts once";
  const YamlDocument block = read("k: |\n  ab cd").front();
  EXPECT_EQ(position_in(block.root.items[0], 3).line, 1) << "the scalar's own place";
}

}  // namespace
}  // namespace countersign
