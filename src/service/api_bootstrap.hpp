// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bootstrap configurations and sessions in the API.
#include "api_area.hpp"
#include "bootstrap_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> bootstrap_routes();

class BootstrapApi final : public ApiArea {
 public:
  /// Both outlive it; `desk` is only touched on the shard's thread.
  BootstrapApi(BootstrapDesk& desk, const ShardCalls& shard) : desk_(desk), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return bootstrap_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  BootstrapDesk& desk_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
