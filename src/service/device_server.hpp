// SPDX-License-Identifier: Apache-2.0
#pragma once
// The second group of a service: how devices come in. The shard with its plain and its DTLS socket,
// who may register, the sessions, what is known of devices while they are there, and the thread
// that all of it lives on. Shard's thread only, but for `ShardHost::post`.
#include <memory>
#include <optional>
#include <string>

#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/udp_socket.hpp>
#include <linnet/server/shard.hpp>
#include <linnet/service/service.hpp>
#include <linnet/service/shard_host.hpp>

#include "device_directory.hpp"
#include "identity_guard.hpp"
#include "message_log.hpp"
#include "records.hpp"
#include "secure_server.hpp"

namespace linnet::service {

/// A session is needed while a device is registered with it.
class RegisteredSessions final : public server::SessionUse {
 public:
  /// `shard` outlives it.
  explicit RegisteredSessions(server::Shard& shard) : shard_(shard) {}
  bool in_use(const SocketAddress& session) override { return shard_.has_registration(session); }
  void renewed(const SocketAddress& session) override { shard_.renew(session); }

 private:
  server::Shard& shard_;
};

/// Which DTLS port: where it is, and what tells it from the other one, see `SecureServer::Ports`.
struct SecureListen {
  SocketAddress address;
  std::string server;
  std::int64_t number = 0;
};
/// Opens it. Devices that prove who they are there are noted in `directory`. All outlive it. Throws
/// posix::SetupError, SqliteError.
[[nodiscard]] std::unique_ptr<SecureServer> open_secure(SecureListen listen, Rng& rng,
                                                        const ServiceSettings& settings,
                                                        Records& records,
                                                        DeviceDirectory& directory,
                                                        server::SessionUse& sessions);

struct DeviceServer {
  /// Opens the sockets. `loop`, `rng` and `records` outlive it. Throws posix::SetupError,
  /// SqliteError.
  DeviceServer(posix::EventLoop& loop, Rng& rng, const ServiceSettings& settings, Records& records);
  DeviceServer(const DeviceServer&) = delete;
  DeviceServer& operator=(const DeviceServer&) = delete;

  IdentityGuard guard;
  server::Shard shard;
  RegisteredSessions sessions;
  DeviceDirectory directory;
  std::optional<posix::UdpSocket> socket;  ///< nothing without plain CoAP
  std::unique_ptr<SecureServer> secure;    ///< null without DTLS
  MessageLog messages;
  ShardHost host;
};

}  // namespace linnet::service
