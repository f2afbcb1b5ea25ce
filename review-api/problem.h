// SPDX-License-Identifier: Apache-2.0
// RFC 9457 problem documents: the only form in which this API reports an error. `type` leads to the section
// of docs/api.md that explains it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "review-api/http_message.h"

namespace countersign {

/// One row per documented problem; the anchor in docs/api.md is the word itself.
enum class ProblemKind : std::uint8_t {
  BadRequest,            // 400: not HTTP, or a path, query or header that cannot be read
  BadFilter,             // 400: `errors` says where in the filter
  BadCursor,             // 400: made by another server, for another question, or changed
  MalformedBody,         // 400: not JSON
  Unsupported,           // 400: understood, but not offered here
  Unauthenticated,       // 401
  Forbidden,             // 403: signed in, but this role or token may not
  CrossSite,             // 403: a request that another site could have sent
  NotFound,              // 404
  MethodNotAllowed,      // 405
  RequestTimeout,        // 408: the client was too slow
  Conflict,              // 409: the state of the alert does not allow it
  StaleVersion,          // 412: the alert moved on; `version` is the current one
  BodyTooLarge,          // 413
  TargetTooLong,         // 414
  UnsupportedMediaType,  // 415
  ExpectationFailed,     // 417
  Invalid,               // 422: `errors` names each field
  IdempotencyMismatch,   // 422: the key was used for another request
  VersionRequired,       // 428: If-Match is missing
  TooManyAttempts,       // 429
  HeaderTooLarge,        // 431
  Internal,              // 500
  Unavailable,           // 503
  InsufficientStorage,   // 507
};

struct Problem {
  ProblemKind kind = ProblemKind::Internal;
  std::string detail;
  std::vector<FieldError> errors = {};
  std::optional<AlertVersion> version = {};               // StaleVersion
  std::optional<std::uint32_t> retry_after_seconds = {};  // 429 and 503
};

unsigned status_of(ProblemKind kind);
std::string_view name_of(ProblemKind kind);

/// What an error of the store or of a parser becomes. Its message is shown only where the client can act on
/// it: Corrupt and Internal say no more than that.
Problem to_problem(const Error& error);

/// `instance` is the path of the request, without its query.
HttpResponse to_response(const Problem& problem, std::string_view request_id, std::string_view instance);

}  // namespace countersign
