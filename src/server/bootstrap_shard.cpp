// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/bootstrap_shard.hpp>

#include "server/bootstrap_engine.hpp"

namespace linnet::server {

BootstrapShard::BootstrapShard(const BootstrapShardConfig& config, Rng& rng,
                               BootstrapSource& source, const DefinitionSource* definitions)
    : engine_(std::make_unique<Engine>(config, rng, source, definitions)) {}

BootstrapShard::~BootstrapShard() = default;

void BootstrapShard::receive(Instant now, const SocketAddress& from, ByteView datagram,
                             std::string_view identity) {
  engine_->receive(now, from, datagram, identity);
}

std::optional<Transmit> BootstrapShard::poll_transmit(Instant now, MutableBytes out) {
  return engine_->poll_transmit(now, out);
}

Instant BootstrapShard::next_timeout() const { return engine_->next_timeout(); }

void BootstrapShard::on_timeout(Instant now) { engine_->on_timeout(now); }

std::optional<BootstrapEvent> BootstrapShard::poll_event() { return engine_->poll_event(); }

Result<BootstrapSessionId> BootstrapShard::begin(Instant now, std::string_view endpoint,
                                                 const SocketAddress& address) {
  return engine_->begin(now, endpoint, address);
}

Status BootstrapShard::repair(Instant now, BootstrapSessionId session,
                              const BootstrapConfiguration& corrected) {
  return engine_->repair(now, session, corrected);
}

bool BootstrapShard::cancel(Instant now, BootstrapSessionId session) {
  return engine_->cancel(now, session);
}

void BootstrapShard::renew(const SocketAddress& session) { engine_->renew(session); }

BootstrapCounters BootstrapShard::counters() const { return engine_->counters(); }

const BootstrapShardConfig& BootstrapShard::config() const { return engine_->config(); }

}  // namespace linnet::server
