// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/case_fold.h"
#include "ingest/pack_source.h"

namespace countersign {

void PackFindings::error(std::string_view code, Position where, std::string message, std::string hint) {
  ++errors_;
  list_.push_back({file_, where.line, where.column, Severity::Error, std::string(code), std::move(message),
                   std::move(hint)});
}

void PackFindings::take(std::vector<Diagnostic> others) {
  for (Diagnostic& other : others) {
    if (other.severity == Severity::Error) ++errors_;
    list_.push_back(std::move(other));
  }
}

namespace {

constexpr std::size_t kPackNameBytesMax = 64;

template <class T>
std::vector<std::string_view> names_of(const std::map<std::string, T>& known) {
  std::vector<std::string_view> names;
  names.reserve(known.size());
  for (const auto& [name, unused] : known) names.emplace_back(name);
  return names;
}

class PackReader {
 public:
  explicit PackReader(PackFindings& findings) : findings_(findings) {}

  PackSource read(const YamlNode& root) {
    PackSource source;
    keys(root, "a pack",
         {{"pack", [&](const YamlNode& n) { source.pack.name = name(n); }},
          {"description", [&](const YamlNode& n) { (void)text(n); }},
          {"priority", [&](const YamlNode& n) { source.pack.priority = number(n); }},
          {"ignore", [&](const YamlNode& n) { source.pack.ignored_folded = folded(n); }},
          {"shapes", [&](const YamlNode& n) { shapes(n, source.pack); }},
          {"map", [&](const YamlNode& n) { source.pack.maps = maps(n); }},
          {"time", [&](const YamlNode& n) { source.pack.time = time(n); }},
          {"group_by", [&](const YamlNode& n) { source.group_by = texts(n); }},
          {"classify", [&](const YamlNode& n) { source.class_fields = texts(n); }},
          {"classes", [&](const YamlNode& n) { classes(n, source); }}},
         {"pack", "shapes"});
    check_selectors(source);
    return source;
  }

 private:
  using Handler = std::function<void(const YamlNode&)>;

  void wrong_type(const YamlNode& node, std::string_view wanted) {
    findings_.error("pack.type", node.where,
                    fmt::format("{} stands where {} is expected", kind_name(node), wanted));
  }

  /// Hands each value to the handler of its key; unknown, repeated and missing keys are errors.
  void keys(const YamlNode& node, std::string_view what, const std::map<std::string, Handler>& known,
            const std::vector<std::string>& required = {}) {
    if (!node.is_map()) return wrong_type(node, "a map");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const auto handler = known.find(node.keys[i].text);
      if (handler != known.end()) {
        handler->second(node.items[i]);
        continue;
      }
      const std::vector<std::string_view> names = names_of(known);
      findings_.error("pack.unknown_key", node.keys[i].where,
                      fmt::format("{} has no key `{}`", what, node.keys[i].text),
                      fmt::format("known keys: {}", fmt::join(names, ", ")));
    }
    for (const std::string& key : required) {
      if (node.find(key) == nullptr)
        findings_.error("pack.missing_key", node.where, fmt::format("{} needs the key `{}`", what, key));
    }
  }

  void each(const YamlNode& node, const Handler& handler) {
    if (!node.is_sequence()) return wrong_type(node, "a list");
    for (const YamlNode& item : node.items) handler(item);
  }

  std::string text(const YamlNode& node) {
    if (!node.is_scalar()) {
      wrong_type(node, "a text");
      return {};
    }
    if (node.text.empty()) findings_.error("pack.value", node.where, "the text is empty");
    return node.text;
  }

  std::vector<std::string> texts(const YamlNode& node) {
    std::vector<std::string> out;
    if (node.is_scalar()) return {text(node)};
    each(node, [&](const YamlNode& item) { out.push_back(text(item)); });
    return out;
  }

  std::vector<std::string> folded(const YamlNode& node) {
    std::vector<std::string> out = texts(node);
    for (std::string& value : out) value = case_fold(value);
    return out;
  }

