// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object definitions in the API.
#include "api_area.hpp"
#include "model_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> model_routes();

class ModelApi final : public ApiArea {
 public:
  /// Both outlive it; `desk` is only touched on the shard's thread.
  ModelApi(ModelDesk& desk, const ShardCalls& shard) : desk_(desk), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return model_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void show(const ApiRequest& request, const Responder& responder);
  void upload(ApiRequest& request, const Responder& responder);

  ModelDesk& desk_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
