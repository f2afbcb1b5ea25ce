// SPDX-License-Identifier: Apache-2.0
#include "ingest/vendor_alert.h"

#include <algorithm>
#include <charconv>

#include "core/utf8_cut.h"
#include "ingest/event_fields.h"
#include "ingest/pack_program.h"

namespace countersign {
namespace {

std::string first_text(const std::vector<FieldKey>& fields, const Event& event) {
  for (const FieldKey& field : fields) {
    const Value* value = first_scalar(event, field);
    if (value != nullptr && !value->text.empty())
      return std::string(utf8_prefix(value->text, kVendorTextBytesMax));
  }
  return {};
}

Level level_of(const Event& event) {
  static const FieldKey severity("event.severity");
  const Value* value = first_scalar(event, severity);
  int number = 0;
  if (value != nullptr) std::from_chars(value->text.data(), value->text.data() + value->text.size(), number);
  // A severity that no table of ours has made is of a scale that we do not know.
  if (value == nullptr || value->type != ValueType::Integer || number < 1 || number > 6) return Level::Medium;
  return static_cast<Level>(std::min(number, static_cast<int>(Level::Critical)));
}

}  // namespace

std::string vendor_alert_title(const VendorAlertRule& rule, const VendorAlertFacts& facts) {
  if (facts.title == rule.title_otherwise) return facts.title;
  return rule.title_otherwise + ": " + facts.title;
}

VendorAlertFacts vendor_alert_facts(const VendorAlertRule& rule, const Event& event) {
  VendorAlertFacts out;
  out.title = first_text(rule.title, event);
  if (out.title.empty()) out.title = rule.title_otherwise;
  for (const FieldKey& field : rule.id) {
    const Value* value = first_scalar(event, field);
    if (value == nullptr || value->text.empty()) continue;
    if (!out.id.empty()) out.id += '/';
    out.id += utf8_prefix(value->text, kVendorTextBytesMax);
  }
  out.status = first_text(rule.status, event);
  out.url = first_text(rule.url, event);
  // It becomes a link.
  if (!out.url.starts_with("https://") && !out.url.starts_with("http://")) out.url.clear();
  out.level = level_of(event);
  return out;
}

}  // namespace countersign
