// SPDX-License-Identifier: Apache-2.0
#pragma once
// The registered devices of a shard, packed: 80 bytes each in two records, names in an arena,
// object lists shared, look-up by registration id, endpoint and address (Core 1.2 §6.2). What an
// Update reads and writes is 32 bytes in half a cache line, so that it is fast among millions.
// Data only: what a request means is `registration_interface`. A slot is the number of a record;
// it stays with the endpoint when that registers again, while the registration id changes.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include <linnet/base/address.hpp>
#include <linnet/base/random.hpp>
#include <linnet/base/time.hpp>
#include <linnet/server/registration.hpp>
#include "server/byte_arena.hpp"
#include "server/hash_index.hpp"
#include "server/object_lists.hpp"
#include "server/slab.hpp"

namespace linnet::server {

using Slot = std::uint32_t;

/// What may be set on a registration; absent fields stay as they are. Views live until the call
/// returns.
struct RegistrationChange {
  std::optional<std::uint32_t> lifetime;
  std::optional<Binding> binding;
  std::optional<bool> queue_mode;
  std::optional<std::string_view> sms;
  std::optional<std::string_view> profile_ids;
  const ObjectList* objects = nullptr;
};

/// What an Update made different, as opposed to what it mentioned.
struct RegistrationDifference {
  bool lifetime = false;
  bool objects = false;
  bool reachability = false;  ///< binding, queue mode, SMS number or profile ids
};

class Registry {
 public:
  static constexpr std::uint32_t kMaxSlots = 1u << 28;

  /// `max_registrations` is cut to `kMaxSlots`. Texts and lists take no more memory than 512 bytes
  /// for each of them and 1 MB. `id_key` 0: drawn from `rng`.
  Registry(std::uint32_t max_registrations, Duration grace, Rng& rng, std::uint64_t id_key = 0);

  /// Registers `endpoint`, or registers it anew: the slot stays, the id changes, and what `change`
  /// leaves out takes its default. `NoSpace` at a limit; nothing changed then.
  /// REQUIRES: endpoint has 1 to 255 bytes; `change` has a lifetime and objects.
  Result<Slot> add(Instant now, std::string_view endpoint, const SocketAddress& address,
                   lwm2m::Version version, const RegistrationChange& change);
  /// The changes of an Update. `NoSpace` as above.
  Result<RegistrationDifference> update(Instant now, Slot slot, const SocketAddress& address,
                                        const RegistrationChange& change);
  /// An Update without changes: touches 32 bytes, allocates nothing.
  void refresh(Instant now, Slot slot) {
    Hot& hot = hot_[slot];
    hot.updated_and_flags = now.ms << kFlagBits | (hot.updated_and_flags & kFlags);
  }
  void remove(Slot slot);
  /// Puts a registration back under the id it had in a registry with the same `id_key`. `Malformed`
  /// if it cannot have been in one, `Exists` if its endpoint or its place is taken, `NoSpace` at a
  /// limit. O(1), but for the first `add` of a new endpoint after it.
  Result<Slot> restore(Instant now, const RegistrationView& registration);
  /// What ids are made with; it is not 0.
  [[nodiscard]] std::uint64_t id_key() const { return id_mask_; }

  /// The message id of the last Register or Update, and when it came.
  void set_last_message(Slot slot, std::uint16_t message_id) {
    hot_[slot].last_message_id = message_id;
  }
  [[nodiscard]] std::uint16_t last_message(Slot slot) const { return hot_[slot].last_message_id; }
  [[nodiscard]] Instant updated(Slot slot) const {
    return Instant{hot_[slot].updated_and_flags >> kFlagBits};
  }

  // What `Presence` decides.
  [[nodiscard]] bool queue_mode(Slot slot) const { return has(slot, kQueueMode); }
  /// Nothing is to be expected from it before it shows up by itself.
  [[nodiscard]] bool quiet(Slot slot) const { return has(slot, kQuiet); }
  void set_quiet(Slot slot, bool quiet) { set_flags(slot, queue_mode(slot), quiet); }
  /// Whether messages of this device matter to anybody but their receiver.
  [[nodiscard]] bool watched(Slot slot) const { return has(slot, kFlags); }
  [[nodiscard]] bool awake(Slot slot) const { return !queue_mode(slot) || !quiet(slot); }
  void set_heard(Instant now, Slot slot) {
    records_[slot].heard =
        static_cast<std::uint32_t>(std::max<std::int64_t>(now.ms, 0) >> kHeardUnit);
  }
  /// The last Register, Update or what `set_heard` told.
  [[nodiscard]] Instant heard(Slot slot) const {
    return std::max(updated(slot), Instant{std::int64_t{records_[slot].heard} << kHeardUnit});
  }
  /// Devices with queue mode, and those of them that are quiet.
  [[nodiscard]] std::uint32_t queue_devices() const { return queue_devices_; }
  [[nodiscard]] std::uint32_t asleep() const { return asleep_; }

