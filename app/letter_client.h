// SPDX-License-Identifier: Apache-2.0
// The dead letters of a server, for the command line: as the person who signed in. One thread. Errors: those
// of ApiCall, and Internal when the server's answer is not what openapi.yaml says.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "app/api_call.h"
#include "app/command_line.h"
#include "core/report.h"
#include "review-api/json_forward.h"

namespace countersign {

inline constexpr const char* kLettersTarget = "/api/v1/dead-letters";

/// Options of every command that names letters by what they are: --source, --reason, --since, --until.
void add_letter_filter(CommandLine& line);
bool has_letter_filter(const CommandLine& line);
/// Of those that are given, and of --state: `&source=…`.
std::string letter_filter_query(const CommandLine& line);

class LetterClient {
 public:
  static Result<LetterClient> to(const CommandLine& line);

  Result<HttpAnswer> get(const std::string& target) const { return call_.send("GET", target); }
  Result<boost::json::object> get_object(const std::string& target) const;
  Result<boost::json::object> post(const std::string& target, const boost::json::object& body) const;

  /// Visits the letters newest first: at most `most`, but all with 0. True: there are more.
  Result<bool> each(const std::string& query, std::uint64_t most,
                    const std::function<Result<void>(const boost::json::object&)>& visit) const;
  /// All bytes that are kept of a letter.
  Result<std::string> bytes(const boost::json::object& letter) const;
  /// The letter as it was stored, as far as decoding it needs.
  Result<DeadLetter> whole(const boost::json::object& letter) const;

 private:
  explicit LetterClient(ApiCall call) : call_(std::move(call)) {}
  ApiCall call_;
};

}  // namespace countersign
