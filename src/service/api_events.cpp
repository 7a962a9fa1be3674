// SPDX-License-Identifier: Apache-2.0
#include "api_events.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "event_filter.hpp"
#include "event_stream.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

constexpr std::array<Route, 2> kRoutes = {{
    {"GET", "/api/v1/events", Access::View},
    {"GET", "/api/v1/events/recent", Access::View},
}};
enum RouteIndex : std::size_t { kStream, kRecent };

/// Looked through for one answer at most.
constexpr std::size_t kScan = 4u << 20;

}  // namespace

std::span<const Route> event_routes() { return kRoutes; }

void EventApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  if (route == kStream) stream(request, responder);
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

void EventApi::stream(ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"type", "endpoint", "path", "lastEventId", "from"});
  EventFilter filter = event_filter(request);
  responder.stream(std::make_unique<EventStream>(reader_, std::move(filter), start_of(request)));
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
