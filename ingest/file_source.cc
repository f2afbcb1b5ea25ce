// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "ingest/file_follow.h"
#include "ingest/file_position.h"
#include "ingest/file_read_back.h"
#include "ingest/posix.h"

namespace countersign {
namespace {

constexpr std::string_view kStdin = "-";
constexpr std::chrono::seconds kQuietBeforeNext{2};
constexpr int kPauseMilliseconds = 100;

class FileSource final : public Source {
 public:
  FileSource(const FileSourceOptions& options, const Clock& clock)
      : options_(options), clock_(clock), writer_(options.limits) {
    partition_.topic = file_topic(options.path);
    partition_.source = options.name.empty() ? SourceName{partition_.topic.value} : options.name;
  }

  const SourceName& name() const override { return partition_.source; }
  void read_back(std::uint64_t messages) override { read_back_messages_ = messages; }
  Result<void> start(const std::map<SourcePartition, SourcePosition>& positions) override;
  Result<Next> next(MessageBatch& batch, std::chrono::milliseconds wait) override;
  std::vector<std::string> take_warnings() override { return std::exchange(warnings_, {}); }
  bool had_errors() const override { return had_errors_; }

 private:
  Result<UniqueFd> open() const;
  Result<void> begin(UniqueFd fd);
  Result<void> resume(UniqueFd fd, const SourcePosition& position);
  void read_from_start(UniqueFd fd);
  void end_of_input();
  Result<void> follow(std::chrono::milliseconds wait);
  Result<void> look_at_file();
  Result<void> begin_next_file();
  Result<void> renew_identity();
  bool give_read_back(MessageBatch& batch);
  void warn(std::string_view text) {
    warnings_.push_back(fmt::format("{}: {}", partition_.topic.value, text));
  }
  tl::unexpected<Error> fail(const Error& error) const {
    return failure(error.kind, fmt::format("{}: {}", partition_.topic.value, error.message));
  }

  FileSourceOptions options_;
  const Clock& clock_;
  SourcePartition partition_;
  std::optional<SourcePosition> position_;  // where the first file goes on
  std::optional<FileIdentity> identity_;    // none for pipes and standard input
  std::uint64_t read_back_messages_ = 0;
  std::optional<FileReadBack> read_back_;  // while it gives something
  std::optional<MessageReader> reader_;
  BatchWriter writer_;
  Frame frame_;
  bool frame_waits_ = false;  // frame_ did not fit into the last batch
  bool ended_ = false;
  bool had_errors_ = false;
  std::uint32_t incarnation_ = 0;
  Offset next_;        // number of the next message
  FileCursor cursor_;  // after the last message of the batch
  std::vector<std::string> warnings_;

