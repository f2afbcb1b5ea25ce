// SPDX-License-Identifier: Apache-2.0
// Files of the evidence log: read whole, written so that after a crash either the old or the new content is
// there. Any thread; two writers of one path must be kept apart by the caller.
//
// Errors: NotFound, Denied (access, read-only), Unavailable (no room), LimitExceeded (larger than asked for),
// Internal (everything else, a failed sync among it: the caller ends the process, never tries again).
// `what` names the kind of file in messages.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace countersign {

/// An open file descriptor.
class File {
 public:
  static Result<File> open(std::string_view what, const std::filesystem::path& path, int flags,
                           unsigned mode = 0);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  int descriptor() const { return descriptor_; }
  Result<std::string> read_all(std::size_t bytes_max) const;
  Result<void> write_all(std::string_view bytes) const;
  Result<void> sync() const;
  /// Reports what close(2) reports; the destructor cannot.
  Result<void> close();

 private:
  File(std::string what, std::filesystem::path path, int descriptor);
  std::string what_;
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// The error of the last failed system call (errno).
tl::unexpected<Error> last_system_error(std::string_view what, const std::filesystem::path& path);

Result<std::string> read_file(std::string_view what, const std::filesystem::path& path,
                              std::size_t bytes_max);

struct FileContent {
  std::filesystem::path path;
  std::string_view bytes;
};

/// Writes each `<path>.tmp`, syncs them and renames them; leftovers of an earlier crash are overwritten. The
/// folders are not synced. All must lie on one file system.
Result<void> replace_files(std::string_view what, std::span<const FileContent> files, unsigned mode = 0644);
Result<void> replace_file(std::string_view what, const std::filesystem::path& path, std::string_view bytes,
                          unsigned mode = 0644);
/// A new file with its folder synced; Conflict when the path exists.
Result<void> create_file_durably(std::string_view what, const std::filesystem::path& path,
                                 std::string_view bytes, unsigned mode = 0644);

Result<void> sync_folder(std::string_view what, const std::filesystem::path& folder);
/// Makes `folder` and its missing parents, each synced into its own parent.
Result<void> make_folders(std::string_view what, const std::filesystem::path& folder);

/// The folder that holds `path`; `.` when it names none.
std::filesystem::path folder_of(const std::filesystem::path& path);

}  // namespace countersign
