// SPDX-License-Identifier: Apache-2.0
// Lists of objects with `key` and `value`, as OTLP writes attributes (opentelemetry-proto,
// common.v1.KeyValue): each is one field by the name of its key. Pure; any thread that owns the event.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "core/event.h"

namespace countersign {

/// Keys and values of the members of `list`, in the order of the event; the members of a value that is a list
/// itself are several. Views into the event; they live until its next clear().
std::vector<std::pair<std::string_view, Value>> key_values(const Event& event, std::string_view list);

}  // namespace countersign
