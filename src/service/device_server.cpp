// SPDX-License-Identifier: Apache-2.0
#include "device_server.hpp"

#include <utility>

#include "clocks.hpp"

namespace linnet::service {
namespace {

server::ShardConfig with_key(server::ShardConfig config, Store& store) {
  config.id_key = store.id_key();
  return config;
}

std::optional<posix::UdpSocket> open_socket(const ServiceSettings& settings) {
  if (!settings.serve_coap) return std::nullopt;
  return posix::UdpSocket(settings.coap);
}

}  // namespace

std::unique_ptr<SecureServer> open_secure(SecureListen listen, Rng& rng,
                                          const ServiceSettings& settings, Records& records,
                                          DeviceDirectory& directory,
                                          server::SessionUse& sessions) {
  const auto established = [&directory](const std::string& endpoint, const std::string& address,
                                        const std::string& how) {
    directory.note_session(endpoint, address, how);
  };
  return std::make_unique<SecureServer>(
      SecureServer::Ports{rng, records.credentials, records.identity, records.store, records.log,
                          settings.log, std::move(listen.server), listen.number, established},
      listen.address, settings.secure, &sessions);
}

DeviceServer::DeviceServer(posix::EventLoop& loop, Rng& rng, const ServiceSettings& settings,
                           Records& records)
    : guard(records.credentials,
            [this](const IdentityRefusal& refusal) {
              if (secure) secure->tell_refusal(refusal);
            }),
      shard(with_key(settings.shard, records.store), rng, &guard, &records.models),
      sessions(shard),
      directory(shard, records.devices, records.store.database(), {posix::monotonic_now, unix_ms}),
      socket(open_socket(settings)),
      secure(settings.serve_coaps
                 ? open_secure({settings.coaps, "", 0}, rng, settings, records, directory, sessions)
                 : nullptr),
      messages([this](const SocketAddress& at) { return real_address(secure.get(), at); }, unix_us),
      host(loop, socket ? &*socket : nullptr, shard) {
  records.devices.on_forget(
      [this](DeviceNumber, std::string_view endpoint) { messages.forget(endpoint); });
  records.store.add(directory.tags());
  records.store.add(directory.timeline());
  if (!secure) return;
  directory.set_secure(secure.get());
  guard.set_transport(&secure->transport());
  host.set_secure(secure->port(), [this] { secure->handle_events(); });
}

}  // namespace linnet::service
