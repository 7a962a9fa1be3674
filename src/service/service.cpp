// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/service.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/posix/udp_socket.hpp>
#include <linnet/service/json_text.hpp>

#include "access_guard.hpp"
#include "access_store.hpp"
#include "api.hpp"
#include "api_access.hpp"
#include "api_backup.hpp"
#include "api_bootstrap.hpp"
#include "api_credentials.hpp"
#include "api_devices.hpp"
#include "api_events.hpp"
#include "api_messages.hpp"
#include "api_models.hpp"
#include "api_operations.hpp"
#include "api_rules.hpp"
#include "api_server.hpp"
#include "api_values.hpp"
#include "api_webhooks.hpp"
#include "audit_log.hpp"
#include "bootstrap_desk.hpp"
#include "credential_desk.hpp"
#include "credential_store.hpp"
#include "device_desk.hpp"
#include "device_directory.hpp"
#include "device_table.hpp"
#include "event_journal.hpp"
#include "first_access.hpp"
#include "identity_guard.hpp"
#include "insight.hpp"
#include "model_desk.hpp"
#include "mqtt_sender.hpp"
#include "operation_desk.hpp"
#include "operation_store.hpp"
#include "rule_desk.hpp"
#include "rule_table.hpp"
#include "secret_box.hpp"
#include "secure_server.hpp"
#include "server_identity.hpp"
#include "store.hpp"
#include "store_place.hpp"
#include "value_desk.hpp"
#include "value_store.hpp"
#include "webhook_desk.hpp"
#include "webhook_sender.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

/// A session is needed while a device is registered with it.
class RegisteredSessions final : public server::SessionUse {
 public:
  explicit RegisteredSessions(server::Shard& shard) : shard_(shard) {}
  bool in_use(const SocketAddress& session) override { return shard_.has_registration(session); }
  void renewed(const SocketAddress& session) override { shard_.renew(session); }

 private:
  server::Shard& shard_;
};

/// Nothing is registered at a bootstrap server.
class BootstrapSessions final : public server::SessionUse {
 public:
  void set_desk(BootstrapDesk& desk) { desk_ = &desk; }
  bool in_use(const SocketAddress&) override { return false; }
  void renewed(const SocketAddress& session) override {
    if (desk_ != nullptr) desk_->renew(session);
  }

 private:
  BootstrapDesk* desk_ = nullptr;
};

const std::filesystem::path& prepared(const std::filesystem::path& file) {
  // There are keys in it, and SQLite gives its other files the permissions of this one.
  if (!std::filesystem::exists(file)) write_private_file(file, {});
  return file;
}

/// What SQLite or the folder has against it becomes words for a person.
template <typename Make>
auto using_store(Make make) {
  try {
    return make();
  } catch (const posix::SetupError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw posix::SetupError(std::string("the store cannot be used: ") + error.what());
  }
}

server::ShardConfig with_key(server::ShardConfig config, Store& store) {
  config.id_key = store.id_key();
  return config;
}

std::uint64_t random_seed(Rng& rng) { return std::uint64_t{rng.next()} << 32 | rng.next(); }

std::int64_t unix_seconds() { return static_cast<std::int64_t>(posix::unix_now()); }

EventRetention retention_of(const ServiceSettings& settings) {
  EventRetention retention;
  retention.bytes = settings.kept_event_bytes;
  retention.events = settings.kept_events;
  retention.age_ms = settings.kept_event_age.ms;
  return retention;
}

OperationStore::Limits limits_of(const OperationSettings& settings) {
  OperationStore::Limits limits;
  limits.kept_per_device = settings.kept_per_device;
  limits.kept_ms = std::int64_t{settings.kept_days} * 86'400'000;
  return limits;
}

std::int64_t unix_ms() { return static_cast<std::int64_t>(posix::unix_now() * 1000); }

}  // namespace

void check_files(const ServiceSettings& settings) {
  if (settings.mqtt.enabled) check_settings(settings.mqtt);
  if (settings.serve_http) check_tls(settings.http);
  if (settings.certificate.empty() && settings.private_key.empty()) return;
  (void)load_server_identity({settings.certificate, settings.private_key, {}}, unix_seconds());
}

