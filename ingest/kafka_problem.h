// SPDX-License-Identifier: Apache-2.0
// What an operator reads of a broker that cannot be used. A pure function.
#pragma once

#include <string>
#include <string_view>

namespace countersign {

/// librdkafka's text without the times that differ at each attempt, and with the settings that decide about
/// it. `scram_is_old`: SCRAM is asked for and the library that runs sends it in a way that Kafka 4 refuses.
std::string explain_kafka_problem(std::string_view text, bool scram_is_old);

}  // namespace countersign
