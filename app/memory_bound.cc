// SPDX-License-Identifier: Apache-2.0
#include "app/memory_bound.h"

#include <unistd.h>

#include <fstream>

#include "ingest/duplicate_window.h"
#include "ingest/kafka_client.h"

namespace countersign {

std::vector<MemoryPart> worst_case_memory(const MemoryInputs& inputs) {
  std::uint64_t batches = 0;
  for (const PipelineOptions& options : inputs.pipelines) batches += pipeline_memory_max(options);
  return {{"loaded", inputs.resident_bytes},
          {"reload", inputs.resident_bytes},
          {"prefetch", inputs.kafka_sources * KafkaConnection{}.prefetch_bytes},
          {"batches", batches},
          {"duplicates", inputs.partitions * DuplicateWindow::memory_max()},
          {"doors", inputs.door_bytes},
          {"store", inputs.store_bytes},
          {"requests", inputs.api_bytes}};
}

std::uint64_t resident_memory() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0;
  file >> pages >> pages;  // size, resident
  return file ? pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace countersign
