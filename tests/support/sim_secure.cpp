// SPDX-License-Identifier: Apache-2.0
#include <sim_secure.hpp>

namespace linnet::sim {

using lwm2m::Id;
using server::SecureEvent;
using server::SecureTransport;
namespace security_object = lwm2m::objects::security;

// --- The server ---

SecureSimServer::SecureSimServer(Network& network, const SocketAddress& address,
                                 const server::SecureTransportConfig& config)
    : SimServer(network, address), network_(network), config_(config) {
  forget_sessions(true);
  network.attach(address, node());
}

std::uint64_t SecureSimServer::admit(std::string_view endpoint, std::string_view key) {
  server::Credential credential;
  credential.endpoint = endpoint;
  credential.identity = endpoint;
  credential.key = server::Secret(as_bytes(key));
  const auto added = credentials.add(credential);
  EXPECT_FALSE(added.fault) << added.fault->reason;
  return added.id;
}

std::uint64_t SecureSimServer::admit_public_key(std::string_view endpoint) {
  server::Credential credential;
  credential.endpoint = endpoint;
  credential.kind = server::CredentialKind::PublicKey;
  credential.public_key = kSimDevice.public_key().spki();
  const auto added = credentials.add(credential);
  EXPECT_FALSE(added.fault) << added.fault->reason;
  return added.id;
}

void SecureSimServer::revoke(std::uint64_t credential) {
  EXPECT_TRUE(credentials.remove(credential));
  transport->end_credentials(network_.now(), {&credential, 1}, SecureEvent::End::Revoked);
}

void SecureSimServer::forget_sessions(bool tickets) {
  transport.reset();
  if (tickets) handshakes.emplace(dtls_gnutls::ServerIdentity{.key = kSimServer}, credentials);
  transport.emplace(config_, secure_rng_, *handshakes, &credentials);
}

std::vector<SecureEvent> SecureSimServer::secure(SecureEvent::Kind kind) const {
  std::vector<SecureEvent> found;
  for (const SecureEvent& event : secure_events) {
    if (event.kind == kind) found.push_back(event);
  }
  return found;
}

void SecureSimServer::deliver(const SocketAddress& session, MutableBytes plain) {
  shard.receive(network_.now(), session, plain);
}

std::pair<SocketAddress, std::size_t> SecureSimServer::transmit(Instant now, MutableBytes out) {
  while (const auto plain = shard.poll_transmit(now, out.subspan(SecureTransport::kHeadroom))) {
    EXPECT_TRUE(plain->to.is_session());
    const auto sealed = transport->seal(now, plain->to, plain->size, out);
    if (sealed.ok()) return {sealed->to, sealed->size};
  }
  const auto sent = transport->poll_transmit(now, out);
  return sent ? std::pair{sent->to, sent->size} : std::pair{SocketAddress{}, std::size_t{0}};
}

Node SecureSimServer::node() {
  const auto to_shard = [this](const SocketAddress& session, MutableBytes plain) {
    deliver(session, plain);
  };
  return {
      .receive =
          [this, to_shard](Instant now, const SocketAddress& from, ByteView bytes) {
            std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
            transport->receive(now, from, copy, to_shard);
          },
      .poll_transmit = [this](Instant now, MutableBytes out) { return transmit(now, out); },
      .next_timeout = [this] { return earlier(shard.next_timeout(), transport->next_timeout()); },
      .on_timeout =
          [this, to_shard](Instant now) {
            if (shard.next_timeout() <= now) shard.on_timeout(now);
            transport->on_timeout(now, to_shard);
          },
      .drain =
          [this](Instant) {
            while (auto event = shard.poll_event()) events.push_back(std::move(*event));
            while (auto event = transport->poll_event()) {
              secure_events.push_back(std::move(*event));
            }
          }};
}

// --- The device ---

DeviceOptions SecureSimDevice::with_server(DeviceOptions options, const SocketAddress& peer) {
  options.servers = {peer};
  return options;
}

SecureSimDevice::SecureSimDevice(Network& network, const SocketAddress& address,
                                 const SocketAddress& peer, SimKeys keys,
                                 const DeviceOptions& options)
    : SimDevice(network, address, with_server(options, peer)),
      network_(network),
      server_address_(peer),
      account(keys == SimKeys::PreShared ? static_cast<client::Object&>(security) : fixed_,
              copies_) {
  std::array<char, 48> text{};
  uri_ = "coaps://" + std::string(format(peer, text));
  accounts_[0] = {.instance = 0,
                  .uri = uri_,
                  .mode = client::SecurityMode::RawPublicKey,
                  .short_server_id = 101,
                  .identity = spki_,
                  .server_key = server_spki_,
                  .secret_key = kSimDevice.raw()};
  put(security_object::kServerUri, Value::string(uri_));
  put(security_object::kSecurityMode, Value::integer(0));
  put(security_object::kPublicKeyOrIdentity, Value::opaque(as_bytes(options.endpoint)));
  put(security_object::kSecretKey, Value::opaque(as_bytes(kSimKey)));
  account.set_instance(0);
  network.attach(address, node());
}

void SecureSimDevice::put(Id resource, const Value& value) {
  EXPECT_TRUE(security.write(Path(0, 0, resource), value).ok());
}

void SecureSimDevice::change_key(std::string_view key) {
  const std::uint32_t before = account.fingerprint();
  put(security_object::kSecretKey, Value::opaque(as_bytes(key)));
  ASSERT_NE(account.fingerprint(), before);
  link.renew(network_.now());
  client.session_replaced(network_.now(), 0);
}

std::size_t SecureSimDevice::links(secure::LinkEvent::Type type) const {
  std::size_t n = 0;
  for (const auto& event : link_events) n += event.type == type ? 1 : 0;
  return n;
}

std::pair<SocketAddress, std::size_t> SecureSimDevice::transmit(Instant now, MutableBytes out) {
  do {
    while (const auto sent = client.poll_transmit(now, plain_)) {
      const std::size_t size = link.send(now, ByteView(plain_).first(sent->size), out);
      if (size != 0) return {server_address_, size};
    }
    if (const auto size = link.poll_transmit(now, out)) return {server_address_, *size};
  } while (act_on_link(now));
  return {SocketAddress{}, 0};
}

/// What an application does with news of the link. False if there is none.
bool SecureSimDevice::act_on_link(Instant now) {
  using Type = secure::LinkEvent::Type;
  const auto event = link.poll_event();
  if (!event) return false;
  link_events.push_back(*event);
  if (event->replaced) client.session_replaced(now, 0);
  if (event->type == Type::Failed || event->type == Type::Closed) {
    client.connection_failed(now, 0, event->failure);
  }
  return true;
}

Node SecureSimDevice::node() {
  return {.receive =
              [this](Instant now, const SocketAddress& from, ByteView bytes) {
                if (from != server_address_ || asleep()) return;
                std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
                link.receive(now, copy, [&](MutableBytes plain) { client.receive(now, 0, plain); });
              },
          .poll_transmit = [this](Instant now, MutableBytes out) { return transmit(now, out); },
          .next_timeout = [this] { return earlier(client.next_timeout(), link.next_timeout()); },
          .on_timeout =
              [this](Instant now) {
                if (client.next_timeout() <= now) client.on_timeout(now);
                if (link.next_timeout() <= now) link.on_timeout(now);
              },
          .drain =
              [this](Instant) {
                while (const auto event = client.poll_event()) events.push_back(*event);
              }};
}

}  // namespace linnet::sim
