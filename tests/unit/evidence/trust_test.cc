// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/trust.h"

#include <gtest/gtest.h>

#include "tests/unit/evidence/test_key.h"

namespace countersign {
namespace {

VerifierKey key_of(std::string_view seed, std::string name, KeyType type = KeyType::CosignatureV1) {
  return make_verifier_key(std::move(name), type, test::key_from_seed_text(seed).public_key()).value();
}

const VerifierKey kLog = key_of("log", "log.example/1", KeyType::Ed25519);
const VerifierKey kW1 = key_of("w1", "w1.example");
const VerifierKey kW2 = key_of("w2", "w2.example");
const VerifierKey kW3 = key_of("w3", "w3.example");
const std::string kLogLine = "log " + format_vkey(kLog) + "\n";
const std::string kWitnessLines = "witness w1 " + format_vkey(kW1) + "\nwitness w2 " + format_vkey(kW2) +
                                  " https://w2.example/\n  witness\tw3  " + format_vkey(kW3) + "\t\n";

std::vector<VerifiedSignature> signed_by(std::initializer_list<VerifierKey> keys) {
  std::vector<VerifiedSignature> signatures;
  for (const VerifierKey& key : keys) signatures.push_back({key, {}});
  return signatures;
}

TEST(WitnessPolicy, QuorumCountsEachWitnessInItsGroup) {
  struct Case {
    std::string lines;
    std::initializer_list<VerifierKey> signers;
    bool satisfied;
  };
  const Case cases[] = {
      {"quorum none\n", {}, true},
      {"quorum w1\n", {kW1}, true},
      {"quorum w1\n", {kW2, kW3}, false},
      {"quorum w1\n", {kLog}, false},
      {"group g any w1 w2\nquorum g\n", {kW2}, true},
      {"group g any w1 w2\nquorum g\n", {kW3}, false},
      {"group g all w1 w2\nquorum g\n", {kW1}, false},
      {"group g all w1 w2\nquorum g\n", {kW1, kW2}, true},
      {"group g 2 w1 w2 w3\nquorum g\n", {kW1, kW3}, true},
      {"group g 2 w1 w2 w3\nquorum g\n", {kW1, kW1}, false},
      {"group g any w1 w2\ngroup h all g w3\nquorum h\n", {kW2, kW3}, true},
      {"group g any w1 w2\ngroup h all g w3\nquorum h\n", {kW1, kW2}, false},
  };
  for (const Case& c : cases) {
    const Result<WitnessPolicy> policy = parse_witness_policy(kLogLine + kWitnessLines + c.lines);
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->satisfied_by(signed_by(c.signers)), c.satisfied) << c.lines;
  }
}

TEST(WitnessPolicy, KeepsLogsWitnessesAndUrls) {
  const WitnessPolicy policy =
      parse_witness_policy("# ours\n\n" + kLogLine + kWitnessLines + "quorum w1\n").value();
  EXPECT_EQ(policy.keys(), (std::vector{kLog, kW1, kW2, kW3}));
  EXPECT_EQ(policy.nodes[1].url, "https://w2.example/");
  EXPECT_EQ(parse_witness_policy(format_unwitnessed_policy(kLog))->keys(), std::vector{kLog});
}

TEST(WitnessPolicy, MistakesAreNamedWithTheirLine) {
  struct Case {
    std::string text;
    std::string_view says;
  };
  const Case cases[] = {
      {"", "no quorum line"},
      {kLogLine, "no quorum line"},
      {"quorum none", "line 1: does not end in a newline"},
      {"quorum none\nquorum none\n", "line 2: a second quorum"},
      {"quorum w1\n", "line 1: the quorum's name is not defined above"},
      {"quorum\n", "line 1: must be: quorum"},
      {"logs x\n", "line 1: must begin with"},
      {"log\n", "line 1: must be: log"},
      {kLogLine + kLogLine, "line 2: the log's key stands twice"},
      {"log " + format_vkey(kW1) + "\n", "line 1: the key has the type of the other role"},
      {"witness w " + format_vkey(kLog) + "\n", "line 1: the key has the type of the other role"},
      {"log rubbish\n", "line 1: vkey"},
      {kWitnessLines + "witness w1 " + format_vkey(kLog) + "\n", "line 4: the name is taken"},
      {kWitnessLines + "witness w4 " + format_vkey(kW1) + "\n", "line 4: the witness's key stands twice"},
      {"witness none " + format_vkey(kW1) + "\n", "line 1: the name is taken"},
      {"witness w\n", "line 1: must be: witness"},
      {kWitnessLines + "group w1 any w2\n", "line 4: the name is taken"},
      {kWitnessLines + "group g any\n", "line 4: must be: group"},
      {kWitnessLines + "group g any w9\n", "line 4: a member is not defined above"},
      {kWitnessLines + "group g any none\n", "line 4: a member is not defined above"},
      {kWitnessLines + "group g any g\n", "line 4: a member is not defined above"},
      {kWitnessLines + "group g any w1 w1\n", "line 4: a member is listed twice"},
      {kWitnessLines + "group g any w1\ngroup h any w1\n", "line 5: a member is listed twice"},
      {kWitnessLines + "group g 0 w1\n", "1 to 1"},
      {kWitnessLines + "group g 3 w1 w2\n", "1 to 2"},
      {kWitnessLines + "group g most w1 w2\n", "1 to 2"},
      {"quorum none\r\n", "line 1: control character"},
      {"# \x7F\n", "line 1: control character"},
  };
  for (const Case& c : cases) {
    const Result<WitnessPolicy> policy = parse_witness_policy(c.text);
    ASSERT_FALSE(policy) << c.text;
    EXPECT_NE(policy.error().message.find(c.says), std::string::npos) << policy.error().message;
  }
  std::string lines;
  for (std::size_t i = 0; i <= kPolicyLinesMax; ++i) lines += "#\n";
  EXPECT_EQ(parse_witness_policy(lines).error().kind, ErrorKind::LimitExceeded);
  EXPECT_EQ(parse_witness_policy(std::string(kPolicyBytesMax + 1, '#')).error().kind,
            ErrorKind::LimitExceeded);
}

TEST(WitnessPolicy, AWitnessWithAnUnknownKeyTypeIsUnsupported) {
  const std::string mldsa = "w+00000000+" + to_base64(std::string(1'313, '\6'));
  EXPECT_EQ(parse_witness_policy("witness w " + mldsa + "\n").error().kind, ErrorKind::Unsupported);
}

TEST(Trust, IsAListOfKeysOrAPolicy) {
  const WitnessPolicy keys =
      parse_trust("# from the contract\n\n" + format_vkey(kLog) + "\n" + format_vkey(kW1)).value();
  EXPECT_EQ(keys.keys(), (std::vector{kLog, kW1}));
  EXPECT_TRUE(keys.satisfied_by({}));
  const WitnessPolicy policy = parse_trust(kLogLine + kWitnessLines + "quorum w1\n").value();
  EXPECT_FALSE(policy.satisfied_by({}));
  EXPECT_EQ(parse_trust("").error().kind, ErrorKind::Malformed);
  EXPECT_EQ(parse_trust(format_vkey(kW1) + "\n").error().kind, ErrorKind::Malformed) << "no key of a log";
  EXPECT_EQ(parse_trust("quorum none\n").error().kind, ErrorKind::Malformed) << "no key of a log";
  EXPECT_NE(parse_trust(format_vkey(kLog) + "\nrubbish\n").error().message.find("line 2"), std::string::npos);
}

TEST(Trust, VkeysOfAnExportAreStrict) {
  const VerifierKey second = key_of("second", "log.example/1", KeyType::Ed25519);
  const VerifierKey other = key_of("second", "other.example", KeyType::Ed25519);
  EXPECT_EQ(parse_vkeys(format_vkey(kLog) + "\n" + format_vkey(second) + "\n").value(),
            (std::vector{kLog, second}));
  struct Case {
    std::string text;
    std::string_view says;
  };
  const Case cases[] = {
      {"", "no key"},
      {format_vkey(kLog), "line 1: does not end in a newline"},
      {format_vkey(kLog) + "\n\n", "line 2: vkey"},
      {"# comment\n", "line 1: vkey"},
      {format_vkey(kLog) + "\n" + format_vkey(kLog) + "\n", "line 2: the key stands twice"},
      {format_vkey(kLog) + "\n" + format_vkey(other) + "\n", "line 2: another name"},
      {format_vkey(kW1) + "\n", "line 1: not the key of a log"},
  };
  for (const Case& c : cases) {
    const Result<std::vector<VerifierKey>> keys = parse_vkeys(c.text);
    ASSERT_FALSE(keys) << c.text;
    EXPECT_NE(keys.error().message.find(c.says), std::string::npos) << keys.error().message;
  }
}

}  // namespace
}  // namespace countersign
