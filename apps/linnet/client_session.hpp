// SPDX-License-Identifier: Apache-2.0
#pragma once
// A simulated device on the network: its engine, the socket to its servers and what is printed of
// its life. One thread, that of the loop.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <linnet/client/client.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/posix/udp_socket.hpp>

#include "simulated_device.hpp"

namespace linnet::cli {

struct ClientOptions {
  std::string endpoint;
  std::vector<std::string> uris;
  std::uint32_t lifetime = 300;
  std::string version = "1.2";
  std::string format;
  std::uint16_t port = 0;
  /// Seconds between changes of simulated values; 0 leaves them alone.
  double interval = 2;
  bool no_prompt = false;
};

class ClientSession {
 public:
  static constexpr client::Limits kLimits{.servers = SimulatedDevice::kMaxServers,
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

  /// Checks the options and resolves the servers; throws Failure or SetupError.
  ClientSession(posix::EventLoop& loop, const ClientOptions& options, Printer print);
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  void start();
  /// De-registers; `finished()` becomes true when that is done, or after a few seconds.
  void stop();
  [[nodiscard]] bool finished() const;
  /// Does what is due and sends what is ready. Call after each turn of the loop.
  void work();
  [[nodiscard]] Instant next_timeout();

  [[nodiscard]] client::Engine& engine() { return engine_; }
  [[nodiscard]] SimulatedDevice& device() { return device_; }
  [[nodiscard]] const ClientOptions& options() const { return options_; }
  /// Something is known about the first registration: it worked, or it did not.
  [[nodiscard]] bool settled() const { return settled_; }
  /// Sends the values at `paths` to every server that has us; the reason if that is not possible.
  [[nodiscard]] std::string send(const std::vector<lwm2m::Path>& paths);

 private:
  struct Peer {
    std::string uri;
    SocketAddress address;
  };

  void receive();
  void transmit(Instant now);
  void tell(const client::Event& event);
  void tell_failure(const client::Event& event, const std::string& server);
  void tell_firmware();
  void simulate(Instant now);
  [[nodiscard]] client::Config make_config() const;
  [[nodiscard]] std::string name(client::PeerId peer) const;

  posix::EventLoop& loop_;
  ClientOptions options_;
  Printer print_;
  posix::SystemRng rng_;
  posix::UdpSocket socket_;
  posix::ReceiveBatch in_{16, 2048};
  posix::SendBatch out_{16, 2048};
  SimulatedDevice device_;
  std::vector<Peer> peers_;
  client::Client<kLimits> engine_;
  /// What a Send refers to until it is done.
  std::vector<client::Sample> samples_;
  std::size_t sends_ = 0;
  Instant next_tick_ = Instant::never();
  Instant reboot_ = Instant::never();
  Instant give_up_ = Instant::never();
  Instant patience_ = Instant::never();
  client::FirmwareState firmware_state_ = client::FirmwareState::Idle;
  bool stopping_ = false;
  bool settled_ = false;
};

}  // namespace linnet::cli
