// SPDX-License-Identifier: Apache-2.0
#include "server/registry.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <linnet/base/check.hpp>

namespace linnet::server {
namespace {

// A tag is a generation, so that ids of one slot differ, and a random part, so that they cannot be
// guessed.
constexpr unsigned kGenerationBits = 12;
constexpr unsigned kRandomBits = 20;
static_assert(kGenerationBits + kRandomBits == 32);

std::uint64_t draw64(Rng& rng) {
  const std::uint64_t high = rng.next();
  return high << 32 | rng.next();
}

/// A bijection of 64 bits whose inverse is `unscramble`: neighbours in the registry get ids that
/// look unrelated. What keeps others from guessing an id are its random bits.
constexpr std::uint64_t kOdd = 0xD1342543DE82EF95ull;
constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t x = odd;  // correct to 3 bits; each step doubles that
  for (int i = 0; i < 5; ++i) x *= 2 - odd * x;
  return x;
}
static_assert(kOdd * inverse_of(kOdd) == 1);

constexpr std::uint64_t scramble(std::uint64_t x, std::uint64_t mask) {
  x = (x ^ mask) * kOdd;
  x ^= x >> 32;
  return x * kOdd;
}
constexpr std::uint64_t unscramble(std::uint64_t x, std::uint64_t mask) {
  x *= inverse_of(kOdd);
  x ^= x >> 32;
  return (x * inverse_of(kOdd)) ^ mask;
}
static_assert(unscramble(scramble(12345, 678), 678) == 12345);

}  // namespace

Registry::Registry(std::uint32_t max_registrations, Duration grace, Rng& rng, std::uint64_t id_key)
    : max_registrations_(std::min(max_registrations, kMaxSlots)),
      grace_(grace),
      rng_(rng),
      seed_(draw64(rng)),
      id_mask_(id_key != 0 ? id_key : draw64(rng) | 1),
      arena_(max_registrations_ * std::uint64_t{512} + (1u << 20)),
      lists_(arena_, seed_) {}

Registry::Names Registry::names(ByteArena::Handle handle) const {
  const std::uint8_t* at = arena_.at(handle);
  const std::size_t endpoint = at[0];
  const std::size_t sms = at[1];
  const auto profile_ids = static_cast<std::size_t>(at[2] << 8 | at[3]);
  at += 4;
  return {as_text({at, endpoint}), as_text({at + endpoint, sms}),
          as_text({at + endpoint + sms, profile_ids})};
}

std::optional<ByteArena::Handle> Registry::store(const Names& names) {
  LINNET_CHECK(!names.endpoint.empty() && names.endpoint.size() <= 255);
  if (names.sms.size() > 255 || names.size() > ByteArena::kMaxPiece) return std::nullopt;
  const auto handle = arena_.allocate(names.size());
  if (!handle) return std::nullopt;
  std::uint8_t* at = arena_.at(*handle);
  *at++ = static_cast<std::uint8_t>(names.endpoint.size());
  *at++ = static_cast<std::uint8_t>(names.sms.size());
  *at++ = static_cast<std::uint8_t>(names.profile_ids.size() >> 8);
  *at++ = static_cast<std::uint8_t>(names.profile_ids.size());
  at = std::copy(names.endpoint.begin(), names.endpoint.end(), at);
  at = std::copy(names.sms.begin(), names.sms.end(), at);
  std::copy(names.profile_ids.begin(), names.profile_ids.end(), at);
  return handle;
}

RegistrationId Registry::id(Slot slot) const {
  return {scramble(std::uint64_t{slot} << 32 | hot_[slot].tag, id_mask_)};
}

Slot Registry::find(RegistrationId wanted) const {
  const std::uint64_t raw = unscramble(wanted.value, id_mask_);
  const auto slot = static_cast<Slot>(raw >> 32);
  return live(slot) && hot_[slot].tag == static_cast<std::uint32_t>(raw) ? slot : kNone;
}

Slot Registry::find(std::string_view endpoint) const {
  return by_endpoint_.find(hash_of(endpoint),
                           [&](Slot slot) { return this->endpoint(slot) == endpoint; });
}

Slot Registry::find(const SocketAddress& address) const {
  return by_address_.find(hash_of(address),
                          [&](Slot slot) { return hot_[slot].address == address; });
}

Slot Registry::next_live(Slot slot) const {
  while (slot < hot_.size() && !live(slot)) ++slot;
  return live(slot) ? slot : kNone;
}

std::string_view Registry::endpoint(Slot slot) const {
  return names(records_[slot].names).endpoint;
}

Instant Registry::expires(Slot slot) const {
  const Record& record = records_[slot];
  // [REG-44]
  if (record.lifetime == 0) return Instant::never();
  return updated(slot) + seconds(record.lifetime) + grace_;
}

