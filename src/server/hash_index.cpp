// SPDX-License-Identifier: Apache-2.0
#include "server/hash_index.hpp"

#include <cstring>

#include <linnet/base/check.hpp>

namespace linnet::server {
namespace {

std::uint64_t mix(std::uint64_t h) {
  h = (h ^ (h >> 32)) * 0x9E3779B97F4A7C15ull;
  h = (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9ull;
  return h ^ (h >> 32);
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t h = mix(seed ^ bytes.size());
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    h = mix(h ^ word);
    bytes.remove_prefix(8);
  }
  std::uint64_t tail = 0;
  if (!bytes.empty()) std::memcpy(&tail, bytes.data(), bytes.size());
  return mix(mix(h ^ tail) + seed);
}

void HashIndex::place(Entry entry) {
  std::uint32_t i = entry.tag & mask();
  while (entries_[i].number != kNone) i = (i + 1) & mask();
  entries_[i] = entry;
}

void HashIndex::grow() {
  std::vector<Entry> old(entries_.empty() ? 16 : entries_.size() * 2);
  old.swap(entries_);
  for (const Entry& entry : old) {
    if (entry.number != kNone) place(entry);
  }
}

void HashIndex::insert(std::uint64_t hash, std::uint32_t number) {
  LINNET_CHECK(number != kNone);
  if ((size_ + 1) * std::uint64_t{4} > entries_.size() * std::uint64_t{3}) grow();
  place({tag_of(hash), number});
  ++size_;
}

std::uint32_t HashIndex::position(std::uint64_t hash, std::uint32_t number) const {
  LINNET_CHECK(size_ != 0);
  std::uint32_t i = tag_of(hash) & mask();
  while (entries_[i].number != number) {
    LINNET_CHECK(entries_[i].number != kNone);
    i = (i + 1) & mask();
  }
  return i;
}

void HashIndex::replace(std::uint64_t hash, std::uint32_t from, std::uint32_t to) {
  entries_[position(hash, from)].number = to;
}

void HashIndex::erase(std::uint64_t hash, std::uint32_t number) {
  std::uint32_t hole = position(hash, number);
  // Close the gap: move up each entry that does not then stand before its home.
  for (std::uint32_t i = (hole + 1) & mask(); entries_[i].number != kNone; i = (i + 1) & mask()) {
    const std::uint32_t home = entries_[i].tag & mask();
    if (((i - home) & mask()) >= ((i - hole) & mask())) {
      entries_[hole] = entries_[i];
      hole = i;
    }
  }
  entries_[hole].number = kNone;
  --size_;
}

}  // namespace linnet::server
