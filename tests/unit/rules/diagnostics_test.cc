// SPDX-License-Identifier: Apache-2.0
// Every code has a row: a document that earns it, and the place.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "core/limits.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

constexpr std::string_view kHead = "title: T\nlevel: low\n";
constexpr std::string_view kSource = "logsource: {category: test}\n";
constexpr std::string_view kDetection = "detection: {s: {f: 1}, condition: s}\n";

std::string text_of(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

/// A good rule with one more line, which is line 5.
std::string with_line(std::string_view line) { return text_of({kHead, kSource, kDetection, line}); }
/// A rule whose detection starts at line 4, column 12.
std::string with_detection(std::string_view flow) {
  return text_of({kHead, kSource, "detection: ", flow, "\n"});
}
/// A rule with one item, which starts at line 4, column 17.
std::string with_item(std::string_view item) {
  return with_detection(text_of({"{s: {", item, "}, condition: s}"}));
}
/// A rule with one condition, which starts at line 7, column 14.
std::string with_condition(std::string_view condition) {
  return text_of({kHead, kSource, "detection:\n  s1: {f: 1}\n  s2: {g: 1}\n  condition: ", condition, "\n"});
}
/// A correlation; `lines` start at line 4.
std::string with_correlation(std::string_view lines) { return text_of({kHead, "correlation:\n", lines}); }
constexpr std::string_view kCount = "  type: event_count\n  rules: [r]\n  timespan: 1h\n";

struct CodeRow {
  std::string_view code;
  int line;
  int column;
  std::string document;
  bool lenient = false;
};

std::vector<CodeRow> document_rows() {
  return {
      {"file.encoding", 2, 4, "a: b\nc: \xFF\n"},
      {"file.encoding", 1, 4, "a: \x04"},
      {"file.encoding", 1, 1, std::string("\0a: b", 5)},
      {"file.empty", 1, 1, "# nothing\n"},
      {"file.too_large", 0, 0, std::string(8 * kMiB + 1, 'a')},
      {"yaml.syntax", 2, 5, "a: b\nc: d: e\n"},
      {"yaml.duplicate_key", 2, 1, text_of({"title: A\ntitle: B\nlevel: low\n", kSource, kDetection})},
      {"yaml.duplicate_key", 4, 23, with_item("f: 1, f: 2")},
      {"yaml.key", 5, 1, with_line("[a]: b\n")},
      {"yaml.key", 5, 1, with_line("~: b\n")},
      {"yaml.merge_key", 5, 1, with_line("<<: {a: b}\n")},
      {"yaml.tag", 5, 4, with_line("a: !!int 5\n")},
      {"yaml.alias", 5, 8, with_line("a: &a [*a]\n")},
      {"yaml.too_deep", 5, 67, with_line("a: " + std::string(64, '[') + std::string(64, ']') + "\n")},
      {"yaml.too_large", 1, 200'002,
       "[" +
           [] {
             std::string many;
             for (int i = 0; i < 100'001; ++i) many += "a,";
             return many;
           }() +
           "]"},
      {"document.kind", 1, 1, "title: no rule\n"},
      {"document.kind", 1, 1, "just text\n"},
      {"document.kind", 1, 1, with_line("filter: {rules: [r], s: {a: b}, condition: not s}\n")},
      {"document.action", 1, 9, "action: global\ntitle: T\n"},
      {"document.action", 1, 9, "action: merge\ntitle: T\n", true},
      {"document.collection", 1, 9, "action: global\ntitle: T\n", true},
  };
}

std::vector<CodeRow> metadata_rows() {
  return {
      {"rule.missing_key", 1, 1, text_of({"level: low\n", kSource, kDetection})},
      {"rule.missing_key", 1, 1, text_of({kHead, kDetection})},
      {"rule.type", 5, 9, with_line("author: [a]\n")},
      {"rule.type", 5, 7, with_line("tags: attack.t1059\n")},
      {"rule.type", 5, 14, with_line("references: [[a]]\n")},
      {"rule.type", 5, 10, with_line("related: x\n")},
      {"rule.type", 3, 12, text_of({kHead, "logsource: x\n", kDetection})},
      {"rule.length", 1, 8,
       text_of({"title: ", std::string(257, 'x'), "\nlevel: low\n", kSource, kDetection})},
      {"rule.id", 5, 5, with_line("id: not-a-uuid\n")},
      {"rule.date", 5, 7, with_line("date: 2024/01/02\n")},
      {"rule.tag", 5, 8, with_line("tags: [T1059]\n")},
      {"rule.related", 5, 11, with_line("related: [{id: x, type: unknown}]\n")},
      {"rule.similar_key", 5, 1, with_line("falsepositive: [x]\n")},
      {"rule.level_missing", 1, 1, text_of({"title: T\n", kSource, kDetection})},
      {"rule.taxonomy", 5, 11, with_line("taxonomy: ecs\n")},
      {"rule.sigma_version", 5, 16, with_line("sigma-version: 3\n")},
      {"rule.status", 5, 9, with_line("status: tested\n")},
      {"rule.level", 2, 8, text_of({"title: T\nlevel: hi\n", kSource, kDetection})},
      {"rule.duplicate_id", 8, 5,
       with_line("id: 8b9a2b1e-0000-4000-8000-000000000001\n---\n") +
           "title: U\nid: 8B9A2B1E-0000-4000-8000-000000000001\nlevel: low\n" +
           text_of({kSource, kDetection})},
      {"rule.duplicate_name", 8, 7,
       with_line("name: n\n---\n") + "title: U\nname: n\nlevel: low\n" + text_of({kSource, kDetection})},
      {"grouping.unknown_key", 5, 15, with_line("countersign: {groupby: [a]}\n")},
      {"grouping.value", 5, 14, with_line("countersign: yes\n")},
      {"grouping.value", 5, 25, with_line("countersign: {group_by: []}\n")},
      {"grouping.value", 5, 26, with_line("countersign: {group_by: ['']}\n")},
      {"grouping.value", 5, 29, with_line("countersign: {group_window: 1w}\n")},
      {"logsource.unknown_key", 3, 29,
       text_of({kHead, "logsource: {category: test, catgory: x}\n", kDetection})},
      {"logsource.value", 3, 23, text_of({kHead, "logsource: {category: [a]}\n", kDetection})},
      {"logsource.case", 3, 23, text_of({kHead, "logsource: {category: Test}\n", kDetection})},
      {"logsource.empty", 3, 12, text_of({kHead, "logsource: {definition: x}\n", kDetection})},
  };
}

std::vector<CodeRow> detection_rows() {
  return {
      {"detection.shape", 4, 12, with_detection("[a]")},
      {"detection.condition_missing", 4, 12, with_detection("{s: {f: 1}}")},
      {"detection.selection_missing", 4, 12, with_detection("{condition: s}")},
      {"detection.identifier", 4, 13, with_detection("{a.b: {f: 1}, condition: s}")},
      {"detection.identifier", 4, 13, with_detection("{not: {f: 1}, condition: s}")},
      {"detection.empty", 4, 13, with_detection("{s: {}, condition: s}")},
      {"detection.empty", 4, 13, with_detection("{s: , condition: s}")},
      {"detection.empty", 4, 13, with_detection("{s: [], condition: s}")},
      {"detection.empty", 4, 17, with_detection("{s: [{}], condition: s}")},
      {"detection.timeframe", 4, 24, with_detection("{s: {f: 1}, timeframe: 5m, condition: s}")},
      {"detection.unused", 4, 24, with_detection("{s: {f: 1}, t: {f: 1}, condition: s}")},
      {"field.reserved", 4, 17, with_item("'f[any]': 1")},
      {"value.nested", 4, 20, with_item("f: {g: 1}")},
      {"value.nested", 4, 21, with_item("f: [[1]]")},
      {"value.nested", 4, 17, with_detection("{s: [[1]], condition: s}")},
      {"value.empty_list", 4, 20, with_item("f: []")},
      {"value.null_in_list", 4, 24, with_item("f: [a, null]")},
      {"value.bool_word", 4, 20, with_item("f: yes")},
      {"value.matches_all", 4, 29, with_item("f|contains: ''")},
      {"value.nul", 4, 29, with_item("f|contains: \"\\0ab\"")},
      {"value.nul", 4, 20, with_item("f: \"a*\\0b\"")},
      {"value.placeholder", 4, 27, with_item("f|expand: '%Servers%'")},
      {"value.encoded_wildcard", 4, 27, with_item("f|base64: 'a*b'")},
      {"value.base64_uncased", 4, 19, with_item("f|base64: ab")},
      {"value.base64_short", 4, 42, with_item("f|base64offset|contains: a")},
      {"value.base64offset_whole", 4, 17, with_item("f|base64offset: abc")},
      {"value.network", 4, 25, with_item("f|cidr: 10.0.0.0/33")},
      {"value.network_host_bits", 4, 25, with_item("f|cidr: 10.0.0.1/8")},
      {"value.network_masked", 4, 25, with_item("f|cidr: 10.0.0.1/8"), true},
      {"value.time_part", 4, 25, with_item("f|hour: 24")},
      {"value.regex_inline_flags", 4, 23, with_item("f|re: '(?i)a'")},
      {"value.regex", 4, 23, with_item("f|re: 'a('")},
      {"value.regex", 4, 23, with_item("f|re: '(?=a)'")},
      {"keyword.null", 4, 17, with_detection("{s: [null], condition: s}")},
  };
}

std::vector<CodeRow> modifier_rows() {
  return {
      {"modifier.unknown", 4, 19, with_item("f|containz: a")},
      {"modifier.unknown", 4, 28, with_item("f|contains|foo: a")},
      {"modifier.unknown", 4, 19, with_item("f|: a")},
      {"modifier.keyword", 4, 19, with_item("'|exists': true")},
      {"modifier.order", 4, 28, with_item("f|contains|re: a")},
      {"modifier.order", 4, 19, with_item("f|i|re: a")},
      {"modifier.order", 4, 28, with_item("f|contains|cidr: 10.0.0.0/8")},
      {"modifier.order", 4, 28, with_item("f|contains|fieldref: g")},
      {"modifier.order", 4, 28, with_item("f|contains|base64: ab")},
      {"modifier.order", 4, 17, with_item("f|wide: ab")},
      {"modifier.order", 4, 24, with_item("f|wide|contains: ab")},
      {"modifier.order", 4, 22, with_item("f|re|windash: ab")},
      {"modifier.combination", 4, 19, with_item("f|exists|all: true")},
      {"modifier.combination", 4, 22, with_item("f|lt|gt: 5")},
      {"modifier.combination", 4, 24, with_item("f|hour|minute: 5")},
      {"modifier.combination", 4, 17, with_item("f|lt|contains: 5")},
      {"modifier.combination", 4, 17, with_item("f|re|i|cased: a")},
      {"modifier.repeated", 4, 28, with_item("f|contains|contains: a")},
      {"modifier.repeated", 4, 24, with_item("f|re|i|ignorecase: a")},
      {"modifier.single_all", 4, 19, with_item("f|all: a")},
      {"modifier.value_type", 4, 29, with_item("f|contains: null")},
      {"modifier.value_type", 4, 27, with_item("f|exists: 'true'")},
      {"modifier.value_type", 4, 23, with_item("f|gt: '5'")},
      {"modifier.value_type", 4, 25, with_item("f|hour: 1.5")},
      {"modifier.value_type", 4, 29, with_item("f|fieldref: ''")},
      {"modifier.stringified", 4, 29, with_item("f|contains: 46")},
      {"modifier.no_effect", 4, 22, with_item("f|re|contains: a")},
      {"modifier.no_effect", 4, 19, with_item("f|expand: a")},
      {"modifier.no_effect", 4, 17, with_item("f|cased: 5")},
  };
}

std::vector<CodeRow> condition_rows() {
  // 200 selections, named 501 times together: the last one is too many.
  std::string selections;
  for (int i = 0; i < 200; ++i) selections += "  s" + std::to_string(i) + ": {f: 1}\n";
  std::string many = "all of them";
  for (int i = 0; i < 500; ++i) many += " or all of them";
  const std::string references =
      text_of({kHead, kSource, "detection:\n", selections, "  condition: ", many, "\n"});
  return {
      {"condition.syntax", 7, 17, with_condition("s1 s2")},
      {"condition.syntax", 7, 14, with_condition("{a: b}")},
      {"condition.syntax", 7, 14, with_condition("[]")},
      {"condition.unknown", 7, 21, with_condition("s1 and s3")},
      {"condition.unknown", 7, 22, with_condition("'s1 and s3'")},
      {"condition.unknown", 7, 19, with_condition("[s1, s3]")},
      {"condition.pattern_empty", 7, 14, with_condition("1 of x*")},
      {"condition.quantifier", 7, 14, with_condition("2 of s*")},
      {"condition.plain_pattern", 7, 14, with_condition("1 of s1")},
      {"condition.too_deep", 7, 78, with_condition(std::string(65, '(') + "s1" + std::string(65, ')'))},
      {"condition.too_large", 205, 7'514, references},
      {"condition.too_large", 7, 15, with_condition("'" + std::string(16 * kKiB, ' ') + "s1'")},
      {"condition.pipe", 7, 17, with_condition("s1 | count() > 5")},
  };
}

std::vector<CodeRow> other_kind_rows() {
  const auto count = [](std::string_view more) {
    return with_correlation(std::string(kCount) + std::string(more));
  };
  const auto with_type = [](std::string_view type, std::string_view condition) {
    return with_correlation(
        text_of({"  type: ", type, "\n  rules: [r]\n  timespan: 1h\n  condition: ", condition}));
  };
  return {
      {"correlation.unknown_key", 8, 3, count("  condition: {gte: 5}\n  groupby: [a]\n")},
      {"correlation.unknown_key", 7, 15, count("  condition: {field: a, gte: 5}\n")},
      {"correlation.missing_key", 4, 3, count("")},
      {"correlation.missing_key", 4, 3, with_correlation("  type: temporal\n  timespan: 1h\n")},
      {"correlation.missing_key", 4, 3, with_correlation("  type: temporal\n  rules: [r]\n")},
      {"correlation.missing_key", 4, 3, with_correlation("  rules: [r]\n  timespan: 1h\n")},
      {"correlation.missing_key", 7, 14, with_type("value_count", "{gte: 5}")},
      {"correlation.value", 3, 14, text_of({kHead, "correlation: x\n"})},
      {"correlation.value", 4, 9, with_type("event_counter", "{gte: 5}")},
      {"correlation.value", 7, 20, with_type("event_count", "{gte: a}")},
      {"correlation.value", 7, 20, with_type("event_count", "{gte: 1.5}")},
      {"correlation.value", 7, 14, with_type("value_count", "{field: a}")},
      {"correlation.value", 7, 14, with_type("event_count", "r and r")},
      {"correlation.value", 6, 13, with_correlation("  type: temporal\n  rules: [r]\n  timespan: 1w\n")},
      {"correlation.value", 7, 13,
       with_correlation("  type: temporal\n  rules: [r]\n  timespan: 1h\n  group-by: a\n")},
      {"correlation.value", 7, 13,
       with_correlation("  type: temporal\n  rules: [r]\n  timespan: 1h\n  generate: 'true'\n")},
      {"correlation.value", 7, 17,
       with_correlation("  type: temporal\n  rules: [r]\n  timespan: 1h\n  aliases: {a: {q: f}}\n")},
      {"correlation.value", 7, 44, with_type("value_percentile", "{field: a, gt: 1, percentile: 101}")},
      {"correlation.type_alias", 4, 9, with_type("ordered_temporal", "{gte: 1}")},
      {"correlation.percentile_missing", 7, 14, with_type("value_percentile", "{field: a, gt: 1}")},
      {"condition.unknown", 7, 20, with_type("temporal", "r and q")},
      {"filter.rules", 4, 9, text_of({kHead, kSource, "filter: {s: {f: 1}, condition: not s}\n"})},
      {"filter.rules", 4, 17,
       text_of({kHead, kSource, "filter: {rules: r1, s: {f: 1}, condition: not s}\n"})},
      {"filter.polarity", 4, 44,
       text_of({kHead, kSource, "filter: {rules: any, s: {f: 1}, condition: s}\n"})},
      {"modifier.unknown", 4, 28,
       text_of({kHead, kSource, "filter: {rules: any, s: {f|foo: 1}, condition: not s}\n"})},
      {"reference.unknown", 5, 11, count("  condition: {gte: 5}\n")},
      {"filter.unmatched", 9, 18,
       with_line("name: r1\n---\n") + text_of({"title: F\nlogsource: {category: other}\n",
                                               "filter: {rules: [r1], s: {f: 1}, condition: not s}\n"})},
      {"filter.unused", 4, 17,
       text_of({kHead, kSource, "filter: {rules: any, s: {f: 1}, condition: not s}\n"})},
      {"filter.refused", 8, 17,
       with_line("---\n") +
           text_of({"title: F\n", kSource, "filter: {rules: any, s: {f: 1}, condition: not t}\n"})},
      {"reference.unknown", 4, 18,
       text_of({kHead, kSource, "filter: {rules: [r1], s: {f: 1}, condition: not s}\n"})},
      {"inactive", 1, 1, count("  condition: {gte: 5}\n")},
  };
}

std::vector<CodeRow> all_rows() {
  std::vector<CodeRow> rows;
  for (auto* part :
       {document_rows, metadata_rows, detection_rows, modifier_rows, condition_rows, other_kind_rows})
    for (CodeRow& row : part()) rows.push_back(std::move(row));
  return rows;
}

std::string show(const std::vector<Diagnostic>& findings) {
  std::string out;
  for (const Diagnostic& finding : findings) out += to_string(finding) + "\n";
  return out.empty() ? "no findings\n" : out;
}

TEST(Diagnostics, EveryCodeIsFoundAtItsPlace) {
  for (const CodeRow& row : all_rows()) {
    const RuleLoad load = load_rule_text("rule.yml", row.document, {.lenient = row.lenient});
    const bool found =
        std::any_of(load.findings.begin(), load.findings.end(), [&](const Diagnostic& finding) {
          return finding.code == row.code && finding.line == row.line && finding.column == row.column;
        });
    EXPECT_TRUE(found) << row.code << " " << row.line << ":" << row.column << " in\n"
                       << row.document.substr(0, 400) << "\nfound\n"
                       << show(load.findings);
  }
}

TEST(Diagnostics, ErrorsRefuseAndWarningsDoNot) {
  for (const CodeRow& row : all_rows()) {
    const RuleLoad load = load_rule_text("rule.yml", row.document, {.lenient = row.lenient});
    const auto errors =
        std::count_if(load.findings.begin(), load.findings.end(),
                      [](const Diagnostic& finding) { return finding.severity == Severity::Error; });
    EXPECT_EQ(load.documents, load.loaded + load.refused + load.skipped) << row.code;
    EXPECT_EQ(load.refused > 0, errors > 0) << row.code << "\n" << show(load.findings);
    EXPECT_GE(static_cast<std::size_t>(errors), load.refused) << row.code;
  }
}

TEST(Diagnostics, EveryCodeHasARow) {
  // They need more than a text: loader_test.cc, filter_test.cc, placeholders_test.cc, rule_cost_test.cc.
  std::set<std::string_view> tried{
      "rule.limit",  "file.unreadable", "filter.limit",    "value.placeholder_limit", "values.shape",
      "values.name", "values.length",   "rule.always_run", "rule.wide_witness",       "logsource.no_events"};
  const std::vector<CodeRow> rows = all_rows();
  for (const CodeRow& row : rows) tried.insert(row.code);
  std::set<std::string_view> known;
  for (const DiagnosticCode& code : diagnostic_codes()) {
    EXPECT_TRUE(known.insert(code.code).second) << code.code << " stands twice in the table";
    EXPECT_FALSE(code.meaning.empty()) << code.code;
  }
  EXPECT_EQ(tried, known);
}

TEST(Diagnostics, AllFindingsOfARuleAreReported) {
  const RuleLoad load = load_rule_text(
      "rule.yml",
      "title: T\nlevel: hi\nstatus: tested\nlogsource: {}\ndetection:\n  s:\n    f|foo: 1\n    g|re: '('\n"
      "    h|cidr: x\n  condition: s and t | count() > 1\n");
  std::set<std::string> codes;
  for (const Diagnostic& finding : load.findings) codes.insert(finding.code);
  const std::set<std::string> expected{"rule.level",        "rule.status",   "logsource.empty",
                                       "modifier.unknown",  "value.regex",   "value.network",
                                       "condition.unknown", "condition.pipe"};
  EXPECT_EQ(codes, expected) << show(load.findings);
}

TEST(Diagnostics, TheTextFormIsThatOfCompilers) {
  const Diagnostic finding{"a/b.yml", 3, 7, Severity::Error, "rule.level", "there is no level `hi`", "low"};
  EXPECT_EQ(to_string(finding), "a/b.yml:3:7: error[rule.level]: there is no level `hi` (low)");
  Diagnostic plain = finding;
  plain.severity = Severity::Warning;
  plain.hint.clear();
  EXPECT_EQ(to_string(plain), "a/b.yml:3:7: warning[rule.level]: there is no level `hi`");
}

TEST(Diagnostics, HintsNameWhatWasMeant) {
  struct HintRow {
    std::string document;
    std::string_view code;
    std::string_view hint;
  };
  const HintRow rows[] = {
      {with_item("f|containz: a"), "modifier.unknown", "did you mean `contains`?"},
      {with_condition("s1 and s22"), "condition.unknown", "did you mean `s2`?"},
      {with_line("autor: x\n"), "rule.similar_key", "did you mean `author`?"},
      {text_of({kHead, "logsource: {catgory: x}\n", kDetection}), "logsource.unknown_key",
       "did you mean `category`?"},
      {with_condition("s1 | count(user) by host > 5"), "condition.pipe", "value_count"},
      {with_item("f|gt: '5'"), "modifier.value_type", "remove the quotes"},
  };
  for (const HintRow& row : rows) {
    const RuleLoad load = load_rule_text("rule.yml", row.document);
    const bool found =
        std::any_of(load.findings.begin(), load.findings.end(), [&](const Diagnostic& finding) {
          return finding.code == row.code && finding.hint.find(row.hint) != std::string::npos;
        });
    EXPECT_TRUE(found) << row.code << "\n" << show(load.findings);
  }
}

std::string reference_page() {
  std::string page = R"(# Diagnostics of rules

What `countersign rules check` says of rule files: `file:line:column: severity[code]: message (hint)`. Codes
are stable. A document with an error is refused and never stops the others; a warning is for its author.
This page is made from the table in `rules/diagnostic.cc`; a test compares the two.

| code | severity | meaning |
| --- | --- | --- |
)";
  for (const DiagnosticCode& code : diagnostic_codes())
    page += "| `" + std::string(code.code) + "` | " + std::string(to_string(code.severity)) + " | " +
            std::string(code.meaning) + " |\n";
  return page;
}

TEST(Diagnostics, TheReferencePageIsTheTable) {
  const std::string path = std::string(COUNTERSIGN_SOURCE_DIR) + "/docs/reference/rule-diagnostics.md";
  if (std::getenv("COUNTERSIGN_UPDATE_DOCS") != nullptr) std::ofstream(path) << reference_page();
  std::ifstream stream(path);
  const std::string page{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_EQ(page, reference_page()) << "run this test with COUNTERSIGN_UPDATE_DOCS=1 to write the page anew";
}

}  // namespace
}  // namespace countersign::testing
