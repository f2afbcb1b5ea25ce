// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>
#include <map>

#include "review-api/handlers.h"
#include "review-api/page.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<Timestamp>& time) {
  if (!time) return nullptr;
  return json::value(format_rfc3339_millis(*time));
}

json::value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return json::value(valid_utf8(text));
}

json::value seconds_or_null(const std::optional<std::chrono::seconds>& span) {
  if (!span) return nullptr;
  return json::value(span->count());
}

void add_expectation(const ExpectedSource& expected, bool watched, json::object& out) {
  out["owner"] = text_or_null(expected.owner);
  out["asset"] = text_or_null(expected.asset);
  out["rhythm_seconds"] = watched ? json::value(expected.rhythm.count()) : json::value(nullptr);
  out["rejects_max"] = expected.rejects_max_permille
                           ? json::value(static_cast<double>(*expected.rejects_max_permille) / 1000)
                           : json::value(nullptr);
  out["skew_max_seconds"] = seconds_or_null(expected.skew_max);
}

void add_activity(const SourceStatus& row, Timestamp now, json::object& out) {
  const SourceActivity activity = row.activity.value_or(SourceActivity{});
  const bool whole = row.expected.subject.whole();
  const auto first = row.activity ? std::optional(activity.first_record) : std::nullopt;
  const auto last = row.activity ? std::optional(activity.last_record) : std::nullopt;
  out["first_record_at"] = time_or_null(first);
  out["last_record_at"] = time_or_null(last);
  out["last_event_at"] = time_or_null(activity.last_event);
  out["events"] = activity.events;
  out["records"] = whole ? json::value(activity.records) : json::value(nullptr);
  out["rejected"] = whole ? json::value(activity.rejected) : json::value(nullptr);
  out["truncated"] = whole ? json::value(activity.truncated) : json::value(nullptr);
  const RejectShare share = reject_share(activity, now);
  out["rejects_share"] =
      share.judged == 0
          ? json::value(nullptr)
          : json::value(static_cast<double>(share.rejected) / static_cast<double>(share.judged));
  const EventClock clock = recent_clock(activity, now);
  out["clock_offset_seconds"] =
      clock.timed > clock.ahead
          ? json::value(std::chrono::duration_cast<std::chrono::seconds>(clock.newest).count())
          : json::value(nullptr);
  out["events_ahead"] = clock.ahead;
}

json::object row_to_json(const SourceStatus& row, const std::optional<SourceLag>& lag, Timestamp now) {
  const SourceSubject& subject = row.expected.subject;
  json::object out{{"name", valid_utf8(row.expected.name)},
                   {"source", valid_utf8(subject.source.value)},
                   {"state", to_string(row.state)},
                   {"trouble", is_trouble(row.state)},
                   {"since", time_or_null(row.since)}};
  out["observer"] = subject.whole() ? json::value(nullptr)
                                    : json::value{{"field", valid_utf8(subject.field)},
                                                  {"value", valid_utf8(subject.value)}};
  add_expectation(row.expected, row.state != SourceState::Unwatched, out);
  add_activity(row, now, out);
  out["lag"] = lag ? json::value{{"records", lag->records}, {"seconds", lag->seconds}} : json::value(nullptr);
  json::array alerts;
  for (const AlertId& alert : row.open_alerts) alerts.emplace_back(to_string(alert));
  out["open_alerts"] = std::move(alerts);
  return out;
}

}  // namespace

Reply list_sources(const Services& services, const Call& call) {
  std::vector<ConfiguredSource> configured;
  if (services.sources.configured) configured = services.sources.configured();
  auto expected = std::make_shared<const std::vector<ExpectedSource>>();
  if (services.sources.expected) expected = services.sources.expected();
  std::vector<SourceName> names;
  std::map<SourceName, std::optional<SourceLag>> lags;
  for (const ConfiguredSource& source : configured) {
    names.push_back(source.name);
    lags[source.name] = source.lag;
  }
  const auto rows = services.store.source_statuses(*expected, names);
  if (!rows) return refusal(services, call, rows.error());
  json::array items;
  std::size_t troubles = 0;
  for (const SourceStatus& row : *rows) {
    troubles += is_trouble(row.state) ? 1 : 0;
    const SourceSubject& subject = row.expected.subject;
    const auto lag = lags.find(subject.source);
    items.push_back(
        row_to_json(row, subject.whole() && lag != lags.end() ? lag->second : std::nullopt, call.received));
  }
  return json_response(200, json::object{{"troubles", troubles}, {"items", std::move(items)}});
}

}  // namespace countersign
