// SPDX-License-Identifier: Apache-2.0
#include "api_events.hpp"

#include <array>

#include "event_filter.hpp"
#include "json_values.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

constexpr std::array<Route, 3> kRoutes = {{
    {"GET", "/api/v1/events", Access::View},
    {"GET", "/api/v1/events/ws", Access::View},
    {"GET", "/api/v1/events/recent", Access::View},
}};
enum RouteIndex : std::size_t { kStream, kSocket, kRecent };

/// Looked through for one answer at most.
constexpr std::size_t kScan = 4u << 20;

/// A page of another site may open a WebSocket here with the cookies of whoever looks at it: no
/// browser asks first, so the server has to (RFC 6455 §10.2).
void check_origin(const HttpRequest& request) {
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return;
  const auto host = origin.find("://");
  if (host != std::string_view::npos && same_name(origin.substr(host + 3), request.header("Host")))
    return;
  throw Problem(403, "origin-not-allowed", "Origin not allowed",
                "a page of another site may not follow the events; open the WebSocket from a page "
                "of this server");
}

}  // namespace

std::span<const Route> event_routes() { return kRoutes; }

void EventApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  if (route == kStream) responder.stream(stream(request, EventStream::Form::ServerSent));
  if (route == kSocket) {
    check_origin(request);
    responder.websocket(stream(request, EventStream::Form::Frames));
  }
  if (route == kRecent) recent(request, responder);
}

EventReader::Start EventApi::start_of(const ApiRequest& request) {
  // A browser sends the header by itself when it resumes: it is newer than what is in the address.
  std::string_view last = request.header("Last-Event-ID");
  if (const auto* parameter = request.find("lastEventId"); last.empty() && parameter != nullptr) {
    last = *parameter;
  }
  const auto* from = request.find("from");
  if (from != nullptr && *from != "oldest" && *from != "now") {
    throw bad_request("\"from\" is oldest or now");
  }
  if (!last.empty()) return reader_.behind(last);
  return from != nullptr && *from == "oldest" ? reader_.oldest() : reader_.latest();
}

std::unique_ptr<EventStream> EventApi::stream(const ApiRequest& request, EventStream::Form form) {
  allow_parameters(request, {"type", "endpoint", "path", "lastEventId", "from"});
  EventFilter filter = event_filter(request);
  return std::make_unique<EventStream>(reader_, std::move(filter), start_of(request), form);
}

void EventApi::recent(ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"type", "endpoint", "path", "limit"});
  const EventFilter filter = event_filter(request);
  const std::size_t limit = number_parameter(request, "limit", 1, 1000, 100);
  const std::string& log = reader_.log().name();
  std::string body = "{\"events\":[";
  std::size_t found = 0, scanned = 0;
  auto chunk = reader_.previous(reader_.log().latest() + 1);
  for (; chunk && found < limit && scanned < kScan; chunk = reader_.previous(chunk->first())) {
    scanned += chunk->body().size();
    for (std::size_t i = chunk->size(); i-- > 0 && found < limit;) {
      if (!filter.matches((*chunk)[i])) continue;
      body += found++ == 0 ? "" : ",";
      body += chunk->text(i, log).json;
    }
  }
  HttpResponse response;
  response.body = body + "]}\n";
  responder.send(std::move(response));
}

}  // namespace linnet::service
