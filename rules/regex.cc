// SPDX-License-Identifier: Apache-2.0
#include "rules/regex.h"

#include <algorithm>

#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include "core/case_fold.h"
#include "core/limits.h"

namespace countersign {
namespace {

constexpr int kRequiredBytesMin = 3;  // shorter texts stand in too many values to be worth a search

std::string whole_pattern(const std::string& pattern, const RegexFlags& flags) {
  return flags.multiline ? "(?m)" + pattern : pattern;
}

}  // namespace

struct Regex::Program {
  Program(const std::string& pattern, const re2::RE2::Options& options) : re(pattern, options) {}
  re2::RE2 re;
};

Result<Regex> Regex::compile(const std::string& pattern, const RegexFlags& flags) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!flags.ignore_case);
  options.set_dot_nl(flags.dot_all);
  auto program = std::make_shared<const Program>(whole_pattern(pattern, flags), options);
  if (!program->re.ok()) return failure(ErrorKind::Malformed, program->re.error());
  return Regex(std::move(program));
}

bool Regex::found_in(std::string_view value) const {
  const std::string_view seen = value.substr(0, kRegexValueBytesMax);
  return re2::RE2::PartialMatch(re2::StringPiece(seen.data(), seen.size()), program_->re);
}

std::string Regex::key() const {
  const re2::RE2::Options& options = program_->re.options();
  std::string key = options.case_sensitive() ? "c" : "i";
  key += options.dot_nl() ? "s" : "-";
  return key + program_->re.pattern();
}

std::vector<std::string> Regex::required_texts() const {
  re2::FilteredRE2 filter(kRequiredBytesMin);
  std::vector<std::string> atoms;
  int id = 0;
  if (filter.Add(program_->re.pattern(), program_->re.options(), &id) != re2::RE2::NoError) return {};
  filter.Compile(&atoms);
  // RE2 lowers atoms by a table of its own: beyond ASCII it need not agree with ours.
  if (!std::all_of(atoms.begin(), atoms.end(), [](const std::string& atom) { return is_ascii(atom); }))
    return {};
  const auto possible_without = [&](const std::vector<bool>& left_out) {
    std::vector<int> present;
    for (std::size_t i = 0; i < atoms.size(); ++i)
      if (!left_out[i]) present.push_back(static_cast<int>(i));
    std::vector<int> potentials;
    filter.AllPotentials(present, &potentials);
    return !potentials.empty();
  };
  // What may match depends on the atoms in a monotone way, so that taking out one after the other, short ones
  // first, as long as the rest still keeps every match out, ends with a least set.
  std::vector<bool> needed(atoms.size(), true);
  if (atoms.empty() || possible_without(needed)) return {};
  std::vector<std::size_t> order(atoms.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return atoms[a].size() < atoms[b].size(); });
  for (const std::size_t i : order) {
    needed[i] = false;
    if (possible_without(needed)) needed[i] = true;
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < atoms.size(); ++i)
    if (needed[i]) texts.push_back(case_fold(atoms[i]));
  return texts;
}

}  // namespace countersign
