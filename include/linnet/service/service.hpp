// SPDX-License-Identifier: Apache-2.0
#pragma once
// The whole server in one object: a shard behind a CoAP socket and one with DTLS, the same
// for bootstrap, and the HTTP API. What
// `linnet server` runs, and what a program embeds that wants the API too.
//
//   posix::EventLoop loop;
//   service::Service service(loop, settings, models);   // the ports are open now
//   service.run();                                       // until loop.stop()
//
// Construct, run and destroy it on one thread, the shard's; the API has a thread of its own.
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <linnet/lwm2m/model/model_store.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/server/bootstrap_shard.hpp>
#include <linnet/server/secure_transport.hpp>
#include <linnet/server/shard.hpp>
#include <linnet/service/access_settings.hpp>
#include <linnet/service/http_server.hpp>
#include <linnet/service/mqtt_settings.hpp>

namespace linnet::service {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };
/// One line for people, and the device it is about, if it is about one. A text is one too.
struct LogLine {
  LogLine(std::string line, std::string about = {})
      : text(std::move(line)), endpoint(std::move(about)) {}
  LogLine(const char* line) : text(line) {}
  operator const std::string&() const { return text; }

  std::string text;
  std::string endpoint;
};
/// Called on the shard's thread.
using LogSink = std::function<void(LogLevel, const LogLine&)>;

/// Operations that wait for devices, and those that ended.
struct OperationSettings {
  std::size_t max_per_device = 10'000;   ///< that wait
  std::size_t max_waiting = 10'000'000;  ///< of all devices
  /// Of an operation that waits for its device, unless it says another.
  Duration deadline = seconds(std::int64_t{7} * 86400);
  /// A device without queue mode that does not react is tried again so often.
  Duration retry = seconds(300);
  std::size_t kept_per_device = 100;  ///< that ended; about
  std::uint32_t kept_days = 30;
};

struct ServiceSettings {
  /// "::" serves IPv4 and IPv6.
  SocketAddress coap{{}, 5683};
  /// False: devices have to come through DTLS.
  bool serve_coap = true;
  /// Where devices come through DTLS.
  SocketAddress coaps{{}, 5684};
  bool serve_coaps = false;
  server::ShardConfig shard;
  OperationSettings operations;
  /// Where devices come for Bootstrap.
  SocketAddress bootstrap{{}, 5783};
  server::BootstrapShardConfig bootstrap_shard;
  bool serve_bootstrap = false;
  /// The same through DTLS.
  SocketAddress bootstrap_coaps{{}, 5784};
  bool serve_bootstrap_coaps = false;
  /// Of both DTLS ports. `durable` and `id_key` mean nothing: they follow from `store`.
  server::SecureTransportConfig secure;
  /// The file that keeps registrations, observations, bootstrap configurations and credentials over
  /// a restart; empty: nothing is kept. Secrets in it are encrypted with the key in "<file>-key".
  std::filesystem::path store;
  /// The server's own certificate (a chain, without the trust anchor) and its private key, PEM or
  /// DER; both or neither. Empty: a pair made at first start, kept in "<store>-identity.pem".
  std::filesystem::path certificate;
  std::filesystem::path private_key;
  HttpOptions http;
  /// False: no API.
  bool serve_http = true;
  /// Who may use the API.
  AccessSettings access;
  /// What event streams can go back to, by whichever is reached first.
  std::uint64_t kept_events = 10'000'000;
  std::uint64_t kept_event_bytes = 256u << 20;
  Duration kept_event_age = seconds(std::int64_t{7} * 86400);
  /// Of it in memory, for readers that keep up.
  std::size_t event_memory = 16u << 20;
  /// What is kept of each resource that a device notifies of or sends; 0 samples: no history.
  std::size_t history_samples = 1000;
  std::uint32_t history_days = 30;
  MqttSettings mqtt;
  /// By whom the certificates of webhooks' receivers have to be signed, PEM; empty: by whom this
  /// machine trusts.
  std::filesystem::path webhook_ca_file;
  LogSink log;
  /// Told on the shard's thread when a restore through the API begins to take the service's place
  /// (false: nothing is served) and when something is served again (true).
  std::function<void(bool serving)> on_serving;
  /// Also log updates and operations.
  bool verbose = false;
};

/// Whether the files that the settings name can be used. Throws posix::SetupError.
void check_files(const ServiceSettings& settings);

class Service {
 public:
  /// Opens the store and the sockets. Throws posix::SetupError. `loop` outlives the service.
  Service(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore models);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Serves until `loop` is stopped. A back-up that was sent to /api/v1/restore is taken up within:
  /// what is under way is answered, the ports are closed, the store is replaced (the former one
  /// stays beside as "<store>.before"), and the same ports are opened again with it; streams of
  /// events go on where they were when they are resumed. If it cannot be served, the former store
  /// is. Throws posix::SetupError if that cannot be served either, and then only the destructor may
  /// be called.
  void run();

  /// Takes no new HTTP request, lets those under way be answered, and then calls `done` once, on
  /// any thread; devices are served on. From the loop's thread.
  void drain(std::function<void()> done);

  /// Takes up what can change while it runs: certificate and key, read again also where their
  /// names are the same (sessions stay, new handshakes show them), `secure.hellos_per_second` and
  /// `hello_burst`, object definitions, what `Shard::reconfigure` takes, `operations`, how much is
  /// kept of events, history and audit, how much `access` allows and how long a sign-in lasts,
  /// `mqtt`, `webhook_ca_file` and `verbose`. Throws posix::SetupError for a file that cannot be
  /// used, and then all stays as it is. From the loop's thread.
  void reload(const ServiceSettings& settings, lwm2m::ModelStore models);

  /// What was in the store.
  struct Kept {
    std::size_t registrations = 0;
    std::size_t observations = 0;
    std::size_t configurations = 0;
    std::size_t credentials = 0;
    std::size_t sessions = 0;  ///< secure ones of devices
  };
  [[nodiscard]] Kept kept() const;

  /// At the first start: how the first person gets in.
  struct Welcome {
    std::filesystem::path token_file;  ///< of an admin token; empty if nothing was made now
    std::string link;                  ///< signs in once, within 15 minutes; a secret
  };
  [[nodiscard]] Welcome welcome() const;

  // All with port 0 if it is not served.
  [[nodiscard]] SocketAddress coap_address() const;
  [[nodiscard]] SocketAddress coaps_address() const;
  [[nodiscard]] SocketAddress bootstrap_address() const;
  [[nodiscard]] SocketAddress bootstrap_coaps_address() const;
  [[nodiscard]] SocketAddress http_address() const;
  [[nodiscard]] SocketAddress https_address() const;

 private:
  struct Parts;
  struct Lasting;
  void make();
  void begin_restore();
  void take_up();

  std::unique_ptr<Lasting> lasting_;  ///< what stays when the store is replaced
  std::unique_ptr<Parts> parts_;
};

/// "0.1.0".
[[nodiscard]] const char* version();

}  // namespace linnet::service
