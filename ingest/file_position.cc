// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_position.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

#include "ingest/posix.h"

namespace countersign {
namespace {

constexpr std::string_view kVersion = "1";

/// Takes the text up to the next space.
std::string_view take(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  return word;
}

bool take_number(std::string_view& rest, std::uint64_t& out) {
  const std::string_view word = take(rest);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return error == std::errc{} && end == word.data() + word.size();
}

}  // namespace

std::string to_string(const FileCursor& cursor) {
  return fmt::format("{} {} {} {} {:d} {} {} {} {}", kVersion, to_string(cursor.framing), cursor.offset,
                     cursor.state.line, cursor.state.in_array, cursor.identity.device, cursor.identity.inode,
                     cursor.identity.head_length, to_hex(cursor.identity.head_hash));
}

Result<FileCursor> parse_file_cursor(std::string_view text) {
  std::string_view rest = text;
  FileCursor cursor;
  std::uint64_t in_array = 0;
  const bool version = take(rest) == kVersion;
  const std::optional<Framing> framing = parse_framing(take(rest));
  const bool numbers = take_number(rest, cursor.offset) && take_number(rest, cursor.state.line) &&
                       take_number(rest, in_array) && take_number(rest, cursor.identity.device) &&
                       take_number(rest, cursor.identity.inode) &&
                       take_number(rest, cursor.identity.head_length);
  const std::optional<Hash256> hash = hash_from_hex(rest);
  if (!version || !framing || *framing == Framing::Auto || !numbers || in_array > 1 || !hash ||
      cursor.identity.head_length > kFileHeadBytesMax || cursor.state.line == 0)
    return failure(ErrorKind::Corrupt, fmt::format("stored position of a file cannot be read: '{}'", text));
  cursor.framing = *framing;
  cursor.state.in_array = in_array == 1;
  cursor.identity.head_hash = *hash;
  return cursor;
}

Result<FileIdentity> read_identity(int fd, std::uint64_t head_length) {
  const auto cannot = [] {
    return failure(ErrorKind::Unavailable, fmt::format("cannot read the file's head: {}", errno_text()));
  };
  struct stat status{};
  if (::fstat(fd, &status) != 0) return cannot();
  std::array<char, kFileHeadBytesMax> head{};
  const std::size_t wanted = std::min<std::size_t>(head_length, head.size());
  std::size_t have = 0;
  while (have < wanted) {
    const ssize_t got = ::pread(fd, head.data() + have, wanted - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot();
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return FileIdentity{static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
                      have, sha256({head.data(), have})};
}

}  // namespace countersign
