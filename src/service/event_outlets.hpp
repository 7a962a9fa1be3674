// SPDX-License-Identifier: Apache-2.0
#pragma once
// The fifth group of a service: where events go by themselves, webhooks and the MQTT broker. Each
// has a thread of its own, which reads the log and reports to the shard's thread how far it got.
// Shard's thread only, but for `wake`.
#include <linnet/service/service.hpp>
#include <linnet/service/shard_host.hpp>

#include "metrics.hpp"
#include "mqtt_sender.hpp"
#include "records.hpp"
#include "webhook_desk.hpp"
#include "webhook_sender.hpp"

namespace linnet::service {

class EventOutlets {
 public:
  /// Starts to deliver. `records` and `host` outlive it. Throws posix::SetupError, SqliteError.
  EventOutlets(const ServiceSettings& settings, Records& records, ShardHost& host);
  EventOutlets(const EventOutlets&) = delete;
  EventOutlets& operator=(const EventOutlets&) = delete;

  [[nodiscard]] WebhookDesk& webhooks() { return webhooks_; }
  [[nodiscard]] const MqttSender& mqtt() const { return mqtt_; }

  /// Whether the broker and the files that the settings name can be used. Throws posix::SetupError.
  static void check(const ServiceSettings& settings);
  /// Tells the broker of `settings`, or none, and trusts their `webhook_ca_file`. Throws as
  /// `check`.
  void set(const ServiceSettings& settings);

  /// There are new events. Any thread.
  void wake();
  /// How far each is behind. `metrics` is asked while this lives.
  void add_to(Metrics& metrics) const;

 private:
  Records& records_;
  WebhookSender sender_;
  WebhookDesk webhooks_;
  MqttSender mqtt_;
};

}  // namespace linnet::service
