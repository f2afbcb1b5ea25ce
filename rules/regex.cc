// SPDX-License-Identifier: Apache-2.0
#include "rules/regex.h"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <utility>

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

/// A least set of ASCII texts in lower case, of which every value in which the expression is found holds one
/// in some case. Empty: there is none whose texts have `bytes_min` bytes or more.
std::vector<std::string> required_atoms(const re2::RE2& re, int bytes_min) {
  re2::FilteredRE2 filter(bytes_min);
  std::vector<std::string> atoms;
  int id = 0;
  if (filter.Add(re.pattern(), re.options(), &id) != re2::RE2::NoError) return {};
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
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(atoms[a].size(), a) < std::pair(atoms[b].size(), b);
  });
  for (const std::size_t i : order) {
    needed[i] = false;
    if (possible_without(needed)) needed[i] = true;
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < atoms.size(); ++i)
    if (needed[i]) texts.push_back(atoms[i]);
  return texts;
}

/// The n of `.{n,}`, or 0. RE2 needs milliseconds for a long value: its automaton has n states at once.
std::size_t least_run(std::string_view pattern) {
  if (!pattern.starts_with(".{") || !pattern.ends_with(",}")) return 0;
  const std::string_view digits = pattern.substr(2, pattern.size() - 4);
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return error == std::errc{} && end == digits.data() + digits.size() ? count : 0;
}

/// The first `count` characters beside each other that `.` matches.
std::optional<TextSpan> first_run(std::string_view value, std::size_t count, bool dot_all) {
  std::size_t run = 0;
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < value.size() && run < count) {
    char32_t c = 0;
    const std::size_t size = decode_utf8(value.substr(at), c);
    const bool broken = size == 1 && c >= 0x80;  // a byte that is no character, which `.` does not match
    run = broken || (c == '\n' && !dot_all) ? 0 : run + 1;
    at += size;
    if (run == 0) begin = at;
  }
  if (run < count) return std::nullopt;
  return TextSpan{begin, at};
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

struct Regex::Program {
  Program(const std::string& pattern, const re2::RE2::Options& options, std::size_t least_run)
      : re(pattern, options), run(least_run) {
    if (!re.ok()) return;
    marks = required_atoms(re, 1);
    const auto has_letter = [](const std::string& mark) {
      return std::any_of(mark.begin(), mark.end(), is_letter);
    };
    if (std::any_of(marks.begin(), marks.end(), has_letter)) marks.clear();
  }
  re2::RE2 re;
  std::size_t run;  // not 0: the expression is `.{run,}`
  // Not empty: one of these stands in every value that fits, whatever its case.
  std::vector<std::string> marks;
  mutable std::once_flag uncased_made;
  mutable std::shared_ptr<const Program> uncased;
};

Result<Regex> Regex::compile(const std::string& pattern, const RegexFlags& flags) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!flags.ignore_case);
  options.set_dot_nl(flags.dot_all);
  auto program = std::make_shared<const Program>(whole_pattern(pattern, flags), options, least_run(pattern));
  if (!program->re.ok()) return failure(ErrorKind::Malformed, program->re.error());
  return Regex(std::move(program));
}

bool Regex::found_in(std::string_view value) const {
  const std::string_view seen = value.substr(0, kRegexValueBytesMax);
  if (program_->run != 0) return first_run(seen, program_->run, program_->re.options().dot_nl()).has_value();
  const auto stands_there = [&](const std::string& mark) {
    return seen.find(mark) != std::string_view::npos;
  };
  if (!program_->marks.empty() && std::none_of(program_->marks.begin(), program_->marks.end(), stands_there))
    return false;
  return re2::RE2::PartialMatch(re2::StringPiece(seen.data(), seen.size()), program_->re);
}

std::optional<TextSpan> Regex::place_in(std::string_view value) const {
  const std::string_view seen = value.substr(0, kRegexValueBytesMax);
  if (program_->run != 0) return first_run(seen, program_->run, program_->re.options().dot_nl());
  re2::StringPiece found;
  const re2::StringPiece text(seen.data(), seen.size());
  if (!program_->re.Match(text, 0, text.size(), re2::RE2::UNANCHORED, &found, 1)) return std::nullopt;
  const auto begin = static_cast<std::size_t>(found.data() - text.data());
  return TextSpan{begin, begin + found.size()};
}

Regex Regex::without_case() const {
  std::call_once(program_->uncased_made, [this] {
    re2::RE2::Options options;
    options.Copy(program_->re.options());
    options.set_case_sensitive(false);
    program_->uncased = std::make_shared<const Program>(program_->re.pattern(), options, program_->run);
  });
  // Without case it may be too large for RE2.
  return program_->uncased->re.ok() ? Regex(program_->uncased) : *this;
}

std::string Regex::key() const {
  const re2::RE2::Options& options = program_->re.options();
  std::string key = options.case_sensitive() ? "c" : "i";
  key += options.dot_nl() ? "s" : "-";
  return key + program_->re.pattern();
}

std::vector<std::string> Regex::required_texts() const {
  std::vector<std::string> texts = required_atoms(program_->re, kRequiredBytesMin);
  for (std::string& text : texts) text = case_fold(text);
  return texts;
}

std::string quote_regex(std::string_view text) {
  return re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
}

}  // namespace countersign
