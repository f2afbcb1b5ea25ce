// SPDX-License-Identifier: Apache-2.0
// The counts of operations.md §3.4 over open alerts, kept while batches are applied and rebuilt from the
// queue at open. Any thread.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <set>

#include "store/batch.h"
#include "store/db.h"
#include "store/query.h"

namespace countersign {

class Gauges {
 public:
  /// Counts all alerts that are not closed. Corrupt: a queue row cannot be read.
  Result<void> rebuild(const Db& db);
  void absorb(const Batch& batch);

  std::map<GaugeKey, QueueGauges> read() const;
  std::array<std::uint64_t, 5> unreviewed_by_level() const;

 private:
  struct Facts {
    Status status = Status::New;
    bool owned = false;
    bool unreviewed = false;
    bool overdue = false;
    Timestamp opened{};
  };
  struct Cell {
    QueueGauges gauges;
    std::multiset<Timestamp> unreviewed;  // opening times
  };
  static void count(Cell& cell, const Facts& facts, bool up);

  mutable std::mutex mutex_;
  std::map<GaugeKey, Cell> cells_;
};

}  // namespace countersign
