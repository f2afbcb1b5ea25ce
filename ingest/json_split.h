// SPDX-License-Identifier: Apache-2.0
// The members of a list inside of a JSON document, by their bytes: `Records` of CloudTrail, `value` of Graph,
// `resourceLogs.scopeLogs.logRecords` of OTLP. One thread owns a JsonSplitter; it keeps its memory.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/json_structure.h"

namespace countersign {

class JsonSplitter {
 public:
  /// The members of the lists at `path`, in order; lists on the way are walked through, and a value at the
  /// end that is no list counts as its only member. `json` is well formed, and kMessagePaddingBytes readable
  /// bytes follow it. Views into `json`; valid until the next call.
  const std::vector<std::string_view>& split(std::string_view json, std::span<const std::string> path);

 private:
  void walk(std::span<const std::string> path, int level);
  void object(std::span<const std::string> path, int level);
  void array(std::span<const std::string> path, int level);
  /// Steps over a value and gives its bytes.
  std::string_view skip();
  char peek() const { return at_ < places_.size() ? json_[places_[at_]] : '\0'; }

  JsonStructure structure_;
  std::string_view json_;
  std::span<const std::uint32_t> places_;
  std::size_t at_ = 0;  // into places_
  std::vector<std::string_view> found_;
};

}  // namespace countersign
