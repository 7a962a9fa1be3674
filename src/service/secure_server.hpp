// SPDX-License-Identifier: Apache-2.0
#pragma once
// The DTLS side of one engine in the service: socket, transport, handshakes, what is stored of it,
// and what it tells. All on the shard's thread.
#include <boost/json/object.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <linnet/posix/udp_socket.hpp>
#include <linnet/server/secure_transport.hpp>
#include <linnet/service/event_log.hpp>
#include <linnet/service/secure_port.hpp>
#include <linnet/service/service.hpp>

#include "credential_store.hpp"
#include "handshake_source.hpp"
#include "identity_guard.hpp"
#include "session_store.hpp"

namespace linnet::service {

class SecureServer {
 public:
  struct Ports {
    Rng& rng;
    CredentialStore& credentials;
    const ServerIdentity& identity;
    Store& store;
    EventLog& log;
    LogSink print;
    /// "" or "bootstrap": which server it is, for events.
    std::string server;
    /// Tells the sessions of several servers in one store apart.
    std::int64_t number = 0;
    /// Who takes note of a session of a device that proved who it is; may be empty.
    std::function<void(const std::string& endpoint, const std::string& address,
                       const std::string& how)>
        established{};
  };

  /// Opens the socket and takes up the sessions in the store. Throws posix::SetupError,
  /// SqliteError. `use` outlives it.
  SecureServer(Ports ports, const SocketAddress& listen, server::SecureTransportConfig config,
               server::SessionUse* use);
  SecureServer(const SecureServer&) = delete;
  SecureServer& operator=(const SecureServer&) = delete;

  [[nodiscard]] SocketAddress address() const { return socket_.local(); }
  [[nodiscard]] SecurePort& port() { return port_; }
  [[nodiscard]] server::SecureTransport& transport() { return transport_; }
  [[nodiscard]] const server::SecureTransport& transport() const { return transport_; }
  [[nodiscard]] std::size_t restored() const { return restored_.sessions; }

  /// Turns what the transport tells into events and log lines.
  void handle_events();
  void tell_refusal(const IdentityRefusal& refusal);

  /// These credentials ended, sorted: so do their sessions. [SEC-10]
  void end_credentials(std::span<const std::uint64_t> sorted);
  /// The next handshakes show this certificate; sessions stay. Throws dtls_gnutls::KeyError.
  void set_identity(const ServerIdentity& identity) { handshakes_.set_identity(identity); }
  /// The trust anchors are others: sessions of certificates begin anew if one of them is gone.
  void trust_changed();

  /// Where a device is, or was when its session ended; other addresses as they are.
  [[nodiscard]] SocketAddress real_address(const SocketAddress& address) const;
  /// How a device is secured, for the API; of an address that is no session too. `identity` also
  /// says as whom it proved itself, which is a look into the store.
  [[nodiscard]] boost::json::object security(const SocketAddress& address, bool identity) const;

 private:
  void publish(const std::string& endpoint, boost::json::object data, LogLevel level,
               const std::string& line);
  [[nodiscard]] bool may_tell();
  void remember_place(const SocketAddress& session, const SocketAddress& place);

  Ports ports_;
  std::vector<dtls_gnutls::Bytes> anchors_;
  HandshakeSource handshakes_;
  SessionStore sessions_;
  posix::UdpSocket socket_;
  server::SecureTransport transport_;
  SecurePort port_;
  SessionStore::Restored restored_;
  // Where the peers of the latest sessions that ended were: they may be registered still.
  std::unordered_map<std::uint64_t, SocketAddress> last_seen_;
  std::deque<std::uint64_t> last_seen_order_;
  // Failures cost an attacker little: only so many are told per second.
  std::int64_t second_ = 0;
  int told_ = 0;
  std::uint64_t untold_ = 0;
};

/// What `secure` says of an address; as it is without DTLS, when that is null.
[[nodiscard]] inline SocketAddress real_address(const SecureServer* secure,
                                                const SocketAddress& address) {
  return secure == nullptr ? address : secure->real_address(address);
}

}  // namespace linnet::service
