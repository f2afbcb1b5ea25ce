// SPDX-License-Identifier: Apache-2.0
#include "review-api/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>

#include "core/hash.h"
#include "review-api/address.h"
#include "review-api/problem.h"
#include "review-api/request_id.h"

namespace countersign {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using Code = boost::system::error_code;

// What a refused client may still send before the connection is cut: enough that it reads the answer instead
// of a reset.
constexpr std::size_t kDrainBytesMax = 256 * kKiB;
constexpr std::chrono::milliseconds kDrainTimeout{1'000};
constexpr std::size_t kToldMax = 64;                    // connections over the limit that get an answer
constexpr std::chrono::milliseconds kAcceptPause{100};  // after a failed accept (no descriptors left)

/// For calls whose failure says only that the peer is gone, which the next read finds out.
void forgive(const Code&) {}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

class Connection;

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, RandomSource& random, HttpHandler handler)
      : options_(options),
        handler_(std::move(handler)),
        request_ids_(random),
        acceptor_(asio::make_strand(io_)) {}

  Result<void> listen();
  void accept();
  void stop();
  void after(std::chrono::milliseconds delay, std::function<void()> work);

  void joined(Connection* connection);
  void left(Connection* connection);
  /// Room for a body, given back by release(); false when the server holds too many bytes already.
  bool reserve(std::size_t bytes);
  void release(std::size_t bytes) { body_bytes_.fetch_sub(bytes); }

  const HttpServerOptions options_;
  const HttpHandler handler_;
  RequestIds request_ids_;
  std::string address_;
  bool loopback_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> connection_count_{0};

 private:
  void on_accept(Code code, Tcp::socket socket);

  std::atomic<std::size_t> body_bytes_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_set<Connection*> connections_;  // guarded by mutex_
  bool joined_ = false;
  // Declared after what connections use: its destructor destroys the last of them.
  asio::io_context io_;
  // A request that is being handled is no work of `io_`: its answer must still find the threads.
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  Tcp::acceptor acceptor_;
  std::vector<std::thread> threads_;
};

