// SPDX-License-Identifier: Apache-2.0
// Parts of report.proto that stored messages share, converted one by one. For codecs only: the message types
// are declared, their generated headers stay in .cc files. read_… return false when a value is out of range.
#pragma once

#include <string>
#include <string_view>

#include "core/report.h"

namespace countersign::wire {
class Counts;
class DeadLetter;
class Entity;
class Gap;
class GroupKeyPart;
class Partition;
class Position;
class RuleManifestEntry;
class SampleEvent;
class Signal;
}  // namespace countersign::wire

namespace countersign {

std::int64_t to_nanos(Timestamp time);
Timestamp from_nanos(std::int64_t nanos);
std::string hash_bytes(const Hash256& hash);
/// Empty bytes are the zero hash.
bool read_hash(const std::string& bytes, Hash256& out);
bool read_level(std::uint32_t number, Level& out);

void write_message(const SourcePartition& from, wire::Partition& to);
void write_message(const Gap& from, wire::Gap& to);
void write_message(const LedgerCounts& from, wire::Counts& to);
void write_message(const SourcePosition& from, wire::Position& to);
void write_message(const GroupKeyPart& from, wire::GroupKeyPart& to);
void write_message(const SampleEvent& from, wire::SampleEvent& to);
void write_message(const Entity& from, wire::Entity& to);
void write_message(const Signal& from, wire::Signal& to);
void write_message(const DeadLetter& from, wire::DeadLetter& to);
void write_message(const RuleManifestEntry& from, wire::RuleManifestEntry& to);

bool read_message(const wire::Partition& from, SourcePartition& to);
bool read_message(const wire::Gap& from, Gap& to);
bool read_message(const wire::Counts& from, LedgerCounts& to);
bool read_message(const wire::Position& from, SourcePosition& to);
bool read_message(const wire::GroupKeyPart& from, GroupKeyPart& to);
bool read_message(const wire::SampleEvent& from, SampleEvent& to);
bool read_message(const wire::Entity& from, Entity& to);
bool read_message(const wire::Signal& from, Signal& to);
bool read_message(const wire::DeadLetter& from, DeadLetter& to);
bool read_message(const wire::RuleManifestEntry& from, RuleManifestEntry& to);

}  // namespace countersign
