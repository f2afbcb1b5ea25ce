// SPDX-License-Identifier: Apache-2.0
// A mapping pack as it is run: plain data without names to look up and without product knowledge. Made by
// pack_compiler, run by pack_runner. Immutable once made; shared by all threads.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/log_source.h"
#include "ingest/formats/csv.h"
#include "ingest/formats/key_value.h"
#include "ingest/formats/text_pattern.h"

namespace countersign {

enum class MessageFormat : std::uint8_t { Json, KeyValue, EventXml, Cef, Leef, Csv, Regex };

/// What of a line of text is read; without a syslog header the same.
enum class TextPart : std::uint8_t {
  Message,  // behind the header
  Tagged,   // from the tag on, which may be the first word of the message
  Line,
};

/// How text becomes fields. Shapes with equal parsers share the work.
struct Parser {
  MessageFormat format = MessageFormat::Json;
  TextPart part = TextPart::Line;
  std::string after;  // reading begins behind the first of these; it has to be there
  KeyValueSyntax key_value;
  CsvSyntax csv;
  std::vector<std::string> expressions;
  std::shared_ptr<const TextPatterns> patterns;  // of `expressions`

  bool operator==(const Parser& other) const {
    return format == other.format && part == other.part && after == other.after &&
           key_value == other.key_value && csv == other.csv && expressions == other.expressions;
  }
};

enum class TimeFormat : std::uint8_t {
  Auto,          // RFC 3339, RFC 3164, else an epoch whose unit follows from its size
  Rfc3339,       // also with a blank for the T; without a zone in the pack's zone
  EpochSeconds,  // with or without a fraction
  EpochMilliseconds,
  EpochMicroseconds,
  EpochNanoseconds,
  FileTime,  // units of 100 ns since 1601
  Pattern,   // TimeRule::pattern
};

/// Holds when one value of the field is one of `folded`; with none given, when the field is there.
struct FieldCondition {
  FieldKey field;
  std::vector<std::string> folded;
};

/// One way to recognise a shape: all that is given must hold.
struct ShapeTest {
  std::vector<FieldCondition> fields;
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

/// Words and numbers → the words or numbers that stand for them.
struct ValueTable {
  struct Range {
    std::int64_t first = 0;  // both included
    std::int64_t last = 0;
    std::string value;
  };
  std::vector<std::pair<std::string, std::string>> words;  // folded, sorted
  std::vector<Range> ranges;
  std::optional<std::string> otherwise;  // without: what is not listed gives nothing, or stays as it is
  bool keeps_others = false;
  bool numbers = false;  // the values are whole numbers
};

/// A further name for a value. The first source that is there counts.
struct FieldMap {
  FieldKey name;
  std::vector<FieldSource> sources;
  bool hides = false;                       // also wins over a nested field that has this name
  std::shared_ptr<const ValueTable> table;  // null: the value as it is
  std::string constant;                     // without sources: this value
  std::optional<std::string> joint;  // the first values of all sources joined by this; needs the first source
};

struct TimeRule {
  std::vector<FieldKey> fields;  // more than one: date, time and perhaps zone
  TimeFormat format = TimeFormat::Auto;
  std::string pattern = {};  // strptime(3): %Y %y %m %b %d %e %H %I %M %S %p %f %z %s %a
};

struct TimeRules {
  std::vector<TimeRule> order;  // the first that can be read counts
  std::chrono::minutes zone{0};
  bool reject_unreadable = false;  // a time that is there and cannot be read makes a dead letter
};

/// Text inside a field that has a format of its own: its members become fields, as if they stood beside it.
struct Embedded {
  FieldKey field;
  std::vector<FieldCondition> when;  // all hold
  std::string starts_with;
  Parser parser;
};

/// Where a wrapper may carry its payload: one field, or several joined.
struct Payload {
  std::vector<FieldKey> fields;
  std::string joint;
};

struct Shape {
  std::string name;
  Parser parser;
  std::vector<ShapeTest> any;  // empty: always
  std::string wrapper_name;    // the field that gets the wrapper's name
  std::vector<Embedded> embedded;
  std::vector<Lift> lifts;
  std::string attributes_member;        // `#attributes`: its members join their parent with an underscore
  std::string text_member;              // `#text`: stands for its parent
  std::vector<std::string> key_values;  // lists of objects with `key` and `value`: each is a field by its key
  std::vector<FieldMap> maps;           // before the class is known

  // A wrapper: what it carries is the event, and `maps` are names that it gets besides. The first payload
  // that is there and that a pack knows counts; when there is none, the other shapes are asked.
  std::vector<Payload> payloads;
  std::vector<std::string> split;  // path to a list of events; lists on the way are walked through

  bool is_wrapper() const { return !payloads.empty() || !split.empty(); }
};

/// Events of a class that are alerts of the product itself: each becomes an alert without a rule. Of each
/// list of fields the first that is there counts, but for `id`, where all do.
struct VendorAlertRule {
  std::vector<FieldKey> title;
  std::string title_otherwise;
  std::vector<FieldKey> id;      // empty, or none there: the class's group_by
  std::vector<FieldKey> status;  // what the product says of its own alert
  std::vector<FieldKey> url;
};

/// What the classes of a pack came to, for one combination of selecting values.
struct ClassOutcome {
  EventClass event_class;
  std::vector<const FieldMap*> maps;
  std::shared_ptr<const VendorAlertRule> vendor_alert;  // null: these are no alerts
  std::vector<FieldKey> duplicate_key;  // together name the event in its partition; empty: nothing does
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
