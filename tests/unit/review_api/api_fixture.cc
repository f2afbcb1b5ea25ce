// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/review_api/api_fixture.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>

#include "review-api/secrets.h"

namespace countersign::test {
namespace {

namespace json = boost::json;

void record(std::string_view method, const std::string& target, const std::string& body,
            const WireAnswer& answer) {
  const char* const file = std::getenv("COUNTERSIGN_API_RECORD");
  if (file == nullptr) return;
  json::object headers;
  for (const auto& [name, value] : answer.headers) headers[name] = value;
  const json::object line{{"method", method},
                          {"target", target},
                          {"request", to_base64(body)},
                          {"status", answer.status},
                          {"headers", std::move(headers)},
                          {"body", to_base64(answer.body)}};
  std::ofstream(file, std::ios::app) << json::serialize(line) + '\n';
}

const std::string& password_hash() {
  static const std::string hash = *hash_password(kPassword, PasswordCost::Minimum);
  return hash;
}

ActorContext installer() {
  ActorContext context;
  context.actor = {ActorKind::Service, "test"};
  context.auth_method = "local";
  context.channel = "cli";
  return context;
}

}  // namespace

ApiTest::ApiTest() {
  options_.http.listen = "127.0.0.1:0";
  options_.http.stop_timeout = std::chrono::milliseconds(500);
  options_.password_cost = PasswordCost::Minimum;
  options_.access_log = [this](const AccessRecord& record) {
    const std::lock_guard lock(access_mutex_);
    access_.push_back(record);
  };
}

ApiTest::~ApiTest() {
  if (api_) api_->stop();
}

void ApiTest::SetUp() {
  world_.open();
  ASSERT_TRUE(world_.store);
  rules_ = std::make_shared<const RuleSetManifest>(ruleset());
  const std::vector<std::pair<std::string, Role>> cast{
      {"analyst", Role::Analyst}, {"lead", Role::Lead},         {"manager", Role::Manager},
      {"auditor", Role::Auditor}, {"operator", Role::Operator}, {"author", Role::RuleAuthor}};
  for (const auto& [login, role] : cast) add_person(login, {role});
  analyst_ = session_of("analyst");
  lead_ = session_of("lead");
  manager_ = session_of("manager");
  auditor_ = session_of("auditor");
  operator_ = session_of("operator");
  author_ = session_of("author");
  restart();
}

void ApiTest::restart() {
  api_.reset();
  auto api = ReviewApi::start(options_, *world_.store, world_.clock, random_,
                              {[this] { return rules_; }, reload_, costs_}, letters_, events_, sources_);
  ASSERT_TRUE(api) << api.error().message;
  api_ = std::move(*api);
}

Person ApiTest::add_person(const std::string& login, std::vector<Role> roles) {
  Person person;
  person.login = login;
  person.display_name = "The " + login;
  person.roles = std::move(roles);
  person.password_hash = password_hash();
  const auto added = world_.store->add_person(person, installer());
  if (!added) {
    ADD_FAILURE() << added.error().message;
    return person;
  }
  return *added;
}

Credential ApiTest::session_of(const std::string& login) {
  const auto person = world_.store->person_by_login(login);
  if (!person) {
    ADD_FAILURE() << login << ": " << person.error().message;
    return {};
  }
  const NewSecret secret = make_session_secret(random_);
  const Timestamp now = world_.clock.now();
  const auto added = world_.store->add_session(
      {secret.hash, person->id, "password", "cli", now, now + std::chrono::hours(12)});
  EXPECT_TRUE(added);
  return {{{"Authorization", "Bearer " + secret.text}}};
}

Credential ApiTest::token_with(std::vector<std::string> scopes, const std::string& id) {
  const NewSecret secret = make_api_token(random_);
  ApiToken token;
  token.id = id;
  token.name = "test token";
  token.hash = secret.hash;
  token.scopes = std::move(scopes);
  token.created = world_.clock.now();
  token.expires = token.created + std::chrono::hours(24);
  const auto added = world_.store->add_token(token, installer());
  EXPECT_TRUE(added) << (added ? "" : added.error().message);
  return {{{"Authorization", "Bearer " + secret.text}}};
}

WireAnswer ApiTest::call(std::string_view method, const std::string& target, const Credential& who,
                         const std::string& body, WireHeaders more) {
  WireHeaders headers = who.headers;
  const bool typed =
      std::any_of(more.begin(), more.end(), [](const auto& h) { return h.first == "Content-Type"; });
  if (!body.empty() && !typed) headers.emplace_back("Content-Type", "application/json");
  headers.insert(headers.end(), more.begin(), more.end());
  WireAnswer answer = fetch(api_->address(), method, target, headers, body);
  record(method, target, body, answer);
  return answer;
}

WireAnswer ApiTest::act(const std::string& alert, const std::string& action, std::uint64_t version,
                        const Credential& who, const std::string& body, WireHeaders more) {
  more.emplace_back("If-Match", '"' + std::to_string(version) + '"');
  return call("POST", "/api/v1/alerts/" + alert + ':' + action, who, body, std::move(more));
}

std::string ApiTest::open_alert(const std::vector<std::string>& hosts) {
  std::vector<Match> matches;
  for (const std::string& host : hosts) {
    Match match;
    match.host = host;
    match.second = static_cast<std::int64_t>(offset_ + matches.size());
    matches.push_back(match);
  }
  const auto before = all_alerts(*world_.store);
  submit(*world_.store, report_of(offset_, matches));
  offset_ += matches.size();
  for (const Alert& alert : all_alerts(*world_.store)) {
    const bool known =
        std::any_of(before.begin(), before.end(), [&](const Alert& old) { return old.id == alert.id; });
    if (!known && alert.group_key.front().shown == hosts.front()) return to_string(alert.id);
  }
  ADD_FAILURE() << "no new alert for " << hosts.front();
  return {};
}

json::value parse(const WireAnswer& answer) {
  boost::system::error_code code;
  json::value value = json::parse(answer.body, code);
  if (code) ADD_FAILURE() << "not JSON: " << answer.body;
  return value;
}

std::string error_fields(const WireAnswer& answer) {
  const json::value document = parse(answer);
  const json::value* errors = document.is_object() ? document.get_object().if_contains("errors") : nullptr;
  if (errors == nullptr) return "";
  std::vector<std::string> fields;
  for (const json::value& error : errors->as_array()) fields.emplace_back(error.at("field").as_string());
  std::sort(fields.begin(), fields.end());
  std::string out;
  for (const std::string& field : fields) out += (out.empty() ? "" : " ") + field;
  return out;
}

std::string problem_of(const WireAnswer& answer) {
  if (answer.headers.count("content-type") == 0 || answer.headers.at("content-type") != kProblemType)
    return "";
  const std::string type(parse(answer).at("type").as_string());
  return type.substr(type.find('#') + 1);
}

}  // namespace countersign::test
