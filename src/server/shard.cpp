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

Instant Shard::next_timeout() const { return engine_->next_timeout(); }

void Shard::on_timeout(Instant now) { engine_->on_timeout(now); }

std::optional<Event> Shard::poll_event() { return engine_->poll_event(); }

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

bool Shard::remove(Instant now, RegistrationId id) { return engine_->remove(now, id); }

std::optional<RegistrationView> Shard::next_registration(std::uint32_t& cursor) const {
  const Slot slot = engine_->registry().next_live(cursor);
  if (slot == kNone) return std::nullopt;
  cursor = slot + 1;
  return engine_->registry().view(slot);
}

ShardCounters Shard::counters() const { return engine_->counters(); }

const ShardConfig& Shard::config() const { return engine_->config(); }

}  // namespace linnet::server
