// SPDX-License-Identifier: Apache-2.0
// May rules and packs that were loaded anew replace those in force? Not when something in force would be lost
// by a mistake rather than on purpose, and not when a changed rule or pack fails its own tests. One call at a
// time; reads the files of test events.
#pragma once

#include <string>
#include <vector>

#include "app/file_stamps.h"
#include "app/loading.h"
#include "core/clock.h"

namespace countersign {

/// What would be lost without anybody wanting it, each in one sentence:
///   - no rule is left, and there were some;
///   - a file without errors in force now has one (what a new file lacks, or one that had errors already, is
///     reported and keeps nothing else back);
///   - a rule in force is gone, and its file has errors.
/// `files` are those of `now`. A rule or a file that was taken away is no loss. Neither needs a plan.
std::vector<std::string> losses(const Detection& now, const FileStamps& files, const Detection& next);

/// The test events that changed rules of `next` fail, of all rules when its packs are others; and the tests
/// that stand in changed packs. `next` has a plan.
std::vector<std::string> failed_tests(const Detection& now, const Detection& next, const Clock& clock);

}  // namespace countersign
