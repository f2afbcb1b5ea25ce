// SPDX-License-Identifier: Apache-2.0
// The API over a real store in a folder of its own, on a port of this machine, with one person for each role.
// With COUNTERSIGN_API_RECORD set, every exchange is appended to that file: tests/api validates them against
// openapi.yaml.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "review-api/review_api.h"
#include "tests/unit/review_api/wire.h"
#include "tests/unit/store/world.h"

namespace boost::json {
class value;
}

namespace countersign::test {

inline constexpr const char* kPassword = "correct horse battery";

/// How a request signs in: a header or two.
struct Credential {
  WireHeaders headers;
};

class ApiTest : public testing::Test {
 protected:
  ApiTest();
  ~ApiTest() override;
  void SetUp() override;
  /// Ends the API and starts it again with `options_`.
  void restart();

  Person add_person(const std::string& login, std::vector<Role> roles);
  /// A bearer session of that person, made without the detour over a password.
  Credential session_of(const std::string& login);
  Credential token_with(std::vector<std::string> scopes, const std::string& id = "t-test");

  WireAnswer call(std::string_view method, const std::string& target, const Credential& who,
                  const std::string& body = {}, WireHeaders more = {});
  /// POST of an action with the version that was seen.
  WireAnswer act(const std::string& alert, const std::string& action, std::uint64_t version,
                 const Credential& who, const std::string& body = {}, WireHeaders more = {});
  /// One alert of severity high for each host, from one report; returns the id of the first.
  std::string open_alert(const std::vector<std::string>& hosts = {"fw-1"});

  World world_;
  SystemRandom random_;
  ReviewApiOptions options_;
  std::shared_ptr<const RuleSetManifest> rules_;
  std::function<RuleReload()> reload_;
  std::function<RuleCostReport(std::size_t)> costs_;
  SourceAccess sources_;
  LetterAccess letters_;
  EventAccess events_;
  std::unique_ptr<ReviewApi> api_;
  std::vector<AccessRecord> access_;  // guarded by access_mutex_
  std::mutex access_mutex_;
  Credential nobody_;
  Credential analyst_, lead_, manager_, auditor_, operator_, author_;

 private:
  std::uint64_t offset_ = 0;
};

boost::json::value parse(const WireAnswer& answer);
/// Fields of `errors`, sorted, separated by spaces.
std::string error_fields(const WireAnswer& answer);
/// The last part of the problem's `type`.
std::string problem_of(const WireAnswer& answer);

}  // namespace countersign::test
