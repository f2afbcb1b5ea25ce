// SPDX-License-Identifier: Apache-2.0
// Shared between the codec files: conversions of the parts that several stored messages hold. The generated
// headers stay in .cc files.
#pragma once

#include "core/wire/report_fields.h"
#include "store/records.h"

namespace countersign::wire {
class Actor;
class AlertCounts;
class AlertIdMessage;
class AlertRecord;
class ApiToken;
class Current;
class GroupRecord;
class HistoryRow;
class Identity;
class LedgerRow;
class LetterStatus;
class LetterTally;
class PayloadKey;
class Person;
class QueuePlace;
class ReplayRecord;
class SampleHeads;
class Sealed;
class SourceActivity;
class SourceHealth;
class StoredDeadLetter;
}  // namespace countersign::wire

namespace countersign {

/// `value` as an enumerator of `Enum` between `first` and `last`.
template <class Enum>
bool read_enum(std::uint32_t value, Enum last, Enum& out) {
  if (value < 1 || value > static_cast<std::uint32_t>(last)) return false;
  out = static_cast<Enum>(value);
  return true;
}

void write_message(const Actor& from, wire::Actor& to);
void write_message(const AlertId& from, wire::AlertIdMessage& to);
void write_message(const AlertRecord& from, wire::AlertRecord& to);
void write_message(const AlertCounts& from, wire::AlertCounts& to);
void write_message(const SampleHeads& from, wire::SampleHeads& to);
void write_message(const HistoryRow& from, wire::HistoryRow& to);
void write_message(const QueuePlace& from, wire::QueuePlace& to);
void write_message(const GroupRecord& from, wire::GroupRecord& to);
void write_message(const LedgerRow& from, wire::LedgerRow& to);
void write_message(const StoredDeadLetter& from, wire::StoredDeadLetter& to);
void write_message(const LetterStatus& from, wire::LetterStatus& to);
void write_message(const LetterTally& from, wire::LetterTally& to);
void write_message(const ReplayRecord& from, wire::ReplayRecord& to);
void write_message(const SourceActivity& from, wire::SourceActivity& to);
void write_message(const SourceHealth& from, wire::SourceHealth& to);
void write_message(const Sealed& from, wire::Sealed& to);
void write_message(const PayloadKey& from, wire::PayloadKey& to);
void write_message(const PersonRecord& from, wire::Person& to);
void write_message(const ApiToken& from, wire::ApiToken& to);
void write_message(const Identity& from, wire::Identity& to);
void write_message(const Current& from, wire::Current& to);

bool read_message(const wire::Actor& from, Actor& to);
bool read_message(const wire::AlertIdMessage& from, AlertId& to);
bool read_message(const wire::AlertRecord& from, AlertRecord& to);
bool read_message(const wire::AlertCounts& from, AlertCounts& to);
bool read_message(const wire::SampleHeads& from, SampleHeads& to);
bool read_message(const wire::HistoryRow& from, HistoryRow& to);
bool read_message(const wire::QueuePlace& from, QueuePlace& to);
bool read_message(const wire::GroupRecord& from, GroupRecord& to);
bool read_message(const wire::LedgerRow& from, LedgerRow& to);
bool read_message(const wire::StoredDeadLetter& from, StoredDeadLetter& to);
bool read_message(const wire::LetterStatus& from, LetterStatus& to);
bool read_message(const wire::LetterTally& from, LetterTally& to);
bool read_message(const wire::ReplayRecord& from, ReplayRecord& to);
bool read_message(const wire::SourceActivity& from, SourceActivity& to);
bool read_message(const wire::SourceHealth& from, SourceHealth& to);
bool read_message(const wire::Sealed& from, Sealed& to);
bool read_message(const wire::PayloadKey& from, PayloadKey& to);
bool read_message(const wire::Person& from, PersonRecord& to);
bool read_message(const wire::ApiToken& from, ApiToken& to);
bool read_message(const wire::Identity& from, Identity& to);
bool read_message(const wire::Current& from, Current& to);

}  // namespace countersign
