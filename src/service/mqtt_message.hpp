// SPDX-License-Identifier: Apache-2.0
#pragma once
// An event as an MQTT 5 message: values as SenML (RFC 8428), everything else as the event's JSON.
// Free functions; any thread.
#include <string>
#include <string_view>

#include <linnet/service/event_log.hpp>

namespace linnet::service {

struct MqttMessage {
  std::string topic;
  std::string payload;
  /// Static lifetime.
  std::string_view content_type;
};

/// "<prefix>/<endpoint>/<type>"; what an endpoint has that means something in topics is
/// percent-encoded. Without an endpoint "<prefix>/<type>".
[[nodiscard]] std::string mqtt_topic(std::string_view prefix, std::string_view endpoint,
                                     std::string_view type);

/// `json` is the event's text with its id.
[[nodiscard]] MqttMessage mqtt_message(std::string_view prefix, const EventView& event,
                                       std::string_view json);

}  // namespace linnet::service
