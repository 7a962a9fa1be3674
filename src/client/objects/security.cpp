// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/security.hpp>

#include <algorithm>

#include <client/objects/number_value.hpp>

namespace linnet::client {

namespace security = lwm2m::objects::security;
using lwm2m::DataType;

bool BytesSlot::assign(ByteView value) {
  if (value.size() > storage.size()) return false;
  std::copy(value.begin(), value.end(), storage.begin());
  size = value.size();
  return true;
}

void SecurityInstance::set(Id resource, std::uint32_t number) {
  LINNET_CHECK(resource < kResources);
  present_ |= 1u << resource;
  numbers_[resource] = number;
}

BytesSlot* SecurityInstance::slot(Id resource) {
  switch (resource) {
    case security::kServerUri: return &uri;
    case security::kPublicKeyOrIdentity: return &identity;
    case security::kServerPublicKey: return &server_key;
    case security::kSecretKey: return &secret_key;
    case security::kSni: return &sni;
    default: return nullptr;
  }
}

SecurityInstance* SecurityObject::row(Id instance) const {
  for (SecurityInstance& row : rows_) {
    if (row.id == instance) return &row;
  }
  return nullptr;
}

const SecurityInstance* SecurityObject::find(Id instance) const {
  return instance == kNoId ? nullptr : row(instance);
}

const SecurityInstance* SecurityObject::find_server(ShortServerId server) const {
  for (const SecurityInstance& row : rows_) {
    if (row.id != kNoId && !row.is_bootstrap() && row.short_server_id() == server) return &row;
  }
  return nullptr;
}

Status SecurityObject::add(const SecurityAccount& account) {
  if (find(account.instance) != nullptr) return Error::Exists;
  LINNET_TRY(create(account.instance));
  SecurityInstance& target = *row(account.instance);
  target.set(security::kBootstrapServer, account.bootstrap ? 1 : 0);
  target.set(security::kSecurityMode, static_cast<std::uint32_t>(account.mode));
  if (!account.bootstrap) target.set(security::kShortServerId, account.short_server_id);
  const struct {
    Id resource;
    ByteView bytes;
  } texts[] = {{security::kServerUri, as_bytes(account.uri)},
               {security::kPublicKeyOrIdentity, account.identity},
               {security::kServerPublicKey, account.server_key},
               {security::kSecretKey, account.secret_key}};
  for (const auto& text : texts) {
    target.set(text.resource, 0);
    if (!target.slot(text.resource)->assign(text.bytes)) {
      (void)remove(account.instance);
      return Error::NoSpace;
    }
  }
  return {};
}

Id SecurityObject::next_instance(Id after) const {
  Id best = kNoId;
  for (const SecurityInstance& row : rows_) {
    if (row.id >= static_cast<Id>(after + 1)) best = std::min(best, row.id);
  }
  return best;
}

bool SecurityObject::has_resource(const Path& resource) const {
  const SecurityInstance* target = row(resource.instance());
  return target != nullptr && resource.resource() < SecurityInstance::kResources &&
         target->has(resource.resource());
}

Result<Value> SecurityObject::read(const Path& path) {
  SecurityInstance& target = *row(path.instance());
  const DataType type = definition_.find(path.resource())->type;
  const BytesSlot* slot = target.slot(path.resource());
  if (slot == nullptr) return to_value(type, target.get(path.resource()));
  return type == DataType::String ? Value::string(slot->text()) : Value::opaque(slot->view());
}

namespace {

ByteView bytes_of(const Value& value) {
  return value.type() == DataType::Opaque ? value.as_opaque() : as_bytes(value.as_string());
}

}  // namespace

Status SecurityObject::check(const Path& path, const Value& value) {
  // A bootstrap may name an instance that is not there yet: all rows are alike.
  if (path.resource() >= SecurityInstance::kResources || rows_.empty()) return Error::NotAllowed;
  const BytesSlot* slot = rows_[0].slot(path.resource());
  if (slot == nullptr) return from_value(value).ok() ? Status() : Error::Range;
  return bytes_of(value).size() <= slot->storage.size() ? Status() : Error::Range;
}

Status SecurityObject::write(const Path& path, const Value& value) {
  LINNET_TRY(check(path, value));
  SecurityInstance& target = *row(path.instance());
  BytesSlot* slot = target.slot(path.resource());
  if (slot == nullptr) {
    LINNET_TRY_ASSIGN(const std::uint32_t number, from_value(value));
    target.set(path.resource(), number);
    return {};
  }
  if (!slot->assign(bytes_of(value))) return Error::Range;
  target.set(path.resource(), 0);
  return {};
}

Status SecurityObject::reset(const Path& path) {
  SecurityInstance& target = *row(path.instance());
  target.clear(path.resource());
  BytesSlot* slot = target.slot(path.resource());
  if (slot != nullptr) slot->size = 0;
  return {};
}

Status SecurityObject::create(Id instance) {
  SecurityInstance* target = row(kNoId);
  if (target == nullptr) return Error::NoSpace;
  target->id = instance;
  return {};
}

Status SecurityObject::remove(Id instance) {
  SecurityInstance& target = *row(instance);
  for (Id id = 0; id < SecurityInstance::kResources; ++id) {
    // Keys do not stay behind in memory.
    if (BytesSlot* slot = target.slot(id); slot != nullptr) {
      std::fill(slot->storage.begin(), slot->storage.end(), std::uint8_t{0});
      slot->size = 0;
    }
    target.clear(id);
  }
  target.id = kNoId;
  return {};
}

}  // namespace linnet::client
