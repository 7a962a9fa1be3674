// SPDX-License-Identifier: Apache-2.0
#include <sim_bootstrap.hpp>

#include <core_definitions.hpp>

namespace linnet::sim {

namespace objects = lwm2m::objects;

namespace {

std::string uri_of(const SocketAddress& address) {
  char text[48];
  return "coap://" + std::string(format(address, text));
}

const test::CoreDefinitions kDefinitions;

}  // namespace

BootstrapSimObjects::BootstrapSimObjects(lwm2m::Version version)
    : security(security_rows.rows(), of_enabler(version, objects::kSecurity_1_0,
                                                objects::kSecurity_1_1, objects::kSecurity_1_2)),
      server(server_rows,
             of_enabler(version, objects::kServer_1_0, objects::kServer_1_1, objects::kServer_1_2)),
      access(access_rows.rows(), server, objects::kAccessControl, version) {}

BootstrapSimDevice::BootstrapSimDevice(Network& network, const SocketAddress& address,
                                       const SocketAddress& bootstrap, SimFlash& flash,
                                       std::uint64_t seed, lwm2m::Version version, bool pack)
    : BootstrapSimObjects(version),
      network_(network),
      address_(address),
      rng_(seed),
      client(config_of(version, pack, *this, flash), rng_, objects) {
  const std::string uri = uri_of(bootstrap);
  EXPECT_TRUE(security.add({.instance = 0, .uri = uri, .bootstrap = true}).ok());
  network_.attach(address_, {.receive =
                                 [this](Instant now, const SocketAddress& from, ByteView bytes) {
                                   for (client::PeerId peer = 0; peer < client.peers(); ++peer) {
                                     if (address_of(peer) != from) continue;
                                     client.receive(now, peer, bytes);
                                     return;
                                   }
                                 },
                             .poll_transmit = [this](Instant now, MutableBytes out)
                                 -> std::pair<SocketAddress, std::size_t> {
                               const auto sent = client.poll_transmit(now, out);
                               if (!sent) return {SocketAddress{}, 0};
                               const auto to = address_of(sent->peer);
                               EXPECT_TRUE(to) << "a datagram for no server";
                               return {to.value_or(SocketAddress{}), sent->size};
                             },
                             .next_timeout = [this] { return client.next_timeout(); },
                             .on_timeout = [this](Instant now) { client.on_timeout(now); },
                             .drain =
                                 [this](Instant) {
                                   while (const auto event = client.poll_event())
                                     events.push_back(*event);
                                 }});
}

client::Config BootstrapSimDevice::config_of(lwm2m::Version version, bool pack,
                                             BootstrapSimDevice& device, SimFlash& flash) {
  client::Config config;
  config.endpoint = "urn:dev:sim:1";
  config.version = version;
  config.formats = lwm2m::all_formats();
  config.access = &device.access;
  config.store = &flash;
  config.bootstrap_pack = pack;
  return config;
}

std::optional<SocketAddress> BootstrapSimDevice::address_of(client::PeerId peer) {
  const std::string_view uri = client.server_uri(peer);
  const bool writing = client.bootstrap_state() >= client::BootstrapState::Open;
  if (!uri.empty() && !(writing && peers_[peer])) {
    peers_[peer].reset();
    for (std::uint8_t number = 1; number < 20; ++number) {
      if (uri == uri_of(host(number))) peers_[peer] = host(number);
    }
  }
  return peers_[peer];
}

std::size_t BootstrapSimDevice::count(client::EventType type) const {
  std::size_t n = 0;
  for (const client::Event& event : events) n += event.type == type ? 1 : 0;
  return n;
}

bool BootstrapSimDevice::registered(client::ShortServerId id) const {
  const client::PeerId peer = client.peer_of(id);
  return peer != client::kNoPeer && client.registered(peer);
}

std::string BootstrapSimDevice::configuration() {
  std::string text;
  const auto add = [&](client::Object& object, const Path& path) {
    const auto value = object.read(path);
    char name[lwm2m::kMaxPathText];
    text += std::string(lwm2m::format(path, name)) + "=";
    if (value.ok()) {
      switch (value->type()) {
        case lwm2m::DataType::String: text += value->as_string(); break;
        case lwm2m::DataType::Opaque: text += as_text(value->as_opaque()); break;
        case lwm2m::DataType::Boolean: text += value->as_boolean() ? "true" : "false"; break;
        case lwm2m::DataType::Float: text += std::to_string(value->as_float()); break;
        case lwm2m::DataType::Unsigned: text += std::to_string(value->as_unsigned()); break;
        case lwm2m::DataType::Integer: text += std::to_string(value->as_integer()); break;
        default: text += "?"; break;
      }
    }
    text += "\n";
  };
  for (client::Object* object : objects) {
    const auto& definition = object->definition();
    if (definition.id == objects::device::kObject) continue;
    lwm2m::Id id = lwm2m::kNoId;
    while ((id = object->next_instance(id)) != lwm2m::kNoId) {
      for (const auto& resource : definition.resources) {
        const Path path(definition.id, id, resource.id);
        if (resource.type == lwm2m::DataType::None || !object->has_resource(path)) continue;
        if (!resource.multiple) {
          add(*object, path);
          continue;
        }
        lwm2m::Id at = lwm2m::kNoId;
        while ((at = object->next_resource_instance(path, at)) != lwm2m::kNoId) {
          add(*object, path.child(at));
        }
      }
    }
  }
  return text;
}

SimBootstrapServer::SimBootstrapServer(Network& network, const SocketAddress& address,
                                       std::uint64_t seed,
                                       const server::BootstrapShardConfig& config)
    : network_(network),
      address_(address),
      rng_(seed),
      shard(config, rng_, source_, &kDefinitions) {
  network_.attach(address_, shard_node(shard, events));
}

void SimBootstrapServer::put(server::BootstrapConfiguration configuration) {
  const auto fault = prepare(configuration, &kDefinitions);
  ASSERT_FALSE(fault) << fault->reason << " " << fault->rule;
  source_.put(std::move(configuration));
}

std::size_t SimBootstrapServer::count(server::BootstrapEvent::Kind kind) const {
  std::size_t n = 0;
  for (const auto& event : events) n += event.kind == kind ? 1 : 0;
  return n;
}

server::BootstrapConfiguration accounts(std::vector<client::ShortServerId> servers,
                                        std::uint32_t lifetime) {
  server::BootstrapConfiguration configuration;
  configuration.name = "sim";
  configuration.endpoints = {"*"};
  configuration.deletes = {Path{}};
  for (const client::ShortServerId server : servers) {
    const auto id = static_cast<lwm2m::Id>(server - 100);
    const std::string uri = uri_of(host(static_cast<std::uint8_t>(id)));
    const ByteView nothing;
    const std::pair<Path, Value> values[] = {
        {Path(0, id, 0), Value::string(uri)},       {Path(0, id, 1), Value::boolean(false)},
        {Path(0, id, 2), Value::integer(3)},        {Path(0, id, 3), Value::opaque(nothing)},
        {Path(0, id, 4), Value::opaque(nothing)},   {Path(0, id, 5), Value::opaque(nothing)},
        {Path(0, id, 10), Value::integer(server)},  {Path(1, id, 0), Value::integer(server)},
        {Path(1, id, 1), Value::integer(lifetime)}, {Path(1, id, 6), Value::boolean(true)},
        {Path(1, id, 7), Value::string("U")}};
    for (const auto& [path, value] : values) configuration.values.push_back({path, value});
  }
  return configuration;
}

void add_rule(server::BootstrapConfiguration& configuration, lwm2m::Id instance, const Path& target,
              client::ShortServerId owner, std::vector<std::pair<client::ShortServerId, int>> acl) {
  const bool object = target.is_object();
  configuration.values.push_back({Path(2, instance, 0), Value::integer(target.object())});
  configuration.values.push_back(
      {Path(2, instance, 1), Value::integer(object ? 65535 : target.instance())});
  for (const auto& [server, rights] : acl) {
    configuration.values.push_back({Path(2, instance, 2, server), Value::integer(rights)});
  }
  configuration.values.push_back({Path(2, instance, 3), Value::integer(owner)});
}

}  // namespace linnet::sim
