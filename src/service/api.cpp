// SPDX-License-Identifier: Apache-2.0
#include "api.hpp"

#include "api_bootstrap.hpp"
#include "api_credentials.hpp"
#include "api_devices.hpp"
#include "api_events.hpp"
#include "api_messages.hpp"
#include "api_models.hpp"
#include "api_operations.hpp"
#include "api_server.hpp"
#include "api_values.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

bool matches(std::string_view pattern, const std::vector<std::string>& segments) {
  for (const auto& segment : segments) {
    if (pattern.empty()) return false;
    pattern.remove_prefix(1);
    const auto piece = pattern.substr(0, pattern.find('/'));
    const bool parameter = !piece.empty() && piece.front() == '{';
    if (parameter ? segment.empty() : piece != segment) return false;
    pattern.remove_prefix(piece.size());
  }
  return pattern.empty();
}

}  // namespace

std::vector<Route> all_routes() {
  std::vector<Route> all;
  for (const auto routes :
       {device_routes(), operation_routes(), message_routes(), value_routes(), event_routes(), model_routes(),
        bootstrap_routes(), credential_routes(), server_routes()}) {
    all.insert(all.end(), routes.begin(), routes.end());
  }
  return all;
}

void Api::add(ApiArea& area) {
  const auto routes = area.routes();
  for (std::size_t i = 0; i < routes.size(); ++i) entries_.push_back({routes[i], &area, i});
}

void Api::handle(HttpRequest request, Responder responder) {
  try {
    find_and_handle(request, responder);
  } catch (const Problem& problem) {
    responder.send(to_response(problem));
  }
}

void Api::find_and_handle(HttpRequest& request, const Responder& responder) {
  // A path may fit two patterns, one with a name where the other has a parameter: the name wins, by
  // the order in the table of the area.
  std::string allow;
  for (const auto& entry : entries_) {
    if (!matches(entry.route.pattern, request.segments)) continue;
    if (entry.route.method == request.method) {
      Caller caller = guard_.admit(request, entry.route.access);
      ApiRequest full{std::move(request), std::move(caller)};
      return entry.area->handle(entry.index, full, responder);
    }
    allow += (allow.empty() ? "" : ", ") + std::string(entry.route.method);
  }
  // Who may see nothing learns nothing of what there is.
  (void)guard_.admit(request, Access::View);
  if (!allow.empty()) {
    auto response = to_response(
        Problem(405, "method-not-allowed", "Method not allowed", request.path + " takes " + allow));
    response.allow = allow;
    return responder.send(std::move(response));
  }
  throw Problem(404, "no-such-path", "Nothing here",
                "there is nothing at " + request.path + "; see /openapi.yaml for what there is");
}

}  // namespace linnet::service
