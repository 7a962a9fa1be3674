// SPDX-License-Identifier: Apache-2.0
#include "server/handshake_table.hpp"

#include <linnet/base/check.hpp>

namespace linnet::server {

std::uint32_t HandshakeTable::add(Instant now, const SocketAddress& from) {
  std::uint32_t number = free_;
  if (number == kNone) {
    number = entries_.grow();
  } else {
    free_ = entries_[number].newer;
  }
  OpenHandshake& entry = entries_[number];
  entry = {};
  entry.from = from;
  entry.began = now;
  entry.running = true;
  entry.older = newest_;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = number;
  newest_ = number;
  by_address_.insert(hash(from, seed_), number);
  return number;
}

void HandshakeTable::settle(std::uint32_t number) {
  OpenHandshake& entry = entries_[number];
  LINNET_CHECK(entry.running);
  entry.running = false;
  (entry.older == kNone ? oldest_ : entries_[entry.older].newer) = entry.newer;
  (entry.newer == kNone ? newest_ : entries_[entry.newer].older) = entry.older;
  by_address_.erase(hash(entry.from, seed_), number);
}

void HandshakeTable::remove(std::uint32_t number) {
  LINNET_CHECK(!entries_[number].running);
  entries_[number] = {};
  entries_[number].newer = free_;
  free_ = number;
}

std::uint32_t HandshakeTable::find(const SocketAddress& from) const {
  return by_address_.find(hash(from, seed_),
                          [&](std::uint32_t number) { return entries_[number].from == from; });
}

std::uint32_t HandshakeTable::next(std::uint32_t number) const {
  while (number < entries_.size() && entries_[number].handshake == nullptr) ++number;
  return number < entries_.size() ? number : kNone;
}

}  // namespace linnet::server
