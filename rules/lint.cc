// SPDX-License-Identifier: Apache-2.0
#include "rules/lint.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/core.h>

#include "rules/findings.h"
#include "rules/spelling.h"

namespace countersign {
namespace {

constexpr std::size_t kWitnessesShown = 3;
constexpr std::size_t kWitnessBytesShown = 60;

constexpr std::array<std::string_view, kNoWitnessCount> kReasons{
    "negations",
    "null",
    "exists",
    "values that fit every text",
    "regular expressions without a fixed text",
    "comparisons of numbers",
    "parts of dates",
    "fieldref",
    "booleans",
    "keywords that are no texts",
};

std::string shortened(std::string_view text) {
  if (text.size() <= kWitnessBytesShown) return std::string(text);
  std::size_t size = kWitnessBytesShown;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return std::string(text.substr(0, size)) + "…";
}

std::string number_text(const Number& number) {
  switch (number.kind) {
    case Number::Kind::Integer: return fmt::format("{}", number.integer);
    case Number::Kind::Unsigned: return fmt::format("{}", number.unsigned_integer);
    case Number::Kind::Double: return fmt::format("{}", number.real);
  }
  return {};
}

std::string network_text(const Network& network) {
  const auto& bytes = network.first.bytes;
  std::string out;
  if (network.first.v4) {
    for (std::size_t i = 0; i < 4; ++i) out += fmt::format("{}{}", i == 0 ? "" : ".", bytes[i]);
  } else {
    for (std::size_t i = 0; i < bytes.size(); i += 2)
      out += fmt::format("{}{:x}", i == 0 ? "" : ":", bytes[i] << 8U | bytes[i + 1]);
  }
  return fmt::format("{}/{}", out, network.prefix);
}

std::string one_text(const Witness& witness, const std::vector<FieldKey>& fields) {
  const std::string text = shortened(witness.text);
  if (witness.kind == Witness::Kind::Keyword) return fmt::format("any value holds {}", text);
  const std::string& field = fields[witness.field].name;
  switch (witness.kind) {
    case Witness::Kind::Equal: return fmt::format("{} is {}", field, text);
    case Witness::Kind::Prefix: return fmt::format("{} starts with {}", field, text);
    case Witness::Kind::Suffix: return fmt::format("{} ends with {}", field, text);
    case Witness::Kind::Contains: return fmt::format("{} holds {}", field, text);
    case Witness::Kind::Number: return fmt::format("{} is {}", field, number_text(witness.number));
    case Witness::Kind::Network: return fmt::format("{} is in {}", field, network_text(witness.network));
    case Witness::Kind::Keyword: break;
  }
  return {};
}

std::string reasons_text(const std::vector<NoWitness>& reasons) {
  std::string out;
  for (const NoWitness reason : reasons)
    out += std::string(out.empty() ? "" : ", ") + std::string(kReasons[static_cast<std::size_t>(reason)]);
  return out;
}

void add(std::vector<Diagnostic>& out, const RuleInfo& rule, std::string_view code, std::string message,
         std::string hint) {
  Findings findings(rule.file);
  findings.add(code, {rule.line, 0}, std::move(message), std::move(hint));
  for (Diagnostic& finding : findings.take()) out.push_back(std::move(finding));
}

void add_always_run(std::vector<Diagnostic>& out, const RuleSet& rules, const WitnessTable& witnesses) {
  for (std::uint32_t i = 0; i < rules.rules().size(); ++i) {
    if (witnesses.of_rules()[i]) continue;
    add(out, rules.rules()[i], "rule.always_run",
        fmt::format("`{}` is evaluated for every event of its log source: it asks only for {}",
                    rules.rules()[i].title, reasons_text(witnesses.why_none(i))),
        "add a condition on a value that such events must have");
  }
}

std::string text_of(const LogSource& source) {
  std::string out;
  const auto append = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format("{}{}: {}", out.empty() ? "`" : ", ", name, value);
  };
  append("product", source.product);
  append("category", source.category);
  append("service", source.service);
  return out + "`";
}

/// A log source that some class has, each of whose attributes is the one asked for, or spelled nearly so;
/// empty: there is none.
LogSource nearest(const LogSource& asked, const std::vector<const EventClass*>& classes) {
  const auto attribute = [](const std::string& wanted, const std::string& known, std::string& out) {
    if (wanted.empty()) return true;
    out = known;
    return wanted == known || !closest(wanted, {known}).empty();
  };
  for (const EventClass* event_class : classes) {
    for (const LogSource& known : event_class->log_sources) {
      LogSource out;
      if (attribute(asked.product, known.product, out.product) &&
          attribute(asked.category, known.category, out.category) &&
          attribute(asked.service, known.service, out.service))
        return out;
    }
  }
  return {};
}

void sort(std::vector<Diagnostic>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
}

}  // namespace

