// SPDX-License-Identifier: Apache-2.0
#include "api_rules.hpp"

#include <array>
#include <boost/json/array.hpp>

#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

enum : std::size_t { kList, kShow, kPut, kDrop, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/observe-rules", Access::View},
    {"GET", "/api/v1/observe-rules/{name}", Access::View},
    {"PUT", "/api/v1/observe-rules/{name}", Access::Operate},
    {"DELETE", "/api/v1/observe-rules/{name}", Access::Operate},
}};

/// Where `{name}` stands in the pieces of a path.
constexpr std::size_t kName = 3;

Problem no_such_rule(const std::string& name) {
  return {404, "rule-not-found", "No such rule", "there is no observe rule \"" + name + "\""};
}

}  // namespace

std::span<const Route> rule_routes() { return kRoutes; }

void RuleApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  switch (route) {
    case kList: return list(request, responder);
    case kShow: return show(request, responder);
    case kPut: return put(request, responder);
    case kDrop: return drop(request, responder);
    default: break;
  }
}

void RuleApi::list(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this](const Responder& reply) {
    json::array rules;
    for (const ObserveRule* rule : desk_.rules()) rules.push_back(desk_.show(rule->name));
    reply.send(json_response(json::object{{"rules", std::move(rules)}}));
  });
}

void RuleApi::show(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, name = request.segments[kName]](const Responder& reply) {
    if (desk_.find(name) == nullptr) throw no_such_rule(name);
    reply.send(json_response(desk_.show(name)));
  });
}

void RuleApi::put(ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  check_json_body(request);
  shard_.run(responder, [this, rule = ObserveRule::parse(request.segments[kName], request.body)](
                            const Responder& reply) {
    const bool made = desk_.put(rule);
    shard_.send_when_stored(reply, json_response(desk_.show(rule.name), made ? 201 : 200));
  });
}

void RuleApi::drop(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, name = request.segments[kName]](const Responder& reply) {
    if (!desk_.drop(name)) throw no_such_rule(name);
    shard_.send_when_stored(reply, no_content());
  });
}

}  // namespace linnet::service
