// SPDX-License-Identifier: Apache-2.0
#include "review-api/client.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

namespace countersign {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::chrono::seconds kTimeout{60};
constexpr std::uint64_t kAnswerBytesMax = 64ULL << 20U;

using Request = http::request<http::string_body>;

/// Beast's time-outs work with asynchronous calls only; each step runs the context until that step is done.
class Exchange {
 public:
  Result<HttpAnswer> run(bool tls, const std::string& host, const std::string& port, const Request& request) {
    asio::ip::tcp::resolver resolver(context_);
    beast::error_code error;
    const auto addresses = resolver.resolve(host, port, error);
    if (error) return problem("cannot resolve", error);
    if (!tls) {
      beast::tcp_stream stream(context_);
      if (auto connected = connect(stream, addresses); !connected) return failure(connected.error());
      return talk(stream, stream, request);
    }
    asio::ssl::context trust(asio::ssl::context::tls_client);
    if (trust.set_default_verify_paths(error)) return problem("cannot read the trusted authorities", error);
    beast::ssl_stream<beast::tcp_stream> stream(context_, trust);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
    if (SSL_set_tlsext_host_name(stream.native_handle(), host.c_str()) != 1) {
      return failure(ErrorKind::InvalidArgument, fmt::format("{} cannot be a TLS server name", host));
    }
    beast::tcp_stream& lowest = beast::get_lowest_layer(stream);
    if (auto connected = connect(lowest, addresses); !connected) return failure(connected.error());
    error = asio::error::would_block;
    lowest.expires_after(kTimeout);
    stream.async_handshake(asio::ssl::stream_base::client,
                           [&error](beast::error_code code) { error = code; });
    finish_step();
    if (error) return problem("TLS handshake failed", error);
    return talk(stream, lowest, request);
  }

 private:
  static tl::unexpected<Error> problem(std::string_view what, const beast::error_code& error) {
    return failure(ErrorKind::Unavailable, fmt::format("{}: {}", what, error.message()));
  }

  void finish_step() {
    context_.restart();
    context_.run();
  }

  Result<void> connect(beast::tcp_stream& stream, const asio::ip::tcp::resolver::results_type& addresses) {
    beast::error_code error = asio::error::would_block;
    stream.expires_after(kTimeout);
    stream.async_connect(addresses, [&error](beast::error_code code, const auto&) { error = code; });
    finish_step();
    if (error) return problem("cannot connect", error);
    return {};
  }

  template <class Stream>
  Result<HttpAnswer> talk(Stream& stream, beast::tcp_stream& lowest, const Request& request) {
    beast::error_code error = asio::error::would_block;
    lowest.expires_after(kTimeout);
    http::async_write(stream, request, [&error](beast::error_code code, std::size_t) { error = code; });
    finish_step();
    // A server may answer and close before it has read everything (413): the answer is still worth reading.
    const beast::error_code write_error = error;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kAnswerBytesMax);
    beast::flat_buffer buffer;
    error = asio::error::would_block;
    lowest.expires_after(kTimeout);
    http::async_read(stream, buffer, parser, [&error](beast::error_code code, std::size_t) { error = code; });
    finish_step();
    if (error) return problem("no answer", write_error ? write_error : error);
    HttpAnswer answer;
    answer.status = parser.get().result_int();
    for (const auto& field : parser.get()) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
      answer.headers[name] = std::string(field.value());
    }
    answer.body = std::move(parser.get().body());
    return answer;
  }

  asio::io_context context_;
};

}  // namespace

Result<HttpClient> HttpClient::to(const std::string& server) {
  HttpClient client;
  client.server_ = server;
  std::string_view rest = server;
  client.tls_ = rest.starts_with("https://");
  if (!client.tls_ && !rest.starts_with("http://")) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("server {}: http://HOST:PORT or https://HOST expected", server));
  }
  rest.remove_prefix(client.tls_ ? 8 : 7);
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  const std::size_t bracket = rest.rfind(']');
  const std::size_t colon = rest.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  client.host_ = std::string(has_port ? rest.substr(0, colon) : rest);
  client.port_ = has_port ? std::string(rest.substr(colon + 1)) : (client.tls_ ? "443" : "80");
  if (client.host_.size() > 2 && client.host_.front() == '[' && client.host_.back() == ']') {
    client.host_ = client.host_.substr(1, client.host_.size() - 2);
  }
  const bool digits = !client.port_.empty() && std::all_of(client.port_.begin(), client.port_.end(),
                                                           [](char c) { return c >= '0' && c <= '9'; });
  if (client.host_.empty() || client.host_.find('/') != std::string::npos || !digits) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("server {}: http://HOST:PORT or https://HOST expected", server));
  }
  return client;
}

Result<HttpAnswer> HttpClient::request(const std::string& method, const std::string& target,
                                       const Headers& headers, const std::string& body) const {
  Request request(http::string_to_verb(method), target, 11);
  request.set(http::field::host, host_ + ":" + port_);
  request.set(http::field::user_agent, "countersign");
  for (const auto& [name, value] : headers) request.set(name, value);
  if (!body.empty()) {
    request.set(http::field::content_type, "application/json");
    request.body() = body;
  }
  request.prepare_payload();
  try {
    Result<HttpAnswer> answer = Exchange().run(tls_, host_, port_, request);
    if (!answer) return failure(answer.error().kind, fmt::format("{}: {}", server_, answer.error().message));
    return answer;
  } catch (const std::exception& problem) {
    return failure(ErrorKind::Unavailable, fmt::format("{}: {}", server_, problem.what()));
  }
}

}  // namespace countersign
