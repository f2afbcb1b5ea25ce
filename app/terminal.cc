// SPDX-License-Identifier: Apache-2.0
#include "app/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

#include <fmt/format.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

/// Turns the echo off while it lives.
class Silence {
 public:
  Silence() : active_(is_terminal() && tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!active_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    active_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~Silence() {
    if (!active_) return;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_) == 0) std::cerr << '\n';
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool active_;
};

}  // namespace

bool is_terminal() { return isatty(STDIN_FILENO) == 1; }

Result<std::string> read_line(const std::string& prompt) {
  if (is_terminal()) std::cerr << prompt << std::flush;
  std::string line;
  if (!std::getline(std::cin, line)) {
    return failure(ErrorKind::InvalidArgument, prompt + "nothing came from standard input");
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

Result<std::string> read_secret(const std::string& prompt) {
  const Silence silence;
  return read_line(prompt);
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    char32_t point = 0;
    const std::size_t bytes = decode_utf8(text, point);
    const bool direction = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
    if (point >= 0xDC00 && point <= 0xDCFF) {  // no valid character: case_fold.h
      out += "\uFFFD";
    } else if ((point < 0x20 && point != '\n') || (point >= 0x7F && point <= 0x9F)) {
      out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(point));
    } else if (direction) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(point));
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace countersign
