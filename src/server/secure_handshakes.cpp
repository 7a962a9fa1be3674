// SPDX-License-Identifier: Apache-2.0
// Handshakes from the first datagram to the session (RFC 6347 §4.2).
#include <algorithm>

#include <linnet/base/check.hpp>
#include "server/secure_engine.hpp"

namespace linnet::server {
namespace {

using secure::Handshake;
using secure::ServerHandshakes;

/// How much of the waiting work is done in one turn: a signature takes a millisecond, a cookie two
/// microseconds.
constexpr int kStepsPerTurn = 16;
constexpr int kHellosPerTurn = 128;

}  // namespace

Instant SecureTransport::Engine::next_timeout() const {
  if (!going_.empty() || !hellos_.empty()) return now_;
  Instant next = earlier(timers_.next(), next_sweep_);
  // Flights end in the order they were kept.
  if (!flight_ends_.empty()) next = earlier(next, flight_ends_.front().second);
  return next;
}

void SecureTransport::Engine::on_timeout(Instant now, Deliver deliver) {
  now_ = now;
  while (const auto number = timers_.pop(now)) {
    OpenHandshake& entry = open_[*number];
    if (!entry.running) continue;
    if (now - entry.began >= config_.handshake_lifetime) {
      give_up(*number, "not completed in time");
      continue;
    }
    if (entry.handshake->next_timeout() <= now) entry.handshake->on_timeout(now);
    progress(now, *number);
  }
  drop_flights(now);
  if (now >= next_sweep_) sweep(now);
  work(now, deliver);
}

void SecureTransport::Engine::work(Instant now, Deliver deliver) {
  for (int i = 0; i < kStepsPerTurn && !going_.empty(); ++i) {
    auto& item = going_.pop();
    take_handshake(now, item.peer, item.view(), deliver);
  }
  int begun = 0;
  for (int i = 0; i < kHellosPerTurn && begun < kStepsPerTurn && !hellos_.empty(); ++i) {
    const std::uint64_t before = counters_.handshakes;
    auto& item = hellos_.pop();
    take_hello(now, item.peer, item.view());
    begun += counters_.handshakes != before;
  }
}

void SecureTransport::Engine::take_hello(Instant now, const SocketAddress& from,
                                         ByteView datagram) {
  ++counters_.hellos;
  if (!limiter_.pass(now, from)) {
    ++counters_.throttled;
    return;
  }
  std::array<std::uint8_t, kOutboxBytes> answer;
  std::size_t size = 0;
  switch (handshakes_.admit(from, datagram, answer, size)) {
    case ServerHandshakes::Gate::Drop: return;
    case ServerHandshakes::Gate::Challenge:
      if (outbox_.push(from, ByteView(answer).first(size))) {
        ++counters_.challenges;
      } else {
        ++counters_.overflowed;
      }
      return;
    case ServerHandshakes::Gate::Admit: begin(now, from, datagram); return;
  }
}

void SecureTransport::Engine::begin(Instant now, const SocketAddress& from, ByteView datagram) {
  if (const std::uint32_t before = open_.find(from); before != kNone) {
    give_up(before, "the device began anew");
  }
  if (open_.size() >= config_.max_handshakes) {
    give_up(open_.oldest(), "more handshakes under way than this server keeps");
  }
  const std::uint32_t number = open_.add(now, from);
  OpenHandshake& entry = open_[number];
  if (config_.connection_ids) {
    if (const auto id = sessions_.reserve(number)) entry.id = *id;
  }
  secure::RecordReader records(datagram);
  if (const auto record = records.next()) entry.hello = hash_hello(*record);
  ++counters_.handshakes;
  entry.handshake = handshakes_.begin(now, from, datagram, entry.id);
  if (entry.handshake == nullptr) {
    ++counters_.failed;
    open_.settle(number);
    forget(number);
    return;
  }
  progress(now, number);
}

void SecureTransport::Engine::take_handshake(Instant now, const SocketAddress& from,
                                             MutableBytes datagram, Deliver deliver) {
  if (const std::uint32_t number = open_.find(from); number != kNone) {
    open_[number].handshake->receive(now, datagram);
    progress(now, number);
    if (open_[number].running || !has_more(open_[number], datagram)) return;
    // It is over: what came behind the peer's Finished is for the session.
  } else if (const Slot slot = sessions_.find_address(from);
             slot != kNone && sessions_.resident(slot) &&
             sessions_.marked(slot, SessionTable::kFinishing)) {
    const std::uint32_t kept = resident_.at(slot);
    open_[kept].handshake->receive(now, datagram);
    queue(kept);
    return;
  }
  // The Finished itself is no replay, though the session has seen its number.
  const std::uint64_t replayed = counters_.replayed;
  take_datagram(now, from, datagram, deliver, false);
  counters_.replayed = replayed;
}

/// Whether a datagram that ended a handshake has something for the session as well.
bool SecureTransport::Engine::has_more(const OpenHandshake& over, ByteView datagram) const {
  if (over.slot == kNone || over.resident) return true;
  secure::RecordReader records(datagram, sessions_.has_id(over.slot) ? SessionTable::kIdBytes : 0);
  while (const auto record = records.next()) {
    if (record->epoch != 0 && !sessions_.seen(over.slot, record->sequence)) return true;
  }
  return false;
}

/// After each call into a handshake: what it has to send is fetched, what came of it taken.
void SecureTransport::Engine::progress(Instant now, std::uint32_t number) {
  OpenHandshake& entry = open_[number];
  queue(number);
  switch (entry.handshake->state()) {
    case Handshake::State::Running:
      // Never again in this turn, whatever the library says.
      timers_.schedule(number, std::max(now + milliseconds(1),
                                        earlier(entry.handshake->next_timeout(),
                                                entry.began + config_.handshake_lifetime)));
      break;
    case Handshake::State::Done: complete(now, number); break;
    case Handshake::State::Failed: fail(number, entry.handshake->failure()); break;
  }
}

void SecureTransport::Engine::queue(std::uint32_t number) {
  if (open_[number].ready) return;
  open_[number].ready = true;
  ready_.push(number);
}

std::optional<Transmit> SecureTransport::Engine::poll_transmit(Instant now, MutableBytes out) {
  if (!outbox_.empty()) {
    auto& item = outbox_.pop();
    if (item.size > out.size()) return std::nullopt;
    std::copy_n(item.bytes.begin(), item.size, out.begin());
    return Transmit{item.peer, item.size};
  }
  while (!repeats_.empty()) {
    if (const auto sent = repeat(out)) return sent;
  }
  while (!ready_.empty()) {
    const std::uint32_t number = ready_.front();
    OpenHandshake& entry = open_[number];
    if (entry.ready) {
      if (const auto size = entry.handshake->poll_transmit(now, out)) {
        return Transmit{entry.from, *size};
      }
      entry.ready = false;
      if (!entry.running && !entry.resident) forget(number);
    }
    (void)ready_.pop();
  }
  return std::nullopt;
}

// --- What comes of it ---

void SecureTransport::Engine::complete(Instant now, std::uint32_t number) {
  const Handshake& handshake = *open_[number].handshake;
  const secure::PeerProof& peer = handshake.peer();
  // Revoked while the handshake went on. [SEC-10]
  if (directory_ != nullptr && !directory_->still_valid(peer.credential)) {
    fail(number, {secure::HandshakeFailure::Kind::Refused, {}, "its credential was revoked"});
    return;
  }
  // The same device goes on under the name it has.
  const Slot before =
      peer.endpoint.empty() ? kNone : sessions_.find_device(peer.credential, peer.endpoint);
  const bool continued = before != kNone;
  const auto slot = adopt(now, number, before);
  if (!slot.ok()) {
    fail(number, {secure::HandshakeFailure::Kind::Refused, {}, "no room for more sessions"});
    return;
  }
  ++counters_.established;
  counters_.resumed += handshake.resumed() ? 1 : 0;
  mark_changed(*slot);
  plan_sweep(now);
  SecureEvent event = event_of(*slot, SecureEvent::Kind::Established);
  event.identity = peer.text;
  event.suite = handshake.suite();
  event.resumed = handshake.resumed();
  event.continued = continued;
  if (continued && use_ != nullptr) use_->renewed(event.session);
  push(std::move(event));
  timers_.cancel(number);
  open_.settle(number);
}

Result<SecureTransport::Engine::Slot> SecureTransport::Engine::adopt(Instant now,
                                                                     std::uint32_t number,
                                                                     Slot before) {
  OpenHandshake& entry = open_[number];
  const secure::PeerProof& peer = entry.handshake->peer();
  const SessionTable::Owner owner{peer.endpoint, peer.credential, peer.proof};
  // RFC 6347 §4.2.8: whoever had a session at this address before has it no more.
  if (const Slot other = sessions_.find_address(entry.from); other != kNone && other != before) {
    remove(other, SecureEvent::End::Replaced);
  }
  if (before == kNone && sessions_.size() >= sessions_.capacity() && !make_room()) {
    return Error::NoSpace;
  }
  LINNET_TRY_ASSIGN(const Slot slot, place(now, entry, owner, before));
  // An id that the client did not want, or that CBC cannot have.
  if (!sessions_.has_id(slot)) sessions_.release(entry.id);
  entry.id.used = false;
  entry.slot = slot;
  if (entry.resident) resident_[slot] = number;
  keep_flight(now, slot, *entry.handshake);
  return slot;
}

/// Puts keys and owner where they belong, over those of `before` if there is one.
Result<SecureTransport::Engine::Slot> SecureTransport::Engine::place(
    Instant now, OpenHandshake& entry, const SessionTable::Owner& owner, Slot before) {
  auto session = entry.handshake->take_session();
  const bool resident = !session.ok() && entry.handshake->resident() != nullptr;
  if (!session.ok() && !resident) return session.error();
  const bool one_more = before == kNone || !sessions_.resident(before);
  if (resident && one_more && resident_.size() >= config_.max_resident) return Error::NoSpace;
  Result<Slot> slot = before;
  if (before != kNone) {
    const auto kept = resident_.find(before);
    const std::uint32_t old = kept == resident_.end() ? kNone : kept->second;
    const Status done = resident ? sessions_.replace_resident(now, before, entry.from, owner)
                                 : sessions_.replace(now, before, entry.from, owner, *session);
    if (!done.ok()) slot = done.error();
    if (done.ok() && old != kNone) {
      resident_.erase(before);
      forget(old);
    }
    flights_.erase(before);
  } else {
    slot = resident ? sessions_.add_resident(now, entry.from, owner)
                    : sessions_.add(now, entry.from, owner, *session);
  }
  session->wipe();
  entry.resident = resident && slot.ok();
  return slot;
}

void SecureTransport::Engine::keep_flight(Instant now, Slot slot, const Handshake& handshake) {
  const ByteView flight = handshake.final_flight();
  // The library repeats that of a session it keeps, and has to be asked as long.
  const bool finishing = sessions_.resident(slot) || !flight.empty();
  sessions_.set_mark(slot, SessionTable::kFinishing, finishing);
  if (!finishing) return;
  const Instant until = now + config_.final_flight;
  flights_.put(slot, flight, handshake.next_plain_sequence(), until);
  flight_ends_.push({slot, until});
}

void SecureTransport::Engine::drop_flights(Instant now) {
  while (!flight_ends_.empty() && flight_ends_.front().second <= now) {
    const auto [slot, until] = flight_ends_.pop();
    const FlightTable::Flight* kept = flights_.find(slot);
    if (kept == nullptr || kept->until != until) continue;
    flights_.erase(slot);
    sessions_.set_mark(slot, SessionTable::kFinishing, false);
  }
}

/// Without a word to the peer, who may be none.
void SecureTransport::Engine::give_up(std::uint32_t number, std::string_view reason) {
  fail(number, {secure::HandshakeFailure::Kind::Timeout, {}, reason});
  forget(number);
}

/// It stays until its alert is sent.
void SecureTransport::Engine::fail(std::uint32_t number, const secure::HandshakeFailure& failure) {
  OpenHandshake& entry = open_[number];
  ++counters_.failed;
  SecureEvent event;
  event.kind = SecureEvent::Kind::Failed;
  event.address = entry.from;
  event.failure = failure.kind;
  event.alert = failure.alert;
  event.reason = failure.reason;
  push(std::move(event));
  timers_.cancel(number);
  open_.settle(number);
}

void SecureTransport::Engine::forget(std::uint32_t number) {
  OpenHandshake& entry = open_[number];
  if (entry.id.used) sessions_.release(entry.id);
  if (entry.handshake != nullptr) handshakes_.end(entry.handshake);
  open_.remove(number);
}

}  // namespace linnet::server
