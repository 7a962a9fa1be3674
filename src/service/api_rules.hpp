// SPDX-License-Identifier: Apache-2.0
#pragma once
// Observe rules in the API.
#include "api_area.hpp"
#include "rule_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> rule_routes();

class RuleApi final : public ApiArea {
 public:
  /// Both outlive it; `desk` is only touched on the shard's thread.
  RuleApi(RuleDesk& desk, const ShardCalls& shard) : desk_(desk), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return rule_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void list(const ApiRequest& request, const Responder& responder);
  void show(const ApiRequest& request, const Responder& responder);
  void put(ApiRequest& request, const Responder& responder);
  void drop(const ApiRequest& request, const Responder& responder);

  RuleDesk& desk_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
