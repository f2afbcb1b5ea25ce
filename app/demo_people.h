// SPDX-License-Identifier: Apache-2.0
// The people of the demo, each with a random password that stands in a file of mode 0600 beside the demo's
// data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/result.h"

namespace countersign {

class Store;

struct DemoPerson {
  std::string login;
  std::string name;
  std::string role;
  std::string password;
};

/// Reads the file, or makes it with new passwords. Errors: Malformed (delete it), Denied.
Result<std::vector<DemoPerson>> demo_people(const std::filesystem::path& file, RandomSource& random);

/// Makes sure that each of them can sign in with the password of the file.
Result<void> add_demo_people(Store& store, const std::vector<DemoPerson>& people);

}  // namespace countersign
