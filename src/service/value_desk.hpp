// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes what devices report: makes an event of it, and gives it to the store of values. An event is
// in the journal before the store has the value, and comes from there again after a crash.
// Shard's thread only.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <linnet/server/shard.hpp>
#include <linnet/service/event_log.hpp>
#include <linnet/service/service.hpp>

#include "device_table.hpp"
#include "json_values.hpp"
#include "value_store.hpp"

namespace linnet::service {

class ValueDesk {
 public:
  struct Ports {
    const server::Shard& shard;
    const lwm2m::ModelStore& models;
    DeviceTable& devices;
    ValueStore& store;
    EventLog& log;
    LogSink print;
    std::function<std::int64_t()> unix_ms;
  };

  explicit ValueDesk(Ports ports) : ports_(std::move(ports)) {}

  [[nodiscard]] ValueStore& store() { return ports_.store; }
  [[nodiscard]] DeviceTable& devices() { return ports_.devices; }
  [[nodiscard]] std::optional<server::RegistrationView> registration(
      std::string_view endpoint) const {
    return ports_.shard.find(endpoint);
  }
  /// Valid while the registration is not changed.
  [[nodiscard]] DeviceModel model(const server::RegistrationView* registration) const {
    return {ports_.models, registration};
  }

  /// Takes up observations that the shard has already.
  void resume();
  /// Takes a value or send event that is in the journal but not in the store.
  void replay(EventKind kind, std::string_view endpoint, std::string_view data);

  /// An observation was made for somebody; these are its first values.
  void started(const server::OperationResult& result, const std::string& endpoint,
               std::vector<lwm2m::Path> paths);
  /// Values that somebody read or wrote; no event is made of them.
  void learn(std::string_view endpoint, const server::ResourceValues& values, ValueSource source);
  /// Drops all values of a device.
  void forget(DeviceNumber device);

  void on(server::Notification& event);
  void on(const server::ObservationEnded& event);
  void on(const server::NotificationRefused& event);
  void on(server::DataSent& event);

 private:
  struct Observed {
    std::string endpoint{};
    DeviceNumber device = 0;  // 0: to be asked for
    std::vector<lwm2m::Path> paths{};
    std::string text{};  // `,"endpoint":...,"observation":...,"paths":[...]`
  };

  [[nodiscard]] Observed& add(server::ObservationId id, std::string endpoint,
                              std::vector<lwm2m::Path> paths);
  [[nodiscard]] Observed* find(server::ObservationId id);
  void tell(const Observed& observed, std::int64_t now, std::string_view more);
  void keep(DeviceNumber device, const server::ResourceValues& values, ValueSource source,
            std::int64_t received);

  Ports ports_;
  std::unordered_map<std::uint64_t, Observed> observed_;
  bool losing_ = false;
};

/// SenML times below 2^28 count from `now`, in Unix seconds [FMT-18].
void make_absolute(server::ResourceValues& values, double now);

}  // namespace linnet::service
