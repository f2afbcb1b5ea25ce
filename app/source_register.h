// SPDX-License-Identifier: Apache-2.0
// The register of expected sources (docs/operators/sources.md): a YAML file of documents
//
//   expected_sources:
//     - name: edge firewalls          # unique; stands in the evidence log
//       source: tcp-5514              # as the source is called
//       field: observer.name          # with `values`: events of these observers, each an entry of its own
//       values: [fw-1, fw-2]          # or one text
//       owner: network team
//       asset: CMDB-1042
//       every: 15m                    # longest usual silence
//       rejects_max: 5%
//       skew_max: 10m
//
// with a closed schema. Pure but for reading the file; any thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "ingest/observers.h"
#include "rules/diagnostic.h"
#include "store/source_health.h"

namespace countersign {

struct SourceRegister {
  std::vector<ExpectedSource> entries;
  std::vector<Diagnostic> findings;  // all problems; with an error the register may not be used
  bool usable() const;
};

SourceRegister read_source_register(const std::filesystem::path& file);

/// What detection must count for the entries of one source; sources without such entries are absent.
std::map<SourceName, std::shared_ptr<const ObservedValues>> observed_values(
    const std::vector<ExpectedSource>& entries);

}  // namespace countersign
