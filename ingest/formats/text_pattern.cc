// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/text_pattern.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

namespace countersign {
namespace {

constexpr int kGroupsMax = 32;
constexpr std::int64_t kProgramBytesMax = 1 << 20;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct TextPatterns::Program {
  std::unique_ptr<re2::RE2> expression;
  std::vector<std::pair<int, std::string>> groups;  // number → name, ascending
};

TextPatterns::TextPatterns(std::vector<Program> programs) : programs_(std::move(programs)) {}
TextPatterns::~TextPatterns() = default;

Result<std::shared_ptr<const TextPatterns>> TextPatterns::compile(const std::vector<std::string>& patterns) {
  std::vector<Program> programs;
  for (const std::string& pattern : patterns) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kProgramBytesMax);
    Program program{std::make_unique<re2::RE2>(piece(pattern), options), {}};
    if (!program.expression->ok()) return failure(ErrorKind::Malformed, program.expression->error());
    for (const auto& [number, name] : program.expression->CapturingGroupNames())
      program.groups.emplace_back(number, name);
    if (program.groups.empty())
      return failure(ErrorKind::InvalidArgument, "no group of the expression has a name: (?P<name>…)");
    if (program.groups.back().first >= kGroupsMax)
      return failure(ErrorKind::InvalidArgument, fmt::format("more than {} groups", kGroupsMax - 1));
    programs.push_back(std::move(program));
  }
  return std::shared_ptr<const TextPatterns>(new TextPatterns(std::move(programs)));
}

TextRead TextPatterns::read(std::string_view text, TextFields& fields) const {
  std::array<re2::StringPiece, kGroupsMax> found;
  for (const Program& program : programs_) {
    const int count = program.groups.back().first + 1;
    if (!program.expression->Match(piece(text), 0, text.size(), re2::RE2::UNANCHORED, found.data(), count))
      continue;
    for (const auto& [number, name] : program.groups) {
      const re2::StringPiece& group = found[static_cast<std::size_t>(number)];
      if (!group.empty() && !fields.add(name, {group.data(), group.size()})) return {true, fields.full()};
    }
    return {};
  }
  return {false, {}};
}

}  // namespace countersign
