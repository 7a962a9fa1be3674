// SPDX-License-Identifier: Apache-2.0
#include "insight.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <variant>

#include <linnet/posix/clock.hpp>
#include <linnet/service/service.hpp>

#include "device_view.hpp"
#include "secure_server.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using Type = Metrics::Type;

constexpr std::size_t kAlarms = 50;

double rounded(double value) { return std::round(value * 1000) / 1000; }

double number(std::uint64_t value) { return static_cast<double>(value); }

json::object rates_json(const FleetSeries::Rates& rates) {
  return {{"registrations", rounded(rates.registers)},
          {"updates", rounded(rates.updates)},
          {"notifications", rounded(rates.notifications)},
          {"operations", rounded(rates.operations)},
          {"messagesIn", rounded(rates.messages_in)},
          {"messagesOut", rounded(rates.messages_out)}};
}

std::uint64_t file_bytes(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

Insight::Insight(Ports ports) : ports_(std::move(ports)), series_(posix::monotonic_now()) {
  add_fleet_metrics();
  add_message_metrics();
  add_event_metrics();
  add_server_metrics();
  http_.add_to(metrics_);
  add_process_metrics(metrics_);
}

void Insight::note(const server::Event& event) {
  if (std::holds_alternative<server::OperationResult>(event)) ++operations_;
}

void Insight::alarm(const std::string& text) {
  alarms_.push_front({rounded(posix::unix_now()), text});
  if (alarms_.size() > kAlarms) alarms_.pop_back();
}

FleetCounters Insight::counters() const {
  const auto shard = ports_.shard.counters();
  return {shard.registers,    shard.updates,       shard.notifications, operations_,
          shard.datagrams_in, shard.datagrams_out, shard.registrations};
}

std::uint64_t Insight::store_bytes() const {
  return file_bytes(ports_.store_file) + file_bytes(ports_.store_file.string() + "-wal");
}

std::size_t Insight::sessions() const {
  std::size_t count = 0;
  for (const auto* port : {ports_.secure, ports_.secure_bootstrap}) {
    if (port != nullptr) count += port->transport().counters().sessions;
  }
  return count;
}

std::size_t Insight::absent() const {
  const std::size_t known = ports_.directory.known();
  const std::size_t registered = ports_.shard.counters().registrations;
  return known - std::min(known, registered);
}

json::object Insight::overview() {
  const auto counters = ports_.shard.counters();
  const ClockPair clocks = read_clocks();
  json::object out;
  out["devices"] = json::object{{"registered", counters.registrations},
                                {"awake", counters.awake},
                                {"asleep", counters.asleep},
                                {"absent", absent()}};
  out["observations"] = counters.observations;
  out["pending"] = ports_.waiting();
  out["sessions"] = sessions();
  out["rates"] = rates_json(series_.rates(clocks.now));
  json::array points;
  for (const auto& point : series_.points(clocks.now)) {
    points.push_back({{"time", rounded(clocks.unix_time(point.time))},
                      {"registered", point.registered},
                      {"updates", rounded(point.rates.updates)},
                      {"notifications", rounded(point.rates.notifications)},
                      {"operations", rounded(point.rates.operations)}});
  }
  out["series"] = std::move(points);
  json::array versions;
  for (const auto& [version, count] : ports_.directory.fleet().versions()) {
    versions.push_back({{"version", lwm2m::format(version)}, {"count", count}});
  }
  out["versions"] = std::move(versions);
  json::array objects;
  for (const auto& [object, count] : ports_.directory.fleet().objects()) {
    json::object item{{"object", object}, {"count", count}};
    if (const auto* model = ports_.models.latest(object)) item["name"] = model->model().name;
    objects.push_back(std::move(item));
  }
  out["objects"] = std::move(objects);
  json::array alarms;
  for (const auto& alarm : alarms_) {
    alarms.push_back({{"time", alarm.time}, {"text", alarm.text}});
  }
  out["alarms"] = std::move(alarms);
  out["uptime"] = rounded(static_cast<double>((clocks.now - series_.start()).ms) / 1000);
  json::object store{{"bytes", store_bytes()}, {"failing", !ports_.store.problem().empty()}};
  if (ports_.store_is_kept) store["file"] = ports_.store_file.string();
  out["store"] = std::move(store);
  return out;
}

void Insight::add_fleet_metrics() {
  const server::Shard& shard = ports_.shard;
  const auto count = [&](const char* name, const char* help, Type type, auto member) {
    metrics_.add(name, help, type, [&shard, member] { return number(shard.counters().*member); });
  };
  using Counters = server::ShardCounters;
  count("linnet_registrations", "Devices that are registered.", Type::Gauge,
        &Counters::registrations);
  count("linnet_observations", "Observations that devices were asked for.", Type::Gauge,
        &Counters::observations);
  count("linnet_registers_total", "Register requests that were accepted.", Type::Counter,
        &Counters::registers);
  count("linnet_updates_total", "Update requests that were accepted.", Type::Counter,
        &Counters::updates);
  count("linnet_deregisters_total", "De-register requests that were accepted.", Type::Counter,
        &Counters::deregisters);
  count("linnet_expirations_total", "Registrations whose lifetime ended.", Type::Counter,
        &Counters::expirations);
  count("linnet_notifications_total", "Notifications of observations.", Type::Counter,
        &Counters::notifications);
  count("linnet_sends_total", "Send requests that were accepted.", Type::Counter, &Counters::sends);
  count("linnet_refusals_total", "Requests of devices that were answered with 4.xx or 5.xx.",
        Type::Counter, &Counters::refused);
  metrics_.add("linnet_devices", "Devices by state; registered means without queue mode.",
               Type::Gauge, [this](Metrics::Samples& samples) {
                 const auto counters = ports_.shard.counters();
                 const auto queue_mode = counters.awake + counters.asleep;
                 samples.add(counters.registrations - queue_mode, {{"state", "registered"}});
                 samples.add(counters.awake, {{"state", "awake"}});
                 samples.add(counters.asleep, {{"state", "asleep"}});
                 samples.add(number(absent()), {{"state", "absent"}});
               });
  metrics_.add("linnet_operations", "Operations that have not ended; active: with the shard.",
               Type::Gauge, [this](Metrics::Samples& samples) {
                 const std::size_t all = ports_.waiting();
                 const std::size_t active = ports_.shard.counters().pending_operations;
                 samples.add(number(all - std::min(all, active)), {{"state", "queued"}});
                 samples.add(number(active), {{"state", "active"}});
               });
}

void Insight::add_message_metrics() {
  const server::Shard& shard = ports_.shard;
  metrics_.add("linnet_datagrams_total",
               "CoAP messages of devices, inside DTLS or without; not those of bootstraps.",
               Type::Counter, [&shard](Metrics::Samples& samples) {
                 const auto counters = shard.counters();
                 samples.add(number(counters.datagrams_in), {{"direction", "in"}});
                 samples.add(number(counters.datagrams_out), {{"direction", "out"}});
               });
  const auto count = [&](const char* name, const char* help, auto member) {
    metrics_.add(name, help, Type::Counter,
                 [&shard, member] { return number(shard.counters().*member); });
  };
  using Counters = server::ShardCounters;
  count("linnet_datagrams_malformed_total", "Datagrams that were no CoAP message.",
        &Counters::malformed);
  count("linnet_datagrams_dropped_total", "Datagrams dropped because a limit was reached.",
        &Counters::dropped);
  count("linnet_retransmissions_total", "Requests to devices that were sent again.",
        &Counters::retransmissions);
  metrics_.add("linnet_sessions", "DTLS sessions.", Type::Gauge,
               [this] { return number(sessions()); });
  metrics_.add("linnet_handshakes_total", "DTLS handshakes by how they ended.", Type::Counter,
               [this](Metrics::Samples& samples) {
                 std::uint64_t full = 0, resumed = 0, failed = 0, throttled = 0;
                 for (const auto* port : {ports_.secure, ports_.secure_bootstrap}) {
                   if (port == nullptr) continue;
                   const auto counters = port->transport().counters();
                   full += counters.established - counters.resumed;
                   resumed += counters.resumed;
                   failed += counters.failed;
                   throttled += counters.throttled;
                 }
                 samples.add(number(full), {{"result", "established"}});
                 samples.add(number(resumed), {{"result", "resumed"}});
                 samples.add(number(failed), {{"result", "failed"}});
                 samples.add(number(throttled), {{"result", "throttled"}});
               });
}

void Insight::add_event_metrics() {
  const EventLog& log = ports_.log;
  metrics_.add("linnet_events_total", "Events by type, since the start of this process.",
               Type::Counter, [&log](Metrics::Samples& samples) {
                 const auto counts = log.counts();
                 for (std::size_t i = 0; i < counts.size(); ++i) {
                   samples.add(number(counts[i]), {{"type", name(static_cast<EventKind>(i))}});
                 }
               });
  metrics_.add("linnet_events_dropped_total",
               "Events that were lost to the store because it failed for too long.", Type::Counter,
               [&log] { return number(log.dropped()); });
  metrics_.add("linnet_event_lag", "Events that readers do not see yet: they are not stored.",
               Type::Gauge, [&log] { return number(log.published() - log.latest()); });
}

void Insight::add_server_metrics() {
  metrics_.add("linnet_store_bytes", "Size of the store's files.", Type::Gauge,
               [this] { return number(store_bytes()); });
  metrics_.add("linnet_store_commit_seconds", "Time of a transaction of the store.",
               commit_seconds_);
  metrics_.add("linnet_store_failing", "1 while nothing can be stored.", Type::Gauge,
               [this] { return ports_.store.problem().empty() ? 0.0 : 1.0; });
  metrics_.add("linnet_build_info", "Always 1.", Type::Gauge, [](Metrics::Samples& samples) {
    samples.add(1, {{"version", version()}});
  });
}

}  // namespace linnet::service
