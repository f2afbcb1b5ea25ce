// SPDX-License-Identifier: Apache-2.0
// Files in a folder of their own, and sources read to the end, for the tests of this folder.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/clock.h"
#include "ingest/file_source.h"

namespace countersign {

/// A message with what must be equal however the input was cut into batches.
struct ReadMessage {
  std::string bytes;
  std::uint64_t offset = 0;
  std::uint64_t line = 0;
  std::uint64_t length = 0;
  bool truncated = false;
  Hash256 hash;  // only when truncated
  bool operator==(const ReadMessage&) const = default;
};

struct ReadResult {
  std::vector<ReadMessage> messages;
  std::vector<SourcePosition> positions;  // after each batch
  std::vector<std::string> warnings;
  bool had_errors = false;
  std::optional<Error> error;  // of start() or next()

  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const ReadMessage& message : messages) all.push_back(message.bytes);
    return all;
  }
};

/// Reads until Idle, End, an error, or `batches_max` batches in all; adds to `result`. True at the end.
bool read_on(Source& source, ReadResult& result, std::size_t batches_max = SIZE_MAX);

std::string gzip(std::string_view bytes);
std::string zstd(std::string_view bytes);

class SourceTest : public testing::Test {
 protected:
  SourceTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "countersign-sources-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
    folder_ = pattern;
  }
  ~SourceTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path path(const std::string& name) const { return folder_ / name; }

  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream file(path(name), std::ios::binary | std::ios::trunc);
    file << bytes;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + name);
    return path(name).string();
  }

  /// Reads from `from` (or as for the first time) until the end, an error, or `batches_max` batches.
  ReadResult read(const FileSourceOptions& options, const std::optional<SourcePosition>& from = std::nullopt,
                  std::size_t batches_max = SIZE_MAX) const;

  ReadResult read_file(const std::string& file,
                       const std::optional<SourcePosition>& from = std::nullopt) const {
    return read(options_for(file), from);
  }

  /// The options of a plain read of `file`.
  static FileSourceOptions options_for(const std::string& file);

  std::filesystem::path folder_;
  ManualClock clock_{Timestamp{std::chrono::hours{24 * 365 * 50}}};
};

}  // namespace countersign
