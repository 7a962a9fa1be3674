// SPDX-License-Identifier: Apache-2.0
#include "value_desk.hpp"

#include <boost/json/parse.hpp>
#include <utility>

#include "json_operation.hpp"
#include "value_text.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

/// `{"type":"value","time":1764427344.5`
std::string begin_event(EventKind kind, std::int64_t now) {
  std::string out = "{\"type\":\"";
  out += name(kind);
  out += "\",\"time\":";
  append_json(out, static_cast<double>(now) / 1000);
  return out;
}

std::vector<lwm2m::Path> paths_of(const server::ResourceValues& values) {
  std::vector<lwm2m::Path> paths;
  paths.reserve(values.size());
  for (const auto& value : values) paths.push_back(value.path);
  return paths;
}

/// A value as it was published. Throws Problem or what Boost throws.
server::ResourceValue value_of(const json::value& text, const DeviceModel& model) {
  const json::object& member = text.as_object();
  server::ResourceValue out;
  out.path = parse_path(member.at("path").as_string());
  if (const auto* value = member.if_contains("value")) {
    out.value = parse_value(out.path, *value, member.at("type").as_string(), model);
  }
  if (const auto* time = member.if_contains("time"); time != nullptr && time->is_number()) {
    out.time = time->to_number<double>();
  }
  return out;
}

}  // namespace

void make_absolute(server::ResourceValues& values, double now) {
  constexpr double kRelativeLimit = 268435456.0;
  for (auto& value : values) {
    if (value.time && *value.time < kRelativeLimit) *value.time += now;
  }
}

ValueDesk::Observed& ValueDesk::add(server::ObservationId id, std::string endpoint,
                                    std::vector<lwm2m::Path> paths) {
  Observed& observed = observed_[id.value];
  observed.text = ",\"endpoint\":";
  append_json(observed.text, std::string_view(endpoint));
  observed.text += ",\"observation\":" + std::to_string(id.value) + ",\"paths\":[";
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (i != 0) observed.text += ',';
    append_json(observed.text, paths[i]);
  }
  observed.text += ']';
  observed.endpoint = std::move(endpoint);
  observed.paths = std::move(paths);
  observed.device = 0;
  return observed;
}

ValueDesk::Observed* ValueDesk::find(server::ObservationId id) {
  const auto found = observed_.find(id.value);
  if (found == observed_.end()) return nullptr;
  Observed& observed = found->second;
  if (observed.device == 0) observed.device = ports_.devices.number(observed.endpoint);
  return &observed;
}

void ValueDesk::resume() {
  std::uint32_t cursor = 0;
  while (const auto device = ports_.shard.next_registration(cursor)) {
    const std::string endpoint(device->endpoint);
    ports_.shard.for_each_observation(device->id, [&](const server::ObservationView& observation) {
      (void)add(observation.id, endpoint, {observation.paths.begin(), observation.paths.end()});
    });
  }
}

void ValueDesk::replay(EventKind kind, std::string_view endpoint, std::string_view data) {
  if (kind != EventKind::Value && kind != EventKind::Send) return;
  const auto registration = ports_.shard.find(endpoint);
  const DeviceModel model = this->model(registration ? &*registration : nullptr);
  try {
    const json::value all = json::parse(json::string_view(data.data(), data.size()));
    const auto* values = all.as_object().if_contains("values");
    if (values == nullptr) return;
    const double time = all.at("time").to_number<double>();
    const DeviceNumber device = ports_.devices.number(endpoint);
    const ValueSource source = kind == EventKind::Send ? ValueSource::Send : ValueSource::Observe;
    for (const auto& one : values->as_array()) {
      const auto value = value_of(one, model);
      (void)ports_.store.learn(device, value, source, static_cast<std::int64_t>(time * 1000 + 0.5));
    }
  } catch (const std::exception&) {
    // Not of the kind that is published here; there is nothing in it to learn.
  }
}

/// An event of an observation; `more` begins with a comma.
void ValueDesk::tell(const Observed& observed, std::int64_t now, std::string_view more) {
  std::string data = begin_event(EventKind::Value, now);
  data.reserve(data.size() + observed.text.size() + more.size() + 1);
  data += observed.text;
  data += more;
  data += '}';
  ports_.log.publish(EventKind::Value, observed.endpoint, std::move(data), observed.paths);
}

