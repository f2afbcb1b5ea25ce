// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "core/case_fold.h"
#include "review-api/handlers.h"
#include "review-api/json_body.h"
#include "review-api/page.h"
#include "review-api/person_json.h"
#include "review-api/secrets.h"

namespace countersign {
namespace {

namespace json = boost::json;

struct Credentials {
  std::string login;
  std::string password;
  bool cli = false;
};

tl::expected<Credentials, Problem> read_credentials(const Call& call) {
  auto body = JsonBody::parse(call.request.body);
  if (!body) return refusal(body.error());
  Credentials credentials;
  // Folded as the store compares them, so that a change of case is no new login to the throttle.
  credentials.login = case_fold(body->required_text("login", {kLoginBytesMax, false}));
  credentials.password = body->secret("password", kPasswordBytesMax).value_or("");
  const std::string channel = body->text("channel").value_or("console");
  if (channel != "console" && channel != "cli")
    body->wrong("channel", "unknown_value", "`console` or `cli`.");
  credentials.cli = channel == "cli";
  if (const auto read = body->finish(); !read) return refusal(read.error());
  return credentials;
}

/// Costs the same whether or not the login exists.
std::optional<Person> judge_password(const Services& services, const Credentials& credentials) {
  auto person = services.store.person_by_login(credentials.login);
  const bool can = person && !person->disabled && !person->password_hash.empty();
  const bool right =
      verify_password(can ? person->password_hash : services.nobody_hash, credentials.password);
  if (!can || !right) return std::nullopt;
  return std::move(*person);
}

/// A hash of an older cost is renewed while the password is at hand. Not worth failing a sign-in for.
void renew_hash(const Services& services, const Call& call, const Person& person,
                const Credentials& credentials) {
  if (!needs_rehash(person.password_hash, services.options.password_cost)) return;
  auto hash = hash_password(credentials.password, services.options.password_cost);
  if (!hash) return log_failure(services, call, hash.error());
  Person renewed = person;
  renewed.password_hash = std::move(*hash);
  ActorContext context = call.context();
  context.actor = {ActorKind::Human, person.id.value};
  context.auth_method = "password";
  context.auth_time = call.received;
  if (const auto done = services.store.update_person(renewed, context); !done)
    log_failure(services, call, done.error());
}

Reply open_session(const Services& services, const Call& call, const Person& person, bool cli) {
  const NewSecret secret = make_session_secret(services.random);
  Session session;
  session.hash = secret.hash;
  session.person = person.id;
  session.auth_method = "password";
  session.channel = cli ? "cli" : "console";
  session.created = services.clock.now();
  session.expires = session.created + services.options.session;
  if (const auto added = services.store.add_session(session); !added)
    return refusal(services, call, added.error());
  json::object out{
      {"person", person_to_json(person)},
      {"expires_at", format_rfc3339_millis(session.expires)},
      {"token", cli ? json::value(secret.text) : json::value(nullptr)},
      {"csrf_token", cli ? json::value(nullptr) : json::value(csrf_token(secret.text))},
  };
  HttpResponse response = json_response(201, out);
  if (!cli)
    response.with("Set-Cookie", services.authenticator.set_cookie(secret.text, services.options.session));
  return response;
}

Reply judge_sign_in(const Services& services, const Call& call, const Credentials& credentials) {
  const auto person = judge_password(services, credentials);
  if (!person) {
    services.store.record_auth_failure(credentials.login, "password", call.request.request_id);
    return refusal(Problem{.kind = ProblemKind::Unauthenticated, .detail = "Login or password is wrong."});
  }
  services.throttle.succeeded(credentials.login, call.request.peer_address);
  renew_hash(services, call, *person, credentials);
  return open_session(services, call, *person, credentials.cli);
}

}  // namespace

void sign_in(const Services& services, std::shared_ptr<const Call> call, Finish finish) {
  auto credentials = read_credentials(*call);
  if (!credentials) return finish(refusal(credentials.error()));
  if (const auto wait = services.throttle.begin(credentials->login, call->request.peer_address))
    return finish(refusal(Problem{.kind = ProblemKind::TooManyAttempts,
                                  .detail = "Too many attempts to sign in; try again later.",
                                  .retry_after_seconds = static_cast<std::uint32_t>(wait->count())}));
  run_in(services.passwords, services, call, std::move(finish),
         [&services, call, credentials = std::move(*credentials)] {
           return judge_sign_in(services, *call, credentials);
         });
}

Reply sign_out(const Services& services, const Call& call) {
  if (call.caller.kind != Caller::Kind::Person)
    return refusal(Problem{.kind = ProblemKind::Forbidden, .detail = "A token has no session to end."});
  if (const auto revoked = services.store.revoke_session(call.caller.session.hash); !revoked)
    return refusal(services, call, revoked.error());
  HttpResponse response{204, "", "", {}};
  if (call.caller.by_cookie()) response.with("Set-Cookie", services.authenticator.clear_cookie());
  return response;
}

Reply get_me(const Services&, const Call& call) {
  const Caller& caller = call.caller;
  json::array permissions;
  for (const Permission permission : all_permissions()) {
    if (permission != Permission::Public && authorise(caller, permission))
      permissions.emplace_back(to_string(permission));
  }
  if (caller.kind == Caller::Kind::Token) {
    return json_response(200, json::object{
                                  {"kind", "service"},
                                  {"person", nullptr},
                                  {"token", token_to_json(caller.token)},
                                  {"permissions", std::move(permissions)},
                                  {"session", nullptr},
                                  {"csrf_token", nullptr},
                              });
  }
  return json_response(
      200, json::object{
               {"kind", "human"},
               {"person", person_to_json(caller.person)},
               {"token", nullptr},
               {"permissions", std::move(permissions)},
               {"session", json::object{{"channel", caller.session.channel},
                                        {"created_at", format_rfc3339_millis(caller.session.created)},
                                        {"expires_at", format_rfc3339_millis(caller.session.expires)}}},
               {"csrf_token", caller.by_cookie() ? json::value(caller.csrf) : json::value(nullptr)},
           });
}

}  // namespace countersign
