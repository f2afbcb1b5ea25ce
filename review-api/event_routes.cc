// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "review-api/handlers.h"
#include "review-api/page.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

// Shorter than the time after which senders give up by themselves.
constexpr std::chrono::seconds kDurableWait{30};
constexpr std::uint32_t kRetrySeconds = 2;

/// One request that waits until its events are durable. `finish` takes only the first answer.
struct Waiting {
  Finish finish;
};

Problem to_event_problem(const Error& error) {
  Problem problem = to_problem(error);
  switch (error.kind) {
    case ErrorKind::InvalidArgument: problem.kind = ProblemKind::BadRequest; break;
    case ErrorKind::LimitExceeded: problem.kind = ProblemKind::BodyTooLarge; break;
    case ErrorKind::Unavailable: problem.retry_after_seconds = kRetrySeconds; break;
    default: break;
  }
  return problem;
}

HttpResponse to_answer(const EventReceipt& receipt) {
  return json_response(200, json::object{{"source", valid_utf8(receipt.source)},
                                         {"accepted", receipt.accepted},
                                         {"first_offset", receipt.first_offset},
                                         {"last_offset", receipt.last_offset}});
}

void give_up_later(const Services& services, const std::shared_ptr<Waiting>& waiting) {
  services.server.after(kDurableWait, [weak = std::weak_ptr(waiting)] {
    const auto late = weak.lock();
    if (!late) return;
    late->finish(refusal(Problem{.kind = ProblemKind::Unavailable,
                                 .detail = "The events were not durable within " +
                                           std::to_string(kDurableWait.count()) +
                                           " s. They may become so; send them again all the same.",
                                 .retry_after_seconds = kRetrySeconds}));
  });
}

}  // namespace

void send_events(const Services& services, std::shared_ptr<const Call> call, Finish finish) {
  const std::string_view encoding = call->request.header("content-encoding");
  if (!encoding.empty() && encoding != "gzip" && encoding != "identity")
    return finish(refusal(
        Problem{.kind = ProblemKind::UnsupportedMediaType, .detail = "The only Content-Encoding is gzip."}));
  if (call->request.body.empty())
    return finish(refusal(Problem{.kind = ProblemKind::BadRequest, .detail = "The request has no body."}));
  if (!services.events.send)
    return finish(refusal(Problem{.kind = ProblemKind::NotFound,
                                  .detail = "This server takes no events: it has no source http:NAME."}));
  EventBatch batch;
  batch.source = call->target.parameter("source").value_or("");
  batch.body = call->request.body;
  batch.lines = !is_json_type(call->request.header("content-type"));
  batch.gzip = encoding == "gzip";
  const auto waiting = std::make_shared<Waiting>(Waiting{finish});
  // Unpacking and cutting take milliseconds; the threads of the server have others to serve.
  const bool queued = services.writes.post([&services, call, waiting, batch = std::move(batch)]() mutable {
    guard(services, call, waiting->finish, [&] {
      services.events.send(std::move(batch), [waiting](const Result<EventReceipt>& receipt) {
        waiting->finish(receipt ? Reply(to_answer(*receipt)) : refusal(to_event_problem(receipt.error())));
      });
    });
  });
  if (!queued)
    return finish(refusal(Problem{.kind = ProblemKind::Unavailable,
                                  .detail = "Too many such requests are waiting.",
                                  .retry_after_seconds = kRetrySeconds}));
  give_up_later(services, waiting);
}

}  // namespace countersign
