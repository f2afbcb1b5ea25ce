// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstring>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "ingest/syslog_framer.h"
#include "ingest/syslog_listener.h"

namespace countersign {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;
using Udp = asio::ip::udp;

constexpr std::size_t kDatagramBytesMax = 64 * kKiB;  // more than UDP can carry
constexpr std::size_t kDatagramsAtOnce = 64;
constexpr int kRoundsAtOnce = 16;  // then other handlers get their turn
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(std::uint32_t));

/// Room for kDatagramsAtOnce datagrams as recvmmsg(2) fills it.
class Slots {
 public:
  Slots() : bytes_(kDatagramsAtOnce * kDatagramBytesMax) {
    for (std::size_t i = 0; i < kDatagramsAtOnce; ++i)
      places_[i] = {bytes_.data() + i * kDatagramBytesMax, kDatagramBytesMax};
  }

  /// How many came; 0 when none waits.
  std::size_t receive(int socket) {
    for (std::size_t i = 0; i < kDatagramsAtOnce; ++i) {
      msghdr& header = headers_[i].msg_hdr;
      header = {};
      header.msg_iov = &places_[i];
      header.msg_iovlen = 1;
      header.msg_control = controls_[i].data();
      header.msg_controllen = kControlBytes;
    }
    const int got = ::recvmmsg(socket, headers_.data(), kDatagramsAtOnce, MSG_DONTWAIT, nullptr);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  std::string_view datagram(std::size_t i) const {
    return {bytes_.data() + i * kDatagramBytesMax, headers_[i].msg_len};
  }
  /// How many the system had dropped before this one, since the socket was opened (SO_RXQ_OVFL); 0 when it
  /// does not say.
  std::uint32_t dropped_before(std::size_t i) {
    msghdr& header = headers_[i].msg_hdr;
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
         control = CMSG_NXTHDR(&header, control)) {
      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t count = 0;
      std::memcpy(&count, CMSG_DATA(control), sizeof(count));
      return count;
    }
    return 0;
  }

 private:
  std::vector<char> bytes_;
  std::array<iovec, kDatagramsAtOnce> places_{};
  std::array<mmsghdr, kDatagramsAtOnce> headers_{};
  alignas(cmsghdr) std::array<std::array<char, kControlBytes>, kDatagramsAtOnce> controls_{};
};

class DatagramListener final : public DoorListener {
 public:
  DatagramListener(SyslogListenerOptions options, DoorQueue& queue, DoorStats& stats, const Clock& clock)
      : options_(std::move(options)), queue_(queue), stats_(stats), clock_(clock) {}
  ~DatagramListener() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  DatagramListener(const DatagramListener&) = delete;
  DatagramListener& operator=(const DatagramListener&) = delete;

  Result<void> start() override {
    const std::string where = socket_address_text(options_.address, options_.port);
    Code code;
    const Udp::endpoint endpoint(asio::ip::make_address(options_.address, code), options_.port);
    if (code) return failure(ErrorKind::InvalidArgument, fmt::format("{} is not an address", where));
    const auto refuse = [&] {
      const ErrorKind kind = code == asio::error::access_denied ? ErrorKind::Denied : ErrorKind::Unavailable;
      return failure(kind, fmt::format("cannot listen on {} (UDP): {}", where, code.message()));
    };
    if (socket_.open(endpoint.protocol(), code); code) return refuse();
    if (socket_.bind(endpoint, code); code) return refuse();
    const Udp::endpoint bound = socket_.local_endpoint(code);
    if (code) return refuse();
    prepare_socket();
    stats_.set_address(socket_address_text(bound.address().to_string(), bound.port()));
    wait();
    thread_ = std::thread([this] { (void)io_.run(); });
    return {};
  }

 private:
  /// A large buffer carries over moments in which the thread does not run. Without the right to force it, the
  /// system gives what net.core.rmem_max allows.
  void prepare_socket() {
    const int size = kSyslogReceiveBufferBytes;
    const int on = 1;
    const int socket = socket_.native_handle();
    if (::setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
      static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
    static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)));
  }

  void wait() {
    socket_.async_wait(Udp::socket::wait_read, [this](Code code) {
      if (code == asio::error::operation_aborted) return;
      for (int round = 0; round < kRoundsAtOnce && receive(); ++round) continue;
      wait();
    });
  }

  /// False when nothing waits.
  bool receive() {
    const std::size_t count = slots_.receive(socket_.native_handle());
    if (count == 0) return false;
    DoorChunk chunk;
    for (std::size_t i = 0; i < count; ++i) add(slots_.datagram(i), chunk);
    // The counter of the system wraps around, as the difference of two unsigned numbers does.
    const std::uint32_t dropped = slots_.dropped_before(count - 1);
    stats_.dropped_by_system += dropped - dropped_;
    dropped_ = dropped;
    if (chunk.empty()) return true;
    chunk.received = clock_.now();
    const std::size_t messages = chunk.messages.size();
    const std::size_t cuts = chunk.cuts.size();
    if (queue_.offer(chunk) == DoorQueue::Offer::Taken)
      stats_.cut += cuts;
    else
      stats_.dropped += messages;
    return true;
  }

  void add(std::string_view datagram, DoorChunk& chunk) const {
    if (datagram.size() <= options_.kept.max) return add_syslog_message(datagram, chunk);
    chunk.cuts.push_back({chunk.messages.size(), datagram.size(), sha256(datagram)});
    const std::string_view prefix = datagram.substr(0, options_.kept.prefix);
    chunk.messages.push_back(
        {static_cast<std::uint32_t>(chunk.bytes.size()), static_cast<std::uint32_t>(prefix.size())});
    chunk.bytes.append(prefix);
  }

  const SyslogListenerOptions options_;
  DoorQueue& queue_;
  DoorStats& stats_;
  const Clock& clock_;
  asio::io_context io_{1};
  Udp::socket socket_{io_};
  Slots slots_;
  std::uint32_t dropped_ = 0;
  std::thread thread_;  // runs io_; everything above belongs to it
};

}  // namespace

std::unique_ptr<DoorListener> make_syslog_datagram_listener(SyslogListenerOptions options, DoorQueue& queue,
                                                            DoorStats& stats, const Clock& clock) {
  return std::make_unique<DatagramListener>(std::move(options), queue, stats, clock);
}

}  // namespace countersign
