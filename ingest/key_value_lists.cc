// SPDX-License-Identifier: Apache-2.0
#include "ingest/key_value_lists.h"

namespace countersign {

std::vector<std::pair<std::string_view, Value>> key_values(const Event& event, std::string_view list) {
  constexpr std::string_view kKey = ".key";
  constexpr std::string_view kValue = ".value";
  std::vector<std::pair<std::string_view, Value>> out;
  std::size_t member = 0;  // into `out`: where the values of the current member begin
  std::string_view key;
  const auto end_member = [&] {
    // `value` may stand before `key`.
    for (std::size_t i = member; i < out.size(); ++i) out[i].first = key;
    if (key.empty()) out.resize(member);
    member = out.size();
    key = {};
  };
  for (const Field& field : event.fields()) {
    if (!field.name.starts_with(list)) continue;
    const std::string_view rest = field.name.substr(list.size());
    const Value& value = field.value;
    if (rest.empty() && value.type == ValueType::Object) end_member();
    if (!value.is_scalar() || value.type == ValueType::Null) continue;
    if (rest == kKey) key = value.text;
    if (rest == kValue || (rest.starts_with(kValue) && rest[kValue.size()] == '.'))
      out.emplace_back("", value);
  }
  end_member();
  return out;
}

}  // namespace countersign
