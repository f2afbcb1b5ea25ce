// SPDX-License-Identifier: Apache-2.0
// The listeners over real sockets, with threads that send while another takes: a queue that is nearly always
// full must slow senders and lose nothing.
#include "ingest/syslog_listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "ingest/posix.h"

namespace countersign {
namespace {

using testing::HasSubstr;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::chrono::seconds kPatience{60};

/// What a listener needs around it.
struct World {
  explicit World(DoorLimits limits = {}) : queue(limits) {
    queue.open(Offset{0});
    options.address = "127.0.0.1";
  }

  SystemClock clock;
  DoorQueue queue;
  DoorStats stats;
  SyslogListenerOptions options;
};

UniqueFd connected(const DoorStats& stats, int type) {
  const std::string address = stats.address();
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  place.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&place), sizeof(place)), 0) << errno_text();
  return fd;
}

/// False when the peer no longer takes bytes.
bool send_all(const UniqueFd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Takes until `count` messages came; what they say.
std::multiset<std::string> take(DoorQueue& queue, std::size_t count) {
  std::multiset<std::string> messages;
  MessageBatch batch;
  BatchWriter writer({.messages_max = 50, .bytes_max = 4'096});
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (messages.size() < count && std::chrono::steady_clock::now() < deadline) {
    if (!queue.take(batch, writer, 100ms)) continue;
    for (const Message& message : batch.messages) messages.emplace(message.bytes);
    queue.stored(batch.end);
  }
  return messages;
}

bool until(const std::function<bool()>& condition, std::chrono::milliseconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(SyslogStreamListener, AFullQueueSlowsManySendersAndLosesNothing) {
  World world({.bytes_max = 2'000, .messages_max = 100});
  auto listener = make_syslog_stream_listener(world.options, world.queue, world.stats, world.clock);
  ASSERT_TRUE(listener->start());
  constexpr std::size_t kSenders = 4;
  constexpr std::size_t kMessages = 20'000;
  std::multiset<std::string> wanted;
  std::vector<std::thread> senders;
  for (std::size_t sender = 0; sender < kSenders; ++sender) {
    std::string bytes;
    for (std::size_t i = 0; i < kMessages; ++i) {
      const std::string message = "<134>" + std::to_string(sender) + ' ' + std::to_string(i);
      bytes += sender % 2 == 0 ? message + '\n' : std::to_string(message.size()) + ' ' + message;
      wanted.insert(message);
    }
    senders.emplace_back([&world, bytes = std::move(bytes)] {
      const UniqueFd fd = connected(world.stats, SOCK_STREAM);
      EXPECT_TRUE(send_all(fd, bytes));
    });
  }
  EXPECT_EQ(take(world.queue, wanted.size()), wanted);
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(until([&] { return world.stats.connections == 0; }));
  EXPECT_EQ(world.stats.connections_total, kSenders);
  EXPECT_EQ(world.stats.paused, 0U);
  EXPECT_EQ(world.stats.unfinished, 0U);
}

TEST(SyslogStreamListener, EndsWithConnectionsThatWaitForRoom) {
  World world({.bytes_max = 1, .messages_max = 1});
  auto listener = make_syslog_stream_listener(world.options, world.queue, world.stats, world.clock);
  ASSERT_TRUE(listener->start());
  const UniqueFd one = connected(world.stats, SOCK_STREAM);
  const UniqueFd two = connected(world.stats, SOCK_STREAM);
  ASSERT_TRUE(send_all(one, "<134>a\n"));
  ASSERT_TRUE(until([&] { return world.queue.messages() == 1; }));
  ASSERT_TRUE(send_all(two, "<134>b\n"));
  ASSERT_TRUE(until([&] { return world.stats.paused == 1; }));
  listener.reset();
  EXPECT_EQ(world.stats.connections, 0U);
}

TEST(SyslogStreamListener, APortInUseIsNamed) {
  World world;
  auto first = make_syslog_stream_listener(world.options, world.queue, world.stats, world.clock);
  ASSERT_TRUE(first->start());
  SyslogListenerOptions options = world.options;
  const std::string address = world.stats.address();
  options.port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  auto second = make_syslog_stream_listener(options, world.queue, world.stats, world.clock);
  const auto started = second->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::Unavailable);
  EXPECT_THAT(started.error().message, HasSubstr(address));
}

TEST(SyslogDatagramListener, EachDatagramIsAMessageAndWhatTheQueueDoesNotTakeIsCounted) {
  World world({.bytes_max = 1'000'000, .messages_max = 100});
  world.options.kept = {.max = 20, .prefix = 10};
  auto listener = make_syslog_datagram_listener(world.options, world.queue, world.stats, world.clock);
  ASSERT_TRUE(listener->start());
  const UniqueFd fd = connected(world.stats, SOCK_DGRAM);
  const auto send = [&fd](std::string_view text) {
    EXPECT_EQ(::send(fd.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  };
  send("<134>first\n");
  send("\n");
  send("<134>longer than what is kept");
  EXPECT_EQ(take(world.queue, 2), (std::multiset<std::string>{"<134>first", "<134>longe"}));
  EXPECT_TRUE(until([&] { return world.stats.cut == 1; }));
  std::uint64_t sent = 0;
  for (; sent < 2'000; ++sent) send("<134>flood");
  // The system tells what it dropped with the next datagram that it takes.
  const auto accounted = [&] {
    return world.queue.messages() + world.stats.dropped + world.stats.dropped_by_system == sent;
  };
  for (int more = 0; more < 30 && !until(accounted, 1s); ++more, ++sent) send("<134>flood");
  EXPECT_TRUE(accounted()) << sent << " sent, " << world.queue.messages() << " queued, "
                           << world.stats.dropped << " and " << world.stats.dropped_by_system << " dropped";
  EXPECT_GE(world.stats.dropped + world.stats.dropped_by_system, 1'000U);
}

}  // namespace
}  // namespace countersign