/// In the order in which they are made; destroyed in reverse, so the API's thread ends before what
/// it posts to.
struct Service::Parts {
  Parts(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore known_models)
      : print(settings.log),
        place(settings.store),
        store(using_store([&] { return std::make_unique<Store>(prepared(place.file())); })),
        identity(load_server_identity({settings.certificate, settings.private_key, settings.store},
                                      unix_seconds())),
        credentials(store->database(), store->box(), unix_seconds),
        credential_desk(credentials, identity, settings.log),
        devices(store->database(), unix_ms),
        models(using_store([&] {
          return std::make_unique<ModelDesk>(store->database(), std::move(known_models));
        })),
        access(store->database(), settings.access, unix_ms),
        audit(store->database(), settings.access, unix_ms),
        guard(credentials, [this](const IdentityRefusal& refusal) { on_refusal(refusal); }),
        store_file(settings.store),
        messages(
            [this](const SocketAddress& address) { return real_address(secure.get(), address); },
            [] { return static_cast<std::int64_t>(posix::unix_now() * 1e6); }),
        shard(with_key(settings.shard, *store), rng, &guard, models.get()),
        registered(shard),
        log(settings.event_memory, "none"),
        journal(using_store([&] {
          return EventJournal(store->database(), log, retention_of(settings), rng, unix_ms);
        })),
        socket(open_socket(settings)),
        secure(open_secure(settings.serve_coaps, settings.coaps, settings, "", 0, &registered)),
        secure_bootstrap(open_secure(settings.serve_bootstrap_coaps, settings.bootstrap_coaps,
                                     settings, "bootstrap", 1, &bootstrap_sessions)),
        value_store({store->database(), unix_ms, [this] { return log.published(); }},
                    {settings.history_samples, settings.history_days}),
        values({shard, models->models(), devices, value_store, log, settings.log, unix_ms}),
        directory(using_store([&] {
          return std::make_unique<DeviceDirectory>(
              shard, devices, store->database(), secure.get(),
              DeviceDirectory::Clocks{posix::monotonic_now, unix_ms});
        })),
        rule_table(store->database()),
        rules(rule_ports()),
        desk({shard, log, values, settings.log, settings.verbose, secure.get(), *directory},
             models->models()),
        operation_store(using_store([&] {
          return std::make_unique<OperationStore>(store->database(),
                                                  limits_of(settings.operations));
        })),
        operations(
            {shard, *operation_store, devices, log, settings.log, settings.verbose,
             [this](std::function<void(bool)> done) { store->after_commit(std::move(done)); },
             [this](ShardHost::Job job) { host.add_job(std::move(job)); }, posix::monotonic_now,
             unix_ms, &directory->tags()},
            settings.operations, models->models()),
        insight({shard, *directory, *store, place.file(), !place.temporary(), models->models(), log,
                 secure.get(), secure_bootstrap.get(), [this] { return operations.waiting(); }}),
        bootstrap(
            {loop, rng, *models, store.get(), log, settings.log, settings.verbose, &credentials,
             [this](const std::string& endpoint, const std::string& address,
                    const std::string& how) {
               note(endpoint, TimelineEvent::Bootstrap, address, how);
             }},
            settings, models->models()),
        host(
            loop, socket ? &*socket : nullptr, shard,
            [this](server::Event& event) { on_event(event); }, [this] { return commit(); }),
        calls([this](ShardHost::Task task) { host.post(std::move(task)); },
              [this](ShardHost::Job job) { host.add_job(std::move(job)); },
              [this](std::function<void(bool)> done) { store->after_commit(std::move(done)); }),
        webhook_sender({log, place.file(),
                        [this](WebhookSender::Report report) {
                          host.post([this, report = std::move(report)] { webhooks.take(report); });
                        },
                        std::string("linnet/") + version()}),
        webhooks(using_store([&] {
          return WebhookDesk({store->database(), store->box(), log, journal, webhook_sender});
        })),
        mqtt(open_mqtt(settings.mqtt)),
        api_guard(access, settings.access, random_seed(rng), posix::monotonic_now),
        api(api_guard),
        device_api(desk, *directory, calls),
        operation_api(operations, calls),
        message_api(desk, messages, calls),
        event_api(log, place.file()),
        model_api(*models, calls),
        bootstrap_api(bootstrap, calls),
        credential_api(credential_desk, calls),
        value_api(values, calls),
        webhook_api(webhooks, mqtt.get(), log, calls),
        rule_api(rules, calls),
        server_api(desk, *store, insight, calls),
        backup_api(*store, place.file(), calls),
        access_api({access, audit, calls, unix_ms, posix::monotonic_now}) {
    store->add(devices);
    devices.on_forget([this](DeviceNumber number, std::string_view endpoint) {
      messages.forget(endpoint);
      values.forget(number);
      operations.forget(number, endpoint);
    });
    store->add(*operation_store);
    directory->set_pending([this](DeviceNumber device) { return operations.waiting(device); });
    operations.on_values([this](const OperationValues& answered) { take_values(answered); });
    host.every(seconds(1), [this](Instant now) { operations.tick(now); });
    store->add(directory->tags());
    store->add(directory->timeline());
    store->add(journal);
    store->add(webhooks);
    log.on([this] { wake_readers(); }, [&loop] { loop.wake(); });
    store->add(value_store);
    store->add(access);
    store->add(audit);
    store->add(rule_table);
    directory->tags().on_change([this](DeviceNumber number) {
      if (const auto endpoint = devices.endpoint(number)) rules.apply(*endpoint);
    });
    credentials.set_own_key(identity.key.public_key().point());
    connect_secure();
    restore();
    host.add_guest(bootstrap);
    host.add_guest(rules);
    warn_of_plain_ports(settings);
    if (settings.serve_http) serve_api(settings);
  }

