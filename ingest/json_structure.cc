// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_structure.h"

#include <algorithm>

#include <simdjson.h>

#include "core/message.h"

namespace countersign {
namespace {

static_assert(kMessagePaddingBytes >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t kFirstCapacityBytes = 16 * 1024;

}  // namespace

struct JsonStructure::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

JsonStructure::JsonStructure() : state_(std::make_unique<State>()) {}
JsonStructure::~JsonStructure() = default;
JsonStructure::JsonStructure(JsonStructure&&) noexcept = default;
JsonStructure& JsonStructure::operator=(JsonStructure&&) noexcept = default;

const char* JsonStructure::read(std::string_view json) {
  auto& parser = state_->parser;
  if (parser == nullptr || parser->capacity() < json.size()) {
    const std::size_t capacity =
        std::max({kFirstCapacityBytes, json.size(), parser == nullptr ? 0 : 2 * parser->capacity()});
    const auto error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser);
    if (error) return simdjson::error_message(error);
  }
  const auto error = parser->stage1(reinterpret_cast<const std::uint8_t*>(json.data()), json.size(),
                                    simdjson::stage1_mode::regular);
  return error ? simdjson::error_message(error) : nullptr;
}

std::span<const std::uint32_t> JsonStructure::places() const {
  return {state_->parser->structural_indexes.get(), state_->parser->n_structural_indexes};
}

}  // namespace countersign