RegistrationView Registry::view(Slot slot) const {
  const Record& record = records_[slot];
  const Names texts = names(record.names);
  const ObjectListView objects = lists_.view(record.objects);
  RegistrationView view;
  view.id = id(slot);
  view.slot = slot;
  view.endpoint = texts.endpoint;
  view.address = hot_[slot].address;
  view.version = record.version;
  view.lifetime = record.lifetime;
  view.binding = record.binding;
  view.queue_mode = queue_mode(slot);
  view.sms = texts.sms;
  view.profile_ids = texts.profile_ids;
  view.root_path = objects.root_path;
  view.formats = objects.formats;
  view.links = objects.links;
  view.registered = Instant{record.registered_ms};
  view.updated = updated(slot);
  view.expires = expires(slot);
  view.heard = heard(slot);
  view.awake = awake(slot);
  return view;
}

void Registry::new_id(Slot slot) {
  do {
    const std::uint32_t generation = ++records_[slot].generation;
    // Never 0: that is a free slot.
    hot_[slot].tag = generation << kRandomBits | (1 + rng_.below((1u << kRandomBits) - 1));
  } while (!id(slot).valid());
}

void Registry::set_flags(Slot slot, bool queue_mode, bool quiet) {
  std::int64_t& word = hot_[slot].updated_and_flags;
  const auto count = [&](std::uint32_t one) {
    if ((word & kQueueMode) != 0) queue_devices_ += one;
    if ((word & kFlags) == kFlags) asleep_ += one;
  };
  count(~std::uint32_t{0});
  word = (word & ~kFlags) | (queue_mode ? kQueueMode : 0) | (quiet ? kQuiet : 0);
  count(1);
}

void Registry::collect_free() {
  free_ = kNone;
  for (Slot slot = hot_.size(); slot-- != 0;) {
    if (live(slot)) continue;
    records_[slot].same_next = free_;
    free_ = slot;
  }
  free_unknown_ = false;
}

Slot Registry::claim() {
  if (free_unknown_) collect_free();
  if (free_ != kNone) {
    const Slot slot = free_;
    free_ = records_[slot].same_next;
    return slot;
  }
  hot_.grow();
  return records_.grow();
}

// Goes on with time, from a start that is the same after a restart: so an id that was used within
// EXCHANGE_LIFETIME (247 s) does not come again, unless a peer gets 250 messages a second
// (RFC 7252 §4.4). Who remembers one would answer with what it said then.
std::uint16_t Registry::first_message_id(Instant now, const SocketAddress& address) const {
  constexpr std::int64_t kMsPerId = 4;  // all ids last 262 s
  return static_cast<std::uint16_t>(static_cast<std::uint64_t>(now.ms / kMsPerId) +
                                    hash(address, id_mask_));
}

// Devices behind one address form a chain, the last to register first; the index knows its head.
// Message ids are counted at the head, because they must differ for one address.
void Registry::link_address(Instant now, Slot slot) {
  Record& record = records_[slot];
  const SocketAddress& address = hot_[slot].address;
  const std::uint64_t hash = hash_of(address);
  const Slot head = find(address);
  record.same_previous = kNone;
  record.same_next = head;
  if (head == kNone) {
    record.message_id = first_message_id(now, address);
    by_address_.insert(hash, slot);
  } else {
    record.message_id = records_[head].message_id;
    records_[head].same_previous = slot;
    by_address_.replace(hash, head, slot);
  }
}

void Registry::unlink_address(Slot slot) {
  const Record& record = records_[slot];
  const std::uint64_t hash = hash_of(hot_[slot].address);
  if (record.same_previous != kNone) {
    records_[record.same_previous].same_next = record.same_next;
  } else if (record.same_next != kNone) {
    records_[record.same_next].message_id = record.message_id;
    by_address_.replace(hash, slot, record.same_next);
  } else {
    by_address_.erase(hash, slot);
  }
  if (record.same_next != kNone) records_[record.same_next].same_previous = record.same_previous;
}

std::uint16_t Registry::next_message_id(Slot slot) {
  const Slot head = records_[slot].same_previous == kNone ? slot : find(hot_[slot].address);
  return records_[head].message_id++;
}

void Registry::skip_message_ids(Slot slot, std::uint16_t last) {
  const Slot head = records_[slot].same_previous == kNone ? slot : find(hot_[slot].address);
  records_[head].message_id = static_cast<std::uint16_t>(last + 1);
}

Result<Slot> Registry::add(Instant now, std::string_view endpoint, const SocketAddress& address,
                           lwm2m::Version version, const RegistrationChange& change) {
  LINNET_CHECK(change.lifetime && change.objects != nullptr);
  Slot slot = find(endpoint);
  if (slot == kNone && size_ >= max_registrations_) return Error::NoSpace;
  const auto objects = lists_.acquire(*change.objects);
  if (!objects) return Error::NoSpace;
  const auto texts = store({endpoint, change.sms.value_or(std::string_view{}),
                            change.profile_ids.value_or(std::string_view{})});
  if (!texts) {
    lists_.release(*objects);
    return Error::NoSpace;
  }
  // [REG-17]
  bool linked = false;
  if (slot != kNone) {
    const Record& old = records_[slot];
    arena_.release(old.names, names(old.names).size());
    lists_.release(old.objects);
    linked = hot_[slot].address == address;
    if (!linked) unlink_address(slot);
  } else {
    slot = claim();
    by_endpoint_.insert(hash_of(endpoint), slot);
    ++size_;
  }
  Record& record = records_[slot];
  hot_[slot].address = address;
  if (!linked) link_address(now, slot);
  new_id(slot);
  record.registered_ms = now.ms;
  refresh(now, slot);
  set_flags(slot, change.queue_mode.value_or(false), false);
  record.heard = 0;
  record.lifetime = *change.lifetime;
  record.names = *texts;
  record.objects = *objects;
  record.version = version;
  record.binding = change.binding.value_or(Binding{});
  return slot;
}