  void serve_api(const ServiceSettings& settings) {
    auto problem = problem_of(settings.access, settings.http.address);
    if (problem.empty() && settings.http.serve_tls) {
      problem = problem_of(settings.access, settings.http.tls_address);
    }
    if (!problem.empty()) throw posix::SetupError(problem);
    for (ApiArea* area : std::initializer_list<ApiArea*>{
             &device_api, &operation_api, &message_api, &value_api, &rule_api, &event_api,
             &model_api, &bootstrap_api, &credential_api, &webhook_api, &server_api, &backup_api,
             &access_api}) {
      api.add(*area);
    }
    access.on_end([this] { wake_readers(); });
    api.set_audit(audit, [this] { calls.post([] {}); });
    http.emplace(settings.http, [this](HttpRequest request, Responder responder) {
      const auto start = std::chrono::steady_clock::now();
      responder.observe([this, start, method = request.method](unsigned status) {
        insight.http().count(method, status, std::chrono::steady_clock::now() - start);
      });
      api.handle(std::move(request), std::move(responder));
    });
    add_metrics();
    first_access.emplace(access, place, settings, http->local());
    (void)commit();
  }

  void add_metrics() {
    Metrics& metrics = insight.metrics();
    metrics.add("linnet_event_streams", "Open streams of events.", Metrics::Type::Gauge,
                [this] { return static_cast<double>(http->streams()); });
    metrics.add("linnet_webhook_lag", "Events that a webhook has still to get.",
                Metrics::Type::Gauge, [this](Metrics::Samples& samples) {
                  for (const auto& lag : webhooks.lags()) {
                    samples.add(static_cast<double>(lag.events), {{"webhook", lag.webhook}});
                  }
                });
    metrics.add("linnet_mqtt_lag", "Events that the MQTT broker has still to get.",
                Metrics::Type::Gauge, [this] {
                  return mqtt ? static_cast<double>(
                                    log.count_between(mqtt->status().position, log.latest() + 1))
                              : 0.0;
                });
  }

