// SPDX-License-Identifier: Apache-2.0
// What persons and tokens must look like (evidence.md §5.4). Pure; any thread. Errors: InvalidArgument with
// one of `fields` for each thing that is wrong.
#pragma once

#include "core/random.h"
#include "core/result.h"
#include "store/people.h"

namespace countersign {

/// Login of 1 to 128 characters without blanks; roles sorted, not empty, and allowed together.
Result<void> check_person(const Person& person);
/// Scopes `read` and `note` only; id, name and hash present; expires at most a year after `created`.
Result<void> check_token(const ApiToken& token);
/// `p-` and 26 characters of RFC 4648 base32 in lower case: 130 random bits.
PersonId new_person_id(RandomSource& random);

}  // namespace countersign
