// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bootstrap server inside the service: its socket and shard on the thread of the other shard,
// the configurations, and what became of the latest sessions. All but the constructor is called on
// the shard's thread.
#include <boost/json/object.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include <linnet/posix/drive.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/server/bootstrap_shard.hpp>
#include <linnet/service/event_log.hpp>
#include <linnet/service/service.hpp>
#include <linnet/service/shard_host.hpp>

#include "identity_guard.hpp"
#include "json_bootstrap.hpp"
#include "secure_server.hpp"
#include "store.hpp"

namespace linnet::service {

class BootstrapDesk final : public ShardHost::Guest {
 public:
  struct Ports {
    posix::EventLoop& loop;
    Rng& rng;
    const server::DefinitionSource& definitions;
    /// Null: configurations live as long as the process.
    Store* store;
    EventLog& log;
    LogSink print;
    /// Also prints each step.
    bool verbose = false;
    /// Whose configurations go through DTLS only; null: nobody has a credential.
    server::CredentialDirectory* credentials = nullptr;
    /// Who takes note of how a bootstrap ended; may be empty.
    std::function<void(const std::string& endpoint, const std::string& address,
                       const std::string& how)>
        ended{};
  };

  /// Opens the socket unless plain bootstrap is switched off; configurations can be kept all the
  /// same. Throws posix::SetupError.
  BootstrapDesk(Ports ports, const ServiceSettings& settings, const lwm2m::ModelStore& models);
  void set_verbose(bool verbose) { ports_.verbose = verbose; }
  ~BootstrapDesk();
  BootstrapDesk(const BootstrapDesk&) = delete;
  BootstrapDesk& operator=(const BootstrapDesk&) = delete;

  /// Before it is run: serves devices through DTLS too. `reserve` stores what the transport
  /// collects. `secure` outlives the desk's last turn.
  void set_secure(SecureServer& secure, std::function<bool()> reserve);

  /// Port 0 if plain bootstrap is switched off.
  [[nodiscard]] SocketAddress address() const;
  [[nodiscard]] std::size_t configurations() const { return configurations_.all().size(); }

  void take_turn(Instant now) override;
  void renew(const SocketAddress& session) { shard_.renew(session); }
  [[nodiscard]] Instant next_timeout() const override;

  // What the API asks. All throw Problem.
  [[nodiscard]] boost::json::object list() const;
  [[nodiscard]] boost::json::object show(const std::string& name) const;
  struct Put {
    bool created = false;
    boost::json::object configuration;
  };
  /// Checks and keeps it; sessions that wait for a correction of it go on.
  Put put(const std::string& name, std::string_view body);
  void remove(const std::string& name);
  [[nodiscard]] boost::json::object preview(const std::string& name, std::string_view body) const;
  /// The latest first; `endpoint` empty: of every device.
  [[nodiscard]] boost::json::object sessions(std::string_view endpoint, std::size_t limit) const;

 private:
  struct Step {
    std::uint32_t number = 0;
    boost::json::object told;
  };
  struct Session {
    server::BootstrapSessionId id;
    std::string endpoint;
    std::string address;
    std::string configuration;
    std::string state = "running";
    std::string reason;
    double started = 0;
    Duration elapsed{0};
    std::deque<Step> steps;
  };

  void restore();
  void take_datagram(Instant now, const SocketAddress& session, ByteView datagram);
  [[nodiscard]] SocketAddress place_of(const SocketAddress& address) const;
  [[nodiscard]] DeviceModel model() const { return {models_, nullptr}; }
  [[nodiscard]] const server::BootstrapConfiguration& configuration(const std::string& name) const;
  void repair_sessions(const server::BootstrapConfiguration& configuration);
  void handle(const server::BootstrapEvent& event);
  void record(const server::BootstrapEvent& event, const boost::json::object& told);
  void print(const server::BootstrapEvent& event) const;

  Ports ports_;
  const lwm2m::ModelStore& models_;
  server::BootstrapConfigurations configurations_;
  GuardedSource guarded_;
  server::BootstrapShard shard_;
  std::optional<posix::UdpSocket> socket_;
  std::optional<posix::UdpDriver> driver_;
  SecureServer* secure_ = nullptr;
  std::function<bool()> reserve_;
  std::deque<Session> sessions_;  // the oldest first
};

}  // namespace linnet::service
