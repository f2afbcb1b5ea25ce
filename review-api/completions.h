// SPDX-License-Identifier: Apache-2.0
// Waits for the store's futures on one thread of its own, in the order in which they were made, and hands
// each result on. The writer answers in that order, so that many clients share one synced write while no
// thread of the server waits. add() from any thread; stop() waits for what is outstanding, then joins; the
// store, which answers every command, must stop after it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "store/alert.h"

namespace countersign {

class Completions {
 public:
  using Receipt = Result<ActionReceipt>;
  using Done = std::function<void(const Receipt&)>;

  Completions();
  ~Completions();
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;

  void add(std::future<Receipt> outcome, Done done);
  void stop();  // idempotent

 private:
  struct Waiting {
    std::future<Receipt> outcome;
    Done done;
  };
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace countersign
