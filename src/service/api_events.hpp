// SPDX-License-Identifier: Apache-2.0
#pragma once
// The stream of events in the API.
#include <linnet/service/event_log.hpp>

#include "api_area.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> event_routes();

class EventApi final : public ApiArea {
 public:
  /// `log` outlives it.
  explicit EventApi(EventLog& log) : log_(log) {}

  [[nodiscard]] std::span<const Route> routes() const override { return event_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  EventLog& log_;
};

}  // namespace linnet::service
