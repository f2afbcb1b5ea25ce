// SPDX-License-Identifier: Apache-2.0
#include "ingest/kafka_problem.h"

#include <fmt/format.h>

namespace countersign {
namespace {

struct Advice {
  std::string_view sign;  // in the text
  std::string_view text;
};

constexpr std::string_view kClientCertificate =
    "the broker takes only clients whose certificate it trusts: see kafka.ssl_certificate_file and "
    "kafka.ssl_key_file";

/// The first that fits. The names of alerts are OpenSSL's; which one a missing certificate gives depends on
/// the broker's Java.
constexpr Advice kAdvice[] = {
    {"certificate verify failed",
     "the broker's certificate must name its host and be signed by an authority of kafka.ssl_ca_file, or of "
     "the system when that is not set"},
    {"alert bad certificate", kClientCertificate},
    {"alert certificate ", kClientCertificate},
    {"alert unknown ca", kClientCertificate},
    {"SASL authentication error", "see kafka.sasl_username and kafka.sasl_password_file"},
    {"mechanism handshake failed", "see kafka.sasl_mechanism"},
    {"security.protocol", "see kafka.security_protocol"},
    {"unexpected eof", "see kafka.security_protocol: perhaps the broker does not speak TLS here"},
};

constexpr std::string_view kOldScram = "SCRAM against Kafka 4 needs librdkafka 2.6.1 or newer";

std::string_view advice_on(std::string_view text, bool scram_is_old) {
  for (const Advice& advice : kAdvice) {
    if (text.find(advice.sign) == std::string_view::npos) continue;
    return scram_is_old && advice.sign.starts_with("SASL") ? kOldScram : advice.text;
  }
  return {};
}

}  // namespace

std::string explain_kafka_problem(std::string_view text, bool scram_is_old) {
  const std::size_t times = text.rfind(" (after ");
  if (times != std::string_view::npos && text.ends_with(')')) text = text.substr(0, times);
  const std::string_view advice = advice_on(text, scram_is_old);
  return advice.empty() ? std::string(text) : fmt::format("{}; {}", text, advice);
}

}  // namespace countersign
