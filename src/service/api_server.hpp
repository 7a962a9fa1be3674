// SPDX-License-Identifier: Apache-2.0
#pragma once
// The server itself in the API: health, version, how the fleet is, the description of the API.
#include "api_area.hpp"
#include "device_desk.hpp"
#include "insight.hpp"
#include "store.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> server_routes();

class ServerApi final : public ApiArea {
 public:
  /// All outlive it; `desk`, `store` and `insight` are only touched on the shard's thread.
  ServerApi(DeviceDesk& desk, const Store& store, Insight& insight, const ShardCalls& shard)
      : desk_(desk), store_(store), insight_(insight), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return server_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void ready(const Responder& responder);
  void overview(const ApiRequest& request, const Responder& responder);
  void metrics(const Responder& responder);

  DeviceDesk& desk_;
  const Store& store_;
  Insight& insight_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
