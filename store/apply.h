// SPDX-License-Identifier: Apache-2.0
// Batch → rows. Deterministic and without reading: the same batches in the same order give the same database,
// whether the writer or a replay applies them. One thread, that of the write set.
#pragma once

#include "store/batch.h"
#include "store/db.h"

namespace countersign {

/// Adds to `changes` everything that `batch` means: journal record, entries, views, positions.
void apply(const Db& db, const Batch& batch, WriteSet& changes);

}  // namespace countersign
