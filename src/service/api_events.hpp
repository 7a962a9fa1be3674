// SPDX-License-Identifier: Apache-2.0
#pragma once
// Events in the API: as a stream, and the latest ones.
#include <filesystem>
#include <memory>

#include <linnet/service/event_log.hpp>

#include "api_area.hpp"
#include "event_reader.hpp"
#include "event_stream.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> event_routes();

class EventApi final : public ApiArea {
 public:
  /// `log` outlives it; `store` is the file in which older events are.
  EventApi(const EventLog& log, std::filesystem::path store) : reader_(log, std::move(store)) {}

  [[nodiscard]] std::span<const Route> routes() const override { return event_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  [[nodiscard]] EventReader::Start start_of(const ApiRequest& request);
  [[nodiscard]] std::unique_ptr<EventStream> stream(const ApiRequest& request,
                                                    EventStream::Form form);
  void recent(ApiRequest& request, const Responder& responder);

  EventReader reader_;
};

}  // namespace linnet::service
