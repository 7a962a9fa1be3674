// SPDX-License-Identifier: Apache-2.0
#pragma once
// What devices reported, in the API: last values and history.
#include "api_area.hpp"
#include "value_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> value_routes();

class ValueApi final : public ApiArea {
 public:
  /// Both outlive it; `desk` is only touched on the shard's thread.
  ValueApi(ValueDesk& desk, const ShardCalls& shard) : desk_(desk), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return value_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void values(const ApiRequest& request, const Responder& responder);
  void history(const ApiRequest& request, const Responder& responder);

  ValueDesk& desk_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
