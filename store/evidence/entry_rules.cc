// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/entry_rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "store/evidence/entry_fields.h"
#include "store/evidence/note.h"
#include "store/evidence/range_rules.h"
#include "store/evidence/strict_json.h"
#include "store/evidence/tiles.h"

namespace countersign {
namespace {

constexpr std::string_view kHuman = "human";
constexpr std::string_view kRule = "rule";
constexpr auto kActors = std::to_array<std::string_view>({"human", "rule", "service", "import", "ai"});
constexpr auto kChannels = std::to_array<std::string_view>({"console", "api", "cli", "bulk"});

tl::unexpected<Error> broken(std::string message) {
  return failure(ErrorKind::Malformed, std::move(message));
}

struct HashOfHash {
  std::size_t operator()(const Hash256& hash) const {
    std::size_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8U | hash.bytes[i];
    return value;
  }
};
using Hashes = std::unordered_set<Hash256, HashOfHash>;

Result<void> check_fields(const JsonValue& object, std::span<const EntryField> fields) {
  for (const EntryField& field : fields) {
    if (Result<void> ok = check_field(object, field); !ok) return ok;
  }
  return {};
}

Result<void> check_human(const JsonValue& entry) {
  constexpr std::array kFields{EntryField{"auth", FieldKind::Object}, EntryField{"role", FieldKind::AnyText},
                               EntryField{"channel", FieldKind::Text},
                               EntryField{"request", FieldKind::AnyText}};
  constexpr std::array kAuth{EntryField{"method", FieldKind::Text}, EntryField{"at", FieldKind::Time},
                             EntryField{"session", FieldKind::AnyText}};
  if (Result<void> ok = check_fields(entry, kFields); !ok) return ok;
  if (Result<void> ok = check_fields(*entry.find("auth"), kAuth); !ok) return ok;
  if (std::ranges::find(kChannels, text_of(entry, "channel")) == kChannels.end()) {
    return broken("`channel` must be console, api, cli or bulk");
  }
  return {};
}

Result<void> check_actor(const JsonValue& entry) {
  constexpr std::array kFields{EntryField{"kind", FieldKind::Text}, EntryField{"id", FieldKind::Text}};
  if (Result<void> ok = check_field(entry, {"actor", FieldKind::Object}); !ok) return ok;
  const JsonValue& actor = *entry.find("actor");
  if (Result<void> ok = check_fields(actor, kFields); !ok) return ok;
  const std::string& kind = text_of(actor, "kind");
  if (std::ranges::find(kActors, kind) == kActors.end()) return broken("`actor.kind` is not a known kind");
  return kind == kHuman ? check_human(entry) : Result<void>();
}

Result<void> check_actor_may(const JsonValue& entry, std::string_view type) {
  const std::string& kind = text_of(*entry.find("actor"), "kind");
  const bool decides = type == "alert.decided" || type == "alert.closed";
  const bool approves = type == "alert.approved" || type == "alert.returned";
  if (decides && kind != kHuman && kind != kRule) return broken("only a person or a policy may do that");
  if (approves && kind != kHuman) return broken("only a person may do that");
  return {};
}

}  // namespace

class EntryRules::Impl {
 public:
  explicit Impl(std::string origin) : origin_(std::move(origin)) {}

  Result<void> check(std::string_view bytes);
  Result<void> check_payload(const SaltedPayload& payload) const;
  const EntryFacts& facts() const { return facts_; }
  const std::optional<Hash256>& last_commitment() const { return commitment_; }
  bool erased(std::uint64_t seq) const { return erased_.contains(seq); }

 private:
  struct AlertState {
    std::uint64_t version = 0;
    std::string status = "new";
    std::vector<std::uint64_t> decisions;  // seq of its alert.decided entries
  };

  Result<void> check_common();
  Result<void> check_commitment();
  Result<void> check_type();
  Result<void> log_opened();
  Result<void> alert_opened();
  Result<void> alert_changed();
  Result<void> alert_closed(const AlertState& alert);
  Result<void> ruleset_is_loaded() const;
  void remember_hashes();
  void count_opened();

