// SPDX-License-Identifier: Apache-2.0
// Where messages come from: files and stdin, Kafka. One thread drives a Source; the batches it fills may then
// be worked on elsewhere. Positions belong to the store: a source is told where to start and never commits
// anything.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/message.h"
#include "core/result.h"

namespace countersign {

class Source {
 public:
  enum class Next : std::uint8_t {
    Batch,  // `batch` holds messages or gaps
    Idle,   // nothing new within `wait`
    End,    // everything is read and nothing more can come
  };

  virtual ~Source() = default;
  virtual const SourceName& name() const = 0;

  /// Called at most once, before start(): as many messages before each position are given again first, in
  /// order and without gaps, in batches that are marked `keys_only`, as far as they are still there. A source
  /// that keeps nothing (a pipe, a door) gives none.
  virtual void read_back(std::uint64_t /*messages*/) {}

  /// Called once, before next(): where each known partition goes on. Partitions that are absent start where
  /// the source is configured to start (files: at the beginning). Errors: NotFound, Denied (cannot open),
  /// Unavailable (broker), Conflict (the input no longer holds what the position says, for example a file
  /// that shrank).
  virtual Result<void> start(const std::map<SourcePartition, SourcePosition>& positions) = 0;

  /// Fills `batch` (cleared first) with the next messages of one partition, in order and without overlap: its
  /// start is the end of that partition's last batch, or of the position where it goes on. Errors end the
  /// source; what was delivered before stays valid.
  virtual Result<Next> next(MessageBatch& batch, std::chrono::milliseconds wait) = 0;

  /// What was given of `partition` up to `next` is durable; `appended` is the newest record's time, when
  /// there was one. For measuring lag. Any thread, also beside next().
  virtual void stored(const SourcePartition& /*partition*/, Offset /*next*/,
                      std::optional<Timestamp> /*appended*/) {}

  /// Problems that did not stop the source, for the operator (a truncated gzip, a partition that was
  /// recreated). Returns and forgets them.
  virtual std::vector<std::string> take_warnings() = 0;

  /// True when part of the input could not be read although the source went on to its end.
  virtual bool had_errors() const { return false; }
};

}  // namespace countersign
