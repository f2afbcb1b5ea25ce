// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "review-api/alert_json.h"
#include "review-api/handlers.h"
#include "review-api/json_body.h"
#include "review-api/page.h"

namespace countersign {
namespace {

namespace json = boost::json;

constexpr std::size_t kTextBytesMax = 16 * kKiB;  // notes and rationales
constexpr std::size_t kReferenceBytesMax = 1'024;
constexpr std::size_t kKeyBytesMax = 128;
constexpr std::size_t kManualEntitiesMax = 32;
constexpr std::chrono::milliseconds kProofPoll{50};

tl::expected<AlertVersion, Problem> expected_version(const Call& call) {
  const auto needed = [](std::string detail) {
    return refusal(Problem{.kind = ProblemKind::VersionRequired, .detail = std::move(detail)});
  };
  const std::string_view header = call.request.header("if-match");
  if (!call.request.has_header("if-match"))
    return needed("Send If-Match with the ETag of the alert as you have seen it.");
  const bool quoted = header.size() > 2 && header.front() == '"' && header.back() == '"';
  const auto version = quoted ? parse_number(header.substr(1, header.size() - 2)) : std::nullopt;
  if (!version) return needed("If-Match is one strong ETag of this alert, such as \"3\".");
  return AlertVersion{*version};
}

/// Key and fingerprint of Idempotency-Key, both empty without the header.
tl::expected<std::pair<std::string, std::string>, Problem> idempotency(const Call& call) {
  if (!call.request.has_header("idempotency-key")) return std::pair<std::string, std::string>{};
  const std::string key(call.request.header("idempotency-key"));
  bool plain = !key.empty() && key.size() <= kKeyBytesMax;
  for (const char c : key) plain = plain && c > 0x20 && c < 0x7F;
  if (!plain)
    return refusal(Problem{.kind = ProblemKind::BadRequest,
                           .detail = "Idempotency-Key has 1 to 128 visible ASCII characters."});
  const std::string path = call.request.target.substr(0, call.request.target.find('?'));
  return std::pair{key, to_hex(sha256(call.request.method + '\n' + path + '\n' + call.request.body))};
}

template <class T, class Parse>
std::optional<T> read_word(JsonBody& body, std::string_view field, Parse parse, const std::string& what) {
  const auto text = body.text(field);
  if (!text) return std::nullopt;
  std::optional<T> value = parse(*text);
  if (!value) body.wrong(field, "unknown_value", what);
  return value;
}

std::optional<Timestamp> read_time(JsonBody& body, std::string_view field) {
  const auto text = body.text(field);
  if (!text) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  if (!time)
    body.wrong(field, "bad_time", "A time looks like 2026-01-31T08:00:00Z and lies before the year 2262.");
  return time;
}

void read_decision(JsonBody& body, AlertAction& action) {
  action.verdict = read_word<Verdict>(body, "verdict", parse_verdict, "One of: " + verdict_words() + ".");
  action.reason_code =
      read_word<ReasonCode>(body, "reason_code", parse_reason_code, "One of: " + reason_code_words() + ".");
  action.text = body.text("rationale", {kTextBytesMax, true}).value_or("");
  action.duplicate_of =
      read_word<AlertId>(body, "duplicate_of", parse_alert_id, "An id of an alert looks like 1-000-000042.");
  action.reference = body.text("reference", {kReferenceBytesMax, false}).value_or("");
}

/// A person by id or login who may review.
std::optional<PersonId> read_assignee(const Services& services, JsonBody& body) {
  const auto text = body.text("assignee");
  if (!text) return std::nullopt;
  auto person = services.store.person(PersonId{*text});
  if (!person) person = services.store.person_by_login(*text);
  if (!person || person->disabled) {
    body.wrong("assignee", "unknown_person", "Nobody who can sign in has this id or login.");
    return std::nullopt;
  }
  if (!permitting_role(person->roles, Permission::Review)) {
    body.wrong("assignee", "not_a_reviewer", "This person has no role that reviews alerts.");
    return std::nullopt;
  }
  return person->id;
}

/// The fields that each action takes; the store says which of them it needs.
void read_fields(const Services& services, JsonBody& body, AlertAction& action) {
  switch (action.kind) {
    case ActionKind::Take:
    case ActionKind::Release:
    case ActionKind::Resume: return;
    case ActionKind::Assign: action.assignee = read_assignee(services, body); return;
    case ActionKind::Note: action.text = body.text("text", {kTextBytesMax, true}).value_or(""); return;
    case ActionKind::Hold:
      action.text = body.text("reason", {kTextBytesMax, true}).value_or("");
      action.wake = read_time(body, "wake");
      return;
    case ActionKind::Reopen: action.text = body.text("reason", {kTextBytesMax, true}).value_or(""); return;
    case ActionKind::Decide:
    case ActionKind::Close: read_decision(body, action); return;
    case ActionKind::LeaseExpired:
    case ActionKind::WakeUp:
    case ActionKind::Approve:
    case ActionKind::Return:
    case ActionKind::Undo:
    case ActionKind::ExpireUnreviewed: return;  // no route leads here
  }
}

tl::expected<AlertAction, Problem> read_action(const Services& services, const Call& call, ActionKind kind) {
  const auto id = alert_id_of(call);
  if (!id) return refusal(id.error());
  const auto version = expected_version(call);
  if (!version) return refusal(version.error());
  const auto key = idempotency(call);
  if (!key) return refusal(key.error());
  auto body = JsonBody::parse(call.request.body);
  if (!body) return refusal(body.error());
  AlertAction action;
  action.kind = kind;
  action.alert = *id;
  action.expected_version = *version;
  action.context = call.context();
  action.idempotency_key = key->first;
  action.request_fingerprint = key->second;
  read_fields(services, *body, action);
  if (const auto read = body->finish(); !read) return refusal(read.error());
  return action;
}

/// What the store refused, in the words of HTTP.
tl::unexpected<Problem> refused(const Services& services, const Call& call, const Error& error) {
  for (const FieldError& field : error.fields) {
    if (error.kind == ErrorKind::Conflict && field.field == "version" && field.code == "stale") {
      Problem problem{.kind = ProblemKind::StaleVersion, .detail = error.message};
      if (const auto version = parse_number(field.message)) problem.version = AlertVersion{*version};
      return refusal(problem);
    }
    if (field.field == "idempotency_key")
      return refusal(
          Problem{.kind = ProblemKind::IdempotencyMismatch, .detail = error.message, .errors = error.fields});
  }
  return refusal(services, call, error);
}

HttpResponse receipt_response(const Services& services, const Call& call, unsigned status,
                              const ActionReceipt& receipt, const std::string& tlog_proof) {
  Names names(services.store);
  const Alert& alert = receipt.alert;
  const std::string id = to_string(alert.id);
  json::object proof{
      {"status", tlog_proof.empty() ? "pending" : "available"},
      {"href", "/api/v1/alerts/" + id + "/proof?seq=" + std::to_string(receipt.entry.value)},
      {"tlog_proof", tlog_proof.empty() ? json::value(nullptr) : json::value(tlog_proof)},
  };
  HttpResponse response = json_response(status, json::object{
                                                    {"alert", alert_to_json(alert, call.received, names)},
                                                    {"version", alert.version.value},
                                                    {"seq", receipt.entry.value},
                                                    {"actor", actor_to_json(call.actor(), names)},
                                                    {"proof", std::move(proof)},
                                                });
  response.with("ETag", '"' + std::to_string(alert.version.value) + '"');
  if (status == 201) response.with("Location", "/api/v1/alerts/" + id);
  if (receipt.replayed) response.with("Idempotency-Replayed", "true");
  return response;
}

/// Looks again until a checkpoint covers the entry; after the deadline the answer says `pending`.
void answer_with_proof(const Services& services, std::shared_ptr<const Call> call, Finish finish,
                       std::shared_ptr<const ActionReceipt> receipt,
                       std::chrono::steady_clock::time_point deadline) {
  const auto proof = services.store.proof(receipt->entry);
  const bool available = proof && !proof->tlog_proof.empty();
  if (available || std::chrono::steady_clock::now() >= deadline) {
    finish(receipt_response(services, *call, 200, *receipt, available ? proof->tlog_proof : std::string{}));
    return;
  }
  services.server.after(kProofPoll, [&services, call, finish, receipt, deadline] {
    guard(services, call, finish, [&] { answer_with_proof(services, call, finish, receipt, deadline); });
  });
}

}  // namespace

void act_on_alert(const Services& services, std::shared_ptr<const Call> call, Finish finish,
                  ActionKind kind) {
  const auto wait = call->target.parameter("wait");
  if (wait && *wait != "proof")
    return finish(refusal(Problem{.kind = ProblemKind::BadRequest,
                                  .detail = "`wait` can only be `proof`.",
                                  .errors = {{"wait", "unknown_value", "Only `proof`."}}}));
  auto action = read_action(services, *call, kind);
  if (!action) return finish(refusal(action.error()));
  const bool wait_for_proof = wait.has_value();
  const auto done = [&services, call, finish, wait_for_proof](const Result<ActionReceipt>& receipt) {
    if (!receipt) return finish(refused(services, *call, receipt.error()));
    if (!wait_for_proof) return finish(receipt_response(services, *call, 200, *receipt, ""));
    // Elsewhere: proofs read tiles, and other clients' results wait behind this one.
    services.server.after(std::chrono::milliseconds(0),
                          [&services, call, finish, kept = std::make_shared<const ActionReceipt>(*receipt),
                           deadline = std::chrono::steady_clock::now() + services.options.proof_wait] {
                            guard(services, call, finish,
                                  [&] { answer_with_proof(services, call, finish, kept, deadline); });
                          });
  };
  services.completions.add(services.store.act_async(std::move(*action)),
                           [&services, call, finish, done](const Result<ActionReceipt>& receipt) {
                             guard(services, call, finish, [&] { done(receipt); });
                           });
}

Reply create_alert(const Services& services, const Call& call) {
  const auto key = idempotency(call);
  if (!key) return refusal(key.error());
  auto body = JsonBody::parse(call.request.body);
  if (!body) return refusal(body.error());
  Store::ManualAlert alert;
  alert.title = body->required_text("title", {512, false});
  alert.description = body->text("description", {kTextBytesMax, true}).value_or("");
  const std::string severity = body->required_text("severity");
  const auto level = parse_level(severity);
  if (!level && !severity.empty())
    body->wrong("severity", "unknown_value", "One of informational, low, medium, high, critical.");
  alert.severity = level.value_or(Level::Medium);
  body->objects("entities", kManualEntitiesMax, [&](JsonBody& entity) {
    Entity read{entity.required_text("field", {128, false}), entity.required_text("value", {1'024, false})};
    alert.entities.push_back(std::move(read));
  });
  if (const auto read = body->finish(); !read) return refusal(read.error());
  alert.context = call.context();
  alert.idempotency_key = key->first;
  alert.request_fingerprint = key->second;
  const auto receipt = services.store.open_manual(std::move(alert));
  if (!receipt) return refused(services, call, receipt.error());
  return receipt_response(services, call, 201, *receipt, "");
}

}  // namespace countersign
