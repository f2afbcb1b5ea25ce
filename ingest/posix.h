// SPDX-License-Identifier: Apache-2.0
// Owner of a file descriptor, and the text of errno. One thread uses a UniqueFd; errno_text() any.
#pragma once

#include <string>
#include <utility>

namespace countersign {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd();

  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

/// What errno says now.
std::string errno_text();

}  // namespace countersign
