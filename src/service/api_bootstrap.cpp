// SPDX-License-Identifier: Apache-2.0
#include "api_bootstrap.hpp"

#include <array>

namespace linnet::service {
namespace {

enum : std::size_t { kList, kShow, kPut, kRemove, kPreview, kSessions, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/bootstrap/configurations", Access::View},
    {"GET", "/api/v1/bootstrap/configurations/{name}", Access::View},
    {"PUT", "/api/v1/bootstrap/configurations/{name}", Access::Administer},
    {"DELETE", "/api/v1/bootstrap/configurations/{name}", Access::Administer},
    {"POST", "/api/v1/bootstrap/configurations/{name}/preview", Access::View},
    {"GET", "/api/v1/bootstrap/sessions", Access::View},
}};

/// Where `{name}` stands in the pieces of a path.
constexpr std::size_t kName = 4;
constexpr std::size_t kMaxSessions = 256;

}  // namespace

std::span<const Route> bootstrap_routes() { return kRoutes; }

void BootstrapApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  if (route == kPut || route == kPreview) check_json_body(request);
  std::size_t limit = 50;
  std::string endpoint;
  if (route == kSessions) {
    allow_parameters(request, {"endpoint", "limit"});
    if (const auto* text = request.find("endpoint")) endpoint = *text;
    limit = number_parameter(request, "limit", 1, kMaxSessions, limit);
  } else {
    allow_parameters(request, {});
  }
  std::string name =
      route == kList || route == kSessions ? std::string() : std::move(request.segments[kName]);
  shard_.run(responder, [this, route, limit, endpoint = std::move(endpoint), name = std::move(name),
                         body = std::move(request.body)](const Responder& reply) {
    switch (route) {
      case kList: return reply.send(json_response(desk_.list()));
      case kShow: return reply.send(json_response(desk_.show(name)));
      case kPut: {
        const auto put = desk_.put(name, body);
        return reply.send(json_response(put.configuration, put.created ? 201 : 200));
      }
      case kRemove: {
        desk_.remove(name);
        return reply.send(no_content());
      }
      case kPreview: return reply.send(json_response(desk_.preview(name, body)));
      case kSessions: return reply.send(json_response(desk_.sessions(endpoint, limit)));
      default: break;
    }
  });
}

}  // namespace linnet::service
