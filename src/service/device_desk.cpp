// SPDX-License-Identifier: Apache-2.0
#include "device_desk.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/service/json_text.hpp>

#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::OperationKind;

/// To the millisecond: more digits only look exact.
double event_time() { return std::round(posix::unix_now() * 1000) / 1000; }

Problem why_refused(Error error, const std::string& endpoint, const OperationRequest& request,
                    const server::RegistrationView& device) {
  const std::string what = request.op + (request.target().empty() ? "" : " " + request.target());
  switch (error) {
    case Error::NotFound:
      return {404, "device-not-found", "No such device",
              "no device \"" + endpoint + "\" is registered"};
    case Error::Busy:
      return {503, "busy", "Too many operations",
              "too many operations of this device wait already; try again later"};
    case Error::TooLarge:
      return {413, "too-large", "Request too large", what + ": larger than this server sends"};
    case Error::Unsupported:
      return {422, "not-supported-by-device", "Not supported by the device",
              what + ": not known to LwM2M " + lwm2m::format(device.version) +
                  ", which the device speaks"};
    case Error::NotAcceptable:
      return {422, "format", "Format does not fit",
              what +
                  ": the format cannot express these values; choose another \"format\" or "
                  "leave it out"};
    case Error::Type:
      return {422, "type", "Type does not fit",
              what + ": a value does not have the type its resource has"};
    default:
      return bad_request(what + ": not possible on such a path or with such values (" +
                         describe(error) + ")");
  }
}

bool is_write(OperationKind kind) {
  return kind == OperationKind::Write || kind == OperationKind::WriteUpdate ||
         kind == OperationKind::WriteComposite;
}

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

server::RegistrationView DeviceDesk::device(std::string_view endpoint) const {
  const auto found = ports_.shard.find(endpoint);
  if (!found) {
    throw Problem(404, "device-not-found", "No such device",
                  "no device \"" + std::string(endpoint) + "\" is registered");
  }
  return *found;
}

server::ObservationId DeviceDesk::find_observation(server::RegistrationId registration,
                                                   const OperationRequest& request) const {
  server::ObservationId found;
  ports_.shard.for_each_observation(registration, [&](const server::ObservationView& item) {
    const bool same =
        request.observation.valid() ? item.id == request.observation
        : request.paths.empty()
            ? !item.composite && request.path && item.paths.size() == 1 &&
                  item.paths.front() == *request.path
            : item.composite && std::equal(item.paths.begin(), item.paths.end(),
                                           request.paths.begin(), request.paths.end());
    if (same) found = item.id;
  });
  return found;
}

void DeviceDesk::perform(const std::string& endpoint, OperationRequest request,
                         Responder responder) {
  const auto registration = device(endpoint);
  const DeviceModel model(models_, &registration);
  server::Operation operation = to_operation(request, model);
  if (request.kind == OperationKind::CancelObservation) {
    operation.observation = find_observation(registration.id, request);
    if (!operation.observation.valid()) {
      throw Problem(404, "no-observation", "No such observation",
                    "nothing is observed there; GET the device to see its observations");
    }
  }
  server::ResourceValues written;
  if (is_write(operation.kind)) written = operation.values;
  const auto id =
      ports_.shard.submit(posix::monotonic_now(), registration.id, std::move(operation));
  if (!id.ok()) throw why_refused(id.error(), endpoint, request, registration);
  pending_.emplace(id->value,
                   Pending{endpoint, std::move(request), std::move(written), std::move(responder)});
}

void DeviceDesk::remove(std::string_view endpoint) {
  const auto registration = device(endpoint);
  ports_.shard.remove(posix::monotonic_now(), registration.id);
}

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
  const std::string address = posix::to_string(surroundings().address_of(*device));
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

void DeviceDesk::learn(const Pending& pending, const server::OperationResult& result) {
  const OperationRequest& request = pending.request;
  if (!result.success()) return;
  if (result.observation.valid()) {
    std::vector<lwm2m::Path> paths = request.paths;
    if (request.path) paths.push_back(*request.path);
    return ports_.values.started(result, pending.endpoint, std::move(paths));
  }
  ports_.values.learn(pending.endpoint, result.values, ValueSource::Read);
  ports_.values.learn(pending.endpoint, pending.written, ValueSource::Write);
}

void DeviceDesk::on(server::OperationResult& event) {
  const auto found = pending_.find(event.operation.value);
  if (found == pending_.end()) return;
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  make_absolute(event.values, posix::unix_now());
  const auto registration = ports_.shard.find(event.registration);
  const DeviceModel model(models_, registration ? &*registration : nullptr);
  HttpResponse response;
  try {
    json::object body{{"endpoint", pending.endpoint}, {"op", pending.request.op}};
    for (auto& [key, value] : to_json(event, model)) body[key] = std::move(value);
    response.body = to_text(body) + "\n";
  } catch (const Problem& problem) {
    response = to_response(problem);
  }
  pending.responder.send(std::move(response));
  learn(pending, event);

  json::object data{{"operation", event.operation.value},
                    {"op", pending.request.op},
                    {"target", pending.request.target()},
                    {"success", event.success()},
                    {"outcome", server::describe(event.outcome)}};
  std::string answer = server::describe(event.outcome);
  if (event.outcome == server::Outcome::Answered) {
    const auto code = coap::dotted(event.code);
    answer = std::string(code.data(), code.size());
    data["code"] = answer;
  }
  if (!event.reason.empty()) data["reason"] = event.reason;
  data["elapsedMs"] = event.elapsed.ms;
  publish(EventKind::Operation, pending.endpoint, std::move(data), pending.request.about());
  if (ports_.verbose || !event.success()) {
    print(event.success() ? LogLevel::Debug : LogLevel::Info,
          {"operation      " + pending.endpoint + ": " + pending.request.op + " " +
               pending.request.target() + ": " + answer +
               (event.reason.empty() ? "" : ", " + event.reason),
           pending.endpoint});
  }
}

void DeviceDesk::print_presence(server::RegistrationId id, const char* words) const {
  const auto registration = ports_.shard.find(id);
  if (registration) print(LogLevel::Info, words + std::string(registration->endpoint));
}

}  // namespace linnet::service
