// SPDX-License-Identifier: Apache-2.0
// Dead letters, their explanations and replays as JSON, as openapi.yaml describes them. Pure but for the
// names of people; one thread per object.
#pragma once

#include "core/limits.h"
#include "review-api/alert_json.h"
#include "review-api/json_forward.h"
#include "review-api/letter_access.h"

namespace countersign {

/// Bytes of a letter that lists show.
inline constexpr std::size_t kLetterShownBytes = 4 * kKiB;

boost::json::object letter_to_json(const DeadLetterRow& row, Names& names);
boost::json::object explanation_to_json(const LetterExplanation& explanation);
boost::json::object replay_to_json(const ReplayRecord& replay, Names& names);

}  // namespace countersign
