// SPDX-License-Identifier: Apache-2.0
// The most memory that `serve` takes, added up from the limits of its parts, so that an operator can compare
// it with what the machine or the pod gives (printed at start). Pure.
//
// Not in it, because they grow with what is stored or asked: answers on their way to clients (one for each
// connection), and 64 bytes for each unreviewed alert.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ingest/pipeline.h"

namespace countersign {

struct MemoryInputs {
  std::uint64_t resident_bytes = 0;  // now: the program with its rules and packs
  std::vector<PipelineOptions> pipelines;
  std::uint64_t kafka_sources = 0;
  std::uint64_t partitions = 0;   // of all sources: each has a DuplicateWindow
  std::uint64_t door_bytes = 0;   // Doors::memory_max()
  std::uint64_t store_bytes = 0;  // store_memory_max()
  std::uint64_t api_bytes = 0;    // review_api_memory_max()
};

struct MemoryPart {
  std::string_view name;
  std::uint64_t bytes = 0;
};

/// The parts in the order of the pipeline; their sum is the bound.
std::vector<MemoryPart> worst_case_memory(const MemoryInputs& inputs);

/// What the process holds now, in bytes; 0 when the system does not say.
std::uint64_t resident_memory();

}  // namespace countersign