void ValueDesk::keep(DeviceNumber device, const server::ResourceValues& values, ValueSource source,
                     std::int64_t received) {
  bool kept = true;
  for (const auto& value : values) {
    kept = ports_.store.learn(device, value, source, received) && kept;
  }
  if (losing_ == !kept) return;
  losing_ = !kept;
  if (ports_.print) {
    ports_.print(losing_ ? LogLevel::Error : LogLevel::Info,
                 losing_ ? "values are lost: nothing can be stored, and memory for them is used up"
                         : "values are kept again");
  }
}

void ValueDesk::started(const server::OperationResult& result, const std::string& endpoint,
                        std::vector<lwm2m::Path> paths) {
  const Observed& observed = add(result.observation, endpoint, std::move(paths));
  const auto registration = ports_.shard.find(result.registration);
  const std::int64_t now = ports_.unix_ms();
  std::string more = ",\"initial\":true,\"values\":";
  append_json(more, result.values, model(registration ? &*registration : nullptr));
  tell(observed, now, more);
  keep(ports_.devices.number(endpoint), result.values, ValueSource::Observe, now);
}

void ValueDesk::learn(std::string_view endpoint, const server::ResourceValues& values,
                      ValueSource source) {
  if (values.empty()) return;
  keep(ports_.devices.number(endpoint), values, source, ports_.unix_ms());
}

void ValueDesk::forget(DeviceNumber device) {
  ports_.store.forget(device);
  for (auto& [id, observed] : observed_) {
    if (observed.device == device) observed.device = 0;
  }
}

void ValueDesk::on(server::Notification& event) {
  const Observed* observed = find(event.observation);
  if (observed == nullptr) return;
  const std::int64_t now = ports_.unix_ms();
  make_absolute(event.values, static_cast<double>(now) / 1000);
  const auto registration = ports_.shard.find(event.registration);
  std::string data = begin_event(EventKind::Value, now);
  data += observed->text;
  data += ",\"values\":";
  append_json(data, event.values, model(registration ? &*registration : nullptr));
  data += '}';
  ports_.log.publish(EventKind::Value, observed->endpoint, std::move(data), observed->paths);
  keep(observed->device, event.values, ValueSource::Observe, now);
}

void ValueDesk::on(const server::ObservationEnded& event) {
  const auto found = observed_.find(event.observation.value);
  if (found == observed_.end()) return;
  const Observed observed = std::move(found->second);
  observed_.erase(found);
  std::string more = ",\"ended\":";
  append_json(more, std::string_view(server::describe(event.reason)));
  tell(observed, ports_.unix_ms(), more);
}

void ValueDesk::on(const server::NotificationRefused& event) {
  const Observed* observed = find(event.observation);
  if (observed == nullptr) return;
  std::string more = ",\"error\":";
  append_json(more, std::string_view(event.reason));
  tell(*observed, ports_.unix_ms(), more);
  if (!ports_.print) return;
  ports_.print(LogLevel::Warning,
               {"notification   " + observed->endpoint + ": not understood: " + event.reason,
                observed->endpoint});
}

void ValueDesk::on(server::DataSent& event) {
  const auto registration = ports_.shard.find(event.registration);
  if (!registration) return;
  const std::int64_t now = ports_.unix_ms();
  make_absolute(event.values, static_cast<double>(now) / 1000);
  const std::string endpoint(registration->endpoint);
  std::string data = begin_event(EventKind::Send, now);
  data += ",\"endpoint\":";
  append_json(data, std::string_view(endpoint));
  data += ",\"format\":";
  append_json(data, std::string_view(format_name(event.format)));
  data += ",\"values\":";
  append_json(data, event.values, model(&*registration));
  data += '}';
  ports_.log.publish(EventKind::Send, endpoint, std::move(data), paths_of(event.values));
  keep(ports_.devices.number(endpoint), event.values, ValueSource::Send, now);
  if (!ports_.print) return;
  ports_.print(LogLevel::Info, {"send           " + endpoint + ": " +
                                    std::to_string(event.values.size()) + " values",
                                endpoint});
}

}  // namespace linnet::service
