// SPDX-License-Identifier: Apache-2.0
#include "rules/diagnostic.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "core/invariant.h"
#include "rules/findings.h"

namespace countersign {
namespace {

constexpr auto kE = Severity::Error;
constexpr auto kW = Severity::Warning;

constexpr auto kCodes = std::to_array<DiagnosticCode>({
    {"file.unreadable", kE, "The file cannot be read."},
    {"file.too_large", kE, "The file is larger than 8 MiB."},
    {"file.encoding", kE, "The file is not UTF-8 text, or holds a control character."},
    {"file.empty", kW, "The file holds no document."},
    {"yaml.syntax", kE, "The text is not YAML."},
    {"yaml.duplicate_key", kE, "A key stands twice in one map; most readers silently keep the last."},
    {"yaml.key", kE, "A key is empty, null, a list or a map."},
    {"yaml.merge_key", kE, "The merge key `<<` is not part of YAML 1.2 nor of Sigma."},
    {"yaml.tag", kE, "A YAML tag is used."},
    {"yaml.alias", kE, "An alias refers to a node that contains it."},
    {"yaml.too_deep", kE, "Lists and maps are nested deeper than 64 levels."},
    {"yaml.too_large", kE, "The document has more than 100,000 nodes, aliases counted where they are used."},
    {"document.kind", kE, "The document is none, or more than one, of detection, correlation, filter."},
    {"document.action", kE, "The document belongs to a collection (`action: global`) of Sigma 1."},
    {"document.collection", kW, "A document of a collection of Sigma 1 was joined with others (--lenient)."},
    {"rule.missing_key", kE, "A required key is missing."},
    {"rule.type", kE, "A key has a value of the wrong type."},
    {"rule.length", kE, "A text is longer than the specification allows."},
    {"rule.id", kW, "`id` is not a UUID."},
    {"rule.status", kE, "`status` is not one of the five of Sigma."},
    {"rule.level", kE, "`level` is not one of the five of Sigma."},
    {"rule.level_missing", kW, "There is no `level`; medium is taken."},
    {"rule.duplicate_id", kE, "An earlier rule has the same `id`; it is kept."},
    {"rule.duplicate_name", kE, "An earlier rule has the same `name`; it is kept."},
    {"rule.date", kW, "A date is not written as YYYY-MM-DD."},
    {"rule.tag", kW, "A tag is not of the form namespace.name."},
    {"rule.related", kW, "An entry of `related` lacks an id or a known type."},
    {"rule.similar_key", kW, "A key that Sigma does not know looks like one that it does."},
    {"rule.taxonomy", kE, "`taxonomy` is another than sigma."},
    {"rule.sigma_version", kE, "`sigma-version` asks for another version than 2."},
    {"rule.limit", kE, "There are more than 20,000 rules, or filters."},
    {"rule.always_run", kW,
     "Nothing in the rule can be looked up, so it is evaluated for every event of its log source."},
    {"rule.wide_witness", kW,
     "What the rule is looked up by shows in more than 1 % of the events of its log source (`rules cost`)."},
    {"grouping.unknown_key", kE, "`countersign` has a key that is not known."},
    {"grouping.value", kE, "A value of `countersign` cannot be used."},
    {"logsource.unknown_key", kE,
     "The log source has a key that looks like one of Sigma's, misspelt. Other keys are the author's own."},
    {"logsource.value", kE, "An attribute of the log source is not a text."},
    {"logsource.case", kW, "An attribute of the log source has upper-case letters."},
    {"logsource.empty", kE, "The log source names neither category nor product nor service."},
    {"logsource.no_events", kW,
     "No pack gives events of this log source, and one that they give is spelled nearly so."},
    {"detection.shape", kE, "The detection is not a map."},
    {"detection.condition_missing", kE, "The detection has no condition."},
    {"detection.selection_missing", kE, "The detection has no selection."},
    {"detection.identifier", kE, "A selection has a name that no condition can hold."},
    {"detection.empty", kE, "A selection, or an entry of one, is empty."},
    {"detection.timeframe", kE, "`timeframe` belonged to aggregations, which are correlations now."},
    {"detection.unused", kW, "No condition uses the selection."},
    {"field.reserved", kE, "A field name ends in an array quantifier, which is reserved."},
    {"value.nested", kE, "A value of a field is a map, or a list inside a list."},
    {"value.empty_list", kW, "An empty list of values counts as null."},
    {"value.null_in_list", kW, "null stands in a list of values; it counts as one of them."},
    {"value.bool_word", kW, "`yes`, `no`, `on` and `off` without quotes are texts; YAML 1.1 differs."},
    {"value.matches_all", kW, "An empty value with contains, startswith or endswith fits every text."},
    {"value.nul", kE,
     "A text, or its part behind a wildcard, begins with a NUL, which cannot be looked for."},
    {"value.placeholder", kE, "A placeholder has no list of values (modifier expand)."},
    {"value.placeholder_limit", kE,
     "Placeholders stand for more than 10,000 values in one value of a rule, or 100,000 in a rule."},
    {"value.encoded_wildcard", kE, "A value that is to be encoded holds a wildcard."},
    {"value.base64_uncased", kW, "A base64 text is compared without case; `cased` is missing."},
    {"value.base64_short", kE, "A value is too short for base64offset: it would fit every text."},
    {"value.base64offset_whole", kW, "base64offset without contains fits almost nothing."},
    {"value.network", kE, "The value of cidr is no IP network."},
    {"value.network_host_bits", kE, "The network of cidr has bits set beyond its prefix."},
    {"value.network_masked", kW, "The network of cidr has bits set beyond its prefix; dropped (--lenient)."},
    {"value.time_part", kE, "No date has this minute, hour, day, week, month or year."},
    {"value.regex_inline_flags", kW, "The regular expression starts with inline flags."},
    {"value.regex", kE, "The regular expression cannot be compiled."},
    {"modifier.unknown", kE, "The modifier does not exist."},
    {"modifier.order", kE, "Modifiers stand in an order that has no meaning."},
    {"modifier.value_type", kE, "The modifier does not take a value of this type."},
    {"modifier.keyword", kE, "The modifier cannot be used for keywords."},
    {"modifier.combination", kE, "Modifiers contradict each other, or do not go together."},
    {"modifier.repeated", kE, "The modifier stands twice."},
    {"modifier.single_all", kW, "`all` is used on a single value."},
    {"modifier.stringified", kW, "A number or boolean is taken as a text."},
    {"modifier.no_effect", kW, "The modifier does nothing here."},
    {"keyword.null", kE, "A keyword is null."},
    {"condition.syntax", kE, "The condition cannot be read."},
    {"condition.unknown", kE, "The condition names a selection that does not exist."},
    {"condition.pattern_empty", kE, "No selection fits the pattern."},
    {"condition.quantifier", kE, "A quantifier is neither `1 of`, `any of` nor `all of`."},
    {"condition.too_deep", kE, "Parentheses are nested deeper than 64 levels."},
    {"condition.too_large", kE,
     "A condition is longer than 16 KiB, or refers to selections more than 100,000 times."},
    {"condition.plain_pattern", kW, "A quantifier stands before the name of one selection."},
    {"condition.pipe", kE, "The condition holds an aggregation of Sigma 1."},
    {"correlation.unknown_key", kE, "A correlation, or its condition, has a key that is not known."},
    {"correlation.missing_key", kE, "A correlation lacks a key that its type needs."},
    {"correlation.value", kE, "A value of a correlation cannot be used."},
    {"correlation.type_alias", kW, "`ordered_temporal` is a spelling of `temporal_ordered`."},
    {"correlation.percentile_missing", kW, "A value_percentile has no `percentile`; 50 is taken."},
    {"filter.rules", kE, "A filter does not say for which rules it is."},
    {"filter.polarity", kW, "A filter without `not` keeps only what it describes."},
    {"filter.unmatched", kW, "A filter does not act on a rule that it names."},
    {"filter.unused", kW, "A filter acts on no rule that is loaded."},
    {"filter.refused", kE, "A filter is refused; the rules named run without it."},
    {"filter.limit", kE, "Filters would add more than 5,000,000 parts to rules."},
    {"reference.unknown", kW, "A correlation or filter refers to a rule that was not read."},
    {"values.shape", kE,
     "The file of values (--values) is not one map of names and texts or lists of texts."},
    {"values.length", kE, "A value in the file of values is longer than 4 KiB."},
    {"values.name", kE, "A name in the file of values cannot stand between percent signs."},
    {"inactive", kW, "The document was read and checked, but this version does not act on it."},
});

const DiagnosticCode* find_code(std::string_view code) {
  const auto* row = std::find_if(kCodes.begin(), kCodes.end(),
                                 [&](const DiagnosticCode& entry) { return entry.code == code; });
  return row == kCodes.end() ? nullptr : row;
}

}  // namespace

std::string_view to_string(Severity severity) { return severity == Severity::Error ? "error" : "warning"; }

std::string to_string(const Diagnostic& diagnostic) {
  std::string out = fmt::format("{}:{}:{}: {}[{}]: {}", diagnostic.file, diagnostic.line, diagnostic.column,
                                to_string(diagnostic.severity), diagnostic.code, diagnostic.message);
  if (!diagnostic.hint.empty()) out += fmt::format(" ({})", diagnostic.hint);
  return out;
}

std::span<const DiagnosticCode> diagnostic_codes() { return kCodes; }

void Findings::add(std::string_view code, Position where, std::string message, std::string hint) {
  const DiagnosticCode* row = find_code(code);
  invariant(row != nullptr);
  if (!seen_.emplace(where.line, where.column, row->code, message).second) return;
  if (row->severity == Severity::Error) ++errors_;
  list_.push_back({file_, where.line, where.column, row->severity, std::string(code), std::move(message),
                   std::move(hint)});
}

std::vector<Diagnostic> Findings::take() { return std::move(list_); }

}  // namespace countersign
