// SPDX-License-Identifier: Apache-2.0
#pragma once
// Operations in the API: what is asked of one device or of many, what became of it, and cancelling.
#include "api_area.hpp"
#include "operation_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> operation_routes();

class OperationApi final : public ApiArea {
 public:
  /// Both outlive it; `desk` is only touched on the shard's thread.
  OperationApi(OperationDesk& desk, const ShardCalls& shard) : desk_(desk), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return operation_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void operate(const ApiRequest& request, const Responder& responder);
  void operate_many(const ApiRequest& request, const Responder& responder);
  void list(const ApiRequest& request, const Responder& responder, const std::string* endpoint);
  void show(const ApiRequest& request, const Responder& responder);
  void cancel(const ApiRequest& request, const Responder& responder);
  void show_batch(const ApiRequest& request, const Responder& responder);
  void cancel_batch(const ApiRequest& request, const Responder& responder);

  OperationDesk& desk_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
