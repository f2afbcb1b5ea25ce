// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/last_signed.h"

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "store/evidence/checkpoint.h"
#include "store/evidence/durable_file.h"
#include "store/evidence/merkle.h"

namespace countersign {
namespace {

constexpr std::string_view kWhat = "last-signed file";
constexpr std::string_view kHeader = "countersign-last-signed v1\n";
constexpr std::size_t kFileBytesMax = 4'096;

std::string format(const LastSigned& value) {
  return fmt::format("{}origin {}\nsize {}\nroot {}\n", kHeader, value.origin, value.size,
                     to_base64(std::span<const std::uint8_t>(value.root.bytes)));
}

// The value of the line `<name> <value>` at the front of `rest`.
std::optional<std::string_view> take_line(std::string_view& rest, std::string_view name) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos || !rest.starts_with(name)) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  if (line.size() <= name.size() + 1 || line[name.size()] != ' ') return std::nullopt;
  rest.remove_prefix(end + 1);
  return line.substr(name.size() + 1);
}

std::optional<LastSigned> parse(std::string_view text) {
  if (!text.starts_with(kHeader)) return std::nullopt;
  text.remove_prefix(kHeader.size());
  const std::optional<std::string_view> origin = take_line(text, "origin");
  const std::optional<std::string_view> size = take_line(text, "size");
  const std::optional<std::string_view> root = take_line(text, "root");
  if (!origin || !size || !root || !text.empty()) return std::nullopt;
  // A checkpoint's text holds the same three values under the same rules.
  Result<Checkpoint> head = parse_checkpoint(fmt::format("{}\n{}\n{}\n", *origin, *size, *root));
  if (!head || !is_key_name(head->origin)) return std::nullopt;
  return LastSigned{head->origin, head->size, head->root};
}

Result<File> lock(const std::filesystem::path& path) {
  std::filesystem::path lock_path = path;
  lock_path += ".lock";
  Result<File> file = File::open(kWhat, lock_path, O_RDWR | O_CREAT, 0600);
  if (!file) return file;
  while (flock(file->descriptor(), LOCK_EX) != 0) {
    if (errno != EINTR) return last_system_error(kWhat, lock_path);
  }
  return file;
}

Result<void> write(const std::filesystem::path& path, const LastSigned& value) {
  if (Result<void> ok = replace_file(kWhat, path, format(value), 0600); !ok) return ok;
  return sync_folder(kWhat, folder_of(path));
}

}  // namespace

LastSignedFile::LastSignedFile(std::filesystem::path path) : path_(std::move(path)) {}

Result<LastSigned> LastSignedFile::create(const std::string& origin) const {
  if (!is_key_name(origin)) {
    return failure(ErrorKind::InvalidArgument,
                   "origin: must be UTF-8, not empty, without spaces, control characters and '+'");
  }
  Result<File> locked = lock(path_);
  if (!locked) return failure(locked.error());
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path_, error))) {
    return failure(ErrorKind::Conflict, fmt::format("{} {}: exists already", kWhat, path_.string()));
  }
  LastSigned value{origin, 0, empty_root()};
  if (Result<void> ok = write(path_, value); !ok) return failure(ok.error());
  return value;
}

Result<LastSigned> LastSignedFile::read() const {
  Result<std::string> text = read_file(kWhat, path_, kFileBytesMax);
  if (!text) return failure(text.error());
  std::optional<LastSigned> value = parse(*text);
  if (!value) {
    return failure(ErrorKind::Corrupt,
                   fmt::format("{} {}: not in the form that this program writes", kWhat, path_.string()));
  }
  return std::move(*value);
}

Result<void> LastSignedFile::advance(const LastSigned& expected, const LastSigned& next) const {
  if (next.origin != expected.origin || next.size < expected.size || next.size > kTreeSizeMax ||
      (next.size == expected.size && next.root != expected.root)) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("{} {}: {} of size {} does not extend {} of size {}", kWhat, path_.string(),
                               next.origin, next.size, expected.origin, expected.size));
  }
  Result<File> locked = lock(path_);
  if (!locked) return failure(locked.error());
  Result<LastSigned> current = read();
  if (!current) return failure(current.error());
  if (*current != expected) {
    return failure(ErrorKind::Conflict,
                   fmt::format("{} {}: holds size {} of {}, expected size {} of {}", kWhat, path_.string(),
                               current->size, current->origin, expected.size, expected.origin));
  }
  if (next == expected) return {};
  return write(path_, next);
}

}  // namespace countersign
