// SPDX-License-Identifier: Apache-2.0
#include "server/session_table.hpp"

#include <algorithm>
#include <limits>

#include <linnet/base/check.hpp>
#include <linnet/secure/wipe.hpp>

namespace linnet::server {
namespace {

using secure::ConnectionId;
using secure::Session;

constexpr unsigned kPlaceBits = 26;
constexpr unsigned kIdBits = 40;
constexpr std::uint64_t kIdMask = (std::uint64_t{1} << kIdBits) - 1;
static_assert(kIdBits == 8 * SessionTable::kIdBytes);
/// A packed session and an endpoint name are more than twice as small.
constexpr std::uint64_t kPieceLimit = 512;

std::uint64_t draw64(Rng& rng) {
  const std::uint64_t high = rng.next();
  return high << 32 | rng.next();
}

/// A bijection of 40 bits: neighbours get ids that look unrelated. Nothing depends on its being
/// hard to invert.
constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15ull;
constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t x = odd;  // correct to 3 bits; each step doubles that
  for (int i = 0; i < 5; ++i) x *= 2 - odd * x;
  return x;
}
constexpr std::uint64_t scramble(std::uint64_t x, std::uint64_t key) {
  x = ((x ^ key) * kOdd) & kIdMask;
  x ^= x >> (kIdBits / 2);
  return (x * kOdd) & kIdMask;
}
constexpr std::uint64_t unscramble(std::uint64_t x, std::uint64_t key) {
  x = (x * inverse_of(kOdd)) & kIdMask;
  x ^= x >> (kIdBits / 2);
  return ((x * inverse_of(kOdd)) ^ key) & kIdMask;
}
static_assert(unscramble(scramble(12345, 678), 678) == 12345);

}  // namespace

SessionTable::SessionTable(std::uint32_t max_sessions, std::uint32_t max_handshakes, Rng& rng,
                           std::uint64_t id_key)
    : max_sessions_(std::min(max_sessions, kMaxSessions)),
      max_places_(max_sessions_ + std::min(max_handshakes, kMaxSessions)),
      rng_(rng),
      seed_(draw64(rng)),
      id_key_(id_key != 0 ? id_key : draw64(rng) | 1),
      arena_((max_sessions_ + std::uint64_t{2048}) * kPieceLimit) {}

SessionTable::~SessionTable() {
  for (Slot slot = next_live(0); slot != kNone; slot = next_live(slot + 1)) {
    drop_piece(records_[slot]);
  }
}

// --- Connection ids ---

std::optional<ConnectionId> SessionTable::reserve(std::uint32_t handshake) {
  if (free_unknown_) collect_free();
  std::uint32_t place = 0;
  if (!free_places_.empty()) {
    place = free_places_.back();
    free_places_.pop_back();
  } else {
    if (places_.size() >= max_places_) return std::nullopt;
    place = places_.grow();
  }
  places_[place] = handshake | kHandshake;
  const std::uint64_t raw = std::uint64_t{rng_.next()} << kPlaceBits | place;
  ConnectionId id;
  id.used = true;
  Writer out(MutableBytes(id.bytes).first(kIdBytes));
  out.unsigned_be(scramble(raw & kIdMask, id_key_ & kIdMask), kIdBytes);
  id.size = kIdBytes;
  return id;
}

std::optional<std::uint32_t> SessionTable::place_of(ByteView connection_id) const {
  if (connection_id.size() != kIdBytes) return std::nullopt;
  Reader in(connection_id);
  const std::uint64_t raw = unscramble(in.unsigned_be(kIdBytes), id_key_ & kIdMask);
  return static_cast<std::uint32_t>(raw & ((1u << kPlaceBits) - 1));
}

void SessionTable::release(const ConnectionId& id) {
  if (!id.used) return;
  const auto place = place_of(id.view());
  LINNET_CHECK(place && *place < places_.size() && places_[*place] != kNone);
  places_[*place] = kNone;
  free_places_.push_back(*place);
}

