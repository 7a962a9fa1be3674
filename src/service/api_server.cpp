// SPDX-License-Identifier: Apache-2.0
#include "api_server.hpp"

#include <array>

#include <linnet/service/service.hpp>

#include "api.hpp"

namespace linnet::service {
namespace {

enum : std::size_t { kHealth, kReady, kVersion, kOpenapi, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/healthz", Access::Open},
    {"GET", "/readyz", Access::Open},
    {"GET", "/version", Access::Open},
    {"GET", "/openapi.yaml", Access::Open},
}};

}  // namespace

std::span<const Route> server_routes() { return kRoutes; }

void ServerApi::handle(std::size_t route, ApiRequest&, const Responder& responder) {
  switch (route) {
    case kHealth: return responder.send(json_response({{"status", "ok"}}));
    case kReady: return ready(responder);
    case kVersion:
      return responder.send(
          json_response({{"name", "linnet"}, {"version", version()}, {"api", "v1"}}));
    case kOpenapi: {
      HttpResponse response;
      response.content_type = "application/yaml";
      response.body = openapi_yaml();
      return responder.send(std::move(response));
    }
    default: break;
  }
}

void ServerApi::ready(const Responder& responder) {
  shard_.run(responder, [this](const Responder& reply) {
    reply.send(json_response(
        {{"status", "ready"}, {"registrations", desk_.shard().counters().registrations}}));
  });
}

}  // namespace linnet::service