Result<Slot> Registry::restore(Instant now, const RegistrationView& registration) {
  const std::uint64_t raw = unscramble(registration.id.value, id_mask_);
  const auto slot = static_cast<Slot>(raw >> 32);
  const auto tag = static_cast<std::uint32_t>(raw);
  const std::size_t name = registration.endpoint.size();
  if (slot >= max_registrations_ || (tag & ((1u << kRandomBits) - 1)) == 0 || name == 0 ||
      name > 255) {
    return Error::Malformed;
  }
  ObjectList list{std::string(registration.root_path),
                  {registration.formats.begin(), registration.formats.end()},
                  {registration.links.begin(), registration.links.end()}};
  const auto not_before = [](const RegisteredLink& a, const RegisteredLink& b) {
    return std::pair(a.object, a.instance) >= std::pair(b.object, b.instance);
  };
  if (std::ranges::adjacent_find(list.links, not_before) != list.links.end()) {
    return Error::Malformed;
  }
  if (live(slot) || find(registration.endpoint) != kNone) return Error::Exists;
  const auto objects = lists_.acquire(list);
  if (!objects) return Error::NoSpace;
  const auto texts = store({registration.endpoint, registration.sms, registration.profile_ids});
  if (!texts) {
    lists_.release(*objects);
    return Error::NoSpace;
  }
  while (hot_.size() <= slot) {
    hot_.grow();
    records_.grow();
  }
  free_unknown_ = true;
  Record& record = records_[slot];
  Hot& hot = hot_[slot];
  hot.tag = tag;
  hot.address = registration.address;
  hot.updated_and_flags = 0;
  refresh(registration.updated, slot);
  set_flags(slot, registration.queue_mode, false);
  set_heard(registration.heard, slot);
  record.generation = static_cast<std::uint16_t>(tag >> kRandomBits);
  record.registered_ms = registration.registered.ms;
  record.lifetime = registration.lifetime;
  record.names = *texts;
  record.objects = *objects;
  record.version = registration.version;
  record.binding = registration.binding;
  by_endpoint_.insert(hash_of(registration.endpoint), slot);
  link_address(now, slot);
  ++size_;
  return slot;
}

Result<RegistrationDifference> Registry::update(Instant now, Slot slot,
                                                const SocketAddress& address,
                                                const RegistrationChange& change) {
  Record& record = records_[slot];
  RegistrationDifference difference;
  std::optional<ObjectLists::Handle> objects;
  if (change.objects != nullptr) {
    objects = lists_.acquire(*change.objects);
    if (!objects) return Error::NoSpace;
  }
  if (change.sms || change.profile_ids) {
    const Names old = names(record.names);
    const Names wanted{old.endpoint, change.sms.value_or(old.sms),
                       change.profile_ids.value_or(old.profile_ids)};
    if (wanted.sms != old.sms || wanted.profile_ids != old.profile_ids) {
      const auto texts = store(wanted);
      if (!texts) {
        if (objects) lists_.release(*objects);
        return Error::NoSpace;
      }
      arena_.release(record.names, old.size());
      record.names = *texts;
      difference.reachability = true;
    }
  }
  if (objects) {
    lists_.release(record.objects);
    difference.objects = *objects != record.objects;
    record.objects = *objects;
  }
  if (hot_[slot].address != address) {
    unlink_address(slot);
    hot_[slot].address = address;
    link_address(now, slot);
  }
  if (change.lifetime) {
    difference.lifetime = record.lifetime != *change.lifetime;
    record.lifetime = *change.lifetime;
  }
  if (change.binding) {
    difference.reachability |= record.binding != *change.binding;
    record.binding = *change.binding;
  }
  if (change.queue_mode) {
    difference.reachability |= queue_mode(slot) != *change.queue_mode;
    set_flags(slot, *change.queue_mode, quiet(slot));
  }
  refresh(now, slot);
  return difference;
}

void Registry::remove(Slot slot) {
  Record& record = records_[slot];
  LINNET_CHECK(live(slot));
  LINNET_CHECK(record.operations == kNone && record.observations == kNone);
  by_endpoint_.erase(hash_of(endpoint(slot)), slot);
  unlink_address(slot);
  arena_.release(record.names, names(record.names).size());
  lists_.release(record.objects);
  set_flags(slot, false, false);
  hot_[slot].tag = 0;
  record.same_next = free_;
  free_ = slot;
  --size_;
}

}  // namespace linnet::server