  std::string name(const YamlNode& node) {
    std::string out = text(node);
    const bool good = out.size() <= kPackNameBytesMax && std::all_of(out.begin(), out.end(), [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
                      });
    if (!good) {
      findings_.error("pack.value", node.where, "the name of a pack has characters that it cannot have",
                      fmt::format("a-z, 0-9, - and _, at most {} of them", kPackNameBytesMax));
    }
    return out;
  }

  std::int64_t number(const YamlNode& node) {
    std::int64_t out = 0;
    const char* last = node.text.data() + node.text.size();
    const auto [end, error] = std::from_chars(node.text.data(), last, out);
    if (!node.is_scalar() || error != std::errc{} || end != last) wrong_type(node, "a whole number");
    return out;
  }

  bool truth(const YamlNode& node) {
    if (node.is_scalar() && node.plain && (node.text == "true" || node.text == "false"))
      return node.text == "true";
    wrong_type(node, "true or false");
    return false;
  }

  /// One word of a closed list.
  template <class T>
  T word(const YamlNode& node, const std::map<std::string, T>& known, T fallback) {
    const std::string given = text(node);
    const auto found = known.find(given);
    if (found != known.end()) return found->second;
    const std::vector<std::string_view> names = names_of(known);
    findings_.error("pack.value", node.where, fmt::format("`{}` is not known here", given),
                    fmt::format("one of: {}", fmt::join(names, ", ")));
    return fallback;
  }

  // --- shapes

  void shapes(const YamlNode& node, Pack& pack) {
    each(node, [&](const YamlNode& item) { pack.shapes.push_back(shape(item)); });
    if (node.is_sequence() && node.items.empty())
      findings_.error("pack.value", node.where, "a pack needs at least one shape");
  }

  Shape shape(const YamlNode& node) {
    Shape out;
    std::vector<std::string> lifts;
    keys(node, "a shape",
         {{"name", [&](const YamlNode& n) { out.name = text(n); }},
          {"parse",
           [&](const YamlNode& n) {
             out.format = word<MessageFormat>(n,
                                              {{"json", MessageFormat::Json},
                                               {"key_value", MessageFormat::KeyValue},
                                               {"event_xml", MessageFormat::EventXml}},
                                              MessageFormat::Json);
           }},
          {"match",
           [&](const YamlNode& n) { each(n, [&](const YamlNode& i) { out.any.push_back(test(i)); }); }},
          {"wrapper_name", [&](const YamlNode& n) { out.wrapper_name = text(n); }},
          {"embedded",
           [&](const YamlNode& n) {
             each(n, [&](const YamlNode& i) { out.embedded.push_back(embedded(i)); });
           }},
          {"lift", [&](const YamlNode& n) { out.lifts = read_lifts(n); }},
          {"attributes", [&](const YamlNode& n) { out.attributes_member = text(n); }},
          {"text", [&](const YamlNode& n) { out.text_member = text(n); }},
          {"map", [&](const YamlNode& n) { out.maps = maps(n); }}},
         {"name", "parse"});
    return out;
  }

  ShapeTest test(const YamlNode& node) {
    ShapeTest out;
    keys(node, "a match",
         {{"has",
           [&](const YamlNode& n) {
             for (std::string& field : texts(n)) out.fields.push_back({FieldKey(std::move(field)), {}});
           }},
          {"equals",
           [&](const YamlNode& n) {
             pairs(n, [&](const std::string& field, const YamlNode& value) {
               out.fields.push_back({FieldKey(field), folded(value)});
             });
           }},
          {"text", [&](const YamlNode& n) { out.text = texts(n); }},
          {"wrapper", [&](const YamlNode& n) { out.wrappers = texts(n); }},
          {"topic", [&](const YamlNode& n) { out.topics = texts(n); }}});
    if (node.is_map() && node.items.empty())
      findings_.error("pack.value", node.where, "a match without a condition",
                      "leave `match` out to match all");
    return out;
  }

