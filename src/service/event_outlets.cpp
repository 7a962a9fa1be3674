// SPDX-License-Identifier: Apache-2.0
#include "event_outlets.hpp"

#include <string>
#include <utility>

namespace linnet::service {
namespace {

std::unique_ptr<MqttSender> open_mqtt(const MqttSettings& settings, Records& records,
                                      ShardHost& host) {
  constexpr const char* kReader = "mqtt";
  if (!settings.enabled) return nullptr;
  EventJournal& journal = records.journal;
  // What happens from the first start with a broker on, whether it is there by then or not.
  if (!journal.position(kReader)) journal.set_position(kReader, records.log.latest());
  const auto report = [&journal, &host](std::uint64_t position) {
    host.post([&journal, position] { journal.set_position(kReader, position); });
  };
  return std::make_unique<MqttSender>(settings,
                                      MqttSender::Ports{records.log, records.place.file(), report},
                                      *journal.position(kReader));
}

}  // namespace

EventOutlets::EventOutlets(const ServiceSettings& settings, Records& records, ShardHost& host)
    : log_(records.log),
      sender_({records.log, records.place.file(),
               [this, &host](WebhookSender::Report report) {
                 host.post([this, report = std::move(report)] { webhooks_.take(report); });
               },
               std::string("linnet/") + version()}),
      webhooks_(
          {records.store.database(), records.store.box(), records.log, records.journal, sender_}),
      mqtt_(open_mqtt(settings.mqtt, records, host)) {
  records.store.add(webhooks_);
}

void EventOutlets::wake() {
  sender_.wake();
  if (mqtt_) mqtt_->wake();
}

void EventOutlets::add_to(Metrics& metrics) const {
  metrics.add("linnet_webhook_lag", "Events that a webhook has still to get.", Metrics::Type::Gauge,
              [this](Metrics::Samples& samples) {
                for (const auto& lag : webhooks_.lags()) {
                  samples.add(static_cast<double>(lag.events), {{"webhook", lag.webhook}});
                }
              });
  metrics.add("linnet_mqtt_lag", "Events that the MQTT broker has still to get.",
              Metrics::Type::Gauge, [this] {
                if (!mqtt_) return 0.0;
                const std::uint64_t position = mqtt_->status().position;
                return static_cast<double>(log_.count_between(position, log_.latest() + 1));
              });
}

}  // namespace linnet::service
