// SPDX-License-Identifier: Apache-2.0
#include "ingest/event_key.h"

#include <cstring>

#include "ingest/pack_chooser.h"

namespace countersign {
namespace {

void append(std::uint64_t number, std::string& out) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof bytes);
}

void append(std::string_view text, std::string& out) {
  append(text.size(), out);
  out += text;
}

}  // namespace

std::optional<EventKey> event_key(const Pack& pack, const ClassOutcome& outcome, const Event& event,
                                  std::uint32_t index, std::string& scratch, Sha256& sha) {
  if (outcome.duplicate_key.empty()) return std::nullopt;
  scratch.clear();
  append(pack.name, scratch);
  append(index, scratch);
  for (const FieldKey& field : outcome.duplicate_key) {
    append(field.name, scratch);
    std::uint64_t values = 0;
    event.each(field, [&](const Value& value) {
      if (!value.is_scalar() || value.text.empty() || is_one_of(value.text, pack.ignored_folded)) return true;
      append(value.text, scratch);
      ++values;
      return true;
    });
    if (values == 0) return std::nullopt;
    append(values, scratch);
  }
  sha.update(scratch);
  const Hash256 hash = sha.finish();
  EventKey key{};
  std::memcpy(key.data(), hash.bytes.data(), sizeof key);
  return key;
}

}  // namespace countersign
