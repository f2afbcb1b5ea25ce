// SPDX-License-Identifier: Apache-2.0
#include "review-api/review_api.h"

#include <sodium.h>

#include <algorithm>
#include <atomic>

#include "review-api/call.h"
#include "review-api/guard.h"
#include "review-api/http_metrics.h"
#include "review-api/route.h"
#include "review-api/trusted_proxies.h"

namespace countersign {
namespace {

constexpr std::size_t kPasswordQueueMax = 64;  // people waiting to sign in
constexpr std::size_t kWriteQueueMax = 256;

Result<void> check_origin(const std::string& origin) {
  if (origin.empty()) return {};
  for (const std::string_view scheme : {std::string_view("https://"), std::string_view("http://")}) {
    if (!origin.starts_with(scheme)) continue;
    const std::string_view rest = std::string_view(origin).substr(scheme.size());
    if (!rest.empty() && rest.find_first_of("/?# \t@") == std::string_view::npos) return {};
  }
  return failure(ErrorKind::InvalidArgument,
                 "public origin `" + origin + "`: expected https://HOST or https://HOST:PORT without a path");
}

bool lists(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    if (words.substr(0, space) == word) return true;
    words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
  }
  return false;
}

std::string join(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

bool is_ndjson(std::string_view content_type) {
  const std::string type = lower_ascii(content_type);
  return type == "application/x-ndjson" || type == "application/x-ndjson; charset=utf-8" ||
         type == "application/x-ndjson;charset=utf-8";
}

}  // namespace

ActorContext Call::context() const {
  ActorContext context;
  context.request = request.request_id;
  switch (caller.kind) {
    case Caller::Kind::Anonymous: context.auth_method = "none"; break;
    case Caller::Kind::Person:
      context.actor = {ActorKind::Human, caller.person.id.value};
      context.auth_method = caller.session.auth_method;
      context.auth_time = caller.session.created;
      context.session_hash = caller.session.hash;
      context.channel = caller.session.channel;
      if (role) context.role = std::string(to_string(*role));
      break;
    case Caller::Kind::Token:
      context.actor = {ActorKind::Service, caller.token.id};
      context.auth_method = "token";
      context.auth_time = caller.token.created;
      context.channel = "api";
      break;
  }
  return context;
}

void log_failure(const Services& services, const Call& call, const Error& error) {
  if (!services.options.log) return;
  services.options.log(LogLevel::Error, "request failed",
                       {{"request_id", call.request.request_id},
                        {"route", std::string(call.route != nullptr ? call.route->path : "")},
                        {"kind", std::string(to_string(error.kind))},
                        {"error", error.message}});
}

tl::unexpected<Problem> refusal(const Services& services, const Call& call, const Error& error) {
  const auto problem = refusal(error);
  if (problem.value().kind == ProblemKind::Internal) log_failure(services, call, error);
  return problem;
}

void guard(const Services& services, const std::shared_ptr<const Call>& call, const Finish& finish,
           const std::function<void()>& work) {
  guarded(work, [&](std::string what) {
    finish(refusal(services, *call, Error{ErrorKind::Internal, std::move(what)}));
  });
}

void run_in(WorkerPool& pool, const Services& services, std::shared_ptr<const Call> call, Finish finish,
            std::function<Reply()> answer) {
  const bool queued = pool.post([&services, call, finish, answer = std::move(answer)] {
    guard(services, call, finish, [&] { finish(answer()); });
  });
  if (queued) return;
  finish(refusal(Problem{.kind = ProblemKind::Unavailable,
                         .detail = "Too many such requests are waiting.",
                         .retry_after_seconds = 1}));
}

class ReviewApi::Impl {
 public:
  Impl(const ReviewApiOptions& options, Store& store, const Clock& clock, RandomSource& random,
       RuleAccess rules, LetterAccess letters, EventAccess events, SourceAccess sources)
      : options_(options),
        store_(store),
        clock_(clock),
        random_(random),
        rules_(std::move(rules)),
        letters_(std::move(letters)),
        events_(std::move(events)),
        sources_(std::move(sources)),
        cursors_(random),
        throttle_(clock, options.throttle),
        passwords_(options.password_threads, kPasswordQueueMax),
        writes_(options.write_threads, kWriteQueueMax),
        metrics_(std::make_shared<HttpMetrics>()) {}
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> start();
  void stop();

