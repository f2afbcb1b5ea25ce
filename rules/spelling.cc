// SPDX-License-Identifier: Apache-2.0
#include "rules/spelling.h"

#include <algorithm>
#include <numeric>

#include <fmt/core.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

// Above these no hint is worth its time.
constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kCandidatesMax = 256;

/// Insertions, deletions, replacements and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> next(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({replace, last[j] + 1, next[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(next);
  }
  return last[b.size()];
}

}  // namespace

std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > kWordBytesMax || candidates.size() > kCandidatesMax) return {};
  const std::string folded = case_fold(word);
  std::size_t best = word.size() <= 4 ? 2 : 3;  // what is found must be closer
  std::string_view found;
  for (const std::string_view candidate : candidates) {
    if (candidate == word) return {};
    const std::size_t longer = std::max(candidate.size(), word.size());
    if (longer - std::min(candidate.size(), word.size()) >= best) continue;
    const std::size_t errors = distance(folded, case_fold(candidate));
    if (errors < best && errors < candidate.size()) {
      best = errors;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates,
                         std::string otherwise) {
  const std::string_view found = closest(word, candidates);
  return found.empty() ? otherwise : fmt::format("did you mean `{}`?", found);
}

}  // namespace countersign
