// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/access_control.hpp>

#include <algorithm>

#include <client/objects/next_row.hpp>
#include <client/objects/number_value.hpp>

namespace linnet::client {

namespace acl = lwm2m::objects::access_control;
namespace account = lwm2m::objects::server;

namespace {

constexpr ShortServerId kDefaultEntry = 0;
constexpr ShortServerId kBootstrapOnly = 65535;
constexpr std::uint8_t kAllRights = 15;  // Create is a right on objects

constexpr std::uint8_t bit(Right right) { return static_cast<std::uint8_t>(right); }

bool contains(std::span<const ShortServerId> servers, ShortServerId server) {
  return std::find(servers.begin(), servers.end(), server) != servers.end();
}

/// 0 to 2: how much an heir can do with an instance.
unsigned weight(const AclEntry& entry) {
  return ((entry.rights & bit(Right::Write)) != 0 ? 1u : 0u) +
         ((entry.rights & bit(Right::Delete)) != 0 ? 1u : 0u);
}

}  // namespace

const AclEntry* AccessControlInstance::find(ShortServerId server) const {
  for (const AclEntry& entry : acl) {
    if (entry.server == server) return &entry;
  }
  return nullptr;
}

AccessControlInstance* AccessControlObject::row(Id instance) const {
  for (AccessControlInstance& row : rows_) {
    if (row.id == instance) return &row;
  }
  return nullptr;
}

const AccessControlInstance* AccessControlObject::governing(const Path& target) const {
  for (const AccessControlInstance& row : rows_) {
    if (row.id != kNoId && row.has_instance && row.object == target.object() &&
        row.instance == target.instance()) {
      return &row;
    }
  }
  return nullptr;
}

// --- Accounts ---

bool AccessControlObject::is_account(ShortServerId server) const {
  for (Id id = accounts_.next_instance(kNoId); id != kNoId; id = accounts_.next_instance(id)) {
    const Path path(account::kObject, id, account::kShortServerId);
    if (number_of(accounts_.read(path), 0) == server) return true;
  }
  return false;
}

ShortServerId AccessControlObject::lowest_account(std::span<const ShortServerId> without) const {
  ShortServerId lowest = kBootstrapOnly;
  for (Id id = accounts_.next_instance(kNoId); id != kNoId; id = accounts_.next_instance(id)) {
    const Path path(account::kObject, id, account::kShortServerId);
    const auto server = static_cast<ShortServerId>(number_of(accounts_.read(path), 0));
    if (server != 0 && server < lowest && !contains(without, server)) lowest = server;
  }
  return lowest;
}

// --- Questions ---

bool AccessControlObject::enabled() const {
  if (next_instance(kNoId) == kNoId) return false;
  const Id first = accounts_.next_instance(kNoId);
  const bool several = first != kNoId && accounts_.next_instance(first) != kNoId;
  return several || enabler_ == lwm2m::kEnabler10;
}

std::uint8_t AccessControlObject::rights(ShortServerId server, const Path& instance) const {
  const AccessControlInstance* row = governing(instance);
  if (row == nullptr) return 0;  // [ACL-21]
  if (const AclEntry* own = row->find(server)) return own->rights;
  if (row->owner == server) return kAllRights;
  const AclEntry* others = row->find(kDefaultEntry);  // [ACL-05]
  return others != nullptr ? others->rights : 0;
}

bool AccessControlObject::allows(ShortServerId server, Right right, const Path& path) const {
  // [ACL-18]: instances of this object come by a bootstrap, and as consequences.
  const bool own = path.object() == acl::kObject;
  if (own && (right == Right::Create || right == Right::Delete)) return false;
  if (!enabled()) return true;
  if (own) {
    // [ACL-11] [ACL-20]: everybody may look, the owner may change; instances come and go with their
    // targets.
    const AccessControlInstance* governed = row(path.instance());
    return right == Right::Read ||
           (right == Right::Write && governed != nullptr && governed->owner == server);
  }
  return (rights(server, path) & bit(right)) != 0;
}

// --- What servers create and delete ---

Status AccessControlObject::add(const Path& target, ShortServerId owner,
                                std::span<const AclEntry> entries) {
  if (governing(target) != nullptr) return Error::Exists;
  AccessControlInstance* free = row(kNoId);
  if (free == nullptr || entries.size() > free->acl.size()) return Error::NoSpace;
  Id id = 0;
  while (row(id) != nullptr) ++id;
  free->id = id;
  free->object = target.object();
  free->instance = target.instance();
  free->has_instance = true;
  free->owner = owner;
  std::copy(entries.begin(), entries.end(), free->acl.begin());
  changes_.add(Path(acl::kObject, id), Change::Kind::Created);
  return {};
}

// [ACL-08] [DM-57]
Status AccessControlObject::created(ShortServerId server, const Path& instance) {
  if (!enabled()) return {};
  const AclEntry own = {.server = server, .rights = kAllRights};
  return add(instance, server, {&own, 1});
}

// [ACL-12]
void AccessControlObject::removed(const Path& instance) {
  for (AccessControlInstance& row : rows_) {
    if (row.id == kNoId || !row.target().is_instance() || !instance.contains(row.target()))
      continue;
    changes_.add(Path(acl::kObject, row.id), Change::Kind::Removed);
    clear(row);
  }
}

// --- Unbootstrapping ---

/// Who owns an instance after its owner has left. [UB-04]
ShortServerId AccessControlObject::heir(const AccessControlInstance& row,
                                        std::span<const ShortServerId> leaving) const {
  const AclEntry* best = nullptr;
  for (const AclEntry& entry : row.acl) {
    if (entry.server == kNoId || entry.server == kDefaultEntry) continue;  // [UB-10]
    if (contains(leaving, entry.server)) continue;
    const bool better = best == nullptr || weight(entry) > weight(*best) ||
                        (weight(entry) == weight(*best) && entry.server < best->server);
    if (better) best = &entry;
  }
  return best != nullptr ? best->server : lowest_account(leaving);
}

void AccessControlObject::unbootstrap(std::span<const ShortServerId> leaving,
                                      FunctionRef<bool(const Path&)> remove_target) {
  for (AccessControlInstance& row : rows_) {
    if (row.id == kNoId) continue;
    const bool orphan = contains(leaving, row.owner);
    bool others = false;
    for (const AclEntry& entry : row.acl) {
      if (entry.server == kNoId || contains(leaving, entry.server)) continue;
      // Default rights are somebody's only if somebody is left.
      others = others || entry.server != kDefaultEntry ||
               (entry.rights != 0 && lowest_account(leaving) != kBootstrapOnly);
    }
    const Path device(lwm2m::objects::device::kObject, 0);
    if (orphan && !others && row.target().is_instance() && row.target() != device) {
      const Path target = row.target();
      if (remove_target(target)) {
        removed(target);  // if `remove_target` has not led to it
        continue;
      }
    }
    bool touched = false;
    for (AclEntry& entry : row.acl) {
      if (entry.server == kNoId || !contains(leaving, entry.server)) continue;
      entry = {};
      touched = true;
    }
    if (touched) changes_.add(Path(acl::kObject, row.id, acl::kAcl));
    if (orphan) {
      row.owner = heir(row, leaving);
      changes_.add(Path(acl::kObject, row.id, acl::kAccessControlOwner));  // [UB-09]
    }
  }
}

// --- The object ---

Id AccessControlObject::next_instance(Id after) const {
  return next_row<&AccessControlInstance::id>(rows_, after);
}

bool AccessControlObject::has_resource(const Path& resource) const {
  const AccessControlInstance* target = row(resource.instance());
  if (target == nullptr) return false;
  switch (resource.resource()) {
    case acl::kObjectId: return target->object != kNoId;
    case acl::kObjectInstanceId: return target->has_instance;
    case acl::kAcl: return next_resource_instance(resource, kNoId) != kNoId;
    case acl::kAccessControlOwner: return target->owner != 0;
    default: return false;
  }
}

Id AccessControlObject::next_resource_instance(const Path& resource, Id after) const {
  const AccessControlInstance* target = row(resource.instance());
  if (target == nullptr || resource.resource() != acl::kAcl) return kNoId;
  Id best = kNoId;
  for (const AclEntry& entry : target->acl) {
    if (entry.server >= static_cast<Id>(after + 1)) best = std::min(best, entry.server);
  }
  return best;
}

Result<Value> AccessControlObject::read(const Path& path) {
  const AccessControlInstance& target = *row(path.instance());
  switch (path.resource()) {
    case acl::kObjectId: return Value::integer(target.object);
    case acl::kObjectInstanceId: return Value::integer(target.instance);
    case acl::kAccessControlOwner: return Value::integer(target.owner);
    default: break;
  }
  const AclEntry* entry = target.find(path.resource_instance());
  if (entry == nullptr) return Error::NotFound;
  return Value::integer(entry->rights);
}

/// What a server may write: rights of servers that there are, and an owner among them.
Status AccessControlObject::check(const Path& path, const Value& value) {
  if (path.resource() == acl::kAcl) {
    if (value.empty()) return {};
    const Id server = path.resource_instance();
    if (value.as_integer() < 0 || value.as_integer() > 31) return Error::Range;
    if (server != kDefaultEntry && !is_account(server)) return Error::Range;
    const AccessControlInstance* target = row(path.instance());
    const bool room =
        target == nullptr || target->find(server) != nullptr || target->find(kNoId) != nullptr;
    return room ? Status() : Error::NoSpace;
  }
  if (path.resource() == acl::kAccessControlOwner) {
    return is_account(static_cast<ShortServerId>(value.as_integer())) ? Status() : Error::Range;
  }
  return {};
}

/// Accounts may come later in a bootstrap; what does not fit is found at its end.
Status AccessControlObject::check_bootstrap(const Path& path, const Value& value) {
  const std::int64_t number = value.as_integer();
  if (number < 0 || number > (path.resource() == acl::kAcl ? 31 : 65535)) return Error::Range;
  if (path.resource() != acl::kAcl) return {};
  const AccessControlInstance* target = row(path.instance());
  const bool room = target == nullptr || target->find(path.resource_instance()) != nullptr ||
                    target->find(kNoId) != nullptr;
  return room ? Status() : Error::NoSpace;
}

Status AccessControlObject::put(AccessControlInstance& row, ShortServerId server,
                                std::uint8_t rights) {
  for (const ShortServerId wanted : {server, ShortServerId{kNoId}}) {
    for (AclEntry& entry : row.acl) {
      if (entry.server != wanted) continue;
      entry = {.server = server, .rights = rights};
      return {};
    }
  }
  return Error::NoSpace;
}

Status AccessControlObject::write(const Path& path, const Value& value) {
  AccessControlInstance& target = *row(path.instance());
  const auto number = static_cast<std::uint16_t>(value.as_integer());
  switch (path.resource()) {
    case acl::kObjectId: target.object = number; return {};
    case acl::kObjectInstanceId:
      target.instance = number;
      target.has_instance = true;
      return {};
    case acl::kAcl: return put(target, path.resource_instance(), static_cast<std::uint8_t>(number));
    case acl::kAccessControlOwner: target.owner = number; return {};
    default: return Error::NotFound;
  }
}

Status AccessControlObject::reset(const Path& path) {
  AccessControlInstance& target = *row(path.instance());
  if (path.resource() != acl::kAcl) return Error::NotAllowed;
  for (AclEntry& entry : target.acl) {
    if (!path.is_resource_instance() || entry.server == path.resource_instance()) entry = {};
  }
  return {};
}

void AccessControlObject::clear(AccessControlInstance& row) {
  std::fill(row.acl.begin(), row.acl.end(), AclEntry{});
  row = {.acl = row.acl};
}

/// By a bootstrap: servers have no right to make one.
Status AccessControlObject::create(Id instance) {
  AccessControlInstance* free = row(kNoId);
  if (free == nullptr) return Error::NoSpace;
  free->id = instance;
  return {};
}

Status AccessControlObject::remove(Id instance) {
  clear(*row(instance));
  return {};
}

}  // namespace linnet::client
