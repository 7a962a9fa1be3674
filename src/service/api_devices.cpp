// SPDX-License-Identifier: Apache-2.0
#include "api_devices.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <memory>

#include <linnet/posix/clock.hpp>

#include "device_search.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

enum : std::size_t { kList, kShow, kRemove, kPutTags, kTimeline, kTags, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/devices", Access::View},
    {"GET", "/api/v1/devices/{endpoint}", Access::View},
    {"DELETE", "/api/v1/devices/{endpoint}", Access::Operate},
    {"PUT", "/api/v1/devices/{endpoint}/tags", Access::Operate},
    {"GET", "/api/v1/devices/{endpoint}/timeline", Access::View},
    {"GET", "/api/v1/tags", Access::View},
}};

/// Where `{endpoint}` stands in the pieces of a path.
constexpr std::size_t kEndpoint = 3;

Problem unknown(const std::string& endpoint) {
  return {404, "device-not-found", "No such device",
          "no device \"" + endpoint + "\" is registered or was before"};
}

std::vector<std::string> parse_tags(std::string_view body) {
  const auto wrong = [] { return bad_request("the body is {\"tags\":[\"...\", ...]}"); };
  boost::system::error_code error;
  const json::value parsed = json::parse({body.data(), body.size()}, error);
  const auto* object = error ? nullptr : parsed.if_object();
  if (object == nullptr || object->size() != 1 || !object->contains("tags")) throw wrong();
  const auto* list = object->at("tags").if_array();
  if (list == nullptr) throw wrong();
  std::vector<std::string> tags;
  for (const auto& item : *list) {
    const auto* text = item.if_string();
    if (text == nullptr) throw wrong();
    tags.emplace_back(text->data(), text->size());
  }
  return tags;
}

double seconds_of(std::int64_t ms) { return static_cast<double>(ms) / 1000.0; }

json::object to_json(const TimelineEntry& entry) {
  const auto event = name(entry.event);
  json::object out{{"time", seconds_of(entry.time_ms)},
                   {"event", json::string_view(event.data(), event.size())}};
  if (entry.count > 1) {
    out["count"] = entry.count;
    out["first"] = seconds_of(entry.first_ms);
  }
  if (!entry.detail.empty()) out["detail"] = entry.detail;
  if (!entry.address.empty()) out["address"] = entry.address;
  if (entry.lifetime) out["lifetime"] = *entry.lifetime;
  return out;
}

}  // namespace

std::span<const Route> device_routes() { return kRoutes; }

void DeviceApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  switch (route) {
    case kList: return list(request, responder);
    case kShow: return show(request, responder);
    case kRemove: return remove(request, responder);
    case kPutTags: return put_tags(request, responder);
    case kTimeline: return timeline(request, responder);
    case kTags: return list_tags(request, responder);
    default: break;
  }
}

void DeviceApi::list(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"cursor", "limit", "q", "sort", "object", "state", "tag"});
  auto search = std::make_shared<DeviceSearch>(DeviceQuery::parse(request));
  shard_.run(responder, [this, search](const Responder& reply) {
    const auto go_on = [this, search, reply] {
      const auto around = desk_.surroundings();
      if (!search->step(desk_.shard(), around)) return false;
      reply.send(json_response(search->page(desk_.shard(), around)));
      return true;
    };
    // Most pages are there at once.
    if (!go_on()) shard_.add_job(go_on);
  });
}

void DeviceApi::show(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, endpoint = request.segments[kEndpoint]](const Responder& reply) {
    if (const auto device = desk_.shard().find(endpoint)) {
      const DeviceModel model(desk_.models(), &*device);
      return reply.send(
          json_response(device_details(desk_.shard(), *device, desk_.surroundings(), model)));
    }
    const auto absent = directory_.table().absent(endpoint);
    if (!absent) throw unknown(endpoint);
    reply.send(json_response(device_summary(*absent, desk_.surroundings())));
  });
}

void DeviceApi::remove(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"forget"});
  const bool forget = flag_parameter(request, "forget");
  shard_.run(responder, [this, forget,
                         endpoint = request.segments[kEndpoint]](const Responder& reply) {
    const auto registered = desk_.shard().find(endpoint);
    if (!registered && !directory_.table().find(endpoint)) throw unknown(endpoint);
    if (!registered && !forget) {
      throw Problem(404, "device-not-found", "No such device",
                    "\"" + endpoint +
                        "\" is not registered; with ?forget=true what is kept of it is dropped");
    }
    if (forget) directory_.forget_when_gone(endpoint);
    if (registered) desk_.shard().remove(posix::monotonic_now(), registered->id);
    shard_.send_when_stored(reply, no_content());
  });
}

void DeviceApi::put_tags(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  check_json_body(request);
  shard_.run(responder, [this, endpoint = request.segments[kEndpoint],
                         tags = parse_tags(request.body)](const Responder& reply) {
    const auto device = directory_.table().find(endpoint);
    if (!device) throw unknown(endpoint);
    directory_.tags().set(*device, tags);
    json::array out;
    for (const auto& tag : directory_.tags().tags(*device)) out.push_back(json::value(tag));
    shard_.send_when_stored(reply, json_response({{"tags", std::move(out)}}));
  });
}

void DeviceApi::list_tags(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this](const Responder& reply) {
    json::array out;
    for (const auto& [tag, devices] : directory_.tags().all()) {
      out.push_back({{"tag", tag}, {"devices", devices}});
    }
    reply.send(json_response({{"tags", std::move(out)}}));
  });
}

void DeviceApi::timeline(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"limit"});
  const auto limit = number_parameter(request, "limit", 1, Timeline::kKept, Timeline::kKept);
  shard_.run(responder,
             [this, limit, endpoint = request.segments[kEndpoint]](const Responder& reply) {
               if (!directory_.table().find(endpoint)) throw unknown(endpoint);
               json::array out;
               for (const auto& entry : directory_.timeline(endpoint, limit)) {
                 out.push_back(to_json(entry));
               }
               reply.send(json_response({{"entries", std::move(out)}}));
             });
}

}  // namespace linnet::service
