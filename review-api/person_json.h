// SPDX-License-Identifier: Apache-2.0
// Persons and tokens as JSON; never a hash of a password or of a secret. Pure; any thread.
#pragma once

#include <cstddef>

#include "review-api/json_forward.h"
#include "store/people.h"

namespace countersign {

inline constexpr std::size_t kLoginBytesMax = 128;
inline constexpr std::size_t kDisplayNameBytesMax = 128;

boost::json::object person_to_json(const Person& person);
boost::json::object token_to_json(const ApiToken& token);

}  // namespace countersign
