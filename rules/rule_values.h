// SPDX-License-Identifier: Apache-2.0
// The lists of values that placeholders (modifier `expand`) stand for, from a YAML file:
//
//   Administrators: [alice, 'CORP\bob']    a list of texts
//   MailServer: mx1.example.com            or one
//
// Names are those between the percent signs. Numbers and booleans are the texts that they are written as. No
// other shape is known. Plain values; any thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/result.h"
#include "rules/diagnostic.h"

namespace countersign {

inline constexpr std::size_t kRuleValueBytesMax = 4 * kKiB;

struct RuleValues {
  std::map<std::string, std::vector<std::string>, std::less<>> lists;  // none is empty
  std::vector<Diagnostic> findings;  // on their file; a list with an error is left out
};

/// Errors: NotFound (there is no such file), Unavailable (it cannot be read).
Result<RuleValues> load_rule_values(const std::filesystem::path& file);

/// The same from a text; `name` stands for its path.
RuleValues read_rule_values(const std::string& name, std::string_view text);

/// Whether `%name%` is a placeholder: no blank, control character, `%`, `\`, `*` or `?`.
bool is_placeholder_name(std::string_view name);

/// The text by whose hash a rule says which list it uses.
std::string text_of_list(const std::vector<std::string>& list);

}  // namespace countersign
