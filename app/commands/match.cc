// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <iostream>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>

#include "app/commands/commands.h"
#include "app/findings.h"
#include "app/loading.h"
#include "app/match_run.h"
#include "app/rule_options.h"

namespace countersign {
namespace {

struct Usage {
  double cpu_seconds = 0;
  std::uint64_t peak_rss_bytes = 0;
};

Usage usage_now() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return {};
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime),
          static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

CommandLine described() {
  CommandLine line(
      "match [--rules PATH]… [--packs PATH]… [--values FILE] [--lenient] [--jobs N] [--count] [--stats] "
      "[FILE|-]…",
      "Runs rules over event files (plain, gzip or zstd) and prints one JSON line per match, in input order, "
      "then rule id order. Without FILE, standard input is read.");
  line.list("rules", "PATH", "file or folder of Sigma rules; default: the shipped library")
      .list("packs", "PATH", "file or folder of mapping packs; default: the shipped packs")
      .value("jobs", "N", "worker threads; 0 is one per core; default 1")
      .flag("count", "print only the totals")
      .flag("stats", "print one JSON object of figures to stderr")
      .positional("FILE", 0, 1'000'000);
  add_rule_options(line);
  add_status_options(line);
  return line;
}

}  // namespace

int run_match(const Arguments& arguments) {
  CommandLine line = described();
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::uint64_t> jobs = line.number("jobs", 1, 0, 256);
  if (!jobs) return report_error(jobs.error());

  const auto load_start = std::chrono::steady_clock::now();
  const Usage before_load = usage_now();
  const Result<Detection> detection = load_detection_sets(detection_paths(line, "rules"));
  if (!detection) return report_error(detection.error());
  print_refusals(detection->counts);
  const double load_seconds = seconds_since(load_start);
  const Usage loaded = usage_now();

  MatchRunOptions options;
  options.files = line.all("FILE");
  if (options.files.empty()) options.files.emplace_back("-");
  options.jobs = *jobs == 0 ? std::max(1U, std::thread::hardware_concurrency()) : *jobs;
  options.lines = !line.has("count");
  options.detector.digest = false;

  const auto start = std::chrono::steady_clock::now();
  const SystemClock clock;
  const auto write = [](std::string_view lines) {
    std::cout.write(lines.data(), static_cast<std::streamsize>(lines.size()));
    return std::cout.good();
  };
  const MatchTotals totals =
      run_match_files(detection->plan, detection->packs, options, clock,
                      {write, [](const std::string& what) { std::cerr << "countersign: " << what << '\n'; }});
  if (line.has("count")) {
    std::cout << fmt::format(R"({{"events":{},"matches":{},"messages":{},"dead_letters":{}}})", totals.events,
                             totals.matches, totals.messages, totals.dead_letters)
              << '\n';
  }
  std::cout.flush();
  if (line.has("stats")) {
    const Usage after = usage_now();
    std::cerr
        << fmt::format(
               R"({{"events":{},"bytes":{},"wall_seconds":{:.6f},"cpu_seconds":{:.6f},"load_seconds":{:.6f},)"
               R"("load_cpu_seconds":{:.6f},"rules_loaded":{},"rules_refused":{},"peak_rss_bytes":{},)"
               R"("messages":{},"dead_letters":{},"matches":{},"jobs":{}}})",
               totals.events, totals.bytes, seconds_since(start), after.cpu_seconds - loaded.cpu_seconds,
               load_seconds, loaded.cpu_seconds - before_load.cpu_seconds, detection->counts.loaded,
               detection->counts.refused, after.peak_rss_bytes, totals.messages, totals.dead_letters,
               totals.matches, options.jobs)
        << '\n';
  }
  if (!std::cout.good()) {
    std::cerr << "countersign: cannot write to standard output\n";
    return kExitFailed;
  }
  return totals.all_read ? kExitOk : kExitFailed;
}

}  // namespace countersign
