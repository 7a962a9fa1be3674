// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/fixed_security.hpp>

namespace linnet::client {

namespace security = lwm2m::objects::security;

const SecurityAccount* FixedSecurityObject::find(Id instance) const {
  for (const SecurityAccount& account : accounts_) {
    if (account.instance == instance) return &account;
  }
  return nullptr;
}

Id FixedSecurityObject::next_instance(Id after) const {
  for (const SecurityAccount& account : accounts_) {
    if (account.instance >= static_cast<Id>(after + 1)) return account.instance;
  }
  return kNoId;
}

bool FixedSecurityObject::has_resource(const Path& resource) const {
  const SecurityAccount* account = find(resource.instance());
  if (account == nullptr) return false;
  const Id id = resource.resource();
  return id <= security::kSecretKey || (id == security::kShortServerId && !account->bootstrap);
}

Result<Value> FixedSecurityObject::read(const Path& path) {
  const SecurityAccount* account = find(path.instance());
  if (account == nullptr) return Error::NotFound;
  switch (path.resource()) {
    case security::kServerUri: return Value::string(account->uri);
    case security::kBootstrapServer: return Value::boolean(account->bootstrap);
    case security::kSecurityMode: return Value::integer(static_cast<int>(account->mode));
    case security::kPublicKeyOrIdentity: return Value::opaque(account->identity);
    case security::kServerPublicKey: return Value::opaque(account->server_key);
    case security::kSecretKey: return Value::opaque(account->secret_key);
    case security::kShortServerId: return Value::integer(account->short_server_id);
    default: return Error::NotFound;
  }
}

}  // namespace linnet::client
