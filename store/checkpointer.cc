// SPDX-License-Identifier: Apache-2.0
#include "store/checkpointer.h"

#include <cstdlib>

#include <fmt/format.h>

#include "store/data_folder.h"
#include "store/evidence/checkpoint.h"
#include "store/keys.h"

namespace countersign {
namespace {

/// More than a minute of the busiest log; beyond it the writer waits.
constexpr std::size_t kPendingEntriesMax = 65'536;

template <class T>
T must(Result<T> result, std::string_view what) {
  if (!result) {
    fmt::print(stderr, "countersign: {}: {}\n", what, result.error().message);
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

Checkpointer::Checkpointer(Options options, SigningKey key, Db& db, const Clock& clock)
    : options_(std::move(options)),
      key_(std::move(key)),
      db_(db),
      clock_(clock),
      last_signed_file_(options_.last_signed_file) {}

Result<std::unique_ptr<Checkpointer>> Checkpointer::open(Options options, SigningKey key, Db& db,
                                                         const Clock& clock, std::uint64_t size, bool fresh) {
  auto self = std::unique_ptr<Checkpointer>(new Checkpointer(std::move(options), std::move(key), db, clock));
  auto tree = TreeLog::open(self->options_.folder / "tile", size, entry_reader(db));
  if (!tree) return failure(tree.error());
  self->tree_ = std::move(*tree);
  if (auto ok = self->check_last_signed(size, fresh); !ok) return failure(ok.error());
  Cursor rows = db.cursor(nullptr, Family::Checkpoints, "", "");
  rows.seek_last();
  if (rows.valid()) {
    self->newest_ = rows.value();
    auto note = parse_note(self->newest_);
    if (!note) return failure(ErrorKind::Corrupt, "stored checkpoint: " + note.error().message);
    auto checkpoint = parse_checkpoint(note->text);
    if (!checkpoint) return failure(ErrorKind::Corrupt, "stored checkpoint: " + checkpoint.error().message);
    self->covered_ = checkpoint->size;
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  self->thread_ = std::thread([raw = self.get()] { raw->run(); });
  return self;
}

Result<void> Checkpointer::check_last_signed(std::uint64_t size, bool fresh) {
  const std::string where = last_signed_file_.path().string();
  auto last = last_signed_file_.read();
  if (!last && last.error().kind == ErrorKind::NotFound) {
    if (!fresh) {
      return failure(ErrorKind::Corrupt,
                     fmt::format("last-signed file {} is missing, but the log has {} entries", where, size));
    }
    last = last_signed_file_.create(options_.origin);
  }
  if (!last) return failure(last.error());
  if (last->origin != options_.origin) {
    return failure(ErrorKind::InvalidArgument, fmt::format("last-signed file {} belongs to origin {}, not {}",
                                                           where, last->origin, options_.origin));
  }
  if (last->size > size) {
    return failure(
        ErrorKind::Corrupt,
        fmt::format("last-signed file {} is at size {}, the log has only {} entries: the data folder "
                    "is older than what was signed",
                    where, last->size, size));
  }
  auto root = tree_->root_at(last->size);
  if (!root) return failure(root.error());
  if (*root != last->root) {
    return failure(ErrorKind::Corrupt,
                   fmt::format("the log does not extend what was signed at size {} ({})", last->size, where));
  }
  last_signed_ = *last;
  return {};
}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::push(std::vector<std::string> entries) {
  if (entries.empty()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return pending_.size() < kPendingEntriesMax; });
  for (std::string& entry : entries) pending_.push_back(std::move(entry));
  changed_.notify_all();
}

void Checkpointer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::run() {
  auto last = std::chrono::steady_clock::now() - options_.interval;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !pending_.empty() || covered_ < tree_->size(); });
    changed_.wait_until(lock, last + options_.interval, [this] { return stopping_; });
    std::vector<std::string> entries = std::exchange(pending_, {});
    if (entries.empty() && covered_ >= tree_->size()) {
      if (stopping_) return;
      continue;
    }
    changed_.notify_all();
    lock.unlock();
    publish(std::move(entries));
    last = std::chrono::steady_clock::now();
    lock.lock();
  }
}

void Checkpointer::publish(std::vector<std::string> entries) {
  for (const std::string& entry : entries) must(tree_->append(entry), "log");
  must(tree_->publish(), "tiles of the log");
  const LastSigned next{options_.origin, tree_->size(), tree_->root()};
  must(last_signed_file_.advance(last_signed_, next), "last-signed file");
  last_signed_ = next;
  std::string note = must(sign_checkpoint({options_.origin, next.size, next.root, {}}, key_), "checkpoint");
  keep(note, next.size);
  const std::lock_guard lock(mutex_);
  newest_ = std::move(note);
  covered_ = next.size;
  changed_.notify_all();
}

/// Keeps the newest checkpoint and at least one of each minute (contract.md §4).
void Checkpointer::keep(const std::string& note, std::uint64_t size) {
  WriteSet changes;
  const std::string row = key::number(size);
  const Timestamp minute = std::chrono::floor<std::chrono::minutes>(clock_.now());
  const bool same_minute = minute == kept_minute_;
  if (same_minute && !kept_key_.empty() && kept_key_ != row) {
    db_.remove(changes, Family::Checkpoints, kept_key_);
  }
  db_.put(changes, Family::Checkpoints, row, note);
  kept_key_ = row;
  kept_minute_ = minute;
  must(db_.write(changes, false), "checkpoint row");
}

std::string Checkpointer::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

std::uint64_t Checkpointer::covered() const {
  const std::lock_guard lock(mutex_);
  return covered_;
}

bool Checkpointer::wait_until_covered(EntrySeq entry, std::chrono::milliseconds deadline) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, deadline, [&] { return covered_ > entry.value; });
}

}  // namespace countersign
