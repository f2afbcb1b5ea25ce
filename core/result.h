// SPDX-License-Identifier: Apache-2.0
// Expected failures as values. Each kind says what the caller does next; the message says what, where, the
// value and the limit, and never holds a payload or a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace countersign {

enum class ErrorKind : std::uint8_t {
  InvalidArgument,  // the caller's request is wrong; do not repeat it
  Malformed,        // bytes from outside cannot be read; dead letter or diagnostic
  Unsupported,      // understood, but not offered here
  LimitExceeded,    // a named limit bites; the message has value and limit
  NotFound,
  Conflict,     // the state moved on; read again, decide again
  Denied,       // this actor may not do that
  Unavailable,  // try again later
  Corrupt,      // stored data contradicts itself; stop and look
  Internal,     // a defect of ours or of the machine
};

std::string_view to_string(ErrorKind kind);

/// One wrong or missing field of a request (RFC 9457 extension `errors`).
struct FieldError {
  std::string field;
  std::string code;
  std::string message;
};

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string message;
  std::vector<FieldError> fields = {};
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message), {}});
}

[[nodiscard]] inline tl::unexpected<Error> failure(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace countersign
