// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_chooser.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

bool equals_folded_ascii(std::string_view text, std::string_view folded) {
  return text.size() == folded.size() &&
         std::equal(text.begin(), text.end(), folded.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

void add_outer(std::string_view name, std::string_view text, Event& event) {
  if (text.empty()) return;
  Value value;
  value.type = ValueType::String;
  value.text = text;
  event.add(name, value, kOuterDepth, true);
}

void add_outer(std::string_view name, std::int64_t number, Event& event) {
  Value value;
  value.type = ValueType::Integer;
  value.integer = number;
  value.text = event.arena().store(fmt::format_int(number).str());
  event.add(name, value, kOuterDepth, true);
}

/// The part of the header that a field of it says; none: it is another field.
std::optional<std::string_view> header_text(const SyslogHeader& header, std::string_view name) {
  if (name == "log.syslog.appname") return header.appname;
  if (name == "log.syslog.hostname") return header.hostname;
  if (name == "log.syslog.msgid") return header.msgid;
  if (name == "log.syslog.procid") return header.procid;
  return std::nullopt;
}

/// Whether the condition may hold by what the header and the wrappers say. Those of other fields are left to
/// the event.
bool may_hold(const FieldCondition& condition, const TextLine& line, std::span<const OuterField> outer) {
  const std::string& name = condition.field.name;
  const auto text = header_text(line.header.value_or(SyslogHeader{}), name);
  if (!text) return true;
  const auto fits = [&](std::string_view value) {
    return !value.empty() && (condition.folded.empty() || is_one_of(value, condition.folded));
  };
  return fits(*text) || std::any_of(outer.begin(), outer.end(), [&](const OuterField& field) {
           return field.name == name && fits(field.value.text);
         });
}

bool header_allows(const ShapeTest& test, const TextLine& line, std::span<const OuterField> outer) {
  return std::all_of(test.fields.begin(), test.fields.end(),
                     [&](const FieldCondition& condition) { return may_hold(condition, line, outer); });
}

/// Whether what `test` asks for besides texts holds.
bool holds_besides_texts(const ShapeTest& test, const Event& event, const TopicName& topic) {
  if (!test.topics.empty() &&
      std::find(test.topics.begin(), test.topics.end(), topic.value) == test.topics.end())
    return false;
  for (const FieldCondition& field : test.fields)
    if (!holds(field, event)) return false;
  if (test.wrappers.empty()) return true;
  const std::string_view wrapper = wrapper_of(event);
  return std::find(test.wrappers.begin(), test.wrappers.end(), wrapper) != test.wrappers.end();
}

}  // namespace

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

bool holds(const FieldCondition& test, const Event& event) {
  if (test.folded.empty()) return event.has(test.field);
  bool found = false;
  event.each(test.field, [&](const Value& value) {
    found = value.is_scalar() && is_one_of(value.text, test.folded);
    return !found;
  });
  return found;
}

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

void add_syslog_header(const SyslogHeader& header, Event& event) {
  if (header.priority) {
    add_outer("log.syslog.priority", *header.priority, event);
    add_outer("log.syslog.facility.code", *header.priority / 8, event);
    add_outer("log.syslog.severity.code", *header.priority % 8, event);
  }
  add_outer("log.syslog.timestamp", header.time, event);
  add_outer("log.syslog.hostname", header.hostname, event);
  add_outer("log.syslog.appname", header.appname, event);
  add_outer("log.syslog.procid", header.procid, event);
  add_outer("log.syslog.msgid", header.msgid, event);
  add_outer("log.syslog.structured_data", header.structured_data, event);
}

void add_outer_fields(std::span<const OuterField> outer, Event& event) {
  for (const OuterField& field : outer) event.add(field.name, field.value, field.depth, true);
}

PackChooser::PackChooser(std::shared_ptr<const PackSet> packs, std::string only, DecodeLimits limits)
    : packs_(std::move(packs)), only_(std::move(only)), limits_(limits), scan_(packs_->text_index()) {}

bool PackChooser::accepts(const Shape& shape, const Event& event, std::string_view text,
                          const TopicName& topic) {
  if (shape.any.empty()) return true;
  return std::any_of(shape.any.begin(), shape.any.end(), [&](const ShapeTest& test) {
    return holds_texts(test, text) && holds_besides_texts(test, event, topic);
  });
}

void PackChooser::trace_refusal(const Pack& pack, const Shape& shape, const Event& event,
                                std::string_view text, const TopicName& topic) const {
  DecodeTrace::Refusal best{layer_, pack.name, shape.name, "its parser finds nothing in the message", 0, 1};
  for (const ShapeTest& test : shape.any) {
    DecodeTrace::Refusal one{layer_, pack.name, shape.name, {}, 0, 0};
    const auto condition = [&](bool held, auto reason) {
      ++one.asked;
      if (held) {
        ++one.held;
      } else if (one.reason.empty()) {
        one.reason = reason();
      }
    };
    for (const std::string& part : test.text)
      condition(text.find(part) != std::string_view::npos,
                [&] { return fmt::format("the text `{}` does not stand in it", part); });
    for (const FieldCondition& field : test.fields)
      condition(holds(field, event), [&] {
        if (!event.has(field.field)) return fmt::format("it has no field `{}`", field.field.name);
        return fmt::format("its field `{}` is not {}", field.field.name, fmt::join(field.folded, " or "));
      });
    if (!test.topics.empty())
      condition(std::find(test.topics.begin(), test.topics.end(), topic.value) != test.topics.end(),
                [&] { return fmt::format("the topic is not {}", fmt::join(test.topics, " or ")); });
    if (!test.wrappers.empty())
      condition(
          std::find(test.wrappers.begin(), test.wrappers.end(), wrapper_of(event)) != test.wrappers.end(),
          [&] { return fmt::format("it is no object inside of {}", fmt::join(test.wrappers, " or ")); });
    const bool closer =
        best.asked == 1 && best.held == 0 ? true : one.held * best.asked > best.held * one.asked;
    if (!one.reason.empty() && closer) best = std::move(one);
  }
  trace_->refusals.push_back(std::move(best));
}

std::optional<PackChoice> PackChooser::next(const Event& event, const TopicName& topic,
                                            JsonIndex::Candidates& candidates,
                                            const std::optional<PackChoice>& after) const {
  const JsonIndex& index = packs_->json_index();
  if (!after || candidates.fields != event.fields().size()) index.find(event, candidates);
  for (std::uint32_t number = after ? after->number + 1 : 0; number < index.size(); ++number) {
    // Whoever asks why wants to know of each.
    if (trace_ == nullptr && (number = index.next(candidates, number)) == index.size()) break;
    const auto [pack, shape] = index[number];
    if (!asks(*pack, *shape)) continue;
    if (accepts(*shape, event, event.raw(), topic)) return PackChoice{pack, shape, number};
    if (trace_ != nullptr) trace_refusal(*pack, *shape, event, event.raw(), topic);
  }
  return std::nullopt;
}

void PackChooser::read(const TextShape& entry, const TextLine& line, std::span<const OuterField> outer,
                       TextReading& reading) {
  if (reading.parser == entry.parser) return;
  const Parser& parser = entry.shape->parser;
  PairNames* const names = parser.format == MessageFormat::KeyValue ? &names_[entry.parser] : nullptr;
  reading.event.clear();
  reading.read = read_text(parser, line.part(parser.part), limits_, 0, names, reading.event);
  if (line.header) add_syslog_header(*line.header, reading.event);
  add_outer_fields(outer, reading.event);
  reading.parser = entry.parser;
}

const TextShape* PackChooser::first_text(const TextLine& line, const TopicName& topic,
                                         std::span<const OuterField> outer, TextReading& reading) {
  for (const TextIndex::Alternative& candidate : scan_.look(line.text)) {
    const TextShape& entry = packs_->text_index().shapes()[candidate.shape];
    if (!asks(*entry.pack, *entry.shape)) continue;
    if (candidate.asks_header && !header_allows(*candidate.test, line, outer)) continue;
    read(entry, line, outer, reading);
    if (!reading.read.fits) continue;
    if (candidate.test == nullptr || holds_besides_texts(*candidate.test, reading.event, topic))
      return &entry;
  }
  return nullptr;
}

/// As first_text(), but every shape is asked and says why not.
const TextShape* PackChooser::trace_text(const TextLine& line, const TopicName& topic,
                                         std::span<const OuterField> outer, TextReading& reading) {
  for (const TextShape& entry : packs_->text_index().shapes()) {
    if (!asks(*entry.pack, *entry.shape)) continue;
    read(entry, line, outer, reading);
    if (reading.read.fits && accepts(*entry.shape, reading.event, line.text, topic)) return &entry;
    trace_refusal(*entry.pack, *entry.shape, reading.event, line.text, topic);
  }
  return nullptr;
}

std::optional<PackChoice> PackChooser::choose_text(const TextLine& line, const TopicName& topic,
                                                   std::span<const OuterField> outer, Event& event,
                                                   std::optional<DecodeFailure>& failure) {
  TextReading reading{event, {}, {}};
  const TextShape* const entry =
      trace_ == nullptr ? first_text(line, topic, outer, reading) : trace_text(line, topic, outer, reading);
  if (entry == nullptr) return std::nullopt;
  event.set_raw(line.text, RawForm::Other);
  failure = std::move(reading.read.failure);
  return PackChoice{entry->pack, entry->shape, 0};
}

}  // namespace countersign
