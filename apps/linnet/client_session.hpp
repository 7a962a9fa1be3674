// SPDX-License-Identifier: Apache-2.0
#pragma once
// A simulated device on the network: its engine, a socket to each server and what is printed of
// its life. One thread, that of the loop.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <linnet/client/client.hpp>
#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/image_file.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/posix/udp_socket.hpp>

#include "account_security.hpp"
#include "secure_way.hpp"
#include "simulated_device.hpp"

namespace linnet::cli {

struct ClientOptions {
  std::string endpoint;
  /// Factory data, beside what a file says: servers, and a bootstrap server or none.
  std::vector<std::string> uris;
  std::string bootstrap;
  /// Of those of them that are coaps.
  SecurityOptions security;
  std::string factory_file;
  /// Where the configuration is kept; empty: nowhere.
  std::string store_file;
  std::uint32_t lifetime = 300;
  std::string version = "1.2";
  std::string format;
  /// UDP port towards the first server, the next one towards the second, ...; 0: any.
  std::uint16_t port = 0;
  /// Seconds between changes of simulated values; 0 leaves them alone.
  double interval = 2;
  /// Ask for a Bootstrap-Pack first.
  bool pack = false;
  /// Sleep when nothing was said for `awake` seconds; 0: as the standard says.
  bool queue = false;
  std::uint16_t awake = 0;
  bool no_prompt = false;
};

class ClientSession {
 public:
  static constexpr client::Limits kLimits{.servers = SimulatedDevice::kMaxServers,
                                          .bootstrap = true,
                                          .exchanges = 8,
                                          .sends = 4,
                                          .transfers = 4,
                                          .body_bytes = 65000,
                                          .message_bytes = 1280,
                                          .scratch_bytes = 65000,
                                          .observations = 64,
                                          .observed_paths = 128,
                                          .own_attributes = 16,
                                          .attributes = 64,
                                          .remembered_requests = 32,
                                          .remembered_answer_bytes = 64,
                                          .events = 64};
  using Printer = std::function<void(const std::string&)>;

  /// Checks the options, resolves the servers they name and loads the factory data; throws Failure
  /// or SetupError.
  ClientSession(posix::EventLoop& loop, const ClientOptions& options, Printer print);
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  void start();
  /// De-registers; `finished()` becomes true when that is done, or after a few seconds.
  void stop();
  [[nodiscard]] bool finished() const;
  /// A server asked for a factory reset a second ago: call `forget_configuration` and make
  /// another session.
  [[nodiscard]] bool factory_reset_due() const;
  /// Erases the store; the session must not be driven any more.
  void forget_configuration();
  /// Does what is due and sends what is ready. Call after each turn of the loop.
  void work();
  [[nodiscard]] Instant next_timeout();

  [[nodiscard]] client::Engine& engine() { return engine_; }
  [[nodiscard]] SimulatedDevice& device() { return device_; }
  [[nodiscard]] const ClientOptions& options() const { return options_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  /// In queue mode, and neither hears nor says anything just now.
  [[nodiscard]] bool asleep() const { return asleep_; }
  /// Of a server that is disabled; never as long as it is being de-registered from.
  [[nodiscard]] Instant disabled_until(client::PeerId peer) const {
    return peers_[peer].disabled_until;
  }
  /// Something is known about the first registration: it worked, or it did not.
  [[nodiscard]] bool settled() const { return settled_; }
  /// Sends the values at `paths` to every server that has us; the reason if that is not possible.
  [[nodiscard]] std::string send(const std::vector<lwm2m::Path>& paths);
  /// Goes on from another UDP port towards every server, as behind a NAT that forgot us. Says what
  /// follows from it.
  [[nodiscard]] std::string move();
  /// The secure session to a server; null if there is none and will be none.
  [[nodiscard]] const secure::ClientLink* link(client::PeerId peer) const {
    return peers_[peer].secure != nullptr ? &peers_[peer].secure->link : nullptr;
  }

 private:
  /// Who is behind a `PeerId`, and the way there. Each has a socket of its own: a bootstrap server
  /// and a server may share an address.
  struct Peer {
    std::string uri;
    SocketAddress address;
    std::unique_ptr<posix::UdpSocket> socket;  ///< null: there is no way
    std::unique_ptr<SecureWay> secure;         ///< coaps
    Instant retry_at = Instant::never();       ///< when to look for one again
    Instant disabled_until = Instant::never();
  };

  using MemoryStore = client::MemoryConfigurationStore<128 * 1024>;

  void load_factory();
  void check_options();
  void say_servers();
  Peer& follow(client::PeerId peer);
  /// Whether there is a secure way and it may be used: offline, handshakes rest too.
  [[nodiscard]] bool connected(const Peer& peer) const {
    return peer.secure != nullptr && !engine_.offline();
  }
  void connect(client::PeerId peer);
  void open_socket(client::PeerId peer, std::uint16_t port);
  void disconnect(Peer& peer);
  void check_account(client::PeerId peer);
  void end_session(Peer& entry);
  void receive(client::PeerId peer);
  void transmit(Instant now);
  void transmit_records(Instant now, Peer& peer);
  /// True if there was news.
  bool tell_session(Instant now, client::PeerId peer);
  void tell_all();
  void tell(const client::Event& event);
  void tell_bootstrap(const client::Event& event);
  void tell_need(const client::Event& event);
  /// What a bootstrap has done away with; empty, or words to go on a line with.
  [[nodiscard]] std::string gone_words() const;
  void tell_refusal(const client::Event& event);
  [[nodiscard]] bool waits_for(client::PeerId peer) const;
  void tell_failure(const client::Event& event, const std::string& server);
  void tell_firmware();
  void follow_radio(Instant now);
  void simulate(Instant now);
  [[nodiscard]] client::Config make_config();
  [[nodiscard]] std::string name(client::PeerId peer);
  [[nodiscard]] std::string lifetime_words(client::PeerId peer);

  posix::EventLoop& loop_;
  ClientOptions options_;
  Printer print_;
  posix::SystemRng rng_;
  std::unique_ptr<posix::ImageFile> store_;
  /// Without a file: what a bootstrap that fails is taken back to.
  std::unique_ptr<MemoryStore> memory_;
  posix::ReceiveBatch in_{16, 2048};
  posix::SendBatch out_{16, 2048};
  std::array<std::uint8_t, 2048> message_{};
  dtls_gnutls::GnutlsClientHandshakes handshakes_;
  std::string trust_anchors_;
  SimulatedDevice device_;
  std::array<Peer, kLimits.servers + 1> peers_;
  client::Client<kLimits> engine_;
  /// What a Send refers to until it is done.
  std::vector<client::Sample> samples_;
  std::size_t sends_ = 0;
  /// What there was before the bootstrap server began.
  std::vector<lwm2m::Path> before_bootstrap_;
  /// What was told of the radio last, and when it may be another thing.
  bool asleep_ = false;
  Instant radio_until_ = Instant::never();
  Instant next_tick_ = Instant::never();
  Instant reboot_ = Instant::never();
  Instant reset_ = Instant::never();
  Instant give_up_ = Instant::never();
  Instant patience_ = Instant::never();
  client::FirmwareState firmware_state_ = client::FirmwareState::Idle;
  bool stopping_ = false;
  bool settled_ = false;
  bool said_servers_ = false;
};

}  // namespace linnet::cli