  std::unique_ptr<HttpServer> server_;
  std::shared_ptr<HttpMetrics> metrics() const { return metrics_; }

 private:
  void handle(HttpRequest request, Respond respond);
  void dispatch(const std::shared_ptr<Call>& call, const Finish& finish);
  std::optional<Problem> admit(Call& call) const;
  std::optional<Problem> judge_form(const Call& call) const;

  const ReviewApiOptions options_;
  Store& store_;
  const Clock& clock_;
  RandomSource& random_;
  const RuleAccess rules_;
  const LetterAccess letters_;
  const EventAccess events_;
  const SourceAccess sources_;
  TrustedProxies proxies_;
  std::string nobody_hash_;
  Cursors cursors_;
  LoginThrottle throttle_;
  WorkerPool passwords_;
  WorkerPool writes_;
  Completions completions_;
  std::shared_ptr<HttpMetrics> metrics_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<Services> services_;
  std::atomic<bool> open_{false};  // services_ is there
};

Result<void> ReviewApi::Impl::start() {
  if (sodium_init() < 0)
    return failure(ErrorKind::Unavailable, "libsodium cannot start: no source of randomness");
  if (auto origin = check_origin(options_.public_origin); !origin) return failure(origin.error());
  auto proxies = TrustedProxies::parse(options_.trusted_proxies);
  if (!proxies) return failure(proxies.error());
  proxies_ = std::move(*proxies);
  auto nobody = hash_password(to_hex(random_.bytes<32>()), options_.password_cost);
  if (!nobody) return failure(nobody.error());
  nobody_hash_ = std::move(*nobody);
  HttpServerOptions http = options_.http;
  http.on_refusal = [this](unsigned status) { metrics_->refused(status); };
  auto server = HttpServer::start(http, random_, [this](HttpRequest request, Respond respond) {
    handle(std::move(request), std::move(respond));
  });
  if (!server) return failure(server.error());
  server_ = std::move(*server);
  authenticator_ =
      std::make_unique<Authenticator>(store_, clock_, options_.public_origin, server_->loopback());
  services_ = std::make_unique<Services>(Services{store_, clock_, random_, options_, rules_, letters_,
                                                  events_, sources_, cursors_, *authenticator_, throttle_,
                                                  passwords_, writes_, completions_, *server_, nobody_hash_});
  open_ = true;
  return {};
}

void ReviewApi::Impl::stop() {
  if (server_) server_->stop();
  passwords_.stop();
  writes_.stop();
  completions_.stop();
}

void ReviewApi::Impl::handle(HttpRequest request, Respond respond) {
  const auto begun = std::chrono::steady_clock::now();
  metrics_->started();
  auto call = std::make_shared<Call>();
  call->request = std::move(request);
  call->request.peer_address =
      proxies_.client_of(call->request.peer_address, call->request.header("x-forwarded-for"));
  call->received = clock_.now();
  const auto answered = std::make_shared<std::atomic<bool>>(false);
  const Finish finish = [this, call, respond = std::move(respond), answered, begun](const Reply& reply) {
    if (answered->exchange(true)) return;
    const std::string& target = call->request.target;
    HttpResponse response = reply
                                ? *reply
                                : to_response(reply.error(), call->request.request_id,
                                              target.substr(0, std::min(target.find('?'), std::size_t{256})));
    if (response.status == 405) {
      const auto match = find_route(call->request.method, call->target.segments);
      response.with("Allow", join(match.allowed));
    }
    const auto duration = std::chrono::steady_clock::now() - begun;
    const std::string route(call->route != nullptr ? call->route->path : "");
    metrics_->finished(call->request.method, route, response.status, duration);
    if (options_.access_log)
      options_.access_log({call->request.method, route, response.status, call->request.request_id,
                           call->actor().id, duration});
    respond(std::move(response));
  };
  if (!open_)
    return finish(refusal(Problem{
        .kind = ProblemKind::Unavailable, .detail = "The server is starting.", .retry_after_seconds = 1}));
  guard(*services_, call, finish, [&] { dispatch(call, finish); });
}

void ReviewApi::Impl::dispatch(const std::shared_ptr<Call>& call, const Finish& finish) {
  if (auto problem = admit(*call)) return finish(refusal(std::move(*problem)));
  call->route->handler(*services_, call, finish);
}

/// Finds the route and checks who calls, before anything of the request is worked on.
std::optional<Problem> ReviewApi::Impl::admit(Call& call) const {
  auto target = parse_target(call.request.target);
  if (!target) return Problem{.kind = ProblemKind::BadRequest, .detail = target.error().message};
  call.target = std::move(*target);
  RouteMatch match = find_route(call.request.method, call.target.segments);
  if (match.route == nullptr && match.allowed.empty())
    return Problem{.kind = ProblemKind::NotFound, .detail = "This server has no such address."};
  if (match.route == nullptr)
    return Problem{.kind = ProblemKind::MethodNotAllowed,
                   .detail = "This address offers " + join(match.allowed) + "."};
  call.route = match.route;
  call.path = std::move(match.parameters);
  if (call.route->permission != Permission::Public) {
    auto caller = authenticator_->identify(call.request);
    if (!caller) return std::move(caller.error());
    call.caller = std::move(*caller);
  }
  if (auto problem = authenticator_->judge_cross_site(call.request, call.caller)) return problem;
  auto role = authorise(call.caller, call.route->permission);
  if (!role) return std::move(role.error());
  call.role = *role;
  return judge_form(call);
}

std::optional<Problem> ReviewApi::Impl::judge_form(const Call& call) const {
  for (const auto& [name, value] : call.target.query) {
    if (!lists(call.route->query, name))
      return Problem{.kind = ProblemKind::BadRequest,
                     .detail = "This address has no such query parameter.",
                     .errors = {{name, "unknown_parameter", "This address has no such query parameter."}}};
  }
  if (call.request.has_header("idempotency-key") && !call.route->idempotent)
    return Problem{.kind = ProblemKind::BadRequest, .detail = "This address does not take Idempotency-Key."};
  const bool has_body = !call.request.body.empty();
  const bool takes_body = call.route->method == "POST" || call.route->method == "PATCH";
  if (has_body && !takes_body)
    return Problem{.kind = ProblemKind::BadRequest, .detail = "This request takes no body."};
  const std::string_view type = call.request.header("content-type");
  const bool events = call.route->body == BodyForm::Events;
  if (has_body && !is_json_type(type) && !(events && is_ndjson(type)))
    return Problem{.kind = ProblemKind::UnsupportedMediaType,
                   .detail = events ? "The Content-Type must be application/x-ndjson or application/json."
                                    : "The Content-Type of the body must be application/json."};
  return std::nullopt;
}

ReviewApi::ReviewApi(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReviewApi::~ReviewApi() = default;

std::string_view to_string(RuleReload::Outcome outcome) {
  switch (outcome) {
    case RuleReload::Outcome::Loaded: return "loaded";
    case RuleReload::Outcome::Unchanged: return "unchanged";
    case RuleReload::Outcome::Refused: return "refused";
  }
  return "";
}

std::uint64_t review_api_memory_max(const ReviewApiOptions& options) {
  return request_memory_max(options.http) + options.password_threads * password_memory(options.password_cost);
}

Result<std::unique_ptr<ReviewApi>> ReviewApi::start(const ReviewApiOptions& options, Store& store,
                                                    const Clock& clock, RandomSource& random,
                                                    RuleAccess rules, LetterAccess letters,
                                                    EventAccess events, SourceAccess sources) {
  std::unique_ptr<ReviewApi> api(
      new ReviewApi(std::make_unique<Impl>(options, store, clock, random, std::move(rules),
                                           std::move(letters), std::move(events), std::move(sources))));
  if (auto started = api->impl_->start(); !started) return failure(started.error());
  return api;
}

const std::string& ReviewApi::address() const { return impl_->server_->address(); }
std::shared_ptr<HttpMetrics> ReviewApi::metrics() const { return impl_->metrics(); }
void ReviewApi::stop() { impl_->stop(); }

}  // namespace countersign
