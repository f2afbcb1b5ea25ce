// SPDX-License-Identifier: Apache-2.0
// What each modifier does; the table is in modifiers.cc. An action that cannot be applied adds a finding.
#pragma once

#include "rules/modifiers.h"

namespace countersign::modifier {

using Variants = std::vector<ModifiedValue>;

void contains(Variants& variants, ModifierContext& context);
void startswith(Variants& variants, ModifierContext& context);
void endswith(Variants& variants, ModifierContext& context);
void all(Variants& variants, ModifierContext& context);
void cased(Variants& variants, ModifierContext& context);
void neq(Variants& variants, ModifierContext& context);
void exists(Variants& variants, ModifierContext& context);
void fieldref(Variants& variants, ModifierContext& context);
void expand(Variants& variants, ModifierContext& context);

void re(Variants& variants, ModifierContext& context);
void ignore_case(Variants& variants, ModifierContext& context);
void multiline(Variants& variants, ModifierContext& context);
void dot_all(Variants& variants, ModifierContext& context);

void base64(Variants& variants, ModifierContext& context);
void base64offset(Variants& variants, ModifierContext& context);
void utf16le(Variants& variants, ModifierContext& context);
void utf16be(Variants& variants, ModifierContext& context);
void utf16(Variants& variants, ModifierContext& context);
void windash(Variants& variants, ModifierContext& context);
void cidr(Variants& variants, ModifierContext& context);

void lt(Variants& variants, ModifierContext& context);
void lte(Variants& variants, ModifierContext& context);
void gt(Variants& variants, ModifierContext& context);
void gte(Variants& variants, ModifierContext& context);

void minute(Variants& variants, ModifierContext& context);
void hour(Variants& variants, ModifierContext& context);
void day(Variants& variants, ModifierContext& context);
void week(Variants& variants, ModifierContext& context);
void month(Variants& variants, ModifierContext& context);
void year(Variants& variants, ModifierContext& context);

}  // namespace countersign::modifier
