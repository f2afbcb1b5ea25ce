// SPDX-License-Identifier: Apache-2.0
#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "ingest/syslog_framer.h"
#include "ingest/syslog_listener.h"
#include "ingest/tls_server.h"

namespace countersign {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using Code = boost::system::error_code;
using Steady = std::chrono::steady_clock;
using Tcp = asio::ip::tcp;
using IdleOption = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using IntervalOption = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
using CountOption = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::milliseconds kAcceptPause{100};  // after a failed accept (no descriptors left)

/// For calls whose failure says only that the peer is gone, which the next read finds out.
void forgive(const Code&) {}

/// Whose connections count together: an address, of IPv6 its /64.
std::string owner_of(const asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  asio::ip::address_v6::bytes_type network = v6.to_bytes();
  std::fill(network.begin() + 8, network.end(), static_cast<unsigned char>(0));
  return asio::ip::address_v6(network).to_string() + "/64";
}

class Connection;

class StreamListener final : public DoorListener {
 public:
  StreamListener(SyslogListenerOptions options, DoorQueue& queue, DoorStats& stats, const Clock& clock)
      : options_(std::move(options)), queue_(queue), stats_(stats), clock_(clock) {
    queue_.when_room([this] { asio::post(io_, [this] { resume_all(); }); });
  }
  ~StreamListener() override;
  StreamListener(const StreamListener&) = delete;
  StreamListener& operator=(const StreamListener&) = delete;

  Result<void> start() override;

  void joined(Connection* connection, const std::string& owner);
  void left(Connection* connection, const std::string& owner);
  void park(std::shared_ptr<Connection> connection) { parked_.push_back(std::move(connection)); }

  const SyslogListenerOptions options_;
  DoorQueue& queue_;
  DoorStats& stats_;
  const Clock& clock_;

 private:
  Result<void> listen();
  void accept();
  void on_accept(Code code, Tcp::socket socket);
  void tick();
  void resume_all();

  // Connections look here when the last handlers are destroyed with io_.
  std::set<Connection*> connections_;
  std::map<std::string, std::size_t> owners_;
  std::optional<ssl::context> tls_;
  std::vector<std::shared_ptr<Connection>> parked_;
  asio::io_context io_{1};
  Tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  asio::steady_timer tick_{io_};
  std::thread thread_;  // runs io_; everything above belongs to it
};

/// One sender. Lives as long as an operation is outstanding or it is parked.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, std::string peer, std::string owner, StreamListener& listener,
             ssl::context* tls)
      : listener_(listener),
        socket_(std::move(socket)),
        peer_(std::move(peer)),
        owner_(std::move(owner)),
        framer_(listener.options_.kept),
        buffer_(kSyslogReadBytes) {
    if (tls != nullptr) tls_.emplace(socket_, *tls);
    listener_.joined(this, owner_);
  }
  ~Connection() { listener_.left(this, owner_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void begin() {
    if (!tls_) return read();
    shaking_hands_ = true;
    tls_->async_handshake(ssl::stream_base::server, [self = shared_from_this()](Code code) {
      if (!self->shaking_hands_) return;  // it lasted too long
      self->shaking_hands_ = false;
      if (!code) return self->read();
      self->turn_away(DoorRefusal::Tls, code.message());
    });
  }

  /// The queue has room again.
  void resume() {
    if (!std::exchange(parked_, false)) return;
    --listener_.stats_.paused;
    heard_ = Steady::now();
    begun_ = heard_;
    deliver();
  }

  void tick(Steady::time_point now) {
    if (closed_ || parked_) return;
    if (shaking_hands_ && now - heard_ > kSyslogHandshakeMax) {
      shaking_hands_ = false;
      return turn_away(DoorRefusal::Tls,
                       fmt::format("no handshake within {} s", kSyslogHandshakeMax.count()));
    }
    if (framer_.inside() && now - begun_ > kSyslogMessageTimeMax) return turn_away(DoorRefusal::Slow);
    if (now - heard_ > listener_.options_.limits.idle) turn_away(DoorRefusal::Idle);
  }

 private:
  void read() {
    const auto done = [self = shared_from_this()](Code code, std::size_t bytes) {
      self->on_read(code, bytes);
    };
    if (tls_) return tls_->async_read_some(asio::buffer(buffer_), done);
    socket_.async_read_some(asio::buffer(buffer_), done);
  }

  void on_read(Code code, std::size_t bytes) {
    if (closed_) return;
    heard_ = Steady::now();
    const bool was_inside = framer_.inside();
    if (const auto cut = framer_.feed({buffer_.data(), bytes}, chunk_); !cut) broken_ = cut.error().message;
    if (!was_inside || !chunk_.empty()) begun_ = heard_;
    ended_ = static_cast<bool>(code);
    if (ended_ && !framer_.end(chunk_)) ++listener_.stats_.unfinished;
    deliver();
  }

  /// Offers what was read, and goes on when it was taken.
  void deliver() {
    if (!chunk_.empty()) {
      chunk_.received = listener_.clock_.now();
      const std::size_t cuts = chunk_.cuts.size();
      switch (listener_.queue_.offer(chunk_)) {
        case DoorQueue::Offer::Taken: listener_.stats_.cut += cuts; break;
        case DoorQueue::Offer::Full:
          parked_ = true;
          ++listener_.stats_.paused;
          return listener_.park(shared_from_this());
        case DoorQueue::Offer::Closed: return close();
      }
    }
    if (!broken_.empty()) return turn_away(DoorRefusal::Framing, broken_);
    if (ended_) return close();
    read();
  }

  void turn_away(DoorRefusal why, const std::string& detail = {}) {
    listener_.stats_.refuse(why, detail.empty() ? peer_ : fmt::format("{} ({})", peer_, detail));
    if (framer_.inside() && why != DoorRefusal::Framing) ++listener_.stats_.unfinished;
    close();
  }

  void close() {
    closed_ = true;
    Code ignored;
    forgive(socket_.close(ignored));
  }

  StreamListener& listener_;
  Tcp::socket socket_;
  std::optional<ssl::stream<Tcp::socket&>> tls_;
  const std::string peer_;
  const std::string owner_;
  SyslogFramer framer_;
  std::vector<char> buffer_;
  DoorChunk chunk_;
  std::string broken_;
  Steady::time_point heard_ = Steady::now();  // of the last bytes
  Steady::time_point begun_ = heard_;         // of the message that is not complete
  bool shaking_hands_ = false;
  bool parked_ = false;
  bool ended_ = false;
  bool closed_ = false;
};

Result<void> StreamListener::start() {
  if (!options_.certificate.empty()) {
    tls_.emplace(ssl::context::tls_server);
    if (auto configured =
            configure_tls_server(*tls_, {options_.certificate, options_.key, options_.authorities});
        !configured)
      return configured;
  }
  if (auto listening = listen(); !listening) return listening;
  accept();
  tick();
  thread_ = std::thread([this] { (void)io_.run(); });
  return {};
}

Result<void> StreamListener::listen() {
  const std::string where = socket_address_text(options_.address, options_.port);
  Code code;
  const Tcp::endpoint endpoint(asio::ip::make_address(options_.address, code), options_.port);
  if (code) return failure(ErrorKind::InvalidArgument, fmt::format("{} is not an address", where));
  const auto refuse = [&] {
    const ErrorKind kind = code == asio::error::access_denied ? ErrorKind::Denied : ErrorKind::Unavailable;
    return failure(kind, fmt::format("cannot listen on {} (TCP): {}", where, code.message()));
  };
  if (acceptor_.open(endpoint.protocol(), code); code) return refuse();
  if (acceptor_.set_option(Tcp::acceptor::reuse_address(true), code); code) return refuse();
  if (acceptor_.bind(endpoint, code); code) return refuse();
  if (acceptor_.listen(asio::socket_base::max_listen_connections, code); code) return refuse();
  const Tcp::endpoint bound = acceptor_.local_endpoint(code);
  if (code) return refuse();
  stats_.set_address(socket_address_text(bound.address().to_string(), bound.port()));
  return {};
}

StreamListener::~StreamListener() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  parked_.clear();
}

