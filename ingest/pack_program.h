// SPDX-License-Identifier: Apache-2.0
// A mapping pack as it is run: plain data without names to look up and without product knowledge. Made by
// pack_compiler, run by pack_runner. Immutable once made; shared by all threads.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/log_source.h"

namespace countersign {

enum class MessageFormat : std::uint8_t { Json, KeyValue, EventXml };

enum class TimeFormat : std::uint8_t {
  Auto,          // RFC 3339, else an epoch whose unit follows from its size
  Rfc3339,       // also with a blank for the T; without a zone in the pack's zone
  EpochSeconds,  // with or without a fraction
  EpochMilliseconds,
  EpochMicroseconds,
  EpochNanoseconds,
};

/// Holds when one value of the field is one of `folded`; with none given, when the field is there.
struct FieldTest {
  FieldKey field;
  std::vector<std::string> folded;
};

/// One way to recognise a shape: all that is given must hold.
struct ShapeTest {
  std::vector<FieldTest> fields;
  std::vector<std::string> text;      // each stands in the message
  std::vector<std::string> wrappers;  // the message is one object whose only member has one of these names
  std::vector<std::string> topics;    // the topic is one of these
};

/// Members of a container that are also offered one or more levels further up.
struct Lift {
  std::string prefix;       // `Event.UserData.`
  std::size_t wild = 0;     // levels of any name after the prefix
  std::uint16_t depth = 0;  // of what is lifted: earlier lifts win over later ones, real fields over all
};

struct FieldSource {
  FieldKey field;
  std::string member;  // the value is a list `A=1,B=2` and this member is meant; empty: the value itself
};

/// A further name for a value. The first source that is there counts.
struct FieldMap {
  FieldKey name;
  std::vector<FieldSource> sources;
  bool hides = false;  // also wins over a nested field that has this name
};

struct TimeRule {
  std::vector<FieldKey> fields;  // more than one: date, time and perhaps zone
  TimeFormat format = TimeFormat::Auto;
};

struct TimeRules {
  std::vector<TimeRule> order;  // the first that can be read counts
  std::chrono::minutes zone{0};
  bool reject_unreadable = false;  // a time that is there and cannot be read makes a dead letter
};

enum class EmbeddedFormat : std::uint8_t { Json, EventXml };

/// Text inside a field that is a document of its own: its members become fields, as if they stood beside it.
struct Embedded {
  FieldKey field;
  std::string starts_with;
  EmbeddedFormat format = EmbeddedFormat::Json;
};

struct Shape {
  std::string name;
  MessageFormat format = MessageFormat::Json;
  std::vector<ShapeTest> any;  // empty: always
  std::string wrapper_name;    // the field that gets the wrapper's name
  std::vector<Embedded> embedded;
  std::vector<Lift> lifts;
  std::string attributes_member;  // `#attributes`: its members join their parent with an underscore
  std::string text_member;        // `#text`: stands for its parent
  std::vector<FieldMap> maps;     // before the class is known
};

/// What the classes of a pack came to, for one combination of selecting values.
struct ClassOutcome {
  EventClass event_class;
  std::vector<const FieldMap*> maps;
};

/// A decision by one selecting field. Levels are in the order of Pack::class_fields.
struct ClassNode {
  std::vector<std::pair<std::string, std::uint32_t>> children;  // folded value → node, sorted
  std::uint32_t other = 0;                                      // node for any other value, or none
  // A node of the last level leads to an index of Pack::outcomes.
};

struct Pack {
  std::string name;
  std::int64_t priority = 0;
  std::vector<std::string> ignored_folded;  // values that count as absent
  std::vector<Shape> shapes;
  std::vector<FieldMap> maps;  // for every event
  TimeRules time;
  std::vector<FieldKey> class_fields;
  std::vector<ClassNode> class_nodes;
  std::uint32_t class_root = 0;                         // a node, or without class fields the only outcome
  std::vector<std::unique_ptr<FieldMap>> class_maps;    // owned here, used by outcomes
  std::vector<std::unique_ptr<ClassOutcome>> outcomes;  // addresses stay
};

}  // namespace countersign
