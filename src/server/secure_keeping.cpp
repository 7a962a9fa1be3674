// SPDX-License-Identifier: Apache-2.0
// How sessions end, are stored, come back and are told of.
#include <algorithm>
#include <array>

#include <linnet/base/check.hpp>
#include <linnet/secure/wipe.hpp>
#include "server/secure_engine.hpp"

namespace linnet::server {
namespace {

using secure::Alert;
using secure::AlertLevel;

/// How many sessions `make_room` looks at for one that may go, and at most if none of these may.
constexpr std::uint32_t kSample = 64;
constexpr std::uint32_t kSampleAtMost = 4096;
/// A sweep over all sessions takes about this many turns of `kSweepEvery`.
constexpr std::uint32_t kSweepTurns = 600;

}  // namespace

// --- Ending ---

bool SecureTransport::Engine::end(const SocketAddress& session, SecureEvent::End why) {
  const Slot slot = sessions_.find(session);
  if (slot == kNone) return false;
  // Who is revoked need not try again soon: [SEC-41] instead of [SEC-40].
  if (why == SecureEvent::End::Revoked) {
    say(slot, AlertLevel::Fatal, Alert::AccessDenied);
  } else {
    say(slot, AlertLevel::Warning, Alert::CloseNotify);
  }
  remove(slot, why);
  return true;
}

std::size_t SecureTransport::Engine::end_credentials(std::span<const std::uint64_t> sorted,
                                                     SecureEvent::End why) {
  std::size_t count = 0;
  for (Slot slot = sessions_.next_live(0); slot != kNone; slot = sessions_.next_live(slot + 1)) {
    if (!std::ranges::binary_search(sorted, sessions_.credential(slot))) continue;
    end(sessions_.name(slot), why);
    ++count;
  }
  return count;
}

void SecureTransport::Engine::say(Slot slot, AlertLevel level, Alert alert) {
  std::array<std::uint8_t, kOutboxBytes> bytes;
  std::size_t size = 0;
  if (sessions_.resident(slot)) {
    const std::array<std::uint8_t, 2> content{static_cast<std::uint8_t>(level),
                                              static_cast<std::uint8_t>(alert)};
    const auto sealed = open_[resident_.at(slot)].handshake->resident()->seal(
        secure::ContentType::Alert, content, bytes);
    size = sealed.value_or(0);
  } else if (use_numbers(slot, 1)) {
    auto session = sessions_.wake(slot);
    size = session->seal_alert(level, alert, bytes).value_or(0);
    sessions_.sleep(slot, *session);
  }
  if (size != 0 && !outbox_.push(sessions_.address(slot), ByteView(bytes).first(size))) {
    ++counters_.overflowed;
  }
}

void SecureTransport::Engine::remove(Slot slot, SecureEvent::End why, Alert alert) {
  SecureEvent event = event_of(slot, SecureEvent::Kind::Ended);
  event.end = why;
  event.alert = alert;
  ++counters_.ended;
  if (config_.durable) gone_.push_back(sessions_.name(slot));
  if (const auto found = resident_.find(slot); found != resident_.end()) {
    const std::uint32_t number = found->second;
    resident_.erase(found);
    forget(number);
  }
  flights_.erase(slot);
  sessions_.remove(slot);
  push(std::move(event));
}

void SecureTransport::Engine::plan_sweep(Instant now) {
  if (next_sweep_.is_never() && config_.idle.ms != 0) next_sweep_ = now + kSweepEvery;
}

/// Ends what was silent for too long, a few at a time.
void SecureTransport::Engine::sweep(Instant now) {
  const std::uint32_t all = sessions_.slots();
  const std::uint32_t turn = std::min(all, std::max(kSample, all / kSweepTurns + 1));
  for (std::uint32_t i = 0; i < turn; ++i) {
    if (swept_ >= all) swept_ = 0;
    const Slot slot = swept_++;
    if (!sessions_.live(slot) || now - sessions_.used(slot) < config_.idle) continue;
    if (!in_use(slot)) remove(slot, SecureEvent::End::Idle);
  }
  next_sweep_ = sessions_.size() == 0 ? Instant::never() : now + kSweepEvery;
}

/// The longest silent of the next few goes: an order of all would cost as much as a session.
bool SecureTransport::Engine::make_room() {
  const std::uint32_t all = sessions_.slots();
  Slot chosen = kNone;
  for (std::uint32_t i = 0; i < std::min(all, kSampleAtMost); ++i) {
    if (i >= kSample && chosen != kNone) break;
    if (hand_ >= all) hand_ = 0;
    const Slot slot = hand_++;
    if (!sessions_.live(slot) || in_use(slot)) continue;
    if (chosen == kNone || sessions_.used(slot) < sessions_.used(chosen)) chosen = slot;
  }
  if (chosen == kNone) return false;
  remove(chosen, SecureEvent::End::Evicted);
  return true;
}

// --- Over a restart ---

void SecureTransport::Engine::mark_changed(Slot slot) {
  // What the library keeps ends with the process.
  if (!config_.durable || sessions_.marked(slot, SessionTable::kChanged)) return;
  sessions_.set_mark(slot, SessionTable::kChanged, true);
  changed_.push_back(slot);
  if (sessions_.left(slot) != SessionTable::kUnlimited) reserves_ = true;
}

void SecureTransport::Engine::collect(FunctionRef<void(const SessionRecord&)> put,
                                      FunctionRef<void(const SocketAddress& session)> drop) {
  for (const SocketAddress& name : gone_) drop(name);
  std::array<std::uint8_t, 256> state;
  for (const Slot slot : changed_) {
    if (!sessions_.live(slot) || !sessions_.marked(slot, SessionTable::kChanged)) continue;
    if (sessions_.resident(slot)) {
      drop(sessions_.name(slot));  // one that slept before may have this name
      continue;
    }
    auto session = sessions_.wake(slot);
    Writer out(state);
    session->pack(out, config_.reserve);
    session->wipe();
    LINNET_CHECK(out.ok());
    const SessionTable::Owner owner = sessions_.owner(slot);
    put({sessions_.name(slot), sessions_.address(slot), owner.endpoint, owner.credential,
         owner.proof, out.written()});
  }
  secure::wipe(state);
}

void SecureTransport::Engine::stored() {
  for (const Slot slot : changed_) {
    if (!sessions_.live(slot) || !sessions_.marked(slot, SessionTable::kChanged)) continue;
    sessions_.set_mark(slot, SessionTable::kChanged, false);
    sessions_.set_left(slot, config_.reserve);
  }
  changed_.clear();
  gone_.clear();
  reserves_ = false;
}

Status SecureTransport::Engine::restore(Instant now, const SessionRecord& record) {
  Reader in(record.state);
  auto session = secure::Session::unpack(in);
  if (!session.ok()) return session.error();
  const SessionTable::Owner owner{record.endpoint, record.credential, record.proof};
  const auto slot = sessions_.restore(now, record.session, record.address, owner, *session);
  session->wipe();
  if (!slot.ok()) return slot.error();
  sessions_.set_left(*slot, config_.durable ? std::uint16_t{0} : SessionTable::kUnlimited);
  plan_sweep(now);
  return {};
}

// --- Telling ---

SecurePeer SecureTransport::Engine::view(Slot slot) const {
  SecurePeer peer;
  peer.session = sessions_.name(slot);
  peer.address = sessions_.address(slot);
  const SessionTable::Owner owner = sessions_.owner(slot);
  peer.endpoint = owner.endpoint;
  peer.credential = owner.credential;
  peer.proof = owner.proof;
  peer.connection_id = sessions_.has_id(slot);
  peer.last_used = sessions_.used(slot);
  if (sessions_.resident(slot)) {
    const auto found = resident_.find(slot);
    if (found != resident_.end()) peer.suite = open_[found->second].handshake->suite();
  } else {
    peer.suite = sessions_.suite(slot);
  }
  return peer;
}

std::optional<SecurePeer> SecureTransport::Engine::peer(const SocketAddress& session) const {
  const Slot slot = sessions_.find(session);
  if (slot == kNone) return std::nullopt;
  return view(slot);
}

std::optional<SocketAddress> SecureTransport::Engine::address_of(
    const SocketAddress& session) const {
  const Slot slot = sessions_.find(session);
  if (slot == kNone) return std::nullopt;
  return sessions_.address(slot);
}

std::optional<SecurePeer> SecureTransport::Engine::next_peer(std::uint32_t& cursor) const {
  const Slot slot = sessions_.next_live(cursor);
  if (slot == kNone) return std::nullopt;
  cursor = slot + 1;
  return view(slot);
}

SecureEvent SecureTransport::Engine::event_of(Slot slot, SecureEvent::Kind kind) const {
  const SecurePeer peer = view(slot);
  SecureEvent event;
  event.kind = kind;
  event.session = peer.session;
  event.address = peer.address;
  event.endpoint = peer.endpoint;
  event.credential = peer.credential;
  event.proof = peer.proof;
  event.suite = peer.suite;
  event.connection_id = peer.connection_id;
  return event;
}

void SecureTransport::Engine::push(SecureEvent event) {
  if (events_.size() >= config_.max_events) {
    ++counters_.events_lost;
    return;
  }
  events_.push(std::move(event));
}

std::optional<SecureEvent> SecureTransport::Engine::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop();
}

SecureCounters SecureTransport::Engine::counters() const {
  SecureCounters counters = counters_;
  counters.sessions = sessions_.size();
  counters.resident = static_cast<std::uint32_t>(resident_.size());
  counters.handshakes_open = open_.size();
  return counters;
}

}  // namespace linnet::server
