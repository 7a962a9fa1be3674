// SPDX-License-Identifier: Apache-2.0
// The callers' side: taking operations, answering, cancelling, and what a commit means to whom.
#include "operation_desk.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include <linnet/service/json_text.hpp>

#include "operation_view.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

constexpr std::size_t kCancelledATurn = 100;

Problem no_device(const std::string& endpoint) {
  return {404, "device-not-found", "No such device",
          "no device \"" + endpoint +
              "\" is registered; the mode \"queue\" would wait for it to register"};
}

Problem not_stored() {
  return {503, "store-failing", "Store failing",
          "it could not be stored, and was not done; the server's log and /readyz say why"};
}

Problem no_operation(OperationNumber number) {
  return {404, "no-operation", "No such operation",
          "there is no operation " + std::to_string(number) +
              "; the latest that ended are kept of each device"};
}

Problem other_body() {
  return {422, "idempotency-key", "Key used for something else",
          "this Idempotency-Key came with another request before; take a new one for each request, "
          "and the same one only to send the same request again"};
}

}  // namespace

OperationDesk::OperationDesk(Ports ports, const OperationSettings& settings,
                             const lwm2m::ModelStore& models)
    : ports_(std::move(ports)),
      settings_(settings),
      models_(models),
      // Others ask devices too.
      max_active_(ports_.shard.config().max_operations / 4 * 3 + 1) {}

// --- Taking ---

OperationRow OperationDesk::row_for(const OperationRequest& request, OperationMode mode,
                                    std::string by) const {
  json::object body = request.body;
  for (const char* member : {"mode", "deadline", "devices"}) body.erase(member);
  OperationRow row;
  row.mode = mode;
  row.op = request.op;
  row.target = request.target();
  row.by = std::move(by);
  row.request = to_text(body);
  row.created = ports_.unix_ms();
  const Duration usual =
      mode == OperationMode::Queue ? settings_.deadline : ports_.shard.config().operation_timeout;
  row.deadline = row.created + request.deadline.value_or(usual).ms;
  return row;
}

void OperationDesk::check_reachable(OperationMode mode, const std::string& endpoint,
                                    const std::optional<server::RegistrationView>& registration) {
  if (endpoint.empty() || endpoint.size() > ports_.shard.config().max_endpoint_bytes) {
    throw bad_request("an endpoint name has 1 to " +
                      std::to_string(ports_.shard.config().max_endpoint_bytes) + " bytes");
  }
  if (registration) {
    if (mode == OperationMode::Now && !registration->awake) {
      throw Problem(
          409, "asleep", "Device asleep",
          "\"" + endpoint + "\" is asleep; the mode \"queue\" sends it when the device wakes up");
    }
    return;
  }
  // A name that nobody ever had is more likely mistyped than worth waiting for.
  const bool waits = mode == OperationMode::Queue ||
                     (mode == OperationMode::Wait && ports_.devices.find(endpoint));
  if (!waits) throw no_device(endpoint);
}

void OperationDesk::check(const OperationRequest& request) const {
  (void)to_operation(request, DeviceModel(models_, nullptr));
}

std::string OperationDesk::why_full(DeviceNumber device) const {
  if (waiting(device) >= settings_.max_per_device) {
    return std::to_string(settings_.max_per_device) +
           " operations of this device wait already; cancel some, or try again later";
  }
  if (waiting_ >= settings_.max_waiting) {
    return std::to_string(settings_.max_waiting) + " operations wait already; try again later";
  }
  return {};
}

