// SPDX-License-Identifier: Apache-2.0
// Health of sources: what came of each, what is expected of it, and what is wrong. Plain values, and the
// judgement as pure functions of them; any thread. Times of records are server times, those of the report
// that brought them; shares are in permille.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"

namespace countersign {

/// Shares and clocks are judged on slices of time, so that old trouble is forgotten.
inline constexpr std::chrono::minutes kActivitySlice{5};
inline constexpr std::int64_t kActivitySlices = 12;  // kept: an hour
inline constexpr std::int64_t kSkewSlices = 3;       // a clock is judged by the last quarter of an hour
/// Fewer messages and elements say nothing about a share.
inline constexpr std::uint64_t kJudgedMin = 20;
/// A source that was silent must have kept its rhythm for this long, or for one rhythm if that is shorter.
inline constexpr std::chrono::minutes kSpeakingMin{5};
inline constexpr std::size_t kExpectedSourcesMax = 10'000;

/// A source as a whole, or the events in it whose `field` has `value`.
struct SourceSubject {
  SourceName source;
  std::string field;  // empty: the source as a whole
  std::string value;
  bool whole() const { return field.empty(); }
  auto operator<=>(const SourceSubject&) const = default;
};

struct ActivitySlice {
  std::int64_t number = 0;     // kActivitySlice since 1970
  std::uint64_t judged = 0;    // messages that could not be read, and elements of those that could
  std::uint64_t rejected = 0;  // of them, dead letters
  EventClock clock;            // summed
  bool operator==(const ActivitySlice&) const = default;
};

struct SourceActivity {
  SourceSubject subject;
  Timestamp first_record{};
  Timestamp last_record{};
  std::optional<Timestamp> last_event;  // largest event time
  std::uint64_t records = 0;            // 0 unless the subject is a whole source; so for the next but events
  std::uint64_t events = 0;
  std::uint64_t rejected = 0;         // dead letters
  std::uint64_t truncated = 0;        // dead letters that ended early, or of which only a prefix was kept
  std::vector<ActivitySlice> slices;  // ascending
};

/// An entry of the register.
struct ExpectedSource {
  std::string name;
  SourceSubject subject;
  std::string owner;  // may be empty
  std::string asset;  // may be empty
  std::chrono::seconds rhythm{};
  std::optional<std::uint64_t> rejects_max_permille;  // only of a whole source
  std::optional<std::chrono::seconds> skew_max;       // only of a whole source
  std::string cover;  // entry of the same source as a whole; while it is silent, this one is not judged
};

struct SourceTrouble {
  Timestamp since{};
  AlertId alert;
  bool operator==(const SourceTrouble&) const = default;
};

/// What is known of an expected source, as stored.
struct SourceHealth {
  std::string name;
  Timestamp registered{};
  Timestamp changed{};  // when a trouble last began or ended
  std::optional<SourceTrouble> silent;
  std::optional<SourceTrouble> rejecting;
  std::optional<SourceTrouble> skewed;
  bool never_seen = false;                 // with `silent`: no record ever came
  std::optional<Timestamp> speaking_from;  // with `silent`: the first record of those that may end it
  bool operator==(const SourceHealth&) const = default;
};

enum class SourceState : std::uint8_t { Ok, Waiting, Silent, NeverSeen, Rejecting, Skewed, Unwatched };
std::string_view to_string(SourceState state);  // the names above in snake_case
/// Whether somebody should look.
bool is_trouble(SourceState state);

/// A row of the list of sources.
struct SourceStatus {
  ExpectedSource expected;  // of a source that nobody expects, only name and subject
  SourceState state = SourceState::Unwatched;
  std::optional<Timestamp> since;
  std::optional<SourceActivity> activity;
  std::vector<AlertId> open_alerts;  // about itself, of the troubles that last
};

/// Adds one slice's counts; drops what is older than kActivitySlices.
void add_to_slices(std::vector<ActivitySlice>& slices, const ActivitySlice& slice);
std::int64_t slice_number(Timestamp time);

/// Rejected and judged within the last hour before `now`.
struct RejectShare {
  std::uint64_t rejected = 0;
  std::uint64_t judged = 0;
  std::uint64_t permille() const { return judged == 0 ? 0 : rejected * 1000 / judged; }
};
RejectShare reject_share(const SourceActivity& activity, Timestamp now);
EventClock recent_clock(const SourceActivity& activity, Timestamp now);

struct SourceLook {
  const ExpectedSource& expected;
  const std::optional<SourceActivity>& activity;
  const std::optional<SourceHealth>& before;  // absent: never looked at
  bool covered = false;                       // its cover is silent
  Timestamp quiet_from{};                     // silence counts from here at the earliest
  Timestamp now{};
};
/// What a look makes of it; troubles that begin have no alert yet.
SourceHealth look_at(const SourceLook& look);
SourceState state_of(const SourceHealth& health, const std::optional<SourceActivity>& activity);
/// Since when it is so.
Timestamp state_since(const SourceHealth& health);

struct SourceFinding {
  ExpectedSource expected;
  std::optional<SourceActivity> activity;
  std::optional<SourceHealth> before;
  SourceHealth after;
};
/// Where a look finds what is stored.
struct SourceRows {
  std::function<Result<std::optional<SourceActivity>>(const SourceSubject&)> activity;
  std::function<Result<std::optional<SourceHealth>>(const std::string& name)> health;
};
/// Looks at all, those that cover others first; gives those that changed. Errors: those of `rows`.
Result<std::vector<SourceFinding>> look_at_all(const std::vector<ExpectedSource>& expected,
                                               const SourceRows& rows, Timestamp listening_from,
                                               Timestamp now);

}  // namespace countersign
