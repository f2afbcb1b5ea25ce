// SPDX-License-Identifier: Apache-2.0
#include "review-api/problem.h"

#include <array>
#include <boost/json.hpp>

#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

struct ProblemRow {
  ProblemKind kind;
  unsigned status;
  std::string_view name;
  std::string_view title;
};

constexpr std::array kProblems{
    ProblemRow{ProblemKind::BadRequest, 400, "bad-request", "The request cannot be read"},
    ProblemRow{ProblemKind::BadFilter, 400, "bad-filter", "The filter cannot be read"},
    ProblemRow{ProblemKind::BadCursor, 400, "bad-cursor", "The cursor is not valid for this question"},
    ProblemRow{ProblemKind::MalformedBody, 400, "malformed-body", "The body is not the JSON object expected"},
    ProblemRow{ProblemKind::Unsupported, 400, "unsupported", "This is not offered here"},
    ProblemRow{ProblemKind::Unauthenticated, 401, "unauthenticated", "Sign in first"},
    ProblemRow{ProblemKind::Forbidden, 403, "forbidden", "You are not permitted to do this"},
    ProblemRow{ProblemKind::CrossSite, 403, "cross-site", "The request may come from another site"},
    ProblemRow{ProblemKind::NotFound, 404, "not-found", "There is nothing here"},
    ProblemRow{ProblemKind::MethodNotAllowed, 405, "method-not-allowed", "The method is not offered here"},
    ProblemRow{ProblemKind::RequestTimeout, 408, "request-timeout", "The request took too long to arrive"},
    ProblemRow{ProblemKind::Conflict, 409, "conflict", "The current state does not allow this"},
    ProblemRow{ProblemKind::StaleVersion, 412, "stale-version", "The alert has changed since you read it"},
    ProblemRow{ProblemKind::BodyTooLarge, 413, "body-too-large", "The body is too large"},
    ProblemRow{ProblemKind::TargetTooLong, 414, "target-too-long", "The address is too long"},
    ProblemRow{ProblemKind::UnsupportedMediaType, 415, "unsupported-media-type", "The body must be JSON"},
    ProblemRow{ProblemKind::ExpectationFailed, 417, "expectation-failed", "The expectation is not known"},
    ProblemRow{ProblemKind::Invalid, 422, "invalid", "Fields are missing or wrong"},
    ProblemRow{ProblemKind::IdempotencyMismatch, 422, "idempotency-mismatch",
               "The idempotency key was used for another request"},
    ProblemRow{ProblemKind::VersionRequired, 428, "version-required", "Say which version you have seen"},
    ProblemRow{ProblemKind::TooManyAttempts, 429, "too-many-attempts", "Too many attempts"},
    ProblemRow{ProblemKind::HeaderTooLarge, 431, "header-too-large", "The header is too large"},
    ProblemRow{ProblemKind::Internal, 500, "internal", "The server failed"},
    ProblemRow{ProblemKind::Unavailable, 503, "unavailable", "The server cannot do this now"},
    ProblemRow{ProblemKind::InsufficientStorage, 507, "insufficient-storage", "The disk is nearly full"},
};

// The table is read by position.
static_assert([] {
  for (std::size_t i = 0; i < kProblems.size(); ++i) {
    if (kProblems[i].kind != static_cast<ProblemKind>(i)) return false;
  }
  return kProblems.back().kind == ProblemKind::InsufficientStorage;
}());

const ProblemRow& row_of(ProblemKind kind) { return kProblems[static_cast<std::size_t>(kind)]; }

ProblemKind kind_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidArgument: return ProblemKind::Invalid;
    case ErrorKind::Malformed: return ProblemKind::MalformedBody;
    case ErrorKind::Unsupported: return ProblemKind::Unsupported;
    case ErrorKind::LimitExceeded: return ProblemKind::InsufficientStorage;
    case ErrorKind::NotFound: return ProblemKind::NotFound;
    case ErrorKind::Conflict: return ProblemKind::Conflict;
    case ErrorKind::Denied: return ProblemKind::Forbidden;
    case ErrorKind::Unavailable: return ProblemKind::Unavailable;
    case ErrorKind::Corrupt:
    case ErrorKind::Internal: return ProblemKind::Internal;
  }
  return ProblemKind::Internal;
}

}  // namespace

unsigned status_of(ProblemKind kind) { return row_of(kind).status; }
std::string_view name_of(ProblemKind kind) { return row_of(kind).name; }

Problem to_problem(const Error& error) {
  Problem problem{.kind = kind_of(error.kind), .detail = error.message, .errors = error.fields};
  if (problem.kind == ProblemKind::Internal) {
    problem.detail = "The failure is in the server's log under this request_id.";
    problem.errors.clear();
  }
  if (problem.kind == ProblemKind::Unavailable) problem.retry_after_seconds = 1;
  return problem;
}

HttpResponse to_response(const Problem& problem, std::string_view request_id, std::string_view instance) {
  const ProblemRow& row = row_of(problem.kind);
  json::object document{
      {"type", std::string("/docs/api.md#") + std::string(row.name)},
      {"title", row.title},
      {"status", row.status},
      {"detail", valid_utf8(problem.detail)},
      {"instance", valid_utf8(instance)},
      {"request_id", request_id},
  };
  if (!problem.errors.empty()) {
    json::array errors;
    for (const FieldError& error : problem.errors) {
      errors.push_back(json::object{
          {"field", valid_utf8(error.field)}, {"code", error.code}, {"message", valid_utf8(error.message)}});
    }
    document["errors"] = std::move(errors);
  }
  if (problem.version) document["version"] = problem.version->value;
  HttpResponse response{row.status, std::string(kProblemType), json::serialize(document), {}};
  if (problem.retry_after_seconds) response.with("Retry-After", std::to_string(*problem.retry_after_seconds));
  if (problem.version) response.with("ETag", '"' + std::to_string(problem.version->value) + '"');
  if (problem.kind == ProblemKind::Unauthenticated) response.with("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace countersign
