// SPDX-License-Identifier: Apache-2.0
// The server accounts: pairs of a Security and a Server instance with one Short Server ID [BS-04].
#include <client/objects/number_value.hpp>
#include <client/operations.hpp>
#include <client/server_rules.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

namespace security = lwm2m::objects::security;
namespace account = lwm2m::objects::server;

Server* Engine::server_at(PeerId peer) const {
  if (peer >= tables_.servers.size() || tables_.servers[peer].id == 0) return nullptr;
  return &tables_.servers[peer];
}

ShortServerId Engine::short_server_id(PeerId peer) const {
  const Server* server = server_at(peer);
  return server != nullptr ? server->id : ShortServerId{0};
}

PeerId Engine::peer_of(ShortServerId id) const {
  for (PeerId peer = 0; peer < peers(); ++peer) {
    const Server& server = tables_.servers[peer];
    if (id != 0 && server.id == id && !server.leaving) return peer;
  }
  return kNoPeer;
}

Id Engine::security_instance(PeerId peer) const {
  if (is_bootstrap(peer)) return tables_.servers[peer].security;
  const Server* server = server_at(peer);
  return server != nullptr ? server->security : kNoId;
}

std::string_view Engine::server_uri(PeerId peer) {
  const Id instance = security_instance(peer);
  if (instance == kNoId) return {};
  const auto uri = account_value(Path(security::kObject, instance, security::kServerUri));
  if (!uri || uri->type() != lwm2m::DataType::String) return {};
  return uri->as_string();
}

Result<Value> Engine::account_value(const Path& path) {
  Object* object = dm_.object(path.object());
  if (object == nullptr || !object->has_resource(path)) return Error::NotFound;
  return object->read(path);
}

std::uint32_t Engine::account_number(const Server& server, Id resource, std::uint32_t absent) {
  return number_of(account_value(Path(account::kObject, server.account, resource)), absent);
}

Id Engine::security_of(ShortServerId server) {
  Object* object = dm_.object(security::kObject);
  if (object == nullptr) return kNoId;
  for (Id id = object->next_instance(kNoId); id != kNoId; id = object->next_instance(id)) {
    const auto number = [&](Id resource) {
      return number_of(account_value(Path(security::kObject, id, resource)), 0);
    };
    if (number(security::kBootstrapServer) == 0 && number(security::kShortServerId) == server) {
      return id;
    }
  }
  return kNoId;
}

void Engine::reload_accounts(Instant now) {
  now_ = now;
  Object* object = dm_.object(account::kObject);
  if (object == nullptr) return;
  if (features_.bootstrap != nullptr && !features_.bootstrap->load(*this)) return;
  for (Server& server : tables_.servers) server.account = kNoId;
  for (Id id = object->next_instance(kNoId); id != kNoId; id = object->next_instance(id)) {
    const auto ssid = static_cast<ShortServerId>(
        number_of(account_value(Path(account::kObject, id, account::kShortServerId)), 0));
    const bool named = ssid != 0 && ssid != 0xFFFF;  // [ID-02]
    const Id security_id = named ? security_of(ssid) : kNoId;
    if (security_id == kNoId) continue;
    PeerId peer = peer_of(ssid);
    for (PeerId row = 0; peer == kNoPeer && row < server_rows(); ++row) {
      if (tables_.servers[row].id == 0) peer = row;
    }
    if (peer == kNoPeer) continue;
    Server& server = tables_.servers[peer];
    if (server.id == 0) server.message_id = static_cast<std::uint16_t>(rng_.next());
    server.id = ssid;
    server.security = security_id;
    server.account = id;
    if (features_.bootstrap != nullptr) features_.bootstrap->recognise(*this, peer);
    if (server.state == RegistrationState::Idle && !stopping_) {
      server.state = RegistrationState::Waiting;
      server.deadline = now;
      server.attempt = server.sequence = 0;
    }
  }
  bool any = false;
  for (PeerId peer = 0; peer < server_rows(); ++peer) {
    const Server& server = tables_.servers[peer];
    any = any || server.account != kNoId;
    if (server.id == 0 || server.account != kNoId || server.leaving) continue;
    if (features_.bootstrap != nullptr) {
      features_.bootstrap->leave(*this, peer);
    } else {
      forget_peer(peer);
    }
  }
  if (!any && features_.bootstrap != nullptr) features_.bootstrap->want(*this);  // [BS-08]
}

void Engine::forget_peer(PeerId peer) {
  end_observations(peer);
  cancel_all(peer);
  for (Transfer& transfer : tables_.transfers) {
    if (transfer.peer == peer) transfer = {};
  }
  remembered_.forget(peer);
  attributes_.remove_server(tables_.servers[peer].id);
  tables_.servers[peer] = {};
  (void)report(EventType::ServerRemoved, peer);
}

void Engine::session_replaced(Instant now, PeerId peer) {
  now_ = now;
  Server* server = server_at(peer);
  if (server == nullptr || stopping_ || is_absent(server->state)) return;
  end_observations(peer);
  cancel_all(peer);
  remembered_.forget(peer);
  if (server->state == RegistrationState::Deregistering) return;  // in the new session
  server->state = RegistrationState::Waiting;
  server->deadline = now;
  server->attempt = server->sequence = 0;
}

/// There is nobody to register with, or it failed: a client-initiated bootstrap would help.
/// [SRV-04] [BS-08]
void Engine::want_bootstrap(PeerId peer) {
  report(EventType::BootstrapNeeded, peer);
  if (features_.bootstrap != nullptr) features_.bootstrap->want(*this);
}

void Engine::account_changed(const Path& path) {
  for (PeerId peer = 0; peer < peers(); ++peer) {
    Server& server = tables_.servers[peer];
    if (server.id == 0) continue;
    const Path base(account::kObject, server.account);
    if (path.touches(base.child(account::kLifetime))) server.parts |= kUpdateLifetime;
    if (path.touches(base.child(account::kBinding))) server.parts |= kUpdateBinding;
    look_again(peer);  // default periods and notification mode
  }
}

/// A server executed something: the triggers of its account are ours to act on.
EventType Engine::executed(const Path& path) {
  if (path.object() != account::kObject) return EventType::ResourceExecuted;
  switch (path.resource()) {
    case account::kDisable:
      if (config_.features.servers != nullptr) {
        config_.features.servers->disable(*this, path.instance());
      }
      return EventType::DisableRequested;
    case account::kBootstrapRequestTrigger:
      if (features_.bootstrap != nullptr) features_.bootstrap->trigger(*this);  // [BS-30]
      return EventType::BootstrapRequested;
    case account::kRegistrationUpdateTrigger:
      for (Server& server : tables_.servers) {
        // [REG-37]
        if (server.id != 0 && server.account == path.instance()) server.parts |= kUpdateNow;
      }
      return EventType::UpdateTriggered;
    default: return EventType::ResourceExecuted;
  }
}

}  // namespace linnet::client
