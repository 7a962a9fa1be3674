// SPDX-License-Identifier: Apache-2.0
#include "http_api.hpp"

#include <chrono>
#include <utility>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/setup_error.hpp>

#include "clocks.hpp"

namespace linnet::service {
namespace {

std::uint64_t random_seed(Rng& rng) { return std::uint64_t{rng.next()} << 32 | rng.next(); }

void check_access(const ServiceSettings& settings) {
  auto problem = problem_of(settings.access, settings.http.address);
  if (problem.empty() && settings.http.serve_tls) {
    problem = problem_of(settings.access, settings.http.tls_address);
  }
  if (!problem.empty()) throw posix::SetupError(problem);
}

}  // namespace

HttpApi::HttpApi(const ServiceSettings& settings, Rng& rng, Records& records, DeviceServer& devices,
                 BootstrapServer& bootstrap, Desks& desks, EventOutlets& outlets, Restore restore)
    : calls_(devices.host, records.store),
      guard_(records.access, settings.access, random_seed(rng), posix::monotonic_now),
      metrics_(desks.insight.http()),
      devices_(desks.devices, devices.directory, calls_),
      operations_(desks.operations, calls_),
      messages_(desks.devices, devices.messages, calls_),
      events_(records.log, records.place.file()),
      models_(records.models, calls_),
      bootstrap_(bootstrap.desk, calls_),
      credentials_(desks.credentials, calls_),
      values_(desks.values, calls_),
      webhooks_(outlets.webhooks(), outlets.mqtt(), records.log, calls_),
      rules_(desks.rules, calls_),
      about_(desks.devices, records.store, desks.insight, calls_),
      backup_(records.store, calls_,
              {records.place.file(), unix_ms,
               [&devices, take_up = std::move(restore.take_up)] { devices.host.post(take_up); }},
              std::move(restore.last)),
      access_({records.access, records.audit, calls_, unix_ms, posix::monotonic_now}),
      api_(guard_, records.audit, calls_,
           {&devices_, &operations_, &messages_, &values_, &rules_, &events_, &models_, &bootstrap_,
            &credentials_, &webhooks_, &about_, &backup_, &access_}) {
  check_access(settings);
  devices.host.every(seconds(60), [this](Instant) { backup_.tend(); });
  // A stream ends with the right of its reader.
  records.access.on_end([this] {
    if (server_) server_->wake_streams();
  });
  server_.emplace(settings.http, [this](HttpRequest request, Responder responder) {
    answer(std::move(request), std::move(responder));
  });
  desks.insight.metrics().add("linnet_event_streams", "Open streams of events.",
                              Metrics::Type::Gauge,
                              [this] { return static_cast<double>(server_->streams()); });
  outlets.add_to(desks.insight.metrics());
  first_access_.emplace(records.access, records.place, settings, server_->local());
}

void HttpApi::answer(HttpRequest request, Responder responder) {
  const auto start = std::chrono::steady_clock::now();
  responder.observe([this, start, method = request.method](unsigned status) {
    metrics_.count(method, status, std::chrono::steady_clock::now() - start);
  });
  api_.handle(std::move(request), std::move(responder));
}

}  // namespace linnet::service