  std::string origin_;
  EntryFacts facts_;
  JsonValue entry_;  // the last one checked
  std::string type_;
  std::optional<Hash256> commitment_;
  Hashes commitments_;
  Hashes rulesets_;
  std::set<std::uint64_t> erased_;
  std::unordered_map<std::string, AlertState> alerts_;
  bool follows_another_log_ = false;
  RangeRules ranges_;
};

Result<void> EntryRules::Impl::check_common() {
  constexpr std::array kFields{EntryField{"v", FieldKind::Count}, EntryField{"seq", FieldKind::Count},
                               EntryField{"type", FieldKind::Text}, EntryField{"time", FieldKind::Time}};
  if (entry_.object() == nullptr) return broken("not a JSON object");
  if (Result<void> ok = check_fields(entry_, kFields); !ok) return ok;
  if (count_of(entry_, "v") != kEntryVersion) {
    return broken(fmt::format("`v` is {}, known is {}", count_of(entry_, "v"), kEntryVersion));
  }
  if (count_of(entry_, "seq") != facts_.entries) {
    return broken(fmt::format("`seq` is {}", count_of(entry_, "seq")));
  }
  type_ = text_of(entry_, "type");
  if (!is_entry_type(type_)) return broken("`type` is not a known entry type");
  // Fixed width, so text order is time order.
  if (text_of(entry_, "time") < facts_.last_time) return broken("`time` goes back");
  if (Result<void> ok = check_actor(entry_); !ok) return ok;
  return check_actor_may(entry_, type_);
}

Result<void> EntryRules::Impl::check_commitment() {
  commitment_.reset();
  const JsonValue* const commit = entry_.find("commit");
  if (commit == nullptr || commit->is_null()) return {};
  if (Result<void> ok = check_field(entry_, {"commit", FieldKind::Hash}); !ok) return ok;
  commitment_ = strict_hash(*commit->text());
  if (!commitments_.insert(*commitment_).second) return broken("`commit` stands in an earlier entry too");
  return {};
}

Result<void> EntryRules::Impl::log_opened() {
  if (facts_.entries != 0) return broken("log.opened must be entry 0 and no other");
  if (text_of(entry_, "origin") != origin_) return broken("`origin` is not that of the checkpoint");
  const JsonValue* const previous = entry_.find("previous");
  if (previous == nullptr || previous->is_null()) return {};
  follows_another_log_ = true;
  constexpr std::array kFields{EntryField{"checkpoint", FieldKind::Text},
                               EntryField{"reason", FieldKind::Text}};
  if (Result<void> ok = check_fields(*previous, kFields); !ok) return ok;
  Result<SignedNote> note = parse_note(text_of(*previous, "checkpoint"));
  return note ? Result<void>() : failure(note.error());
}

Result<void> EntryRules::Impl::ruleset_is_loaded() const {
  const std::optional<Hash256> ruleset = strict_hash(text_of(entry_, "ruleset"));
  if (rulesets_.contains(*ruleset)) return {};
  return broken("no rules.loaded before it holds the hash of its `ruleset`");
}

void EntryRules::Impl::remember_hashes() {
  for (const JsonMember& member : *entry_.object()) {
    if (member.value.text() == nullptr) continue;
    if (const std::optional<Hash256> hash = strict_hash(*member.value.text())) rulesets_.insert(*hash);
  }
}

Result<void> EntryRules::Impl::alert_opened() {
  const std::string& id = text_of(entry_, "alert");
  if (!alerts_.try_emplace(id).second) return broken(fmt::format("alert {} was opened before", id));
  const std::string& kind = text_of(entry_, "kind");
  if (kind == "rule" || kind == "correlation" || kind == "vendor") ++facts_.alerts_opened;
  if (kind != "rule" && kind != "correlation") return {};
  for (const std::string_view name : {"rule_id", "rule", "ruleset"}) {
    if (entry_.find(name)->is_null()) return broken(fmt::format("`{}` is null in an alert of a rule", name));
  }
  return ruleset_is_loaded();
}

// The promise of the product: no way to `closed` but a decision with its owner.
Result<void> EntryRules::Impl::alert_closed(const AlertState& alert) {
  const std::uint64_t decided = count_of(entry_, "decided_seq");
  if (std::ranges::find(alert.decisions, decided) == alert.decisions.end()) {
    return broken(fmt::format("entry {} is no decision of alert {}", decided, text_of(entry_, "alert")));
  }
  const JsonValue& owner = *entry_.find("owner");
  if (owner.is_null() || owner.text()->empty()) return broken("closed without an owner");
  return {};
}

Result<void> EntryRules::Impl::alert_changed() {
  const std::string& id = text_of(entry_, "alert");
  auto found = alerts_.find(id);
  if (found == alerts_.end()) {
    if (!follows_another_log_) return broken(fmt::format("alert {} was never opened", id));
    found = alerts_.try_emplace(id).first;
    found->second.status = text_of(entry_, "status_before");
  }
  AlertState& alert = found->second;
  if (count_of(entry_, "alert_version") < alert.version) {
    return broken(fmt::format("`alert_version` {} of alert {} after {}", count_of(entry_, "alert_version"),
                              id, alert.version));
  }
  const std::string& before = text_of(entry_, "status_before");
  const std::string& after = text_of(entry_, "status_after");
  if (before != alert.status) {
    return broken(fmt::format("`status_before` of alert {} is {}, it was {}", id, before, alert.status));
  }
  const bool closes = before != "closed" && after == "closed";
  if (closes && type_ != "alert.closed" && type_ != "alert.undone") {
    return broken(fmt::format("alert {} becomes closed by {}", id, type_));
  }
  if (type_ == "alert.closed") {
    if (Result<void> ok = alert_closed(alert); !ok) return ok;
  }
  if (type_ == "alert.decided") alert.decisions.push_back(facts_.entries);
  alert.version = count_of(entry_, "alert_version");
  alert.status = after;
  return {};
}

void EntryRules::Impl::count_opened() { facts_.ranges_opened += count_of(entry_, "opened"); }

Result<void> EntryRules::Impl::check_type() {
  if (type_ == "log.opened") return log_opened();
  if (facts_.entries == 0) return broken("entry 0 must be log.opened");
  if (type_ == "alert.opened") return alert_opened();
  if (type_.starts_with("alert.")) return alert_changed();
  if (type_ == "ingest.loss") return ranges_.loss(entry_);
  if (type_ == "rules.loaded") remember_hashes();
  if (type_ == "key.rotated") facts_.rotated_vkeys.push_back(text_of(entry_, "vkey"));
  if (type_ == "payload.erased") {
    const std::uint64_t seq = count_of(entry_, "entry");
    if (seq >= facts_.entries) return broken(fmt::format("erases the payload of a later entry, {}", seq));
    erased_.insert(seq);
  }
  if (type_ == "correlation.range") {
    count_opened();
    const std::uint64_t parts =
        count_of(entry_, "suppressed") + count_of(entry_, "attached") + count_of(entry_, "opened");
    if (count_of(entry_, "completed") != parts) {
      return broken("the books do not balance: completed = suppressed + attached + opened");
    }
  }
  if (type_ != "ingest.range") return {};
  if (Result<void> ok = ruleset_is_loaded(); !ok) return ok;
  count_opened();
  return ranges_.range(entry_);
}

Result<void> EntryRules::Impl::check(std::string_view bytes) {
  if (bytes.size() > kEntryBytesMax) return broken(fmt::format("{} bytes", bytes.size()));
  Result<JsonValue> parsed = parse_strict_json(bytes);
  if (!parsed) return failure(parsed.error());
  entry_ = std::move(*parsed);
  if (Result<void> ok = check_common(); !ok) return ok;
  if (Result<void> ok = check_fields(entry_, fields_of(type_)); !ok)
    return failure(ok.error().kind, type_ + ": " + ok.error().message);
  if (type_ == "ingest.range" && bytes.size() > kRangeEntryBytesMax) {
    return broken(fmt::format("ingest.range of {} bytes, limit {}", bytes.size(), kRangeEntryBytesMax));
  }
  if (Result<void> ok = check_commitment(); !ok) return ok;
  if (Result<void> ok = check_type(); !ok) return failure(ok.error().kind, type_ + ": " + ok.error().message);
  if (facts_.ranges_opened > facts_.alerts_opened) {
    return broken(fmt::format("the ranges up to here opened {} alerts, the log has {}", facts_.ranges_opened,
                              facts_.alerts_opened));
  }
  if (facts_.entries == 0) facts_.first_time = text_of(entry_, "time");
  facts_.last_time = text_of(entry_, "time");
  ++facts_.by_type[type_];
  ++facts_.entries;
  return {};
}

Result<void> EntryRules::Impl::check_payload(const SaltedPayload& payload) const {
  if (!commitment_ || commitment(payload.salt, payload.payload) != to_hex(*commitment_)) {
    return broken("the payload does not give the entry's `commit`");
  }
  Result<JsonValue> parsed = parse_strict_json(payload.payload);
  if (!parsed) return broken("the payload is no strict JSON: " + parsed.error().message);
  if (parsed->object() == nullptr) return broken("the payload is no JSON object");
  return type_ == "ingest.range" ? RangeRules::payload(entry_, *parsed) : Result<void>();
}

EntryRules::EntryRules(std::string origin) : impl_(std::make_unique<Impl>(std::move(origin))) {}
EntryRules::~EntryRules() = default;
Result<void> EntryRules::check(std::string_view entry) { return impl_->check(entry); }
const EntryFacts& EntryRules::facts() const { return impl_->facts(); }
const std::optional<Hash256>& EntryRules::last_commitment() const { return impl_->last_commitment(); }
Result<void> EntryRules::check_payload(const SaltedPayload& payload) const {
  return impl_->check_payload(payload);
}
bool EntryRules::erased(std::uint64_t seq) const { return impl_->erased(seq); }

}  // namespace countersign
