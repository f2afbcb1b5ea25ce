// SPDX-License-Identifier: Apache-2.0
// Small questions that packs and detection ask an event. Pure; any thread that owns the event.
#pragma once

#include "core/event.h"

namespace countersign {

/// The first value of the field that can be compared: no container, no null; or nothing.
inline const Value* first_scalar(const Event& event, const FieldKey& key) {
  const Value* found = nullptr;
  event.each(key, [&](const Value& value) {
    if (value.is_scalar() && value.type != ValueType::Null) found = &value;
    return found == nullptr;
  });
  return found;
}

}  // namespace countersign
