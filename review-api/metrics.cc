// SPDX-License-Identifier: Apache-2.0
#include "review-api/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>
#include <vector>

#include "core/random.h"
#include "review-api/http_metrics.h"
#include "review-api/problem.h"
#include "review-api/process_metrics.h"
#include "review-api/server.h"
#include "review-api/store_metrics.h"

namespace countersign {
namespace {

constexpr std::string_view kExposition = "text/plain; version=0.0.4; charset=utf-8";

HttpServerOptions server_options(const std::string& listen) {
  HttpServerOptions options;
  options.listen = listen;
  options.threads = 1;
  options.body_bytes_max = 0;
  options.connections_max = 64;
  return options;
}

}  // namespace

class MetricsServer::Impl {
 public:
  Result<void> start(const std::string& listen) {
    auto server = HttpServer::start(
        server_options(listen), random_,
        [this](const HttpRequest& request, const Respond& respond) { respond(answer(request)); });
    if (!server) return failure(server.error());
    server_ = std::move(*server);
    return {};
  }

  void add(std::shared_ptr<prometheus::Collectable> collectable) {
    const std::lock_guard lock(mutex_);
    collectables_.push_back(std::move(collectable));
  }

  const std::string& address() const { return server_->address(); }
  void stop() {
    if (server_) server_->stop();
  }

 private:
  HttpResponse answer(const HttpRequest& request) const {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (path != "/metrics")
      return to_response({.kind = ProblemKind::NotFound, .detail = "Here is only /metrics."},
                         request.request_id, path);
    if (request.method != "GET" && request.method != "HEAD")
      return to_response({.kind = ProblemKind::MethodNotAllowed, .detail = "This address offers GET, HEAD."},
                         request.request_id, path)
          .with("Allow", "GET, HEAD");
    return {200, std::string(kExposition), text(), {}};
  }

  std::string text() const {
    std::vector<prometheus::MetricFamily> families;
    const std::lock_guard lock(mutex_);
    for (const auto& collectable : collectables_) {
      auto collected = collectable->Collect();
      families.insert(families.end(), std::make_move_iterator(collected.begin()),
                      std::make_move_iterator(collected.end()));
    }
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families);
    return out.str();
  }

  SystemRandom random_;  // for request ids alone
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables_;  // guarded by mutex_
  std::unique_ptr<HttpServer> server_;                                  // last: it uses all others
};

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsServer::~MetricsServer() { impl_->stop(); }

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& listen) {
  std::unique_ptr<MetricsServer> server(new MetricsServer(std::make_unique<Impl>()));
  server->add(process_metrics());
  if (auto started = server->impl_->start(listen); !started) return failure(started.error());
  return server;
}

const std::string& MetricsServer::address() const { return impl_->address(); }

void MetricsServer::add_build(const std::string& version, const std::string& revision) {
  auto registry = std::make_shared<prometheus::Registry>();
  prometheus::BuildGauge()
      .Name("countersign_build_info")
      .Help("1, labelled with what was built.")
      .Register(*registry)
      .Add({{"version", version}, {"revision", revision}})
      .Set(1);
  add(std::move(registry));
}

void MetricsServer::add_store(const Store& store, const Clock& clock, std::vector<std::string> sources) {
  add(store_metrics(store, clock, std::move(sources)));
}
void MetricsServer::add_http(const std::shared_ptr<HttpMetrics>& metrics) { add(metrics->collectable()); }
void MetricsServer::add(std::shared_ptr<prometheus::Collectable> collectable) {
  impl_->add(std::move(collectable));
}
void MetricsServer::stop() { impl_->stop(); }

}  // namespace countersign
