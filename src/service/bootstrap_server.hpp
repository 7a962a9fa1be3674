// SPDX-License-Identifier: Apache-2.0
#pragma once
// The third group of a service: the bootstrap server, on the thread of the other one. Shard's
// thread only.
#include <memory>

#include <linnet/posix/event_loop.hpp>
#include <linnet/service/service.hpp>

#include "bootstrap_desk.hpp"
#include "device_server.hpp"
#include "records.hpp"
#include "secure_server.hpp"

namespace linnet::service {

/// Nothing is registered at a bootstrap server.
class BootstrapSessions final : public server::SessionUse {
 public:
  /// `desk` outlives the last session.
  void set_desk(BootstrapDesk& desk) { desk_ = &desk; }
  bool in_use(const SocketAddress&) override { return false; }
  void renewed(const SocketAddress& session) override {
    if (desk_ != nullptr) desk_->renew(session);
  }

 private:
  BootstrapDesk* desk_ = nullptr;
};

struct BootstrapServer {
  /// Opens the sockets, and has `devices.host` serve them. All outlive it. Throws
  /// posix::SetupError, SqliteError.
  BootstrapServer(posix::EventLoop& loop, Rng& rng, const ServiceSettings& settings,
                  Records& records, DeviceServer& devices);
  BootstrapServer(const BootstrapServer&) = delete;
  BootstrapServer& operator=(const BootstrapServer&) = delete;

  BootstrapSessions sessions;
  std::unique_ptr<SecureServer> secure;  ///< null without DTLS
  BootstrapDesk desk;
};

}  // namespace linnet::service