void OperationDesk::submit(Order order, Answer answer) {
  if (replay(order.key, answer)) return;
  const OperationMode mode = order.request.mode.value_or(OperationMode::Wait);
  const auto registration = ports_.shard.find(order.endpoint);
  check_reachable(mode, order.endpoint, registration);
  const bool known = ports_.devices.find(order.endpoint).has_value();
  OperationRow row = row_for(order.request, mode, std::move(order.by));
  if (!known) row.steps.push_back({row.created, OperationState::Queued, std::string(kNobodyYet)});

  const DeviceNumber device = ports_.devices.number(order.endpoint);
  if (const auto full = why_full(device); !full.empty()) {
    throw Problem(503, "busy", "Too many operations", full);
  }
  const bool at_once =
      registration && waiting(device) == 0 && has_room() && !failing_ && registration->awake;
  if (!at_once) {
    // What is wrong with it is said now rather than when its turn comes.
    (void)to_operation(order.request,
                       DeviceModel(models_, registration ? &*registration : nullptr));
  }
  row.device = device;
  row.number = ports_.store.add(row);
  Queue& queue = enqueue(row, order.endpoint);
  // Somebody waits for a device that did not react: it is tried again.
  const bool anew = queue.waiting == 1 || (queue.parked && mode != OperationMode::Queue);
  if (anew) queue.parked = false;
  try {
    const bool sent = at_once && send(device, row, std::move(order.request), *registration);
    if (!sent && anew && registration) make_ready(device);
  } catch (const Problem&) {
    ports_.store.drop(row.number);
    leave(device);
    throw;
  }
  fresh_.push_back({row.number, order.key});
  if (!order.key.key.empty()) ports_.store.put(order.key, row.number, 0, row.created);
  publish(row, order.endpoint);
  wait_for_end(row, std::move(answer));
}

/// Answers when the operation ends, or in the mode "queue" when it is stored.
void OperationDesk::wait_for_end(const OperationRow& row, Answer answer) {
  if (row.mode == OperationMode::Queue) {
    when_stored([this, number = row.number, answer = std::move(answer)](bool stored) {
      const auto now = ports_.store.find(number);
      answer(stored && now ? accepted(*now, endpoint_of(now->device)) : to_response(not_stored()));
    });
    return;
  }
  when_stored([](bool) {});
  const Duration usual = ports_.shard.config().operation_timeout;
  Waiter waiter{std::move(answer)};
  if (row.deadline > row.created + usual.ms) waiter.until = ports_.now() + usual;
  waiters_[row.number].push_back(std::move(waiter));
}

bool OperationDesk::replay(const RequestKey& key, const Answer& answer) {
  if (key.key.empty()) return false;
  const auto known = ports_.store.find(key, ports_.unix_ms());
  if (!known) return false;
  if (known->digest != key.digest) throw other_body();
  if (known->batch != 0) {
    const auto batch = ports_.store.batch(known->batch);
    if (!batch)
      throw Problem(409, "under-way", "Not accepted yet",
                    "the request with this key is still being stored; ask again soon");
    json::object body = to_json(*batch);
    std::int64_t operations = 0;
    for (const std::int64_t count : batch->counts) operations += count;
    body["operations"] = operations;
    body["skipped"] = json::array{};
    answer(json_response(body, 202));
    return true;
  }
  const auto row = ports_.store.find(known->operation);
  if (!row) {
    throw Problem(410, "not-kept", "Not kept any more",
                  "the operation of this key ended, and is not kept any more");
  }
  if (row->mode == OperationMode::Queue || is_open(row->state)) {
    wait_for_end(*row, answer);
  } else {
    answer(ended(*row, endpoint_of(row->device)));
  }
  return true;
}

// --- Looking and cancelling ---

std::string OperationDesk::endpoint_of(DeviceNumber device) {
  return ports_.devices.endpoint(device).value_or(std::string());
}

DeviceNumber OperationDesk::device(std::string_view endpoint) {
  const auto found = ports_.devices.find(endpoint);
  if (!found) {
    throw Problem(404, "device-not-found", "No such device",
                  "no device \"" + std::string(endpoint) + "\" is known");
  }
  return *found;
}

json::object OperationDesk::show(OperationNumber number) {
  const auto row = ports_.store.find(number);
  if (!row) throw no_operation(number);
  return to_json(*row, endpoint_of(row->device));
}

json::object OperationDesk::list(OperationStore::Filter filter) {
  const std::size_t limit = filter.limit++;
  auto rows = ports_.store.page(filter);
  json::object out;
  const bool more = rows.size() > limit;
  if (more) rows.resize(limit);
  json::array operations;
  for (const auto& [row, endpoint] : rows) operations.push_back(to_json(row, endpoint));
  if (more) out["next"] = std::to_string(rows.back().row.number);
  out["operations"] = std::move(operations);
  return out;
}

