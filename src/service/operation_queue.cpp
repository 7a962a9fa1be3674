// SPDX-License-Identifier: Apache-2.0
// The devices' side: whose turn it is, what the shard gets, and what comes of it.
#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include <linnet/service/json_text.hpp>

#include "operation_desk.hpp"
#include "operation_view.hpp"
#include "value_desk.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::OperationKind;
using server::Outcome;

/// Devices looked after in one turn.
constexpr int kDevicesATurn = 64;
/// Operations of one device that end without being sent, in one turn.
constexpr int kEndsATurn = 16;
constexpr std::size_t kExpiredATurn = 128;
/// The clock on the wall and the shard's tell the same moment this differently.
constexpr std::int64_t kClockDifference = 50;

constexpr const char* kUnknown = "it is not known whether the device did it";

Problem why_refused(Error error, const std::string& endpoint, const OperationRequest& request,
                    const server::RegistrationView& device) {
  const std::string what = request.op + (request.target().empty() ? "" : " " + request.target());
  switch (error) {
    case Error::NotFound:
      return {404, "device-not-found", "No such device",
              "no device \"" + endpoint + "\" is registered"};
    case Error::Busy:
      return {503, "busy", "Too many operations",
              what +
                  ": the device has too many observations, or this one is being made or ended "
                  "just now; try again later"};
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

Problem deadline_passed(std::string why) {
  return {504, "deadline-passed", "Deadline passed", std::move(why)};
}

Problem not_known(const std::string& before) {
  return {504, "not-known", "Not known whether it was done", before + "; " + kUnknown};
}

bool writes(OperationKind kind) {
  return kind == OperationKind::Write || kind == OperationKind::WriteUpdate ||
         kind == OperationKind::WriteComposite;
}

}  // namespace

// --- Queues ---

OperationDesk::Queue& OperationDesk::enqueue(const OperationRow& row, std::string_view endpoint) {
  Queue& queue = queues_[row.device];
  ++queue.waiting;
  ++waiting_;
  if (!queue.registration.valid()) {
    if (const auto registration = ports_.shard.find(endpoint)) {
      queue.registration = registration->id;
      registrations_[registration->id.value] = row.device;
    }
  }
  return queue;
}

/// One that waited does not any more.
void OperationDesk::leave(DeviceNumber device) {
  const auto found = queues_.find(device);
  if (found == queues_.end()) return;
  --waiting_;
  if (--found->second.waiting != 0) return;
  registrations_.erase(found->second.registration.value);
  queues_.erase(found);
}

void OperationDesk::activate(const OperationRow& row, std::string_view endpoint) {
  const Queue& queue = enqueue(row, endpoint);
  if (queue.waiting == 1 && queue.registration.valid()) make_ready(row.device);
  publish(row, endpoint);
}

bool OperationDesk::has_room() const { return !crowded_ && active_.size() < max_active_; }

void OperationDesk::make_ready(DeviceNumber device) {
  const auto found = queues_.find(device);
  if (found == queues_.end() || found->second.ready) return;
  found->second.ready = true;
  ready_.push_back(device);
  start_pump();
}

void OperationDesk::start_pump() {
  if (pumping_ || ready_.empty() || !has_room()) return;
  pumping_ = true;
  ports_.add_job([this] { return pump(); });
}

bool OperationDesk::pump() {
  for (int n = 0; n < kDevicesATurn && !ready_.empty() && has_room(); ++n) {
    const DeviceNumber device = ready_.front();
    ready_.pop_front();
    const auto found = queues_.find(device);
    if (found == queues_.end()) continue;
    found->second.ready = false;
    advance(device);
  }
  pumping_ = !ready_.empty() && has_room();
  return !pumping_;
}

/// Something came from the device.
void OperationDesk::heard(server::RegistrationId registration) {
  const auto found = registrations_.find(registration.value);
  if (found == registrations_.end()) return;
  const DeviceNumber device = found->second;
  queues_.at(device).parked = false;
  advance(device);
}

/// It is registered and not asleep, but there is no use in trying at once.
void OperationDesk::park(DeviceNumber device, Duration rest) {
  const auto found = queues_.find(device);
  if (found == queues_.end()) return;
  found->second.parked = true;
  found->second.retry_at = ports_.now() + rest;
  parked_.emplace(found->second.retry_at, device);
}

/// How long one must wait that was sent, may not be repeated, and cannot be gone on with: if the
/// device did it after all, then not twice within EXCHANGE_LIFETIME.
Duration OperationDesk::rest_of(const OperationRow& row, OperationKind kind,
                                const server::RegistrationView& registration) const {
  if (may_repeat(kind) || !row.was_sent() || may_resume(row, &registration)) return Duration{0};
  const Duration lifetime = ports_.shard.config().transmission.exchange_lifetime();
  return Duration{row.steps.back().time + lifetime.ms - ports_.unix_ms()};
}

void OperationDesk::advance(DeviceNumber device) {
  try {
    for (int n = 0; n < kEndsATurn; ++n) {
      if (!advance_once(device)) return;
    }
  } catch (const SqliteError& error) {
    // Again with the next tick.
    crowded_ = true;
    if (ports_.print) {
      ports_.print(LogLevel::Error, std::string("operations cannot be read: ") + error.what());
    }
  }
  make_ready(device);
}

/// Gives the shard the first operation of the device if it can be sent now. True if that one ended
/// instead, and it is the turn of the next.
bool OperationDesk::advance_once(DeviceNumber device) {
  const auto found = queues_.find(device);
  if (found == queues_.end() || found->second.active.valid() || failing_) return false;
  const Queue queue = found->second;
  const auto registration = ports_.shard.find(queue.registration);
  const bool reachable = registration && !queue.parked && registration->awake;
  auto row = ports_.store.next(device);
  if (!row) return false;
  const std::string endpoint =
      registration ? std::string(registration->endpoint) : endpoint_of(device);
  // An earlier process sent it.
  if (row->state == OperationState::Sent &&
      !may_resume(*row, registration ? &*registration : nullptr)) {
    if (!take_up(*row, endpoint)) return true;
  }
  if (!registration || (!reachable && row->state != OperationState::Sent)) return false;
  if (row->deadline <= ports_.unix_ms()) {
    expire(*row);
    return true;
  }
  if (!has_room()) {
    make_ready(device);
    return false;
  }
  try {
    OperationRequest request = parse_operation(row->request);
    if (const Duration rest = rest_of(*row, request.kind, *registration); rest.ms > 0) {
      park(device, rest);
      return false;
    }
    if (!send(device, *row, std::move(request), *registration)) make_ready(device);
    return false;
  } catch (const Problem& problem) {
    fail(std::move(*row), endpoint, problem);
    return true;
  }
}

/// Whether the very message that was sent last may be sent again, so that a device which has it
/// does not do it twice.
bool OperationDesk::may_resume(const OperationRow& row,
                               const server::RegistrationView* registration) const {
  if (!row.record || !row.record->resumable || registration == nullptr) return false;
  const Duration lifetime = ports_.shard.config().transmission.exchange_lifetime();
  const std::int64_t age = ports_.unix_ms() - row.record->first_sent.ms;
  return age >= 0 && age < lifetime.ms;
}

/// What another process sent, and cannot be gone on with, waits again if it may be repeated;
/// otherwise it ends, and the answer is false.
bool OperationDesk::take_up(OperationRow& row, const std::string& endpoint) {
  bool repeats = false;
  try {
    const OperationRequest request = parse_operation(row.request);
    repeats = may_repeat(request.kind);
  } catch (const Problem&) {
    // Fails below.
  }
  if (!repeats) {
    fail(row, endpoint, not_known("the server was restarted after it was sent"));
    return false;
  }
  row.record.reset();
  requeue(row, endpoint, "the server was restarted; it is sent again");
  row.state = OperationState::Queued;
  return true;
}

server::ObservationId OperationDesk::find_observation(server::RegistrationId registration,
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

/// False if the shard has no room just now. Throws Problem if it cannot be done at all.
bool OperationDesk::send(DeviceNumber device, OperationRow row, OperationRequest request,
                         const server::RegistrationView& registration) {
  const DeviceModel model(models_, &registration);
  server::Operation operation = to_operation(request, model);
  if (request.kind == OperationKind::CancelObservation) {
    operation.observation = find_observation(registration.id, request);
    if (!operation.observation.valid()) {
      throw Problem(404, "no-observation", "No such observation",
                    "nothing is observed there; GET the device to see its observations");
    }
  }
  const Instant now = ports_.now();
  const std::int64_t unix_ms = ports_.unix_ms();
  operation.timeout = milliseconds(std::max<std::int64_t>(row.deadline - unix_ms, 1));
  // A device that took it and never answers must not keep the others waiting for a week.
  if (row.mode == OperationMode::Queue) {
    operation.response_timeout = ports_.shard.config().operation_timeout;
  }
  operation.report_start = true;
  Active active;
  active.resumed = may_resume(row, &registration);
  if (active.resumed) {
    operation.resume = row.record;
    operation.resume->first_sent = now - milliseconds(unix_ms - row.record->first_sent.ms);
  }
  const auto id = ports_.shard.submit(now, registration.id, std::move(operation));
  if (!id.ok()) {
    const auto& config = ports_.shard.config();
    if (id.error() == Error::Busy &&
        (ports_.shard.counters().pending_operations >= config.max_operations ||
         ports_.shard.pending(registration.id) >= config.max_operations_per_device)) {
      crowded_ = true;
      return false;
    }
    throw why_refused(id.error(), std::string(registration.endpoint), request, registration);
  }
  active.queue_mode = registration.queue_mode;
  active.endpoint = registration.endpoint;
  active.row = std::move(row);
  active.request = std::move(request);
  active_.emplace(id->value, std::move(active));
  queues_.at(device).active = *id;
  return true;
}

void OperationDesk::recover() {
  for (auto& item : ports_.store.waiting()) {
    Queue& queue = queues_[item.device];
    queue.waiting = static_cast<std::uint32_t>(item.count);
    waiting_ += item.count;
    const auto registration = ports_.shard.find(item.endpoint);
    if (registration) {
      queue.registration = registration->id;
      registrations_[registration->id.value] = item.device;
    }
    if (item.sent || (registration && registration->awake)) make_ready(item.device);
  }
}

// --- What the shard tells ---

void OperationDesk::handle(server::Event& event) {
  try {
    take(event);
  } catch (const SqliteError& error) {
    if (ports_.print) {
      ports_.print(LogLevel::Error, std::string("operations cannot be read: ") + error.what());
    }
  }
}

void OperationDesk::take(server::Event& event) {
  if (auto* result = std::get_if<server::OperationResult>(&event)) {
    on_result(*result);
  } else if (const auto* started = std::get_if<server::OperationStarted>(&event)) {
    on_started(*started);
  }
  if (queues_.empty()) return;
  if (const auto* registered = std::get_if<server::Registered>(&event)) {
    on_registered(registered->id);
  } else if (const auto* gone = std::get_if<server::Deregistered>(&event)) {
    on_gone(gone->id);
  } else if (const auto* awake = std::get_if<server::Awake>(&event)) {
    heard(awake->id);
  } else if (const auto* updated = std::get_if<server::Updated>(&event)) {
    heard(updated->id);
  } else if (const auto* notification = std::get_if<server::Notification>(&event)) {
    heard(notification->registration);
  } else if (const auto* sent = std::get_if<server::DataSent>(&event)) {
    heard(sent->registration);
  }
}

void OperationDesk::on_registered(server::RegistrationId id) {
  const auto registration = ports_.shard.find(id);
  if (!registration) return;
  const auto device = ports_.devices.find(registration->endpoint);
  const auto found = device ? queues_.find(*device) : queues_.end();
  if (found == queues_.end()) return;
  registrations_.erase(found->second.registration.value);
  registrations_[id.value] = *device;
  found->second.registration = id;
  found->second.parked = false;
  advance(*device);
}

void OperationDesk::on_gone(server::RegistrationId id) {
  const auto found = registrations_.find(id.value);
  if (found == registrations_.end()) return;
  const DeviceNumber device = found->second;
  registrations_.erase(found);
  Queue& queue = queues_.at(device);
  if (queue.registration == id) queue.registration = {};
  if (queue.active.valid()) return;
  // A device that registers anew may have forgotten which messages it had.
  auto row = ports_.store.next(device);
  if (!row || !row->record) return;
  row->record.reset();
  ports_.store.change(*row, row->state);
}

/// The request leaves after the next commit: then it is stored that it did.
void OperationDesk::on_started(const server::OperationStarted& event) {
  const auto found = active_.find(event.operation.value);
  if (found == active_.end() || found->second.withdrawn != Withdrawn::No) return;
  Active& active = found->second;
  OperationRow& row = active.row;
  auto record = ports_.shard.record(event.operation);
  const bool same = record && row.record && record->message_id == row.record->message_id &&
                    record->token == row.record->token;
  if (active.resumed && !same && !may_repeat(active.request.kind)) {
    // Something else is under way to this device. Later.
    withdraw(event.operation, Withdrawn::Requeue);
    return;
  }
  active.begun = true;
  active.state_before = row.state;
  active.record_before = row.record;
  if (record) record->first_sent.ms += ports_.unix_ms() - ports_.now().ms;
  if (record && active.request.body.contains("trigger")) record->resumable = false;
  row.record = record;
  const bool again = row.was_sent();
  row.step(ports_.unix_ms(), OperationState::Sent,
           !again ? ""
           : same ? "the same message again"
                  : "again");
  ports_.store.change(row, active.state_before);
  started_.push_back(event.operation);
  when_stored([](bool) {});
  publish(row, active.endpoint);
}

/// Takes an operation out of the shard; nothing of it has left since the last commit.
void OperationDesk::withdraw(server::OperationId id, Withdrawn how) {
  const auto found = active_.find(id.value);
  if (found == active_.end()) return;
  found->second.withdrawn = how;
  (void)ports_.shard.cancel(ports_.now(), id);
}

void OperationDesk::on_result(server::OperationResult& event) {
  const auto found = active_.find(event.operation.value);
  if (found == active_.end()) return;
  Active active = std::move(found->second);
  active_.erase(found);
  crowded_ = false;
  const DeviceNumber device = active.row.device;
  const auto queue = queues_.find(device);
  if (queue != queues_.end() && queue->second.active == event.operation) queue->second.active = {};
  if (active.withdrawn == Withdrawn::Requeue && event.outcome == Outcome::Cancelled) {
    undo(std::move(active));
    park(device, settings_.retry);
  } else if (active.withdrawn != Withdrawn::Drop) {
    conclude(std::move(active), event);
  }
  advance(device);
  start_pump();
}

/// The attempt that began last did not leave.
void OperationDesk::undo(Active active) {
  if (!active.begun) return;
  OperationRow& row = active.row;
  row.steps.pop_back();
  row.state = active.state_before;
  row.record = active.record_before;
  ports_.store.change(row, OperationState::Sent);
  publish(row, active.endpoint);
}

/// Whether it waits for its device again instead of ending.
bool OperationDesk::goes_back(Active& active, const server::OperationResult& event) {
  OperationRow& row = active.row;
  if (row.mode == OperationMode::Now || row.deadline <= ports_.unix_ms() + kClockDifference) {
    return false;
  }
  if (event.outcome == Outcome::RegistrationGone) {
    // Who waits for an answer learns that the device left, unless it came back already.
    if (row.mode == OperationMode::Wait && !ports_.shard.find(active.endpoint)) return false;
    if (row.state == OperationState::Sent && !may_repeat(active.request.kind)) return false;
    row.record.reset();
    requeue(row, active.endpoint, "the registration ended; it waits for the next one");
    return true;
  }
  if (event.outcome != Outcome::NotAcknowledged) return false;
  if (row.mode != OperationMode::Queue && !active.queue_mode) return false;
  requeue(row, active.endpoint,
          "the device did not acknowledge it; it is sent again when the device shows up");
  const auto registration = ports_.shard.find(event.registration);
  if (registration && registration->awake) park(row.device, settings_.retry);
  return true;
}

void OperationDesk::conclude(Active active, server::OperationResult& event) {
  if (goes_back(active, event)) return;
  OperationRow& row = active.row;
  make_absolute(event.values, static_cast<double>(ports_.unix_ms()) / 1000);
  const auto registration = ports_.shard.find(event.registration);
  const DeviceModel model(models_, registration ? &*registration : nullptr);
  if (event.success() && values_) tell_values(active, event, model);

  const bool in_time = row.deadline > ports_.unix_ms() + kClockDifference;
  OperationState state = event.success() ? OperationState::Done : OperationState::Failed;
  json::object result;
  try {
    result = to_json(event, model);
  } catch (const Problem& problem) {
    if (event.outcome == Outcome::RegistrationGone && row.state == OperationState::Sent &&
        !may_repeat(active.request.kind)) {
      Problem full = problem;
      full.detail += std::string("; ") + kUnknown;
      result = to_json(full);
    } else {
      result = to_json(problem);
    }
    result["elapsedMs"] = event.elapsed.ms;
    const bool not_taken =
        event.outcome == Outcome::Expired || event.outcome == Outcome::NotAcknowledged;
    if (not_taken && !in_time) state = OperationState::Expired;
    if (event.outcome == Outcome::Cancelled) state = OperationState::Cancelled;
  }
  // It was deleted by the first of two messages.
  if (active.request.kind == OperationKind::Delete && event.code == coap::Code::NotFound &&
      std::count_if(row.steps.begin(), row.steps.end(),
                    [](const auto& step) { return step.state == OperationState::Sent; }) > 1) {
    state = OperationState::Done;
    result["success"] = true;
    result["reason"] = "it was gone already";
  }
  result["outcome"] = server::describe(event.outcome);
  finish(std::move(row), active.endpoint, state, std::move(result));
}

void OperationDesk::tell_values(const Active& active, const server::OperationResult& event,
                                const DeviceModel& model) {
  server::ResourceValues written;
  if (writes(active.request.kind)) written = to_operation(active.request, model).values;
  if (written.empty() && event.values.empty() && !event.observation.valid()) return;
  values_({active.endpoint, active.request, event, written, model});
}

// --- Ends ---

void OperationDesk::requeue(OperationRow row, std::string_view endpoint, std::string detail) {
  const OperationState before = row.state;
  row.step(ports_.unix_ms(), OperationState::Queued, std::move(detail));
  ports_.store.change(row, before);
  publish(row, endpoint);
  when_stored([](bool) {});
}

void OperationDesk::finish(OperationRow row, std::string_view endpoint, OperationState state,
                           json::object result) {
  const std::int64_t now = ports_.unix_ms();
  const OperationState before = row.state;
  if (!result.contains("elapsedMs")) result["elapsedMs"] = now - row.created;
  const auto* reason = result.if_contains("reason");
  row.step(now, state, reason != nullptr ? std::string(reason->as_string()) : std::string());
  json::object kept = result;
  kept.erase("outcome");
  row.result = to_text(kept);
  row.record.reset();
  ports_.store.change(row, before);
  publish(row, endpoint, result);
  print_end(row, endpoint, result);
  answer_waiters(row, endpoint);
  when_stored([](bool) {});
  leave(row.device);
}

void OperationDesk::fail(OperationRow row, std::string_view endpoint, const Problem& problem) {
  finish(std::move(row), endpoint, OperationState::Failed, to_json(problem));
}

/// The deadline of one that the shard does not have.
void OperationDesk::expire(const OperationRow& row) {
  const std::string endpoint = endpoint_of(row.device);
  if (row.state == OperationState::Sent) {
    fail(row, endpoint, not_known("the server was restarted after it was sent"));
    return;
  }
  const auto found = queues_.find(row.device);
  const auto registration =
      found == queues_.end() ? std::nullopt : ports_.shard.find(found->second.registration);
  std::string why;
  if (!registration) {
    const bool never =
        !row.was_sent() && !row.steps.empty() && row.steps.front().detail == kNobodyYet;
    why = never ? "no device \"" + endpoint + "\" ever registered before the deadline"
                : "the device was not registered until the deadline";
  } else if (found->second.active.valid()) {
    why = "the operations before it took until the deadline";
  } else if (!registration->awake) {
    why = row.was_sent() ? "the device did not acknowledge it, and slept until the deadline"
                         : "the device slept until the deadline";
  } else {
    why = "the device did not react until the deadline";
  }
  json::object result = to_json(deadline_passed(std::move(why)));
  result["outcome"] = "expired";
  finish(row, endpoint, OperationState::Expired, std::move(result));
}

/// False if there may be more.
bool OperationDesk::expire_due() {
  std::vector<OperationRow> rows;
  try {
    rows = ports_.store.due(ports_.unix_ms(), kExpiredATurn);
  } catch (const SqliteError&) {
    return true;  // with the next tick
  }
  for (const auto& row : rows) {
    const auto found = queues_.find(row.device);
    if (found == queues_.end()) continue;
    const auto active = active_.find(found->second.active.value);
    // The shard ends what it has.
    if (active != active_.end() && active->second.row.number == row.number) continue;
    expire(row);
    advance(row.device);
  }
  return rows.size() < kExpiredATurn;
}

}  // namespace linnet::service