std::string witness_text(const WitnessTable& witnesses, const std::vector<FieldKey>& fields,
                         std::uint32_t rule) {
  const std::optional<std::vector<WitnessId>>& own = witnesses.of_rules()[rule];
  if (!own) return "always run: only " + reasons_text(witnesses.why_none(rule));
  if (own->empty()) return "never: it cannot hold";
  std::string out;
  for (std::size_t i = 0; i < std::min(own->size(), kWitnessesShown); ++i)
    out += (i == 0 ? "" : " or ") + one_text(witnesses.witnesses()[(*own)[i]], fields);
  if (own->size() > kWitnessesShown) out += fmt::format(" or {} more", own->size() - kWitnessesShown);
  return out;
}

std::vector<std::uint64_t> events_of_rules(const Plan& plan, const RuleCosts& costs) {
  std::vector<std::uint64_t> events(plan.rules()->rules().size());
  for (std::size_t i = 0; i < costs.group_events.size(); ++i)
    for (const std::uint32_t rule : plan.groups()[i]->rules) events[rule] += costs.group_events[i];
  return events;
}

std::vector<std::uint32_t> rules_without_events(const RuleSet& rules,
                                                const std::vector<const EventClass*>& classes) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < rules.rules().size(); ++i) {
    const LogSource& source = rules.rules()[i].log_source;
    if (source != LogSource{} &&
        std::none_of(classes.begin(), classes.end(),
                     [&source](const EventClass* known) { return covers(source, *known); }))
      out.push_back(i);
  }
  return out;
}

std::vector<Diagnostic> lint_log_sources(const RuleSet& rules,
                                         const std::vector<const EventClass*>& classes) {
  std::vector<Diagnostic> out;
  for (const std::uint32_t rule : rules_without_events(rules, classes)) {
    const RuleInfo& info = rules.rules()[rule];
    const LogSource meant = nearest(info.log_source, classes);
    if (meant == LogSource{}) continue;
    add(out, info, "logsource.no_events",
        fmt::format("`{}` will see no event: no pack gives the log source {}", info.title,
                    text_of(info.log_source)),
        fmt::format("did you mean {}?", text_of(meant)));
  }
  sort(out);
  return out;
}

std::vector<Diagnostic> lint(const RuleSet& rules) {
  const RuleGraph graph(rules.compiled());
  std::vector<Diagnostic> out;
  add_always_run(out, rules, WitnessTable(graph, rules.compiled().fields));
  sort(out);
  return out;
}

std::vector<Diagnostic> lint(const Plan& plan, const RuleCosts& costs) {
  std::vector<Diagnostic> out;
  const std::vector<RuleInfo>& rules = plan.rules()->rules();
  add_always_run(out, *plan.rules(), plan.witness_table());
  const std::vector<std::uint64_t> events = events_of_rules(plan, costs);
  for (std::uint32_t i = 0; i < costs.rules.size(); ++i) {
    const double share = static_cast<double>(costs.rules[i].candidates) /
                         static_cast<double>(std::max<std::uint64_t>(events[i], 1));
    if (!plan.witness_table().of_rules()[i] || events[i] < kWideWitnessEventsMin ||
        share <= kWideWitnessShare)
      continue;
    add(out, rules[i], "rule.wide_witness",
        fmt::format("`{}` is evaluated for {:.1f} % of the events of its log source: {}", rules[i].title,
                    share * 100, witness_text(plan.witness_table(), plan.fields(), i)),
        "add a condition on a rarer value, or a narrower log source");
  }
  sort(out);
  return out;
}

}  // namespace countersign
