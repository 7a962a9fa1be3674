// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/service.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/posix/ticker.hpp>

#include "bootstrap_server.hpp"
#include "clocks.hpp"
#include "desks.hpp"
#include "device_server.hpp"
#include "event_outlets.hpp"
#include "http_api.hpp"
#include "records.hpp"
#include "restore_desk.hpp"
#include "server_identity.hpp"
#include "shard_turn.hpp"
#include "store_place.hpp"
#include "store_swap.hpp"
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

/// What answers to requests under way may take before a back-up is taken up.
constexpr Duration kPatience = seconds(5);

/// What SQLite or the folder has against it becomes words for a person.
template <typename Make>
void using_store(Make make) {
  const auto fail = [](const char* why) {
    throw posix::SetupError(std::string("the store cannot be used: ") + why);
  };
  try {
    make();
  } catch (const SqliteError& error) {
    fail(error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    fail(error.what());
  }
}

}  // namespace

void check_files(const ServiceSettings& settings) {
  EventOutlets::check(settings);
  if (settings.serve_http) check_tls(settings.http);
  if (settings.certificate.empty() && settings.private_key.empty()) return;
  (void)load_server_identity({settings.certificate, settings.private_key, {}}, unix_seconds());
}

namespace {

/// What `Service::reload` takes; the others stay until a restart.
void take_reloaded(ServiceSettings& kept, const ServiceSettings& next) {
  kept.certificate = next.certificate;
  kept.private_key = next.private_key;
  kept.http.certificate = next.http.certificate;
  kept.http.private_key = next.http.private_key;
  kept.secure.hellos_per_second = next.secure.hellos_per_second;
  kept.secure.hello_burst = next.secure.hello_burst;
  kept.shard.default_lifetime = next.shard.default_lifetime;
  kept.shard.adopt_new_address = next.shard.adopt_new_address;
  kept.shard.operation_timeout = next.shard.operation_timeout;
  kept.shard.awake_for = next.shard.awake_for;
  kept.shard.max_response_bytes = next.shard.max_response_bytes;
  kept.operations = next.operations;
  const AccessSettings access = kept.access;
  kept.access = next.access;
  kept.access.enabled = access.enabled;
  kept.access.local_token = access.local_token;
  kept.kept_events = next.kept_events;
  kept.kept_event_bytes = next.kept_event_bytes;
  kept.kept_event_age = next.kept_event_age;
  kept.history_samples = next.history_samples;
  kept.history_days = next.history_days;
  kept.mqtt = next.mqtt;
  kept.webhook_ca_file = next.webhook_ca_file;
  kept.verbose = next.verbose;
}

}  // namespace

/// What a service goes on with when its store is replaced.
struct Service::Lasting {
  Lasting(posix::EventLoop& its_loop, const ServiceSettings& its_settings,
          lwm2m::ModelStore its_models)
      : loop(its_loop),
        settings(its_settings),
        models(std::move(its_models)),
        place(settings.store) {}

  void fail(const std::string& why) { outcome = {RestoreOutcome::Kind::PutBack, unix_ms(), why}; }
  [[nodiscard]] bool restored() const { return outcome->kind == RestoreOutcome::Kind::Restored; }
  /// Throws std::filesystem::filesystem_error.
  void put_back() const {
    if (swapped) unswap_store(place.file());
  }

  posix::EventLoop& loop;
  ServiceSettings settings;  // with the ports as they were opened
  lwm2m::ModelStore models;
  StorePlace place;
  std::optional<ServerIdentity> identity;  ///< one that is in no file
  std::optional<RestoreOutcome> outcome;
  std::optional<posix::Ticker> patience;
  bool restoring = false;
  bool swapped = false;
};

/// The groups in the order in which they are made, each on those before it; destroyed in reverse,
/// so the API's thread ends before what it posts to.
struct Service::Parts {
  /// `on_restore` is called on the shard's thread when a back-up is to be taken up.
  Parts(const Lasting& lasting, std::function<void()> on_restore);

