// SPDX-License-Identifier: Apache-2.0
#include "api_values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "history_view.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

enum : std::size_t { kValues, kHistory, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/devices/{endpoint}/values", Access::View},
    {"GET", "/api/v1/devices/{endpoint}/history", Access::View},
}};

/// Where `{endpoint}` stands in the pieces of a path.
constexpr std::size_t kEndpoint = 3;
constexpr std::size_t kMostPoints = 10'000;

DeviceNumber known_device(DeviceTable& devices, const std::string& endpoint) {
  const auto number = devices.find(endpoint);
  if (number) return *number;
  throw Problem(404, "device-not-found", "No such device",
                "no device \"" + endpoint + "\" is known; it has never registered here");
}

json::object value_json(const LastValue& value, const DeviceModel& model) {
  json::object out = to_json(server::ResourceValue{value.path, value.value, {}}, model);
  if (value.sent) out["sent"] = static_cast<double>(*value.sent) / 1000;
  out["received"] = static_cast<double>(value.received) / 1000;
  out["source"] = name(value.source);
  return out;
}

/// Unix seconds as milliseconds.
std::int64_t time_parameter(const HttpRequest& request, std::string_view name,
                            std::int64_t fallback) {
  const auto* text = request.find(name);
  if (text == nullptr) return fallback;
  double seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc{} || end != text->data() + text->size() || !(std::abs(seconds) < 4e12)) {
    throw bad_request("\"" + std::string(name) +
                      "\" is a time in Unix seconds, such as 1764427344.5");
  }
  return static_cast<std::int64_t>(std::round(seconds * 1000));
}

struct HistoryQuery {
  lwm2m::Path path;
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::size_t points = 0;
  bool csv = false;
};

HistoryQuery history_query(const HttpRequest& request) {
  HistoryQuery query;
  const auto* path = request.find("path");
  if (path == nullptr) {
    throw bad_request("\"path\" says of which resource, such as /3303/0/5700");
  }
  query.path = parse_path(*path);
  if (query.path.depth() < 3) {
    throw bad_request(*path +
                      " is no resource: a history is kept of a resource such as "
                      "/3303/0/5700, or of a resource instance such as /3/0/6/0");
  }
  query.from = time_parameter(request, "from", std::numeric_limits<std::int64_t>::min());
  query.to = time_parameter(request, "to", std::numeric_limits<std::int64_t>::max());
  query.points = number_parameter(request, "points", 1, kMostPoints, 0);
  if (const auto* format = request.find("format"); format != nullptr) {
    query.csv = *format == "csv";
    if (!query.csv && *format != "json") throw bad_request("\"format\" is json or csv");
  }
  return query;
}

HttpResponse csv_response(std::string text) {
  HttpResponse response;
  response.content_type = "text/csv; charset=utf-8";
  response.body = std::move(text);
  return response;
}

}  // namespace

std::span<const Route> value_routes() { return kRoutes; }

void ValueApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  if (route == kValues) return values(request, responder);
  history(request, responder);
}

void ValueApi::values(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"path"});
  lwm2m::Path below;
  if (const auto* path = request.find("path"); path != nullptr) below = parse_path(*path);
  shard_.run(responder,
             [this, below, endpoint = request.segments[kEndpoint]](const Responder& reply) {
               const DeviceNumber device = known_device(desk_.devices(), endpoint);
               const auto registration = desk_.registration(endpoint);
               const DeviceModel model = desk_.model(registration ? &*registration : nullptr);
               json::array list;
               for (const LastValue& value : desk_.store().last_values(device, below)) {
                 list.push_back(value_json(value, model));
               }
               reply.send(json_response(json::object{{"values", std::move(list)}}));
             });
}

void ValueApi::history(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"path", "from", "to", "points", "format"});
  const HistoryQuery query = history_query(request);
  shard_.run(responder,
             [this, query, endpoint = request.segments[kEndpoint]](const Responder& reply) {
               const DeviceNumber device = known_device(desk_.devices(), endpoint);
               const auto samples = desk_.store().history(device, query.path, query.from, query.to);
               if (query.csv) return reply.send(csv_response(history_csv(samples, query.points)));
               const auto registration = desk_.registration(endpoint);
               const DeviceModel model = desk_.model(registration ? &*registration : nullptr);
               json::object out{{"path", to_string(query.path)}};
               if (const auto* resource = model.resource(query.path)) {
                 out["name"] = resource->name;
                 if (!resource->units.empty()) out["unit"] = resource->units;
                 out["type"] = type_name(resource->type);
               }
               for (auto& [key, value] : history_json(samples, query.points))
                 out[key] = std::move(value);
               reply.send(json_response(out));
             });
}

}  // namespace linnet::service
