// SPDX-License-Identifier: Apache-2.0
#pragma once
// Request bodies that arrive block by block (RFC 7959 §2.5): a few at a time, each of limited
// size, the one untouched longest is given up for a new one [REG-31].
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/block.hpp>
#include <linnet/coap/message.hpp>

namespace linnet::server {

class BlockInbox {
 public:
  BlockInbox(std::uint32_t max_transfers, std::uint32_t max_bytes, std::uint8_t szx,
             Duration lifetime, std::uint64_t seed);

  struct Taken {
    coap::BlockOutcome outcome = coap::BlockOutcome::Malformed;
    coap::BlockOption answer;  ///< Block1 of our answer
    ByteView body;             ///< when Complete; valid until the next call
  };
  /// Takes the block a request carries. Blocks belong together when sender, path, query and
  /// content format agree.
  Taken accept(Instant now, const SocketAddress& from, const coap::MessageView& request,
               const coap::BlockOption& block);
  /// Block1 of the answer to a copy of a block that was taken.
  [[nodiscard]] coap::BlockOption answer_again(const coap::BlockOption& block, bool more) const;
  [[nodiscard]] std::size_t size() const { return transfers_.size(); }

 private:
  struct Transfer {
    coap::BlockReceiver receiver;
    std::vector<std::uint8_t> body;
    Instant touched;
  };

  [[nodiscard]] std::uint64_t key(const SocketAddress& from,
                                  const coap::MessageView& request) const;
  void make_room(Instant now);

  std::uint32_t max_transfers_;
  std::uint32_t max_bytes_;
  std::uint8_t szx_;
  Duration lifetime_;
  std::uint64_t seed_;
  std::unordered_map<std::uint64_t, Transfer> transfers_;
  std::vector<std::uint8_t> complete_;
};

}  // namespace linnet::server
