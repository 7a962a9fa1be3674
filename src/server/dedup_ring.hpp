// SPDX-License-Identifier: Apache-2.0
#pragma once
// Messages received within the last EXCHANGE_LIFETIME and how they were answered, so that a copy
// gets the same answer and nothing is done twice (RFC 7252 §4.2, §4.5) [TR-08]. An answer is kept
// as a code and a number, 24 bytes a message: what else it says is made again from the copy.
// At its limit the oldest entry is forgotten.
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/code.hpp>
#include "server/hash_index.hpp"

namespace linnet::server {

/// Empty code: an empty ACK.
struct KeptAnswer {
  coap::Code code = coap::Code::Empty;
  std::uint64_t detail = 0;  ///< the registration id of a 2.01
};

class DedupRing {
 public:
  DedupRing(std::uint32_t max_entries, Duration lifetime, std::uint64_t seed);

  [[nodiscard]] std::optional<KeptAnswer> find(Instant now, const SocketAddress& from,
                                               std::uint16_t message_id) const;
  void add(Instant now, const SocketAddress& from, std::uint16_t message_id,
           const KeptAnswer& answer);
  /// As if the message had never come.
  void forget(const SocketAddress& from, std::uint16_t message_id);
  /// Message ids of this peer begin anew (RFC 7252 §9.1.1): what it sent before is no original of
  /// what it sends from now on. Kept until those messages would be forgotten anyway.
  void renew(const SocketAddress& peer);
  [[nodiscard]] std::uint32_t size() const { return index_.size(); }

 private:
  static constexpr std::uint32_t kChunk = 4096;

  struct Entry {
    std::uint64_t key = 0;
    std::uint64_t detail = 0;
    std::uint32_t received_s = 0;
    coap::Code code = coap::Code::Empty;
    bool forgotten = false;
  };
  static_assert(sizeof(Entry) == 24);

  /// 64 bits under a secret seed stand for address and message id: two messages agree by chance
  /// once in 2^64.
  [[nodiscard]] std::uint64_t key(const SocketAddress& from, std::uint16_t message_id) const;
  [[nodiscard]] std::uint32_t age_of(Instant now, const Entry& entry) const;
  [[nodiscard]] const Entry& at(std::uint32_t number) const {
    return chunks_[number / kChunk % chunks_.size()][number % kChunk];
  }
  Entry& at(std::uint32_t number) {
    return chunks_[number / kChunk % chunks_.size()][number % kChunk];
  }
  void drop_oldest();
  /// How many entries back from the newest a message of this peer may be a copy of.
  [[nodiscard]] std::uint32_t reach(const SocketAddress& from) const;

  std::vector<std::unique_ptr<Entry[]>> chunks_;  // a ring; null where nothing is kept
  std::vector<std::unique_ptr<Entry[]>> spare_;   // emptied, to be used again
  std::uint32_t first_ = 0;                       // entries are numbered, modulo 2^31
  std::uint32_t count_ = 0;
  std::uint32_t max_entries_;
  std::uint32_t lifetime_s_;
  std::uint64_t seed_;
  HashIndex index_;
  /// By hash of the peer: the number of the first entry that counts; and in the order they came.
  std::unordered_map<std::uint64_t, std::uint32_t> renewed_;
  std::deque<std::pair<std::uint32_t, std::uint64_t>> renewals_;
};

}  // namespace linnet::server