  Embedded embedded(const YamlNode& node) {
    std::string field;
    std::string starts_with;
    EmbeddedFormat format = EmbeddedFormat::Json;
    keys(node, "an embedded document",
         {{"field", [&](const YamlNode& n) { field = text(n); }},
          {"starts_with", [&](const YamlNode& n) { starts_with = text(n); }},
          {"parse",
           [&](const YamlNode& n) {
             format = word<EmbeddedFormat>(
                 n, {{"json", EmbeddedFormat::Json}, {"event_xml", EmbeddedFormat::EventXml}}, format);
           }}},
         {"field", "starts_with", "parse"});
    return {FieldKey(std::move(field)), std::move(starts_with), format};
  }

  /// `Event.UserData.*`: stars stand at the end, each for one level of any name.
  std::vector<Lift> read_lifts(const YamlNode& node) {
    std::vector<Lift> out;
    each(node, [&](const YamlNode& item) {
      std::string path = text(item);
      Lift lift;
      while (path.size() > 2 && path.ends_with(".*")) {
        path.resize(path.size() - 2);
        ++lift.wild;
      }
      if (path.empty() || path.find('*') != std::string::npos)
        findings_.error("pack.value", item.where, fmt::format("the path `{}` cannot be lifted", item.text),
                        "names joined with dots, then perhaps .* for a level of any name");
      lift.prefix = path + '.';
      lift.depth = static_cast<std::uint16_t>(out.size() + 1);
      out.push_back(std::move(lift));
    });
    return out;
  }

  void pairs(const YamlNode& node, const std::function<void(const std::string&, const YamlNode&)>& handler) {
    if (!node.is_map()) return wrong_type(node, "a map");
    for (std::size_t i = 0; i < node.items.size(); ++i) handler(node.keys[i].text, node.items[i]);
  }

  // --- names

  std::vector<FieldMap> maps(const YamlNode& node) {
    std::vector<FieldMap> out;
    pairs(node, [&](const std::string& field, const YamlNode& value) { out.push_back(map(field, value)); });
    return out;
  }

  FieldMap map(const std::string& field, const YamlNode& node) {
    FieldMap out{FieldKey(field), {}, false};
    std::vector<std::string> from;
    std::string member;
    if (node.is_map()) {
      keys(node, "a mapping",
           {{"from", [&](const YamlNode& n) { from = texts(n); }},
            {"member", [&](const YamlNode& n) { member = text(n); }},
            {"hides", [&](const YamlNode& n) { out.hides = truth(n); }}},
           {"from"});
    } else {
      from = texts(node);
    }
    for (std::string& source : from) out.sources.push_back({FieldKey(std::move(source)), member});
    return out;
  }

  // --- time

  TimeRules time(const YamlNode& node) {
    TimeRules out;
    keys(
        node, "time",
        {{"fields",
          [&](const YamlNode& n) { each(n, [&](const YamlNode& i) { out.order.push_back(time_rule(i)); }); }},
         {"zone", [&](const YamlNode& n) { out.zone = zone(n); }},
         {"unreadable",
          [&](const YamlNode& n) {
            out.reject_unreadable = word<bool>(n, {{"record_time", false}, {"reject", true}}, false);
          }}},
        {"fields"});
    return out;
  }

  TimeRule time_rule(const YamlNode& node) {
    TimeRule out;
    if (node.is_scalar()) {
      out.fields.emplace_back(text(node));
      return out;
    }
    static const std::map<std::string, TimeFormat> formats = {
        {"auto", TimeFormat::Auto},
        {"rfc3339", TimeFormat::Rfc3339},
        {"epoch_s", TimeFormat::EpochSeconds},
        {"epoch_ms", TimeFormat::EpochMilliseconds},
        {"epoch_us", TimeFormat::EpochMicroseconds},
        {"epoch_ns", TimeFormat::EpochNanoseconds},
    };
    keys(node, "a time field",
         {{"field",
           [&](const YamlNode& n) {
             for (std::string& field : texts(n)) out.fields.emplace_back(std::move(field));
           }},
          {"format", [&](const YamlNode& n) { out.format = word(n, formats, TimeFormat::Auto); }}},
         {"field"});
    if (out.fields.size() > 3)
      findings_.error("pack.value", node.where, "a time has at most three fields: date, time and zone");
    return out;
  }

