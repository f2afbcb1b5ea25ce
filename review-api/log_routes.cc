// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json.hpp>

#include "review-api/handlers.h"
#include "review-api/page.h"

namespace countersign {
namespace {

namespace json = boost::json;

// A full tile never changes; a partial one is superseded (C2SP tlog-tiles).
constexpr std::string_view kTileCache = "public, max-age=31536000, immutable";

/// What the grammar of C2SP tlog-tiles allows below `tile/<L>/`: digits, `x`, `/` and `.p/<W>`.
bool is_tile_path(std::string_view path) {
  return !path.empty() && path.size() <= 64 && std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == 'x' || c == '/' || c == '.' || c == 'p';
  });
}

Reply tile_response(const Services& services, const Call& call, const std::string& path, bool secret) {
  const auto bytes = services.store.tile(path);
  if (!bytes) return refusal(services, call, bytes.error());
  HttpResponse response{200, std::string(kBytesType), *bytes, {}};
  if (!secret) response.with("Cache-Control", std::string(kTileCache));
  return response;
}

Problem no_tile() { return {.kind = ProblemKind::NotFound, .detail = "The log has no such tile."}; }

}  // namespace

Reply get_proof(const Services& services, const Call& call) {
  const auto id = alert_id_of(call);
  if (!id) return refusal(id.error());
  auto entry = services.store.last_entry_of(*id);
  if (!entry) return refusal(services, call, entry.error());
  if (const auto text = call.target.parameter("seq")) {
    const auto seq = parse_number(*text);
    if (!seq)
      return refusal(Problem{.kind = ProblemKind::BadRequest,
                             .detail = "`seq` is the number of an entry.",
                             .errors = {{"seq", "bad_number", "A decimal number."}}});
    const auto rows = services.store.history(*id, EntrySeq{*seq}, 1);
    if (!rows || rows->rows.empty() || rows->rows.front().entry.value != *seq)
      return refusal(
          Problem{.kind = ProblemKind::NotFound, .detail = "The alert has no entry of this number."});
    entry = EntrySeq{*seq};
  }
  const auto proof = services.store.proof(*entry);
  if (!proof) return refusal(services, call, proof.error());
  const bool pending = proof->tlog_proof.empty();
  return json_response(200,
                       json::object{
                           {"alert", to_string(*id)},
                           {"seq", entry->value},
                           {"status", pending ? "pending" : "available"},
                           {"tlog_proof", pending ? json::value(nullptr) : json::value(proof->tlog_proof)},
                       });
}

Reply get_checkpoint(const Services& services, const Call&) {
  std::string note = services.store.checkpoint();
  if (note.empty())
    return refusal(Problem{.kind = ProblemKind::NotFound, .detail = "The log has no checkpoint yet."});
  return HttpResponse{200, std::string(kTextType), std::move(note), {}};
}

Reply get_hash_tile(const Services& services, const Call& call) {
  const std::string& level = call.parameter("level");
  if (level.size() > 2 || !parse_number(level) || !is_tile_path(call.parameter("tile")))
    return refusal(no_tile());
  return tile_response(services, call, level + '/' + call.parameter("tile"), false);
}

Reply get_entry_tile(const Services& services, const Call& call) {
  if (!is_tile_path(call.parameter("tile"))) return refusal(no_tile());
  return tile_response(services, call, "entries/" + call.parameter("tile"), true);
}

}  // namespace countersign
