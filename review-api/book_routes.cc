// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json.hpp>

#include "review-api/alert_json.h"
#include "review-api/handlers.h"
#include "review-api/page.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

constexpr std::string_view kDeadLetterQuestion = "dead-letters";
constexpr std::size_t kDeadLetterShownBytes = 4 * kKiB;

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

json::object dead_letter_to_json(const StoredDeadLetter& stored) {
  const DeadLetter& letter = stored.letter;
  json::object out{
      {"number", stored.number},
      {"source", valid_utf8(stored.partition.source.value)},
      {"topic", valid_utf8(stored.partition.topic.value)},
      {"partition", stored.partition.partition},
      {"incarnation", stored.incarnation},
      {"offset", letter.offset.value},
      {"index", letter.index ? json::value(*letter.index) : json::value(nullptr)},
      {"reason", valid_utf8(letter.reason)},
      {"message", valid_utf8(letter.message)},
      {"length", letter.length},
      {"hash", to_hex(letter.hash)},
      {"appended_at", format_rfc3339_millis(letter.append_time)},
      {"stored_at", format_rfc3339_millis(stored.stored)},
      {"shown_bytes", std::min(letter.bytes.size(), kDeadLetterShownBytes)},
  };
  add_bytes(std::string_view(letter.bytes).substr(0, kDeadLetterShownBytes), out);
  return out;
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

Reply list_dead_letters(const Services& services, const Call& call) {
  const auto page = read_page(services, call, kDeadLetterQuestion);
  if (!page) return refusal(page.error());
  std::optional<std::uint64_t> next = parse_number(page->position).value_or(1);
  json::array items;
  // One at a time: a letter can have 64 MiB, and a page of them must not be in memory at once.
  while (next && items.size() < page->limit) {
    const auto found = services.store.dead_letters(*next, 1);
    if (!found) return refusal(services, call, found.error());
    for (const StoredDeadLetter& letter : found->letters) items.push_back(dead_letter_to_json(letter));
    next = found->next;
  }
  return page_response(services, call, kDeadLetterQuestion, std::move(items),
                       next ? std::to_string(*next) : "");
}

}  // namespace countersign
