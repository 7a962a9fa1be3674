// SPDX-License-Identifier: Apache-2.0
#pragma once
// A device made up of the ready objects 0, 1, 2, 3, 4, 5, 6, 7, 3303 and 3311, with values that
// change as real ones do: what `linnet client` and `linnet fleet` show to servers. One thread, that
// of the engine it is given to; the engine's lifetime lies within the device's.
#include <array>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <linnet/client/engine.hpp>
#include <linnet/client/objects/access_control.hpp>
#include <linnet/client/objects/connectivity_monitoring.hpp>
#include <linnet/client/objects/connectivity_statistics.hpp>
#include <linnet/client/objects/device.hpp>
#include <linnet/client/objects/firmware_update.hpp>
#include <linnet/client/objects/full_server.hpp>
#include <linnet/client/objects/light_control.hpp>
#include <linnet/client/objects/location.hpp>
#include <linnet/client/objects/security.hpp>
#include <linnet/client/objects/temperature.hpp>

#include "account_security.hpp"

namespace linnet::cli {

/// Where a simulated device puts a pushed package: nowhere, but not more of it than fits.
class SimulatedFlash final : public client::FirmwareSink {
 public:
  static constexpr std::size_t kBytes = 16u << 20;

  Status write(std::size_t offset, ByteView bytes, bool last) override;
  void discard() override { size_ = 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

class SimulatedDevice {
 public:
  static constexpr std::size_t kMaxServers = 4;
  /// Of credentials of every kind: PSK identities of 128 bytes and keys of 64, and certificates.
  static constexpr std::size_t kIdentityBytes = 1024;
  static constexpr std::size_t kServerKeyBytes = 1024;
  static constexpr std::size_t kKeyBytes = 160;

  /// `queue_mode`: its bindings say so where the version has that in the binding.
  SimulatedDevice(const std::string& serial_number, lwm2m::Version version, std::uint32_t seed,
                  bool queue_mode = false);
  SimulatedDevice(const SimulatedDevice&) = delete;
  SimulatedDevice& operator=(const SimulatedDevice&) = delete;

  /// A server, with the lowest short server ID that is free. False when there are `kMaxServers`
  /// already or something is too long.
  [[nodiscard]] bool add_server(const std::string& uri, std::uint32_t lifetime,
                                const AccountSecurity& security = {});
  /// The account of a bootstrap server. False when there is one already or something is too long.
  [[nodiscard]] bool add_bootstrap_server(const std::string& uri,
                                          const AccountSecurity& security = {});
  /// The objects that hold the accounts and rights, for factory data.
  [[nodiscard]] client::SecurityObject& security() { return security_; }
  [[nodiscard]] client::FullServerObject& servers() { return servers_; }
  [[nodiscard]] client::AccessControlObject& access() { return access_; }
  void set_ip_address(const std::string& address);
  /// Ascending by id.
  [[nodiscard]] std::span<client::Object* const> objects() const { return objects_; }
  [[nodiscard]] client::Object* find(lwm2m::Id object) const;

  /// Lets time pass: values that nobody has set by hand move a little. `unix_time` in seconds.
  void tick(Instant now, double unix_time);
  /// Goes on with an installation; call it when `installed_at()` has come and after requests.
  void install(Instant now);
  [[nodiscard]] Instant installed_at() const { return installed_at_; }
  /// Sets a value from the device's own side and leaves it alone from then on. The reason if that
  /// is not possible, else empty.
  [[nodiscard]] std::string set(client::Engine& engine, const lwm2m::Path& path,
                                const std::string& text);
  [[nodiscard]] bool poll_request(client::DeviceRequest& out) { return device_.poll_request(out); }
  [[nodiscard]] const client::FirmwareUpdateObject& firmware() const { return firmware_; }
  [[nodiscard]] const std::string& firmware_version() const { return firmware_version_; }
  [[nodiscard]] client::ConnectivityStatisticsObject& statistics() { return statistics_; }

  /// Every object instance, ascending.
  [[nodiscard]] std::vector<lwm2m::Path> instances() const;
  /// Every resource and resource instance at or below `path` that has a value.
  [[nodiscard]] std::vector<lwm2m::Path> values_below(const lwm2m::Path& path) const;

 private:
  [[nodiscard]] bool add_account(client::SecurityAccount account, const AccountSecurity& security);
  [[nodiscard]] bool is_free(const lwm2m::Path& path) const { return !pinned_.contains(path); }
  [[nodiscard]] double wobble(double width);
  Status apply(client::Engine& engine, const lwm2m::Path& path, const lwm2m::Value& value);
  Status apply_device(const lwm2m::Path& path, const lwm2m::Value& value);
  Status apply_location(lwm2m::Id resource, const lwm2m::Value& value);

  SeededRng rng_;
  std::string serial_number_;
  std::string firmware_version_ = "1.0.0";
  std::string ip_address_ = "127.0.0.1";
  std::string_view ip_view_;
  client::DeviceInfo info_;
  std::array<client::PowerSource, 2> power_;
  /// With a bootstrap account beside them, and credentials of every kind.
  client::SecurityStorage<client::SecurityCapacity{.instances = kMaxServers + 1,
                                                   .uri = 255,
                                                   .identity = kIdentityBytes,
                                                   .server_key = kServerKeyBytes,
                                                   .secret_key = kKeyBytes,
                                                   .sni = 64,
                                                   .ciphersuites = 4,
                                                   .secondary_uris = 1}>
      security_rows_;
  std::array<client::ServerInstance, kMaxServers> server_rows_;
  std::array<client::ServerLists, kMaxServers> server_lists_;
  client::AccessControlStorage<client::AccessControlCapacity{.instances = 32,
                                                             .entries = kMaxServers + 1}>
      access_rows_;
  std::array<client::TemperatureSensor, 1> sensors_;
  std::array<client::Light, 8> lights_;

  client::SecurityObject security_;
  client::FullServerObject servers_;
  client::AccessControlObject access_;
  client::DeviceObject device_;
  client::ConnectivityMonitoringObject connectivity_;
  SimulatedFlash flash_;
  client::FirmwareUpdateObject firmware_;
  client::LocationObject location_;
  client::ConnectivityStatisticsObject statistics_;
  client::TemperatureObject temperature_;
  client::LightControlObject light_;
  std::array<client::Object*, 10> objects_;

  std::set<lwm2m::Path> pinned_;
  double battery_ = 87;
  bool charging_ = false;
  unsigned updates_ = 0;
  Instant installed_at_ = Instant::never();
};

}  // namespace linnet::cli
