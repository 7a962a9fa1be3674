// SPDX-License-Identifier: Apache-2.0
#include "device_desk.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/service/json_text.hpp>

#include "secure_server.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

/// To the millisecond: more digits only look exact.
double event_time() { return std::round(posix::unix_now() * 1000) / 1000; }

std::string object_list(const server::RegistrationView& device) {
  std::string out;
  lwm2m::Id last = lwm2m::kNoId;
  for (const auto& link : device.links) {
    if (link.object == last) continue;
    last = link.object;
    out += (out.empty() ? "" : " ") + std::to_string(last);
  }
  return out;
}

}  // namespace

void DeviceDesk::handle(server::Event& event) {
  std::visit([this](auto& item) { on(item); }, event);
}

void DeviceDesk::publish(EventKind kind, const std::string& endpoint, json::object data,
                         std::span<const lwm2m::Path> about) {
  json::object out{{"type", name(kind)}, {"time", event_time()}, {"endpoint", endpoint}};
  for (auto& [key, value] : data) out[key] = std::move(value);
  ports_.log.publish(kind, endpoint, to_text(out), about);
}

void DeviceDesk::on(const server::Registered& event) {
  const auto device = ports_.shard.find(event.id);
  if (!device) return;
  const std::string endpoint(device->endpoint);
  const DeviceSurroundings around = surroundings();
  publish(EventKind::Registered, endpoint, {{"device", device_summary(*device, around, false)}});
  print(LogLevel::Info,
        {"registered     " + endpoint + " at " + posix::to_string(around.address_of(*device)) +
             ", LwM2M " + lwm2m::format(device->version) + ", lifetime " +
             std::to_string(device->lifetime) + " s, objects " + object_list(*device),
         endpoint});
}

void DeviceDesk::on(const server::Updated& event) {
  const auto device = ports_.shard.find(event.id);
  if (!device) return;
  std::string endpoint(device->endpoint);
  const std::string address = posix::to_string(real_address(ports_.secure, device->address));
  std::string changed;
  std::string words;
  const auto add = [&](bool yes, const char* what) {
    if (!yes) return;
    changed += std::string(changed.empty() ? "\"" : ",\"") + what + "\"";
    words += std::string(words.empty() ? ", new " : " ") + what;
  };
  add(event.address_changed, "address");
  add(event.lifetime_changed, "lifetime");
  add(event.links_changed, "objects");
  add(event.binding_changed, "binding");
  if (ports_.verbose || !event.refresh_only()) {
    print(event.refresh_only() ? LogLevel::Debug : LogLevel::Info,
          {"updated        " + endpoint + " at " + address + words, endpoint});
  }
  // By far the most frequent event: written straight away, without a tree of values.
  std::string data = "{\"type\":\"updated\",\"time\":" + to_text(event_time());
  data += ",\"endpoint\":" + json::serialize(json::string_view(endpoint));
  data += ",\"address\":\"" + address + "\",\"lifetime\":" + std::to_string(device->lifetime);
  data += ",\"changed\":[" + changed + "]}";
  ports_.log.publish(EventKind::Updated, std::move(endpoint), std::move(data));
}

void DeviceDesk::on(const server::Deregistered& event) {
  const bool expired = event.reason == server::Deregistered::Reason::Expired;
  const auto id = server::format(event.id);
  publish(expired ? EventKind::Expired : EventKind::Deregistered, event.endpoint,
          {{"registration", json::string_view(id.data(), id.size())},
           {"reason", server::describe(event.reason)}});
  print(LogLevel::Info,
        {expired ? "expired        " + event.endpoint + ": no update within its lifetime"
                 : "de-registered  " + event.endpoint +
                       (event.reason == server::Deregistered::Reason::Request
                            ? std::string()
                            : std::string(" (") + server::describe(event.reason) + ")"),
         event.endpoint});
}

void DeviceDesk::tell_presence(server::RegistrationId id, EventKind kind) {
  const auto registration = ports_.shard.find(id);
  if (!registration) return;
  const std::string endpoint(registration->endpoint);
  publish(kind, endpoint, {});
  if (!ports_.verbose) return;  // the most frequent thing that happens to a fleet that sleeps
  print(LogLevel::Debug,
        {(kind == EventKind::Awake ? "awake          " : "sleeping       ") + endpoint, endpoint});
}

}  // namespace linnet::service
