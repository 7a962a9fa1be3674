// SPDX-License-Identifier: Apache-2.0
#include "server/block_inbox.hpp"

#include <algorithm>

#include "server/hash_index.hpp"

namespace linnet::server {

using coap::BlockOutcome;
using coap::OptionNumber;

BlockInbox::BlockInbox(std::uint32_t max_transfers, std::uint32_t max_bytes, std::uint8_t szx,
                       Duration lifetime, std::uint64_t seed)
    : max_transfers_(std::max(max_transfers, 1u)),
      max_bytes_(max_bytes),
      szx_(szx),
      lifetime_(lifetime),
      seed_(seed) {}

std::uint64_t BlockInbox::key(const SocketAddress& from, const coap::MessageView& request) const {
  std::uint64_t key = hash(from, seed_);
  for (const coap::OptionView& option : request.options()) {
    const bool belongs = option.number == OptionNumber::UriPath ||
                         option.number == OptionNumber::UriQuery ||
                         option.number == OptionNumber::ContentFormat;
    if (belongs) key = hash_bytes(option.text(), key + coap::to_number(option.number));
  }
  return key;
}

void BlockInbox::make_room(Instant now) {
  auto oldest = transfers_.begin();
  for (auto i = transfers_.begin(); i != transfers_.end();) {
    if (i->second.touched + lifetime_ <= now) {
      i = transfers_.erase(i);
      oldest = transfers_.begin();
    } else {
      if (i->second.touched < oldest->second.touched) oldest = i;
      ++i;
    }
  }
  if (transfers_.size() >= max_transfers_) transfers_.erase(oldest);
}

BlockInbox::Taken BlockInbox::accept(Instant now, const SocketAddress& from,
                                     const coap::MessageView& request,
                                     const coap::BlockOption& block) {
  const std::uint64_t name = key(from, request);
  auto found = transfers_.find(name);
  if (found != transfers_.end() && found->second.touched + lifetime_ <= now) {
    transfers_.erase(found);
    found = transfers_.end();
  }
  if (found == transfers_.end()) {
    if (block.number != 0) {
      const coap::BlockReceiver none(max_bytes_, szx_);
      return {BlockOutcome::Incomplete, none.answer(block, BlockOutcome::Incomplete), {}};
    }
    if (transfers_.size() >= max_transfers_) make_room(now);
    found =
        transfers_.emplace(name, Transfer{coap::BlockReceiver(max_bytes_, szx_), {}, now}).first;
  }
  Transfer& transfer = found->second;
  transfer.touched = now;
  Taken taken;
  taken.outcome = transfer.receiver.accept(block, request.payload(),
                                           request.unsigned_option(OptionNumber::Size1),
                                           request.find(OptionNumber::RequestTag));
  taken.answer = transfer.receiver.answer(block, taken.outcome);
  if (taken.outcome == BlockOutcome::More || taken.outcome == BlockOutcome::Complete) {
    // Sizes are checked by the receiver: never more than its limit.
    transfer.body.resize(transfer.receiver.taken_offset());
    transfer.body.insert(transfer.body.end(), request.payload().begin(), request.payload().end());
  }
  if (taken.outcome == BlockOutcome::Complete) {
    complete_ = std::move(transfer.body);
    taken.body = complete_;
  }
  // After Incomplete the sender may repeat from the right block; all else ends the transfer.
  if (taken.outcome != BlockOutcome::More && taken.outcome != BlockOutcome::Incomplete) {
    transfers_.erase(found);
  }
  return taken;
}

coap::BlockOption BlockInbox::answer_again(const coap::BlockOption& block, bool more) const {
  const coap::BlockReceiver receiver(max_bytes_, szx_);
  return receiver.answer(block, more ? BlockOutcome::More : BlockOutcome::Complete);
}

}  // namespace linnet::server
