// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who may do what: asked by the dispatcher for each object instance (Core 1.2 §8) [DM-03].
// objects/access_control.hpp has the one that follows object 2.
#include <cstdint>
#include <span>

#include <linnet/base/function_ref.hpp>
#include <linnet/base/result.hpp>
#include <linnet/lwm2m/path.hpp>

namespace linnet::client {

/// A LwM2M Server as the client knows it: 1..65534 [ID-02].
using ShortServerId = std::uint16_t;

/// A right, with the bit it has in /2/x/2 [ACL-04].
enum class Right : std::uint8_t { Read = 1, Write = 2, Execute = 4, Delete = 8, Create = 16 };

class AccessControl {
 public:
  /// Whether `server` has `right` on the object instance `path`; for Create `path` is the object.
  [[nodiscard]] virtual bool allows(ShortServerId server, Right right,
                                    const lwm2m::Path& path) const = 0;
  /// `server` made an object instance. An error, such as `NoSpace`, takes the Create back.
  virtual Status created(ShortServerId server, const lwm2m::Path& instance) {
    (void)server, (void)instance;
    return {};
  }
  /// An object instance is gone, whoever removed it.
  virtual void removed(const lwm2m::Path& instance) { (void)instance; }
  /// The accounts of servers are deleted, all of `leaving` at once. Gives what only they could
  /// reach to `remove_target`, which removes it, or says false if it stays, as an instance that the
  /// device always has: the servers that are left follow there too. [UB-02] [UB-03] [UB-04]
  virtual void unbootstrap(std::span<const ShortServerId> leaving,
                           FunctionRef<bool(const lwm2m::Path&)> remove_target) {
    (void)leaving, (void)remove_target;
  }

 protected:
  ~AccessControl() = default;
};

/// Every server may do everything: right for a client with one server account [ACL-02].
class FullRights final : public AccessControl {
 public:
  [[nodiscard]] bool allows(ShortServerId, Right, const lwm2m::Path&) const override {
    return true;
  }
};

}  // namespace linnet::client
