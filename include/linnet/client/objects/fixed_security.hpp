// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 0 (Core 1.2 Appendix E.1) of a device whose accounts never change: a constexpr table in
// flash instead of rows in memory. For devices without bootstrap; see security.hpp for the others.
#include <span>

#include <linnet/client/objects/security.hpp>

namespace linnet::client {

/// Has the resources 0 to 5 and 10 of each account. Servers cannot see it, and it cannot be
/// written.
///
///   constexpr SecurityAccount kAccounts[] = {{.instance = 0, .uri = "coap://192.0.2.1:5683",
///                                             .short_server_id = 1}};
///   FixedSecurityObject security(kAccounts);
class FixedSecurityObject final : public Object {
 public:
  /// `accounts` ascend by instance and outlive the object.
  explicit FixedSecurityObject(std::span<const SecurityAccount> accounts) : accounts_(accounts) {}

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override {
    return lwm2m::objects::kSecurity_1_0;
  }
  [[nodiscard]] Id next_instance(Id after) const override;
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;

 private:
  [[nodiscard]] const SecurityAccount* find(Id instance) const;

  std::span<const SecurityAccount> accounts_;
};

}  // namespace linnet::client
