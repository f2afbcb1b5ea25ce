// SPDX-License-Identifier: Apache-2.0
#include "ingest/rule_tests.h"

#include <fstream>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <simdjson.h>

namespace countersign {
namespace {

/// Reads one line; `problem` holds the first thing that is wrong with it.
class LineReader {
 public:
  explicit LineReader(std::size_t line) { event_.line = line; }

  std::optional<RuleTestEvent> read(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::object row;
    if (const auto error = parser.parse(text.data(), text.size()).get(row)) {
      refuse(fmt::format("no JSON object: {}", simdjson::error_message(error)));
      return std::nullopt;
    }
    for (const simdjson::dom::key_value_pair member : row) take(member.key, member.value);
    if (!has_expect_) refuse(R"(no `expect`: it is "match" or "no_match")");
    if (!has_message_) refuse("no `message`: the message as it arrives, an object or a text");
    if (!problem_.empty()) return std::nullopt;
    return std::move(event_);
  }

  const std::string& problem() const { return problem_; }

 private:
  void refuse(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  void take(std::string_view key, simdjson::dom::element value) {
    if (key == "expect") {
      const std::string expect = text_of(key, value);
      has_expect_ = true;
      event_.match = expect == "match";
      if (!event_.match && expect != "no_match")
        refuse(fmt::format(R"(`expect` is "{}", not "match" or "no_match")", expect));
    } else if (key == "why") {
      event_.why = text_of(key, value);
    } else if (key == "rule") {
      event_.rule = text_of(key, value);
    } else if (key == "message") {
      has_message_ = true;
      std::string_view text;
      event_.message =
          value.get_string().get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(value);
    } else {
      refuse(fmt::format("no member `{}` is known: expect, why, message, rule", key));
    }
  }

  std::string text_of(std::string_view key, simdjson::dom::element value) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) refuse(fmt::format("`{}` is no text", key));
    return std::string(text);
  }

  RuleTestEvent event_;
  std::string problem_;
  bool has_expect_ = false;
  bool has_message_ = false;
};

}  // namespace

std::filesystem::path rule_tests_path(const std::filesystem::path& rule_file) {
  std::filesystem::path path = rule_file;
  return path.replace_extension(".tests.ndjson");
}

RuleTestFile parse_rule_tests(std::string_view text) {
  RuleTestFile file;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (row.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    LineReader reader(line);
    if (auto event = reader.read(row)) {
      file.events.push_back(std::move(*event));
    } else {
      file.problems.push_back({line, reader.problem()});
    }
  }
  return file;
}

Result<RuleTestFile> read_rule_tests(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return failure(ErrorKind::NotFound, fmt::format("{}: no such file", path.string()));
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.good()) return failure(ErrorKind::Unavailable, fmt::format("{}: cannot be read", path.string()));
  return parse_rule_tests(text);
}

}  // namespace countersign
