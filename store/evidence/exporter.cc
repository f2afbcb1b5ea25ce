// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/exporter.h"

#include <algorithm>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "store/evidence/durable_file.h"
#include "store/evidence/export_layout.h"

namespace countersign {
namespace {

constexpr std::string_view kWhat = "export";
constexpr std::size_t kGroupFilesMax = 1'024;
constexpr std::size_t kGroupBytesMax = 32 * 1024 * 1024;

std::string format_vkeys(const std::vector<VerifierKey>& keys) {
  std::string text;
  for (const VerifierKey& key : keys) text += format_vkey(key) + '\n';
  return text;
}

/// Writes files below a folder in groups that share a sync; leaves those alone that are there as they should.
class GroupWriter {
 public:
  explicit GroupWriter(std::filesystem::path root) : root_(std::move(root)) {}

  Result<void> add(const std::string& name, std::string bytes) {
    const std::filesystem::path path = root_ / name;
    Result<std::string> present = read_file(kWhat, path, bytes.size());
    if (present && *present == bytes) return {};
    bytes_ += bytes.size();
    files_.push_back({path, std::move(bytes)});
    return files_.size() < kGroupFilesMax && bytes_ < kGroupBytesMax ? Result<void>() : flush();
  }

  Result<void> flush() {
    std::set<std::filesystem::path> folders;
    std::vector<FileContent> contents;
    for (const auto& [path, bytes] : files_) {
      contents.push_back({path, bytes});
      if (!folders.insert(folder_of(path)).second) continue;
      if (Result<void> ok = make_folders(kWhat, folder_of(path)); !ok) return ok;
    }
    if (Result<void> ok = replace_files(kWhat, contents); !ok) return ok;
    for (const std::filesystem::path& folder : folders) {
      if (Result<void> ok = sync_folder(kWhat, folder); !ok) return ok;
    }
    files_.clear();
    bytes_ = 0;
    return {};
  }

 private:
  std::filesystem::path root_;
  std::vector<std::pair<std::filesystem::path, std::string>> files_;
  std::size_t bytes_ = 0;
};

class Export {
 public:
  Export(const ExportSource& source, std::filesystem::path folder)
      : source_(source), folder_(std::move(folder)), writer_(folder_) {}

  Result<ExportSummary> run();

 private:
  Result<void> claim_folder() const;
  Result<void> write_tree();
  Result<void> check_former_checkpoint() const;
  Result<void> write_checkpoints();
  Result<void> write_payloads();

  tl::unexpected<Error> conflict(std::string_view why) const {
    return failure(ErrorKind::Conflict, fmt::format("{} {}: {}", kWhat, folder_.string(), why));
  }

  const ExportSource& source_;
  std::filesystem::path folder_;
  GroupWriter writer_;
  std::unique_ptr<TreeLog> tree_;
  ExportSummary summary_;
};

// An export may be continued only where its keys are a beginning of ours; anything else is not to be touched.
Result<void> Export::claim_folder() const {
  if (Result<void> ok = make_folders(kWhat, folder_); !ok) return ok;
  Result<std::string> present = read_file(kWhat, folder_ / kVkeysFile, kNoteBytesMax);
  if (present) {
    if (!present->empty() && format_vkeys(source_.vkeys).starts_with(*present)) return {};
    return conflict("holds the export of another log");
  }
  if (present.error().kind != ErrorKind::NotFound) return failure(present.error());
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder_, error)) {
    // What an export leaves that was interrupted at its very first file.
    if (file.path().filename().string() != fmt::format("{}.tmp", kVkeysFile)) return conflict("is not empty");
  }
  if (error) return conflict(error.message());
  return {};
}