/// One client. Everything runs on the strand of its socket. Lives as long as an operation or an answer is
/// outstanding.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, HttpServer::Impl& server)
      : server_(server), socket_(std::move(socket)), timer_(socket_.get_executor()) {
    Code code;
    const auto peer = socket_.remote_endpoint(code);
    if (!code) peer_address_ = peer.address().to_string();
    server_.joined(this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    server_.release(reserved_);
    server_.left(this);
  }

  void start(bool crowded) {
    asio::dispatch(socket_.get_executor(), [self = shared_from_this(), crowded] {
      if (!crowded) return self->wait_for_request();
      self->refuse({.kind = ProblemKind::Unavailable,
                    .detail = "The server has reached its limit of " +
                              std::to_string(self->server_.options_.connections_max) + " connections.",
                    .retry_after_seconds = 1});
    });
  }

  /// From any thread: an idle connection ends now, a busy one after its answer.
  void end_soon() {
    asio::post(socket_.get_executor(), [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && self->phase_ == Phase::Idle) self->close();
    });
  }

 private:
  enum class Phase : std::uint8_t { Idle, Header, Body, Handling, Writing, Draining, Closed };

  void enter(Phase phase, std::chrono::milliseconds limit) {
    phase_ = phase;
    const std::uint64_t entered = ++phases_entered_;
    timer_.expires_after(limit);
    timer_.async_wait([weak = weak_from_this(), entered](Code code) {
      const auto self = weak.lock();
      if (self && !code && self->phases_entered_ == entered) self->on_timeout();
    });
  }

  void on_timeout() {
    if (phase_ != Phase::Header && phase_ != Phase::Body) return close();
    timed_out_ = true;
    Code ignored;
    forgive(socket_.cancel(ignored));  // the read ends with operation_aborted and answers 408
  }

  void wait_for_request() {
    if (server_.stopping_) return close();
    parser_ = std::make_unique<http::request_parser<http::string_body>>();
    parser_->header_limit(static_cast<std::uint32_t>(server_.options_.header_bytes_max));
    parser_->body_limit(boost::none);  // judged by the announced length, once the header is here
    request_id_.clear();
    instance_.clear();
    head_ = false;
    close_after_ = false;
    if (buffer_.size() > 0) return read_header();
    enter(Phase::Idle, server_.options_.idle_timeout);
    socket_.async_wait(Tcp::socket::wait_read, [self = shared_from_this()](Code code) {
      if (code || self->phase_ != Phase::Idle) return self->close();
      self->read_header();
    });
  }

  void read_header() {
    enter(Phase::Header, server_.options_.header_timeout);
    http::async_read_header(socket_, buffer_, *parser_,
                            [self = shared_from_this()](Code code, std::size_t) { self->on_header(code); });
  }

  void on_header(Code code) {
    if (timed_out_) return refuse_slow("header", server_.options_.header_timeout);
    if (code == http::error::header_limit || code == http::error::buffer_overflow)
      return refuse({.kind = ProblemKind::HeaderTooLarge,
                     .detail = "The header has more than " +
                               std::to_string(server_.options_.header_bytes_max) + " bytes."});
    if (code == http::error::end_of_stream || code == http::error::partial_message) return close();
    if (code.category() == make_error_code(http::error::bad_method).category() && code)
      return refuse({.kind = ProblemKind::BadRequest, .detail = "Not HTTP/1.1: " + code.message() + "."});
    if (code) return close();
    learn_request();
    if (auto problem = judge_header()) return refuse(*problem);
    if (parser_->is_done()) return handle();
    const std::size_t room =
        static_cast<std::size_t>(parser_->content_length().value_or(server_.options_.body_bytes_max));
    if (!server_.reserve(room))
      return refuse({.kind = ProblemKind::Unavailable,
                     .detail = "The server is receiving too many bodies at once.",
                     .retry_after_seconds = 1});
    reserved_ = room;
    parser_->body_limit(server_.options_.body_bytes_max);
    const auto& header = parser_->get();
    if (header.version() == 10 || header.count(http::field::expect) == 0) return read_body();
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    enter(Phase::Body, server_.options_.body_timeout);
    asio::async_write(socket_, asio::buffer(go_on), [self = shared_from_this()](Code failed, std::size_t) {
      if (failed) return self->close();
      self->read_body();
    });
  }

  /// What every answer needs to know of the request, even a refusal.
  void learn_request() {
    const auto& header = parser_->get();
    head_ = header.method() == http::verb::head;
    request_id_ = server_.request_ids_.accept(view(header["X-Request-Id"]));
    const std::string_view target = view(header.target());
    instance_ = std::string(target.substr(0, std::min(target.find('?'), std::size_t{256})));
  }

  std::optional<Problem> judge_header() const {
    const auto& header = parser_->get();
    const HttpServerOptions& options = server_.options_;
    const auto bad = [](std::string detail) {
      return Problem{.kind = ProblemKind::BadRequest, .detail = std::move(detail)};
    };
    if (header.version() != 11 && header.version() != 10)
      return bad("Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    if (header.target().size() > options.target_bytes_max)
      return Problem{.kind = ProblemKind::TargetTooLong,
                     .detail = "The address has " + std::to_string(header.target().size()) +
                               " bytes; the limit is " + std::to_string(options.target_bytes_max) + "."};
    const auto hosts = header.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && header.version() == 11)) return bad("Exactly one Host header is needed.");
    if (header.count(http::field::transfer_encoding) > 0 &&
        lower_ascii(view(header[http::field::transfer_encoding])) != "chunked")
      return bad("The only transfer encoding is chunked.");
    if (header.count(http::field::expect) > 0 &&
        lower_ascii(view(header[http::field::expect])) != "100-continue")
      return Problem{.kind = ProblemKind::ExpectationFailed,
                     .detail = "The only expectation is 100-continue."};
    const auto length = parser_->content_length();
    if (length && *length > options.body_bytes_max)
      return Problem{.kind = ProblemKind::BodyTooLarge,
                     .detail = "The body has " + std::to_string(*length) + " bytes; the limit is " +
                               std::to_string(options.body_bytes_max) + "."};
    return std::nullopt;
  }

  void read_body() {
    enter(Phase::Body, server_.options_.body_timeout);
    http::async_read(socket_, buffer_, *parser_,
                     [self = shared_from_this()](Code code, std::size_t) { self->on_body(code); });
  }

  void on_body(Code code) {
    if (timed_out_) return refuse_slow("body", server_.options_.body_timeout);
    if (code == http::error::body_limit)
      return refuse({.kind = ProblemKind::BodyTooLarge,
                     .detail = "The body is larger than the limit of " +
                               std::to_string(server_.options_.body_bytes_max) + " bytes."});
    if (code == http::error::partial_message || code == http::error::end_of_stream) return close();
    if (code.category() == make_error_code(http::error::bad_chunk).category() && code)
      return refuse({.kind = ProblemKind::BadRequest, .detail = "Not HTTP/1.1: " + code.message() + "."});
    if (code) return close();
    handle();
  }

  void handle() {
    phase_ = Phase::Handling;
    ++phases_entered_;
    (void)timer_.cancel();
    auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    version_ = message.version();
    HttpRequest request;
    request.method = std::string(view(message.method_string()));
    request.target = std::string(view(message.target()));
    request.body = std::move(message.body());
    request.peer_address = peer_address_;
    request.request_id = request_id_;
    for (const auto& field : message) {
      std::string name = lower_ascii(view(field.name_string()));
      const auto same = std::find_if(request.headers.begin(), request.headers.end(),
                                     [&](const auto& entry) { return entry.first == name; });
      if (same == request.headers.end())
        request.headers.emplace_back(std::move(name), std::string(view(field.value())));
      else
        same->second.append(name == "cookie" ? "; " : ", ").append(view(field.value()));
    }
    server_.handler_(std::move(request), [self = shared_from_this()](HttpResponse response) {
      asio::post(self->socket_.get_executor(),
                 [self, response = std::move(response)]() mutable { self->write(std::move(response)); });
    });
  }

  void refuse_slow(std::string_view part, std::chrono::milliseconds limit) {
    timed_out_ = false;
    refuse({.kind = ProblemKind::RequestTimeout,
            .detail = "The " + std::string(part) + " did not arrive within " + std::to_string(limit.count()) +
                      " ms."});
  }

  /// Answers without the handler and ends the connection, since what follows on it cannot be trusted.
  void refuse(const Problem& problem) {
    close_after_ = true;
    if (request_id_.empty()) request_id_ = server_.request_ids_.next();
    if (server_.options_.on_refusal) server_.options_.on_refusal(status_of(problem.kind));
    write(to_response(problem, request_id_, instance_));
  }

  void write(HttpResponse answer) {
    server_.release(reserved_);
    reserved_ = 0;
    response_.emplace();
    response_->version(version_);
    response_->result(answer.status);
    response_->set(http::field::date, http_date());
    response_->set(http::field::cache_control, "no-store");
    response_->set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    response_->set("X-Content-Type-Options", "nosniff");
    response_->set("Referrer-Policy", "no-referrer");
    response_->set("Cross-Origin-Resource-Policy", "same-origin");
    response_->set("X-Request-Id", request_id_);
    if (!answer.content_type.empty()) response_->set(http::field::content_type, answer.content_type);
    for (const auto& [name, value] : answer.headers) response_->set(name, value);
    close_after_ = close_after_ || !keep_alive_ || server_.stopping_;
    response_->keep_alive(!close_after_);
    response_->body() = std::move(answer.body);
    if (answer.status != 204) response_->content_length(response_->body().size());
    enter(Phase::Writing, server_.options_.write_timeout);
    serializer_.emplace(*response_);
    const auto done = [self = shared_from_this()](Code code, std::size_t) { self->on_written(code); };
    if (head_)
      http::async_write_header(socket_, *serializer_, done);
    else
      http::async_write(socket_, *serializer_, done);
  }

  void on_written(Code code) {
    serializer_.reset();
    response_.reset();
    if (code) return close();
    if (!close_after_) return wait_for_request();
    Code ignored;
    forgive(socket_.shutdown(Tcp::socket::shutdown_send, ignored));
    enter(Phase::Draining, kDrainTimeout);
    drain();
  }

  void drain() {
    buffer_.clear();
    socket_.async_read_some(buffer_.prepare(16 * kKiB),
                            [self = shared_from_this()](Code code, std::size_t bytes) {
                              self->drained_ += bytes;
                              if (code || self->drained_ > kDrainBytesMax) return self->close();
                              self->drain();
                            });
  }

  void close() {
    if (phase_ == Phase::Closed) return;
    phase_ = Phase::Closed;
    ++phases_entered_;
    (void)timer_.cancel();
    Code ignored;
    forgive(socket_.close(ignored));
  }

  HttpServer::Impl& server_;
  Tcp::socket socket_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_{64 * kKiB};
  std::unique_ptr<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  std::string peer_address_;
  std::string request_id_;
  std::string instance_;
  unsigned version_ = 11;
  std::size_t reserved_ = 0;
  std::size_t drained_ = 0;
  Phase phase_ = Phase::Idle;
  std::uint64_t phases_entered_ = 0;  // tells a timer that its phase is over
  bool head_ = false;
  bool keep_alive_ = true;
  bool close_after_ = false;
  bool timed_out_ = false;
};

