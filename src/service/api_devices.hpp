// SPDX-License-Identifier: Apache-2.0
#pragma once
// Devices in the API: list, show, remove, and what is asked of them.
#include "api_area.hpp"
#include "device_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> device_routes();

class DeviceApi final : public ApiArea {
 public:
  /// Both outlive it; `desk` is only touched on the shard's thread.
  DeviceApi(DeviceDesk& desk, const ShardCalls& shard) : desk_(desk), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return device_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void list(const ApiRequest& request, const Responder& responder);
  void show(const ApiRequest& request, const Responder& responder);
  void remove(const ApiRequest& request, const Responder& responder);
  void operate(ApiRequest& request, const Responder& responder);

  DeviceDesk& desk_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
