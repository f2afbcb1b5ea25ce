// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_runner.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/case_fold.h"
#include "core/message.h"
#include "ingest/event_fields.h"
#include "ingest/event_time.h"
#include "ingest/formats/event_xml.h"
#include "ingest/key_value_lists.h"

namespace countersign {
namespace {

/// What `table` gives for `value`; false: nothing. Texts are the table's own.
bool translate(const ValueTable& table, std::string& folded, Value& value) {
  folded.clear();
  case_fold_append(value.text, folded);
  const std::string* found = nullptr;
  const auto word =
      std::lower_bound(table.words.begin(), table.words.end(), folded,
                       [](const auto& entry, const std::string& key) { return entry.first < key; });
  if (word != table.words.end() && word->first == folded) {
    found = &word->second;
  } else if (!table.ranges.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(folded.data(), folded.data() + folded.size(), number);
    if (error == std::errc{} && (end == folded.data() + folded.size() || *end == '.')) {
      for (const ValueTable::Range& range : table.ranges)
        if (number >= range.first && number <= range.last) found = &range.value;
    }
  }
  if (found == nullptr && table.otherwise) found = &*table.otherwise;
  if (found == nullptr) return table.keeps_others;
  value.type = ValueType::String;
  value.text = *found;
  if (table.numbers) {
    value.type = ValueType::Integer;
    std::from_chars(found->data(), found->data() + found->size(), value.integer);
  }
  return true;
}

/// The member `name` of a list `A=1,B=2`.
std::string_view member_of(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view pair = list.substr(0, comma);
    if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name))
      return pair.substr(name.size() + 1);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return {};
}

/// Once: a wrapper in which nothing was known has done it already.
std::vector<std::pair<std::string_view, Value>> add_key_values(Event& event, std::string_view list) {
  auto pairs = key_values(event, list);
  const auto is_first = [&](const Field& field) {
    return field.alias && field.name.data() == pairs.front().first.data();
  };
  const auto fields = event.fields();
  if (pairs.empty() || std::any_of(fields.begin(), fields.end(), is_first)) return pairs;
  for (const auto& [name, value] : pairs) event.add(name, value, 1, true);
  return pairs;
}

/// Whether the event itself says it: what it was wrapped in gives way.
bool has_own(const Event& event, const FieldKey& key) {
  bool own = false;
  event.each_field(key, [&](const Field& field) {
    own = field.depth < kOuterDepth;
    return false;
  });
  return own;
}

/// A name below a lifted container: `Provider.#attributes.Name` → `Provider_Name`, `EventID.#text` →
/// `EventID`. Empty: nothing that has a name of its own.
std::string_view member_name(std::string_view rest, const Shape& shape, Arena& arena) {
  const auto mentions = [&](const std::string& member) {
    return !member.empty() && rest.find(member) != std::string_view::npos;
  };
  if (!mentions(shape.attributes_member) && !mentions(shape.text_member)) return rest;
  const std::span<char> place = arena.allocate(rest.size());
  std::size_t size = 0;
  char joint = '\0';
  bool ends_in_attributes = false;
  while (!rest.empty()) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view part = rest.substr(0, dot);
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    ends_in_attributes = part == shape.attributes_member;
    if (ends_in_attributes) {
      // An attribute of the lifted container itself is none of its members.
      if (size == 0) return {};
      joint = '_';
      continue;
    }
    if (part == shape.text_member && size > 0) continue;
    if (joint != '\0') place[size++] = joint;
    std::memcpy(place.data() + size, part.data(), part.size());
    size += part.size();
    joint = '.';
  }
  return ends_in_attributes ? std::string_view{} : std::string_view{place.data(), size};
}

}  // namespace

PackRunner::PackRunner(std::shared_ptr<const PackSet> packs, DecodeLimits limits,
                       const std::vector<FieldKey>* asked, TimeZone zone)
    : packs_(std::move(packs)), limits_(limits), zone_(std::move(zone)) {
  for (const auto& pack : packs_->packs()) names_.emplace(pack.get(), split(*pack, asked));
}

