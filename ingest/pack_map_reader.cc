// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/case_fold.h"
#include "ingest/pack_yaml.h"
#include "ingest/severity_tables.h"
#include "ingest/time_pattern.h"

namespace countersign {
namespace {

constexpr std::int64_t kSeverityMin = 1;  // OCSF severity_id
constexpr std::int64_t kSeverityMax = 6;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// `7-8`.
std::optional<std::pair<std::int64_t, std::int64_t>> range_of(std::string_view text) {
  const std::size_t dash = text.find('-', 1);
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = whole_number(text.substr(0, dash));
  const auto last = whole_number(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return std::pair(*first, *last);
}

class MapReader {
 public:
  explicit MapReader(PackYaml& yaml) : yaml_(yaml) {}

  FieldMap map(const std::string& field, const YamlNode& node) {
    FieldMap out{FieldKey(field), {}, false, nullptr, {}, std::nullopt};
    std::vector<std::string> from;
    std::string member;
    const YamlNode* otherwise = nullptr;
    std::shared_ptr<ValueTable> values;
    if (node.is_map()) {
      yaml_.keys(node, "a mapping",
                 {{"from", [&](const YamlNode& n) { from = yaml_.texts(n); }},
                  {"member", [&](const YamlNode& n) { member = yaml_.text(n); }},
                  {"hides", [&](const YamlNode& n) { out.hides = yaml_.truth(n); }},
                  {"values", [&](const YamlNode& n) { values = table(n, false); }},
                  {"otherwise", [&](const YamlNode& n) { otherwise = &n; }},
                  {"severity", [&](const YamlNode& n) { out.table = severity(n); }},
                  {"join",
                   [&](const YamlNode& n) {
                     from = yaml_.texts(n);
                     if (!out.joint) out.joint.emplace();
                   }},
                  {"with", [&](const YamlNode& n) { out.joint = yaml_.text(n); }},
                  {"constant", [&](const YamlNode& n) { out.constant = yaml_.text(n); }}});
    } else {
      from = yaml_.texts(node);
    }
    if (from.empty() && out.constant.empty())
      yaml_.findings().error("pack.missing_key", node.where, "a mapping needs the key `from` or `constant`");
    if (!from.empty() && !out.constant.empty())
      yaml_.value_error(node, "a mapping has either `from` or `constant`");
    for (std::string& source : from) out.sources.push_back({FieldKey(std::move(source)), member});
    if (values != nullptr) {
      if (otherwise == nullptr) {
        values->keeps_others = true;
      } else if (!otherwise->is_null()) {
        values->otherwise = yaml_.text(*otherwise);
      }
      out.table = std::move(values);
    } else if (otherwise != nullptr) {
      yaml_.value_error(*otherwise, "`otherwise` belongs to `values`");
    }
    return out;
  }

 private:
  /// The name of a table, or a table of the pack's own.
  std::shared_ptr<const ValueTable> severity(const YamlNode& node) {
    if (node.is_map()) return table(node, true);
    std::map<std::string, std::shared_ptr<const ValueTable>> known = severity_tables();
    return yaml_.word<std::shared_ptr<const ValueTable>>(node, known, nullptr);
  }

  std::shared_ptr<ValueTable> table(const YamlNode& node, bool severity) {
    auto out = std::make_shared<ValueTable>();
    out->numbers = severity;
    yaml_.pairs(node, [&](const std::string& key, const YamlNode& value) {
      const std::string given = yaml_.text(value);
      if (severity) {
        const auto number = whole_number(given);
        if (!number || *number < kSeverityMin || *number > kSeverityMax)
          yaml_.value_error(value, fmt::format("`{}` is no severity", given),
                            "1 Informational, 2 Low, 3 Medium, 4 High, 5 Critical, 6 Fatal");
      }
      if (const auto range = range_of(key)) {
        out->ranges.push_back({range->first, range->second, given});
      } else {
        out->words.emplace_back(case_fold(key), given);
      }
    });
    std::sort(out->words.begin(), out->words.end());
    const auto same = std::adjacent_find(out->words.begin(), out->words.end(),
                                         [](const auto& a, const auto& b) { return a.first == b.first; });
    if (same != out->words.end()) yaml_.value_error(node, fmt::format("`{}` stands twice", same->first));
    return out;
  }

  PackYaml& yaml_;
};

class TimeReader {
 public:
  explicit TimeReader(PackYaml& yaml) : yaml_(yaml) {}

  TimeRules time(const YamlNode& node) {
    TimeRules out;
    yaml_.keys(node, "time",
               {{"fields",
                 [&](const YamlNode& n) {
                   yaml_.each(n, [&](const YamlNode& i) { out.order.push_back(rule(i)); });
                 }},
                {"zone", [&](const YamlNode& n) { out.zone = zone(n); }},
                {"unreadable",
                 [&](const YamlNode& n) {
                   out.reject_unreadable =
                       yaml_.word<bool>(n, {{"record_time", false}, {"reject", true}}, false);
                 }}},
               {"fields"});
    return out;
  }

 private:
  TimeRule rule(const YamlNode& node) {
    TimeRule out;
    if (node.is_scalar()) {
      out.fields.emplace_back(yaml_.text(node));
      return out;
    }
    yaml_.keys(node, "a time field",
               {{"field",
                 [&](const YamlNode& n) {
                   for (std::string& field : yaml_.texts(n)) out.fields.emplace_back(std::move(field));
                 }},
                {"format", [&](const YamlNode& n) { format(n, out); }},
                {"utc", [&](const YamlNode& n) { out.utc = yaml_.truth(n); }}},
               {"field"});
    if (out.fields.size() > 3)
      yaml_.value_error(node, "a time has at most three fields: date, time and zone");
    return out;
  }

  void format(const YamlNode& node, TimeRule& out) {
    static const std::map<std::string, TimeFormat> formats = {
        {"auto", TimeFormat::Auto},
        {"rfc3339", TimeFormat::Rfc3339},
        {"epoch_s", TimeFormat::EpochSeconds},
        {"epoch_ms", TimeFormat::EpochMilliseconds},
        {"epoch_us", TimeFormat::EpochMicroseconds},
        {"epoch_ns", TimeFormat::EpochNanoseconds},
        {"filetime", TimeFormat::FileTime},
    };
    if (!node.is_scalar() || node.text.find('%') == std::string::npos) {
      if (node.is_scalar() && !formats.contains(node.text)) {
        yaml_.value_error(node, fmt::format("`{}` is no format of a time", node.text),
                          "auto, rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns, filetime, or a pattern like "
                          "\"%d/%m/%Y %H:%M:%S\"");
        return;
      }
      out.format = yaml_.word(node, formats, TimeFormat::Auto);
      return;
    }
    out.format = TimeFormat::Pattern;
    out.pattern = node.text;
    if (const auto wrong = unknown_time_directive(out.pattern))
      yaml_.value_error(node, fmt::format("`{}` is no part of a time", *wrong),
                        "known: %Y %y %m %b %d %e %H %I %M %S %p %f %z %s %a %%");
  }

  TimeZone zone(const YamlNode& node) {
    const auto zone = TimeZone::parse(yaml_.text(node));
    if (!zone) yaml_.value_error(node, fmt::format("`{}` is no zone", node.text), zone.error().message);
    return zone.value_or(TimeZone());
  }

  PackYaml& yaml_;
};

}  // namespace

std::vector<FieldMap> read_maps(const YamlNode& node, PackYaml& yaml) {
  std::vector<FieldMap> out;
  MapReader reader(yaml);
  yaml.pairs(node, [&](const std::string& field, const YamlNode& value) {
    out.push_back(reader.map(field, value));
  });
  return out;
}

TimeRules read_time(const YamlNode& node, PackYaml& yaml) { return TimeReader(yaml).time(node); }

}  // namespace countersign
