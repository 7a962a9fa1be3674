// SPDX-License-Identifier: Apache-2.0
#include "api_server.hpp"

#include <array>

#include <linnet/service/service.hpp>

#include "api.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

enum : std::size_t { kHealth, kReady, kVersion, kOpenapi, kMetrics, kOverview, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/healthz", Access::Open},
    {"GET", "/readyz", Access::Open},
    {"GET", "/version", Access::Open},
    {"GET", "/openapi.yaml", Access::Open},
    {"GET", "/metrics", Access::View},
    {"GET", "/api/v1/overview", Access::View},
}};

}  // namespace

std::span<const Route> server_routes() { return kRoutes; }

void ServerApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
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
    case kMetrics: return metrics(responder);
    case kOverview: return overview(request, responder);
    default: break;
  }
}

void ServerApi::ready(const Responder& responder) {
  shard_.run(responder, [this](const Responder& reply) {
    if (!store_.problem().empty()) {
      throw store_failing("nothing can be stored, so nobody may register: " + store_.problem());
    }
    reply.send(json_response(
        {{"status", "ready"}, {"registrations", desk_.shard().counters().registrations}}));
  });
}

void ServerApi::overview(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder,
             [this](const Responder& reply) { reply.send(json_response(insight_.overview())); });
}

void ServerApi::metrics(const Responder& responder) {
  shard_.run(responder, [this](const Responder& reply) {
    HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = insight_.metrics().text();
    reply.send(std::move(response));
  });
}

}  // namespace linnet::service
