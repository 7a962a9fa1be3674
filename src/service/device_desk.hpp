// SPDX-License-Identifier: Apache-2.0
#pragma once
// The shard thread's side of the service: hands operations to the shard, finds the caller again
// when a result comes, and turns what the shard tells into events and log lines.
// Shard's thread only.
#include <functional>
#include <span>
#include <string>
#include <unordered_map>

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
    const SecureServer* secure = nullptr;
    DeviceDirectory* directory = nullptr;
  };

  /// `models` outlives it.
  DeviceDesk(Ports ports, const lwm2m::ModelStore& models)
      : ports_(std::move(ports)), models_(models) {}

  [[nodiscard]] server::Shard& shard() { return ports_.shard; }
  [[nodiscard]] const lwm2m::ModelStore& models() const { return models_; }
  [[nodiscard]] DeviceSurroundings surroundings() const {
    return {read_clocks(), ports_.secure, ports_.directory};
  }

  /// Throws Problem if there is no such device.
  [[nodiscard]] server::RegistrationView device(std::string_view endpoint) const;
  /// Does what a request asks for and answers when the device has. Throws Problem if the request
  /// cannot be made.
  void perform(const std::string& endpoint, OperationRequest request, Responder responder);
  /// Ends a registration. Throws Problem.
  void remove(std::string_view endpoint);

  void handle(server::Event& event);

 private:
  struct Pending {
    std::string endpoint;
    OperationRequest request;
    server::ResourceValues written;
    Responder responder;
  };
  [[nodiscard]] server::ObservationId find_observation(server::RegistrationId registration,
                                                       const OperationRequest& request) const;
  void publish(EventKind kind, const std::string& endpoint, boost::json::object data,
               std::span<const lwm2m::Path> about = {});
  void print(LogLevel level, const LogLine& line) const {
    if (ports_.print) ports_.print(level, line);
  }
  void print_presence(server::RegistrationId id, const char* words) const;
  /// What the device answered is known of it from now on.
  void learn(const Pending& pending, const server::OperationResult& result);

  void on(const server::Registered& event);
  void on(const server::Updated& event);
  void on(const server::Deregistered& event);
  void on(server::OperationResult& event);
  void on(server::Notification& event) { ports_.values.on(event); }
  void on(const server::ObservationEnded& event) { ports_.values.on(event); }
  void on(const server::NotificationRefused& event) { ports_.values.on(event); }
  void on(server::DataSent& event) { ports_.values.on(event); }
  void on(const server::Awake& event) { print_presence(event.id, "awake          "); }
  void on(const server::Sleeping& event) { print_presence(event.id, "sleeping       "); }
  void on(const server::OperationStarted&) {}

  Ports ports_;
  const lwm2m::ModelStore& models_;
  std::unordered_map<std::uint64_t, Pending> pending_;
};

}  // namespace linnet::service
