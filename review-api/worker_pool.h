// SPDX-License-Identifier: Apache-2.0
// A few threads for work that may block: writes to the store that have no future, and password hashing. The
// queue is bounded, so that a burst is refused instead of piling up. post() from any thread; stop() runs what
// is queued, then joins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace countersign {

class WorkerPool {
 public:
  WorkerPool(unsigned threads, std::size_t queue_max);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool has stopped; `work` is then not called.
  [[nodiscard]] bool post(std::function<void()> work);
  void stop();  // idempotent

 private:
  void run();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace countersign
