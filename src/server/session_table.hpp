// SPDX-License-Identifier: Apache-2.0
#pragma once
// DTLS sessions asleep: keys, numbers and owner of each in a packed record and a piece of an arena,
// about 130 bytes and the endpoint's name. Found by name, by the connection id we gave, by the
// peer's address if it has no id, and by endpoint and credential. Data only: what a record means is
// `secure_records`.
//
// A connection id is 5 bytes: a place and some random bits under a secret bijection. `places_` says
// who is at a place: a session, or a handshake under way, so that a session may get a new id with
// its new keys and still keep its name. Slots and places are used again, names are not: half of a
// name is drawn at random.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/random.hpp>
#include <linnet/base/time.hpp>
#include <linnet/secure/handshake.hpp>
#include <linnet/secure/session.hpp>
#include "server/byte_arena.hpp"
#include "server/chain_index.hpp"
#include "server/slab.hpp"

namespace linnet::server {

class SessionTable {
 public:
  using Slot = std::uint32_t;
  static constexpr std::size_t kIdBytes = 5;
  static constexpr std::uint32_t kMaxSessions = 1u << 25;
  /// Instead of a count of reserved record numbers: no limit.
  static constexpr std::uint16_t kUnlimited = 0xFFFF;

  struct Owner {
    std::string_view endpoint;  ///< at most 255 bytes
    std::uint64_t credential = 0;
    secure::Proof proof = secure::Proof::None;
  };
  /// Where a connection id leads; both `kNone` if it is none of ours.
  struct Place {
    Slot slot = kNone;
    std::uint32_t handshake = kNone;
  };

  SessionTable(std::uint32_t max_sessions, std::uint32_t max_handshakes, Rng& rng,
               std::uint64_t id_key);
  ~SessionTable();
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // Connection ids.
  /// An id for a handshake under way, nothing at the limit.
  [[nodiscard]] std::optional<secure::ConnectionId> reserve(std::uint32_t handshake);
  /// Gives back an id that no session took.
  void release(const secure::ConnectionId& id);
  [[nodiscard]] Place find(ByteView connection_id) const;

  // Sessions.
  /// `NoSpace` when full. The session's own id must have been reserved, if it has one.
  Result<Slot> add(Instant now, const SocketAddress& address, const Owner& owner,
                   secure::Session& session);
  /// New keys, owner and address under the old name. `NoSpace`: nothing changed.
  Status replace(Instant now, Slot slot, const SocketAddress& address, const Owner& owner,
                 secure::Session& session);
  /// The same for a session that stays with the library: its key material is elsewhere.
  Result<Slot> add_resident(Instant now, const SocketAddress& address, const Owner& owner);
  Status replace_resident(Instant now, Slot slot, const SocketAddress& address, const Owner& owner);
  /// Puts a session back under its name. `Exists`, `Malformed`, `NoSpace`.
  Result<Slot> restore(Instant now, const SocketAddress& name, const SocketAddress& address,
                       const Owner& owner, secure::Session& session);
  void remove(Slot slot);

  // Looking ahead: each call brings what the next one reads into the cache. A session that is not
  // found is none the worse for it.
  struct Trail {
    const std::uint32_t* at = nullptr;  ///< where a slot may stand
    Slot slot = kNone;
  };
  [[nodiscard]] Trail trail(ByteView connection_id) const;
  [[nodiscard]] Trail trail(const SocketAddress& address) const;
  void fetch_record(Trail& trail) const;
  void fetch_piece(const Trail& trail) const;

  [[nodiscard]] Slot find(const SocketAddress& name) const;
  /// A session without connection id whose peer is there.
  [[nodiscard]] Slot find_address(const SocketAddress& address) const;
  /// The device that proved to be `endpoint` with this credential. One credential may stand for
  /// many endpoints.
  [[nodiscard]] Slot find_device(std::uint64_t credential, std::string_view endpoint) const;
  [[nodiscard]] std::uint64_t credential(Slot slot) const {
    const Record& record = records_[slot];
    return std::uint64_t{record.credential_high} << 32 | record.credential_low;
  }
  /// The first live slot from `slot` on, or `kNone`.
  [[nodiscard]] Slot next_live(Slot slot) const;
  [[nodiscard]] bool live(Slot slot) const { return slot < records_.size() && records_[slot].tag; }

  /// The session, to be put to sleep again or dropped and wiped; never an error. REQUIRES: not
  /// resident.
  [[nodiscard]] Result<secure::Session> wake(Slot slot) const;
  /// Writes back what `wake` gave; wipes it. REQUIRES: ids and suite as they were.
  void sleep(Slot slot, secure::Session& session);

