// SPDX-License-Identifier: Apache-2.0
// Preloaded into the program by decisions.py: counts what it asks the disk to make durable, as two 64-bit
// numbers in the file that SYNC_COUNTS names: first the syncs of the journal (RocksDB's write-ahead log),
// then all others. Counted here and not in the program, so that the figure does not depend on what the
// program says of itself.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using Counts = std::array<std::uint64_t, 2>;

Counts* open_counts() {
  const char* name = std::getenv("SYNC_COUNTS");
  if (name == nullptr) return nullptr;
  const int fd = open(name, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* memory = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  (void)close(fd);
  return memory == MAP_FAILED ? nullptr : static_cast<Counts*>(memory);
}

void count(int fd) {
  static Counts* const counts = open_counts();
  if (counts == nullptr) return;
  std::array<char, 4096> path{};
  std::string link = "/proc/self/fd/";
  link += std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  const bool journal =
      size > 0 && std::string_view(path.data(), static_cast<std::size_t>(size)).ends_with(".log");
  std::atomic_ref<std::uint64_t>((*counts)[journal ? 0 : 1]).fetch_add(1);
}

}  // namespace

extern "C" int fdatasync(int fd) {
  count(fd);
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

extern "C" int fsync(int fd) {
  count(fd);
  return static_cast<int>(syscall(SYS_fsync, fd));
}
