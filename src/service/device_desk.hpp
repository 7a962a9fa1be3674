// SPDX-License-Identifier: Apache-2.0
#pragma once
// The shard thread's side of the service: turns what the shard tells of devices into events and log
// lines.
// Shard's thread only.
#include <functional>
#include <span>
#include <string>

#include <linnet/server/shard.hpp>
#include <linnet/service/event_log.hpp>
#include <linnet/service/service.hpp>

#include "device_view.hpp"
#include "json_operation.hpp"
#include "value_desk.hpp"

namespace linnet::service {

class DeviceDesk {
 public:
  struct Ports {
    server::Shard& shard;
    EventLog& log;
    ValueDesk& values;
    LogSink print;
    /// Also prints updates and operations.
    bool verbose = false;
    /// Null without DTLS.
    const SecureServer* secure;
    DeviceDirectory& directory;
  };

  /// `models` outlives it.
  DeviceDesk(Ports ports, const lwm2m::ModelStore& models)
      : ports_(std::move(ports)), models_(models) {}

  void set_verbose(bool verbose) { ports_.verbose = verbose; }
  [[nodiscard]] server::Shard& shard() { return ports_.shard; }
  [[nodiscard]] const lwm2m::ModelStore& models() const { return models_; }
  [[nodiscard]] DeviceSurroundings surroundings() const {
    return {read_clocks(), ports_.secure, ports_.directory};
  }

  void handle(server::Event& event);

 private:
  void publish(EventKind kind, const std::string& endpoint, boost::json::object data,
               std::span<const lwm2m::Path> about = {});
  void print(LogLevel level, const LogLine& line) const {
    if (ports_.print) ports_.print(level, line);
  }
  void tell_presence(server::RegistrationId id, EventKind kind);
  void on(const server::Registered& event);
  void on(const server::Updated& event);
  void on(const server::Deregistered& event);
  void on(const server::OperationResult&) {}
  void on(server::Notification& event) { ports_.values.on(event); }
  void on(const server::ObservationEnded& event) { ports_.values.on(event); }
  void on(const server::NotificationRefused& event) { ports_.values.on(event); }
  void on(server::DataSent& event) { ports_.values.on(event); }
  void on(const server::Awake& event) { tell_presence(event.id, EventKind::Awake); }
  void on(const server::Sleeping& event) { tell_presence(event.id, EventKind::Sleeping); }
  void on(const server::OperationStarted&) {}

  Ports ports_;
  const lwm2m::ModelStore& models_;
};

}  // namespace linnet::service