  void restore();
  void reload(const ServiceSettings& settings, lwm2m::ModelStore known_models);
  void wake_readers();
  void warn_of_plain_ports(const ServiceSettings& settings) const;
  void warn(const std::string& line) const {
    if (!line.empty()) say(LogLevel::Warning, line);
  }
  void say(LogLevel level, const std::string& line) const {
    if (print) print(level, line);
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

Service::Parts::Parts(const Lasting& lasting, std::function<void()> on_restore)
    : print(lasting.settings.log),
      records(lasting.settings, lasting.place, lasting.identity, lasting.models, rng),
      devices(lasting.loop, rng, lasting.settings, records),
      bootstrap(lasting.loop, rng, lasting.settings, records, devices),
      desks(lasting.settings, records, devices, bootstrap),
      outlets(lasting.settings, records, devices.host),
      trust(records, devices, bootstrap),
      turn(print, records, devices, desks, trust) {
  const ServiceSettings& settings = lasting.settings;
  records.log.on([this] { wake_readers(); }, [&loop = lasting.loop] { loop.wake(); });
  restore();
  warn_of_plain_ports(settings);
  if (!settings.serve_http) return;
  api.emplace(settings, rng, records, devices, bootstrap, desks, outlets,
              HttpApi::Restore{std::move(on_restore), lasting.outcome});
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
  EventOutlets::check(settings);
  if (auto identity = records.load_identity(settings)) trust.adopt(std::move(*identity));
  if (api) api->server().set_certificate(settings.http.certificate, settings.http.private_key);
  records.models.reload(std::move(known_models));
  for (SecureServer* server : {devices.secure.get(), bootstrap.secure.get()}) {
    if (server == nullptr) continue;
    server->transport().set_hello_limit(settings.secure.hellos_per_second,
                                        settings.secure.hello_burst);
  }
  // Those below have owners who take another value at any time.
  records.set(settings);
  devices.shard.reconfigure(settings.shard);
  bootstrap.desk.set_verbose(settings.verbose);
  desks.devices.set_verbose(settings.verbose);
  desks.operations.set_settings(settings.operations, settings.verbose);
  outlets.set(settings);
  if (api) api->set_limits(settings.access);
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

Service::Service(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore models)
    : lasting_(std::make_unique<Lasting>(loop, settings, std::move(models))) {
  make();
}

Service::~Service() = default;

void Service::make() {
  Lasting& lasting = *lasting_;
  ServiceSettings& settings = lasting.settings;
  using_store([&] { parts_ = std::make_unique<Parts>(lasting, [this] { begin_restore(); }); });
  // One made for this run is of this process, not of its store.
  if (settings.certificate.empty() && settings.store.empty()) {
    lasting.identity = parts_->records.identity;
  }
  // Ports that it chose stay.
  const auto keep = [](SocketAddress& wanted, const SocketAddress& opened) {
    if (opened.port != 0) wanted.port = opened.port;
  };
  keep(settings.coap, coap_address());
  keep(settings.coaps, coaps_address());
  keep(settings.bootstrap, bootstrap_address());
  keep(settings.bootstrap_coaps, bootstrap_coaps_address());
  keep(settings.http.address, http_address());
  keep(settings.http.tls_address, https_address());
}

void Service::run() {
  while (true) {
    parts_->devices.host.run();
    parts_->devices.directory.put_all_runs();
    parts_->records.journal.stop();
    (void)parts_->turn.commit();
    lasting_->patience.reset();
    if (!lasting_->restoring || lasting_->loop.stopped()) return;
    take_up();
  }
}

/// What is under way is answered first.
void Service::begin_restore() {
  if (lasting_->restoring) return;
  lasting_->restoring = true;
  parts_->say(LogLevel::Info, "restore        what is under way is answered");
  const auto end = [parts = parts_.get()] { parts->devices.host.end(); };
  lasting_->patience.emplace(lasting_->loop, kPatience, end);
  parts_->api->server().drain([parts = parts_.get(), end] { parts->devices.host.post(end); });
}

void Service::take_up() {
  Lasting& lasting = *lasting_;
  const auto& store = lasting.place.file();
  const std::filesystem::path staged = parts_->api->staged();
  if (lasting.settings.on_serving) lasting.settings.on_serving(false);
  parts_.reset();
  lasting.restoring = lasting.swapped = false;
  lasting.outcome = {RestoreOutcome::Kind::Restored, unix_ms(),
                     "the former store stays beside as " + store.filename().string() + ".before"};
  try {
    const FileLock lock(store);
    go_on_from(staged, read_numbers(store));
    lasting.swapped = true;
    swap_store(store, staged);
  } catch (const std::exception& error) {
    lasting.fail(error.what());
  }
  try {
    if (lasting.restored()) make();
  } catch (const std::exception& error) {
    lasting.fail(error.what());
  }
  if (lasting.restored()) {
    parts_->say(LogLevel::Info, "restored       " + std::to_string(parts_->kept.registrations) +
                                    " registrations; " + lasting.outcome->detail);
  } else {
    using_store([&lasting] { lasting.put_back(); });
    make();
    parts_->turn.alarm("a back-up could not be restored, and the former store is served: " +
                       lasting.outcome->detail);
  }
  if (lasting.settings.on_serving) lasting.settings.on_serving(true);
}

void Service::drain(std::function<void()> done) {
  lasting_->restoring = false;  // what stops now takes nothing up
  lasting_->patience.reset();
  if (!parts_->api) return done();
  parts_->api->server().drain(std::move(done));
}

void Service::reload(const ServiceSettings& settings, lwm2m::ModelStore models) {
  parts_->reload(settings, models);
  take_reloaded(lasting_->settings, settings);
  lasting_->models = std::move(models);
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
