// SPDX-License-Identifier: Apache-2.0
#include "rules/modifier_actions.h"

#include <algorithm>

#include <fmt/core.h>

#include "core/hash.h"
#include "rules/value_encoding.h"

namespace countersign::modifier {
namespace {

using Kind = ModifiedValue::Kind;

void refuse_type(const ModifierContext& context, std::string_view needed) {
  context.findings.add(
      "modifier.value_type", context.value.where,
      fmt::format("`{}` needs {}, not {}", context.use.name, needed, describe(context.value)));
}

void refuse_order(const ModifierContext& context, std::string_view rule) {
  context.findings.add("modifier.order", context.use.where, fmt::format("`{}` {}", context.use.name, rule));
}

/// Numbers and booleans become texts, with a warning. False: refused.
bool as_text(ModifiedValue& value, const ModifierContext& context) {
  switch (value.kind) {
    case Kind::Text: return true;
    case Kind::Number:
    case Kind::Bool:
      value.kind = Kind::Text;
      value.text = SigmaString::literal(context.value.text);
      context.findings.add("modifier.stringified", context.value.where,
                           fmt::format("`{}` takes {} as a text", context.use.name, describe(context.value)),
                           "quote the value");
      return true;
    case Kind::Null: refuse_type(context, "a text"); return false;
    case Kind::Bytes:
      refuse_order(context, "cannot follow UTF-16; base64 or base64offset must");
      return false;
    case Kind::Regex: refuse_order(context, "cannot follow `re`"); return false;
    case Kind::Network: refuse_order(context, "cannot follow `cidr`"); return false;
    case Kind::FieldName: refuse_order(context, "cannot follow `fieldref`"); return false;
  }
  return false;
}

/// For modifiers that read the value as written.
bool is_as_written(const Variants& variants, ModifierContext& context) {
  if (variants.size() == 1 && !variants.front().changed) return true;
  refuse_order(context, "must come before the modifiers that change the text");
  return false;
}

void open(Variants& variants, ModifierContext& context, bool start, bool end) {
  for (ModifiedValue& value : variants) {
    if (value.kind == Kind::Regex) {
      context.findings.add(
          "modifier.no_effect", context.use.where,
          fmt::format("`{}` does nothing to a regular expression, which is searched anywhere",
                      context.use.name),
          "remove it, or anchor the expression with ^ or $");
      continue;
    }
    if (value.kind != Kind::FieldName && !as_text(value, context)) continue;
    value.changed = true;
    value.open_start = value.open_start || start;
    value.open_end = value.open_end || end;
    if (value.kind == Kind::FieldName) continue;
    if (start) value.text.open_start();
    if (end) value.text.open_end();
  }
}

void set_flag(Variants& variants, ModifierContext& context, bool RegexFlags::* flag) {
  for (ModifiedValue& value : variants) {
    if (value.kind == Kind::Regex) {
      value.flags.*flag = true;
    } else {
      refuse_order(context, "must come after `re`");
    }
  }
}

/// The bytes that an encoding starts from.
std::optional<std::string> bytes_to_encode(ModifiedValue& value, ModifierContext& context) {
  if (value.kind == Kind::Bytes) return value.bytes;
  if (!as_text(value, context)) return std::nullopt;
  if (value.open_start || value.open_end) {
    refuse_order(context, "must come before contains, startswith and endswith");
    return std::nullopt;
  }
  if (value.text.has_wildcards()) {
    context.findings.add("value.encoded_wildcard", context.value.where,
                         fmt::format("`{}` cannot encode a value with a wildcard", context.use.name),
                         "escape it as \\* or \\? when the character itself is meant");
    return std::nullopt;
  }
  return value.text.literal_text();
}

void warn_uncased(const ModifierContext& context) {
  const auto& uses = context.item.modifiers;
  const auto is_cased = [](const ModifierUse& use) { return use.name == "cased"; };
  if (std::any_of(uses.begin(), uses.end(), is_cased)) return;
  context.findings.add("value.base64_uncased", context.use.where,
                       "base64 depends on case, but the comparison does not",
                       "add `cased` to match fewer other texts");
}

void encode_utf16(Variants& variants, ModifierContext& context, Utf16 form) {
  for (ModifiedValue& value : variants) {
    if (value.kind == Kind::Bytes) {
      refuse_order(context, "cannot follow another UTF-16 encoding");
      continue;
    }
    const std::optional<std::string> bytes = bytes_to_encode(value, context);
    if (!bytes) continue;
    value.kind = Kind::Bytes;
    value.bytes = to_utf16(*bytes, form);
  }
}

void compare_with(Variants& variants, ModifierContext& context, Comparison comparison) {
  if (variants.front().kind != Kind::Number) {
    const bool quoted = context.value.type == RuleScalar::Type::Text && parse_decimal(context.value.text);
    context.findings.add(
        "modifier.value_type", context.value.where,
        fmt::format("`{}` needs a number, not {}", context.use.name, describe(context.value)),
        quoted ? "remove the quotes" : "");
  }
  if (context.traits.comparison && *context.traits.comparison != comparison)
    context.findings.add("modifier.combination", context.use.where,
                         fmt::format("`{}` follows another comparison", context.use.name),
                         "write a second item of the same field and join them with `and`");
  context.traits.comparison = comparison;
}

void take_part(Variants& variants, ModifierContext& context, TimePart part) {
  const RuleScalar& value = context.value;
  if (variants.front().kind != Kind::Number || value.number.kind != Number::Kind::Integer) {
    refuse_type(context, "a whole number");
  } else if (const PartRange range = range_of(part);
             value.number.integer < range.first || value.number.integer > range.last) {
    context.findings.add("value.time_part", value.where,
                         fmt::format("`{}` lies between {} and {}, not at {}", context.use.name, range.first,
                                     range.last, value.text));
  }
  if (context.traits.part && *context.traits.part != part)
    context.findings.add("modifier.combination", context.use.where,
                         fmt::format("`{}` follows another part of the date", context.use.name),
                         "write a second item of the same field");
  context.traits.part = part;
}

}  // namespace

void contains(Variants& variants, ModifierContext& context) { open(variants, context, true, true); }
void startswith(Variants& variants, ModifierContext& context) { open(variants, context, false, true); }
void endswith(Variants& variants, ModifierContext& context) { open(variants, context, true, false); }

void all(Variants& /*variants*/, ModifierContext& context) {
  context.traits.all = true;
  if (context.item.values.size() == 1)
    context.findings.add("modifier.single_all", context.use.where, "`all` has a single value to join");
}

void cased(Variants& /*variants*/, ModifierContext& context) { context.traits.cased = true; }
void neq(Variants& /*variants*/, ModifierContext& context) { context.traits.negated = true; }

void exists(Variants& variants, ModifierContext& context) {
  if (variants.front().kind != Kind::Bool) refuse_type(context, "true or false without quotes");
  if (context.item.modifiers.size() > 1 || context.item.values.size() > 1)
    context.findings.add("modifier.combination", context.use.where,
                         "`exists` takes one value and no other modifier");
  context.traits.exists = true;
}

void fieldref(Variants& variants, ModifierContext& context) {
  ModifiedValue& value = variants.front();
  if (context.value.type == RuleScalar::Type::Null || context.value.text.empty())
    return refuse_type(context, "the name of a field");
  if (!as_text(value, context) || !is_as_written(variants, context)) return;
  value.kind = Kind::FieldName;
  value.name = context.value.text;
}

void expand(Variants& variants, ModifierContext& context) {
  // The rest is done before: rules/placeholders.h.
  for (ModifiedValue& value : variants)
    if (value.kind == Kind::Null || value.kind == Kind::Bool || value.kind == Kind::Number)
      (void)as_text(value, context);
}

void re(Variants& variants, ModifierContext& context) {
  ModifiedValue& value = variants.front();
  if (!as_text(value, context) || !is_as_written(variants, context)) return;
  value.kind = Kind::Regex;
  value.name = context.value.text;
  if (context.value.text.starts_with("(?") && !context.value.text.starts_with("(?:"))
    context.findings.add("value.regex_inline_flags", context.value.where,
                         "flags inside a regular expression are discouraged", "use re|i, re|m or re|s");
}

void ignore_case(Variants& variants, ModifierContext& context) {
  set_flag(variants, context, &RegexFlags::ignore_case);
}
void multiline(Variants& variants, ModifierContext& context) {
  set_flag(variants, context, &RegexFlags::multiline);
}
void dot_all(Variants& variants, ModifierContext& context) {
  set_flag(variants, context, &RegexFlags::dot_all);
}

void base64(Variants& variants, ModifierContext& context) {
  warn_uncased(context);
  for (ModifiedValue& value : variants) {
    const std::optional<std::string> bytes = bytes_to_encode(value, context);
    if (!bytes) continue;
    value.kind = Kind::Text;
    value.changed = true;
    value.text = SigmaString::literal(to_base64(*bytes));
  }
}

void base64offset(Variants& variants, ModifierContext& context) {
  warn_uncased(context);
  Variants encoded;
  for (ModifiedValue& value : variants) {
    const std::optional<std::string> bytes = bytes_to_encode(value, context);
    if (!bytes) continue;
    if (bytes->size() < kBase64OffsetBytesMin) {
      context.findings.add("value.base64_short", context.value.where,
                           fmt::format("`{}` needs at least {} bytes, not {}", context.use.name,
                                       kBase64OffsetBytesMin, bytes->size()));
      continue;
    }
    for (std::string& variant : base64_offsets(*bytes)) {
      ModifiedValue next;
      next.kind = Kind::Text;
      next.changed = true;
      next.text = SigmaString::literal(std::move(variant));
      encoded.push_back(std::move(next));
    }
  }
  if (!encoded.empty()) variants = std::move(encoded);
}

void utf16le(Variants& variants, ModifierContext& context) { encode_utf16(variants, context, Utf16::Little); }
void utf16be(Variants& variants, ModifierContext& context) { encode_utf16(variants, context, Utf16::Big); }
void utf16(Variants& variants, ModifierContext& context) {
  encode_utf16(variants, context, Utf16::LittleWithMark);
}

void windash(Variants& variants, ModifierContext& context) {
  Variants out;
  for (ModifiedValue& value : variants) {
    if (!as_text(value, context)) continue;
    for (SigmaString& text : windash_variants(value.text)) {
      ModifiedValue next = value;
      next.changed = true;
      next.text = std::move(text);
      out.push_back(std::move(next));
    }
  }
  if (!out.empty()) variants = std::move(out);
}

void cidr(Variants& variants, ModifierContext& context) {
  ModifiedValue& value = variants.front();
  if (!as_text(value, context) || !is_as_written(variants, context)) return;
  Result<Network> network = parse_network(context.value.text);
  if (!network && network.error().kind == ErrorKind::InvalidArgument && context.lenient) {
    context.findings.add("value.network_masked", context.value.where,
                         network.error().message + ", which are dropped",
                         "write the first address of the network; other tools refuse it");
    network = parse_network(context.value.text, HostBits::Dropped);
  }
  if (!network) {
    const bool host_bits = network.error().kind == ErrorKind::InvalidArgument;
    context.findings.add(host_bits ? "value.network_host_bits" : "value.network", context.value.where,
                         network.error().message,
                         host_bits ? "write the first address of the network; --lenient drops the bits"
                                   : "address/bits, such as 10.0.0.0/8");
    return;
  }
  value.kind = Kind::Network;
  value.network = *network;
}

void lt(Variants& variants, ModifierContext& context) { compare_with(variants, context, Comparison::Less); }
void lte(Variants& variants, ModifierContext& context) {
  compare_with(variants, context, Comparison::LessOrEqual);
}
void gt(Variants& variants, ModifierContext& context) {
  compare_with(variants, context, Comparison::Greater);
}
void gte(Variants& variants, ModifierContext& context) {
  compare_with(variants, context, Comparison::GreaterOrEqual);
}

void minute(Variants& variants, ModifierContext& context) { take_part(variants, context, TimePart::Minute); }
void hour(Variants& variants, ModifierContext& context) { take_part(variants, context, TimePart::Hour); }
void day(Variants& variants, ModifierContext& context) { take_part(variants, context, TimePart::Day); }
void week(Variants& variants, ModifierContext& context) { take_part(variants, context, TimePart::Week); }
void month(Variants& variants, ModifierContext& context) { take_part(variants, context, TimePart::Month); }
void year(Variants& variants, ModifierContext& context) { take_part(variants, context, TimePart::Year); }

}  // namespace countersign::modifier
