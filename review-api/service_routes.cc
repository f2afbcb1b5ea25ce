// SPDX-License-Identifier: Apache-2.0
#include "review-api/embedded.h"
#include "review-api/handlers.h"

namespace countersign {

Reply get_health(const Services&, const Call&) {
  return HttpResponse{200, std::string(kJsonType), R"({"status":"alive"})", {}};
}

Reply get_readiness(const Services& services, const Call&) {
  // Why it is not ready is for the operator's log: this answer is public.
  const bool ready = services.store.health().ready;
  HttpResponse response{ready ? 200U : 503U,
                        std::string(kJsonType),
                        ready ? R"({"status":"ready"})" : R"({"status":"not_ready"})",
                        {}};
  if (!ready) response.with("Retry-After", "1");
  return response;
}

Reply get_description(const Services&, const Call&) {
  return HttpResponse{200, std::string(kJsonType), std::string(openapi_json()), {}};
}

Reply get_manual(const Services&, const Call&) {
  return HttpResponse{200, "text/markdown; charset=utf-8", std::string(api_manual()), {}};
}

}  // namespace countersign