void OperationDesk::cancel(OperationNumber number, Answer answer) {
  const auto row = ports_.store.find(number);
  if (!row) throw no_operation(number);
  if (!is_open(row->state)) {
    throw Problem(409, "ended", "Ended already",
                  "the operation is " + std::string(name(row->state)) + " already");
  }
  waiters_[number].push_back({std::move(answer), Instant::never(), true});
  withdraw_for_caller(*row);
}

void OperationDesk::withdraw_for_caller(const OperationRow& row) {
  const auto queue = queues_.find(row.device);
  const auto active =
      queue == queues_.end() ? active_.end() : active_.find(queue->second.active.value);
  if (active != active_.end() && active->second.row.number == row.number) {
    // Its result comes soon; if the device's answer is there already, that.
    (void)ports_.shard.cancel(ports_.now(), queue->second.active);
    return;
  }
  const Problem problem(409, "cancelled", "Cancelled",
                        row.was_sent() ? "the operation was cancelled; the device may have done it"
                                       : "the operation was cancelled before it was sent");
  finish(row, endpoint_of(row.device), OperationState::Cancelled, to_json(problem));
}

json::object OperationDesk::show_batch(BatchNumber number) {
  const auto batch = ports_.store.batch(number);
  if (!batch) {
    throw Problem(404, "no-batch", "No such batch",
                  "there is no batch " + std::to_string(number) + "; old ones are not kept");
  }
  return to_json(*batch);
}

void OperationDesk::cancel_batch(BatchNumber number, Answer answer) {
  (void)show_batch(number);
  OperationStore::Filter rest{.states = {OperationState::Queued, OperationState::Sent},
                              .batch = number,
                              .limit = kCancelledATurn};
  ports_.add_job([this, rest, answer = std::move(answer)]() mutable {
    if (!cancel_piece(rest)) return false;
    when_stored([this, number = rest.batch, answer](bool stored) {
      answer(stored ? json_response(show_batch(number)) : to_response(not_stored()));
    });
    return true;
  });
}

/// True when there are no more.
bool OperationDesk::cancel_piece(OperationStore::Filter& rest) {
  const auto rows = ports_.store.page(rest);
  for (const auto& item : rows) {
    rest.before = item.row.number;
    withdraw_for_caller(item.row);
  }
  return rows.size() < rest.limit;
}

void OperationDesk::forget(DeviceNumber device, std::string_view endpoint) {
  const Problem problem(409, "cancelled", "Cancelled", "everything of the device was removed");
  OperationNumber last = 0;
  while (auto row = ports_.store.next(device, last)) {
    last = row->number;
    const auto queue = queues_.find(device);
    if (queue != queues_.end() && queue->second.active.valid()) {
      withdraw(queue->second.active, Withdrawn::Drop);
      active_.erase(queue->second.active.value);
      queue->second.active = {};
    }
    finish(std::move(*row), endpoint, OperationState::Cancelled, to_json(problem));
  }
  ports_.store.forget(device);
}

std::size_t OperationDesk::waiting(DeviceNumber device) const {
  const auto found = queues_.find(device);
  return found == queues_.end() ? 0 : found->second.waiting;
}

// --- What a commit means ---

void OperationDesk::when_stored(std::function<void(bool)> done) {
  when_stored_.push_back(std::move(done));
  if (commit_wanted_) return;
  commit_wanted_ = true;
  ports_.after_commit([this](bool stored) { committed(stored); });
}

/// Nothing that was begun since the last commit has left yet, so what is not stored can be undone.
void OperationDesk::committed(bool stored) {
  commit_wanted_ = false;
  const auto answers = std::exchange(when_stored_, {});
  const auto fresh = std::exchange(fresh_, {});
  const auto started = std::exchange(started_, {});
  const bool was_failing = std::exchange(failing_, !stored);
  if (!stored) {
    for (const server::OperationId id : started) withdraw(id, Withdrawn::Requeue);
    for (const auto& item : fresh) {
      if (!item.key.key.empty()) ports_.store.drop(item.key);
      discard(item.number);
    }
    // To learn when it works again.
    when_stored([](bool) {});
  } else if (was_failing) {
    for (auto& [device, queue] : queues_) {
      queue.parked = false;
      if (queue.registration.valid()) make_ready(device);
    }
  }
  for (const auto& answer : answers) answer(stored);
}

