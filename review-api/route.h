// SPDX-License-Identifier: Apache-2.0
// The one table of routes. A row without a permission or a handler does not compile. openapi.yaml has the
// same rows; a test compares them. Pure; any thread.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "review-api/call.h"
#include "review-api/permission.h"

namespace countersign {

/// What a body may be: JSON, or events in any of their forms.
enum class BodyForm : std::uint8_t { Json, Events };

using Handler = void (*)(const Services&, std::shared_ptr<const Call>, Finish);

struct Route {
  consteval Route(std::string_view verb, std::string_view pattern, Permission needed,
                  std::string_view parameters, Handler run, bool once = false, BodyForm form = BodyForm::Json)
      : method(verb),
        path(pattern),
        permission(needed),
        query(parameters),
        handler(run),
        idempotent(once),
        body(form) {}

  std::string_view method;
  /// `{name}` takes one segment, or its part before a literal `:word`; `{name...}` takes the rest, slashes
  /// included, and stands last.
  std::string_view path;
  Permission permission;
  std::string_view query;  // names of the query parameters, separated by spaces
  Handler handler;
  bool idempotent;  // takes Idempotency-Key; elsewhere the header is refused rather than ignored
  BodyForm body;
};

std::span<const Route> routes();

struct RouteMatch {
  const Route* route = nullptr;  // null: no such path, or not with this method
  std::map<std::string, std::string, std::less<>> parameters;
  std::vector<std::string_view> allowed;  // methods of this path, when the method is wrong
};

/// HEAD finds the route of GET. Literal segments win over parameters.
RouteMatch find_route(std::string_view method, const std::vector<std::string>& segments);

}  // namespace countersign
