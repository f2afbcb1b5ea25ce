// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/case_fold.h"
#include "ingest/pack_yaml.h"

namespace countersign {
namespace {

constexpr std::size_t kMatchTextBytesMax = 256;
constexpr std::size_t kColumnsMax = 1024;

class ShapeReader {
 public:
  explicit ShapeReader(PackYaml& yaml) : yaml_(yaml) {}

  Shape shape(const YamlNode& node) {
    Shape out;
    Options options = parser_keys(out.parser);
    options.insert({
        {"name", [&](const YamlNode& n) { out.name = yaml_.text(n); }},
        {"match",
         [&](const YamlNode& n) { yaml_.each(n, [&](const YamlNode& i) { out.any.push_back(test(i)); }); }},
        {"wrapper_name", [&](const YamlNode& n) { out.wrapper_name = yaml_.text(n); }},
        {"embedded",
         [&](const YamlNode& n) {
           yaml_.each(n, [&](const YamlNode& i) { out.embedded.push_back(embedded(i)); });
         }},
        {"lift", [&](const YamlNode& n) { out.lifts = lifts(n); }},
        {"attributes", [&](const YamlNode& n) { out.attributes_member = yaml_.text(n); }},
        {"text", [&](const YamlNode& n) { out.text_member = yaml_.text(n); }},
        {"key_values",
         [&](const YamlNode& n) {
           yaml_.each(n, [&](const YamlNode& i) { out.key_values.push_back(yaml_.text(i)); });
         }},
        {"unwrap", [&](const YamlNode& n) { out.payloads = payloads(n); }},
        {"split", [&](const YamlNode& n) { out.split = path(n); }},
        {"map", [&](const YamlNode& n) { out.maps = read_maps(n, yaml_); }},
    });
    yaml_.keys(node, "a shape", options, {"name", "parse"});
    finish(node, out.parser);
    if (!out.split.empty() && out.parser.format != MessageFormat::Json)
      yaml_.value_error(node, "only JSON can be split");
    return out;
  }

 private:
  using Options = std::map<std::string, PackYaml::Handler>;

  /// `parse` and what belongs to it, for shapes and embedded texts alike.
  Options parser_keys(Parser& parser) {
    static const std::map<std::string, MessageFormat> formats = {
        {"json", MessageFormat::Json},          {"key_value", MessageFormat::KeyValue},
        {"event_xml", MessageFormat::EventXml}, {"cef", MessageFormat::Cef},
        {"leef", MessageFormat::Leef},          {"csv", MessageFormat::Csv},
        {"regex", MessageFormat::Regex},
    };
    return {
        {"parse",
         [&](const YamlNode& n) {
           parser.format = yaml_.word(n, formats, MessageFormat::Json);
           if (parser.format == MessageFormat::KeyValue) parser.part = TextPart::Tagged;
           if (parser.format == MessageFormat::Csv || parser.format == MessageFormat::Regex)
             parser.part = TextPart::Message;
         }},
        {"of",
         [&](const YamlNode& n) {
           parts_[&parser] = yaml_.word<TextPart>(
               n, {{"message", TextPart::Message}, {"tagged", TextPart::Tagged}, {"line", TextPart::Line}},
               TextPart::Line);
         }},
        {"after", [&](const YamlNode& n) { parser.after = yaml_.text(n); }},
        {"pair_separator", [&](const YamlNode& n) { parser.key_value.between_pairs = separator(n); }},
        {"value_separator",
         [&](const YamlNode& n) { parser.key_value.between_key_and_value = separator(n); }},
        {"delimiter", [&](const YamlNode& n) { parser.csv.delimiter = delimiter(n); }},
        {"columns", [&](const YamlNode& n) { parser.csv.columns = csv_columns(columns(n)); }},
        {"pattern", [&](const YamlNode& n) { parser.expressions = yaml_.texts(n); }},
    };
  }

  /// What depends on more than one key.
  void finish(const YamlNode& node, Parser& parser) {
    // What stands in front of a text may be the tag, which is no part of the message.
    const auto given = parts_.find(&parser);
    if (given != parts_.end()) {
      parser.part = given->second;
    } else if (!parser.after.empty()) {
      parser.part = TextPart::Line;
    }
    parts_.erase(&parser);
    const auto needs = [&](MessageFormat format, bool there, std::string_view key) {
      if (parser.format == format && !there)
        yaml_.findings().error("pack.missing_key", node.where,
                               fmt::format("this format needs the key `{}`", key));
      if (parser.format != format && there)
        yaml_.value_error(node, fmt::format("the key `{}` belongs to another format", key));
    };
    needs(MessageFormat::Csv, !parser.csv.columns.empty(), "columns");
    needs(MessageFormat::Regex, !parser.expressions.empty(), "pattern");
    if (parser.expressions.empty()) return;
    auto compiled = TextPatterns::compile(parser.expressions);
    if (compiled) {
      parser.patterns = std::move(*compiled);
    } else {
      yaml_.value_error(node, fmt::format("the pattern cannot be used: {}", compiled.error().message),
                        "RE2 syntax; each (?P<name>…) becomes a field");
    }
  }

  /// Blanks count here.
  std::string separator(const YamlNode& node) { return yaml_.text(node); }

  char delimiter(const YamlNode& node) {
    const std::string given = yaml_.text(node);
    if (given.size() == 1 && given != "\"" && given != "\n") return given.front();
    yaml_.value_error(node, fmt::format("`{}` cannot be a delimiter", given),
                      "one character, for example \"\\t\"");
    return ',';
  }

