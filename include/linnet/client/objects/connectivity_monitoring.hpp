// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 4, Connectivity Monitoring (Core 1.2 Appendix E.5): what the application knows about the
// network.
#include <span>

#include <linnet/client/object.hpp>
#include <linnet/client/objects/number_row.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

class ConnectivityMonitoringObject final : public Object {
 public:
  using Texts = std::span<const std::string_view>;

  /// `definition` is one of lwm2m::objects::kConnectivityMonitoring_1_x. Bearers as in /4/0/0:
  /// 6 LTE-FDD, 7 NB-IoT, 21 WLAN, 41 Ethernet, ...; `available` outlives the object.
  ConnectivityMonitoringObject(const lwm2m::ObjectDefinition& definition, std::uint8_t bearer,
                               std::span<const std::uint8_t> available);

  /// One of the numbers, by its resource: bearer, signal strength (dBm), link quality, ...
  void set(Id resource, std::int32_t number);
  /// Makes an optional number vanish.
  void clear(Id resource);
  /// Texts and the lists of them outlive the object, or the next call.
  void set_ip_addresses(Texts addresses);
  void set_router_addresses(Texts addresses);
  void set_apns(Texts apns);

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override { return definition_; }
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Id next_resource_instance(const Path& resource, Id after) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  bool poll_change(Change& out) override { return changes_.poll(out); }

 private:
  [[nodiscard]] const Texts* texts(Id resource) const;
  void note(Id resource);

  const lwm2m::ObjectDefinition& definition_;
  std::span<const std::uint8_t> available_;
  Texts ip_addresses_;
  Texts router_addresses_;
  Texts apns_;
  NumberRow<14> numbers_;
  ChangeLog changes_;
};

}  // namespace linnet::client
