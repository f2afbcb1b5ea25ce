// SPDX-License-Identifier: Apache-2.0
// Our table of Windows channels and event ids against the mapping that SigmaHQ uses for its own regression
// tests: for every channel, event id and event type that the file mentions (and one that it does not), the
// categories and services are the same, but for the differences listed here.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/shared_data.h"

namespace countersign {
namespace {

constexpr std::string_view kChannelPrefix = "WinEventLog:";

struct Conditional {
  std::string category;
  std::string service;  // whose channels it concerns
  std::set<std::string> event_ids;
  std::string event_type;  // empty: any
};

struct Mapping {
  std::map<std::string, std::set<std::string>> services;  // channel → services
  std::vector<Conditional> categories;
  std::set<std::string> event_ids;
};

std::set<std::string> texts(const YAML::Node& node) {
  std::set<std::string> out;
  if (node.IsScalar()) out.insert(node.as<std::string>());
  if (node.IsSequence()) {
    for (const YAML::Node& item : node) out.insert(item.as<std::string>());
  }
  return out;
}

Mapping read_mapping() {
  Mapping out;
  const YAML::Node root = YAML::LoadFile((testing::shared_data() / "sigma" / "thor-logsources.yml").string());
  for (const auto& entry : root["logsources"]) {
    const YAML::Node& node = entry.second;
    if (node["sources"] && node["product"] && node["product"].as<std::string>() == "windows") {
      for (const std::string& source : texts(node["sources"])) {
        EXPECT_TRUE(source.starts_with(kChannelPrefix)) << source;
        out.services[source.substr(kChannelPrefix.size())].insert(node["service"].as<std::string>());
      }
    }
    if (node["rewrite"] && node["rewrite"]["product"].as<std::string>() == "windows") {
      Conditional category;
      category.category = node["category"].as<std::string>();
      category.service = node["rewrite"]["service"].as<std::string>();
      category.event_ids = texts(node["conditions"]["EventID"]);
      if (node["conditions"]["EventType"])
        category.event_type = node["conditions"]["EventType"].as<std::string>();
      out.event_ids.insert(category.event_ids.begin(), category.event_ids.end());
      out.categories.push_back(category);
    }
  }
  return out;
}

std::set<std::string> expected_categories(const Mapping& mapping, const std::set<std::string>& services,
                                          const std::string& event_id, const std::string& event_type) {
  std::set<std::string> out;
  for (const Conditional& entry : mapping.categories) {
    if (services.contains(entry.service) && entry.event_ids.contains(event_id) &&
        (entry.event_type.empty() || entry.event_type == event_type))
      out.insert(entry.category);
  }
  return out;
}

/// Where we knowingly go further: Defender's "action taken" events name the threat and the file too.
bool is_our_addition(const std::string& category, const std::string& event_id) {
  return category == "antivirus" && (event_id == "1117" || event_id == "1118" || event_id == "1119");
}

TEST(LogSources, EqualTheMappingOfSigmaHq) {
  if (!testing::have_shared_data()) GTEST_SKIP() << "shared/data is not there";
  Mapping mapping = read_mapping();
  ASSERT_GT(mapping.services.size(), 50U);
  ASSERT_GT(mapping.categories.size(), 35U);
  for (const char* more : {"1117", "1118", "1119", "4624", "99999"}) mapping.event_ids.insert(more);
  std::size_t compared = 0;
  for (const auto& [channel, services] : mapping.services) {
    for (const std::string& event_id : mapping.event_ids) {
      for (const std::string event_type : {"", "CreateKey", "DeleteKey", "DeleteValue", "SetValue"}) {
        const std::string event =
            fmt::format(R"({{"Channel":"{}","EventID":{},"EventType":"{}"}})", channel, event_id, event_type);
        const auto out = testing::decode(event);
        ASSERT_EQ(out.events.size(), 1U) << event;
        std::set<std::string> found_categories;
        std::set<std::string> found_services;
        for (const LogSource& log_source : out.events[0].log_sources) {
          EXPECT_EQ(log_source.product, "windows") << event;
          if (!log_source.category.empty() && !is_our_addition(log_source.category, event_id))
            found_categories.insert(log_source.category);
          // Sigma's rules name this service in both ways.
          if (log_source.service != "microsoft-servicebus-client") found_services.insert(log_source.service);
        }
        EXPECT_EQ(found_categories, expected_categories(mapping, services, event_id, event_type)) << event;
        EXPECT_EQ(found_services, services) << event;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 10'000U);
}

TEST(LogSources, CarryTheFieldNamesThatSigmaHqMaps) {
  if (!testing::have_shared_data()) GTEST_SKIP() << "shared/data is not there";
  const YAML::Node root = YAML::LoadFile((testing::shared_data() / "sigma" / "thor-logsources.yml").string());
  const Mapping mapping = read_mapping();
  std::size_t checked = 0;
  for (const auto& entry : root["logsources"]) {
    const YAML::Node& node = entry.second;
    if (!node["fieldmappings"]) continue;
    const std::string service = node["rewrite"]["service"].as<std::string>();
    const auto channel = std::find_if(mapping.services.begin(), mapping.services.end(),
                                      [&](const auto& row) { return row.second.contains(service); });
    ASSERT_NE(channel, mapping.services.end());
    for (const std::string& event_id : texts(node["conditions"]["EventID"])) {
      for (const auto& names : node["fieldmappings"]) {
        // Windows writes some of these names with blanks: `Threat Name`.
        std::string native = names.second.as<std::string>();
        if (native == "ThreatName") native = "Threat Name";
        const auto out = testing::decode(
            fmt::format(R"({{"Channel":"{}","EventID":{},"{}":"value"}})", channel->first, event_id, native));
        ASSERT_EQ(out.events.size(), 1U);
        EXPECT_EQ(out.events[0].value(names.first.as<std::string>()), "value") << event_id << " " << native;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 20U);
}

}  // namespace
}  // namespace countersign
