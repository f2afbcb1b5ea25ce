// SPDX-License-Identifier: Apache-2.0
#include "store/reader.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "core/case_fold.h"
#include "store/evidence/strict_json.h"
#include "store/ledger.h"
#include "store/payload.h"

namespace countersign {
namespace {

/// Members that hold the text of an action, by kind of payload (decide_action.cc).
constexpr std::array<std::string_view, 4> kTextMembers{"rationale", "note", "reason", "claimed"};

std::string member_of(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  if (member == nullptr || member->text() == nullptr) return {};
  return *member->text();
}

}  // namespace

Result<std::optional<std::string>> Reader::payload(const Snapshot& snapshot, const std::string& place) const {
  auto secret = find<PayloadKey>(snapshot, Family::PayloadKeys, place);
  if (!secret) return failure(secret.error());
  auto sealed = find<Sealed>(snapshot, Family::Payloads, place);
  if (!sealed) return failure(sealed.error());
  if (!*secret || !*sealed) return std::optional<std::string>();
  auto plain = open_payload(place, **sealed, **secret);
  if (!plain) return failure(plain.error());
  return std::optional<std::string>(std::move(*plain));
}

/// The text that an action left with its entry; empty when there is none, or it is erased.
Result<std::string> Reader::text_of_entry(const Snapshot& snapshot, EntrySeq entry) const {
  auto plain = payload(snapshot, key::entry_payload(entry));
  if (!plain) return failure(plain.error());
  if (!*plain) return std::string();
  auto object = parse_strict_json(**plain);
  if (!object) return failure(ErrorKind::Corrupt, "payload: " + object.error().message);
  for (const std::string_view name : kTextMembers) {
    if (std::string text = member_of(*object, name); !text.empty()) return text;
  }
  return std::string();
}

Result<Alert> Reader::filled(const Snapshot& snapshot, const AlertRecord& record) const {
  auto counts = find<AlertCounts>(snapshot, Family::Counts, key::alert(record.facts.id));
  if (!counts) return failure(counts.error());
  const AlertCounts known = counts->value_or(AlertCounts{});
  if (known.damaged) {
    return failure(ErrorKind::Corrupt,
                   fmt::format("counts of alert {} are damaged", to_string(record.facts.id)));
  }
  Alert alert = alert_of(record, known);
  if (alert.decision && record.review.rationale_given) {
    auto text = text_of_entry(snapshot, alert.decision->entry);
    if (!text) return failure(text.error());
    alert.decision->rationale = std::move(*text);
  }
  return alert;
}

Result<Alert> Reader::alert(const AlertId& id) const {
  const Snapshot snapshot = db_.snapshot();
  auto record = find<AlertRecord>(snapshot, Family::Alerts, key::alert(id));
  if (!record) return failure(record.error());
  if (!*record) return failure(ErrorKind::NotFound, fmt::format("no alert {}", to_string(id)));
  return filled(snapshot, **record);
}

Result<Alert> Reader::alert_of_receipt(const AlertRecord& record, const AlertCounts& counts) const {
  const Snapshot snapshot = db_.snapshot();
  Alert alert = alert_of(record, counts);
  if (alert.decision && record.review.rationale_given) {
    auto text = text_of_entry(snapshot, alert.decision->entry);
    if (!text) return failure(text.error());
    alert.decision->rationale = std::move(*text);
  }
  return alert;
}

Result<EntrySeq> Reader::last_entry_of(const AlertId& id) const {
  const Snapshot snapshot = db_.snapshot();
  auto record = find<AlertRecord>(snapshot, Family::Alerts, key::alert(id));
  if (!record) return failure(record.error());
  if (!*record) return failure(ErrorKind::NotFound, fmt::format("no alert {}", to_string(id)));
  return (*record)->last_entry;
}

Result<HistoryPage> Reader::history(const AlertId& id, std::optional<EntrySeq> from,
                                    std::size_t limit) const {
  const Snapshot snapshot = db_.snapshot();
  const std::string prefix = key::alert(id);
  auto known = db_.get(snapshot, Family::Alerts, prefix);
  if (!known) return failure(known.error());
  if (!*known) return failure(ErrorKind::NotFound, fmt::format("no alert {}", to_string(id)));
  HistoryPage page;
  Cursor rows = db_.cursor(&snapshot, Family::History, prefix, key::end_of(prefix));
  rows.seek(key::history(id, from.value_or(EntrySeq{0})));
  for (; rows.valid(); rows.next()) {
    auto row = decode<HistoryRow>(rows.value());
    if (!row) return failure(row.error());
    if (page.rows.size() == std::min(limit, kPageSizeMax)) {
      page.next = row->entry;
      break;
    }
    auto text = text_of_entry(snapshot, row->entry);
    if (!text) return failure(text.error());
    row->text = std::move(*text);
    page.rows.push_back(std::move(*row));
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return page;
}

Result<std::string> Reader::explanation(const AlertId& id) const {
  const Snapshot snapshot = db_.snapshot();
  const std::string prefix = key::alert(id);
  Cursor rows = db_.cursor(&snapshot, Family::History, prefix, key::end_of(prefix));
  rows.seek_first();
  if (!rows.valid()) {
    if (auto ok = rows.status(); !ok) return failure(ok.error());
    return failure(ErrorKind::NotFound, fmt::format("no alert {}", to_string(id)));
  }
  auto opened = decode<HistoryRow>(rows.value());
  if (!opened) return failure(opened.error());
  auto plain = payload(snapshot, key::entry_payload(opened->entry));
  if (!plain) return failure(plain.error());
  if (!*plain) return std::string();
  boost::system::error_code error;
  const boost::json::value object = boost::json::parse(**plain, error);
  if (error || !object.is_object()) return failure(ErrorKind::Corrupt, "payload: no JSON object");
  const boost::json::value* member = object.get_object().if_contains("explanation");
  return member == nullptr ? std::string() : boost::json::serialize(*member);
}

Result<Store::SampleEvents> Reader::events(const AlertId& id) const {
  const Snapshot snapshot = db_.snapshot();
  auto known = db_.get(snapshot, Family::Alerts, key::alert(id));
  if (!known) return failure(known.error());
  if (!*known) return failure(ErrorKind::NotFound, fmt::format("no alert {}", to_string(id)));
  auto heads = find<SampleHeads>(snapshot, Family::Samples, key::alert(id));
  if (!heads) return failure(heads.error());
  Store::SampleEvents out;
  if (!*heads) return out;
  for (const bool small : {true, false}) {
    for (const SampleHead& head : small ? (*heads)->smallest : (*heads)->largest) {
      SampleEvent event{head.time, head.hash, head.offset, head.index, {}, head.truncated, head.append_time};
      auto bytes = payload(snapshot, key::sample_payload(id, head.hash));
      if (!bytes) return failure(bytes.error());
      event.bytes = bytes->value_or("");
      (small ? out.smallest : out.largest).push_back(std::move(event));
    }
  }
  return out;
}

Result<std::map<SourcePartition, SourcePosition>> Reader::positions(const SourceName& source) const {
  std::map<SourcePartition, SourcePosition> out;
  // The rows of one source lie together, but a partition is not read back from a key: the sums name it.
  const Snapshot snapshot = db_.snapshot();
  Cursor sums = db_.cursor(&snapshot, Family::Ledger, "s", "t");
  for (sums.seek_first(); sums.valid(); sums.next()) {
    auto sum = decode<LedgerRow>(sums.value());
    if (!sum) return failure(sum.error());
    if (sum->partition.source != source) continue;
    auto position = find<SourcePosition>(snapshot, Family::Ledger, key::position(sum->partition));
    if (!position) return failure(position.error());
    if (*position) out[sum->partition] = std::move(**position);
  }
  if (auto ok = sums.status(); !ok) return failure(ok.error());
  return out;
}

Result<LedgerSummary> Reader::ledger() const {
  LedgerSummary summary;
  const Snapshot snapshot = db_.snapshot();
  Cursor sums = db_.cursor(&snapshot, Family::Ledger, "s", "t");
  for (sums.seek_first(); sums.valid(); sums.next()) {
    auto sum = decode<LedgerRow>(sums.value());
    if (!sum) return failure(sum.error());
    for (const std::string& problem : imbalances(*sum)) {
      summary.problems.push_back(
          fmt::format("{} incarnation {}: {}", to_string(sum->partition), sum->incarnation, problem));
    }
    summary.partitions.push_back(std::move(*sum));
  }
  if (auto ok = sums.status(); !ok) return failure(ok.error());
  summary.balanced = summary.problems.empty();
  return summary;
}

Result<Head> Reader::head() const {
  auto found = find<Head>(db_.snapshot(), Family::Meta, "head");
  if (!found) return failure(found.error());
  return found->value_or(Head{});
}

Result<std::optional<Identity>> Reader::identity() const {
  return find<Identity>(db_.snapshot(), Family::Meta, "identity");
}

}  // namespace countersign
