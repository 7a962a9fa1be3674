// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/service.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/posix/system_rng.hpp>

#include "bootstrap_server.hpp"
#include "clocks.hpp"
#include "desks.hpp"
#include "device_server.hpp"
#include "event_outlets.hpp"
#include "http_api.hpp"
#include "mqtt_sender.hpp"
#include "records.hpp"
#include "server_identity.hpp"
#include "shard_turn.hpp"
#include "trust_changes.hpp"

namespace linnet::service {
namespace {

/// Empty if nobody else can reach it.
std::string warning_of_plain(const SocketAddress& address, const std::string& option) {
  if (address.port == 0 || address.is_loopback()) return {};
  return "coap://" + posix::to_string(address) +
         " is open without security: whoever reaches it can read along and pretend to be a device "
         "that has no credential. Close it with --" +
         option + " off, or serve only this machine with --" + option +
         " 127.0.0.1:" + std::to_string(address.port);
}

std::string warning_of_plain_http(const SocketAddress& address) {
  if (address.is_loopback()) return {};
  return "http://" + posix::to_string(address) +
         " is open without TLS: whoever is on the way can read tokens and passwords. Serve it on "
         "127.0.0.1, and set http.secure_listen, http.certificate and http.private_key";
}

}  // namespace

void check_files(const ServiceSettings& settings) {
  if (settings.mqtt.enabled) check_settings(settings.mqtt);
  if (settings.serve_http) check_tls(settings.http);
  if (settings.certificate.empty() && settings.private_key.empty()) return;
  (void)load_server_identity({settings.certificate, settings.private_key, {}}, unix_seconds());
}

/// The groups in the order in which they are made, each on those before it; destroyed in reverse,
/// so the API's thread ends before what it posts to.
struct Service::Parts {
  Parts(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore known_models);

  void restore();
  void reload(const ServiceSettings& settings, lwm2m::ModelStore known_models);
  void wake_readers();
  void warn_of_plain_ports(const ServiceSettings& settings) const;
  void warn(const std::string& line) const {
    if (print && !line.empty()) print(LogLevel::Warning, line);
  }

  posix::SystemRng rng;
  LogSink print;
  Records records;
  DeviceServer devices;
  BootstrapServer bootstrap;
  Desks desks;
  EventOutlets outlets;
  TrustChanges trust;
  ShardTurn turn;
  std::optional<HttpApi> api;
  Kept kept;
};

Service::Parts::Parts(posix::EventLoop& loop, const ServiceSettings& settings,
                      lwm2m::ModelStore known_models)
    : print(settings.log),
      records(settings, std::move(known_models), rng),
      devices(loop, rng, settings, records),
      bootstrap(loop, rng, settings, records, devices),
      desks(settings, records, devices, bootstrap),
      outlets(settings, records, devices.host),
      trust(records, devices, bootstrap),
      turn(settings.log, records, devices, desks, trust) {
  records.log.on([this] { wake_readers(); }, [&loop] { loop.wake(); });
  restore();
  warn_of_plain_ports(settings);
  if (!settings.serve_http) return;
  api.emplace(settings, rng, records, devices, bootstrap, desks, outlets);
  (void)turn.commit();
}

/// What was written down becomes what the shard and the desks have.
void Service::Parts::restore() {
  const auto restored = records.store.restore(devices.shard, posix::monotonic_now(), unix_ms());
  kept = {restored.registrations, restored.observations, bootstrap.desk.configurations(),
          records.credentials.size(), devices.secure ? devices.secure->restored() : 0};
  records.journal.replay(records.values.restore(), [this](const EventView& event) {
    desks.values.replay(event.kind, event.endpoint, event.data);
  });
  desks.values.resume();
  desks.rules.resume();
  devices.directory.resume();
  desks.operations.recover();
  devices.host.add_job([this] { return devices.directory.learn_numbers(); });
  if (restored.refused == 0) return;
  warn("the store had " + std::to_string(restored.refused) +
       " registrations or observations that make no sense");
}

void Service::Parts::reload(const ServiceSettings& settings, lwm2m::ModelStore known_models) {
  if (api) check_tls(settings.http);
  if (auto identity = records.load_identity(settings)) trust.adopt(std::move(*identity));
  if (api) api->server().set_certificate(settings.http.certificate, settings.http.private_key);
  records.models.reload(std::move(known_models));
  for (SecureServer* server : {devices.secure.get(), bootstrap.secure.get()}) {
    if (server == nullptr) continue;
    server->transport().set_hello_limit(settings.secure.hellos_per_second,
                                        settings.secure.hello_burst);
  }
}

/// There are new events. Any thread.
void Service::Parts::wake_readers() {
  if (api) api->server().wake_streams();
  outlets.wake();
}

void Service::Parts::warn_of_plain_ports(const ServiceSettings& settings) const {
  if (settings.serve_coap) warn(warning_of_plain(devices.socket->local(), "coap"));
  if (settings.serve_bootstrap) warn(warning_of_plain(bootstrap.desk.address(), "bootstrap"));
  if (settings.serve_http) warn(warning_of_plain_http(settings.http.address));
}

Service::Service(posix::EventLoop& loop, const ServiceSettings& settings,
                 lwm2m::ModelStore models) try
    : parts_(std::make_unique<Parts>(loop, settings, std::move(models))) {
} catch (const SqliteError& error) {
  throw posix::SetupError(std::string("the store cannot be used: ") + error.what());
} catch (const std::filesystem::filesystem_error& error) {
  throw posix::SetupError(std::string("the store cannot be used: ") + error.what());
}

Service::~Service() = default;

void Service::run() {
  parts_->devices.host.run();
  parts_->devices.directory.put_all_runs();
  parts_->records.journal.stop();
  (void)parts_->turn.commit();
}

void Service::drain(std::function<void()> done) {
  if (!parts_->api) return done();
  parts_->api->server().drain(std::move(done));
}

void Service::reload(const ServiceSettings& settings, lwm2m::ModelStore models) {
  parts_->reload(settings, std::move(models));
}

Service::Kept Service::kept() const { return parts_->kept; }

Service::Welcome Service::welcome() const {
  return parts_->api ? parts_->api->welcome() : Welcome{};
}

SocketAddress Service::coap_address() const {
  return parts_->devices.socket ? parts_->devices.socket->local() : SocketAddress{};
}

SocketAddress Service::coaps_address() const {
  return parts_->devices.secure ? parts_->devices.secure->address() : SocketAddress{};
}

SocketAddress Service::bootstrap_address() const { return parts_->bootstrap.desk.address(); }

SocketAddress Service::bootstrap_coaps_address() const {
  return parts_->bootstrap.secure ? parts_->bootstrap.secure->address() : SocketAddress{};
}

SocketAddress Service::https_address() const {
  return parts_->api ? parts_->api->server().secure_local() : SocketAddress{};
}

SocketAddress Service::http_address() const {
  return parts_->api ? parts_->api->server().local() : SocketAddress{};
}

const char* version() { return LINNET_VERSION; }

}  // namespace linnet::service
