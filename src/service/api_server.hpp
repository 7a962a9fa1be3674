// SPDX-License-Identifier: Apache-2.0
#pragma once
// The server itself in the API: health, version, the description of the API.
#include "api_area.hpp"
#include "device_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> server_routes();

class ServerApi final : public ApiArea {
 public:
  /// Both outlive it; `desk` is only touched on the shard's thread.
  ServerApi(DeviceDesk& desk, const ShardCalls& shard) : desk_(desk), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return server_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void ready(const Responder& responder);

  DeviceDesk& desk_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