  [[nodiscard]] Slot find(RegistrationId id) const;
  [[nodiscard]] Slot find(std::string_view endpoint) const;
  /// The registration that came last from this address; `next_at_address` has those before it.
  [[nodiscard]] Slot find(const SocketAddress& address) const;
  [[nodiscard]] Slot next_at_address(Slot slot) const { return records_[slot].same_next; }
  [[nodiscard]] bool live(Slot slot) const { return slot < hot_.size() && hot_[slot].tag != 0; }
  /// The first live slot from `slot` on, or `kNone`.
  [[nodiscard]] Slot next_live(Slot slot) const;

  [[nodiscard]] RegistrationView view(Slot slot) const;
  [[nodiscard]] RegistrationId id(Slot slot) const;
  [[nodiscard]] const SocketAddress& address(Slot slot) const { return hot_[slot].address; }
  [[nodiscard]] std::string_view endpoint(Slot slot) const;
  [[nodiscard]] lwm2m::Version version(Slot slot) const { return records_[slot].version; }
  /// When the registration ends, the grace included.
  [[nodiscard]] Instant expires(Slot slot) const;
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint32_t distinct_lists() const { return lists_.size(); }

  /// Head of the device's list of operations or of observations, for their tables to keep.
  std::uint32_t& operations(Slot slot) { return records_[slot].operations; }
  std::uint32_t& observations(Slot slot) { return records_[slot].observations; }
  [[nodiscard]] std::uint32_t operations(Slot slot) const { return records_[slot].operations; }
  [[nodiscard]] std::uint32_t observations(Slot slot) const { return records_[slot].observations; }
  /// A message id not used with this address for the last 65535 messages.
  [[nodiscard]] std::uint16_t next_message_id(Slot slot);
  /// Message ids up to this one were used with the device's address by an earlier registry.
  void skip_message_ids(Slot slot, std::uint16_t last);

 private:
  struct Hot {
    SocketAddress address;
    std::uint16_t last_message_id = 0;
    std::uint32_t tag = 0;  // with the slot the registration id; 0: free
    std::int64_t updated_and_flags = 0;
  };
  static_assert(sizeof(Hot) == 32);

  static constexpr unsigned kFlagBits = 2;
  static constexpr std::int64_t kQueueMode = 1;
  static constexpr std::int64_t kQuiet = 2;
  static constexpr std::int64_t kFlags = kQueueMode | kQuiet;
  static constexpr unsigned kHeardUnit = 6;  // 64 ms: 32 bits of them last 8 years

  struct Record {
    std::int64_t registered_ms = 0;
    std::uint32_t lifetime = 0;
    ByteArena::Handle names = 0;
    ObjectLists::Handle objects = 0;
    Slot same_previous = kNone;
    Slot same_next = kNone;  // and the chain of free records
    std::uint32_t operations = kNone;
    std::uint32_t observations = kNone;
    std::uint32_t heard = 0;
    std::uint16_t message_id = 0;
    std::uint16_t generation = 0;
    lwm2m::Version version;
    Binding binding;
  };
  static_assert(sizeof(Record) <= 48);

  /// The texts of a record: each with its length before it.
  struct Names {
    std::string_view endpoint;
    std::string_view sms;
    std::string_view profile_ids;
    [[nodiscard]] std::size_t size() const {
      return 4 + endpoint.size() + sms.size() + profile_ids.size();
    }
  };
  [[nodiscard]] Names names(ByteArena::Handle handle) const;
  [[nodiscard]] std::optional<ByteArena::Handle> store(const Names& names);
  [[nodiscard]] bool has(Slot slot, std::int64_t flag) const {
    return (hot_[slot].updated_and_flags & flag) != 0;
  }
  void set_flags(Slot slot, bool queue_mode, bool quiet);
  void new_id(Slot slot);
  void collect_free();
  [[nodiscard]] Slot claim();
  void link_address(Instant now, Slot slot);
  [[nodiscard]] std::uint16_t first_message_id(Instant now, const SocketAddress& address) const;
  void unlink_address(Slot slot);
  [[nodiscard]] std::uint64_t hash_of(std::string_view endpoint) const {
    return hash_bytes(endpoint, seed_);
  }
  [[nodiscard]] std::uint64_t hash_of(const SocketAddress& address) const {
    return hash(address, seed_);
  }

  std::uint32_t max_registrations_;
  Duration grace_;
  Rng& rng_;
  std::uint64_t seed_;
  std::uint64_t id_mask_;
  Slab<Hot> hot_;
  Slab<Record> records_;  // of the same slots
  Slot free_ = kNone;
  bool free_unknown_ = false;  // `restore` left gaps: to be collected
  std::uint32_t size_ = 0;
  std::uint32_t queue_devices_ = 0;
  std::uint32_t asleep_ = 0;
  ByteArena arena_;
  ObjectLists lists_;
  HashIndex by_endpoint_;
  HashIndex by_address_;
};

}  // namespace linnet::server
