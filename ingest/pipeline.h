// SPDX-License-Identifier: Apache-2.0
// One source at work: a reader thread fills batches, workers detect, each report goes to the sink and is
// durable when the sink returns. All batches of one partition go to one worker, in order; queues are bounded,
// so that a slow sink slows reading and nothing else grows.
//
// start() and stop() are called by one thread; use() and questions may come from any. The sink and the clock
// must outlive the pipeline.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/clock.h"
#include "core/log.h"
#include "core/report.h"
#include "ingest/detector.h"
#include "ingest/source.h"

namespace countersign {

struct PipelineOptions {
  std::size_t workers = 1;
  DetectorOptions detector;
};

/// The most bytes that batches and reports of one pipeline take: each batch holds up to kBatchBytesMax or one
/// message that is kept for the dead letters, and a report may hold the same bytes again.
std::uint64_t pipeline_memory_max(const PipelineOptions& options);

class Pipeline {
 public:
  enum class State : std::uint8_t { Running, Ended, Failed };

  Pipeline(std::unique_ptr<Source> source, DetectionParts parts, ReportSink& sink, const Clock& clock,
           LogSink log, PipelineOptions options, IngestMetrics* metrics);
  ~Pipeline();

  /// Asks the sink for positions, starts the source there, and begins to read. Errors: those of Source::start
  /// and of ReportSink::positions.
  Result<void> start();

  /// Ends reading, finishes the reports in flight (or gives them up when the sink is unavailable: their
  /// positions have not moved), and joins all threads. Idempotent.
  void stop();

  /// Waits until the source has ended and every report is durable, or until stop(). For sources that end.
  void wait();

  /// Each worker detects with these from its next batch on; a batch is detected with one version. The sink
  /// must know the manifests of rules and packs already.
  void use(DetectionParts parts);

  State state() const;
  /// True while the sink does not take reports for now (a disk that is nearly full).
  bool paused() const;
  /// Messages that were read and wait for a worker.
  std::uint64_t queued() const;
  std::string name() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
