// SPDX-License-Identifier: Apache-2.0
// The demo feed as a Source: messages come when they are due. Each start is a new incarnation with a seed of
// its own, so that a restart neither repeats nor floods. The feed begins a few minutes in the past: a
// newcomer sees alerts at once.
#pragma once

#include <memory>

#include "core/clock.h"
#include "ingest/source.h"

namespace countersign {

std::unique_ptr<Source> make_demo_source(const Clock& clock, std::uint64_t seed);

}  // namespace countersign