/// An operation that could not be stored: it does not exist.
void OperationDesk::discard(OperationNumber number) {
  const auto row = ports_.store.find(number);
  if (!row) return;
  ports_.store.drop(number);
  const std::string endpoint = endpoint_of(row->device);
  OperationRow gone = *row;
  gone.step(ports_.unix_ms(), OperationState::Failed);
  publish(gone, endpoint, to_json(not_stored()));
  if (const auto waiters = waiters_.find(number); waiters != waiters_.end()) {
    const auto list = std::move(waiters->second);
    waiters_.erase(waiters);
    for (const auto& waiter : list) waiter.answer(to_response(not_stored()));
  }
  if (!is_open(row->state)) return;
  const auto found = queues_.find(row->device);
  if (found == queues_.end()) return;
  Queue& queue = found->second;
  const auto active = active_.find(queue.active.value);
  if (active != active_.end() && active->second.row.number == number) {
    withdraw(queue.active, Withdrawn::Drop);
    queue.active = {};
  }
  leave(row->device);
}

/// Whoever waits is told once the end is stored, or could not be.
void OperationDesk::answer_waiters(const OperationRow& row, std::string_view endpoint) {
  const auto found = waiters_.find(row.number);
  if (found == waiters_.end()) return;
  const auto waiters = std::move(found->second);
  waiters_.erase(found);
  for (const auto& waiter : waiters) {
    HttpResponse response = ended(row, endpoint);
    if (waiter.cancels) {
      response = row.state == OperationState::Cancelled
                     ? json_response(to_json(row, endpoint))
                     : to_response(Problem(
                           409, "ended", "Ended already",
                           "the operation is " + std::string(name(row.state)) + " already"));
    }
    when_stored(
        [answer = waiter.answer, response = std::move(response)](bool) { answer(response); });
  }
}

void OperationDesk::tick(Instant now) {
  if (!expiring_ && !expire_due()) {
    expiring_ = true;
    ports_.add_job([this] {
      expiring_ = !expire_due();
      return !expiring_;
    });
  }
  while (!parked_.empty() && parked_.begin()->first <= now) {
    const DeviceNumber device = parked_.begin()->second;
    parked_.erase(parked_.begin());
    const auto found = queues_.find(device);
    if (found == queues_.end() || !found->second.parked || found->second.retry_at > now) continue;
    found->second.parked = false;
    make_ready(device);
  }
  for (auto& [number, waiters] : waiters_) {
    for (auto it = waiters.begin(); it != waiters.end();) {
      if (it->until > now) {
        ++it;
        continue;
      }
      const auto row = ports_.store.find(number);
      if (row) it->answer(accepted(*row, endpoint_of(row->device)));
      it = waiters.erase(it);
    }
  }
  std::erase_if(waiters_, [](const auto& item) { return item.second.empty(); });
  ports_.store.tend(ports_.unix_ms());
  crowded_ = false;
  start_pump();
}

// --- Telling ---

void OperationDesk::publish(const OperationRow& row, std::string_view endpoint,
                            const json::object& result) {
  json::object data{{"type", name(EventKind::Operation)},
                    {"time", static_cast<double>(ports_.unix_ms()) / 1000},
                    {"endpoint", endpoint}};
  for (auto& [key, value] : event_of(row, result)) data[key] = std::move(value);
  std::vector<lwm2m::Path> paths;
  for (std::string_view rest = row.target; !rest.empty();) {
    const auto path = lwm2m::Path::parse(take_until(rest, ' '));
    if (path) paths.push_back(*path);
  }
  ports_.log.publish(EventKind::Operation, endpoint, to_text(data), paths);
}

void OperationDesk::print_end(const OperationRow& row, std::string_view endpoint,
                              const json::object& result) const {
  const bool good = row.state == OperationState::Done;
  if (!ports_.print || (good && !ports_.verbose)) return;
  const auto text = [&](const char* member) {
    const auto* value = result.if_contains(member);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  std::string line = "operation      " + std::string(endpoint) + ": " + row.op + " " + row.target +
                     ": " + (text("code").empty() ? std::string(name(row.state)) : text("code"));
  if (!text("reason").empty()) line += ", " + text("reason");
  ports_.print(good ? LogLevel::Debug : LogLevel::Info, {line, std::string(endpoint)});
}

}  // namespace linnet::service
