// SPDX-License-Identifier: Apache-2.0
// `countersign audit …`: the evidence log as files, and the check of such files.
#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/commands/commands.h"
#include "store/evidence/verify.h"
#include "store/offline.h"

namespace countersign {
namespace {

int run_export(const Arguments& arguments) {
  CommandLine line(
      "audit export --data DIR --out DIR [--payloads]",
      "Writes the evidence log in public formats (docs/evidence-format.md). Works beside a running server; a "
      "second run into the same folder adds what is new.");
  line.value("data", "DIR", "folder of the store")
      .value("out", "DIR", "folder of the export: empty, or an earlier export of this log")
      .flag("payloads", "also write the personal and free text that entries commit to");
  if (const auto code = line.parse(arguments)) return *code;
  if (!line.has("data") || !line.has("out")) {
    return report_error({ErrorKind::InvalidArgument, "--data DIR and --out DIR are needed", {}});
  }
  const Result<ExportSummary> summary =
      export_evidence(line.get("data"), line.get("out"), line.has("payloads"));
  if (!summary) return report_error(summary.error());
  std::cout << fmt::format("{}: {} entries, {} checkpoints, {} payloads\n", summary->head.origin,
                           summary->head.size, summary->checkpoints, summary->payloads);
  if (summary->unsigned_entries > 0) {
    std::cerr << fmt::format(
        "{} newer entries have no checkpoint yet and are not in it: export again in a second\n",
        summary->unsigned_entries);
  }
  return kExitOk;
}

void print_report(const VerifyReport& report) {
  if (report.verdict == VerifyVerdict::Refused) {
    std::cout << report.problem << '\n';
    return;
  }
  std::cout << fmt::format("log {}, {} entries, root {}\n{} checkpoints agree with the tree\n",
                           report.head.origin, report.head.size, to_hex(report.head.root),
                           report.checkpoints);
  if (report.payloads_exported) {
    std::cout << fmt::format("{} payloads agree with their commitments, {} were erased by an entry\n",
                             report.payloads, report.erased);
  }
  if (!report.signers.empty()) std::cout << fmt::format("signed by {}\n", fmt::join(report.signers, ", "));
  for (const std::string& sentence : report.not_authenticated) std::cout << "not shown: " << sentence << '\n';
}

int run_verify(const Arguments& arguments) {
  CommandLine line("audit verify DIR [--trust FILE] [--known CHECKPOINT]…",
                   "Checks an export offline and names the first thing that is wrong. Without --trust it can "
                   "only say that "
                   "the export agrees with itself. The last line is the verdict.");
  line.positional("DIR", 1, 1)
      .value("trust", "FILE", "verifier keys, one a line, or a witness policy, from outside DIR")
      .list("known", "CHECKPOINT", "a checkpoint that was kept outside");
  if (const auto code = line.parse(arguments)) return *code;
  VerifyOptions options;
  if (line.has("trust")) options.trust = line.get("trust");
  options.known.assign(line.all("known").begin(), line.all("known").end());
  const Result<VerifyReport> report = verify_export(line.get("DIR"), options);
  if (!report) return report_error(report.error());
  print_report(*report);
  std::cout << to_string(report->verdict) << '\n';
  return report->verdict == VerifyVerdict::Refused ? kExitFailed : kExitOk;
}

}  // namespace

int run_audit(const Arguments& arguments) {
  return run_subcommand("audit",
                        {{"export", "write the evidence log as files", run_export},
                         {"verify", "check an export offline", run_verify}},
                        arguments);
}

}  // namespace countersign
