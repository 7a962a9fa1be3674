// SPDX-License-Identifier: Apache-2.0
#pragma once
// The configuration a client has, for the rules of lwm2m/configuration.hpp [BS-49].
#include <linnet/client/device_management.hpp>
#include <linnet/lwm2m/configuration.hpp>

namespace linnet::client {

/// Sees what no server may: the objects 0 and 21. Refers to the dispatcher and its objects.
class DeviceConfiguration final : public lwm2m::ConfigurationView {
 public:
  explicit DeviceConfiguration(const DeviceManagement& model) : model_(model) {}

  [[nodiscard]] Id next_instance(Id object, Id after) const override;
  [[nodiscard]] Id next_resource_instance(const Path& resource, Id after) const override;
  [[nodiscard]] Result<Value> value(const Path& path) const override;
  [[nodiscard]] bool has_instance(const Path& instance) const override;

  /// The first mandatory resource that an instance of any object lacks; the root if there is none.
  /// `find_inconsistency` looks at objects 0, 1, 2 and 21 only. [BS-51]
  [[nodiscard]] Path missing_resource() const;

 private:
  [[nodiscard]] bool has(const Path& resource) const;

  const DeviceManagement& model_;
};

}  // namespace linnet::client
