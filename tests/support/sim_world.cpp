// SPDX-License-Identifier: Apache-2.0
#include <sim_world.hpp>

namespace linnet::sim {
namespace {

std::string uri_of(const SocketAddress& address) {
  char text[48];
  return "coap://" + std::string(format(address, text));
}

}  // namespace

const lwm2m::ObjectDefinition& of_enabler(lwm2m::Version enabler,
                                          const lwm2m::ObjectDefinition& v10,
                                          const lwm2m::ObjectDefinition& v11,
                                          const lwm2m::ObjectDefinition& v12) {
  if (enabler == lwm2m::kEnabler10) return v10;
  return enabler == lwm2m::kEnabler11 ? v11 : v12;
}

namespace {

client::Config config_of(const DeviceOptions& options) {
  client::Config config;
  config.endpoint = options.endpoint;
  config.version = options.version;
  config.queue_mode = options.queue_mode;
  config.binding = options.binding;
  config.formats = options.formats;
  config.transmission = options.transmission;
  return config;
}

}  // namespace

SimAccounts::SimAccounts(const DeviceOptions& options)
    : security(security_rows_.rows(),
               of_enabler(options.version, lwm2m::objects::kSecurity_1_0,
                          lwm2m::objects::kSecurity_1_1, lwm2m::objects::kSecurity_1_2)),
      server(server_rows_, of_enabler(options.version, lwm2m::objects::kServer_1_0,
                                      lwm2m::objects::kServer_1_1, lwm2m::objects::kServer_1_2)) {
  for (std::size_t i = 0; i < options.servers.size(); ++i) {
    const auto instance = static_cast<lwm2m::Id>(i);
    const auto id = static_cast<client::ShortServerId>(101 + i);
    client::SecurityAccount security_account;
    const std::string uri = uri_of(options.servers[i]);
    security_account.instance = instance;
    security_account.uri = uri;
    security_account.short_server_id = id;
    EXPECT_TRUE(security.add(security_account).ok());
    client::ServerInstance account(instance, id, options.lifetime, options.binding);
    if (options.version > lwm2m::kEnabler10) account.set(lwm2m::objects::server::kMuteSend, 0);
    EXPECT_TRUE(server.put(account).ok());
  }
  client::Change change;
  while (server.poll_change(change)) {
  }
}

SimClient::SimClient(Network& network, const SocketAddress& address, const DeviceOptions& options,
                     std::span<client::Object* const> objects)
    : network_(network),
      address_(address),
      options_(options),
      rng_(options.seed),
      config_(config_of(options_)),
      client(config_, rng_, objects) {
  network_.attach(
      address_,
      {.receive =
           [this](Instant now, const SocketAddress& from, ByteView bytes) {
             if (asleep()) return;
             for (client::PeerId peer = 0; peer < client.peers(); ++peer) {
               if (client.short_server_id(peer) != 0 && client.server_uri(peer) == uri_of(from)) {
                 client.receive(now, peer, bytes);
                 return;
               }
             }
           },
       .poll_transmit = [this](Instant now,
                               MutableBytes out) -> std::pair<SocketAddress, std::size_t> {
         const auto sent = client.poll_transmit(now, out);
         if (!sent) return {SocketAddress{}, 0};
         for (const SocketAddress& to : options_.servers) {
           if (client.server_uri(sent->peer) == uri_of(to)) return {to, sent->size};
         }
         ADD_FAILURE() << "a datagram for no server";
         return {SocketAddress{}, 0};
       },
       .next_timeout = [this] { return client.next_timeout(); },
       .on_timeout = [this](Instant now) { client.on_timeout(now); },
       .drain =
           [this](Instant now) {
             while (const auto event = client.poll_event()) {
               events.push_back(*event);
               if (on_event) on_event(now, *event);
             }
           }});
}

std::size_t SimClient::count(client::EventType type) const {
  std::size_t n = 0;
  for (const client::Event& event : events) n += event.type == type ? 1 : 0;
  return n;
}

SimServer::SimServer(Network& network, const SocketAddress& address,
                     const server::ShardConfig& config, std::uint64_t seed,
                     const server::DefinitionSource* definitions)
    : network_(network), address_(address), rng_(seed), shard(config, rng_, nullptr, definitions) {
  network_.attach(address_, shard_node(shard, events));
}

}  // namespace linnet::sim
