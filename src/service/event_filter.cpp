// SPDX-License-Identifier: Apache-2.0
#include "event_filter.hpp"

#include <algorithm>

#include "json_values.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

constexpr std::size_t kMost = 256;

std::string kind_list() {
  std::string out;
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    if (i != 0) out += i + 1 == kEventKinds ? " and " : ", ";
    out += name(static_cast<EventKind>(i));
  }
  return out;
}

void check_room(std::size_t size) {
  if (size >= kMost) throw bad_request("that is more than 256 endpoints or paths for one filter");
}

bool fits(std::string_view pattern, std::string_view endpoint) {
  if (pattern.back() != '*') return pattern == endpoint;
  return endpoint.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

void EventFilter::add_types(std::string_view names) {
  while (!names.empty()) {
    const auto word = take_until(names, ',');
    const auto kind = find_event_kind(word);
    if (!kind) {
      throw bad_request("there is no event type \"" + std::string(word) + "\"; types are " +
                        kind_list());
    }
    kinds_.set(static_cast<std::size_t>(*kind));
  }
}

void EventFilter::add_endpoint(std::string_view pattern) {
  check_room(endpoints_.size());
  if (pattern.empty()) throw bad_request("an endpoint to filter by is not empty");
  endpoints_.emplace_back(pattern);
}

void EventFilter::add_path(std::string_view path) {
  check_room(paths_.size());
  paths_.push_back(parse_path(path));
}

bool EventFilter::matches(const EventView& event) const {
  if (kinds_.any() && !kinds_.test(static_cast<std::size_t>(event.kind))) return false;
  if (!endpoints_.empty() &&
      std::ranges::none_of(endpoints_, [&](const auto& p) { return fits(p, event.endpoint); })) {
    return false;
  }
  if (paths_.empty()) return true;
  for (std::size_t i = 0; i < event.paths(); ++i) {
    const lwm2m::Path about = event.path(i);
    if (std::ranges::any_of(paths_, [&](const auto& path) { return path.touches(about); })) {
      return true;
    }
  }
  return false;
}

EventFilter event_filter(const HttpRequest& request) {
  EventFilter filter;
  for (const auto& [name, value] : request.query) {
    if (name == "type") filter.add_types(value);
    if (name == "endpoint") filter.add_endpoint(value);
    if (name == "path") filter.add_path(value);
  }
  return filter;
}

}  // namespace linnet::service