Result<void> Export::write_tree() {
  Result<std::unique_ptr<TreeLog>> tree =
      TreeLog::open(folder_ / kTileFolder, summary_.head.size, source_.entries);
  if (!tree) return failure(tree.error());
  tree_ = std::move(*tree);
  if (tree_->root() != summary_.head.root) {
    return failure(
        ErrorKind::Corrupt,
        fmt::format("{} {}: the entries, or tiles of an earlier export, do not give the root of the "
                    "checkpoint of size {}",
                    kWhat, folder_.string(), summary_.head.size));
  }
  return for_each_tile(summary_.head.size, [&](const TileId& id) -> Result<void> {
    if (id.full()) return {};
    Result<std::string> bytes = tree_->tile(id);
    if (!bytes) return failure(bytes.error());
    return writer_.add(tile_file(id), std::move(*bytes));
  });
}

Result<void> Export::check_former_checkpoint() const {
  Result<std::string> note = read_file(kWhat, folder_ / kCheckpointFile, kNoteBytesMax);
  if (!note) return note.error().kind == ErrorKind::NotFound ? Result<void>() : failure(note.error());
  Result<OpenedCheckpoint> former = open_checkpoint(*note, source_.vkeys);
  if (!former) return failure(former.error());
  if (former->checkpoint.size > summary_.head.size) {
    return conflict(fmt::format("holds an export of size {}, this one has size {}", former->checkpoint.size,
                                summary_.head.size));
  }
  Result<Hash256> root = tree_->root_at(former->checkpoint.size);
  if (!root) return failure(root.error());
  if (*root == former->checkpoint.root) return {};
  return failure(ErrorKind::Corrupt, fmt::format("{} {}: its checkpoint of size {} is not in this log", kWhat,
                                                 folder_.string(), former->checkpoint.size));
}

Result<void> Export::write_checkpoints() {
  return source_.checkpoints([&](std::uint64_t size, std::string_view note) -> Result<void> {
    if (size > summary_.head.size) return {};
    ++summary_.checkpoints;
    return writer_.add(checkpoint_file(size), std::string(note));
  });
}

Result<void> Export::write_payloads() {
  if (!source_.payloads) return {};
  // Also without a payload the folder says that all are there.
  if (Result<void> ok = make_folders(kWhat, folder_ / kPayloadsFolder); !ok) return ok;
  return source_.payloads([&](EntrySeq seq, const SaltedPayload& payload) -> Result<void> {
    if (seq.value >= summary_.head.size) return {};
    ++summary_.payloads;
    return writer_.add(payload_file(seq.value), format_payload_file(payload));
  });
}

Result<ExportSummary> Export::run() {
  Result<OpenedCheckpoint> head = open_checkpoint(source_.checkpoint, source_.vkeys);
  if (!head) return failure(head.error());
  summary_.head = std::move(head->checkpoint);
  if (Result<void> ok = claim_folder(); !ok) return failure(ok.error());
  if (Result<void> ok = writer_.add(std::string(kVkeysFile), format_vkeys(source_.vkeys)); !ok) {
    return failure(ok.error());
  }
  if (Result<void> ok = writer_.flush(); !ok) return failure(ok.error());
  for (const auto step : {&Export::write_tree, &Export::write_checkpoints, &Export::write_payloads}) {
    if (Result<void> ok = (this->*step)(); !ok) return failure(ok.error());
  }
  if (Result<void> ok = check_former_checkpoint(); !ok) return failure(ok.error());
  Result<void> policy = writer_.add(std::string(kWitnessPolicyFile), source_.witness_policy);
  if (!policy) return failure(policy.error());
  if (Result<void> ok = writer_.flush(); !ok) return failure(ok.error());
  Result<void> checkpoint = writer_.add(std::string(kCheckpointFile), source_.checkpoint);
  if (!checkpoint) return failure(checkpoint.error());
  if (Result<void> ok = writer_.flush(); !ok) return failure(ok.error());
  return summary_;
}

}  // namespace

Result<ExportSummary> export_log(const ExportSource& source, const std::filesystem::path& folder) {
  return Export(source, folder).run();
}

}  // namespace countersign
