// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/service.hpp>

#include <cstdio>
#include <optional>

#include <linnet/posix/system_rng.hpp>
#include <linnet/posix/udp_socket.hpp>

#include "api.hpp"
#include "device_desk.hpp"

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

}  // namespace

/// In the order in which they are made; destroyed in reverse, so the API's thread ends before what
/// it posts to.
struct Service::Parts {
  Parts(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore models)
      : definitions(models),
        shard(settings.shard, rng, nullptr, &definitions),
        log(settings.kept_events, settings.kept_event_bytes, run_name(rng)),
        socket(settings.coap),
        desk({shard, log,
              [this] {
                if (http) http->wake_streams();
              },
              settings.log, settings.verbose},
             models),
        host(loop, socket, shard, [this](server::Event& event) { desk.handle(event); }),
        api(
            desk, log, std::move(models),
            [this](ShardHost::Task task) { host.post(std::move(task)); },
            [this](ShardHost::Job job) { host.add_job(std::move(job)); }) {
    if (!settings.serve_http) return;
    http.emplace(settings.http, [this](HttpRequest request, Responder responder) {
      api.handle(std::move(request), std::move(responder));
    });
  }

  posix::SystemRng rng;
  ModelDefinitions definitions;
  server::Shard shard;
  EventLog log;
  posix::UdpSocket socket;
  DeviceDesk desk;
  ShardHost host;
  Api api;
  std::optional<HttpServer> http;
};

Service::Service(posix::EventLoop& loop, const ServiceSettings& settings, lwm2m::ModelStore models)
    : parts_(std::make_unique<Parts>(loop, settings, std::move(models))) {}
Service::~Service() = default;

void Service::run() { parts_->host.run(); }

SocketAddress Service::coap_address() const { return parts_->socket.local(); }

SocketAddress Service::http_address() const {
  return parts_->http ? parts_->http->local() : SocketAddress{};
}

const char* version() { return LINNET_VERSION; }

}  // namespace linnet::service
