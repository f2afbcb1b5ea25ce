// SPDX-License-Identifier: Apache-2.0
// Writes what the stranger's verifier is tried on: sample FOLDER makes
//
//   FOLDER/export      a log of 700 entries with kept checkpoints
//   FOLDER/rewritten   the same with one decision changed, everything built and signed again with the real
//   key FOLDER/known-300   a checkpoint that was carried away before FOLDER/receipt.tlog-proof, FOLDER/entry
//   the proof of one entry, and the entry
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "store/evidence/proof.h"
#include "tests/unit/evidence/test_log.h"

namespace countersign {
namespace {

constexpr std::uint64_t kSize = 700;
constexpr std::uint64_t kDecision = 276;  // an alert.decided

bool write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

bool write_export(const test::TestLog& log, const std::filesystem::path& folder) {
  const Result<ExportSummary> summary = export_log(log.source(), folder);
  if (!summary) std::fprintf(stderr, "%s\n", summary.error().message.c_str());
  return summary.has_value();
}

bool write_receipt(const test::TestLog& log, const std::filesystem::path& folder) {
  const Result<std::unique_ptr<TreeLog>> tree =
      TreeLog::open(folder / "export/tile", kSize, log.source().entries);
  if (!tree) return false;
  const Result<std::vector<Hash256>> hashes = (*tree)->inclusion(EntrySeq{kDecision}, kSize);
  if (!hashes) return false;
  const TlogProof proof{{}, EntrySeq{kDecision}, *hashes, log.checkpoint(kSize)};
  return write(folder / "receipt.tlog-proof", format_proof(proof)) &&
         write(folder / "entry", log.entries.at(kDecision));
}

bool make_samples(const std::filesystem::path& folder) {
  test::TestLog log;
  log.fill(kSize);
  for (const std::uint64_t size : {1, 255, 256, 300, 699}) log.keep_checkpoint(size);
  if (!write_export(log, folder / "export") || !write_receipt(log, folder)) return false;
  if (!write(folder / "known-300", log.checkpoint(300))) return false;
  test::TestLog rewritten;
  rewritten.fill(kSize);
  rewritten.replace_in_entry(kDecision, "\"verdict\":\"benign\"", "\"verdict\":\"true_positive\"");
  return write_export(rewritten, folder / "rewritten");
}

}  // namespace
}  // namespace countersign

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: sample FOLDER\n");
    return 2;
  }
  return countersign::make_samples(argv[1]) ? 0 : 1;
}
