// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 2, LwM2M Access Control (Core 1.2 §8 and Appendix E.3): which server may do what with
// which object instance. It answers the dispatcher's questions and follows what servers create.
#include <array>
#include <span>

#include <linnet/base/function_ref.hpp>
#include <linnet/client/access_control.hpp>
#include <linnet/client/object.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

/// One entry of /2/x/2: the rights of a server, or with server 0 those of every server that has
/// no entry of its own.
struct AclEntry {
  ShortServerId server = kNoId;  ///< kNoId: this place is free
  std::uint8_t rights = 0;       ///< bits of `Right`
};

/// One instance of /2. Rows are laid out by `AccessControlStorage`.
struct AccessControlInstance {
  Id id = kNoId;        ///< kNoId: this row is free
  Id object = kNoId;    ///< /2/x/0; kNoId: not there
  Id instance = kNoId;  ///< /2/x/1; kNoId: the object itself, for Create
  bool has_instance = false;
  ShortServerId owner = 0;  ///< /2/x/3; 0: not there; 65535: only a bootstrap may change it
  std::span<AclEntry> acl{};

  /// The root while a bootstrap has not written all of it.
  [[nodiscard]] Path target() const {
    return object != kNoId && has_instance ? Path(object, instance) : Path();
  }
  [[nodiscard]] bool is_object_level() const { return has_instance && instance == kNoId; }
  /// The entry of a server, 0 for the default one; null if there is none.
  [[nodiscard]] const AclEntry* find(ShortServerId server) const;
};

struct AccessControlCapacity {
  std::uint16_t instances = 8;
  std::uint16_t entries = 4;  ///< of each, the default one included
};

/// The storage of an `AccessControlObject`. Not movable: the rows point into it.
template <AccessControlCapacity C>
class AccessControlStorage {
 public:
  AccessControlStorage() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      rows_[i].acl = std::span(entries_).subspan(i * C.entries, C.entries);
    }
  }
  AccessControlStorage(const AccessControlStorage&) = delete;
  AccessControlStorage& operator=(const AccessControlStorage&) = delete;

  [[nodiscard]] std::span<AccessControlInstance> rows() { return rows_; }

 private:
  std::array<AccessControlInstance, C.instances> rows_;
  std::array<AclEntry, std::size_t{C.instances} * C.entries> entries_;
};

class AccessControlObject final : public Object, public AccessControl {
 public:
  /// `accounts` is object 1, whose instances are the servers there are; `definition` one of
  /// lwm2m::objects::kAccessControl_1_x; `enabler` the one announced. All outlive the object, which
  /// belongs both into the objects of the client and into `Config::access`.
  AccessControlObject(std::span<AccessControlInstance> rows, Object& accounts,
                      const lwm2m::ObjectDefinition& definition, lwm2m::Version enabler)
      : rows_(rows), accounts_(accounts), definition_(definition), enabler_(enabler) {}

  /// Whether rights are looked up at all. No instance of /2: every server may do everything. One
  /// server: so it may from 1.1 on, while 1.0 follows the instances there are. [ACL-01] [ACL-02]
  [[nodiscard]] bool enabled() const;
  /// The rights of a server on an object instance, bits of `Right`. [ACL-07] [ACL-09] [ACL-10]
  [[nodiscard]] std::uint8_t rights(ShortServerId server, const Path& instance) const;
  /// The row that governs an object instance, or an object for Create; null if there is none.
  [[nodiscard]] const AccessControlInstance* governing(const Path& target) const;
  [[nodiscard]] std::span<const AccessControlInstance> rows() const { return rows_; }

  /// Adds an instance with the first free id: of a factory configuration, a test. `NoSpace` if
  /// there is no row or there are too many entries, `Exists` if the target has one already.
  Status add(const Path& target, ShortServerId owner, std::span<const AclEntry> acl);

  /// What the unbootstrapping of servers does to this object [UB-02] [UB-03] [UB-04] [UB-10].
  /// `leaving` are the servers whose accounts go, all at once, so that their order cannot matter;
  /// their instances of object 1 may still be there. An instance that only they could reach is
  /// given to `remove_target`, which removes it, and its row goes; of others their entries go, and
  /// who had an owner among them gets the remaining server with the greatest sum of W and D, of
  /// several the one with the lowest id. Where only default rights remain, the remaining server
  /// with the lowest id becomes the owner, for /3/0 and objects without any server 65535.
  void unbootstrap(std::span<const ShortServerId> leaving,
                   FunctionRef<bool(const Path&)> remove_target) override;

  // --- AccessControl ---

  [[nodiscard]] bool allows(ShortServerId server, Right right, const Path& path) const override;
  Status created(ShortServerId server, const Path& instance) override;
  void removed(const Path& instance) override;

  // --- Object ---

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override { return definition_; }
  [[nodiscard]] bool persists() const override { return true; }
  [[nodiscard]] Id next_instance(Id after) const override;
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Id next_resource_instance(const Path& resource, Id after) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  [[nodiscard]] Status check_bootstrap(const Path& path, const Value& value) override;
  Status write(const Path& path, const Value& value) override;
  Status reset(const Path& path) override;
  Status create(Id instance) override;
  Status remove(Id instance) override;
  bool poll_change(Change& out) override { return changes_.poll(out); }

 private:
  [[nodiscard]] AccessControlInstance* row(Id instance) const;
  [[nodiscard]] bool is_account(ShortServerId server) const;
  [[nodiscard]] ShortServerId lowest_account(std::span<const ShortServerId> without) const;
  [[nodiscard]] ShortServerId heir(const AccessControlInstance& row,
                                   std::span<const ShortServerId> leaving) const;
  Status put(AccessControlInstance& row, ShortServerId server, std::uint8_t rights);
  void clear(AccessControlInstance& row);

  std::span<AccessControlInstance> rows_;
  Object& accounts_;
  const lwm2m::ObjectDefinition& definition_;
  lwm2m::Version enabler_;
  ChangeLog changes_;
};

}  // namespace linnet::client
