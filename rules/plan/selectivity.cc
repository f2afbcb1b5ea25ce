// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/selectivity.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace countersign {
namespace {

struct Share {
  std::string_view text;
  double share;
};

// Shares of values and fields seen in the OTRF data sets (Windows events, 2026-07), rounded up.
constexpr auto kCommonEnds = std::to_array<Share>({
    {"\\svchost.exe", 0.3},
    {"\\powershell.exe", 0.3},
    {"\\lsass.exe", 0.1},
    {"\\explorer.exe", 0.1},
    {"\\cmd.exe", 0.1},
    {"\\services.exe", 0.1},
    {"\\rundll32.exe", 0.05},
    {"\\wmiprvse.exe", 0.05},
    {"\\taskhostw.exe", 0.05},
    {"\\msmpeng.exe", 0.05},
    {"\\csrss.exe", 0.05},
    {"\\winlogon.exe", 0.05},
    {".exe", 0.9},
    {".dll", 0.5},
    {"powershell.exe", 0.3},
    {"cmd.exe", 0.1},
    {"rundll32.exe", 0.05},
    {"\\start", 0.05},
    {"\\imagepath", 0.05},
    {"svchost.exe", 0.3},
});
constexpr auto kCommonParts = std::to_array<Share>({
    {"c:\\windows\\", 0.8},
    {"\\windows\\", 0.8},
    {"c:\\users\\", 0.3},
    {"\\users\\", 0.3},
    {"\\system32\\", 0.7},
    {"\\appdata\\", 0.2},
    {"c:\\program files", 0.3},
    {"\\temp\\", 0.1},
    {"\\software\\", 0.5},
    {"\\services\\", 0.2},
    {"\\currentversion\\", 0.3},
    {"\\microsoft\\", 0.4},
    {"powershell", 0.3},
    {"windows", 0.8},
    {"microsoft", 0.5},
    {"system32", 0.7},
});
// Fields that have few values: an exact test on them tells little.
constexpr auto kCoarseFields = std::to_array<Share>({
    {"EventType", 0.7}, {"EventID", 0.3},         {"Provider_Name", 0.3},  {"Channel", 0.5},
    {"Initiated", 0.5}, {"LogonType", 0.3},       {"User", 0.3},           {"IntegrityLevel", 0.4},
    {"Signed", 0.5},    {"SignatureStatus", 0.5}, {"ObjectType", 0.3},     {"Level", 0.5},
    {"Protocol", 0.5},  {"Company", 0.4},         {"GrantedAccess", 0.05}, {"eventSource", 0.05},
    {"type", 0.2},      {"Details", 0.1},         {"ObjectServer", 0.5},   {"SubjectUserSid", 0.2},
});

// Fields that are short and much alike from event to event: searching them costs more than it tells.
constexpr auto kUniformFields = std::to_array<std::string_view>(
    {"User", "IntegrityLevel", "Company", "Description", "Product", "OriginalFileName", "CurrentDirectory"});

constexpr double kRuleCost = 100;   // of looking at a candidate
constexpr double kFound = 0.002;    // of keeping one more witness in a table
constexpr double kSearched = 0.05;  // … or among the texts of a search
constexpr double kKeyword = 5;      // the whole event is searched for keywords

double share_of(std::string_view text, double per_byte) {
  return std::max(1e-6, 0.3 * std::pow(per_byte, static_cast<double>(text.size())));
}

double share_of(const Witness& witness, std::string_view field) {
  for (const Share& coarse : kCoarseFields)
    if (field == coarse.text && witness.kind != Witness::Kind::Contains) return coarse.share;
  if (std::find(kUniformFields.begin(), kUniformFields.end(), field) != kUniformFields.end() &&
      witness.kind == Witness::Kind::Contains)
    return 0.5;
  const bool end = witness.kind == Witness::Kind::Equal || witness.kind == Witness::Kind::Suffix;
  if (end)
    for (const Share& common : kCommonEnds)
      if (witness.text == common.text) return common.share;
  if (!end)
    for (const Share& common : kCommonParts)
      if (std::string_view(common.text).find(witness.text) != std::string_view::npos) return common.share;
  switch (witness.kind) {
    case Witness::Kind::Equal:
    case Witness::Kind::Suffix:
    case Witness::Kind::Prefix: return share_of(witness.text, 0.7);
    case Witness::Kind::Contains:
    case Witness::Kind::Keyword: return share_of(witness.text, 0.75);
    case Witness::Kind::Number: return 0.05;
    case Witness::Kind::Network: return 0.05;
  }
  return 1;
}

}  // namespace

double expected_cost(const Witness& witness, std::string_view field) {
  const double cost = share_of(witness, field) * kRuleCost;
  switch (witness.kind) {
    case Witness::Kind::Contains: return cost + kSearched;
    case Witness::Kind::Keyword: return cost + kKeyword;
    default: return cost + kFound;
  }
}

}  // namespace countersign