  std::vector<std::string> columns(const YamlNode& node) {
    std::vector<std::string> out;
    yaml_.each(node, [&](const YamlNode& item) {
      if (!item.is_scalar() && !item.is_null()) yaml_.wrong_type(item, "the name of a column");
      out.push_back(item.text);
      if (out.size() > 1 && out[out.size() - 2].ends_with("..."))
        yaml_.value_error(item, "a column stands behind the one that takes the rest of the line");
    });
    if (out.size() > kColumnsMax)
      yaml_.value_error(node, fmt::format("{} columns, the limit is {}", out.size(), kColumnsMax));
    return out;
  }

  ShapeTest test(const YamlNode& node) {
    ShapeTest out;
    yaml_.keys(node, "a match",
               {{"has",
                 [&](const YamlNode& n) {
                   for (std::string& field : yaml_.texts(n))
                     out.fields.push_back({FieldKey(std::move(field)), {}});
                 }},
                {"equals",
                 [&](const YamlNode& n) {
                   for (FieldCondition& field : read_equals(n, yaml_)) out.fields.push_back(std::move(field));
                 }},
                {"text",
                 [&](const YamlNode& n) {
                   out.text = yaml_.texts(n);
                   for (const std::string& text : out.text) {
                     if (text.size() > kMatchTextBytesMax)
                       yaml_.value_error(n, fmt::format("a text of {} bytes, the limit is {}", text.size(),
                                                        kMatchTextBytesMax));
                     if (text.starts_with('\0')) yaml_.value_error(n, "a text begins with a NUL");
                   }
                 }},
                {"wrapper", [&](const YamlNode& n) { out.wrappers = yaml_.texts(n); }},
                {"topic", [&](const YamlNode& n) { out.topics = yaml_.texts(n); }}});
    if (node.is_map() && node.items.empty())
      yaml_.value_error(node, "a match without a condition", "leave `match` out to match all");
    return out;
  }

  Embedded embedded(const YamlNode& node) {
    Embedded out{FieldKey(""), {}, {}, {}};
    Options options = parser_keys(out.parser);
    options.insert({
        {"field", [&](const YamlNode& n) { out.field = FieldKey(yaml_.text(n)); }},
        {"when", [&](const YamlNode& n) { out.when = read_equals(n, yaml_); }},
        {"starts_with", [&](const YamlNode& n) { out.starts_with = yaml_.text(n); }},
    });
    yaml_.keys(node, "an embedded document", options, {"field", "parse"});
    finish(node, out.parser);
    return out;
  }

  /// `Event.UserData.*`: stars stand at the end, each for one level of any name.
  std::vector<Lift> lifts(const YamlNode& node) {
    std::vector<Lift> out;
    yaml_.each(node, [&](const YamlNode& item) {
      std::string path = yaml_.text(item);
      Lift lift;
      while (path.size() > 2 && path.ends_with(".*")) {
        path.resize(path.size() - 2);
        ++lift.wild;
      }
      if (path.empty() || path.find('*') != std::string::npos)
        yaml_.value_error(item, fmt::format("the path `{}` cannot be lifted", item.text),
                          "names joined with dots, then perhaps .* for a level of any name");
      lift.prefix = path + '.';
      lift.depth = static_cast<std::uint16_t>(out.size() + 1);
      out.push_back(std::move(lift));
    });
    return out;
  }

  /// A field, or `{join: [fields], with: text}`; or a list of them.
  std::vector<Payload> payloads(const YamlNode& node) {
    std::vector<Payload> out;
    const auto one = [&](const YamlNode& item) {
      Payload payload;
      if (item.is_map()) {
        yaml_.keys(item, "a payload",
                   {{"join",
                     [&](const YamlNode& n) {
                       for (std::string& field : yaml_.texts(n))
                         payload.fields.emplace_back(std::move(field));
                     }},
                    {"with", [&](const YamlNode& n) { payload.joint = yaml_.text(n); }}},
                   {"join"});
      } else {
        payload.fields.emplace_back(yaml_.text(item));
      }
      out.push_back(std::move(payload));
    };
    if (node.is_sequence()) {
      yaml_.each(node, one);
    } else {
      one(node);
    }
    if (out.empty()) yaml_.value_error(node, "a wrapper needs at least one field to look into");
    return out;
  }

  /// Names joined with dots.
  std::vector<std::string> path(const YamlNode& node) {
    std::vector<std::string> out;
    std::string_view rest;
    const std::string given = yaml_.text(node);
    rest = given;
    while (true) {
      const std::size_t dot = std::min(rest.find('.'), rest.size());
      out.emplace_back(rest.substr(0, dot));
      if (out.back().empty()) yaml_.value_error(node, fmt::format("`{}` is no path", given));
      if (dot == rest.size()) return out;
      rest.remove_prefix(dot + 1);
    }
  }

  PackYaml& yaml_;
  std::map<const Parser*, TextPart>
      parts_;  // as `of` gives them; a shape's stands beside those of its embedded texts
};

}  // namespace

std::vector<FieldCondition> read_equals(const YamlNode& node, PackYaml& yaml) {
  std::vector<FieldCondition> out;
  yaml.pairs(node, [&](const std::string& field, const YamlNode& value) {
    out.push_back({FieldKey(field), yaml.folded(value)});
  });
  return out;
}

std::vector<Shape> read_shapes(const YamlNode& node, PackYaml& yaml) {
  std::vector<Shape> out;
  ShapeReader reader(yaml);
  yaml.each(node, [&](const YamlNode& item) { out.push_back(reader.shape(item)); });
  if (node.is_sequence() && node.items.empty()) yaml.value_error(node, "a pack needs at least one shape");
  return out;
}

}  // namespace countersign
