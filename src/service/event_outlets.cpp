// SPDX-License-Identifier: Apache-2.0
#include "event_outlets.hpp"

#include <string>
#include <utility>

namespace linnet::service {
namespace {

/// The name of the broker's position in the journal.
constexpr const char* kMqttReader = "mqtt";

}  // namespace

EventOutlets::EventOutlets(const ServiceSettings& settings, Records& records, ShardHost& host)
    : records_(records),
      sender_({records.log, records.place.file(),
               [this, &host](WebhookSender::Report report) {
                 host.post([this, report = std::move(report)] { webhooks_.take(report); });
               },
               std::string("linnet/") + version()}),
      webhooks_(
          {records.store.database(), records.store.box(), records.log, records.journal, sender_}),
      mqtt_({records.log, records.place.file(), [&records, &host](std::uint64_t position) {
               host.post([&journal = records.journal, position] {
                 journal.set_position(kMqttReader, position);
               });
             }}) {
  records.store.add(webhooks_);
  check(settings);
  set(settings);
}

void EventOutlets::check(const ServiceSettings& settings) {
  if (settings.mqtt.enabled) check_settings(settings.mqtt);
  check_webhook_ca(settings.webhook_ca_file);
}

void EventOutlets::set(const ServiceSettings& settings) {
  sender_.set_ca_file(settings.webhook_ca_file);
  EventJournal& journal = records_.journal;
  // What happens from the first start with a broker on, whether it is there by then or not.
  if (settings.mqtt.enabled && !journal.position(kMqttReader)) {
    journal.set_position(kMqttReader, records_.log.latest());
  }
  mqtt_.set(settings.mqtt, journal.position(kMqttReader).value_or(0));
}

void EventOutlets::wake() {
  sender_.wake();
  mqtt_.wake();
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
                const auto status = mqtt_.status();
                if (!status) return 0.0;
                const EventLog& log = records_.log;
                return static_cast<double>(log.count_between(status->position, log.latest() + 1));
              });
}

}  // namespace linnet::service
