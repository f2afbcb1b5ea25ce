// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/entry.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/json_text.h"
#include "store/evidence/tiles.h"

namespace countersign {
namespace {

constexpr std::string_view kSaltMember = R"({"salt":")";
constexpr std::string_view kPayloadMember = R"(","payload":")";
constexpr std::string_view kPayloadEnd = "\"}\n";

constexpr auto kEntryTypes = std::to_array<std::string_view>({
    "access.read",
    "alert.approval_requested",
    "alert.approved",
    "alert.assigned",
    "alert.closed",
    "alert.decided",
    "alert.expired_unreviewed",
    "alert.held",
    "alert.linked",
    "alert.noted",
    "alert.opened",
    "alert.refired",
    "alert.released",
    "alert.reopened",
    "alert.resumed",
    "alert.returned",
    "alert.severity_changed",
    "alert.undone",
    "alert.vendor_updated",
    "auth.failed",
    "clock.attested",
    "correlation.range",
    "day.attested",
    "deadline.missed",
    "evidence.exported",
    "ingest.loss",
    "ingest.range",
    "key.rotated",
    "log.heartbeat",
    "log.opened",
    "management_report.read",
    "management_report.signed",
    "packs.loaded",
    "payload.erased",
    "policy.changed",
    "replay.finished",
    "replay.started",
    "rules.loaded",
    "rules.quarantined",
    "sample.concluded",
    "sample.item_tested",
    "sample.planned",
    "sample.seeded",
    "service.outage",
    "service.started",
    "service.stopped",
    "source.resumed",
    "source.silent",
    "store.restored",
    "suppression.created",
    "suppression.expired",
    "suppression.revoked",
    "user.changed",
});
static_assert(std::ranges::is_sorted(kEntryTypes));

// `incident.*` names no closed list: each of its types comes with its issue.
constexpr std::string_view kIncidentPrefix = "incident.";

}  // namespace

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  append_json_string(name, members_);
  members_ += ':';
  members_ += json;
  return *this;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  return raw(name, json_string(value));
}
JsonObject& JsonObject::time(std::string_view name, Timestamp value) {
  return text(name, format_rfc3339_micros(value));
}
JsonObject& JsonObject::hash(std::string_view name, const Hash256& value) {
  return text(name, to_hex(value));
}
JsonObject& JsonObject::boolean(std::string_view name, bool value) {
  return raw(name, value ? "true" : "false");
}
JsonObject& JsonObject::null(std::string_view name) { return raw(name, "null"); }
JsonObject& JsonObject::object(std::string_view name, const JsonObject& value) {
  return raw(name, value.json());
}
JsonObject& JsonObject::array(std::string_view name, const JsonArray& value) {
  return raw(name, value.json());
}
JsonObject& JsonObject::text_or_null(std::string_view name, const std::optional<std::string>& value) {
  return value ? text(name, *value) : null(name);
}
JsonObject& JsonObject::time_or_null(std::string_view name, const std::optional<Timestamp>& value) {
  return value ? time(name, *value) : null(name);
}

JsonArray& JsonArray::raw(std::string_view json) {
  if (!elements_.empty()) elements_ += ',';
  elements_ += json;
  return *this;
}
JsonArray& JsonArray::text(std::string_view value) { return raw(json_string(value)); }
JsonArray& JsonArray::object(const JsonObject& value) { return raw(value.json()); }

JsonObject begin_entry(EntrySeq seq, std::string_view type, Timestamp time, const ActorContext& context) {
  JsonObject entry;
  entry.number("v", kEntryVersion).number("seq", seq.value).text("type", type).time("time", time);
  entry.object("actor",
               JsonObject().text("kind", to_string(context.actor.kind)).text("id", context.actor.id));
  if (context.actor.kind == ActorKind::Human) {
    entry.object("auth", JsonObject()
                             .text("method", context.auth_method)
                             .time("at", context.auth_time)
                             .text("session", context.session_hash));
    entry.text("role", context.role).text("channel", context.channel).text("request", context.request);
  }
  return entry;
}

Result<std::string> finish_entry(const JsonObject& entry, std::string_view type) {
  std::string bytes = entry.json();
  if (bytes.size() > kEntryBytesMax) {
    return failure(ErrorKind::LimitExceeded,
                   fmt::format("log entry {}: {} bytes, limit {}", type, bytes.size(), kEntryBytesMax));
  }
  return bytes;
}

std::string commitment(const Salt& salt, std::string_view payload) {
  Sha256 hasher;
  hasher.update(salt);
  hasher.update(payload);
  return to_hex(hasher.finish());
}

std::string format_payload_file(const SaltedPayload& payload) {
  return fmt::format("{}{}{}{}{}", kSaltMember, to_base64(payload.salt), kPayloadMember,
                     to_base64(payload.payload), kPayloadEnd);
}

Result<SaltedPayload> parse_payload_file(std::string_view bytes) {
  const std::size_t middle = bytes.find(kPayloadMember);
  if (!bytes.starts_with(kSaltMember) || !bytes.ends_with(kPayloadEnd) || middle == std::string_view::npos ||
      middle < kSaltMember.size() || middle + kPayloadMember.size() + kPayloadEnd.size() > bytes.size()) {
    return failure(ErrorKind::Malformed, R"(payload file: must be {"salt":"…","payload":"…"} and a newline)");
  }
  const auto salt = from_base64(bytes.substr(kSaltMember.size(), middle - kSaltMember.size()));
  bytes.remove_prefix(middle + kPayloadMember.size());
  bytes.remove_suffix(kPayloadEnd.size());
  auto payload = from_base64(bytes);
  if (!salt || salt->size() != kSaltBytes) {
    return failure(ErrorKind::Malformed,
                   fmt::format("payload file: the salt is not the base64 of {} bytes", kSaltBytes));
  }
  if (!payload) return failure(ErrorKind::Malformed, "payload file: the payload is not base64");
  SaltedPayload parsed;
  std::ranges::copy(*salt, parsed.salt.begin());
  parsed.payload = std::move(*payload);
  return parsed;
}

bool is_entry_type(std::string_view type) {
  return std::ranges::binary_search(kEntryTypes, type) ||
         (type.starts_with(kIncidentPrefix) && type.size() > kIncidentPrefix.size());
}

}  // namespace countersign
