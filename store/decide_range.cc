// SPDX-License-Identifier: Apache-2.0
// ingest.range entries: the books as the log holds them (contract.md §4, "Ledger").
#include <fmt/format.h>

#include "store/draft.h"
#include "store/ledger.h"

namespace countersign {
namespace {

void add_partition(JsonObject& entry, const SourcePartition& partition, std::uint32_t incarnation) {
  entry.text("source", partition.source.value).text("topic", partition.topic.value);
  entry.number("partition", partition.partition).number("incarnation", incarnation);
}

void add_counts_of(JsonObject& entry, const LedgerRow& row) {
  const LedgerCounts& c = row.counts;
  JsonObject gaps;
  for (const auto& [cause, offsets] : row.gaps) gaps.number(to_string(cause), offsets);
  entry.number("delivered", c.delivered).object("gaps", gaps).number("parsed", c.parsed);
  entry.number("dead_lettered", c.dead_lettered).number("events", c.events);
  entry.number("undecodable", c.undecodable).number("duplicate", c.duplicate);
  entry.number("unmatched", c.unmatched).number("matched", c.matched).number("matches", c.matches);
  entry.number("over_limit", c.over_limit).number("suppressed", c.suppressed);
  entry.number("correlated", c.correlated).number("uncorrelated", c.uncorrelated);
  entry.number("attached", c.attached).number("opened", c.opened).number("repeated", c.repeated);
}

}  // namespace

Result<void> finish_range(Draft& draft, const OpenRange& range) {
  const SourcePartition& partition = range.row.partition;
  Sha256 digest;
  JsonArray reports;
  JsonArray gaps;
  for (std::uint32_t i = 0; i < range.reports; ++i) {
    auto report = draft.view().open_range_report(partition, i);
    if (!report) return failure(report.error());
    digest.update_u64(report->start.value);
    digest.update_u64(report->end.value);
    JsonObject item;
    item.number("start", report->start.value).number("end", report->end.value);
    if (report->digest) {
      digest.update(report->digest->bytes);
      item.hash("digest", *report->digest);
    } else {
      item.null("digest");
    }
    reports.object(item);
    for (const Gap& gap : report->gaps) {
      gaps.object(JsonObject()
                      .number("start", gap.start.value)
                      .number("end", gap.end.value)
                      .text("cause", to_string(gap.cause)));
    }
    draft.remove_row(RowChange::Where::Ledger, key::open_range_report(partition, i));
  }

  JsonObject entry = draft.begin_entry("ingest.range", own_context());
  add_partition(entry, partition, range.row.incarnation);
  entry.number("start", range.row.start.value).number("end", range.row.end.value);
  add_counts_of(entry, range.row);
  entry.hash("ruleset", range.ruleset).hash("packs", range.packs).text("build", draft.current().build);
  if (range.digests) {
    entry.hash("digest", digest.finish());
  } else {
    entry.null("digest");
  }
  entry.text("commit", draft.commit(JsonObject().array("reports", reports).array("gaps", gaps)));
  auto seq = draft.add_entry(entry, "ingest.range");
  if (!seq) return failure(seq.error());
  draft.remove_row(RowChange::Where::Ledger, key::open_range(partition));
  draft.put_row(RowChange::Where::Ledger, key::range(partition, range.row.incarnation, range.row.start),
                encode(FinishedRange{range.row, *seq}));
  return {};
}

Result<void> add_loss_entries(Draft& draft, const Report& report) {
  for (const Gap& gap : report.gaps) {
    if (gap.cause == GapCause::NotDelivered) continue;
    JsonObject entry = draft.begin_entry("ingest.loss", own_context());
    add_partition(entry, report.partition, report.incarnation);
    entry.number("start", gap.start.value).number("end", gap.end.value);
    entry.text("cause", to_string(gap.cause));
    if (auto seq = draft.add_entry(entry, "ingest.loss"); !seq) return failure(seq.error());
  }
  return {};
}

Result<Decided> decide(const View& view, const Stamp& stamp, const FinishRangeCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto range = view.open_range(command.partition);
  if (!range) return failure(range.error());
  if (!*range) return Decided{};
  if (auto ok = finish_range(*draft, **range); !ok) return failure(ok.error());
  return std::move(*draft).finish();
}

}  // namespace countersign
