// SPDX-License-Identifier: Apache-2.0
// Dead letters: lists and counts, what today's packs say of one, and replays.
#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "core/limits.h"
#include "review-api/filter.h"
#include "review-api/handlers.h"
#include "review-api/json_body.h"
#include "review-api/letter_json.h"
#include "review-api/letter_shape.h"
#include "review-api/page.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kPageLookedAtMax = 2'000;  // letters, for one page
constexpr std::uint64_t kTopLookedAtMax = 10'000;
constexpr std::size_t kPieceBytesMax = kMiB;
constexpr std::size_t kWordBytesMax = 256;
constexpr std::size_t kSourceBytesMax = 4'096;
constexpr std::size_t kRationaleBytesMax = 16 * kKiB;
constexpr std::string_view kStates = "One of dead, pending, replayed.";
constexpr std::string_view kTimes = "A time of RFC 3339, a date, or a span such as -24h.";

Problem bad_parameter(std::string_view name, std::string_view message) {
  return Problem{.kind = ProblemKind::BadRequest,
                 .detail = "`" + std::string(name) + "`: " + std::string(message),
                 .errors = {{std::string(name), "invalid", std::string(message)}}};
}

tl::expected<std::optional<Timestamp>, Problem> time_of(const Call& call, std::string_view name) {
  const auto text = call.target.parameter(name);
  if (!text) return std::optional<Timestamp>();
  const auto time = parse_filter_time(*text, call.received);
  if (!time) return refusal(bad_parameter(name, kTimes));
  return time;
}

tl::expected<LetterFilter, Problem> read_filter(const Call& call) {
  LetterFilter filter;
  filter.source = call.target.parameter("source").value_or("");
  filter.reason = call.target.parameter("reason").value_or("");
  const auto since = time_of(call, "since");
  if (!since) return refusal(since.error());
  const auto until = time_of(call, "until");
  if (!until) return refusal(until.error());
  filter.since = *since;
  filter.until = *until;
  if (const auto text = call.target.parameter("state")) {
    filter.state = parse_letter_state(*text);
    if (!filter.state) return refusal(bad_parameter("state", kStates));
  }
  return filter;
}

/// What a cursor belongs to: the list with its filter.
std::string question_of(const Call& call) {
  std::string out = "dead-letters";
  for (const std::string_view name : {"source", "reason", "state", "since", "until"}) {
    const auto value = call.target.parameter(name);
    out += '\n';
    if (value) out.append("=").append(*value);
  }
  return out;
}

tl::expected<std::uint64_t, Problem> number_of(const Call& call) {
  const auto number = parse_number(call.parameter("id"));
  if (number) return *number;
  return refusal(Problem{.kind = ProblemKind::NotFound, .detail = "This is a number; there is no other."});
}

tl::expected<DeadLetterRow, Problem> find_letter(const Services& services, const Call& call) {
  const auto number = number_of(call);
  if (!number) return refusal(number.error());
  auto row = services.store.dead_letter(*number);
  if (!row) return refusal(services, call, row.error());
  return std::move(*row);
}

struct ShapeGroup {
  std::uint64_t count = 0;
  std::uint64_t sample = 0;  // the newest
  Timestamp newest{};
  Timestamp oldest{};
  std::map<std::string, std::uint64_t> sources;
};

using ShapeGroups = std::map<std::pair<std::string, std::string>, ShapeGroup>;  // by reason and shape

json::object group_to_json(const ShapeGroups::value_type& entry) {
  const auto& [key, group] = entry;
  json::array sources;
  for (const auto& [source, count] : group.sources) {
    sources.push_back(json::object{{"source", valid_utf8(source)}, {"count", count}});
  }
  return {
      {"reason", valid_utf8(key.first)},
      {"shape", key.second},
      {"count", group.count},
      {"sample", group.sample},
      {"oldest_at", format_rfc3339_millis(group.oldest)},
      {"newest_at", format_rfc3339_millis(group.newest)},
      {"sources", std::move(sources)},
  };
}

