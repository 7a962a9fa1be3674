// SPDX-License-Identifier: Apache-2.0
// Records of sessions: opened as they come, sealed as they go (RFC 6347 §4.1, RFC 9146 §4, §6).
#include <algorithm>

#include <linnet/base/check.hpp>
#include "server/secure_engine.hpp"

namespace linnet::server {
namespace {

using secure::ContentType;
using secure::OpenedRecord;
using secure::RecordReader;
using secure::RecordView;

constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kFinished = 20;

bool is_client_hello(const RecordView& record) {
  return record.type == ContentType::Handshake && record.epoch == 0 && !record.fragment.empty() &&
         record.fragment[0] == kClientHello;
}

}  // namespace

/// Each step of the way from a datagram to its session waits for the one before; so all take the
/// first, then all the second, and the waiting is done at the same time.
void SecureTransport::Engine::expect(std::size_t count,
                                     FunctionRef<Incoming(std::size_t)> at) const {
  constexpr std::size_t kAtATime = 64;
  std::array<SessionTable::Trail, kAtATime> trails;
  for (std::size_t first = 0; first < count; first += kAtATime) {
    const std::size_t some = std::min(kAtATime, count - first);
    for (std::size_t i = 0; i < some; ++i) {
      const Incoming incoming = at(first + i);
      const auto record = RecordReader(incoming.datagram, SessionTable::kIdBytes).next();
      trails[i] = {};
      if (!record || record->epoch == 0) continue;
      trails[i] = record->type == ContentType::ConnectionId ? sessions_.trail(record->connection_id)
                                                            : sessions_.trail(incoming.from);
    }
    for (std::size_t i = 0; i < some; ++i) sessions_.fetch_record(trails[i]);
    for (std::size_t i = 0; i < some; ++i) sessions_.fetch_piece(trails[i]);
  }
}

void SecureTransport::Engine::receive(Instant now, const SocketAddress& from, MutableBytes datagram,
                                      Deliver deliver) {
  now_ = now;
  ++counters_.datagrams;
  take_datagram(now, from, datagram, deliver, true);
}

/// Records of sessions at once; what belongs to a handshake waits as a whole datagram, so that a
/// flood of those does not keep devices waiting. `may_wait` is false for one that has waited.
void SecureTransport::Engine::take_datagram(Instant now, const SocketAddress& from,
                                            MutableBytes datagram, Deliver deliver, bool may_wait) {
  // No peer of ours, and nobody a network could name so (decision 0010).
  if (from.is_session()) return;
  RecordReader records(datagram, SessionTable::kIdBytes);
  bool any = false;
  while (const auto record = records.next()) {
    any = true;
    switch (take_record(now, from, *record, datagram, deliver)) {
      case Way::Done: continue;
      case Way::Handshake:
        if (may_wait && !going_.push(from, datagram)) ++counters_.overflowed;
        return;
      case Way::Hello:
        if (may_wait && !hellos_.push(from, datagram)) ++counters_.overflowed;
        return;
    }
  }
  if (!any) ++counters_.malformed;
}

SecureTransport::Engine::Way SecureTransport::Engine::take_record(Instant now,
                                                                  const SocketAddress& from,
                                                                  const RecordView& record,
                                                                  MutableBytes datagram,
                                                                  Deliver deliver) {
  if (record.type == ContentType::ConnectionId) {
    const SessionTable::Place place = sessions_.find(record.connection_id);
    if (place.handshake != kNone) {
      const bool same = equal(open_[place.handshake].id.view(), record.connection_id);
      if (same && open_[place.handshake].from == from) return Way::Handshake;
    } else if (place.slot != kNone) {
      count(open(now, from, place.slot, record, datagram, deliver).error());
      return Way::Done;
    }
    ++counters_.unknown;
    return Way::Done;
  }
  if (record.epoch == 0) return take_plain_record(from, record);
  const Slot slot = sessions_.find_address(from);
  const bool handshake = open_.find(from) != kNone;
  if (slot == kNone) {
    if (handshake) return Way::Handshake;
    ++counters_.unknown;
    return Way::Done;
  }
  if (!handshake) {
    count(open(now, from, slot, record, datagram, deliver).error());
    return Way::Done;
  }
  // Of the session there is, or of the one being made (RFC 6347 §4.2.8). What does not open is
  // spoiled, and the handshake may want it.
  std::array<std::uint8_t, kDatagramBytes> copy;
  if (datagram.size() > copy.size()) return Way::Done;
  std::copy(datagram.begin(), datagram.end(), copy.begin());
  const Status opened = open(now, from, slot, record, datagram, deliver);
  if (opened.ok()) return Way::Done;
  std::copy_n(copy.begin(), datagram.size(), datagram.begin());
  return Way::Handshake;
}

/// Epoch 0: only handshakes have anything to say there, and nobody can know who says it.
SecureTransport::Engine::Way SecureTransport::Engine::take_plain_record(const SocketAddress& from,
                                                                        const RecordView& record) {
  const std::uint32_t number = open_.find(from);
  if (number != kNone) {
    const bool other = is_client_hello(record) && hash_hello(record) != open_[number].hello;
    return other ? Way::Hello : Way::Handshake;
  }
  if (is_client_hello(record)) return Way::Hello;
  const Slot slot = sessions_.find_address(from);
  // The library itself repeats the last flight of a session it keeps.
  if (slot != kNone && sessions_.resident(slot) && sessions_.marked(slot, SessionTable::kFinishing))
    return Way::Handshake;
  return Way::Done;
}

/// Of the client's random, which stays the same in each copy of a ClientHello and in the one with
/// the cookie (RFC 6347 §4.2.1).
std::uint64_t SecureTransport::Engine::hash_hello(const RecordView& record) const {
  constexpr std::size_t kRandomAt = 12 + 2;  // message header, version
  constexpr std::size_t kRandomBytes = 32;
  if (record.fragment.size() < kRandomAt + kRandomBytes) return 0;
  return hash_bytes(as_text(record.fragment.subspan(kRandomAt, kRandomBytes)), seed_);
}

Status SecureTransport::Engine::open(Instant now, const SocketAddress& from, Slot slot,
                                     const RecordView& record, MutableBytes datagram,
                                     Deliver deliver) {
  if (sessions_.resident(slot)) {
    const auto found = resident_.find(slot);
    LINNET_CHECK(found != resident_.end());
    secure::ResidentSession* session = open_[found->second].handshake->resident();
    LINNET_TRY_ASSIGN(const OpenedRecord opened, session->open(record, datagram));
    take_content(now, slot, opened, deliver);
    return {};
  }
  LINNET_TRY_ASSIGN(const OpenedRecord opened, open_asleep(from, slot, record, datagram));
  take_content(now, slot, opened, deliver);
  return {};
}

Result<OpenedRecord> SecureTransport::Engine::open_asleep(const SocketAddress& from, Slot slot,
                                                          const RecordView& record,
                                                          MutableBytes datagram) {
  auto session = sessions_.wake(slot);
  const auto opened = session->open(record, datagram);
  if (!opened.ok()) {
    session->wipe();
    return opened;
  }
  sessions_.sleep(slot, *session);
  // [SEC-08] Only a record that is authentic, newer than all before, and of a session with an id
  // (RFC 9146 §6).
  if (opened->newest && sessions_.has_id(slot) && sessions_.address(slot) != from) {
    move(slot, from);
  }
  // After a restart nothing may be sent before it was stored again: an answer is due now.
  if (sessions_.left(slot) == 0) mark_changed(slot);
  return opened;
}

void SecureTransport::Engine::move(Slot slot, const SocketAddress& from) {
  sessions_.move(slot, from);
  ++counters_.moved;
  mark_changed(slot);
  push(event_of(slot, SecureEvent::Kind::Moved));
}

void SecureTransport::Engine::take_content(Instant now, Slot slot, const OpenedRecord& opened,
                                           Deliver deliver) {
  ++counters_.records_in;
  sessions_.set_used(slot, now);
  switch (opened.type) {
    case ContentType::ApplicationData: {
      // The peer has our last flight: it uses the keys.
      if (sessions_.marked(slot, SessionTable::kFinishing)) {
        flights_.erase(slot);
        sessions_.set_mark(slot, SessionTable::kFinishing, false);
      }
      if (!opened.plaintext.empty()) deliver(sessions_.name(slot), opened.plaintext);
      break;
    }
    case ContentType::Alert: take_alert(slot, opened.plaintext); break;
    case ContentType::Handshake: {
      // The peer's last flight again: it has not seen ours (RFC 6347 §4.2.4). Whatever else it may
      // want, such as a renegotiation, does not exist here.
      const bool finished = !opened.plaintext.empty() && opened.plaintext[0] == kFinished;
      if (finished) ask_for_flight(now, slot);
      break;
    }
    default: break;
  }
}

void SecureTransport::Engine::take_alert(Slot slot, ByteView content) {
  if (content.size() != 2) return;
  const auto alert = static_cast<secure::Alert>(content[1]);
  if (alert == secure::Alert::CloseNotify) {
    say(slot, secure::AlertLevel::Warning, alert);
    remove(slot, SecureEvent::End::Closed, alert);
  } else if (content[0] == static_cast<std::uint8_t>(secure::AlertLevel::Fatal)) {
    remove(slot, SecureEvent::End::Alert, alert);
  }
}

/// Whatever it was, it is dropped, and its sender learns nothing. [SEC-44]
void SecureTransport::Engine::count(Error error) {
  switch (error) {
    case Error::Ok: break;
    case Error::Exists: ++counters_.replayed; break;
    case Error::Unauthorized: ++counters_.unauthentic; break;
    default: ++counters_.unknown; break;
  }
}

/// Takes record numbers from those reserved, and asks for more in time.
bool SecureTransport::Engine::use_numbers(Slot slot, std::uint16_t count) {
  const std::uint16_t left = sessions_.left(slot);
  if (left == SessionTable::kUnlimited) return true;
  if (left < count) {
    mark_changed(slot);
    return false;
  }
  const auto rest = static_cast<std::uint16_t>(left - count);
  sessions_.set_left(slot, rest);
  if (rest < config_.reserve / 2) mark_changed(slot);
  return true;
}

Result<Transmit> SecureTransport::Engine::seal(const SocketAddress& name, std::size_t size,
                                               MutableBytes out) {
  const Slot slot = sessions_.find(name);
  if (slot == kNone) return Error::NotFound;
  if (out.size() < kHeadroom + size) return Error::NoSpace;
  const ByteView plain = out.subspan(kHeadroom, size);
  const SocketAddress to = sessions_.address(slot);
  if (sessions_.resident(slot)) {
    secure::ResidentSession* session = open_[resident_.at(slot)].handshake->resident();
    std::array<std::uint8_t, kDatagramBytes> copy;
    if (size > copy.size()) return Error::NoSpace;
    std::copy(plain.begin(), plain.end(), copy.begin());
    LINNET_TRY_ASSIGN(const std::size_t sealed,
                      session->seal(ContentType::ApplicationData, ByteView(copy).first(size), out));
    ++counters_.records_out;
    return Transmit{to, sealed};
  }
  if (!use_numbers(slot, 1)) return Error::Busy;
  auto session = sessions_.wake(slot);
  const auto sealed = session->seal(ContentType::ApplicationData, plain, out);
  sessions_.sleep(slot, *session);
  if (!sealed.ok()) {
    if (sealed.error() == Error::Range) remove(slot, SecureEvent::End::Exhausted);
    return sealed.error();
  }
  ++counters_.records_out;
  return Transmit{to, *sealed};
}

void SecureTransport::Engine::ask_for_flight(Instant now, Slot slot) {
  FlightTable::Flight* flight = flights_.find(slot);
  if (flight == nullptr || sessions_.resident(slot) || repeats_.size() >= kWaiting) return;
  if (flight->repeating || now - flight->asked_at < kRepeatPause) return;
  flight->repeating = true;
  flight->asked_at = now;
  flight->sent = 0;
  repeats_.push(slot);
}

/// The next datagram of the flight in front, which goes when that was the last one.
std::optional<Transmit> SecureTransport::Engine::repeat(MutableBytes out) {
  const Slot slot = repeats_.front();
  FlightTable::Flight* flight = flights_.find(slot);
  // Another session's by now, or nobody's.
  if (flight == nullptr || !flight->repeating) {
    (void)repeats_.pop();
    return std::nullopt;
  }
  secure::FlightReader rest(flight->bytes().subspan(flight->sent));
  secure::FlightReader pieces = rest;
  std::uint16_t sealed = 0;
  while (const auto piece = pieces.next()) sealed += piece->epoch != 0;
  std::size_t size = 0;
  if (flight->sent != 0 || use_numbers(slot, sealed)) {
    auto session = sessions_.wake(slot);
    const MutableBytes datagram = out.first(std::min<std::size_t>(out.size(), config_.mtu));
    size = secure::repeat_flight(rest, *session, flight->plain_sequence, datagram).value_or(0);
    sessions_.sleep(slot, *session);
  }
  flight->sent = static_cast<std::uint32_t>(flight->bytes().size() - rest.rest().size());
  if (size == 0 || rest.empty()) {
    flight->repeating = false;
    (void)repeats_.pop();
  }
  if (size == 0) return std::nullopt;
  return Transmit{sessions_.address(slot), size};
}

}  // namespace linnet::server
