// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a client sends. The first byte chooses: a stream of syslog, cut in two at a place that
// the second byte names, gives what the whole gives; the body of a request gives messages that lie in it, in
// order.
#include <string>

#include "ingest/event_body.h"
#include "ingest/syslog_framer.h"
#include "tests/fuzz/fuzzing.h"

namespace countersign::fuzz {
namespace {

constexpr KeptBytes kSmall{.max = 16, .prefix = 8};

struct Cut {
  std::string bytes;
  std::vector<std::size_t> sizes;
  std::vector<std::uint64_t> lengths;  // of cut messages
  bool broken = false;
  bool whole = true;
  bool operator==(const Cut&) const = default;
};

Cut cut(std::string_view first, std::string_view second) {
  SyslogFramer framer(kSmall);
  DoorChunk out;
  Cut result;
  result.broken = !framer.feed(first, out) || !framer.feed(second, out);
  if (!result.broken) result.whole = framer.end(out);
  std::size_t end = 0;
  for (const DoorMessage& message : out.messages) {
    invariant(message.begin == end && message.size <= kSmall.max);
    end += message.size;
    result.sizes.push_back(message.size);
  }
  invariant(end == out.bytes.size());
  for (const DoorCut& long_one : out.cuts) {
    invariant(long_one.message < out.messages.size() && long_one.length > kSmall.max);
    result.lengths.push_back(long_one.length);
  }
  result.bytes = std::move(out.bytes);
  return result;
}

void judge_body(EventBody body) {
  const std::string sent = body.bytes;
  const bool gzip = body.gzip;
  const auto chunk = cut_event_body(std::move(body));
  if (!chunk) return;
  invariant(!chunk->empty() && (gzip || chunk->bytes == sent));
  std::size_t end = 0;
  for (const DoorMessage& message : chunk->messages) {
    invariant(message.begin >= end && message.size > 0);
    end = std::size_t{message.begin} + message.size;
    invariant(end <= chunk->bytes.size());
  }
}

}  // namespace

void run(std::string_view input) {
  if (input.size() < 2) return;
  const auto choice = static_cast<unsigned char>(input[0]);
  const std::string_view rest = input.substr(2);
  if (choice % 2 == 0) {
    const std::size_t at = static_cast<unsigned char>(input[1]) % (rest.size() + 1);
    invariant(cut(rest.substr(0, at), rest.substr(at)) == cut(rest, {}));
  } else {
    judge_body({.bytes = std::string(rest), .lines = (choice & 2) != 0, .gzip = (choice & 4) != 0});
  }
}

}  // namespace countersign::fuzz