  std::chrono::minutes zone(const YamlNode& node) {
    const std::string given = text(node);
    const auto digit = [&](std::size_t i) { return given[i] >= '0' && given[i] <= '9'; };
    if (given.size() != 6 || (given[0] != '+' && given[0] != '-') || given[3] != ':' || !digit(1) ||
        !digit(2) || !digit(4) || !digit(5)) {
      findings_.error("pack.value", node.where, fmt::format("`{}` is no zone", given),
                      "write it like +02:00");
      return {};
    }
    const int hours = (given[1] - '0') * 10 + (given[2] - '0');
    const int minutes = (given[4] - '0') * 10 + (given[5] - '0');
    const std::chrono::minutes offset{hours * 60 + minutes};
    return given[0] == '-' ? -offset : offset;
  }

  // --- classes

  void classes(const YamlNode& node, PackSource& source) {
    each(node, [&](const YamlNode& item) {
      ClassSource out;
      out.where = item.where;
      keys(item, "a class",
           {{"when",
             [&](const YamlNode& n) {
               pairs(n,
                     [&](const std::string& f, const YamlNode& v) { out.when.emplace_back(f, folded(v)); });
             }},
            {"sigma", [&](const YamlNode& n) { out.log_sources = log_sources(n); }},
            {"map", [&](const YamlNode& n) { out.maps = maps(n); }},
            {"group_by", [&](const YamlNode& n) { out.group_by = texts(n); }}});
      expand(std::move(out), source.classes);
    });
  }

  /// `service: "{type}"` stands for the value of `when: type`: one class for each.
  void expand(ClassSource entry, std::vector<ClassSource>& out) {
    for (LogSource& log_source : entry.log_sources) {
      for (std::string* attribute : {&log_source.product, &log_source.category, &log_source.service}) {
        if (attribute->size() < 3 || attribute->front() != '{' || attribute->back() != '}') continue;
        const std::string field = attribute->substr(1, attribute->size() - 2);
        const auto found = std::find_if(entry.when.begin(), entry.when.end(), [&](const auto& condition) {
          return case_fold(condition.first) == field;
        });
        if (found == entry.when.end()) {
          findings_.error("pack.selector", entry.where,
                          fmt::format("`{}` stands for a field that `when` does not name", *attribute));
          return;
        }
        const std::vector<std::string> values = found->second;
        for (const std::string& value : values) {
          *attribute = value;
          found->second = {value};
          expand(entry, out);
        }
        return;
      }
    }
    out.push_back(std::move(entry));
  }

  std::vector<LogSource> log_sources(const YamlNode& node) {
    if (node.is_map()) return {log_source(node)};
    std::vector<LogSource> out;
    each(node, [&](const YamlNode& item) { out.push_back(log_source(item)); });
    return out;
  }

  LogSource log_source(const YamlNode& node) {
    LogSource out;
    keys(node, "a log source",
         {{"product", [&](const YamlNode& n) { out.product = case_fold(text(n)); }},
          {"category", [&](const YamlNode& n) { out.category = case_fold(text(n)); }},
          {"service", [&](const YamlNode& n) { out.service = case_fold(text(n)); }}});
    return out;
  }

  void check_selectors(const PackSource& source) {
    for (const ClassSource& entry : source.classes) {
      for (const auto& [field, values] : entry.when) {
        if (std::find(source.class_fields.begin(), source.class_fields.end(), field) !=
            source.class_fields.end())
          continue;
        findings_.error("pack.selector", entry.where,
                        fmt::format("a class selects by `{}`, which `classify` does not name", field),
                        "add it to `classify`");
      }
    }
  }

  PackFindings& findings_;
};

}  // namespace

PackSource read_pack(const YamlNode& root, PackFindings& findings) { return PackReader(findings).read(root); }

}  // namespace countersign