  static std::optional<posix::UdpSocket> open_socket(const ServiceSettings& settings) {
    if (!settings.serve_coap) return std::nullopt;
    return posix::UdpSocket(settings.coap);
  }
  std::unique_ptr<SecureServer> open_secure(bool wanted, const SocketAddress& listen,
                                            const ServiceSettings& settings, const char* name,
                                            std::int64_t number, server::SessionUse* use) {
    if (!wanted) return nullptr;
    try {
      return std::make_unique<SecureServer>(
          SecureServer::Ports{rng, credentials, identity, *store, log, settings.log, name, number,
                              [this](const std::string& endpoint, const std::string& address,
                                     const std::string& how) {
                                // Whoever it is, it has a credential: it may be known.
                                (void)devices.number(endpoint);
                                note(endpoint, TimelineEvent::Handshake, address, how);
                              }},
          listen, settings.secure, use);
    } catch (const SqliteError& error) {
      throw posix::SetupError(std::string("the store cannot be read: ") + error.what());
    }
  }
  void connect_secure() {
    credentials.on_end([this](std::uint64_t id) { ended.push_back(id); });
    credentials.on_add([this](std::string_view endpoint) {
      guard.end_unsecured(posix::monotonic_now(), shard, endpoint);
    });
    credentials.on_bar([this](std::string_view endpoint) {
      const auto registration = shard.find(endpoint);
      if (registration) shard.remove(posix::monotonic_now(), registration->id);
    });
    credentials.on_trust_change([this] {
      if (secure) secure->trust_changed();
      if (secure_bootstrap) secure_bootstrap->trust_changed();
    });
    if (secure) {
      guard.set_transport(&secure->transport());
      host.set_secure(secure->port(), [this] { secure->handle_events(); });
    }
    bootstrap_sessions.set_desk(bootstrap);
    if (secure_bootstrap) bootstrap.set_secure(*secure_bootstrap, [this] { return commit(); });
  }
  /// Of credentials that ended since. [SEC-10]
  void end_sessions() {
    if (ended.empty()) return;
    std::ranges::sort(ended);
    if (secure) secure->end_credentials(ended);
    if (secure_bootstrap) secure_bootstrap->end_credentials(ended);
    ended.clear();
  }
  void on_refusal(const IdentityRefusal& refusal) {
    if (secure) secure->tell_refusal(refusal);
  }
  std::unique_ptr<MqttSender> open_mqtt(const MqttSettings& settings) {
    constexpr const char* kReader = "mqtt";
    if (!settings.enabled) return nullptr;
    const auto report = [this](std::uint64_t position) {
      host.post([this, position] { journal.set_position(kReader, position); });
    };
    // What happens from the first start with a broker on, whether it is there by then or not.
    if (!journal.position(kReader)) journal.set_position(kReader, log.latest());
    return std::make_unique<MqttSender>(settings, MqttSender::Ports{log, place.file(), report},
                                        *journal.position(kReader));
  }
  void wake_readers() {
    if (http) http->wake_streams();
    webhook_sender.wake();
    if (mqtt) mqtt->wake();
  }
  void warn_of_plain_ports(const ServiceSettings& settings) const {
    const auto warn = [this](const SocketAddress& address, const char* option) {
      if (address.port == 0 || address.is_loopback()) return;
      say(LogLevel::Warning,
          "coap://" + posix::to_string(address) +
              " is open without security: whoever reaches it can read along and pretend to be a "
              "device that has no credential. Close it with --" +
              option + " off, or serve only this machine with --" + option +
              " 127.0.0.1:" + std::to_string(address.port));
    };
    if (settings.serve_coap) warn(socket->local(), "coap");
    if (settings.serve_bootstrap) warn(bootstrap.address(), "bootstrap");
    const auto& http_address = settings.http.address;
    if (!settings.serve_http || http_address.is_loopback()) return;
    say(LogLevel::Warning,
        "http://" + posix::to_string(http_address) +
            " is open without TLS: whoever is on the way can read tokens and passwords. Serve it "
            "on 127.0.0.1, and set http.secure_listen, http.certificate and http.private_key");
  }