PackRunner::Names PackRunner::split(const Pack& pack, const std::vector<FieldKey>* asked) {
  Names names;
  if (asked == nullptr) {
    for (const FieldMap& entry : pack.maps) names.now.push_back(&entry);
    return names;
  }
  std::unordered_set<std::string_view> needed;
  for (const FieldKey& key : *asked) needed.insert(key.name);
  for (const TimeRule& rule : pack.time.order)
    for (const FieldKey& field : rule.fields) needed.insert(field.name);
  for (const auto& outcome : pack.outcomes)
    for (const FieldKey& field : outcome->duplicate_key) needed.insert(field.name);
  // A name that is made from another one needs that one; from the last to the first, because only an earlier
  // one can be its source.
  for (auto entry = pack.maps.rbegin(); entry != pack.maps.rend(); ++entry)
    if (needed.contains(entry->name.name))
      for (const FieldSource& source : entry->sources) needed.insert(source.field.name);
  for (const FieldMap& entry : pack.maps)
    (needed.contains(entry.name.name) ? names.now : names.later).push_back(&entry);
  return names;
}

void PackRunner::complete(const PackChoice& choice, Event& event) {
  for (const FieldMap* entry : names_.find(choice.pack)->second.later) map(*entry, *choice.pack, event);
}

void PackRunner::add_wrapper_name(const Shape& shape, Event& event) const {
  if (shape.wrapper_name.empty()) return;
  Value value;
  value.type = ValueType::String;
  value.text = wrapper_of(event);
  if (!value.text.empty()) event.add(shape.wrapper_name, value, 0, true);
}

/// What cannot be read stays the text that it is.
void PackRunner::unpack(const Shape& shape, Event& event) {
  for (std::size_t i = 0; i < shape.embedded.size(); ++i) {
    const Embedded& embedded = shape.embedded[i];
    // Of several values the first that may be of this format: `msg=audit(…): … msg='op=…'`.
    const Value* value = nullptr;
    event.each(embedded.field, [&](const Value& one) {
      if (one.is_scalar() && !one.text.empty() && one.text.starts_with(embedded.starts_with)) value = &one;
      return value == nullptr;
    });
    if (value == nullptr) continue;
    if (!std::all_of(embedded.when.begin(), embedded.when.end(),
                     [&](const FieldCondition& test) { return holds(test, event); }))
      continue;
    const std::string_view text = value->text;
    if (embedded.parser.format == MessageFormat::Json || embedded.parser.format == MessageFormat::EventXml) {
      if (!unpack_document(embedded, text, i, event)) continue;
    } else if (!read_text(embedded.parser, text, limits_, 1, nullptr, event).fits) {
      continue;
    }
    event.set_raw(event.raw(), RawForm::Other);  // an escape inside an escape
  }
}

bool PackRunner::unpack_document(const Embedded& embedded, std::string_view text, std::size_t index,
                                 Event& event) {
  while (embedded_.size() <= index) embedded_.emplace_back(limits_);
  Event& inner = embedded_[index].event;
  bool read = false;
  if (embedded.parser.format == MessageFormat::EventXml) {
    read = !read_event_xml(text, limits_, inner);
  } else {
    (void)embedded_[index].json.decode(padded(text, event.arena()), inner, [&](const JsonElement& element) {
      read = !element.of_array && element.failure == nullptr;
    });
  }
  if (!read) return false;
  for (const Field& field : inner.fields())
    event.add(field.name, field.value, static_cast<std::uint16_t>(field.depth + 1), field.alias);
  return true;
}

void PackRunner::lift(const Shape& shape, Event& event) const {
  if (shape.lifts.empty()) return;
  const std::size_t count = event.fields().size();
  for (std::size_t i = 0; i < count; ++i) {
    const Field field = event.fields()[i];
    for (const Lift& lift : shape.lifts) {
      if (!field.name.starts_with(lift.prefix)) continue;
      std::string_view rest = field.name.substr(lift.prefix.size());
      for (std::size_t wild = 0; wild < lift.wild; ++wild) {
        const std::size_t dot = rest.find('.');
        rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
      }
      const std::string_view name = member_name(rest, shape, event.arena());
      if (name.empty()) continue;
      event.add(name, field.value, lift.depth, true);
      break;
    }
  }
}

std::string_view PackRunner::look_up(const FieldMap& map, const Pack& pack, Event& event) {
  values_.clear();
  if (!map.constant.empty()) {
    Value& value = values_.emplace_back();
    value.type = ValueType::String;
    value.text = map.constant;
    return {};
  }
  if (map.joint) return join(map, pack, event);
  for (const FieldSource& source : map.sources) {
    event.each(source.field, [&](const Value& value) {
      if (!value.is_scalar() || value.type == ValueType::Null) return true;
      Value named = value;
      if (!source.member.empty()) named.text = member_of(value.text, source.member);
      if (named.text.empty() || is_one_of(named.text, pack.ignored_folded)) return true;
      if (map.table == nullptr || translate(*map.table, folded_, named)) values_.push_back(named);
      return true;
    });
    if (!values_.empty()) return source.field.name;
  }
  return {};
}

