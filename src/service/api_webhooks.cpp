// SPDX-License-Identifier: Apache-2.0
#include "api_webhooks.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

enum : std::size_t { kList, kShow, kPut, kRemove, kTest, kResume, kMqtt, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/webhooks", Access::View},
    {"GET", "/api/v1/webhooks/{name}", Access::View},
    {"PUT", "/api/v1/webhooks/{name}", Access::Administer},
    {"DELETE", "/api/v1/webhooks/{name}", Access::Administer},
    {"POST", "/api/v1/webhooks/{name}/test", Access::Operate},
    {"POST", "/api/v1/webhooks/{name}/resume", Access::Operate},
    {"GET", "/api/v1/mqtt", Access::View},
}};

json::object to_json(const WebhookSender::TestResult& result) {
  json::object out{{"elapsedMs", result.elapsed_ms}};
  if (result.status != 0) out["status"] = result.status;
  if (!result.error.empty()) out["error"] = result.error;
  return out;
}

}  // namespace

std::span<const Route> webhook_routes() { return kRoutes; }

void WebhookApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  if (route == kMqtt) return responder.send(mqtt());
  if (route == kPut) check_json_body(request);
  // /api/v1/webhooks/{name}
  std::string name = request.segments.size() > 3 ? std::move(request.segments[3]) : std::string();
  shard_.run(responder, [this, route, name = std::move(name), body = std::move(request.body)](
                            const Responder& reply) { answer(route, name, body, reply); });
}

HttpResponse WebhookApi::mqtt() const {
  const auto found = mqtt_.status();
  if (!found) {
    return json_response(
        json::object{{"enabled", false}, {"connected", false}, {"published", 0}, {"lag", 0}});
  }
  const auto& status = *found;
  json::object out{{"enabled", true},
                   {"connected", status.connected},
                   {"published", status.published},
                   {"refused", status.refused},
                   {"lag", log_.count_between(status.position, log_.latest() + 1)}};
  if (!status.error.empty()) out["error"] = status.error;
  return json_response(out);
}

void WebhookApi::answer(std::size_t route, const std::string& name, const std::string& body,
                        const Responder& reply) {
  switch (route) {
    case kList: return reply.send(json_response(json::object{{"webhooks", desk_.list()}}));
    case kShow: return reply.send(json_response(desk_.show(name)));
    case kPut: {
      const auto put = desk_.put(name, body);
      return shard_.send_when_stored(reply, json_response(put.webhook, put.created ? 201 : 200));
    }
    case kRemove: desk_.remove(name); return shard_.send_when_stored(reply, no_content());
    case kTest:
      return desk_.test(name, [reply](const WebhookSender::TestResult& result) {
        reply.send(json_response(to_json(result)));
      });
    case kResume:
      desk_.resume(name);
      return shard_.send_when_stored(reply, json_response(desk_.show(name)));
    default: break;
  }
}

}  // namespace linnet::service
