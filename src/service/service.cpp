// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/service.hpp>

#include <cstdio>
#include <optional>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/posix/udp_socket.hpp>

#include "api.hpp"
#include "bootstrap_desk.hpp"
#include "credential_desk.hpp"
#include "credential_store.hpp"
#include "device_desk.hpp"
#include "server_identity.hpp"
#include "store.hpp"

namespace linnet::service {
namespace {

class ModelDefinitions final : public server::DefinitionSource {
 public:
  explicit ModelDefinitions(lwm2m::ModelStore models) : models_(std::move(models)) {}
  const lwm2m::ObjectDefinition* find(lwm2m::Id object, lwm2m::Version version) const override {
    return models_.definition(object, version);
  }

 private:
  lwm2m::ModelStore models_;
};

/// Tells this run's event numbers from those of any other.
std::string run_name(Rng& rng) {
  char text[16];
  std::snprintf(text, sizeof(text), "%08x", static_cast<unsigned>(rng.next()));
  return text;
}

/// Lets nobody register while nothing can be stored. [REG-01] would promise what a crash takes
/// back.
class StoreGuard final : public server::Authorizer {
 public:
  server::Access decide(const server::AccessRequest& request) override {
    const bool refuse = failing && request.kind == server::AccessRequest::Kind::Register;
    return refuse ? server::Access::Unavailable : server::Access::Allow;
  }
  bool failing = false;
};

std::unique_ptr<Store> open_store(const std::filesystem::path& file) {
  if (file.empty()) return nullptr;
  try {
    const bool is_new = !std::filesystem::exists(file);
    auto store = std::make_unique<Store>(file);
    // There are keys in it.
    using std::filesystem::perms;
    std::error_code ignored;
    if (is_new) {
      std::filesystem::permissions(file, perms::owner_read | perms::owner_write, ignored);
    }
    return store;
  } catch (const SqliteError& error) {
    throw posix::SetupError(std::string("the store cannot be used: ") + error.what());
  }
}

server::ShardConfig with_key(server::ShardConfig config, Store* store) {
  if (store != nullptr) config.id_key = store->id_key();
  return config;
}

/// Where credentials are: in the store, or without one in memory.
struct CredentialPlace {
  explicit CredentialPlace(Store* store) {
    if (store != nullptr) {
      database = &store->database();
      box = &store->box();
      return;
    }
    try {
      own_database.emplace(":memory:");
      own_database->run("BEGIN");
      migrate(*own_database, "the memory");
      own_database->run("COMMIT");
    } catch (const SqliteError& error) {
      throw posix::SetupError(error.what());
    }
    own_box.emplace(SecretBox::temporary());
    database = &*own_database;
    box = &*own_box;
  }
  CredentialPlace(const CredentialPlace&) = delete;

  std::optional<Sqlite> own_database;
  std::optional<SecretBox> own_box;
  Sqlite* database = nullptr;
  const SecretBox* box = nullptr;
};

std::int64_t unix_seconds() { return static_cast<std::int64_t>(posix::unix_now()); }

std::int64_t unix_ms() { return static_cast<std::int64_t>(posix::unix_now() * 1000); }

}  // namespace

/// In the order in which they are made; destroyed in reverse, so the API's thread ends before what
/// it posts to.
struct Service::Parts {
  Parts(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore models)
      : definitions(models),
        print(settings.log),
        store(open_store(settings.store)),
        identity(load_server_identity({settings.certificate, settings.private_key, settings.store},
                                      unix_seconds())),
        credential_place(store.get()),
        credentials(*credential_place.database, *credential_place.box, unix_seconds),
        credential_desk(credentials, identity, settings.log),
        shard(with_key(settings.shard, store.get()), rng, &guard, &definitions),
        log(settings.kept_events, settings.kept_event_bytes, run_name(rng)),
        socket(settings.coap),
        desk({shard, log,
              [this] {
                if (http) http->wake_streams();
              },
              settings.log, settings.verbose},
             models),
        bootstrap({loop, rng, definitions, store.get(), log,
                   [this] {
                     if (http) http->wake_streams();
                   },
                   settings.log, settings.verbose},
                  settings, models),
        host(
            loop, socket, shard, [this](server::Event& event) { on_event(event); },
            [this] { return commit(); }),
        api(
            desk, bootstrap, credential_desk, log, std::move(models),
            [this](ShardHost::Task task) { host.post(std::move(task)); },
            [this](ShardHost::Job job) { host.add_job(std::move(job)); }) {
    credentials.set_own_key(identity.key.public_key().point());
    restore();
    host.set_guest(bootstrap);
    if (!settings.serve_http) return;
    http.emplace(settings.http, [this](HttpRequest request, Responder responder) {
      api.handle(std::move(request), std::move(responder));
    });
  }

  void restore() {
    if (!store) return;
    try {
      const auto restored = store->restore(shard, posix::monotonic_now(), unix_ms());
      kept = {restored.registrations, restored.observations, bootstrap.configurations(),
              credentials.size()};
      desk.resume();
      if (restored.refused != 0) {
        say(LogLevel::Warning, "the store had " + std::to_string(restored.refused) +
                                   " registrations or observations that make no sense");
      }
    } catch (const SqliteError& error) {
      throw posix::SetupError(std::string("the store cannot be read: ") + error.what());
    }
  }
  void on_event(server::Event& event) {
    if (store) {
      store->note(shard, event);
      // Somebody is told that there is an observation: it must outlive a crash from here on.
      const auto* result = std::get_if<server::OperationResult>(&event);
      if (result != nullptr && result->observation.valid()) (void)commit();
    }
    desk.handle(event);
  }
  bool commit() {
    if (!store) return true;
    const bool done = store->commit(shard, posix::monotonic_now(), unix_ms());
    if (done == guard.failing) {
      say(done ? LogLevel::Info : LogLevel::Error,
          done ? "the store takes changes again"
               : "nothing can be stored, so nobody may register: " + store->problem());
      guard.failing = !done;
    }
    return done;
  }
  void say(LogLevel level, const std::string& line) const {
    if (print) print(level, line);
  }

  posix::SystemRng rng;
  ModelDefinitions definitions;
  LogSink print;
  StoreGuard guard;
  std::unique_ptr<Store> store;
  ServerIdentity identity;
  CredentialPlace credential_place;
  CredentialStore credentials;
  CredentialDesk credential_desk;
  Kept kept;
  server::Shard shard;
  EventLog log;
  posix::UdpSocket socket;
  DeviceDesk desk;
  BootstrapDesk bootstrap;
  ShardHost host;
  Api api;
  std::optional<HttpServer> http;
};

Service::Service(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore models)
    : parts_(std::make_unique<Parts>(loop, settings, std::move(models))) {}
Service::~Service() = default;

void Service::run() {
  parts_->host.run();
  (void)parts_->commit();
}

Service::Kept Service::kept() const { return parts_->kept; }

SocketAddress Service::coap_address() const { return parts_->socket.local(); }

SocketAddress Service::bootstrap_address() const { return parts_->bootstrap.address(); }

SocketAddress Service::http_address() const {
  return parts_->http ? parts_->http->local() : SocketAddress{};
}

const char* version() { return LINNET_VERSION; }

}  // namespace linnet::service
