// SPDX-License-Identifier: Apache-2.0
#include "device_view.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>

#include "json_operation.hpp"
#include "problem.hpp"
#include "secure_server.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

constexpr std::pair<std::string_view, DeviceQuery::Sort> kSorts[] = {
    {"endpoint", DeviceQuery::Sort::Endpoint}, {"registered", DeviceQuery::Sort::Registered},
    {"updated", DeviceQuery::Sort::Updated},   {"expires", DeviceQuery::Sort::Expires},
    {"address", DeviceQuery::Sort::Address},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// An instant as text that sorts as the instant does.
std::string sortable(Instant t) {
  auto bits = static_cast<std::uint64_t>(t.ms) ^ 1ull << 63;
  std::string out(8, '\0');
  for (auto c = out.rbegin(); c != out.rend(); ++c, bits >>= 8) *c = static_cast<char>(bits);
  return out;
}

std::string sort_key(const server::RegistrationView& registration, DeviceQuery::Sort sort,
                     const DeviceSurroundings& around) {
  switch (sort) {
    case DeviceQuery::Sort::Endpoint: return {};
    case DeviceQuery::Sort::Registered: return sortable(registration.registered);
    case DeviceQuery::Sort::Updated: return sortable(registration.updated);
    case DeviceQuery::Sort::Expires: return sortable(registration.expires);
    case DeviceQuery::Sort::Address: {
      const SocketAddress address = around.address_of(registration);
      std::string out(address.ip.begin(), address.ip.end());
      out += static_cast<char>(address.port >> 8);
      out += static_cast<char>(address.port & 0xFF);
      return out;
    }
  }
  return {};
}

/// Opaque to callers; they send back what they were given.
std::string to_cursor(const DeviceQuery::Place& place) {
  std::string packed;
  packed += static_cast<char>(place.key.size());
  packed += place.key + place.endpoint;
  return base64_encode(as_bytes(packed));
}

std::optional<DeviceQuery::Place> from_cursor(std::string_view text) {
  const auto packed = base64_decode(text);
  if (!packed || packed->empty()) return {};
  const auto size = static_cast<unsigned char>(packed->front());
  if (packed->size() < 1u + size) return {};
  return DeviceQuery::Place{packed->substr(1, size), packed->substr(1u + size)};
}

std::string version_text(lwm2m::Version version) { return lwm2m::format(version); }

double rounded(double seconds) { return std::round(seconds * 1000) / 1000; }

}  // namespace

ClockPair read_clocks() { return {posix::monotonic_now(), posix::unix_now()}; }

SocketAddress DeviceSurroundings::address_of(const server::RegistrationView& registration) const {
  return secure == nullptr ? registration.address : secure->real_address(registration.address);
}

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

DeviceQuery DeviceQuery::parse(const std::string* cursor, const std::string* limit,
                               const std::string* search, const std::string* sort,
                               const std::string* object) {
  DeviceQuery query;
  const auto number = [](const std::string& text, const char* name, std::uint64_t low,
                         std::uint64_t high) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
      throw bad_request(std::string(name) + " is a number from " + std::to_string(low) + " to " +
                        std::to_string(high));
    }
    return value;
  };
  if (limit != nullptr) query.limit = number(*limit, "limit", 1, 1000);
  if (object != nullptr) {
    query.object = static_cast<lwm2m::Id>(number(*object, "object", 0, lwm2m::kNoId - 1));
  }
  if (search != nullptr) query.search = lower(*search);
  if (sort != nullptr) {
    std::string_view name = *sort;
    if (!name.empty() && name.front() == '-') {
      query.descending = true;
      name.remove_prefix(1);
    }
    const auto* found = std::find_if(std::begin(kSorts), std::end(kSorts),
                                     [&](const auto& item) { return item.first == name; });
    if (found == std::end(kSorts)) {
      throw bad_request(
          "sort is endpoint, registered, updated, expires or address, with a minus in front for "
          "descending order");
    }
    query.sort = found->second;
  }
  if (cursor != nullptr) {
    query.after = from_cursor(*cursor);
    if (!query.after) throw bad_request("this cursor did not come from this server");
  }
  return query;
}

bool DeviceSearch::matches(const server::RegistrationView& registration) const {
  if (query_.object && !registration.has_object(*query_.object)) return false;
  if (query_.search.empty()) return true;
  return lower(registration.endpoint).find(query_.search) != std::string::npos ||
         posix::to_string(around_.address_of(registration)).find(query_.search) !=
             std::string::npos;
}

bool DeviceSearch::before(const DeviceQuery::Place& a, const DeviceQuery::Place& b) const {
  return query_.descending ? b < a : a < b;
}

bool DeviceSearch::step(const server::Shard& shard) {
  constexpr int kAtATime = 4096;
  const auto order = [this](const Row& a, const Row& b) { return before(a.place, b.place); };
  for (int i = 0; i < kAtATime; ++i) {
    const auto registration = shard.next_registration(cursor_);
    if (!registration) return true;
    if (!matches(*registration)) continue;
    ++matched_;
    Row row{{sort_key(*registration, query_.sort, around_), std::string(registration->endpoint)},
            registration->id};
    if (query_.after && !before(*query_.after, row.place)) continue;
    // One more than the page has room for tells whether there is a next one.
    if (rows_.size() > query_.limit) {
      if (!before(row.place, rows_.front().place)) continue;
      std::pop_heap(rows_.begin(), rows_.end(), order);
      rows_.pop_back();
    }
    rows_.push_back(std::move(row));
    std::push_heap(rows_.begin(), rows_.end(), order);
  }
  return false;
}

json::object DeviceSearch::page(const server::Shard& shard) {
  std::sort(rows_.begin(), rows_.end(),
            [this](const Row& a, const Row& b) { return before(a.place, b.place); });
  const bool more = rows_.size() > query_.limit;
  if (more) rows_.pop_back();
  around_.clocks = read_clocks();
  json::array devices;
  for (const auto& row : rows_) {
    if (const auto registration = shard.find(row.id)) {
      devices.push_back(device_summary(*registration, around_, true));
    }
  }
  json::object out{{"devices", std::move(devices)}, {"total", matched_}};
  if (more) out["next"] = to_cursor(rows_.back().place);
  return out;
}

}  // namespace linnet::service
