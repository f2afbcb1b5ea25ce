// SPDX-License-Identifier: Apache-2.0
#include "store/source_health.h"

#include <algorithm>
#include <map>

namespace countersign {
namespace {

/// A trouble ends only clearly below the limit at which it begins, so that a state does not flap.
constexpr std::uint64_t kCalmNumerator = 4;
constexpr std::uint64_t kCalmDenominator = 5;

void add_clock(const EventClock& from, EventClock& to) {
  const bool measured = from.timed > from.ahead;
  if (measured) to.newest = to.timed > to.ahead ? std::max(to.newest, from.newest) : from.newest;
  to.timed += from.timed;
  to.ahead += from.ahead;
}

void look_for_silence(const SourceLook& look, SourceHealth& health) {
  const std::optional<Timestamp> last =
      look.activity ? std::optional(look.activity->last_record) : std::nullopt;
  const std::chrono::seconds rhythm = look.expected.rhythm;
  if (!health.silent) {
    if (look.covered) return;
    const Timestamp heard = std::max({health.registered, look.quiet_from, last.value_or(Timestamp::min())});
    if (look.now - heard <= rhythm) return;
    health.silent = SourceTrouble{look.now, {}};
    health.never_seen = !last;
    return;
  }
  const bool spoke = last && *last > health.silent->since;
  if (!spoke || look.now - *last > rhythm) {
    health.speaking_from.reset();
  } else if (!health.speaking_from) {
    health.speaking_from = last;
  } else if (*last - *health.speaking_from >= std::min<std::chrono::seconds>(rhythm, kSpeakingMin)) {
    health.silent.reset();
    health.speaking_from.reset();
    health.never_seen = false;
  }
}

void look_for_rejects(const SourceLook& look, SourceHealth& health) {
  const auto& limit = look.expected.rejects_max_permille;
  if (!limit || !look.activity) return health.rejecting.reset();
  const RejectShare share = reject_share(*look.activity, look.now);
  if (share.judged < kJudgedMin) return;
  const std::uint64_t allowed = *limit * share.judged;
  if (!health.rejecting) {
    if (share.rejected * 1000 > allowed) health.rejecting = SourceTrouble{look.now, {}};
  } else if (share.rejected * 1000 * kCalmDenominator <= allowed * kCalmNumerator) {
    health.rejecting.reset();
  }
}

void look_at_clock(const SourceLook& look, SourceHealth& health) {
  const auto& limit = look.expected.skew_max;
  if (!limit || !look.activity) return health.skewed.reset();
  const EventClock clock = recent_clock(*look.activity, look.now);
  if (clock.timed == 0) return;
  const auto off = std::chrono::abs(clock.newest);
  if (!health.skewed) {
    if (clock.ahead > 0 || off > *limit) health.skewed = SourceTrouble{look.now, {}};
  } else if (clock.ahead == 0 && off <= *limit * kCalmNumerator / kCalmDenominator) {
    health.skewed.reset();
  }
}

}  // namespace

std::string_view to_string(SourceState state) {
  switch (state) {
    case SourceState::Ok: return "ok";
    case SourceState::Waiting: return "waiting";
    case SourceState::Silent: return "silent";
    case SourceState::NeverSeen: return "never_seen";
    case SourceState::Rejecting: return "rejecting";
    case SourceState::Skewed: return "skewed";
    case SourceState::Unwatched: return "unwatched";
  }
  return "";
}

bool is_trouble(SourceState state) {
  switch (state) {
    case SourceState::Silent:
    case SourceState::NeverSeen:
    case SourceState::Rejecting:
    case SourceState::Skewed: return true;
    case SourceState::Ok:
    case SourceState::Waiting:
    case SourceState::Unwatched: return false;
  }
  return false;
}

std::int64_t slice_number(Timestamp time) { return time.time_since_epoch() / kActivitySlice; }

void add_to_slices(std::vector<ActivitySlice>& slices, const ActivitySlice& slice) {
  if (slices.empty() || slices.back().number < slice.number) {
    slices.push_back(slice);
  } else {
    ActivitySlice& last = slices.back();
    last.judged += slice.judged;
    last.rejected += slice.rejected;
    add_clock(slice.clock, last.clock);
  }
  std::erase_if(slices, [newest = slices.back().number](const ActivitySlice& one) {
    return one.number <= newest - kActivitySlices;
  });
}

RejectShare reject_share(const SourceActivity& activity, Timestamp now) {
  RejectShare share;
  for (const ActivitySlice& slice : activity.slices) {
    if (slice.number <= slice_number(now) - kActivitySlices) continue;
    share.rejected += slice.rejected;
    share.judged += slice.judged;
  }
  return share;
}

EventClock recent_clock(const SourceActivity& activity, Timestamp now) {
  EventClock clock;
  for (const ActivitySlice& slice : activity.slices) {
    if (slice.number > slice_number(now) - kSkewSlices) add_clock(slice.clock, clock);
  }
  return clock;
}

SourceHealth look_at(const SourceLook& look) {
  SourceHealth health;
  if (look.before) {
    health = *look.before;
  } else {
    health.name = look.expected.name;
    health.registered = health.changed = look.now;
  }
  const SourceHealth known = health;
  look_for_silence(look, health);
  look_for_rejects(look, health);
  look_at_clock(look, health);
  const auto same = [](const auto& one, const auto& other) { return one.has_value() == other.has_value(); };
  if (!same(known.silent, health.silent) || !same(known.rejecting, health.rejecting) ||
      !same(known.skewed, health.skewed)) {
    health.changed = look.now;
  }
  return health;
}

SourceState state_of(const SourceHealth& health, const std::optional<SourceActivity>& activity) {
  if (health.silent) return health.never_seen ? SourceState::NeverSeen : SourceState::Silent;
  if (health.rejecting) return SourceState::Rejecting;
  if (health.skewed) return SourceState::Skewed;
  return activity ? SourceState::Ok : SourceState::Waiting;
}

Timestamp state_since(const SourceHealth& health) {
  for (const auto* trouble : {&health.silent, &health.rejecting, &health.skewed}) {
    if (*trouble) return (*trouble)->since;
  }
  return health.changed;
}

Result<std::vector<SourceFinding>> look_at_all(const std::vector<ExpectedSource>& expected,
                                               const SourceRows& rows, Timestamp listening_from,
                                               Timestamp now) {
  std::vector<const ExpectedSource*> order;
  for (const bool whole : {true, false}) {
    for (const ExpectedSource& one : expected)
      if (one.subject.whole() == whole) order.push_back(&one);
  }
  std::vector<SourceFinding> changed;
  std::map<std::string, std::optional<SourceHealth>> covers;
  for (const ExpectedSource* one : order) {
    auto before = rows.health(one->name);
    if (!before) return failure(before.error());
    auto activity = rows.activity(one->subject);
    if (!activity) return failure(activity.error());
    SourceLook look{*one, *activity, *before, false, listening_from, now};
    if (!one->cover.empty()) {
      auto cover = covers.find(one->cover);
      if (cover == covers.end()) {
        auto known = rows.health(one->cover);
        if (!known) return failure(known.error());
        cover = covers.emplace(one->cover, std::move(*known)).first;
      }
      if (cover->second) {
        look.covered = cover->second->silent.has_value();
        look.quiet_from = std::max(look.quiet_from, cover->second->changed);
      }
    }
    SourceHealth after = look_at(look);
    if (one->subject.whole()) covers.insert_or_assign(one->name, after);
    if (*before && after == **before) continue;
    changed.push_back({*one, std::move(*activity), std::move(*before), std::move(after)});
  }
  return changed;
}

}  // namespace countersign
