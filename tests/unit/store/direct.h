// SPDX-License-Identifier: Apache-2.0
// decide and apply on a database, without the writer's thread and without syncing: every command can be
// given, the store's own ones too, and thousands of them in a second.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/random.h"
#include "store/apply.h"
#include "store/decide.h"
#include "world.h"

namespace countersign::test {

class Direct {
 public:
  explicit Direct(Policy policy = {});

  /// Decides and, when the command is accepted, writes.
  Result<Decided> run(const Command& command);
  /// Decides all in one group, as the writer does: later ones see earlier ones, one write at the end.
  std::vector<Result<Decided>> run_group(const std::vector<Command>& commands);

  AlertRecord record(const AlertId& id) const;
  AlertCounts counts(const AlertId& id) const;
  View view() const { return View(*db_, none_); }
  const Db& db() const { return *db_; }
  Timestamp now() const { return now_; }
  void advance(std::chrono::nanoseconds by) { now_ += by; }

  /// A new manual alert.
  AlertId open(Level severity);
  /// One more action of `person`; expects that it is accepted.
  void must(ActionKind kind, const AlertId& id, const std::string& person);
  AlertAction request(ActionKind kind, const AlertId& id, const std::string& person) const;

 private:
  Stamp stamp();

  Folder folder_;
  std::unique_ptr<Db> db_;
  WriteSet none_;
  SeededRandom random_{11};
  Timestamp now_ = at("2026-03-01T08:00:00Z");
};

/// Critical alerts are closed by two people; texts are needed from high on (the default).
Policy policy_with_countersign();

/// Names of the fields that a refusal complains about.
using Fields = std::set<std::string>;
Fields fields_of(const Error& error);

}  // namespace countersign::test