void StreamListener::joined(Connection* connection, const std::string& owner) {
  connections_.insert(connection);
  ++owners_[owner];
  ++stats_.connections;
  ++stats_.connections_total;
}

void StreamListener::left(Connection* connection, const std::string& owner) {
  connections_.erase(connection);
  if (--owners_[owner] == 0) owners_.erase(owner);
  --stats_.connections;
}

void StreamListener::accept() {
  acceptor_.async_accept([this](Code code, Tcp::socket socket) { on_accept(code, std::move(socket)); });
}

void StreamListener::on_accept(Code code, Tcp::socket socket) {
  if (code) {
    pause_.expires_after(kAcceptPause);
    return pause_.async_wait([this](Code stopped) {
      if (!stopped) accept();
    });
  }
  const Tcp::endpoint remote = socket.remote_endpoint(code);
  if (!code) {
    const std::string peer = remote.address().to_string();
    const std::string owner = owner_of(remote.address());
    const auto known = owners_.find(owner);
    if (connections_.size() >= options_.limits.connections_max) {
      stats_.refuse(DoorRefusal::Connections, peer);
    } else if (known != owners_.end() && known->second >= options_.limits.per_address_max) {
      stats_.refuse(DoorRefusal::AddressConnections, peer);
    } else {
      Code ignored;
      forgive(socket.set_option(asio::socket_base::keep_alive(true), ignored));
      forgive(socket.set_option(IdleOption(static_cast<int>(kSyslogKeepaliveIdle.count())), ignored));
      forgive(socket.set_option(IntervalOption(static_cast<int>(kSyslogKeepaliveInterval.count())), ignored));
      forgive(socket.set_option(CountOption(kSyslogKeepaliveCount), ignored));
      std::make_shared<Connection>(std::move(socket), peer, owner, *this, tls_ ? &*tls_ : nullptr)->begin();
    }
  }
  accept();
}

void StreamListener::tick() {
  tick_.expires_after(kTick);
  tick_.async_wait([this](Code stopped) {
    if (stopped) return;
    const Steady::time_point now = Steady::now();
    // A connection that ends itself here is still held by the operation that its end cancels.
    for (Connection* connection : std::vector<Connection*>(connections_.begin(), connections_.end()))
      connection->tick(now);
    tick();
  });
}

void StreamListener::resume_all() {
  const std::vector<std::shared_ptr<Connection>> parked = std::exchange(parked_, {});
  for (const auto& connection : parked) connection->resume();
}

}  // namespace

std::string socket_address_text(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "", port);
}

std::unique_ptr<DoorListener> make_syslog_stream_listener(SyslogListenerOptions options, DoorQueue& queue,
                                                          DoorStats& stats, const Clock& clock) {
  return std::make_unique<StreamListener>(std::move(options), queue, stats, clock);
}

}  // namespace countersign
