// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/review_api/wire.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace countersign::test {
namespace {

constexpr int kPatienceMs = 20'000;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

int new_socket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

bool connects(int socket, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  const int parsed = inet_pton(AF_INET, address.substr(0, colon).c_str(), &where.sin_addr);
  return parsed == 1 && connect(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
}

}  // namespace

Wire::Wire(const std::string& address) : socket_(new_socket()) {
  if (!connects(socket_, address)) ADD_FAILURE() << "cannot connect to " << address;
}

bool takes_connections(const std::string& address) {
  const int tried = new_socket();
  const bool taken = connects(tried, address);
  (void)close(tried);
  return taken;
}

Wire::~Wire() { (void)close(socket_); }

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Wire::more() {
  pollfd waiting{socket_, POLLIN, 0};
  if (poll(&waiting, 1, kPatienceMs) <= 0) {
    ADD_FAILURE() << "the server neither answered nor ended the connection within 20 s";
    return false;
  }
  std::array<char, 16384> bytes{};
  const ssize_t got = recv(socket_, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<WireAnswer> Wire::read(bool head) {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  WireAnswer answer;
  answer.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(answer.head.find(' ') + 1)));
  for (std::size_t at = answer.head.find("\r\n") + 2; at < answer.head.size();) {
    const std::size_t line_end = answer.head.find("\r\n", at);
    const std::string line = answer.head.substr(at, line_end - at);
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    at = line_end + 2;
  }
  const auto length = answer.headers.find("content-length");
  const std::size_t bytes = head || length == answer.headers.end() ? 0 : std::stoul(length->second);
  while (buffer_.size() < bytes) {
    if (!more()) return std::nullopt;
  }
  answer.body = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return answer;
}

bool Wire::at_end() { return buffer_.empty() && !more() && buffer_.empty(); }

std::string request_text(std::string_view method, std::string_view target, const WireHeaders& headers,
                         std::string_view body) {
  std::string text = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\nHost: test.example\r\n";
  for (const auto& [name, value] : headers) text.append(name).append(": ").append(value).append("\r\n");
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text.append("\r\n").append(body);
}

WireAnswer fetch(const std::string& address, std::string_view method, std::string_view target,
                 const WireHeaders& headers, std::string_view body) {
  Wire wire(address);
  if (!wire.send(request_text(method, target, headers, body))) ADD_FAILURE() << "the request was not taken";
  auto answer = wire.read(method == "HEAD");
  if (!answer) {
    ADD_FAILURE() << "no answer to " << method << ' ' << target;
    return {};
  }
  return std::move(*answer);
}

}  // namespace countersign::test
