// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <linnet/base/check.hpp>
#include <linnet/coap/block.hpp>

namespace linnet::coap {

Result<BlockOption> BlockOption::parse(ByteView value) {
  if (value.size() > 3) return Error::Range;
  LINNET_TRY_ASSIGN(const std::uint32_t bits, decode_unsigned(value));
  const BlockOption block{bits >> 4, (bits & 8) != 0, static_cast<std::uint8_t>(bits & 7)};
  if (block.szx > kMaxSzx) return Error::Malformed;
  return block;
}

Result<std::optional<BlockOption>> BlockOption::find(const MessageView& message,
                                                     OptionNumber number) {
  const std::optional<ByteView> value = message.find(number);
  if (!value) return std::optional<BlockOption>{};
  const Result<BlockOption> block = parse(*value);
  if (!block.ok()) return Error::Malformed;
  return std::optional<BlockOption>{*block};
}

// [TR-03] RFC 7959 §2.4: the smaller of both sizes; the number is counted in the size used.
Result<BlockSlice> slice(std::size_t total, const BlockOption& wanted, std::uint8_t max_szx) {
  const std::size_t offset = wanted.offset();
  if (offset > total || (offset == total && offset != 0)) return Error::Range;
  BlockSlice part;
  part.block.szx = std::min(wanted.szx, max_szx);
  const std::size_t number = offset >> (part.block.szx + 4);
  if (number > BlockOption::kMaxNumber) return Error::Range;
  part.block.number = static_cast<std::uint32_t>(number);
  part.offset = offset;
  part.size = std::min(part.block.size(), total - offset);
  part.block.more = offset + part.size < total;
  return part;
}

Code response_code(BlockOutcome outcome) {
  switch (outcome) {
    case BlockOutcome::More: return Code::Continue;
    case BlockOutcome::Incomplete: return Code::RequestEntityIncomplete;
    case BlockOutcome::TooLarge: return Code::RequestEntityTooLarge;
    case BlockOutcome::Malformed: return Code::BadRequest;
    case BlockOutcome::Complete: break;
  }
  LINNET_CHECK(outcome != BlockOutcome::Complete);
  return Code::InternalServerError;
}

// [TR-03] [DM-36]
BlockOutcome BlockReceiver::accept(const BlockOption& block, ByteView payload,
                                   std::optional<std::uint32_t> total,
                                   std::optional<ByteView> tag) {
  // Only the last block may be short; none may be long (RFC 7959 §2.2).
  if (payload.size() > block.size() || (block.more && payload.size() != block.size())) {
    return BlockOutcome::Malformed;
  }
  FixedBytes<8> sent_tag;
  if (tag && !sent_tag.assign(*tag)) return BlockOutcome::Malformed;
  if (block.number == 0) {
    received_ = 0;
    szx_ = max_szx_;
    tag_ = sent_tag;
    tagged_ = tag.has_value();
  } else if (!open_ || block.offset() != received_ || tagged_ != tag.has_value() ||
             tag_ != sent_tag) {
    return BlockOutcome::Incomplete;
  }
  const std::size_t least = received_ + payload.size() + (block.more ? 1 : 0);
  if (least > limit_ || (total && *total > limit_)) {
    received_ = 0;
    open_ = false;
    return BlockOutcome::TooLarge;
  }
  taken_offset_ = received_;
  received_ += payload.size();
  szx_ = std::min(szx_, block.szx);
  open_ = block.more;
  return block.more ? BlockOutcome::More : BlockOutcome::Complete;
}

BlockOutcome BlockReceiver::assemble(MutableBytes body, const BlockOption& block, ByteView payload,
                                     std::optional<std::uint32_t> total,
                                     std::optional<ByteView> tag) {
  limit_ = std::min(limit_, body.size());
  const BlockOutcome outcome = accept(block, payload, total, tag);
  const bool taken = outcome == BlockOutcome::More || outcome == BlockOutcome::Complete;
  if (taken && !payload.empty()) {
    std::memcpy(body.data() + taken_offset_, payload.data(), payload.size());
  }
  return outcome;
}

BlockOption BlockReceiver::answer(const BlockOption& block, BlockOutcome outcome) const {
  return {block.number, outcome == BlockOutcome::More, std::min(block.szx, szx_)};
}

BlockOption BlockReceiver::next() const {
  return {static_cast<std::uint32_t>(received_ >> (szx_ + 4)), false, szx_};
}

Result<BlockSlice> BlockSender::current() const {
  const std::size_t number = offset_ >> (szx_ + 4);
  if (total_ > (std::size_t{BlockOption::kMaxNumber} + 1) << (szx_ + 4)) return Error::Range;
  return slice(total_, {static_cast<std::uint32_t>(number), false, szx_}, szx_);
}

// [TR-03] RFC 7959 §2.3, §2.9.2, §2.9.3
SendOutcome BlockSender::on_response(Code code, std::optional<BlockOption> block1) {
  const Result<BlockSlice> sent = current();
  if (!sent.ok()) return SendOutcome::Failed;
  if (code == Code::RequestEntityTooLarge && block1 && block1->szx < szx_) {
    szx_ = block1->szx;
    offset_ = 0;
    return current().ok() ? SendOutcome::Restart : SendOutcome::Failed;
  }
  if (code == Code::RequestEntityIncomplete && offset_ != 0 && !repeated_) {
    repeated_ = true;
    offset_ = 0;
    return SendOutcome::Restart;
  }
  const bool one_of_many = block1 && sent->block.more && is_success(code);
  if (code != Code::Continue && !one_of_many) return SendOutcome::Final;
  if (!block1 || block1->number != sent->block.number || !sent->block.more) {
    return SendOutcome::Failed;
  }
  szx_ = std::min(szx_, block1->szx);
  offset_ += sent->size;
  return current().ok() ? SendOutcome::SendNext : SendOutcome::Failed;
}

}  // namespace linnet::coap
