// SPDX-License-Identifier: Apache-2.0
// The names of Boost.JSON that our headers pass on without its headers.
#pragma once

namespace boost::json {

// NOLINTBEGIN(readability-identifier-naming): Boost's names
class array;
class object;
class value;
// NOLINTEND(readability-identifier-naming)

}  // namespace boost::json
