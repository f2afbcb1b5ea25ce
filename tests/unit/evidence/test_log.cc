// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/evidence/test_log.h"

#include <gtest/gtest.h>

#include "core/json_text.h"
#include "store/evidence/witness_policy.h"
#include "tests/unit/evidence/test_key.h"

namespace countersign::test {
namespace {

using std::chrono::microseconds;

Timestamp time_of(std::uint64_t seq) {
  return Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}} +
         microseconds{static_cast<std::int64_t>(seq) * 1'500'001};
}

std::string members_of(const JsonObject& object) {
  const std::string json = object.json();
  return json.substr(1, json.size() - 2);
}

AlertId alert_id(std::uint64_t number) { return {1, 0, number}; }

}  // namespace

TestLog::TestLog()
    : key_(std::make_shared<const SigningKey>(key_from_seed_text("the key of the test log"))) {}

ActorContext TestLog::service() {
  ActorContext context;
  context.actor = {ActorKind::Service, "countersign"};
  return context;
}

ActorContext TestLog::human() {
  ActorContext context;
  context.actor = {ActorKind::Human, "p-abcdefghijklmnopqrstuvwxyz"};
  context.auth_method = "password";
  context.auth_time = time_of(0);
  context.session_hash = to_hex(sha256("session"));
  context.role = "analyst";
  context.channel = "api";
  context.request = "r-1";
  return context;
}

std::uint64_t TestLog::add(std::string_view type, const JsonObject& fields, const ActorContext& context) {
  const std::uint64_t seq = entries.size();
  std::string entry = finish_entry(begin_entry(EntrySeq{seq}, type, time_of(seq), context), type).value();
  const std::string members = members_of(fields);
  if (!members.empty()) {
    entry.pop_back();
    entry += "," + members + "}";
  }
  entries.push_back(std::move(entry));
  return seq;
}

std::uint64_t TestLog::add_with_payload(std::string_view type, JsonObject fields, const JsonObject& payload,
                                        const ActorContext& context) {
  SaltedPayload salted;
  const Hash256 random = sha256("salt " + std::to_string(entries.size()));
  std::copy_n(random.bytes.begin(), salted.salt.size(), salted.salt.begin());
  salted.payload = payload.json();
  fields.text("commit", commitment(salted.salt, salted.payload));
  const std::uint64_t seq = add(type, fields, context);
  payloads[seq] = std::move(salted);
  return seq;
}

void TestLog::open() {
  add("log.opened", JsonObject().text("origin", kOrigin).text("build", "test"));
  add("service.started");
  add("rules.loaded", JsonObject().hash("hash", ruleset_));
  add("packs.loaded", JsonObject().hash("hash", sha256("packs")));
}

void TestLog::review_alert(std::uint64_t number) {
  const std::string id = to_string(alert_id(number));
  add_with_payload("alert.opened",
                   JsonObject()
                       .text("alert", id)
                       .text("kind", "rule")
                       .object("cause", JsonObject().text("kind", "record").text("source", "fw"))
                       .text("rule_id", "5f113a8f-8b61-41ca-b90f-d374fa7e4a39")
                       .hash("rule", sha256("rule"))
                       .hash("ruleset", ruleset_)
                       .number("generation", 1)
                       .text("level", "high")
                       .text("queue", "default")
                       .text("policy", "1")
                       .time("due", time_of(1'000'000))
                       .time("event_time", time_of(1))
                       .null("append_time"),
                   JsonObject().text("event", "raw bytes of alert " + id));
  const auto changed = [&](std::uint64_t version, std::string_view before, std::string_view after) {
    return JsonObject()
        .text("alert", id)
        .number("alert_version", version)
        .text("status_before", before)
        .text("status_after", after)
        .text("owner", "p-abcdefghijklmnopqrstuvwxyz");
  };
  add("alert.assigned", changed(2, "new", "in_progress"), human());
  JsonObject decision = changed(3, "in_progress", "in_progress");
  decision.text("verdict", "benign").text("reason_code", "authorised_change").text("policy", "1");
  decision.number("events", 3).time("last_event", time_of(2)).hash("evidence", sha256("shown")).null("batch");
  const std::uint64_t decided = add_with_payload(
      "alert.decided", decision, JsonObject().text("rationale", "known backup run of alert " + id), human());
  add("alert.closed", changed(3, "in_progress", "closed").number("decided_seq", decided), human());
}

