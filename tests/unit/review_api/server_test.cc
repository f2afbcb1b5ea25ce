// SPDX-License-Identifier: Apache-2.0
#include "review-api/server.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/unit/review_api/wire.h"

namespace countersign::test {
namespace {

using std::chrono::milliseconds;

/// A server whose handler says what it got.
class HttpServerTest : public testing::Test {
 protected:
  void start() {
    options_.listen = "127.0.0.1:0";
    auto server = HttpServer::start(options_, random_, [this](HttpRequest request, Respond respond) {
      ++handled_;
      if (handler_) return handler_(std::move(request), std::move(respond));
      respond({200, std::string(kTextType), request.method + ' ' + request.target + ' ' + request.body, {}});
    });
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  const std::string& address() const { return server_->address(); }
  WireAnswer one(std::string_view text) {
    Wire wire(address());
    EXPECT_TRUE(wire.send(text));
    auto answer = wire.read();
    if (!answer) ADD_FAILURE() << "no answer";
    return answer.value_or(WireAnswer{});
  }

  HttpServerOptions options_;
  SystemRandom random_;
  HttpHandler handler_;
  std::atomic<int> handled_{0};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnyFreePortIsBoundAndSaid) {
  start();
  EXPECT_TRUE(address().starts_with("127.0.0.1:"));
  EXPECT_NE(address(), "127.0.0.1:0");
  EXPECT_TRUE(server_->loopback());
  EXPECT_EQ(fetch(address(), "GET", "/x?y=1").body, "GET /x?y=1 ");
}

TEST_F(HttpServerTest, PortInUseIsSaidWithItsAddress) {
  start();
  HttpServerOptions same;
  same.listen = address();
  const auto second = HttpServer::start(same, random_, [](HttpRequest, Respond) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Unavailable);
  EXPECT_NE(second.error().message.find(address()), std::string::npos);
  EXPECT_NE(second.error().message.find("already in use"), std::string::npos) << second.error().message;
}

TEST_F(HttpServerTest, AddressesThatCannotBeReadAreRefused) {
  for (const char* listen : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                             "name:80", "::1:80", "[127.0.0.1]:80", "127.0.0.1:80x", "[]:80"}) {
    HttpServerOptions options;
    options.listen = listen;
    const auto server = HttpServer::start(options, random_, [](HttpRequest, Respond) {});
    ASSERT_FALSE(server) << listen;
    EXPECT_EQ(server.error().kind, ErrorKind::InvalidArgument) << listen;
    EXPECT_NE(server.error().message.find('`' + std::string(listen) + '`'), std::string::npos);
  }
}

TEST_F(HttpServerTest, EveryAnswerHasTheSecurityHeadersAndNoBanner) {
  start();
  const WireAnswer answer = fetch(address(), "GET", "/");
  EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
  EXPECT_EQ(answer.headers.at("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.headers.at("referrer-policy"), "no-referrer");
  EXPECT_EQ(answer.headers.at("content-type"), kTextType);
  EXPECT_EQ(answer.headers.count("date"), 1U);
  EXPECT_EQ(answer.headers.count("server"), 0U);
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  Wire wire(address());
  std::string all;
  for (int i = 0; i < 50; ++i)
    all += request_text(i % 2 == 0 ? "GET" : "POST", "/" + std::to_string(i), {}, i % 2 == 0 ? "" : "body");
  ASSERT_TRUE(wire.send(all));
  for (int i = 0; i < 50; ++i) {
    const auto answer = wire.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body,
              (i % 2 == 0 ? "GET /" : "POST /") + std::to_string(i) + (i % 2 == 0 ? " " : " body"));
  }
}

TEST_F(HttpServerTest, AnswersFromAnotherThreadKeepThePipelineInOrder) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  handler_ = [&](HttpRequest request, Respond respond) {
    const std::lock_guard lock(mutex);
    threads.emplace_back(
        [respond, target = request.target] { respond({200, std::string(kTextType), target, {}}); });
  };
  start();
  Wire wire(address());
  std::string all;
  for (int i = 0; i < 20; ++i) all += request_text("GET", "/" + std::to_string(i));
  ASSERT_TRUE(wire.send(all));
  for (int i = 0; i < 20; ++i) {
    const auto answer = wire.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "/" + std::to_string(i));
  }
  server_->stop();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(HttpServerTest, HeadHasTheHeaderOfGetWithoutABody) {
  start();
  Wire wire(address());
  ASSERT_TRUE(wire.send(request_text("HEAD", "/abc") + request_text("GET", "/next")));
  const auto head = wire.read(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->headers.at("content-length"), "10");
  EXPECT_EQ(wire.read()->body, "GET /next ");
}

TEST_F(HttpServerTest, ConnectionEndsWhereTheClientWantsItAndInHttp10) {
  start();
  Wire close(address());
  ASSERT_TRUE(close.send(request_text("GET", "/", {{"Connection", "close"}})));
  EXPECT_EQ(close.read()->headers.at("connection"), "close");
  EXPECT_TRUE(close.at_end());
  Wire old(address());
  ASSERT_TRUE(old.send("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(old.read()->status, 200U);
  EXPECT_TRUE(old.at_end());
}

TEST_F(HttpServerTest, ABodyWaitsForItsContinue) {
  start();
  Wire wire(address());
  ASSERT_TRUE(wire.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
  EXPECT_EQ(wire.read(true)->status, 100U);
  ASSERT_TRUE(wire.send("body"));
  EXPECT_EQ(wire.read()->body, "POST / body");
}

TEST_F(HttpServerTest, ChunkedBodiesArePutTogether) {
  start();
  EXPECT_EQ(
      one("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n")
          .body,
      "POST / body");
}

struct Refusal {
  const char* name;
  std::string text;
  unsigned status;
};

TEST_F(HttpServerTest, WhatIsNotOursIsRefusedWithoutTheHandler) {
  start();
  const std::string big(17 * 1024, 'a');
  const std::vector<Refusal> cases{
      {"rubbish", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"bad length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n", 400},
      {"negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
      {"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"length and chunks",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"other encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
      {"a coding besides chunked",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
      {"bad chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx", 417},
      {"long target", "GET /" + std::string(9 * 1024, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"large header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + big + "\r\n\r\n", 431},
      {"announced body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413},
      {"body of 1 GB", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n", 413},
      {"chunk of 1 GB", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3b9aca00\r\n", 413},
  };
  for (const Refusal& refusal : cases) {
    SCOPED_TRACE(refusal.name);
    Wire wire(address());
    ASSERT_TRUE(wire.send(refusal.text));
    const auto answer = wire.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, refusal.status) << answer->body;
    EXPECT_EQ(answer->headers.at("content-type"), kProblemType);
    EXPECT_EQ(answer->headers.at("connection"), "close");
    EXPECT_TRUE(wire.at_end());
  }
  EXPECT_EQ(handled_, 0);
  EXPECT_EQ(fetch(address(), "GET", "/").status, 200U);
}

TEST_F(HttpServerTest, ABodyOfOneGigabyteIsCutOffEarly) {
  start();
  Wire wire(address());
  ASSERT_TRUE(wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"));
  const std::string piece(1024 * 1024, 'x');
  std::size_t sent = 0;
  while (sent < 1'000'000'000 && wire.send(piece)) sent += piece.size();
  EXPECT_LT(sent, 64U * 1024 * 1024);  // what sockets buffer, and what is drained
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, ASlowHeaderAndASlowBodyGetATimeout) {
  options_.header_timeout = milliseconds(200);
  options_.body_timeout = milliseconds(200);
  start();
  for (const char* part : {"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
                           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"}) {
    Wire wire(address());
    ASSERT_TRUE(wire.send(part));
    const auto answer = wire.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408U);
    EXPECT_TRUE(wire.at_end());
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, AClientThatTricklesIsCutOffAllTheSame) {
  options_.header_timeout = milliseconds(300);
  start();
  Wire wire(address());
  std::jthread trickle([&](const std::stop_token& stop) {
    (void)wire.send("GET / HTTP/1.1\r\nHost: a\r\n");
    std::mutex mutex;
    std::condition_variable_any beat;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested() && wire.send("X: y\r\n"))
      (void)beat.wait_for(lock, stop, milliseconds(20), [] { return false; });
  });
  const auto answer = wire.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408U);
}

TEST_F(HttpServerTest, IdleConnectionsEnd) {
  options_.idle_timeout = milliseconds(100);
  start();
  Wire wire(address());
  EXPECT_TRUE(wire.at_end());
  Wire used(address());
  ASSERT_TRUE(used.send(request_text("GET", "/")));
  EXPECT_TRUE(used.read());
  EXPECT_TRUE(used.at_end());
}

TEST_F(HttpServerTest, MoreConnectionsThanTheLimitAreTurnedAway) {
  options_.connections_max = 2;
  start();
  Wire first(address());
  Wire second(address());
  ASSERT_TRUE(first.send(request_text("GET", "/")) && first.read());
  ASSERT_TRUE(second.send(request_text("GET", "/")) && second.read());
  Wire third(address());
  const auto answer = third.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503U);
  EXPECT_EQ(answer->headers.at("retry-after"), "1");
}

TEST_F(HttpServerTest, BodiesInFlightAreBounded) {
  options_.body_bytes_in_flight_max = 1000;
  start();
  Wire first(address());
  ASSERT_TRUE(first.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nx"));
  // The first body's room is taken once its header was read; until then the second may pass.
  WireAnswer answer;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  do {
    answer = fetch(address(), "POST", "/", {}, std::string(500, 'y'));
  } while (answer.status != 503 && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(answer.status, 503U);
  ASSERT_TRUE(first.send(std::string(899, 'x')));
  EXPECT_EQ(first.read()->status, 200U);
  EXPECT_EQ(fetch(address(), "POST", "/", {}, std::string(500, 'y')).status, 200U);
}

TEST_F(HttpServerTest, ForgedRequestIdsAreReplacedAndGoodOnesKept) {
  start();
  for (const std::string& forged :
       {std::string("a b"), std::string("a,b"), std::string("a\"b"), std::string(65, 'a'),
        std::string("\xc3\xa9"), std::string("a%0d%0aSet-Cookie:x=y"), std::string("")}) {
    const WireAnswer answer = fetch(address(), "GET", "/", {{"X-Request-Id", forged}});
    EXPECT_NE(answer.headers.at("x-request-id"), forged);
    EXPECT_TRUE(answer.headers.at("x-request-id").starts_with("r-"));
  }
  EXPECT_EQ(fetch(address(), "GET", "/", {{"X-Request-Id", "job-7.3_A"}}).headers.at("x-request-id"),
            "job-7.3_A");
  // A bare CR or LF never becomes a line of its own in the answer.
  const WireAnswer split = one("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\nSet-Cookie: x=y\r\n\r\n");
  EXPECT_EQ(split.headers.count("set-cookie"), 0U);
}

TEST_F(HttpServerTest, ProtocolRefusalsAreCounted) {
  std::atomic<unsigned> last{0};
  options_.on_refusal = [&](unsigned status) { last = status; };
  start();
  EXPECT_EQ(one("GET / HTTP/1.1\r\n\r\n").status, 400U);
  EXPECT_EQ(last, 400U);
}

TEST_F(HttpServerTest, StopLetsARunningRequestEndAndEndsIdleConnections) {
  std::mutex mutex;
  std::condition_variable arrived;
  std::optional<Respond> waiting;
  handler_ = [&](HttpRequest, Respond respond) {
    const std::lock_guard lock(mutex);
    waiting = std::move(respond);
    arrived.notify_all();
  };
  start();
  Wire idle(address());
  Wire busy(address());
  ASSERT_TRUE(busy.send(request_text("GET", "/")));
  std::unique_lock lock(mutex);
  ASSERT_TRUE(arrived.wait_for(lock, std::chrono::seconds(20), [&] { return waiting.has_value(); }));
  std::thread stopper([&] { server_->stop(); });
  EXPECT_TRUE(idle.at_end());
  while (takes_connections(address())) std::this_thread::yield();  // nothing but the running request is left
  (*waiting)({200, std::string(kTextType), "late", {}});
  waiting.reset();
  const auto answer = busy.read();
  stopper.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "late");
  EXPECT_EQ(answer->headers.at("connection"), "close");
}

TEST_F(HttpServerTest, StopEndsInBoundedTimeWhenAHandlerNeverAnswers) {
  options_.stop_timeout = milliseconds(200);
  std::vector<Respond> kept;
  handler_ = [&](HttpRequest, Respond respond) { kept.push_back(std::move(respond)); };
  start();
  Wire wire(address());
  ASSERT_TRUE(wire.send(request_text("GET", "/")));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (handled_ == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  const auto begun = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  kept.clear();
}

TEST_F(HttpServerTest, DamagedRequestsGetAnAnswerOrTheEndOfTheConnection) {
  options_.header_timeout = milliseconds(200);
  options_.body_timeout = milliseconds(200);
  start();
  SeededRandom random(20'260);
  for (int round = 0; round < 200; ++round) {
    std::string text = request_text("GET", "/abc", {{"X-One", "1"}, {"Content-Length", "0"}});
    for (int change = 0; change < 8; ++change) {
      const auto bytes = random.bytes<2>();
      text[bytes[0] % text.size()] = static_cast<char>(bytes[1]);
    }
    Wire wire(address());
    (void)wire.send(text + "\r\n\r\n\r\n\r\n");
    const auto answer = wire.read();
    if (!answer) continue;
    EXPECT_TRUE(answer->status == 200 || (answer->status >= 400 && answer->status < 500)) << answer->head;
  }
  EXPECT_EQ(fetch(address(), "GET", "/").status, 200U);
}

}  // namespace
}  // namespace countersign::test
