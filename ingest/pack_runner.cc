// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_runner.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/case_fold.h"
#include "core/message.h"
#include "ingest/event_fields.h"
#include "ingest/event_time.h"
#include "ingest/event_xml.h"
#include "ingest/key_value.h"

namespace countersign {
namespace {

bool equals_folded_ascii(std::string_view text, std::string_view folded) {
  return text.size() == folded.size() &&
         std::equal(text.begin(), text.end(), folded.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

bool is_one_of(std::string_view text, const std::vector<std::string>& folded) {
  // Folding keeps the length of ASCII, and may change that of any other text.
  std::size_t longest = 0;
  for (const std::string& candidate : folded) {
    if (equals_folded_ascii(text, candidate)) return true;
    longest = std::max(longest, candidate.size());
  }
  // One character of three bytes may fold to one of one byte, the largest change there is.
  if (text.size() > 3 * longest || is_ascii(text)) return false;
  return std::find(folded.begin(), folded.end(), case_fold(text)) != folded.end();
}

bool holds(const FieldTest& test, const Event& event) {
  if (test.folded.empty()) return event.has(test.field);
  bool found = false;
  event.each(test.field, [&](const Value& value) {
    found = value.is_scalar() && is_one_of(value.text, test.folded);
    return !found;
  });
  return found;
}

/// The name of the only member of a message that is an object in an object.
std::string_view wrapper_of(const Event& event) {
  const auto fields = event.fields();
  if (fields.empty() || fields.front().value.type != ValueType::Object || fields.front().depth != 0)
    return {};
  const std::string_view name = fields.front().name;
  for (const Field& field : fields.subspan(1)) {
    if (field.depth == 0 && !field.alias) return {};
  }
  return name;
}

/// The element in a line that may have a syslog header in front of it.
std::string_view xml_of(std::string_view text) {
  return text.substr(std::min(text.find("<Event"), text.size()));
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

PackRunner::PackRunner(std::shared_ptr<const PackSet> packs, std::string only, DecodeLimits limits,
                       const std::vector<FieldKey>* asked)
    : packs_(std::move(packs)), only_(std::move(only)), limits_(limits) {
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

bool PackRunner::accepts(const ShapeTest& test, const Event& event, const TopicName& topic) const {
  if (!test.topics.empty() &&
      std::find(test.topics.begin(), test.topics.end(), topic.value) == test.topics.end())
    return false;
  for (const std::string& text : test.text) {
    if (event.raw().find(text) == std::string_view::npos) return false;
  }
  for (const FieldTest& field : test.fields) {
    if (!holds(field, event)) return false;
  }
  if (test.wrappers.empty()) return true;
  const std::string_view wrapper = wrapper_of(event);
  return std::find(test.wrappers.begin(), test.wrappers.end(), wrapper) != test.wrappers.end();
}

std::optional<PackChoice> PackRunner::choose(const Event& event, const TopicName& topic) const {
  for (const auto& pack : packs_->packs()) {
    if (!asks(*pack)) continue;
    for (const Shape& shape : pack->shapes) {
      if (shape.format != MessageFormat::Json) continue;
      if (shape.any.empty() || std::any_of(shape.any.begin(), shape.any.end(), [&](const ShapeTest& test) {
            return accepts(test, event, topic);
          }))
        return PackChoice{pack.get(), &shape};
    }
  }
  return std::nullopt;
}

std::optional<PackChoice> PackRunner::choose_text(std::string_view text, const TopicName& topic, Event& event,
                                                  std::optional<DecodeFailure>& failure) const {
  const auto has_texts = [&](const ShapeTest& test) {
    return std::all_of(test.text.begin(), test.text.end(),
                       [&](const std::string& part) { return text.find(part) != std::string_view::npos; });
  };
  for (const auto& pack : packs_->packs()) {
    if (!asks(*pack)) continue;
    for (const Shape& shape : pack->shapes) {
      if (shape.format == MessageFormat::Json) continue;
      const bool candidate = shape.any.empty() || std::any_of(shape.any.begin(), shape.any.end(), has_texts);
      if (!candidate) continue;
      auto unread = shape.format == MessageFormat::KeyValue ? read_key_values(text, limits_, event)
                                                            : read_event_xml(xml_of(text), limits_, event);
      event.set_raw(text, RawForm::Other);
      const bool accepted = shape.any.empty() ||
                            std::any_of(shape.any.begin(), shape.any.end(),
                                        [&](const ShapeTest& test) { return accepts(test, event, topic); });
      if (!accepted) continue;
      failure = std::move(unread);
      return PackChoice{pack.get(), &shape};
    }
  }
  return std::nullopt;
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
    const Value* value = first_scalar(event, embedded.field);
    if (value == nullptr || !value->text.starts_with(embedded.starts_with)) continue;
    while (embedded_.size() <= i) embedded_.emplace_back(limits_);
    Event& inner = embedded_[i].event;
    bool read = false;
    if (embedded.format == EmbeddedFormat::EventXml) {
      read = !read_event_xml(value->text, limits_, inner);
    } else {
      const std::span<char> padded = event.arena().allocate(value->text.size() + kMessagePaddingBytes);
      std::memset(padded.data() + value->text.size(), 0, kMessagePaddingBytes);
      std::memcpy(padded.data(), value->text.data(), value->text.size());
      (void)embedded_[i].json.decode(
          {padded.data(), value->text.size()}, inner,
          [&](const JsonElement& element) { read = !element.of_array && element.failure == nullptr; });
    }
    if (!read) continue;
    for (const Field& field : inner.fields())
      event.add(field.name, field.value, static_cast<std::uint16_t>(field.depth + 1), field.alias);
    event.set_raw(event.raw(), RawForm::Other);  // an escape inside an escape
  }
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

void PackRunner::map(const FieldMap& map, const Pack& pack, Event& event) {
  if (!map.hides && event.has(map.name)) return;
  // Collected first: adding moves the fields that each() walks over.
  values_.clear();
  for (const FieldSource& source : map.sources) {
    event.each(source.field, [&](const Value& value) {
      if (!value.is_scalar() || value.type == ValueType::Null) return true;
      Value named = value;
      if (!source.member.empty()) named.text = member_of(value.text, source.member);
      if (!named.text.empty() && !is_one_of(named.text, pack.ignored_folded)) values_.push_back(named);
      return true;
    });
    if (!values_.empty()) break;
  }
  for (const Value& value : values_) event.add(map.name, value, 0, true);
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
  for (const FieldMap& entry : choice.shape->maps) map(entry, pack, event);
  const ClassOutcome* outcome = classify(pack, event);
  event.set_event_class(&outcome->event_class);
  for (const FieldMap* entry : outcome->maps) map(*entry, pack, event);
  for (const FieldMap* entry : names_.find(&pack)->second.now) map(*entry, pack, event);
  const EventTime read = read_event_time(event, pack.time);
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
