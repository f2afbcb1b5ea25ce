// SPDX-License-Identifier: Apache-2.0
// Alerts, history rows and events as JSON, as openapi.yaml describes them. One thread per object.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "review-api/json_forward.h"
#include "store/store.h"

namespace countersign {

/// Display names of persons, each looked up once per answer.
class Names {
 public:
  explicit Names(const Store& store) : store_(store) {}
  /// Empty when the person is unknown or erased.
  const std::string& of(const PersonId& person);

 private:
  const Store& store_;
  std::map<PersonId, std::string> known_;
};

boost::json::value to_json(const std::optional<Timestamp>& time);
boost::json::value owner_to_json(const std::optional<PersonId>& owner, Names& names);
boost::json::object actor_to_json(const Actor& actor, Names& names);
/// A row of a list.
boost::json::object row_to_json(const Alert& alert, Timestamp now, Names& names);
/// All of it.
boost::json::object alert_to_json(const Alert& alert, Timestamp now, Names& names);
boost::json::object history_row_to_json(const HistoryRow& row, Names& names);
boost::json::object event_to_json(const SampleEvent& event);
/// `{"encoding":"utf-8"|"base64","data":…}`: bytes from outside, exactly.
void add_bytes(std::string_view bytes, boost::json::object& out);

}  // namespace countersign
