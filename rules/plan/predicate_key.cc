// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/predicate_key.h"

#include <bit>

#include <fmt/format.h>

namespace countersign {
namespace {

std::string key_of(const Number& number) {
  switch (number.kind) {
    case Number::Kind::Integer: return fmt::format("i{}", number.integer);
    case Number::Kind::Unsigned: return fmt::format("u{}", number.unsigned_integer);
    case Number::Kind::Double: return fmt::format("d{:x}", std::bit_cast<std::uint64_t>(number.real));
  }
  return {};
}

std::string key_of(const Pattern& pattern) {
  std::string key = fmt::format("{}{} ", pattern.cased() ? 'c' : 'i', static_cast<int>(pattern.shape()));
  key += pattern.literal();
  for (const SigmaToken& token : pattern.tokens())
    key += fmt::format("{}:{}:{}", static_cast<int>(token.kind), token.text.size(), token.text);
  return key;
}

struct TestKey {
  std::string operator()(const TextTest& test) const { return "text " + key_of(test.pattern); }
  std::string operator()(const NumberTest& test) const {
    return fmt::format("number {} {}", key_of(test.number), test.folded_text);
  }
  std::string operator()(const BoolTest& test) const { return test.value ? "true" : "false"; }
  std::string operator()(const NullTest& /*test*/) const { return "null"; }
  std::string operator()(const ExistsTest& test) const { return test.expected ? "there" : "absent"; }
  std::string operator()(const RegexTest& test) const { return "regex " + test.regex.key(); }
  std::string operator()(const NetworkTest& test) const {
    std::string key = fmt::format("network {} {} ", test.network.prefix, test.network.first.v4);
    for (const std::uint8_t byte : test.network.first.bytes) key += fmt::format("{:02x}", byte);
    return key;
  }
  std::string operator()(const CompareTest& test) const {
    return fmt::format("compare {} {}", static_cast<int>(test.comparison), key_of(test.operand));
  }
  std::string operator()(const TimePartTest& test) const {
    return fmt::format("part {} {} {}", static_cast<int>(test.part), static_cast<int>(test.comparison),
                       key_of(test.operand));
  }
  std::string operator()(const FieldTest& test) const {
    return fmt::format("field {} {} {} {}", test.other, test.open_start, test.open_end, test.cased);
  }
};

}  // namespace

std::string predicate_key(const Predicate& predicate) {
  const std::string place = predicate.keyword ? "k " : fmt::format("f{} ", predicate.field);
  return place + std::visit(TestKey{}, *predicate.test);
}

}  // namespace countersign
