// SPDX-License-Identifier: Apache-2.0
#include "ingest/posix.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace countersign {

UniqueFd::~UniqueFd() {
  // Only files that were read are held here: what close() could still report concerns writes.
  if (fd_ >= 0) static_cast<void>(::close(fd_));
}

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

std::string errno_text() { return std::generic_category().message(errno); }

}  // namespace countersign
