// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the server says of itself: the overview of the fleet, and numbers for Prometheus. Nothing of
// it walks over devices. Shard's thread only, but for `http`.
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>

#include <linnet/lwm2m/model/model_store.hpp>
#include <linnet/server/shard.hpp>
#include <linnet/service/event_log.hpp>

#include "device_directory.hpp"
#include "fleet_series.hpp"
#include "metrics.hpp"
#include "store.hpp"

namespace linnet::service {

class Insight {
 public:
  struct Ports {
    const server::Shard& shard;
    const DeviceDirectory& directory;
    const Store& store;
    std::filesystem::path store_file;
    bool store_is_kept = false;  ///< over a restart
    const lwm2m::ModelStore& models;
    const EventLog& log;
    /// DTLS ports; either may be null.
    const SecureServer* secure = nullptr;
    const SecureServer* secure_bootstrap = nullptr;
    /// Operations that have not ended, with those that the shard does not have yet.
    std::function<std::size_t()> waiting{};
  };

  explicit Insight(Ports ports);

  void note(const server::Event& event);
  /// The end of a turn.
  void turn(Instant now) { series_.turn(now, counters()); }
  void alarm(const std::string& text);
  /// How long a transaction took.
  void committed(std::chrono::steady_clock::duration time) { commit_seconds_.observe(time); }

  [[nodiscard]] boost::json::object overview();

  /// Other parts add what they can tell.
  [[nodiscard]] Metrics& metrics() { return metrics_; }
  [[nodiscard]] HttpMetrics& http() { return http_; }

 private:
  [[nodiscard]] FleetCounters counters() const;
  [[nodiscard]] std::uint64_t store_bytes() const;
  [[nodiscard]] std::size_t sessions() const;
  [[nodiscard]] std::size_t absent() const;
  void add_fleet_metrics();
  void add_message_metrics();
  void add_event_metrics();
  void add_server_metrics();

  Ports ports_;
  FleetSeries series_;
  std::uint64_t operations_ = 0;  // that ended
  struct Alarm {
    double time = 0;
    std::string text;
  };
  std::deque<Alarm> alarms_;
  Histogram commit_seconds_{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                            0.025,  0.05,    0.1,    0.25,  1,      5};
  Metrics metrics_;
  HttpMetrics http_;
};

}  // namespace linnet::service