  void restore() {
    try {
      const auto restored = store->restore(shard, posix::monotonic_now(), unix_ms());
      kept = {restored.registrations, restored.observations, bootstrap.configurations(),
              credentials.size(), secure ? secure->restored() : 0};
      journal.replay(value_store.restore(), [this](const EventView& event) {
        values.replay(event.kind, event.endpoint, event.data);
      });
      values.resume();
      rules.resume();
      directory->resume();
      operations.recover();
      host.add_job([this] { return directory->learn_numbers(); });
      if (restored.refused != 0) {
        say(LogLevel::Warning, "the store had " + std::to_string(restored.refused) +
                                   " registrations or observations that make no sense");
      }
    } catch (const SqliteError& error) {
      throw posix::SetupError(std::string("the store cannot be read: ") + error.what());
    }
  }
  /// In the timeline of a device, if it is known.
  void note(const std::string& endpoint, TimelineEvent event, const std::string& address,
            const std::string& detail) {
    TimelineEntry entry;
    entry.event = event;
    entry.address = address;
    entry.detail = detail;
    directory->note(endpoint, std::move(entry));
  }
  void take_values(const OperationValues& answered) {
    const std::string endpoint(answered.endpoint);
    if (answered.result.observation.valid()) {
      return values.started(answered.result, endpoint, answered.request.about());
    }
    values.learn(endpoint, answered.result.values, ValueSource::Read);
    values.learn(endpoint, answered.written, ValueSource::Write);
  }
  void on_event(server::Event& event) {
    store->note(shard, event);
    directory->note(event);
    insight.note(event);
    auto* result = std::get_if<server::OperationResult>(&event);
    if (result != nullptr && rules.take(*result)) return;
    desk.handle(event);
    operations.handle(event);
    rules.handle(event);
  }
  RuleDesk::Ports rule_ports() {
    return {shard,
            rule_table,
            values,
            [this](std::string_view endpoint) {
              const auto number = devices.find(endpoint);
              return number ? directory->tags().tags(*number) : std::vector<std::string>{};
            },
            [this](ShardHost::Job job) { host.add_job(std::move(job)); },
            posix::monotonic_now,
            unix_ms};
  }
  void reload(const ServiceSettings& settings, lwm2m::ModelStore known_models) {
    if (http) check_tls(settings.http);
    reload_identity({settings.certificate, settings.private_key, store_file});
    if (http) http->set_certificate(settings.http.certificate, settings.http.private_key);
    models->reload(std::move(known_models));
    const auto& limits = settings.secure;
    for (auto* server : {secure.get(), secure_bootstrap.get()}) {
      if (server == nullptr) continue;
      server->transport().set_hello_limit(limits.hellos_per_second, limits.hello_burst);
    }
  }
  void reload_identity(const ServerIdentityFiles& files) {
    // One made for this run has no file to be read from again.
    if (files.certificate.empty() && files.store.empty()) return;
    ServerIdentity next = load_server_identity(files, unix_seconds());
    try {
      if (secure) secure->set_identity(next);
      if (secure_bootstrap) secure_bootstrap->set_identity(next);
    } catch (const dtls_gnutls::KeyError& error) {
      throw posix::SetupError(std::string("DTLS cannot be served with it: ") + error.what());
    }
    identity = std::move(next);
    credentials.set_own_key(identity.key.public_key().point());
  }
  bool commit() {
    const Instant now = posix::monotonic_now();
    end_sessions();
    journal.pin(value_store.applied());
    directory->tend(now);
    if (messages.ended(now)) shard.set_tap(nullptr);
    insight.turn(now);
    const auto start = std::chrono::steady_clock::now();
    const auto transactions = store->transactions();
    const bool done = store->commit(shard, now, unix_ms());
    if (store->transactions() != transactions) {
      insight.committed(std::chrono::steady_clock::now() - start);
    }
    if (done == guard.failing()) {
      say(done ? LogLevel::Info : LogLevel::Error,
          done ? "the store takes changes again"
               : "nothing can be stored, so nobody may register: " + store->problem());
      if (!done) alarm("nothing can be stored, so nobody may register: " + store->problem());
      guard.set_failing(!done);
    }
    return done;
  }
  void alarm(const std::string& text) {
    json::object data{
        {"type", name(EventKind::Alarm)}, {"time", posix::unix_now()}, {"text", text}};
    log.publish(EventKind::Alarm, {}, to_text(data));
    insight.alarm(text);
  }
  void say(LogLevel level, const std::string& line) const {
    if (print) print(level, line);
  }

