// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_follow.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

namespace countersign {

FileChange change_of(const std::string& path, int fd, std::uint64_t read_bytes,
                     const FileIdentity& identity) {
  struct stat ours{};
  if (::fstat(fd, &ours) != 0) return FileChange::None;
  if (static_cast<std::uint64_t>(ours.st_size) < read_bytes) return FileChange::Rewritten;
  const auto now = read_identity(fd, identity.head_length);
  if (now && *now != identity) return FileChange::Rewritten;
  struct stat there{};
  if (::stat(path.c_str(), &there) != 0) return errno == ENOENT ? FileChange::Absent : FileChange::None;
  const bool same = there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
  return same ? FileChange::None : FileChange::Replaced;
}

std::optional<UniqueFd> find_renamed(const std::string& path, const FileIdentity& identity) {
  namespace fs = std::filesystem;
  const fs::path parent = fs::path(path).parent_path();
  std::error_code error;
  fs::directory_iterator entry(parent.empty() ? fs::path(".") : parent, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    struct stat status{};
    if (::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        static_cast<std::uint64_t>(status.st_ino) != identity.inode)
      continue;
    UniqueFd fd(::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) continue;
    const auto found = read_identity(fd.get(), identity.head_length);
    if (found && *found == identity) return fd;
  }
  return std::nullopt;
}

}  // namespace countersign
