// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/shard.hpp>

#include "server/engine.hpp"

namespace linnet::server {

Shard::Shard(const ShardConfig& config, Rng& rng, Authorizer* authorizer,
             const DefinitionSource* definitions)
    : engine_(std::make_unique<Engine>(config, rng, authorizer, definitions)) {}

Shard::~Shard() = default;

void Shard::receive(Instant now, const SocketAddress& from, ByteView datagram) {
  engine_->receive(now, from, datagram);
}

std::optional<Transmit> Shard::poll_transmit(Instant now, MutableBytes out) {
  return engine_->poll_transmit(now, out);
}

void Shard::drop_answers() { engine_->drop_answers(); }

Instant Shard::next_timeout() const { return engine_->next_timeout(); }

void Shard::on_timeout(Instant now) { engine_->on_timeout(now); }

std::optional<Event> Shard::poll_event() { return engine_->poll_event(); }

Result<OperationId> Shard::submit(Instant now, RegistrationId registration, Operation operation) {
  return engine_->requests().submit(now, registration, std::move(operation));
}

bool Shard::cancel(Instant now, OperationId operation) {
  return engine_->requests().cancel(now, operation);
}

bool Shard::cancel_observation(Instant now, ObservationId observation) {
  return engine_->requests().cancel_observation(now, observation);
}

std::optional<RegistrationView> Shard::find(RegistrationId id) const {
  const Slot slot = engine_->registry().find(id);
  if (slot == kNone) return std::nullopt;
  return engine_->registry().view(slot);
}

std::optional<RegistrationView> Shard::find(std::string_view endpoint) const {
  const Slot slot = engine_->registry().find(endpoint);
  if (slot == kNone) return std::nullopt;
  return engine_->registry().view(slot);
}

bool Shard::is_awake(RegistrationId id) const {
  const Slot slot = engine_->registry().find(id);
  return slot != kNone && engine_->registry().awake(slot);
}

bool Shard::has_registration(const SocketAddress& address) const {
  return engine_->registry().find(address) != kNone;
}

void Shard::renew(const SocketAddress& session) { engine_->renew(session); }

bool Shard::remove(Instant now, RegistrationId id) { return engine_->remove(now, id); }

std::optional<RegistrationView> Shard::next_registration(std::uint32_t& cursor) const {
  const Slot slot = engine_->registry().next_live(cursor);
  if (slot == kNone) return std::nullopt;
  cursor = slot + 1;
  return engine_->registry().view(slot);
}

void Shard::for_each_observation(RegistrationId id,
                                 FunctionRef<void(const ObservationView&)> visit) const {
  const Slot slot = engine_->registry().find(id);
  if (slot == kNone) return;
  const ObservationTable& observations = engine_->requests().observations();
  std::uint32_t number = engine_->registry().observations(slot);
  for (; number != kNone; number = observations[number].next) visit(observations.view(number));
}

std::optional<ObservationView> Shard::find(ObservationId id) const {
  const ObservationTable& observations = engine_->requests().observations();
  const std::uint32_t number = observations.find(id);
  if (number == kNone) return std::nullopt;
  return observations.view(number);
}

std::size_t Shard::pending(RegistrationId id) const {
  const Slot slot = engine_->registry().find(id);
  return slot == kNone ? 0 : engine_->requests().pending(slot);
}

void Shard::set_tap(MessageTap* tap) { engine_->set_tap(tap); }

std::uint64_t Shard::id_key() const { return engine_->registry().id_key(); }

Status Shard::restore(Instant now, const RegistrationView& registration) {
  return engine_->restore(now, registration);
}

std::optional<ObservationRecord> Shard::record(ObservationId id) const {
  return engine_->requests().record(id);
}

std::optional<RequestRecord> Shard::record(OperationId id) const {
  return engine_->requests().record(id);
}

Status Shard::restore(Instant now, const ObservationRecord& observation) {
  return engine_->requests().restore(now, observation);
}

ShardCounters Shard::counters() const { return engine_->counters(); }

const ShardConfig& Shard::config() const { return engine_->config(); }

void Shard::reconfigure(const ShardConfig& config) { engine_->reconfigure(config); }

}  // namespace linnet::server
