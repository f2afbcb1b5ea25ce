// SPDX-License-Identifier: Apache-2.0
#include "rules/filter_joiner.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

std::size_t parts_of(const Expression& expression) {
  std::size_t parts = 1 + expression.selections.size();
  for (const Expression& child : expression.children) parts += parts_of(child);
  return parts;
}

void shift_selections(Expression& expression, std::uint32_t by) {
  for (std::uint32_t& selection : expression.selections) selection += by;
  for (Expression& child : expression.children) shift_selections(child, by);
}

/// Any of them.
Expression one_of(const std::vector<Expression>& conditions) {
  if (conditions.size() == 1) return conditions.front();
  return {Expression::Kind::Or, conditions, {}};
}

std::string text_of(const std::vector<std::string>& conditions) {
  if (conditions.size() == 1) return conditions.front();
  return fmt::format("({})", fmt::join(conditions, ") or ("));
}

std::string shown(const LogSource& source) {
  std::vector<std::string> parts;
  for (const auto& [name, value] :
       {std::pair{"product", &source.product}, {"category", &source.category}, {"service", &source.service}})
    if (!value->empty()) parts.push_back(fmt::format("{} {}", name, *value));
  return fmt::format("{}", fmt::join(parts, ", "));
}

void join_to(LoadedRule& rule, const LoadedFilter& filter) {
  CompiledRule& compiled = rule.compiled;
  const auto first = static_cast<std::uint32_t>(compiled.selections.size());
  const auto index = static_cast<std::uint32_t>(compiled.filters.size());
  for (Selection selection : filter.filter.tests->selections) {
    selection.filter = index;
    compiled.selections.push_back(std::move(selection));
  }
  Expression condition = one_of(filter.filter.tests->conditions);
  shift_selections(condition, first);
  for (Expression& own : compiled.conditions) {
    if (index == 0) own = {Expression::Kind::And, {std::move(own)}, {}};
    own.children.push_back(condition);
  }
  compiled.filters.push_back({filter.info.title, text_of(filter.filter.tests->texts)});
  rule.info.filters.push_back(filter.info.title);
  rule.filters.push_back(filter.info.content);
  rule.placeholders.insert(filter.placeholders.begin(), filter.placeholders.end());
}

}  // namespace

FilterJoiner::FilterJoiner(std::vector<LoadedRule>& rules, const std::set<std::string>& others,
                           std::size_t parts_max)
    : rules_(rules), others_(others), parts_max_(parts_max) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    by_id_.emplace(rules_[i].info.id.value, i);
    for (const std::string& former : rules_[i].former_ids) by_id_.emplace(former, i);
    if (!rules_[i].info.name.empty()) by_name_.emplace(rules_[i].info.name, i);
  }
}

bool FilterJoiner::join(const LoadedFilter& filter, Findings& findings) {
  const std::vector<std::size_t> targets = targets_of(filter, findings);
  if (filter.refused) {
    report_refused(filter, targets, findings);
    return true;
  }
  if (targets.empty())
    findings.add("filter.unused", filter.filter.where, "the filter acts on no rule that is loaded",
                 "compare its `rules` and `logsource` with the rules that it is for");
  std::size_t parts = filter.filter.tests->selections.size();
  for (const Expression& condition : filter.filter.tests->conditions) parts += parts_of(condition);
  if (parts_ + parts * targets.size() > parts_max_) {
    findings.add(
        "filter.limit", filter.filter.where,
        fmt::format("filters would add more than {} selections and parts of conditions to rules", parts_max_),
        "name the rules that it is for, or put selections together");
    report_refused(filter, targets, findings);
    return false;
  }
  parts_ += parts * targets.size();
  for (const std::size_t target : targets) join_to(rules_[target], filter);
  return true;
}

std::vector<std::size_t> FilterJoiner::targets_of(const LoadedFilter& filter, Findings& findings) const {
  std::set<std::size_t> found;
  const auto fits = [&](std::size_t rule) {
    return covers(filter.info.log_source, rules_[rule].info.log_source);
  };
  if (filter.filter.any_rule) {
    for (std::size_t i = 0; i < rules_.size(); ++i)
      if (fits(i)) found.insert(i);
  }
  const auto warn = [&](const PlacedText& reference, std::string why) {
    findings.add("filter.unmatched", reference.where,
                 fmt::format("the filter does not act on `{}`: {}", reference.text, why));
  };
  for (const PlacedText& reference : filter.filter.rules) {
    const std::vector<std::size_t> called = rules_called(reference.text);
    if (called.empty() && (others_.contains(reference.text) || others_.contains(case_fold(reference.text))))
      warn(reference, "it is no detection rule");
    for (const std::size_t rule : called) {
      if (fits(rule)) {
        found.insert(rule);
      } else {
        warn(reference, fmt::format("its log source is {}, that of the filter {}",
                                    shown(rules_[rule].info.log_source), shown(filter.info.log_source)));
      }
    }
  }
  return {found.begin(), found.end()};
}

std::vector<std::size_t> FilterJoiner::rules_called(const std::string& reference) const {
  std::vector<std::size_t> found;
  const auto add = [&](const std::multimap<std::string, std::size_t>& index, const std::string& key) {
    for (auto [entry, end] = index.equal_range(key); entry != end; ++entry) found.push_back(entry->second);
  };
  add(by_id_, case_fold(reference));
  add(by_name_, reference);
  return found;
}

void FilterJoiner::report_refused(const LoadedFilter& filter, std::span<const std::size_t> targets,
                                  Findings& findings) const {
  constexpr std::size_t kNamed = 5;
  if (targets.empty()) return;
  std::vector<std::string> titles;
  for (const std::size_t target : targets.first(std::min(targets.size(), kNamed)))
    titles.push_back(fmt::format("`{}`", rules_[target].info.title));
  const std::string more =
      targets.size() > kNamed ? fmt::format(" and {} more", targets.size() - kNamed) : "";
  findings.add(
      "filter.refused", filter.filter.where,
      fmt::format("the filter is refused; {} without it: {}{}",
                  targets.size() == 1 ? "one rule runs" : fmt::format("{} rules run", targets.size()),
                  fmt::join(titles, ", "), more));
}

}  // namespace countersign
