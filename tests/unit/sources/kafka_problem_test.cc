// SPDX-License-Identifier: Apache-2.0
#include "ingest/kafka_problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace countersign {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(KafkaProblem, WhatDiffersAtEachAttemptIsLeftOut) {
  EXPECT_EQ(
      explain_kafka_problem("Local: Broker transport failure: 127.0.0.1:1/bootstrap: Connect to "
                            "ipv4#127.0.0.1:1 failed: Connection refused (after 7ms in state CONNECT, 3 "
                            "identical error(s) suppressed)",
                            false),
      "Local: Broker transport failure: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: "
      "Connection refused");
  EXPECT_EQ(explain_kafka_problem("nothing (after all) to say", false), "nothing (after all) to say");
}

TEST(KafkaProblem, TheSettingsThatDecideAreNamed) {
  struct Case {
    const char* text;
    const char* setting;
  };
  // Texts of librdkafka 2.0.2 with OpenSSL 3.0 against Kafka 4.3.1.
  const Case cases[] = {
      {"SASL authentication error: Authentication failed: Invalid username or password (after 331ms in state "
       "AUTH_REQ)",
       "kafka.sasl_password_file"},
      {"SASL SCRAM-SHA-256 mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's "
       "supported "
       "mechanisms: PLAIN",
       "kafka.sasl_mechanism"},
      {"SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate "
       "could "
       "not be verified, verify that ssl.ca.location is correctly configured or root CA certificates are "
       "installed (install ca-certificates package) (after 38ms in state SSL_HANDSHAKE)",
       "kafka.ssl_ca_file"},
      {"Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42",
       "kafka.ssl_certificate_file"},
      {"Receive failed: error:0A000416:SSL routines::sslv3 alert certificate unknown: SSL alert number 46",
       "kafka.ssl_certificate_file"},
      {"Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required: SSL alert number 116",
       "kafka.ssl_certificate_file"},
      {"SSL handshake failed: error:0A000126:SSL routines::unexpected eof while reading",
       "kafka.security_protocol"},
      {"Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol "
       "configuration "
       "(connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request)",
       "kafka.security_protocol"},
  };
  for (const Case& test_case : cases) {
    SCOPED_TRACE(test_case.text);
    const std::string said = explain_kafka_problem(test_case.text, false);
    EXPECT_THAT(said, HasSubstr(test_case.setting));
    EXPECT_THAT(said, StartsWith(std::string_view(test_case.text).substr(0, 30)));
  }
}

TEST(KafkaProblem, ALibraryThatCannotScramIsNotTakenForAWrongPassword) {
  const std::string text =
      "SASL authentication error: Authentication failed during authentication due to "
      "invalid credentials with SASL mechanism SCRAM-SHA-512";
  EXPECT_THAT(explain_kafka_problem(text, true), EndsWith("needs librdkafka 2.6.1 or newer"));
  EXPECT_THAT(explain_kafka_problem(text, false), EndsWith("kafka.sasl_password_file"));
}

}  // namespace
}  // namespace countersign
