// SPDX-License-Identifier: Apache-2.0
#include "review-api/completions.h"

namespace countersign {

Completions::Completions() : thread_([this] { run(); }) {}
Completions::~Completions() { stop(); }

void Completions::add(std::future<Receipt> outcome, Done done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(outcome), std::move(done)});
  }
  changed_.notify_one();
}

void Completions::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Completions::run() {
  while (true) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    next.done(next.outcome.get());
  }
}

}  // namespace countersign