json::array biggest(const ShapeGroups& groups, std::size_t limit) {
  std::vector<const ShapeGroups::value_type*> order;
  for (const auto& entry : groups) order.push_back(&entry);
  std::ranges::stable_sort(
      order, [](const auto* one, const auto* other) { return one->second.count > other->second.count; });
  json::array out;
  for (const auto* entry : order) {
    if (out.size() == limit) break;
    out.push_back(group_to_json(*entry));
  }
  return out;
}

}  // namespace

Reply list_dead_letters(const Services& services, const Call& call) {
  LetterQuery query;
  auto filter = read_filter(call);
  if (!filter) return refusal(filter.error());
  query.filter = std::move(*filter);
  const std::string question = question_of(call);
  const auto page = read_page(services, call, question);
  if (!page) return refusal(page.error());
  query.from = parse_number(page->position).value_or(0);
  query.looked_at_max = kPageLookedAtMax;
  Names names(services.store);
  json::array items;
  const auto scan = services.store.scan_letters(query, [&](const DeadLetterRow& row) {
    items.push_back(letter_to_json(row, names));
    return items.size() < page->limit;
  });
  if (!scan) return refusal(services, call, scan.error());
  return page_response(services, call, question, std::move(items),
                       scan->next ? std::to_string(*scan->next) : "");
}

Reply get_dead_letter(const Services& services, const Call& call) {
  const auto row = find_letter(services, call);
  if (!row) return refusal(row.error());
  Names names(services.store);
  return json_response(200, letter_to_json(*row, names));
}

Reply get_letter_bytes(const Services& services, const Call& call) {
  std::uint64_t offset = 0;
  if (const auto text = call.target.parameter("offset")) {
    const auto number = parse_number(*text);
    if (!number) return refusal(bad_parameter("offset", "A number of bytes."));
    offset = *number;
  }
  const auto row = find_letter(services, call);
  if (!row) return refusal(row.error());
  const std::string& bytes = row->stored.letter.bytes;
  const std::size_t from = std::min<std::uint64_t>(offset, bytes.size());
  return HttpResponse{200, std::string(kBytesType), bytes.substr(from, kPieceBytesMax), {}};
}

Reply explain_letter(const Services& services, const Call& call) {
  const auto row = find_letter(services, call);
  if (!row) return refusal(row.error());
  if (!services.letters.explain)
    return refusal(
        Problem{.kind = ProblemKind::Unavailable, .detail = "This server has no packs of its own."});
  json::object out{{"number", row->stored.number}};
  for (auto& member : explanation_to_json(services.letters.explain(row->stored))) {
    out.emplace(member.key(), std::move(member.value()));
  }
  return json_response(200, out);
}

Reply summarise_letters(const Services& services, const Call& call) {
  const auto tallies = services.store.letter_tallies();
  if (!tallies) return refusal(services, call, tallies.error());
  json::array items;
  for (const LetterTally& tally : *tallies) {
    items.push_back(json::object{
        {"source", valid_utf8(tally.source.value)},
        {"reason", valid_utf8(tally.reason)},
        {"dead", tally.dead},
        {"pending", tally.pending},
        {"replayed", tally.replayed},
        {"bytes", tally.bytes},
        {"first_at", format_rfc3339_millis(tally.first)},
        {"last_at", format_rfc3339_millis(tally.last)},
    });
  }
  return json_response(200, json::object{{"items", std::move(items)}});
}

