// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who may speak for which endpoint (Core 1.2 §6.2.1, Transport 1.2 §5): behind a secure session
// only the endpoint its identity stands for [SEC-06] [REG-15] [BS-25], and nobody with a weaker
// proof than the endpoint has or had: none < PSK < raw public key < certificate. Asked by the
// shards, on their thread.
#include <functional>
#include <string>
#include <string_view>

#include <linnet/server/bootstrap_source.hpp>
#include <linnet/server/credentials.hpp>
#include <linnet/server/ports.hpp>
#include <linnet/server/secure_transport.hpp>
#include <linnet/server/shard.hpp>

namespace linnet::service {

/// What was refused, and why; for the events.
struct IdentityRefusal {
  SocketAddress from{};  ///< an address or a session
  std::string_view endpoint{};
  std::string reason{};
};
using RefusalSink = std::function<void(const IdentityRefusal&)>;

/// "psk", "rpk", "x509", "nosec". Static lifetime.
[[nodiscard]] const char* mode_name(secure::Proof proof);

class IdentityGuard final : public server::Authorizer {
 public:
  /// All outlive the guard.
  IdentityGuard(server::CredentialDirectory& credentials, RefusalSink refused)
      : credentials_(credentials), refused_(std::move(refused)) {}

  /// Null, as at first: no session is known.
  void set_transport(const server::SecureTransport* transport) { transport_ = transport; }
  /// While nothing can be stored nobody may register: [REG-01] would promise what a crash takes
  /// back.
  void set_failing(bool failing) { failing_ = failing; }
  [[nodiscard]] bool failing() const { return failing_; }

  server::Access decide(const server::AccessRequest& request) override;
  std::string_view endpoint_of(const SocketAddress& from) override;
  /// An endpoint, or all that match a pattern with stars, has a new credential: a registration made
  /// with no security ends, for anybody may have made it. [SEC-01]
  void end_unsecured(Instant now, server::Shard& shard, std::string_view added);

 private:
  [[nodiscard]] std::optional<server::SecurePeer> peer(const SocketAddress& from) const;
  [[nodiscard]] std::string fault(const server::AccessRequest& request) const;

  server::CredentialDirectory& credentials_;
  RefusalSink refused_;
  const server::SecureTransport* transport_ = nullptr;
  bool failing_ = false;
};

/// A source whose configurations go only to whom they are for.
class GuardedSource final : public server::BootstrapSource {
 public:
  /// Both outlive it. `credentials` may be null: then nobody has one.
  GuardedSource(server::BootstrapSource& source, server::CredentialDirectory* credentials)
      : source_(source), credentials_(credentials) {}
  void set_transport(const server::SecureTransport* transport) { transport_ = transport; }

  server::BootstrapDecision find(const server::BootstrapRequester& requester) override;
  bool stands_for(std::string_view identity, std::string_view endpoint) override {
    return source_.stands_for(identity, endpoint);
  }
  std::optional<server::BootstrapConfiguration> repair(
      const server::BootstrapRefusal& refusal) override {
    return source_.repair(refusal);
  }

 private:
  server::BootstrapSource& source_;
  server::CredentialDirectory* credentials_;
  const server::SecureTransport* transport_ = nullptr;
};

}  // namespace linnet::service
