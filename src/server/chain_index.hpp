// SPDX-License-Identifier: Apache-2.0
#pragma once
// A hash table from keys that live elsewhere to 32-bit numbers, each of which is in it at most
// once: 8 bytes an entry whatever their count. It grows bucket by bucket (linear hashing), so that
// no insertion among a million takes long; in return it asks for hashes again when it splits a
// bucket. The hash must depend on a secret when peers choose the keys.
#include <bit>
#include <cstdint>

#include "server/hash_index.hpp"
#include "server/slab.hpp"

namespace linnet::server {

class ChainIndex {
 public:
  /// The latest number under `hash` for which `same(number)` holds, or `kNone`.
  template <typename Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Same&& same) const {
    if (size_ == 0) return kNone;
    std::uint32_t number = heads_[bucket(hash)];
    while (number != kNone && !same(number)) number = next_[number];
    return number;
  }

  /// Where the latest number with such a hash stands, which may have another hash all the same, or
  /// `kNone`; null if the table is empty. For looking ahead; until the next insertion.
  [[nodiscard]] const std::uint32_t* head(std::uint64_t hash) const {
    return size_ == 0 ? nullptr : &heads_[bucket(hash)];
  }

  /// `hash_of(number)` gives the hash of any number that is in the table.
  template <typename HashOf>
  void insert(std::uint64_t hash, std::uint32_t number, HashOf&& hash_of) {
    if (size_ == heads_.size()) split(hash_of);
    while (next_.size() <= number) next_.grow();
    push(bucket(hash), number);
    ++size_;
  }

  /// REQUIRES: `number` was inserted with this hash.
  void erase(std::uint64_t hash, std::uint32_t number) {
    std::uint32_t* link = &heads_[bucket(hash)];
    while (*link != number) {
      LINNET_CHECK(*link != kNone);
      link = &next_[*link];
    }
    *link = next_[number];
    --size_;
  }

  [[nodiscard]] std::uint32_t size() const { return size_; }

 private:
  [[nodiscard]] std::uint32_t bucket(std::uint64_t hash) const {
    const std::uint32_t mask = std::bit_ceil(heads_.size()) - 1;
    const auto wanted = static_cast<std::uint32_t>(hash ^ (hash >> 32)) & mask;
    return wanted < heads_.size() ? wanted : wanted & (mask >> 1);
  }
  void push(std::uint32_t where, std::uint32_t number) {
    next_[number] = heads_[where];
    heads_[where] = number;
  }
  /// One bucket more: it gets its share of the one it is split off from.
  template <typename HashOf>
  void split(HashOf&& hash_of) {
    const std::uint32_t added = heads_.grow();
    heads_[added] = kNone;
    if (added == 0) return;
    const std::uint32_t from = added - std::bit_floor(added);
    std::uint32_t number = heads_[from];
    heads_[from] = kNone;
    while (number != kNone) {
      const std::uint32_t after = next_[number];
      push(bucket(hash_of(number)), number);
      number = after;
    }
  }

  Slab<std::uint32_t> heads_;
  Slab<std::uint32_t> next_;  // by number
  std::uint32_t size_ = 0;
};

}  // namespace linnet::server