Reply list_letter_shapes(const Services& services, const Call& call) {
  LetterQuery query;
  auto filter = read_filter(call);
  if (!filter) return refusal(filter.error());
  query.filter = std::move(*filter);
  if (!query.filter.state) query.filter.state = LetterState::Dead;
  query.looked_at_max = kTopLookedAtMax;
  const auto page = read_page(services, call, "dead-letters/top");
  if (!page) return refusal(page.error());
  ShapeGroups groups;
  std::uint64_t counted = 0;
  const auto scan = services.store.scan_letters(query, [&](const DeadLetterRow& row) {
    const DeadLetter& letter = row.stored.letter;
    ShapeGroup& group = groups[{letter.reason, letter_shape(letter.bytes)}];
    if (group.count++ == 0) {
      group.sample = row.stored.number;
      group.newest = row.stored.stored;
    }
    group.oldest = row.stored.stored;
    ++group.sources[row.stored.origin.value];
    ++counted;
    return true;
  });
  if (!scan) return refusal(services, call, scan.error());
  return json_response(200, json::object{{"looked_at", scan->looked_at},
                                         {"looked_at_max", kTopLookedAtMax},
                                         {"complete", !scan->next},
                                         {"counted", counted},
                                         {"shapes", groups.size()},
                                         {"items", biggest(groups, page->limit)}});
}

Reply get_replay(const Services& services, const Call& call) {
  const auto number = number_of(call);
  if (!number) return refusal(number.error());
  const auto replay = services.store.replay(EntrySeq{*number});
  if (!replay) return refusal(services, call, replay.error());
  Names names(services.store);
  return json_response(200, replay_to_json(*replay, names));
}

namespace {

/// Letters by number, or those of a filter that are dead: one of both.
void read_selection(JsonBody& body, Timestamp now, ReplayRequest& request) {
  request.letters = body.numbers("letters", kReplayLettersMax).value_or(std::vector<std::uint64_t>{});
  bool filtered = body.flag("all").value_or(false);
  for (const char* field : {"source", "reason", "since", "until"}) filtered = filtered || body.has(field);
  request.filter.source = body.text("source", {kSourceBytesMax, false}).value_or("");
  request.filter.reason = body.text("reason", {kWordBytesMax, false}).value_or("");
  for (const bool since : {true, false}) {
    const std::string_view field = since ? "since" : "until";
    const auto text = body.text(field);
    if (!text) continue;
    const auto time = parse_filter_time(*text, now);
    if (!time) body.wrong(field, "invalid", kTimes);
    (since ? request.filter.since : request.filter.until) = time;
  }
  request.from = body.number("from").value_or(0);
  request.filter.state = LetterState::Dead;
  if (!request.letters.empty() && filtered) {
    body.wrong("letters", "invalid", "Letters are named by number or by a filter, not by both.");
  } else if (request.letters.empty() && !filtered) {
    body.wrong("letters", "required", "Name letters, or a source, reason or time, or say `all`.");
  }
}

}  // namespace

Reply replay_letters(const Services& services, const Call& call) {
  auto body = JsonBody::parse(call.request.body);
  if (!body) return refusal(body.error());
  ReplayRequest request;
  request.context = call.context();
  request.rationale = body->required_text("rationale", {kRationaleBytesMax, true});
  read_selection(*body, call.received, request);
  if (const auto read = body->finish(); !read) return refusal(read.error());
  if (!services.letters.replay_begun)
    return refusal(
        Problem{.kind = ProblemKind::Unavailable, .detail = "This server reads no messages of its own."});
  const auto receipt = services.store.begin_replay(request);
  if (!receipt) return refusal(services, call, receipt.error());
  if (receipt->replay) services.letters.replay_begun();
  const json::value nothing(nullptr);
  json::object out{
      {"replay", receipt->replay ? json::value(receipt->replay->value) : nothing},
      {"letters", receipt->letters},
      {"already_replayed", receipt->already_replayed},
      {"pending", receipt->pending},
      {"next", receipt->next ? json::value(*receipt->next) : nothing},
  };
  if (!receipt->replay) return json_response(200, out);
  return json_response(202, out).with(
      "Location", "/api/v1/dead-letters/replays/" + std::to_string(receipt->replay->value));
}

}  // namespace countersign
