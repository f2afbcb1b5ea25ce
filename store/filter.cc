// SPDX-License-Identifier: Apache-2.0
#include "store/filter.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

using Field = FilterTerm::Field;

template <class T>
bool compares(const T& left, Compare compare, const T& right) {
  switch (compare) {
    case Compare::Equal: return left == right;
    case Compare::Less: return left < right;
    case Compare::LessOrEqual: return left <= right;
    case Compare::Greater: return left > right;
    case Compare::GreaterOrEqual: return left >= right;
  }
  return false;
}

std::optional<AlertKind> parse_kind(std::string_view text) {
  for (const AlertKind kind : {AlertKind::Rule, AlertKind::Correlation, AlertKind::Vendor, AlertKind::Manual,
                               AlertKind::Import, AlertKind::Self}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

bool has_entity(const FilterTerm& term, const std::string& folded, const std::vector<Entity>& entities) {
  return std::ranges::any_of(entities, [&](const Entity& entity) {
    return entity.field == term.entity && case_fold(entity.value) == folded;
  });
}

}  // namespace

Result<AlertFilter> AlertFilter::make(const std::vector<FilterTerm>& terms) {
  AlertFilter filter;
  for (const FilterTerm& given : terms) {
    Term term{given, parse_status(given.text), parse_verdict(given.text), parse_kind(given.text),
              case_fold(given.text)};
    const bool wrong = (given.field == Field::Status && !term.status) ||
                       (given.field == Field::Verdict && !term.verdict) ||
                       (given.field == Field::Kind && !term.kind);
    if (wrong) {
      Error error{ErrorKind::InvalidArgument, "filter: a status, verdict or kind that does not exist", {}};
      error.fields.push_back({"filter", "invalid", error.message});
      return failure(std::move(error));
    }
    filter.terms_.push_back(std::move(term));
  }
  return filter;
}

bool AlertFilter::holds(const Term& term, const QueueRow& row) {
  const FilterTerm& given = term.given;
  const bool unreviewed = row.place.status != Status::Closed && !row.verdict;
  switch (given.field) {
    case Field::Severity: return compares(row.place.severity, given.compare, given.level);
    case Field::Status: return row.place.status == *term.status;
    case Field::Open: return is_open(row.place.status);
    case Field::Owner: return row.place.owner && row.place.owner->value == given.text;
    case Field::Unowned: return !row.place.owner;
    case Field::Verdict: return row.verdict == term.verdict;
    case Field::Unreviewed: return unreviewed;
    case Field::Overdue: return unreviewed && row.place.due < given.time;
    case Field::Queue: return row.queue.value == given.text;
    case Field::Source: return row.source.value == given.text;
    case Field::Rule: return row.rule.value == given.text;
    case Field::Kind: return row.kind == *term.kind;
    case Field::Opened: return compares(row.opened, given.compare, given.time);
    case Field::Due: return compares(row.place.due, given.compare, given.time);
    case Field::Entity: return true;
    case Field::Title: return case_fold(row.title).find(term.folded) != std::string::npos;
  }
  return false;
}

bool AlertFilter::passes(const QueueRow& row) const {
  return std::ranges::all_of(terms_, [&row](const Term& term) {
    return term.given.field == Field::Entity || holds(term, row) != term.given.negated;
  });
}

bool AlertFilter::passes(const std::vector<Entity>& entities) const {
  return std::ranges::all_of(terms_, [&entities](const Term& term) {
    return term.given.field != Field::Entity ||
           has_entity(term.given, term.folded, entities) != term.given.negated;
  });
}

std::optional<Status> AlertFilter::status() const {
  for (const Term& term : terms_) {
    if (term.given.field == Field::Status && !term.given.negated) return term.status;
  }
  return std::nullopt;
}

std::optional<PersonId> AlertFilter::owner() const {
  for (const Term& term : terms_) {
    if (term.given.field == Field::Owner && !term.given.negated) return PersonId{term.given.text};
  }
  return std::nullopt;
}

std::optional<Entity> AlertFilter::entity() const {
  for (const Term& term : terms_) {
    if (term.given.field == Field::Entity && !term.given.negated) {
      return Entity{term.given.entity, term.given.text};
    }
  }
  return std::nullopt;
}

bool AlertFilter::only_unclosed() const {
  return std::ranges::any_of(terms_, [](const Term& term) {
    const Field field = term.given.field;
    return !term.given.negated &&
           (field == Field::Open || field == Field::Unreviewed || field == Field::Overdue);
  });
}

}  // namespace countersign
