// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "review-api/handlers.h"
#include "review-api/page.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

json::object counts_to_json(const LedgerCounts& counts) {
  return {
      {"delivered", counts.delivered},
      {"parsed", counts.parsed},
      {"dead_lettered", counts.dead_lettered},
      {"events", counts.events},
      {"undecodable", counts.undecodable},
      {"duplicate", counts.duplicate},
      {"unmatched", counts.unmatched},
      {"matched", counts.matched},
      {"matches", counts.matches},
      {"over_limit", counts.over_limit},
      {"suppressed", counts.suppressed},
      {"correlated", counts.correlated},
      {"uncorrelated", counts.uncorrelated},
      {"attached", counts.attached},
      {"opened", counts.opened},
      {"repeated", counts.repeated},
  };
}

json::object ledger_row_to_json(const LedgerRow& row) {
  json::object gaps;
  for (const auto& [cause, offsets] : row.gaps) gaps[to_string(cause)] = offsets;
  return {
      {"source", valid_utf8(row.partition.source.value)},
      {"topic", valid_utf8(row.partition.topic.value)},
      {"partition", row.partition.partition},
      {"incarnation", row.incarnation},
      {"start", row.start.value},
      {"end", row.end.value},
      {"counts", counts_to_json(row.counts)},
      {"gaps", std::move(gaps)},
      {"dropped_reports", row.dropped_reports},
  };
}

}  // namespace

Reply get_ledger(const Services& services, const Call& call) {
  const auto ledger = services.store.ledger();
  if (!ledger) return refusal(services, call, ledger.error());
  json::array partitions;
  for (const LedgerRow& row : ledger->partitions) partitions.push_back(ledger_row_to_json(row));
  json::array problems;
  for (const std::string& problem : ledger->problems) problems.emplace_back(valid_utf8(problem));
  return json_response(200, json::object{{"balanced", ledger->balanced},
                                         {"problems", std::move(problems)},
                                         {"partitions", std::move(partitions)}});
}

}  // namespace countersign