Result<void> HttpServer::Impl::listen() {
  const auto where = parse_listen_address(options_.listen);
  if (!where) return failure(where.error());
  const auto refuse = [&](const Code& code) {
    const ErrorKind kind = code == asio::error::access_denied ? ErrorKind::Denied : ErrorKind::Unavailable;
    return failure(kind, "cannot listen on " + options_.listen + ": " + code.message());
  };
  Code code;
  const Tcp::endpoint endpoint(asio::ip::make_address(where->host, code), where->port);
  if (code) return refuse(code);
  if (acceptor_.open(endpoint.protocol(), code); code) return refuse(code);
  if (acceptor_.set_option(Tcp::acceptor::reuse_address(true), code); code) return refuse(code);
  if (acceptor_.bind(endpoint, code); code) return refuse(code);
  if (acceptor_.listen(asio::socket_base::max_listen_connections, code); code) return refuse(code);
  const Tcp::endpoint bound = acceptor_.local_endpoint(code);
  if (code) return refuse(code);
  const std::string host = bound.address().to_string();
  address_ = (bound.address().is_v6() ? '[' + host + ']' : host) + ':' + std::to_string(bound.port());
  loopback_ = bound.address().is_loopback();
  asio::post(acceptor_.get_executor(), [this] { accept(); });
  for (unsigned i = 0; i < std::max(1U, options_.threads); ++i)
    threads_.emplace_back([this] { (void)io_.run(); });
  return {};
}

