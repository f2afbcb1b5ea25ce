// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "review-api/handlers.h"
#include "review-api/route.h"

namespace countersign {
namespace {

using Answer = Reply (*)(const Services&, const Call&);

/// On the server's thread: bounded reads only.
template <Answer answer>
void here(const Services& services, std::shared_ptr<const Call> call, Finish finish) {
  finish(answer(services, *call));
}

/// On a thread that may wait for the store or for a large read.
template <Answer answer>
void pooled(const Services& services, std::shared_ptr<const Call> call, Finish finish) {
  run_in(services.writes, services, call, std::move(finish),
         [&services, call] { return answer(services, *call); });
}

template <ActionKind kind>
void act(const Services& services, std::shared_ptr<const Call> call, Finish finish) {
  act_on_alert(services, std::move(call), std::move(finish), kind);
}

constexpr std::string_view kPage = "limit cursor";
constexpr std::string_view kWait = "wait";
constexpr std::string_view kNone;

using enum Permission;

// A literal path stands before the template that would also take it.
constexpr std::array kRoutes{
    Route{"GET", "/healthz", Public, kNone, here<get_health>},
    Route{"GET", "/readyz", Public, kNone, here<get_readiness>},
    Route{"GET", "/docs/api.md", Public, kNone, here<get_manual>},
    Route{"GET", "/api/v1/openapi.json", Public, kNone, here<get_description>},

    Route{"POST", "/api/v1/session", Public, kNone, sign_in},
    Route{"DELETE", "/api/v1/session", SignedIn, kNone, pooled<sign_out>},
    Route{"GET", "/api/v1/me", SignedIn, kNone, here<get_me>},

    Route{"GET", "/api/v1/alerts", ReadAlerts, "filter sort limit cursor", here<list_alerts>},
    Route{"POST", "/api/v1/alerts", CreateAlert, kNone, pooled<create_alert>, true},
    Route{"GET", "/api/v1/alerts/{id}", ReadAlerts, kNone, here<get_alert>},
    Route{"GET", "/api/v1/alerts/{id}/history", ReadAlerts, kPage, here<get_history>},
    Route{"GET", "/api/v1/alerts/{id}/events", ReadEvents, kNone, here<get_events>},
    Route{"GET", "/api/v1/alerts/{id}/explain", ReadEvents, kNone, here<explain_alert>},
    Route{"GET", "/api/v1/alerts/{id}/proof", ReadAlerts, "seq", here<get_proof>},
    Route{"POST", "/api/v1/alerts/{id}:take", Review, kWait, act<ActionKind::Take>, true},
    Route{"POST", "/api/v1/alerts/{id}:assign", Assign, kWait, act<ActionKind::Assign>, true},
    Route{"POST", "/api/v1/alerts/{id}:release", Review, kWait, act<ActionKind::Release>, true},
    Route{"POST", "/api/v1/alerts/{id}:note", Note, kWait, act<ActionKind::Note>, true},
    Route{"POST", "/api/v1/alerts/{id}:hold", Review, kWait, act<ActionKind::Hold>, true},
    Route{"POST", "/api/v1/alerts/{id}:resume", Review, kWait, act<ActionKind::Resume>, true},
    Route{"POST", "/api/v1/alerts/{id}:decide", Review, kWait, act<ActionKind::Decide>, true},
    Route{"POST", "/api/v1/alerts/{id}:close", Review, kWait, act<ActionKind::Close>, true},
    Route{"POST", "/api/v1/alerts/{id}:reopen", Review, kWait, act<ActionKind::Reopen>, true},

    Route{"POST", "/api/v1/events", SendEvents, "source", send_events, false, BodyForm::Events},

    Route{"GET", "/api/v1/ledger", ReadBooks, kNone, here<get_ledger>},
    Route{"GET", "/api/v1/sources", ReadBooks, kNone, pooled<list_sources>},
    Route{"GET", "/api/v1/dead-letters", ReadDeadLetters, "source reason state since until limit cursor",
          pooled<list_dead_letters>},
    Route{"GET", "/api/v1/dead-letters/summary", ReadDeadLetters, kNone, here<summarise_letters>},
    Route{"GET", "/api/v1/dead-letters/top", ReadDeadLetters, "source reason state since until limit",
          pooled<list_letter_shapes>},
    Route{"GET", "/api/v1/dead-letters/replays/{id}", ReadDeadLetters, kNone, here<get_replay>},
    Route{"GET", "/api/v1/dead-letters/{id}", ReadDeadLetters, kNone, pooled<get_dead_letter>},
    Route{"GET", "/api/v1/dead-letters/{id}/bytes", ReadDeadLetters, "offset", pooled<get_letter_bytes>},
    Route{"GET", "/api/v1/dead-letters/{id}/explain", ReadDeadLetters, kNone, pooled<explain_letter>},
    Route{"POST", "/api/v1/dead-letters:replay", ReplayDeadLetters, kNone, pooled<replay_letters>},
    Route{"GET", "/api/v1/rules", ReadRules, kPage, here<list_rules>},
    Route{"GET", "/api/v1/rules/costs", ReadRules, "limit", pooled<list_rule_costs>},
    Route{"POST", "/api/v1/rules:reload", ReloadRules, kNone, pooled<reload_rules>},

    Route{"GET", "/api/v1/users", ReadPeople, kPage, here<list_users>},
    Route{"POST", "/api/v1/users", ManagePeople, kNone, pooled<add_user>},
    Route{"PATCH", "/api/v1/users/{id}", ManagePeople, kNone, pooled<change_user>},
    Route{"GET", "/api/v1/tokens", ManageTokens, kPage, here<list_tokens>},
    Route{"POST", "/api/v1/tokens", ManageTokens, kNone, pooled<add_token>},
    Route{"DELETE", "/api/v1/tokens/{id}", ManageTokens, kNone, pooled<revoke_token>},

    Route{"GET", "/log/checkpoint", Public, kNone, here<get_checkpoint>},
    Route{"GET", "/log/tile/entries/{tile...}", ReadLogEntries, kNone, here<get_entry_tile>},
    Route{"GET", "/log/tile/{level}/{tile...}", Public, kNone, here<get_hash_tile>},
};

using Parameters = std::map<std::string, std::string, std::less<>>;

bool match_segment(std::string_view pattern, const std::string& segment, Parameters& parameters) {
  if (pattern.empty() || pattern.front() != '{') return pattern == segment;
  const std::size_t end = pattern.find('}');
  const std::string_view suffix = pattern.substr(end + 1);
  const std::string_view text = segment;
  if (text.size() <= suffix.size() || !text.ends_with(suffix)) return false;
  const std::string_view value = text.substr(0, text.size() - suffix.size());
  if (value.find(':') != std::string_view::npos) return false;  // an action that does not exist
  parameters.emplace(std::string(pattern.substr(1, end - 1)), std::string(value));
  return true;
}

bool match_path(std::string_view pattern, const std::vector<std::string>& segments, Parameters& parameters) {
  pattern.remove_prefix(1);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::size_t slash = pattern.find('/');
    const std::string_view part = pattern.substr(0, slash);
    if (part.ends_with("...}")) {
      std::string rest;
      for (std::size_t j = i; j < segments.size(); ++j) rest += (j == i ? "" : "/") + segments[j];
      parameters.emplace(std::string(part.substr(1, part.size() - 5)), std::move(rest));
      return true;
    }
    if (!match_segment(part, segments[i], parameters)) return false;
    const bool last = i + 1 == segments.size();
    if (slash == std::string_view::npos) return last;
    if (last) return false;
    pattern.remove_prefix(slash + 1);
  }
  return false;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

RouteMatch find_route(std::string_view method, const std::vector<std::string>& segments) {
  if (method == "HEAD") method = "GET";
  RouteMatch match;
  std::string_view path;
  for (const Route& route : kRoutes) {
    // Once a path has matched, only its other methods are looked at, not a wider template.
    if (!path.empty() && route.path != path) continue;
    Parameters parameters;
    if (!match_path(route.path, segments, parameters)) continue;
    path = route.path;
    match.allowed.push_back(route.method);
    if (route.method == "GET") match.allowed.push_back("HEAD");
    if (route.method != method) continue;
    match.route = &route;
    match.parameters = std::move(parameters);
  }
  return match;
}

}  // namespace countersign