std::string_view PackRunner::join(const FieldMap& map, const Pack& pack, Event& event) {
  joined_.clear();
  for (const FieldSource& source : map.sources) {
    const Value* value = first_scalar(event, source.field);
    const bool there =
        value != nullptr && !value->text.empty() && !is_one_of(value->text, pack.ignored_folded);
    if (!there && joined_.empty()) return {};
    if (!there) continue;
    if (!joined_.empty()) joined_ += *map.joint;
    joined_ += value->text;
  }
  Value& value = values_.emplace_back();
  value.type = ValueType::String;
  value.text = event.arena().store(joined_);
  return map.sources.front().field.name;
}

void PackRunner::map(const FieldMap& map, const Pack& pack, Event& event) {
  if (!map.hides && has_own(event, map.name)) return;
  // Collected first: adding moves the fields that each() walks over.
  const std::string_view source = look_up(map, pack, event);
  for (const Value& value : values_) event.add(map.name, value, 0, true);
  if (found_ != nullptr) note(map, source);
}

void PackRunner::note(const FieldMap& map, std::string_view source) {
  if (values_.empty() && !map.sources.empty()) {
    std::string fields;
    for (const FieldSource& from : map.sources) fields += (fields.empty() ? "" : ", ") + from.field.name;
    found_->missing.push_back(fmt::format("{} ({})", map.name.name, fields));
  }
  for (const Value& value : values_)
    found_->names.push_back({map.name.name, std::string(value.text), std::string(source)});
}

void PackRunner::outer_fields(const PackChoice& choice, Event& event, std::uint16_t depth,
                              std::vector<OuterField>& out) {
  for (const std::string& list : choice.shape->key_values)
    for (const auto& [name, value] : add_key_values(event, list)) out.push_back({name, value, depth});
  for (const FieldMap& entry : choice.shape->maps) {
    (void)look_up(entry, *choice.pack, event);
    for (const Value& value : values_) out.push_back({entry.name.name, value, depth});
  }
}

const ClassOutcome* PackRunner::classify(const Pack& pack, const Event& event) {
  std::uint32_t at = pack.class_root;
  for (const FieldKey& field : pack.class_fields) {
    const ClassNode& node = pack.class_nodes[at];
    at = node.other;
    if (node.children.empty()) continue;
    event.each(field, [&](const Value& value) {
      if (!value.is_scalar()) return true;
      folded_.clear();
      case_fold_append(value.text, folded_);
      const auto child =
          std::lower_bound(node.children.begin(), node.children.end(), folded_,
                           [](const auto& entry, const std::string& key) { return entry.first < key; });
      if (child == node.children.end() || child->first != folded_) return true;
      at = child->second;
      return false;
    });
  }
  return pack.outcomes[at].get();
}

std::optional<DecodeFailure> PackRunner::apply(const PackChoice& choice, Timestamp append_time, Timestamp now,
                                               Event& event) {
  const Pack& pack = *choice.pack;
  add_wrapper_name(*choice.shape, event);
  unpack(*choice.shape, event);
  lift(*choice.shape, event);
  for (const std::string& list : choice.shape->key_values) (void)add_key_values(event, list);
  for (const FieldMap& entry : choice.shape->maps) map(entry, pack, event);
  outcome_ = classify(pack, event);
  event.set_event_class(&outcome_->event_class);
  for (const FieldMap* entry : outcome_->maps) map(*entry, pack, event);
  for (const FieldMap* entry : names_.find(&pack)->second.now) map(*entry, pack, event);
  const EventTime read = read_event_time(event, pack.time, append_time, zone_);
  if (found_ != nullptr) {
    found_->time_field = read.field;
    if (!read.time && read.present) found_->unread_time = fmt::format("{} = {}", read.field, read.text);
  }
  if (!read.time && read.present && pack.time.reject_unreadable)
    return DecodeFailure{"bad_time",
                         fmt::format("no time field of the pack {} can be read as a time", pack.name)};
  const Timestamp time = read.time.value_or(append_time);
  if (time > now + kFutureMax) {
    event.set_time(now, TimeSource::Ingestion, true);
  } else {
    event.set_time(time, read.time ? TimeSource::Event : TimeSource::Record, false);
  }
  return std::nullopt;
}

}  // namespace countersign
