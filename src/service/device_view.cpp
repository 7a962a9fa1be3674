// SPDX-License-Identifier: Apache-2.0
#include "device_view.hpp"

#include <array>
#include <cmath>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>

#include "device_directory.hpp"
#include "json_operation.hpp"
#include "secure_server.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

std::string version_text(lwm2m::Version version) { return lwm2m::format(version); }

double rounded(double seconds) { return std::round(seconds * 1000) / 1000; }

}  // namespace

ClockPair read_clocks() { return {posix::monotonic_now(), posix::unix_now()}; }

SocketAddress DeviceSurroundings::address_of(const server::RegistrationView& registration) const {
  return real_address(secure, registration.address);
}

Instant DeviceSurroundings::last_seen(const server::RegistrationView& registration) const {
  return directory.last_seen(registration);
}

std::string_view state_of(const server::RegistrationView& registration) {
  if (!registration.queue_mode) return "registered";
  return registration.awake ? "awake" : "asleep";
}

namespace {

json::array tags_json(const DeviceDirectory& directory, DeviceNumber device) {
  json::array out;
  for (const auto& tag : directory.tags().tags(device)) out.push_back(json::value(tag));
  return out;
}

}  // namespace

json::object device_summary(const server::RegistrationView& registration,
                            const DeviceSurroundings& around, bool identity) {
  json::object out;
  out["endpoint"] = json::string_view(registration.endpoint.data(), registration.endpoint.size());
  const auto id = server::format(registration.id);
  out["registration"] = json::string_view(id.data(), id.size());
  out["address"] = posix::to_string(around.address_of(registration));
  if (around.secure != nullptr) {
    out["security"] = around.secure->security(registration.address, identity);
  } else {
    out["security"] = json::object{{"mode", "nosec"}};
  }
  out["version"] = version_text(registration.version);
  out["lifetime"] = registration.lifetime;
  std::array<char, 8> binding{};
  const auto letters = registration.binding.format(
      registration.queue_mode && registration.version == lwm2m::kEnabler10, binding);
  out["binding"] = json::string_view(letters.data(), letters.size());
  out["queueMode"] = registration.queue_mode;
  const auto put_time = [&](const char* name, Instant t) {
    if (t.is_never()) return;
    out[name] = rounded(around.clocks.unix_time(t));
  };
  put_time("registered", registration.registered);
  put_time("updated", registration.updated);
  put_time("expires", registration.expires);
  const auto state = state_of(registration);
  out["state"] = json::string_view(state.data(), state.size());
  put_time("lastSeen", around.last_seen(registration));
  const DeviceNumber number = around.directory.number(registration);
  out["tags"] = tags_json(around.directory, number);
  out["pending"] = around.directory.pending(number);
  return out;
}

json::object device_summary(const DeviceTable::Absent& device, const DeviceSurroundings& around) {
  json::object out{{"endpoint", device.endpoint}, {"state", "absent"}};
  if (device.last_seen_ms != 0) {
    out["lastSeen"] = static_cast<double>(device.last_seen_ms) / 1000.0;
  }
  out["tags"] = tags_json(around.directory, device.number);
  out["pending"] = around.directory.pending(device.number);
  return out;
}

namespace {

json::array objects_json(const server::RegistrationView& registration, const DeviceModel& model) {
  json::array out;
  for (const auto& link : registration.links) {
    if (out.empty() || out.back().at("object").as_int64() != link.object) {
      json::object item{{"object", std::int64_t{link.object}}};
      if (const auto* object = model.object(link.object)) item["name"] = object->name;
      item["version"] = version_text(registration.object_version(link.object));
      item["instances"] = json::array{};
      out.push_back(std::move(item));
    }
    if (link.instance != lwm2m::kNoId) {
      out.back().at("instances").as_array().push_back(std::int64_t{link.instance});
    }
  }
  return out;
}

json::array observations_json(const server::Shard& shard, server::RegistrationId id,
                              const ClockPair& clocks) {
  json::array out;
  shard.for_each_observation(id, [&](const server::ObservationView& observation) {
    json::object item{{"observation", observation.id.value}};
    json::array paths;
    for (const auto& path : observation.paths) paths.push_back(json::value(to_string(path)));
    item["paths"] = std::move(paths);
    item["composite"] = observation.composite;
    item["established"] = observation.established;
    item["keep"] = observation.keep;
    item["notifications"] = observation.notifications;
    item["last"] = rounded(clocks.unix_time(observation.last));
    out.push_back(std::move(item));
  });
  return out;
}

}  // namespace

json::object device_details(const server::Shard& shard,
                            const server::RegistrationView& registration,
                            const DeviceSurroundings& around, const DeviceModel& model) {
  json::object out = device_summary(registration, around, true);
  const auto put_text = [&](const char* name, std::string_view text) {
    if (!text.empty()) out[name] = json::string_view(text.data(), text.size());
  };
  put_text("rootPath", registration.root_path);
  put_text("sms", registration.sms);
  put_text("profileIds", registration.profile_ids);
  json::array formats;
  for (const auto format : registration.formats)
    formats.push_back(json::value(format_name(format)));
  out["formats"] = std::move(formats);
  out["objects"] = objects_json(registration, model);
  out["observations"] = observations_json(shard, registration.id, around.clocks);
  out["pendingOperations"] = shard.pending(registration.id);
  return out;
}

}  // namespace linnet::service
