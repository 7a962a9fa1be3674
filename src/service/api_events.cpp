// SPDX-License-Identifier: Apache-2.0
#include "api_events.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "event_stream.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

constexpr std::array<Route, 1> kRoutes = {{
    {"GET", "/api/v1/events", Access::View},
}};

std::string kind_list() {
  std::string out;
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    if (i != 0) out += i + 1 == kEventKinds ? " and " : ", ";
    out += name(static_cast<EventKind>(i));
  }
  return out;
}

EventFilter filter_of(const HttpRequest& request) {
  EventFilter filter;
  for (const auto& [name, value] : request.query) {
    if (name == "endpoint") filter.endpoint = value;
    if (name != "type") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto word = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      const auto kind = find_event_kind(word);
      if (!kind) {
        throw bad_request("there is no event type \"" + std::string(word) + "\"; types are " +
                          kind_list());
      }
      filter.kinds.set(static_cast<std::size_t>(*kind));
    }
  }
  return filter;
}

}  // namespace

std::span<const Route> event_routes() { return kRoutes; }

void EventApi::handle(std::size_t, ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"type", "endpoint", "lastEventId"});
  EventFilter filter = filter_of(request);
  // A browser sends the header by itself; whoever cannot set one uses the parameter.
  std::string_view last = request.header("Last-Event-ID");
  if (const auto* parameter = request.find("lastEventId"); last.empty() && parameter != nullptr) {
    last = *parameter;
  }
  std::uint64_t after = log_.latest();
  bool gap = false;
  if (!last.empty()) {
    const auto number = log_.parse_id(last);
    gap = !number;
    after = std::min(number.value_or(0), after);
  }
  responder.stream(std::make_unique<EventStream>(log_, std::move(filter), after, gap));
}

}  // namespace linnet::service
