// SPDX-License-Identifier: Apache-2.0
#include "core/event.h"

#include <cstring>
#include <limits>

namespace countersign {
namespace {

constexpr std::size_t kFirstSlots = 256;
constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15ULL;  // the golden ratio, as in Fibonacci hashing

// Word by word, each mixed in by a multiplication; only a table in memory depends on it, and names that meet
// in it are compared.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = name.size() * kSpread;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kSpread;
    hash ^= hash >> 32U;
  };
  const auto word_at = [](const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
  };
  const char* at = name.data();
  const char* const end = at + name.size();
  if (name.size() >= 8) {
    for (; end - at > 8; at += 8) mix(word_at(at));
    mix(word_at(end - 8));  // may overlap the one before: the size tells such names apart
    return hash;
  }
  std::uint64_t word = 0;
  for (; at != end; ++at) word = word << 8U | static_cast<unsigned char>(*at);
  mix(word);
  return hash;
}

}  // namespace

FieldKey::FieldKey(std::string field_name) : name(std::move(field_name)), hash(hash_name(name)) {}

Event::Event() : slots_(kFirstSlots) {}

void Event::clear() {
  arena_.clear();
  fields_.clear();
  ++epoch_;
  time_ = Timestamp{};
  time_source_ = TimeSource::Ingestion;
  skewed_ = false;
  event_class_ = nullptr;
  set_raw({}, RawForm::Other);
}

void Event::rehash(std::size_t slots) {
  slots_.assign(slots, Slot{});
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    fields_[i].next = 0;
    Slot& slot = slots_[fields_[i].hash & (slots - 1)];
    const auto index = static_cast<std::uint32_t>(i + 1);
    if (slot.epoch != epoch_) {
      slot = {epoch_, index, index};
    } else {
      fields_[slot.tail - 1].next = index;
      slot.tail = index;
    }
  }
}

void Event::add(std::string_view name, const Value& value, std::uint16_t depth, bool alias) {
  link(name, hash_name(name), depth, alias) = value;
}

void Event::add(const FieldKey& key, const Value& value, std::uint16_t depth, bool alias) {
  link(key.name, key.hash, depth, alias) = value;
}

Value& Event::add(std::string_view name, std::uint16_t depth) {
  return link(name, hash_name(name), depth, false);
}

Value& Event::link(std::string_view name, std::uint64_t hash, std::uint16_t depth, bool alias) {
  if ((fields_.size() + 1) * 2 > slots_.size()) rehash(slots_.size() * 2);
  Field& field = fields_.emplace_back();
  field.name = name;
  field.hash = hash;
  field.depth = depth;
  field.alias = alias;
  Slot& slot = slots_[hash & (slots_.size() - 1)];
  const auto index = static_cast<std::uint32_t>(fields_.size());
  if (slot.epoch != epoch_) {
    slot = {epoch_, index, index};
  } else {
    fields_[slot.tail - 1].next = index;
    slot.tail = index;
  }
  return field.value;
}

void Event::set_time(Timestamp time, TimeSource source, bool skewed) {
  time_ = time;
  time_source_ = source;
  skewed_ = skewed;
}

const Field* Event::find_first(const FieldKey& key, std::uint16_t& depth) const {
  const Field* first = nullptr;
  for (std::uint32_t index = slot_of(key.hash).head; index != 0; index = fields_[index - 1].next) {
    const Field& field = fields_[index - 1];
    if (field.hash != key.hash || field.name != key.name) continue;
    if (first == nullptr || field.depth < first->depth) first = &field;
    if (field.depth == 0) break;
  }
  if (first != nullptr) depth = first->depth;
  return first;
}

const Value* Event::first(const FieldKey& key) const {
  std::uint16_t depth = 0;
  const Field* field = first_with(key, depth);
  return field == nullptr ? nullptr : &field->value;
}

}  // namespace countersign