  // Of a file that is followed:
  bool idle_ = false;             // nothing more stood in it at the last look
  std::uint64_t seen_bytes_ = 0;  // read of it then …
  Timestamp quiet_since_{};       // … and since when no more came
  bool replaced_ = false;         // another file stood at the path
  bool said_absent_ = false;
};

Result<UniqueFd> FileSource::open() const {
  const bool standard_input = options_.path == kStdin;
  UniqueFd fd(standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                             : ::open(options_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const int code = errno;
  if (fd.get() < 0) {
    const ErrorKind kind = code == ENOENT || code == ENOTDIR ? ErrorKind::NotFound
                           : code == EACCES || code == EPERM ? ErrorKind::Denied
                                                             : ErrorKind::Unavailable;
    return fail({kind, fmt::format("cannot open: {}", errno_text())});
  }
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return fail({ErrorKind::Unavailable, errno_text()});
  if (S_ISDIR(status.st_mode)) return fail({ErrorKind::InvalidArgument, "is a folder, not a file"});
  return fd;
}

bool is_regular(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

Result<void> FileSource::start(const std::map<SourcePartition, SourcePosition>& positions) {
  const auto found = positions.find(partition_);
  if (found != positions.end()) position_ = found->second;
  auto fd = open();
  if (fd) return begin(std::move(*fd));
  if (options_.follow && fd.error().kind == ErrorKind::NotFound) return {};
  return failure(fd.error());
}

/// The first file, at the position that the store knows.
Result<void> FileSource::begin(UniqueFd fd) {
  const bool resumable = options_.path != kStdin && is_regular(fd.get());
  if (options_.follow && !resumable)
    return fail({ErrorKind::Unsupported, "follow=1 is for files, and this is none"});
  if (resumable && position_) return resume(std::move(fd), *position_);
  if (resumable) {
    const auto identity = read_identity(fd.get(), kFileHeadBytesMax);
    if (!identity) return fail(identity.error());
    identity_ = *identity;
  } else if (position_) {
    incarnation_ = position_->incarnation + 1;
  }
  read_from_start(std::move(fd));
  return {};
}

void FileSource::read_from_start(UniqueFd fd) {
  reader_.emplace(ByteStream(std::move(fd), options_.follow), options_.framing, options_.kept);
}

Result<void> FileSource::resume(UniqueFd fd, const SourcePosition& position) {
  const auto cursor = parse_file_cursor(position.cursor);
  if (!cursor) return fail(cursor.error());
  auto identity = read_identity(fd.get(), cursor->identity.head_length);
  if (!identity) return fail(identity.error());
  if (*identity != cursor->identity && options_.follow) {
    if (auto renamed = find_renamed(options_.path, cursor->identity)) {
      fd = std::move(*renamed);
      identity = cursor->identity;
    }
  }
  if (*identity != cursor->identity) {
    const auto anew = read_identity(fd.get(), kFileHeadBytesMax);
    if (!anew) return fail(anew.error());
    identity_ = *anew;
    incarnation_ = position.incarnation + 1;
    warn(
        fmt::format("is another file than the one that was read up to message {}; it is read from the "
                    "beginning as incarnation {}",
                    position.next.value, incarnation_));
    read_from_start(std::move(fd));
    return {};
  }
  if (options_.framing != Framing::Auto && options_.framing != cursor->framing)
    return fail({ErrorKind::Conflict,
                 fmt::format("framing is set to {}, but {} messages of this file were cut as {}; message "
                             "numbers would not fit",
                             to_string(options_.framing), position.next.value, to_string(cursor->framing))});
  ByteStream stream(std::move(fd), options_.follow);
  const auto at = stream.skip_to(cursor->offset);
  if (!at) return fail(at.error());
  if (*at < cursor->offset)
    return fail({ErrorKind::Conflict,
                 fmt::format("the file shrank: {} messages in {} bytes were read, now it has {} bytes{}",
                             position.next.value, cursor->offset, *at,
                             stream.compression() == Compression::None ? "" : " decompressed")});
  identity_ = *identity;
  incarnation_ = position.incarnation;
  next_ = position.next;
  if (read_back_messages_ > 0)
    read_back_.emplace(stream.fd(), *cursor, next_, read_back_messages_, options_.kept);
  reader_.emplace(std::move(stream), cursor->framing, options_.kept, cursor->offset, cursor->state);
  return {};
}

Result<Source::Next> FileSource::next(MessageBatch& batch, std::chrono::milliseconds wait) {
  writer_.begin(batch);
  if (options_.follow) {
    if (auto ready = follow(wait); !ready) return failure(ready.error());
    if (!reader_) return Next::Idle;
  }
  batch.partition = partition_;
  batch.incarnation = incarnation_;
  if (give_read_back(batch)) return Next::Batch;
  batch.start = next_;
  const Timestamp now = clock_.now();
  while (!ended_) {
    if (!frame_waits_) {
      const auto got = reader_->next(frame_, writer_.empty() ? wait : std::chrono::milliseconds{0});
      // What was read before an error is given first; the error comes again with the next call.
      if (!got && !writer_.empty()) break;
      if (!got) return fail(got.error());
      idle_ = *got == MessageReader::Next::Idle;
      if (idle_) break;
      if (*got == MessageReader::Next::End) {
        if (!options_.follow) {
          end_of_input();
        } else if (writer_.empty()) {
          // What comes now is another incarnation, and that is another batch.
          if (auto begun = begin_next_file(); !begun) return failure(begun.error());
        }
        break;
      }
    }
    frame_waits_ = !writer_.fits(frame_.bytes.size());
    if (frame_waits_) break;
    Message message;
    message.bytes = frame_.bytes;
    message.truncated = frame_.truncated;
    message.length = frame_.length;
    message.hash = frame_.hash;
    message.offset = next_;
    message.line = frame_.line;
    message.append_time = now;
    writer_.add(message);
    ++next_.value;
    cursor_.offset = frame_.end_offset;
    cursor_.state = frame_.end_state;
  }
  batch.end = next_;
  if (writer_.empty()) return ended_ ? Next::End : Next::Idle;
  if (identity_) {
    if (auto renewed = renew_identity(); !renewed) return failure(renewed.error());
    cursor_.framing = reader_->framing();
    cursor_.identity = *identity_;
    batch.cursor = to_string(cursor_);
  }
  return Next::Batch;
}

bool FileSource::give_read_back(MessageBatch& batch) {
  if (!read_back_) return false;
  batch.keys_only = read_back_->next(writer_, batch, clock_.now());
  if (!batch.keys_only) read_back_.reset();
  return batch.keys_only;
}

void FileSource::end_of_input() {
  ended_ = true;
  const ByteStream& stream = reader_->stream();
  if (reader_->damage()) {
    had_errors_ = true;
    warn(fmt::format("{}; {} messages could be read", reader_->damage()->message, next_.value));
  }
  const Compression named = named_compression(options_.path);
  if (named != Compression::None && stream.compression() != named) {
    had_errors_ = true;
    warn(fmt::format("its name says {}, but its first bytes do not; read as {}", to_string(named),
                     stream.compression() == Compression::None ? "plain" : to_string(stream.compression())));
  }
  if (reader_->array_open()) warn("ends inside of a JSON array");
  struct stat status{};
  if (identity_ && ::fstat(stream.fd(), &status) == 0 &&
      static_cast<std::uint64_t>(status.st_size) < stream.raw_bytes()) {
    had_errors_ = true;
    warn(fmt::format("the file shrank from at least {} to {} bytes while it was read", stream.raw_bytes(),
                     status.st_size));
  }
}

/// Opens a file that was not there, and looks what became of one that has nothing more to read.
Result<void> FileSource::follow(std::chrono::milliseconds wait) {
  if (reader_) return idle_ ? look_at_file() : Result<void>{};
  auto fd = open();
  if (fd) return begin(std::move(*fd));
  if (fd.error().kind != ErrorKind::NotFound) return failure(fd.error());
  if (!std::exchange(said_absent_, true)) warn("is not there yet; reading begins when it is");
  static_cast<void>(::poll(nullptr, 0, static_cast<int>(wait.count())));
  return {};
}

Result<void> FileSource::look_at_file() {
  const ByteStream& stream = reader_->stream();
  if (stream.compression() != Compression::None)
    return fail({ErrorKind::Unsupported, fmt::format("follow=1 is for plain files, and this one is {}",
                                                     to_string(stream.compression()))});
  const Timestamp now = clock_.now();
  if (stream.raw_bytes() != seen_bytes_) quiet_since_ = now;
  seen_bytes_ = stream.raw_bytes();
  switch (change_of(options_.path, stream.fd(), seen_bytes_, *identity_)) {
    case FileChange::None:
    case FileChange::Absent: return {};
    case FileChange::Replaced:
      // Whoever writes may go on in the old file for a moment after it was renamed.
      if (!std::exchange(replaced_, true)) quiet_since_ = now;
      if (now - quiet_since_ >= kQuietBeforeNext) reader_->end_following();
      return {};
    case FileChange::Rewritten:
      warn(fmt::format(
          "was cut or written anew after message {}; it is read from its beginning as incarnation {}. "
          "What was written to it before and not read is lost",
          next_.value, incarnation_ + 1));
      return begin_next_file();
  }
  return {};
}

/// The file that stands at the path now, from its beginning.
Result<void> FileSource::begin_next_file() {
  auto fd = open();
  if (!fd && fd.error().kind == ErrorKind::NotFound) {
    // It was there a moment ago.
    static_cast<void>(::poll(nullptr, 0, kPauseMilliseconds));
    return {};
  }
  if (!fd) return failure(fd.error());
  const auto identity = read_identity(fd->get(), kFileHeadBytesMax);
  if (!identity) return fail(identity.error());
  identity_ = *identity;
  ++incarnation_;
  next_ = {};
  cursor_ = {};
  seen_bytes_ = 0;
  quiet_since_ = clock_.now();
  idle_ = replaced_ = false;
  read_from_start(std::move(*fd));
  return {};
}

/// A file that was short when it was opened is known better by what was read of it since.
Result<void> FileSource::renew_identity() {
  const std::uint64_t known = std::min(cursor_.offset, kFileHeadBytesMax);
  if (!options_.follow || known <= identity_->head_length) return {};
  const auto identity = read_identity(reader_->stream().fd(), known);
  if (!identity) return fail(identity.error());
  identity_ = *identity;
  return {};
}

}  // namespace

TopicName file_topic(const std::string& path) {
  if (path == kStdin) return TopicName{"stdin"};
  return TopicName{"file:" + std::filesystem::path(path).lexically_normal().string()};
}

Result<std::unique_ptr<Source>> open_file_source(const FileSourceOptions& options, const Clock& clock) {
  if (options.path.empty()) return failure(ErrorKind::InvalidArgument, "a file source has no path");
  if (options.follow && options.path == kStdin)
    return failure(ErrorKind::InvalidArgument, "stdin cannot be followed: it is read until it is closed");
  return std::make_unique<FileSource>(options, clock);
}

}  // namespace countersign
