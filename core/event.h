// SPDX-License-Identifier: Apache-2.0
// One decoded security event: flat fields over bytes that the event owns. One thread owns and uses an Event
// and reuses it: clear() keeps all memory, so that a warm event allocates nothing per field.
//
// Names are dotted paths. A nested member `id` → `orig_h` and a literal key `id.orig_h` have the same name;
// lookup gives the literal one first (smallest depth) and only the values of that depth. Several values under
// one name (arrays, duplicate keys) are all kept; a test on the field holds when it holds for any of them
// (rules.md §1.5).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/arena.h"
#include "core/log_source.h"
#include "core/time.h"

namespace countersign {

enum class ValueType : std::uint8_t {
  Null,
  Bool,
  Integer,   // fits std::int64_t
  Unsigned,  // an integer above that which fits std::uint64_t
  Double,    // any other number; integers beyond 64 bits keep their digits in `text`
  String,
  Object,  // a container: exists, but holds no comparable value of its own
  Array,
};

struct Value {
  ValueType type = ValueType::Null;
  std::string_view
      text;  // String: its UTF-8; numbers: the digits as written; Bool: true or false; else empty
  union {    // by type
    std::int64_t integer = 0;        // Integer; Bool as 0 or 1
    std::uint64_t unsigned_integer;  // Unsigned
    double number;                   // Double
  };

  bool is_number() const {
    return type == ValueType::Integer || type == ValueType::Unsigned || type == ValueType::Double;
  }
  bool is_scalar() const { return type != ValueType::Object && type != ValueType::Array; }
};

/// A field name with its hash, made once per rule or pack and looked up in every event.
struct FieldKey {
  explicit FieldKey(std::string field_name);
  static std::uint64_t hash_of(std::string_view name);
  std::string name;
  std::uint64_t hash;
};

struct Field {
  std::string_view name;
  Value value;
  std::uint64_t hash = 0;
  std::uint16_t depth = 0;  // containers above the value whose keys the name joins; 0 = literal top-level key
  bool alias = false;       // a second name given by the pack; keyword search passes over it
  std::uint32_t next = 0;   // index + 1 of the next field with this hash, 0 = none
};

enum class TimeSource : std::uint8_t { Event, Record, Ingestion };

/// How the values of an event stand in its own bytes.
enum class RawForm : std::uint8_t {
  /// Each text and number that is no alias stands there as JSON writes it, and every character of it that is
  /// plain in JSON (json_text.h), or folds to one that is, stands for itself.
  PlainJson,
  Other,
};

class Event {
 public:
  Event();

  // --- writing, by decoders and packs
  void clear();
  Arena& arena() { return arena_; }
  /// `name` and the texts of `value` must live as long as the event: arena(), pack, or message bytes.
  void add(std::string_view name, const Value& value, std::uint16_t depth = 0, bool alias = false);
  /// The same with a name that is hashed already; the key must outlive the event.
  void add(const FieldKey& key, const Value& value, std::uint16_t depth, bool alias);
  /// The same for a value that the caller fills in before anything else is added.
  Value& add(const FieldKey& key, std::uint16_t depth) { return add(key.name, key.hash, depth, false); }
  /// The same with `hash`, which is that of a FieldKey of this name.
  Value& add(std::string_view name, std::uint64_t hash, std::uint16_t depth, bool alias);
  void set_time(Timestamp time, TimeSource source, bool skewed);
  void set_event_class(const EventClass* event_class) { event_class_ = event_class; }
  void set_raw(std::string_view raw, RawForm form) {
    raw_ = raw;
    raw_form_ = form;
  }

  // --- reading
  std::span<const Field> fields() const { return {fields_.data(), count_}; }
  /// Calls `visit(const Value&)` for each value of the field, in order of writing, until it returns false.
  template <class Visit>
  void each(const FieldKey& key, Visit visit) const;
  /// The same with the whole field: `visit(const Field&)`; it lies in fields().
  template <class Visit>
  void each_field(const FieldKey& key, Visit visit) const;
  bool has(const FieldKey& key) const {
    std::uint16_t depth = 0;
    return first_with(key, depth) != nullptr;
  }
  /// The first value of the field, or null.
  const Value* first(const FieldKey& key) const;

  Timestamp time() const { return time_; }
  TimeSource time_source() const { return time_source_; }
  bool skewed() const { return skewed_; }  // its own time was too far in the future
  const EventClass* event_class() const { return event_class_; }
  /// The event's own bytes as they came: the message, or its element of an array.
  std::string_view raw() const { return raw_; }
  RawForm raw_form() const { return raw_form_; }

 private:
  struct Slot {
    std::uint64_t epoch = 0;
    std::uint32_t head = 0;
    std::uint32_t tail = 0;
  };

  const Slot& slot_of(std::uint64_t hash) const { return slots_[hash & mask_]; }
  /// Most fields that are asked for are not there: that much is said without a call.
  const Field* first_with(const FieldKey& key, std::uint16_t& depth) const {
    return slot_of(key.hash).epoch == epoch_ ? find_first(key, depth) : nullptr;
  }
  const Field* find_first(const FieldKey& key, std::uint16_t& depth) const;
  /// Makes the tables twice as large.
  void grow();
  /// Makes the last field one that its hash leads to.
  void link(Field& field) {
    Slot& slot = slots_[field.hash & mask_];
    const auto index = static_cast<std::uint32_t>(&field - fields_.data() + 1);
    if (slot.epoch != epoch_) {
      slot.epoch = epoch_;
      slot.head = index;
    } else {
      fields_[slot.tail - 1].next = index;
    }
    slot.tail = index;
  }

  Arena arena_;
  std::vector<Field> fields_;  // the first `count_` are in use; half as many as slots
  std::size_t count_ = 0;
  std::vector<Slot> slots_;  // by hash; a slot counts only when its epoch is the event's
  std::uint64_t mask_;       // of a hash: the slot
  std::uint64_t epoch_ = 1;
  Timestamp time_{};
  TimeSource time_source_ = TimeSource::Ingestion;
  bool skewed_ = false;
  const EventClass* event_class_ = nullptr;
  std::string_view raw_;
  RawForm raw_form_ = RawForm::Other;
};

inline Value& Event::add(std::string_view name, std::uint64_t hash, std::uint16_t depth, bool alias) {
  if (count_ == fields_.size()) [[unlikely]]
    grow();
  Field& field = fields_[count_++];
  field = {name, {}, hash, depth, alias, 0};
  link(field);
  return field.value;
}

inline void Event::add(const FieldKey& key, const Value& value, std::uint16_t depth, bool alias) {
  add(key.name, key.hash, depth, alias) = value;
}

template <class Visit>
void Event::each(const FieldKey& key, Visit visit) const {
  each_field(key, [&](const Field& field) { return visit(field.value); });
}

template <class Visit>
void Event::each_field(const FieldKey& key, Visit visit) const {
  std::uint16_t depth = 0;
  const Field* field = first_with(key, depth);
  if (field == nullptr || !visit(*field)) return;
  while (field->next != 0) {
    field = &fields_[field->next - 1];
    if (field->hash == key.hash && field->depth == depth && field->name == key.name && !visit(*field)) return;
  }
}

}  // namespace countersign
