// SPDX-License-Identifier: Apache-2.0
#pragma once
// Devices as JSON, registered or not. Shard's thread only.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string_view>

#include <linnet/server/shard.hpp>

#include "device_table.hpp"
#include "json_values.hpp"

namespace linnet::service {

/// Turns instants into Unix seconds: both clocks read at one moment.
struct ClockPair {
  Instant now;
  double unix_now = 0;
  [[nodiscard]] double unix_time(Instant t) const {
    return unix_now + static_cast<double>((t - now).ms) / 1000.0;
  }
};
[[nodiscard]] ClockPair read_clocks();

class DeviceDirectory;
class SecureServer;

/// What is known of devices besides their registrations. `secure` is null without DTLS.
struct DeviceSurroundings {
  ClockPair clocks;
  const SecureServer* secure;
  DeviceDirectory& directory;

  /// Behind a secure session the address of the peer.
  [[nodiscard]] SocketAddress address_of(const server::RegistrationView& registration) const;
  /// When something of it came last.
  [[nodiscard]] Instant last_seen(const server::RegistrationView& registration) const;
};

/// "awake" or "asleep" with queue mode, otherwise "registered". Static lifetime.
[[nodiscard]] std::string_view state_of(const server::RegistrationView& registration);

/// What a list shows of a device. `identity`: also as whom it proved itself, a look into the store.
[[nodiscard]] boost::json::object device_summary(const server::RegistrationView& registration,
                                                 const DeviceSurroundings& around, bool identity);
/// The same of one that is not registered.
[[nodiscard]] boost::json::object device_summary(const DeviceTable::Absent& device,
                                                 const DeviceSurroundings& around);
/// Everything: the summary and objects, formats, observations, waiting operations.
[[nodiscard]] boost::json::object device_details(const server::Shard& shard,
                                                 const server::RegistrationView& registration,
                                                 const DeviceSurroundings& around,
                                                 const DeviceModel& model);

}  // namespace linnet::service
