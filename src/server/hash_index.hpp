// SPDX-License-Identifier: Apache-2.0
#pragma once
// A hash table from keys that live elsewhere to 32-bit numbers: 8 bytes an entry at no more than
// three quarters load. It keeps 32 bits of each hash, so that growing reads no key and a look-up
// reads, as a rule, one. The hash must depend on a secret when peers choose the keys.
#include <cstdint>
#include <string_view>
#include <vector>

namespace linnet::server {

/// Nothing found, nothing there.
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// A hash of bytes under a secret seed.
[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed);

class HashIndex {
 public:
  /// The number stored under `hash` for which `same(number)` holds, or `kNone`.
  template <typename Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Same&& same) const {
    if (size_ == 0) return kNone;
    const std::uint32_t tag = tag_of(hash);
    for (std::uint32_t i = tag & mask();; i = (i + 1) & mask()) {
      const Entry& entry = entries_[i];
      if (entry.number == kNone) return kNone;
      if (entry.tag == tag && same(entry.number)) return entry.number;
    }
  }

  /// REQUIRES: number != kNone; the pair is not there yet.
  void insert(std::uint64_t hash, std::uint32_t number);
  /// Puts `to` where `from` stands. REQUIRES: `from` was inserted with this hash.
  void replace(std::uint64_t hash, std::uint32_t from, std::uint32_t to);
  /// REQUIRES: `number` was inserted with this hash.
  void erase(std::uint64_t hash, std::uint32_t number);

  [[nodiscard]] std::uint32_t size() const { return size_; }

 private:
  struct Entry {
    std::uint32_t tag = 0;
    std::uint32_t number = kNone;
  };

  static std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
  }
  [[nodiscard]] std::uint32_t mask() const {
    return static_cast<std::uint32_t>(entries_.size()) - 1;
  }
  [[nodiscard]] std::uint32_t position(std::uint64_t hash, std::uint32_t number) const;
  void place(Entry entry);
  void grow();

  std::vector<Entry> entries_;
  std::uint32_t size_ = 0;
};

}  // namespace linnet::server
