// SPDX-License-Identifier: Apache-2.0
#include "ingest/severity_tables.h"

#include <algorithm>

namespace countersign {
namespace {

std::shared_ptr<const ValueTable> table(std::vector<std::pair<std::string, std::string>> words,
                                        std::vector<ValueTable::Range> ranges = {}) {
  auto out = std::make_shared<ValueTable>();
  std::sort(words.begin(), words.end());
  out->words = std::move(words);
  out->ranges = std::move(ranges);
  out->numbers = true;
  return out;
}

}  // namespace

const std::map<std::string, std::shared_ptr<const ValueTable>>& severity_tables() {
  static const std::map<std::string, std::shared_ptr<const ValueTable>> tables = {
      // Common Event Format: 0 to 10, 10 worst, or a word.
      {"cef", table({{"low", "2"}, {"medium", "3"}, {"high", "4"}, {"very-high", "5"}},
                    {{0, 3, "2"}, {4, 6, "3"}, {7, 8, "4"}, {9, 10, "5"}})},
      // Microsoft Defender XDR and Graph security alerts.
      {"defender", table({{"informational", "1"}, {"low", "2"}, {"medium", "3"}, {"high", "4"}})},
      // `Severity ID` of Windows Defender's events 1116 and 1117; their names are localised.
      {"defender_id", table({}, {{1, 1, "2"}, {2, 2, "3"}, {4, 4, "4"}, {5, 5, "5"}})},
      // CrowdStrike: the name, else the number from 0 to 100, 100 worst.
      {"falcon",
       table({{"informational", "1"}, {"low", "2"}, {"medium", "3"}, {"high", "4"}, {"critical", "5"}},
             {{0, 19, "1"}, {20, 39, "2"}, {40, 59, "3"}, {60, 79, "4"}, {80, 100, "5"}})},
      {"panos",
       table({{"informational", "1"}, {"low", "2"}, {"medium", "3"}, {"high", "4"}, {"critical", "5"}})},
      // 1 worst.
      {"suricata", table({}, {{1, 1, "4"}, {2, 2, "3"}, {3, 3, "2"}, {4, 255, "1"}})},
      // RFC 5424 §6.2.1: 0 worst; and its words.
      {"syslog", table({{"emerg", "5"},
                        {"emergency", "5"},
                        {"alert", "5"},
                        {"crit", "5"},
                        {"critical", "5"},
                        {"err", "4"},
                        {"error", "4"},
                        {"warning", "3"},
                        {"warn", "3"},
                        {"notice", "2"},
                        {"notification", "2"},
                        {"info", "1"},
                        {"information", "1"},
                        {"informational", "1"},
                        {"debug", "1"},
                        {"debugging", "1"}},
                       {{0, 2, "5"}, {3, 3, "4"}, {4, 4, "3"}, {5, 5, "2"}, {6, 7, "1"}})},
      // `rule.level`, 16 worst.
      {"wazuh", table({}, {{0, 3, "1"}, {4, 6, "2"}, {7, 11, "3"}, {12, 14, "4"}, {15, 16, "5"}})},
      // Sigma's levels, and what most products write.
      {"words", table({{"informational", "1"},
                       {"information", "1"},
                       {"info", "1"},
                       {"low", "2"},
                       {"minor", "2"},
                       {"medium", "3"},
                       {"moderate", "3"},
                       {"warning", "3"},
                       {"high", "4"},
                       {"major", "4"},
                       {"severe", "5"},
                       {"critical", "5"},
                       {"very high", "5"}})},
  };
  return tables;
}

}  // namespace countersign
