// SPDX-License-Identifier: Apache-2.0
// Whether an alert passes a filter. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "store/query.h"
#include "store/records.h"

namespace countersign {

class AlertFilter {
 public:
  /// InvalidArgument: a value that is no status, verdict or kind; field `filter`.
  static Result<AlertFilter> make(const std::vector<FilterTerm>& terms);

  /// All terms but those on entities.
  bool passes(const QueueRow& row) const;
  /// The terms on entities.
  bool passes(const std::vector<Entity>& entities) const;

  // What every alert that passes has in common; used to choose an index.
  std::optional<Status> status() const;
  std::optional<PersonId> owner() const;
  std::optional<Entity> entity() const;
  bool only_unclosed() const;

 private:
  struct Term {
    FilterTerm given;
    std::optional<Status> status;
    std::optional<Verdict> verdict;
    std::optional<AlertKind> kind;
    std::string folded;  // of given.text
  };
  static bool holds(const Term& term, const QueueRow& row);

  std::vector<Term> terms_;
};

}  // namespace countersign
