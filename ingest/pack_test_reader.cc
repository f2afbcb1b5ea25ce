// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/case_fold.h"
#include "core/time.h"
#include "ingest/pack_yaml.h"

namespace countersign {
namespace {

class TestReader {
 public:
  explicit TestReader(PackYaml& yaml) : yaml_(yaml) {}

  PackTest test(const YamlNode& node) {
    PackTest out;
    out.where = node.where;
    out.topic = "test";
    bool expects = false;
    yaml_.keys(node, "a test",
               {{"name", [&](const YamlNode& n) { out.name = yaml_.text(n); }},
                {"topic", [&](const YamlNode& n) { out.topic = yaml_.text(n); }},
                {"message", [&](const YamlNode& n) { out.message = message(n); }},
                {"event",
                 [&](const YamlNode& n) {
                   out.events.push_back(event(n));
                   expects = true;
                 }},
                {"events",
                 [&](const YamlNode& n) {
                   yaml_.each(n, [&](const YamlNode& i) { out.events.push_back(event(i)); });
                   expects = true;
                 }},
                {"dead_letter",
                 [&](const YamlNode& n) {
                   out.dead_letter = yaml_.text(n);
                   expects = true;
                 }}},
               {"name", "message"});
    if (!expects)
      yaml_.value_error(node, "a test expects nothing", "give it `event`, `events` or `dead_letter`");
    return out;
  }

 private:
  /// A block scalar ends with a line end that is none of the message's.
  std::string message(const YamlNode& node) {
    std::string out = yaml_.text(node);
    if (node.block && out.ends_with('\n')) out.pop_back();
    return out;
  }

  PackTestEvent event(const YamlNode& node) {
    PackTestEvent out;
    yaml_.keys(node, "an expected event",
               {{"pack", [&](const YamlNode& n) { out.pack = yaml_.text(n); }},
                {"shape", [&](const YamlNode& n) { out.shape = yaml_.text(n); }},
                {"time",
                 [&](const YamlNode& n) {
                   out.time = yaml_.text(n);
                   if (!parse_rfc3339(out.time))
                     yaml_.value_error(n, fmt::format("`{}` is no RFC 3339 time", out.time));
                 }},
                {"sigma", [&](const YamlNode& n) { out.log_sources = read_log_sources(n, yaml_); }},
                {"vendor_alert", [&](const YamlNode& n) { vendor_alert(n, out); }},
                {"fields", [&](const YamlNode& n) { fields(n, out); }}});
    return out;
  }

  /// `none`, or what it says.
  void vendor_alert(const YamlNode& node, PackTestEvent& out) {
    if (node.is_scalar()) {
      out.no_vendor_alert = yaml_.word<bool>(node, {{"none", true}}, true);
      return;
    }
    VendorAlertFacts& facts = out.vendor_alert.emplace();
    yaml_.keys(node, "a vendor alert",
               {{"title", [&](const YamlNode& n) { facts.title = yaml_.text(n); }},
                {"id", [&](const YamlNode& n) { facts.id = yaml_.text(n); }},
                {"status", [&](const YamlNode& n) { facts.status = yaml_.text(n); }},
                {"url", [&](const YamlNode& n) { facts.url = yaml_.text(n); }},
                {"level",
                 [&](const YamlNode& n) {
                   const auto level = parse_level(yaml_.text(n));
                   if (!level) yaml_.value_error(n, fmt::format("`{}` is no level", n.text));
                   facts.level = level.value_or(Level::Medium);
                 }}},
               {"title", "level"});
  }

  void fields(const YamlNode& node, PackTestEvent& out) {
    yaml_.pairs(node, [&](const std::string& name, const YamlNode& value) {
      if (value.is_null()) {
        out.fields.emplace_back(name, std::nullopt);
      } else if (value.is_sequence()) {
        std::string joined;
        for (const YamlNode& item : value.items)
          joined += (&item == &value.items.front() ? "" : "|") + item.text;
        out.fields.emplace_back(name, std::move(joined));
      } else {
        if (!value.is_scalar()) yaml_.wrong_type(value, "a value, a list of values or null");
        out.fields.emplace_back(name, value.text);
      }
    });
  }

  PackYaml& yaml_;
};

}  // namespace

std::vector<PackTest> read_pack_tests(const YamlNode& node, PackYaml& yaml) {
  std::vector<PackTest> out;
  TestReader reader(yaml);
  yaml.each(node, [&](const YamlNode& item) { out.push_back(reader.test(item)); });
  return out;
}

}  // namespace countersign
