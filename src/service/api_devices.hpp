// SPDX-License-Identifier: Apache-2.0
#pragma once
// Devices in the API: list, show, tag and remove, and what happened to them.
#include "api_area.hpp"
#include "device_desk.hpp"
#include "device_directory.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> device_routes();

class DeviceApi final : public ApiArea {
 public:
  /// All outlive it; `desk` and `directory` are only touched on the shard's thread.
  DeviceApi(DeviceDesk& desk, DeviceDirectory& directory, const ShardCalls& shard)
      : desk_(desk), directory_(directory), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return device_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void list(const ApiRequest& request, const Responder& responder);
  void show(const ApiRequest& request, const Responder& responder);
  void remove(const ApiRequest& request, const Responder& responder);
  void put_tags(const ApiRequest& request, const Responder& responder);
  void list_tags(const ApiRequest& request, const Responder& responder);
  void timeline(const ApiRequest& request, const Responder& responder);

  DeviceDesk& desk_;
  DeviceDirectory& directory_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
