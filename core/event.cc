// SPDX-License-Identifier: Apache-2.0
#include "core/event.h"

#include <cstring>
#include <limits>

#include "core/same_bytes.h"

namespace countersign {
namespace {

constexpr std::size_t kFirstSlots = 256;
constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15ULL;  // the golden ratio, as in Fibonacci hashing

template <class Word>
std::uint64_t word_at(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

// Word by word, each mixed in by a multiplication; only a table in memory depends on it, and names that meet
// in it are compared. The last word may overlap the one before: the size tells such names apart.
std::uint64_t FieldKey::hash_of(std::string_view name) {
  std::uint64_t hash = name.size() * kSpread;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kSpread;
    hash ^= hash >> 32U;
  };
  const char* at = name.data();
  const std::size_t size = name.size();
  if (size >= 8) {
    const char* const last = at + size - 8;
    for (; at < last; at += 8) mix(word_at<std::uint64_t>(at));
    mix(word_at<std::uint64_t>(last));
  } else if (size >= 4) {
    mix(word_at<std::uint32_t>(at) | word_at<std::uint32_t>(at + size - 4) << 32U);
  } else if (size > 0) {
    mix(word_at<std::uint8_t>(at) | word_at<std::uint8_t>(at + size / 2) << 8U |
        word_at<std::uint8_t>(at + size - 1) << 16U);
  }
  return hash;
}

FieldKey::FieldKey(std::string field_name) : name(std::move(field_name)), hash(hash_of(name)) {}

Event::Event() : fields_(kFirstSlots / 2), slots_(kFirstSlots), mask_(kFirstSlots - 1) {}

void Event::clear() {
  arena_.clear();
  count_ = 0;
  ++epoch_;
  time_ = Timestamp{};
  time_source_ = TimeSource::Ingestion;
  skewed_ = false;
  event_class_ = nullptr;
  set_raw({}, RawForm::Other);
}

void Event::grow() {
  fields_.resize(2 * fields_.size());
  slots_.assign(2 * slots_.size(), Slot{});
  mask_ = slots_.size() - 1;
  for (std::size_t i = 0; i < count_; ++i) {
    fields_[i].next = 0;
    link(fields_[i]);
  }
}

void Event::add(std::string_view name, const Value& value, std::uint16_t depth, bool alias) {
  add(name, FieldKey::hash_of(name), depth, alias) = value;
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
    if (field.hash != key.hash || field.name.size() != key.name.size()) continue;
    if (!same_bytes(field.name.data(), key.name.data(), key.name.size())) continue;
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
