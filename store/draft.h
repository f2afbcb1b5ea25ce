// SPDX-License-Identifier: Apache-2.0
// A batch in the making, shared by the decide_*.cc files. One thread; lives as long as its view.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/random.h"
#include "store/batch.h"
#include "store/command.h"
#include "store/decide.h"
#include "store/evidence/entry.h"
#include "store/view.h"

namespace countersign {

/// The actor of what the store does by itself.
ActorContext own_context();
/// Whether a context can stand in an entry for ever. InvalidArgument: a person without a way of signing in,
/// or of another channel than console, api, cli and bulk.
Result<void> check_context(const ActorContext& context);

class Draft {
 public:
  /// Reads head, identity and current. NotFound: the log was never opened (but see `begin_first`).
  static Result<Draft> begin(const View& view, const Stamp& stamp);
  /// For the command that may open the log.
  static Result<Draft> begin_first(const View& view, const Stamp& stamp);

  const View& view() const { return *view_; }
  Timestamp time() const { return batch_.time; }
  const Current& current() const { return current_; }
  const Policy& policy() const { return current_.policy; }
  const std::optional<Identity>& identity() const { return identity_; }
  RandomSource& random() { return random_; }
  Batch& batch() { return batch_; }

  EntrySeq next_entry() const { return EntrySeq{batch_.first_entry.value + batch_.entries.size()}; }
  AlertId next_alert();
  /// The first members of the next entry.
  JsonObject begin_entry(std::string_view type, const ActorContext& context) const;
  /// LimitExceeded: too large.
  Result<EntrySeq> add_entry(const JsonObject& entry, std::string_view type);
  /// Seals the payload of the next entry and gives its commitment.
  std::string commit(const JsonObject& payload);
  void seal(std::string place, std::string_view plain);
  void erase_payload(std::string place) { batch_.payloads.push_back({std::move(place), std::nullopt, {}}); }
  void put_row(RowChange::Where where, std::string key, std::string value);
  void remove_row(RowChange::Where where, std::string key);
  void set_identity(Identity identity);
  void set_current(Current current);
  /// Keyed with the store's key.
  Hash256 hash_of(std::string_view bytes) const;

  Decided finish() &&;

 private:
  Draft(const View& view, const Stamp& stamp) : view_(&view), random_(stamp.seed) {}

  const View* view_;
  SeededRandom random_;
  std::optional<Identity> identity_;
  Current current_;
  Batch batch_;
};

/// The fields of an action that its history row repeats.
struct StepContext {
  const AlertRecord* before = nullptr;  // null: the alert is new
  const AlertRecord* after = nullptr;
  const ActorContext* context = nullptr;
};
void add_history(Draft& draft, EntrySeq entry, const Step& step, const StepContext& context);

/// Records that `after` replaces `before`.
void change_alert(Draft& draft, const AlertRecord& before, AlertRecord after);

/// Key of the groups row: keyed hash over rule and folded group key.
std::string group_key_of(const Draft& draft, const RuleId& rule, const std::vector<GroupKeyPart>& parts);

/// What the payload of an alert.opened entry says of the events.
struct Opening {
  std::optional<Hash256> event;  // hash of the earliest one
  std::string explanation;       // JSON object: why the rule matched; empty: not recorded
};
/// The alert.opened entry of a new alert, with its payload and history row; sets last_entry.
Result<EntrySeq> add_opened_entry(Draft& draft, AlertRecord& record, const Opening& opening,
                                  const ActorContext& context);

// --- decide_self.cc
/// The alert that stands for a trouble of our own: the open one of its rule and group key, which counts it,
/// or a new one. Of `record` title, description, severity, rule, source, group key and entities are filled.
Result<AlertId> open_or_attach_self(Draft& draft, AlertRecord record);

// --- decide_vendor.cc
/// What the alert of a product is opened as: the pack stands where a rule would.
RuleManifestEntry vendor_rule(const RuleId& rule, const VendorAlert& vendor);
/// Writes what the product has said since into the alert's history, and the last of it into `record`. What it
/// says changes neither status nor version. True: `record` is another now.
Result<bool> record_claims(Draft& draft, AlertRecord& record, std::span<const VendorClaim> claims);
/// The product's own id names the alert: what comes under it is news of this alert, never another one.
bool names_vendor_alert(const Signal& signal);

// --- decide_activity.cc
/// Counts a report for its source and for the observers in it; a replay of dead letters is none of them.
Result<void> record_activity(Draft& draft, const Report& report);

// --- decide_people.cc
/// Fills id (when empty) and creation time. Errors of check_person, Conflict (login).
Result<void> record_person(Draft& draft, Person& person, const ActorContext& context);
/// Errors of check_token, Conflict (id or secret).
Result<void> record_token(Draft& draft, const ApiToken& token, const ActorContext& context);

// --- decide_replay.cc
/// Stores the dead letters of a report that begins at `start`, as far as they are new, and says of the
/// letters that a replay's report covers what became of them. Corrupt: the replay does not hold that range.
Result<void> settle_dead_letters(Draft& draft, const Report& report, Offset start);

// --- decide_range.cc
/// Ends the open range of a partition with its ingest.range entry.
Result<void> finish_range(Draft& draft, const OpenRange& range);
/// One ingest.loss entry for each gap of another cause than not_delivered.
Result<void> add_loss_entries(Draft& draft, const Report& report);

}  // namespace countersign
