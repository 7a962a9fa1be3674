// SPDX-License-Identifier: Apache-2.0
#pragma once
// A server and a device of the virtual network that speak DTLS with each other: handshakes by
// GnuTLS, everything else as in the product.
#include <linnet/client/account_credentials.hpp>
#include <linnet/client/objects/fixed_security.hpp>
#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/dtls_gnutls/server_handshakes.hpp>
#include <linnet/secure/client_link.hpp>
#include <linnet/server/credentials.hpp>
#include <linnet/server/secure_transport.hpp>
#include <sim_world.hpp>

namespace linnet::sim {

inline constexpr std::string_view kSimKey = "0123456789abcdef";
/// Private keys; only with such does the server give tickets: a handshake with a pre-shared key
/// costs less than one.
inline const auto kSimDevice =
    dtls_gnutls::PrivateKey::from(as_bytes("the private key of this device.."));
inline const auto kSimServer =
    dtls_gnutls::PrivateKey::from(as_bytes("the private key of the server..."));

enum class SimKeys : std::uint8_t { PreShared, RawPublic };

/// Listens for coaps only.
class SecureSimServer : public SimServer {
 public:
  SecureSimServer(Network& network, const SocketAddress& address,
                  const server::SecureTransportConfig& config = {});

  /// Lets a device in, by a pre-shared key or by `kSimDevice`; the number of the credential.
  std::uint64_t admit(std::string_view endpoint, std::string_view key = kSimKey);
  std::uint64_t admit_public_key(std::string_view endpoint);
  /// The credential is gone, and whoever used it is told.
  void revoke(std::uint64_t credential);
  /// Sessions are gone as after a crash; with `tickets` too, no session can be resumed.
  void forget_sessions(bool tickets);
  [[nodiscard]] std::vector<server::SecureEvent> secure(server::SecureEvent::Kind kind) const;

  server::Credentials credentials;
  std::vector<server::SecureEvent> secure_events;

 private:
  [[nodiscard]] Node node();
  void deliver(const SocketAddress& session, MutableBytes plain);
  [[nodiscard]] std::pair<SocketAddress, std::size_t> transmit(Instant now, MutableBytes out);

  Network& network_;
  server::SecureTransportConfig config_;
  SeededRng secure_rng_{99};

 public:
  std::optional<dtls_gnutls::GnutlsServerHandshakes> handshakes;
  std::optional<server::SecureTransport> transport;
};

/// A device with one server.
class SecureSimDevice : public SimDevice {
 public:
  SecureSimDevice(Network& network, const SocketAddress& address, const SocketAddress& peer,
                  SimKeys keys = SimKeys::PreShared, const DeviceOptions& options = {});

  /// Writes another pre-shared key into the account, as a bootstrap does, and begins anew.
  void change_key(std::string_view key);
  [[nodiscard]] std::size_t links(secure::LinkEvent::Type type) const;

  std::vector<secure::LinkEvent> link_events;

 private:
  static DeviceOptions with_server(DeviceOptions options, const SocketAddress& peer);
  [[nodiscard]] Node node();
  [[nodiscard]] std::pair<SocketAddress, std::size_t> transmit(Instant now, MutableBytes out);
  bool act_on_link(Instant now);
  void put(lwm2m::Id resource, const Value& value);

  Network& network_;
  SocketAddress server_address_;
  std::string uri_;
  /// An account with raw public keys: object 0 of a `SimDevice` has no room for them.
  dtls_gnutls::Bytes spki_ = kSimDevice.public_key().spki();
  dtls_gnutls::Bytes server_spki_ = kSimServer.public_key().spki();
  std::array<client::SecurityAccount, 1> accounts_;
  client::FixedSecurityObject fixed_{accounts_};
  dtls_gnutls::GnutlsClientHandshakes handshakes_;
  std::array<std::uint8_t, 512> copies_{};
  std::array<std::uint8_t, 2 * 1152> held_{};
  std::array<std::uint8_t, 4096> resumption_{};
  std::array<std::uint8_t, 1152> plain_{};

 public:
  client::AccountCredentials account;
  secure::ClientLink link{handshakes_, account, {.held = held_, .resumption = resumption_}};
};

}  // namespace linnet::sim
