// SPDX-License-Identifier: Apache-2.0
#include "api_messages.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include <linnet/posix/clock.hpp>

#include "device_view.hpp"
#include "message_view.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

enum : std::size_t { kShow, kPut, kList, kDownload, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/devices/{endpoint}/capture", Access::View},
    {"PUT", "/api/v1/devices/{endpoint}/capture", Access::Operate},
    {"GET", "/api/v1/devices/{endpoint}/messages", Access::View},
    {"GET", "/api/v1/devices/{endpoint}/messages.pcapng", Access::View},
}};

constexpr std::size_t kEndpoint = 3;
constexpr std::int64_t kMinutes = 15;
constexpr std::size_t kMaxEndpoint = 255;

struct Wanted {
  bool enabled = false;
  std::int64_t minutes = kMinutes;
};

Wanted parse_wanted(std::string_view body) {
  const auto wrong = [] {
    return bad_request(R"(the body is {"enabled":true,"minutes":15}, with 1 to 60 minutes)");
  };
  boost::system::error_code error;
  const json::value parsed = json::parse({body.data(), body.size()}, error);
  const auto* object = error ? nullptr : parsed.if_object();
  if (object == nullptr) throw wrong();
  Wanted wanted;
  bool said = false;
  for (const auto& [key, value] : *object) {
    if (key == "enabled" && value.is_bool()) {
      wanted.enabled = value.get_bool();
      said = true;
    } else if (key == "minutes" && value.is_int64()) {
      wanted.minutes = value.get_int64();
    } else {
      throw wrong();
    }
  }
  if (!said || wanted.minutes < 1 || wanted.minutes > 60) throw wrong();
  return wanted;
}

}  // namespace

std::span<const Route> message_routes() { return kRoutes; }

void MessageApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  switch (route) {
    case kShow: return show_capture(request, responder);
    case kPut: return put_capture(request, responder);
    case kList: return list(request, responder);
    case kDownload: return download(request, responder);
    default: break;
  }
}

HttpResponse MessageApi::capture_response(const std::string& endpoint) const {
  const ClockPair clocks = read_clocks();
  const auto status = log_.status(endpoint, clocks.now);
  json::object out{{"enabled", status.enabled}};
  if (status.enabled) out["until"] = clocks.unix_time(status.until);
  out["messages"] = status.messages;
  out["bytes"] = status.bytes;
  return json_response(out);
}

void MessageApi::show_capture(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, endpoint = request.segments[kEndpoint]](const Responder& reply) {
    reply.send(capture_response(endpoint));
  });
}

/// Also of a device that nobody knows yet: why it cannot register is what one wants to see.
void MessageApi::put_capture(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  check_json_body(request);
  if (request.segments[kEndpoint].size() > kMaxEndpoint) {
    throw bad_request("no endpoint is longer than 255 bytes");
  }
  shard_.run(responder, [this, endpoint = request.segments[kEndpoint],
                         wanted = parse_wanted(request.body)](const Responder& reply) {
    if (wanted.enabled) {
      start(endpoint, seconds(60 * wanted.minutes));
    } else {
      log_.stop(endpoint);
    }
    reply.send(capture_response(endpoint));
  });
}

void MessageApi::start(const std::string& endpoint, Duration time) {
  const server::Shard& shard = desk_.shard();
  log_.start(endpoint, posix::monotonic_now(), time);
  desk_.shard().set_tap(&log_);
  const auto device = shard.find(endpoint);
  if (!device) return;
  // Notifications answer requests that are long over.
  shard.for_each_observation(device->id, [&](const server::ObservationView& observation) {
    const auto record = shard.record(observation.id);
    if (!record) return;
    const bool single = !observation.composite && observation.paths.size() == 1;
    log_.expect(endpoint, record->token, single ? observation.paths.front() : lwm2m::Path{});
  });
}

void MessageApi::list(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"after", "limit"});
  const auto limit = number_parameter(request, "limit", 1, 1000, 100);
  std::optional<std::uint64_t> after;
  if (request.find("after") != nullptr) {
    after = number_parameter(request, "after", 0, std::size_t{1} << 53, 0);
  }
  shard_.run(responder,
             [this, after, limit, endpoint = request.segments[kEndpoint]](const Responder& reply) {
               const auto device = desk_.shard().find(endpoint);
               const DeviceModel model(desk_.models(), device ? &*device : nullptr);
               json::array out;
               std::uint64_t next = after.value_or(0);
               for (const auto& message : log_.read(endpoint, after, limit)) {
                 out.push_back(message_json(*message, model));
                 next = message->number;
               }
               reply.send(json_response({{"messages", std::move(out)}, {"next", next}}));
             });
}

void MessageApi::download(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, endpoint = request.segments[kEndpoint]](const Responder& reply) {
    HttpResponse response;
    response.content_type = "application/x-pcapng";
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"messages.pcapng\"");
    response.body = messages_pcapng(endpoint, log_.read(endpoint, 0, ~std::size_t{0}));
    reply.send(std::move(response));
  });
}

}  // namespace linnet::service