void TestLog::range(std::uint64_t opened) {
  const std::uint64_t start = next_offset_;
  next_offset_ += 10;
  JsonObject fields;
  fields.text("source", "fw").text("topic", "firewall").number("partition", 0).number("incarnation", 0);
  fields.number("start", start).number("end", next_offset_).number("delivered", 9);
  fields.object("gaps", JsonObject().number("not_delivered", 1))
      .number("parsed", 8)
      .number("dead_lettered", 1);
  fields.number("events", 8).number("undecodable", 1).number("duplicate", 1).number("unmatched", 6 - opened);
  fields.number("matched", opened).number("matches", opened).number("over_limit", 0).number("suppressed", 0);
  fields.number("correlated", 0).number("uncorrelated", 0).number("attached", 0).number("opened", opened);
  fields.number("repeated", 0).hash("ruleset", ruleset_).hash("packs", sha256("packs")).text("build", "test");
  const Hash256 report = sha256("report " + std::to_string(start));
  Sha256 digest;
  digest.update_u64(start);
  digest.update_u64(next_offset_);
  digest.update(report.bytes);
  fields.hash("digest", digest.finish());
  const JsonObject payload =
      JsonObject()
          .array("reports",
                 JsonArray().object(
                     JsonObject().number("start", start).number("end", next_offset_).hash("digest", report)))
          .array("gaps", JsonArray().object(JsonObject()
                                                .number("start", start)
                                                .number("end", start + 1)
                                                .text("cause", "not_delivered")));
  add_with_payload("ingest.range", fields, payload);
}

void TestLog::fill(std::uint64_t size) {
  if (entries.empty()) open();
  for (std::uint64_t number = 1; entries.size() < size; ++number) {
    const std::size_t before = entries.size();
    if (before + 5 <= size) {
      review_alert(number);
      range(1);
    } else {
      add("log.heartbeat", JsonObject().number("unreviewed", 0));
    }
  }
}

void TestLog::replace_in_entry(std::uint64_t seq, std::string_view from, std::string_view to) {
  std::string& entry = entries.at(seq);
  const std::size_t at = entry.find(from);
  ASSERT_NE(at, std::string::npos) << from << " is not in " << entry;
  entry.replace(at, from.size(), to);
}

Hash256 TestLog::root(std::uint64_t size) const {
  RightEdge edge;
  for (std::uint64_t seq = 0; seq < size; ++seq) edge.append(leaf_hash(entries.at(seq)));
  return edge.root();
}

std::string TestLog::checkpoint(std::uint64_t size) const {
  return sign_checkpoint({std::string(kOrigin), size, root(size)}, *key_).value();
}

VerifierKey TestLog::vkey() const {
  return make_verifier_key(std::string(kOrigin), KeyType::Ed25519, key_->public_key()).value();
}

ExportSource TestLog::source(bool with_payloads) const {
  ExportSource source;
  source.vkeys = {vkey()};
  source.checkpoint = checkpoint(entries.size());
  source.witness_policy = format_unwitnessed_policy(vkey());
  source.entries = [this](EntrySeq first, std::size_t count) -> Result<std::vector<std::string>> {
    if (first.value + count > entries.size()) return failure(ErrorKind::NotFound, "no such entry");
    const auto begin = entries.begin() + static_cast<std::ptrdiff_t>(first.value);
    return std::vector<std::string>(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  source.checkpoints = [this](const CheckpointVisitor& visit) -> Result<void> {
    for (const auto& [size, note] : checkpoints) {
      if (Result<void> ok = visit(size, note); !ok) return ok;
    }
    return {};
  };
  if (!with_payloads) return source;
  source.payloads = [this](const PayloadVisitor& visit) -> Result<void> {
    for (const auto& [seq, payload] : payloads) {
      if (Result<void> ok = visit(EntrySeq{seq}, payload); !ok) return ok;
    }
    return {};
  };
  return source;
}

void TestLog::export_to(const std::filesystem::path& folder, bool with_payloads) const {
  const Result<ExportSummary> summary = export_log(source(with_payloads), folder);
  ASSERT_TRUE(summary) << summary.error().message;
  ASSERT_EQ(summary->head.size, entries.size());
}

}  // namespace countersign::test
