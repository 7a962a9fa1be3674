// SPDX-License-Identifier: Apache-2.0
#pragma once
// Credentials, trust anchors and the server's own keys in the API.
#include "api_area.hpp"
#include "credential_desk.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> credential_routes();

class CredentialApi final : public ApiArea {
 public:
  /// Both outlive it; `desk` is only touched on the shard's thread.
  CredentialApi(CredentialDesk& desk, const ShardCalls& shard) : desk_(desk), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return credential_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  CredentialDesk& desk_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
