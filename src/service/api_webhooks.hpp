// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where events go by themselves: webhooks and the MQTT broker.
#include "api_area.hpp"
#include "mqtt_sender.hpp"
#include "webhook_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> webhook_routes();

class WebhookApi final : public ApiArea {
 public:
  /// All outlive it.
  WebhookApi(WebhookDesk& desk, const MqttSender& mqtt, const EventLog& log,
             const ShardCalls& shard)
      : desk_(desk), mqtt_(mqtt), log_(log), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return webhook_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void answer(std::size_t route, const std::string& name, const std::string& body,
              const Responder& reply);
  [[nodiscard]] HttpResponse mqtt() const;

  WebhookDesk& desk_;
  const MqttSender& mqtt_;
  const EventLog& log_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
