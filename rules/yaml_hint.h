// SPDX-License-Identifier: Apache-2.0
// What an author most likely meant where a text is no YAML: the parser's own words do not say it. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace countersign {

/// `line` holds the place, `column` counts its bytes from 0. Empty: nothing to say.
std::string yaml_hint(std::string_view line, std::size_t column);

}  // namespace countersign