  posix::SystemRng rng;
  LogSink print;
  StorePlace place;
  std::unique_ptr<Store> store;
  ServerIdentity identity;
  CredentialStore credentials;
  CredentialDesk credential_desk;
  DeviceTable devices;
  std::unique_ptr<ModelDesk> models;
  AccessStore access;
  AuditLog audit;
  std::vector<std::uint64_t> ended;  // credentials whose sessions have to go
  IdentityGuard guard;
  Kept kept;
  std::filesystem::path store_file;
  MessageLog messages;
  server::Shard shard;
  RegisteredSessions registered;
  BootstrapSessions bootstrap_sessions;
  EventLog log;
  EventJournal journal;
  std::optional<posix::UdpSocket> socket;
  std::unique_ptr<SecureServer> secure;
  std::unique_ptr<SecureServer> secure_bootstrap;
  ValueStore value_store;
  ValueDesk values;
  std::unique_ptr<DeviceDirectory> directory;
  RuleTable rule_table;
  RuleDesk rules;
  DeviceDesk desk;
  std::unique_ptr<OperationStore> operation_store;
  OperationDesk operations;
  Insight insight;
  BootstrapDesk bootstrap;
  ShardHost host;
  ShardCalls calls;
  WebhookSender webhook_sender;
  WebhookDesk webhooks;
  std::unique_ptr<MqttSender> mqtt;
  AccessGuard api_guard;
  Api api;
  DeviceApi device_api;
  OperationApi operation_api;
  MessageApi message_api;
  EventApi event_api;
  ModelApi model_api;
  BootstrapApi bootstrap_api;
  CredentialApi credential_api;
  ValueApi value_api;
  WebhookApi webhook_api;
  RuleApi rule_api;
  ServerApi server_api;
  BackupApi backup_api;
  AccessApi access_api;
  std::optional<HttpServer> http;
  std::optional<FirstAccess> first_access;
};

Service::Service(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore models)
    : parts_(std::make_unique<Parts>(loop, settings, std::move(models))) {}
Service::~Service() = default;

void Service::run() {
  parts_->host.run();
  parts_->directory->put_all_runs();
  parts_->journal.stop();
  (void)parts_->commit();
}

void Service::drain(std::function<void()> done) {
  if (!parts_->http) return done();
  parts_->http->drain(std::move(done));
}

void Service::reload(const ServiceSettings& settings, lwm2m::ModelStore models) {
  parts_->reload(settings, std::move(models));
}

Service::Kept Service::kept() const { return parts_->kept; }

Service::Welcome Service::welcome() const {
  return parts_->first_access ? parts_->first_access->welcome() : Welcome{};
}

SocketAddress Service::coap_address() const {
  return parts_->socket ? parts_->socket->local() : SocketAddress{};
}

SocketAddress Service::coaps_address() const {
  return parts_->secure ? parts_->secure->address() : SocketAddress{};
}

SocketAddress Service::bootstrap_address() const { return parts_->bootstrap.address(); }

SocketAddress Service::bootstrap_coaps_address() const {
  return parts_->secure_bootstrap ? parts_->secure_bootstrap->address() : SocketAddress{};
}

SocketAddress Service::https_address() const {
  return parts_->http ? parts_->http->secure_local() : SocketAddress{};
}

SocketAddress Service::http_address() const {
  return parts_->http ? parts_->http->local() : SocketAddress{};
}

const char* version() { return LINNET_VERSION; }

}  // namespace linnet::service