void HttpServer::Impl::accept() {
  acceptor_.async_accept(asio::make_strand(io_),
                         [this](Code code, Tcp::socket socket) { on_accept(code, std::move(socket)); });
}

void HttpServer::Impl::on_accept(Code code, Tcp::socket socket) {
  if (stopping_ || code == asio::error::operation_aborted) return;
  if (code)
    return after(kAcceptPause, [this] { asio::post(acceptor_.get_executor(), [this] { accept(); }); });
  Code ignored;
  forgive(socket.set_option(Tcp::no_delay(true), ignored));
  const std::size_t count = connection_count_.load();
  // Beyond the limit a few are told why; the rest of a flood is dropped when `socket` goes out of scope.
  if (count < options_.connections_max + kToldMax)
    std::make_shared<Connection>(std::move(socket), *this)->start(count >= options_.connections_max);
  accept();
}

void HttpServer::Impl::after(std::chrono::milliseconds delay, std::function<void()> work) {
  auto timer = std::make_shared<asio::steady_timer>(io_, delay);
  timer->async_wait([timer, work = std::move(work)](Code code) {
    if (!code) work();
  });
}

void HttpServer::Impl::joined(Connection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.insert(connection);
  connection_count_.store(connections_.size());
}

void HttpServer::Impl::left(Connection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
  connection_count_.store(connections_.size());
  changed_.notify_all();
}

bool HttpServer::Impl::reserve(std::size_t bytes) {
  if (body_bytes_.fetch_add(bytes) + bytes <= options_.body_bytes_in_flight_max) return true;
  body_bytes_.fetch_sub(bytes);
  return false;
}

void HttpServer::Impl::stop() {
  if (joined_) return;
  joined_ = true;
  stopping_ = true;
  asio::post(acceptor_.get_executor(), [this] {
    Code ignored;
    forgive(acceptor_.close(ignored));
  });
  std::unique_lock lock(mutex_);
  for (Connection* connection : connections_) connection->end_soon();
  (void)changed_.wait_for(lock, options_.stop_timeout, [this] { return connections_.empty(); });
  lock.unlock();
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
}

std::uint64_t request_memory_max(const HttpServerOptions& options) {
  return options.connections_max * (options.header_bytes_max + options.target_bytes_max) +
         2 * options.body_bytes_in_flight_max;
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options, RandomSource& random,
                                                      HttpHandler handler) {
  std::unique_ptr<HttpServer> server(
      new HttpServer(std::make_unique<Impl>(options, random, std::move(handler))));
  if (const auto listening = server->impl_->listen(); !listening) return failure(listening.error());
  return server;
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { stop(); }
const std::string& HttpServer::address() const { return impl_->address_; }
bool HttpServer::loopback() const { return impl_->loopback_; }
void HttpServer::after(std::chrono::milliseconds delay, std::function<void()> work) {
  impl_->after(delay, std::move(work));
}
std::size_t HttpServer::connections() const { return impl_->connection_count_; }
void HttpServer::stop() { impl_->stop(); }

}  // namespace countersign