SessionTable::Place SessionTable::find(ByteView connection_id) const {
  const auto place = place_of(connection_id);
  if (!place || *place >= places_.size()) return {};
  const std::uint32_t who = places_[*place];
  if (who == kNone) return {};
  if ((who & kHandshake) != 0) return {kNone, who & ~kHandshake};
  return {who, kNone};
}

// --- Places in memory ---

SessionTable::Slot SessionTable::claim() {
  if (size_ >= max_sessions_) return kNone;
  if (free_unknown_) collect_free();
  if (free_slots_.empty()) return records_.grow();
  const Slot slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void SessionTable::collect_free() {
  free_unknown_ = false;
  free_slots_.clear();
  free_places_.clear();
  for (std::uint32_t i = records_.size(); i-- > 0;) {
    if (!live(i)) free_slots_.push_back(i);
  }
  for (std::uint32_t i = places_.size(); i-- > 0;) {
    if (places_[i] == kNone) free_places_.push_back(i);
  }
}

Result<ByteArena::Handle> SessionTable::write_piece(const Owner& owner, Session* session,
                                                    std::uint8_t& packed) {
  if (owner.endpoint.size() > 255) return Error::Range;
  std::size_t size = 0;
  if (session != nullptr) {
    Writer counting;
    session->pack(counting, 0);
    size = counting.size();
    if (size > 255) return Error::Range;
  }
  packed = static_cast<std::uint8_t>(size);
  const std::size_t all = size + owner.endpoint.size();
  const auto piece = arena_.allocate(std::max<std::size_t>(all, 1));
  if (!piece) return Error::NoSpace;
  if (all == 0) return *piece;
  Writer out(MutableBytes(arena_.at(*piece), all));
  if (session != nullptr) session->pack(out, 0);
  out.text(owner.endpoint);
  LINNET_CHECK(out.ok() && out.size() == all);
  return *piece;
}

void SessionTable::drop_piece(const Record& record) {
  const std::size_t size = std::max(record.packed + record.endpoint, 1);
  secure::wipe(MutableBytes(arena_.at(record.piece), size));
  arena_.release(record.piece, size);
}

void SessionTable::fill(Instant now, Slot slot, const SocketAddress& address, const Owner& owner,
                        ByteArena::Handle piece, std::uint8_t packed, const ConnectionId* id) {
  Record& record = records_[slot];
  record.ip = address.ip;
  record.port = address.port;
  record.left = kUnlimited;
  record.used_s = seconds_of(now);
  record.piece = piece;
  record.credential_high = static_cast<std::uint32_t>(owner.credential >> 32);
  record.credential_low = static_cast<std::uint32_t>(owner.credential);
  record.packed = packed;
  record.endpoint = static_cast<std::uint8_t>(owner.endpoint.size());
  record.flags &= kChanged;  // it is in the list of its owner
  record.proof = owner.proof;
  if (packed == 0) record.flags |= kResident;
  if (id != nullptr && id->used) {
    record.flags |= kHasId;
    places_[*place_of(id->view())] = slot;
  }
  link(slot);
}

void SessionTable::link(Slot slot) {
  by_device_.insert(hash_device(slot), slot, [this](Slot other) { return hash_device(other); });
  if (has_id(slot)) return;
  by_address_.insert(hash(address(slot), seed_), slot,
                     [this](Slot other) { return hash(address(other), seed_); });
}

void SessionTable::unlink(Slot slot) {
  by_device_.erase(hash_device(slot), slot);
  if (!has_id(slot)) by_address_.erase(hash(address(slot), seed_), slot);
}

// --- Coming and going ---

Result<SessionTable::Slot> SessionTable::put(Instant now, const SocketAddress& address,
                                             const Owner& owner, Session* session) {
  std::uint8_t packed = 0;
  if (size_ >= max_sessions_) return Error::NoSpace;
  LINNET_TRY_ASSIGN(const ByteArena::Handle piece, write_piece(owner, session, packed));
  const Slot slot = claim();
  LINNET_CHECK(slot != kNone);
  Record& record = records_[slot];
  record.flags = 0;
  do {
    record.tag = rng_.next();
  } while (record.tag == 0);
  ++size_;
  fill(now, slot, address, owner, piece, packed, session == nullptr ? nullptr : &session->own_id());
  return slot;
}

Status SessionTable::put_over(Instant now, Slot slot, const SocketAddress& address,
                              const Owner& owner, Session* session) {
  std::uint8_t packed = 0;
  LINNET_TRY_ASSIGN(const ByteArena::Handle piece, write_piece(owner, session, packed));
  unlink(slot);
  if (has_id(slot)) {
    auto old = wake(slot);
    release(old->own_id());
    old->wipe();
  }
  drop_piece(records_[slot]);
  fill(now, slot, address, owner, piece, packed, session == nullptr ? nullptr : &session->own_id());
  return {};
}

Result<SessionTable::Slot> SessionTable::add(Instant now, const SocketAddress& address,
                                             const Owner& owner, Session& session) {
  return put(now, address, owner, &session);
}
Status SessionTable::replace(Instant now, Slot slot, const SocketAddress& address,
                             const Owner& owner, Session& session) {
  return put_over(now, slot, address, owner, &session);
}
Result<SessionTable::Slot> SessionTable::add_resident(Instant now, const SocketAddress& address,
                                                      const Owner& owner) {
  return put(now, address, owner, nullptr);
}
Status SessionTable::replace_resident(Instant now, Slot slot, const SocketAddress& address,
                                      const Owner& owner) {
  return put_over(now, slot, address, owner, nullptr);
}

Result<SessionTable::Slot> SessionTable::restore(Instant now, const SocketAddress& name,
                                                 const SocketAddress& address, const Owner& owner,
                                                 Session& session) {
  const auto slot = static_cast<Slot>(name.session_id());
  const auto tag = static_cast<std::uint32_t>(name.session_id() >> 32);
  if (!name.is_session() || tag == 0 || slot >= kMaxSessions) return Error::Malformed;
  if (address.is_session()) return Error::Malformed;
  if (live(slot)) return Error::Exists;
  if (slot >= max_sessions_) return Error::NoSpace;
  const ConnectionId& id = session.own_id();
  // One of them is stale, and would keep the other from being found.
  if (!owner.endpoint.empty() && find_device(owner.credential, owner.endpoint) != kNone) {
    return Error::Exists;
  }
  if (!id.used && find_address(address) != kNone) return Error::Exists;
  if (id.used) {
    const auto place = place_of(id.view());
    if (!place || *place >= kMaxSessions) return Error::Malformed;
    if (*place >= max_places_) return Error::NoSpace;
    if (*place < places_.size() && places_[*place] != kNone) return Error::Exists;
    while (places_.size() <= *place) places_[places_.grow()] = kNone;
  }
  std::uint8_t packed = 0;
  LINNET_TRY_ASSIGN(const ByteArena::Handle piece, write_piece(owner, &session, packed));
  while (records_.size() <= slot) records_.grow();
  records_[slot].tag = tag;
  records_[slot].flags = 0;
  free_unknown_ = true;
  ++size_;
  fill(now, slot, address, owner, piece, packed, &id);
  return slot;
}

void SessionTable::remove(Slot slot) {
  LINNET_CHECK(live(slot));
  unlink(slot);
  if (has_id(slot)) {
    auto old = wake(slot);
    release(old->own_id());
    old->wipe();
  }
  drop_piece(records_[slot]);
  records_[slot] = {};
  free_slots_.push_back(slot);
  --size_;
}

// --- Looking ahead ---

namespace {

void fetch(const void* from, std::size_t size) {
  constexpr std::size_t kLine = 64;
  const auto* at = static_cast<const std::uint8_t*>(from);
  for (std::size_t i = 0; i < size; i += kLine) __builtin_prefetch(at + i);
  __builtin_prefetch(at + size - 1);
}

}  // namespace

SessionTable::Trail SessionTable::trail(ByteView connection_id) const {
  Trail trail;
  const auto place = place_of(connection_id);
  if (place && *place < places_.size()) trail.at = &places_[*place];
  __builtin_prefetch(trail.at);
  return trail;
}

SessionTable::Trail SessionTable::trail(const SocketAddress& address) const {
  Trail trail;
  trail.at = by_address_.head(hash(address, seed_));
  __builtin_prefetch(trail.at);
  return trail;
}

void SessionTable::fetch_record(Trail& trail) const {
  if (trail.at == nullptr || (*trail.at & kHandshake) != 0) return;  // or `kNone`
  trail.slot = *trail.at;
  fetch(&records_[trail.slot], sizeof(Record));
}

void SessionTable::fetch_piece(const Trail& trail) const {
  if (trail.slot == kNone || !live(trail.slot)) return;
  const Record& record = records_[trail.slot];
  if (record.packed != 0) fetch(arena_.at(record.piece), record.packed);
}

// --- Looking ---

SocketAddress SessionTable::name(Slot slot) const {
  return SocketAddress::session(std::uint64_t{records_[slot].tag} << 32 | slot);
}

SessionTable::Slot SessionTable::find(const SocketAddress& name) const {
  if (!name.is_session()) return kNone;
  const auto slot = static_cast<Slot>(name.session_id());
  const auto tag = static_cast<std::uint32_t>(name.session_id() >> 32);
  return live(slot) && records_[slot].tag == tag ? slot : kNone;
}

SessionTable::Slot SessionTable::find_address(const SocketAddress& wanted) const {
  return by_address_.find(hash(wanted, seed_), [&](Slot slot) { return address(slot) == wanted; });
}

SessionTable::Slot SessionTable::find_device(std::uint64_t wanted,
                                             std::string_view endpoint) const {
  return by_device_.find(hash_device(wanted, endpoint), [&](Slot slot) {
    return credential(slot) == wanted && owner(slot).endpoint == endpoint;
  });
}

SessionTable::Slot SessionTable::next_live(Slot slot) const {
  while (slot < records_.size() && !live(slot)) ++slot;
  return slot < records_.size() ? slot : kNone;
}

SocketAddress SessionTable::address(Slot slot) const {
  return {records_[slot].ip, records_[slot].port};
}

void SessionTable::move(Slot slot, const SocketAddress& address) {
  LINNET_CHECK(has_id(slot));  // the others are found by it
  records_[slot].ip = address.ip;
  records_[slot].port = address.port;
}

SessionTable::Owner SessionTable::owner(Slot slot) const {
  const Record& record = records_[slot];
  const std::uint8_t* at = arena_.at(record.piece) + record.packed;
  return {as_text({at, record.endpoint}), credential(slot), record.proof};
}

void SessionTable::set_mark(Slot slot, Mark mark, bool on) {
  std::uint8_t& flags = records_[slot].flags;
  flags = static_cast<std::uint8_t>(on ? flags | mark : flags & ~mark);
}

Result<Session> SessionTable::wake(Slot slot) const {
  LINNET_CHECK(!resident(slot));
  Reader in(packed(slot));
  auto session = Session::unpack(in);
  LINNET_CHECK(session.ok());
  session->reserved(std::numeric_limits<std::uint64_t>::max());  // `left` says what is
  return session;  // the one object: no copy of the keys
}

void SessionTable::sleep(Slot slot, Session& session) {
  const Record& record = records_[slot];
  Writer out(MutableBytes(arena_.at(record.piece), record.packed));
  session.pack(out, 0);
  LINNET_CHECK(out.ok() && out.size() == record.packed);
  session.wipe();
}

}  // namespace linnet::server
