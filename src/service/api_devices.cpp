// SPDX-License-Identifier: Apache-2.0
#include "api_devices.hpp"

#include <array>
#include <memory>

#include "problem.hpp"

namespace linnet::service {
namespace {

enum : std::size_t { kList, kShow, kRemove, kOperate, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/devices", Access::View},
    {"GET", "/api/v1/devices/{endpoint}", Access::View},
    {"DELETE", "/api/v1/devices/{endpoint}", Access::Operate},
    {"POST", "/api/v1/devices/{endpoint}/operations", Access::Operate},
}};

/// Where `{endpoint}` stands in the pieces of a path.
constexpr std::size_t kEndpoint = 3;

}  // namespace

std::span<const Route> device_routes() { return kRoutes; }

void DeviceApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  switch (route) {
    case kList: return list(request, responder);
    case kShow: return show(request, responder);
    case kRemove: return remove(request, responder);
    case kOperate: return operate(request, responder);
    default: break;
  }
}

void DeviceApi::list(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"cursor", "limit", "q", "sort", "object"});
  auto query = DeviceQuery::parse(request.find("cursor"), request.find("limit"), request.find("q"),
                                  request.find("sort"), request.find("object"));
  auto search = std::make_shared<DeviceSearch>(std::move(query), desk_.secure());
  shard_.run(responder, [this, search](const Responder& reply) {
    shard_.add_job([this, search, reply] {
      if (!search->step(desk_.shard())) return false;
      reply.send(json_response(search->page(desk_.shard())));
      return true;
    });
  });
}

void DeviceApi::show(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, endpoint = request.segments[kEndpoint]](const Responder& reply) {
    const auto device = desk_.device(endpoint);
    const DeviceModel model(desk_.models(), &device);
    reply.send(json_response(device_details(desk_.shard(), device, desk_.surroundings(), model)));
  });
}

void DeviceApi::remove(const ApiRequest& request, const Responder& responder) {
  shard_.run(responder, [this, endpoint = request.segments[kEndpoint]](const Responder& reply) {
    desk_.remove(endpoint);
    reply.send(no_content());
  });
}

void DeviceApi::operate(ApiRequest& request, const Responder& responder) {
  check_json_body(request);
  auto operation = parse_operation(request.body);
  shard_.run(responder,
             [this, endpoint = request.segments[kEndpoint], operation = std::move(operation)](
                 const Responder& reply) { desk_.perform(endpoint, operation, reply); });
}

}  // namespace linnet::service
