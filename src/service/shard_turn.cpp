// SPDX-License-Identifier: Apache-2.0
#include "shard_turn.hpp"

#include <boost/json/object.hpp>
#include <chrono>
#include <utility>

#include <linnet/service/json_text.hpp>

#include "clocks.hpp"

namespace linnet::service {

ShardTurn::ShardTurn(LogSink print, Records& records, DeviceServer& devices, Desks& desks,
                     TrustChanges& trust)
    : print_(std::move(print)), records_(records), devices_(devices), desks_(desks), trust_(trust) {
  devices.host.set_turn(*this);
}

void ShardTurn::on_event(server::Event& event) {
  records_.store.note(devices_.shard, event);
  devices_.directory.note(event);
  desks_.insight.note(event);
  // What the rules asked for is nobody else's.
  auto* result = std::get_if<server::OperationResult>(&event);
  if (result != nullptr && desks_.rules.take(*result)) return;
  desks_.devices.handle(event);
  desks_.operations.handle(event);
  desks_.rules.handle(event);
}

bool ShardTurn::commit() {
  const Instant now = posix::monotonic_now();
  trust_.end_sessions();
  records_.journal.pin(records_.values.applied());
  devices_.directory.tend(now);
  if (devices_.messages.ended(now)) devices_.shard.set_tap(nullptr);
  desks_.insight.turn(now);
  const bool stored = store(now);
  tell_whether_stored(stored);
  return stored;
}

bool ShardTurn::store(Instant now) {
  const auto start = std::chrono::steady_clock::now();
  const auto transactions = records_.store.transactions();
  const bool stored = records_.store.commit(devices_.shard, now, unix_ms());
  if (records_.store.transactions() != transactions) {
    desks_.insight.committed(std::chrono::steady_clock::now() - start);
  }
  return stored;
}

void ShardTurn::tell_whether_stored(bool stored) {
  if (stored != devices_.guard.failing()) return;
  devices_.guard.set_failing(!stored);
  if (stored) {
    if (print_) print_(LogLevel::Info, "the store takes changes again");
  } else {
    alarm("nothing can be stored, so nobody may register: " + records_.store.problem());
  }
}

void ShardTurn::alarm(const std::string& text) {
  if (print_) print_(LogLevel::Error, text);
  const boost::json::object data{
      {"type", name(EventKind::Alarm)}, {"time", posix::unix_now()}, {"text", text}};
  records_.log.publish(EventKind::Alarm, {}, to_text(data));
  desks_.insight.alarm(text);
}

}  // namespace linnet::service
