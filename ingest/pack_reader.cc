// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "core/case_fold.h"
#include "ingest/pack_source.h"
#include "ingest/pack_yaml.h"

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

class PackReader {
 public:
  explicit PackReader(PackFindings& findings) : yaml_(findings), findings_(findings) {}

  PackSource read(const YamlNode& root) {
    PackSource source;
    yaml_.keys(root, "a pack",
               {{"pack", [&](const YamlNode& n) { source.pack.name = name(n); }},
                {"description", [&](const YamlNode& n) { (void)yaml_.text(n); }},
                {"priority", [&](const YamlNode& n) { source.pack.priority = yaml_.number(n); }},
                {"ignore", [&](const YamlNode& n) { source.pack.ignored_folded = ignored(n); }},
                {"shapes", [&](const YamlNode& n) { source.pack.shapes = read_shapes(n, yaml_); }},
                {"map", [&](const YamlNode& n) { source.pack.maps = read_maps(n, yaml_); }},
                {"time", [&](const YamlNode& n) { source.pack.time = read_time(n, yaml_); }},
                {"group_by", [&](const YamlNode& n) { source.group_by = yaml_.texts(n); }},
                {"duplicate_key", [&](const YamlNode& n) { source.duplicate_key = yaml_.texts(n); }},
                {"classify", [&](const YamlNode& n) { source.class_fields = yaml_.texts(n); }},
                {"classes", [&](const YamlNode& n) { classes(n, source); }},
                {"tests", [&](const YamlNode& n) { source.tests = read_pack_tests(n, yaml_); }}},
               {"pack", "shapes"});
    check_selectors(source);
    check_order(root, source);
    return source;
  }

 private:
  std::string name(const YamlNode& node) {
    std::string out = yaml_.text(node);
    const bool good = out.size() <= kPackNameBytesMax && std::all_of(out.begin(), out.end(), [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
                      });
    if (!good) {
      findings_.error("pack.value", node.where, "the name of a pack has characters that it cannot have",
                      fmt::format("a-z, 0-9, - and _, at most {} of them", kPackNameBytesMax));
    }
    return out;
  }

  std::vector<std::string> ignored(const YamlNode& node) {
    for (const YamlNode& item : node.items)
      if (item.is_scalar() && item.text.empty()) {
        yaml_.value_error(item, "an empty text counts as absent already", "leave it out");
        return {};
      }
    return yaml_.folded(node);
  }

  // --- classes

  void classes(const YamlNode& node, PackSource& source) {
    yaml_.each(node, [&](const YamlNode& item) {
      ClassSource out;
      out.where = item.where;
      yaml_.keys(item, "a class",
                 {{"when",
                   [&](const YamlNode& n) {
                     yaml_.pairs(n, [&](const std::string& f, const YamlNode& v) {
                       out.when.emplace_back(f, yaml_.folded(v));
                     });
                   }},
                  {"sigma", [&](const YamlNode& n) { out.log_sources = read_log_sources(n, yaml_); }},
                  {"map", [&](const YamlNode& n) { out.maps = read_maps(n, yaml_); }},
                  {"vendor_alert", [&](const YamlNode& n) { out.vendor_alert = vendor_alert(n); }},
                  {"group_by", [&](const YamlNode& n) { out.group_by = yaml_.texts(n); }},
                  {"duplicate_key", [&](const YamlNode& n) { out.duplicate_key = yaml_.texts(n); }}});
      expand(std::move(out), source.classes);
    });
  }

  std::shared_ptr<const VendorAlertRule> vendor_alert(const YamlNode& node) {
    auto out = std::make_shared<VendorAlertRule>();
    const auto fields = [&](std::vector<FieldKey>& into) {
      return [this, &into](const YamlNode& n) {
        for (std::string& field : yaml_.texts(n)) into.emplace_back(std::move(field));
      };
    };
    yaml_.keys(node, "a vendor alert",
               {{"title", fields(out->title)},
                {"otherwise", [&](const YamlNode& n) { out->title_otherwise = yaml_.text(n); }},
                {"id", fields(out->id)},
                {"status", fields(out->status)},
                {"url", fields(out->url)}},
               {"title", "otherwise"});
    return out;
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

  /// A field that only the pack's own names give is not there yet when the class is found.
  void check_order(const YamlNode& root, const PackSource& source) {
    const YamlNode* classify = root.find("classify");
    for (std::size_t i = 0; i < source.class_fields.size(); ++i) {
      const std::string& field = source.class_fields[i];
      const auto gives = [&](const std::vector<FieldMap>& maps) {
        return std::any_of(maps.begin(), maps.end(), [&](const FieldMap& map) {
          const bool from_itself =
              std::any_of(map.sources.begin(), map.sources.end(),
                          [&](const FieldSource& from) { return from.field.name == field; });
          return map.name.name == field && !from_itself;
        });
      };
      const bool in_shape = std::any_of(source.pack.shapes.begin(), source.pack.shapes.end(),
                                        [&](const Shape& shape) { return gives(shape.maps); });
      if (in_shape || !gives(source.pack.maps)) continue;
      const bool listed = classify->is_sequence() && i < classify->items.size();
      findings_.error("pack.selector", listed ? classify->items[i].where : classify->where,
                      fmt::format("`{}` is a name that the pack gives after the class is found", field),
                      "classify by the field that it comes from, or give the name in the shape's `map`");
    }
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

  PackYaml yaml_;
  PackFindings& findings_;
};

}  // namespace

std::vector<LogSource> read_log_sources(const YamlNode& node, PackYaml& yaml) {
  const auto one = [&](const YamlNode& item) {
    LogSource out;
    yaml.keys(item, "a log source",
              {{"product", [&](const YamlNode& n) { out.product = case_fold(yaml.text(n)); }},
               {"category", [&](const YamlNode& n) { out.category = case_fold(yaml.text(n)); }},
               {"service", [&](const YamlNode& n) { out.service = case_fold(yaml.text(n)); }}});
    return out;
  };
  if (node.is_map()) return {one(node)};
  std::vector<LogSource> out;
  yaml.each(node, [&](const YamlNode& item) { out.push_back(one(item)); });
  return out;
}

PackSource read_pack(const YamlNode& root, PackFindings& findings) { return PackReader(findings).read(root); }

}  // namespace countersign
