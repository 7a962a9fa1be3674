// SPDX-License-Identifier: Apache-2.0
#pragma once
// Publishes events at an MQTT 5 broker, in order, from wherever it got to; with QoS 1 each at least
// once. Bounded in what is under way; what a broker cannot take waits in the log. A connection that
// breaks is made again, later and later, and what was not confirmed is published again.
//
// It has a thread of its own. All calls from any thread; `Ports::report` is called on its thread.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <linnet/service/event_log.hpp>
#include <linnet/service/mqtt_settings.hpp>

#include "event_filter.hpp"

namespace linnet::service {

class MqttSender {
 public:
  struct Ports {
    const EventLog& log;
    /// The file of older events.
    std::filesystem::path store;
    /// Everything up to there was taken or is not wanted.
    std::function<void(std::uint64_t position)> report;
  };
  struct Status {
    bool connected = false;
    std::uint64_t published = 0;  ///< and confirmed, since the start of this process
    std::uint64_t refused = 0;    ///< by the broker, for good
    std::uint64_t position = 0;
    std::string error{};  ///< why it is not connected, or what was refused last
  };

  explicit MqttSender(Ports ports);
  ~MqttSender();
  MqttSender(const MqttSender&) = delete;
  MqttSender& operator=(const MqttSender&) = delete;

  /// Publishes as `settings` say from `position` on, or from where it got to before; or ends that.
  /// What was not confirmed may be published twice. Throws posix::SetupError for settings that
  /// cannot be used, and goes on as before. One thread.
  void set(const MqttSettings& settings, std::uint64_t position);
  /// There are new events.
  void wake();
  /// Nothing if no broker is told.
  [[nodiscard]] std::optional<Status> status() const;

 private:
  struct Engine;
  [[nodiscard]] std::shared_ptr<Engine> engine() const;

  Ports ports_;
  MqttSettings settings_;
  mutable std::mutex mutex_;  // guards the pointer
  std::shared_ptr<Engine> engine_;
};

/// Throws posix::SetupError for settings that cannot be used: what is wrong and what to do.
void check_settings(const MqttSettings& settings);

}  // namespace linnet::service