  // REQUIRES: not resident.
  [[nodiscard]] secure::CipherSuite suite(Slot slot) const {
    return secure::Session::packed_suite(packed(slot));
  }
  /// Whether a record of that number cannot open any more.
  [[nodiscard]] bool seen(Slot slot, std::uint64_t sequence) const {
    return secure::Session::packed_seen(packed(slot), sequence);
  }

  [[nodiscard]] SocketAddress name(Slot slot) const;
  [[nodiscard]] SocketAddress address(Slot slot) const;
  void move(Slot slot, const SocketAddress& address);
  [[nodiscard]] Owner owner(Slot slot) const;
  [[nodiscard]] bool resident(Slot slot) const { return (records_[slot].flags & kResident) != 0; }
  [[nodiscard]] bool has_id(Slot slot) const { return (records_[slot].flags & kHasId) != 0; }
  /// A mark for the owner of the table: the last flight is kept, a change is not stored.
  enum Mark : std::uint8_t { kFinishing = 4, kChanged = 8 };
  [[nodiscard]] bool marked(Slot slot, Mark mark) const {
    return (records_[slot].flags & mark) != 0;
  }
  void set_mark(Slot slot, Mark mark, bool on);
  /// How many record numbers it may use.
  [[nodiscard]] std::uint16_t left(Slot slot) const { return records_[slot].left; }
  void set_left(Slot slot, std::uint16_t left) { records_[slot].left = left; }
  [[nodiscard]] Instant used(Slot slot) const { return seconds_at(records_[slot].used_s); }
  void set_used(Slot slot, Instant now) { records_[slot].used_s = seconds_of(now); }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint32_t capacity() const { return max_sessions_; }
  [[nodiscard]] std::uint32_t slots() const { return records_.size(); }
  [[nodiscard]] std::uint64_t id_key() const { return id_key_; }

 private:
  static constexpr std::uint8_t kHasId = 1;
  static constexpr std::uint8_t kResident = 2;
  static constexpr std::uint32_t kHandshake = 1u << 31;  // in `places_`

  struct Record {
    std::array<std::uint8_t, 16> ip{};
    std::uint16_t port = 0;
    std::uint16_t left = kUnlimited;
    std::uint32_t tag = 0;  // with the slot the name; 0: free
    std::uint32_t used_s = 0;
    ByteArena::Handle piece = 0;  // packed session, then endpoint
    std::uint32_t credential_high = 0;
    std::uint32_t credential_low = 0;
    std::uint8_t packed = 0;  // sizes of both
    std::uint8_t endpoint = 0;
    std::uint8_t flags = 0;
    secure::Proof proof = secure::Proof::None;
  };
  static_assert(sizeof(Record) == 44);

  static std::uint32_t seconds_of(Instant t) { return static_cast<std::uint32_t>(t.ms / 1000); }
  static Instant seconds_at(std::uint32_t s) { return Instant{std::int64_t{s} * 1000}; }
  [[nodiscard]] std::uint64_t hash_device(std::uint64_t credential,
                                          std::string_view endpoint) const {
    return hash_bytes(endpoint, seed_ ^ credential);
  }
  [[nodiscard]] std::uint64_t hash_device(Slot slot) const {
    const Owner of = owner(slot);
    return hash_device(of.credential, of.endpoint);
  }
  [[nodiscard]] ByteView packed(Slot slot) const {
    return {arena_.at(records_[slot].piece), records_[slot].packed};
  }
  [[nodiscard]] std::optional<std::uint32_t> place_of(ByteView connection_id) const;
  [[nodiscard]] Slot claim();
  void collect_free();
  Result<ByteArena::Handle> write_piece(const Owner& owner, secure::Session* session,
                                        std::uint8_t& packed);
  void drop_piece(const Record& record);
  void fill(Instant now, Slot slot, const SocketAddress& address, const Owner& owner,
            ByteArena::Handle piece, std::uint8_t packed, const secure::ConnectionId* id);
  void link(Slot slot);
  void unlink(Slot slot);
  Result<Slot> put(Instant now, const SocketAddress& address, const Owner& owner,
                   secure::Session* session);
  Status put_over(Instant now, Slot slot, const SocketAddress& address, const Owner& owner,
                  secure::Session* session);

  std::uint32_t max_sessions_;
  std::uint32_t max_places_;
  Rng& rng_;
  std::uint64_t seed_;
  std::uint64_t id_key_;
  Slab<Record> records_;
  Slab<std::uint32_t> places_;  // a slot, or a handshake; `kNone`: free
  std::vector<Slot> free_slots_;
  std::vector<std::uint32_t> free_places_;
  bool free_unknown_ = false;  // `restore` left gaps: to be collected
  std::uint32_t size_ = 0;
  ByteArena arena_;
  ChainIndex by_address_;
  ChainIndex by_device_;
};

}  // namespace linnet::server
