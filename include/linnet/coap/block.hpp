// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bodies larger than a message, block by block. Read RFC 7959 §2 and §3; RFC 9175 §3 for tags.
// `BlockReceiver` follows a body that comes in (Block1 at the server, Block2 at the client),
// `BlockSender` one that we send as a request (Block1); answering Block2 needs no state:
// `slice`. None owns the body, so that it may be in RAM, in flash or made on the fly.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <linnet/base/bytes.hpp>
#include <linnet/base/fixed.hpp>
#include <linnet/coap/message.hpp>

namespace linnet::coap {

/// The value of Block1 and Block2.
struct BlockOption {
  static constexpr std::uint8_t kMaxSzx = 6;
  static constexpr std::uint32_t kMaxNumber = 0xFFFFF;

  std::uint32_t number = 0;  ///< at most 2^20 - 1
  bool more = false;
  std::uint8_t szx = kMaxSzx;  ///< 0..6: blocks of 16 to 1024 bytes

  [[nodiscard]] constexpr std::size_t size() const { return std::size_t{16} << szx; }
  [[nodiscard]] constexpr std::size_t offset() const {
    return static_cast<std::size_t>(number) << (szx + 4);
  }
  /// The value for `MessageWriter::add_unsigned`.
  [[nodiscard]] constexpr std::uint32_t encode() const {
    return number << 4 | (more ? 8u : 0u) | szx;
  }
  /// `Range` above 3 bytes, `Malformed` for the reserved size exponent 7.
  [[nodiscard]] static Result<BlockOption> parse(ByteView value);
  /// Absent: no value. Present but unusable: `Malformed`, to be answered 4.00.
  [[nodiscard]] static Result<std::optional<BlockOption>> find(const MessageView& message,
                                                               OptionNumber number);

  friend constexpr bool operator==(const BlockOption&, const BlockOption&) = default;
};

/// The largest size exponent whose blocks fit into `bytes`; 0 below 16.
[[nodiscard]] constexpr std::uint8_t szx_for(std::size_t bytes) {
  const auto width = static_cast<unsigned>(std::bit_width(bytes));
  if (width < 5) return 0;
  return static_cast<std::uint8_t>(width - 5 < BlockOption::kMaxSzx ? width - 5
                                                                    : BlockOption::kMaxSzx);
}

/// A part of a body and the option that goes with it.
struct BlockSlice {
  BlockOption block;
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// The part of a body of `total` bytes that answers `wanted`, in blocks of at most `max_szx`;
/// any block in any order. `Range` if `wanted` begins at or behind the end (answered 4.00) or the
/// body needs more than 2^20 blocks.
[[nodiscard]] Result<BlockSlice> slice(std::size_t total, const BlockOption& wanted,
                                       std::uint8_t max_szx);

/// What one block did to a body coming in.
enum class BlockOutcome : std::uint8_t {
  More,        ///< taken, ask or wait for the next: 2.31
  Complete,    ///< taken, and it was the last
  Incomplete,  ///< a block before it is missing, or it is of another body: 4.08
  TooLarge,    ///< the body is above the limit: 4.13
  Malformed,   ///< the payload does not have the size the option says: 4.00
};

/// 2.31, 4.08, 4.13 or 4.00. REQUIRES: outcome != Complete.
[[nodiscard]] Code response_code(BlockOutcome outcome);

class BlockReceiver {
 public:
  /// A body of at most `limit` bytes; we would like blocks of at most `max_szx`.
  constexpr BlockReceiver(std::size_t limit, std::uint8_t max_szx)
      : limit_(limit), max_szx_(max_szx), szx_(max_szx) {}
  constexpr BlockReceiver() : BlockReceiver(0, BlockOption::kMaxSzx) {}

  /// Takes the next block. On More and Complete the payload belongs at `taken_offset()` of the
  /// body; on all others nothing changed but that the body is to be given up (Incomplete leaves it
  /// usable for a sender that repeats from the right block).
  /// Block number 0 starts over. `total` is Size1 or Size2 if the peer sent it; `tag` is the
  /// Request-Tag (Block1) or ETag (Block2): if it differs from that of block 0, Incomplete.
  [[nodiscard]] BlockOutcome accept(const BlockOption& block, ByteView payload,
                                    std::optional<std::uint32_t> total = {},
                                    std::optional<ByteView> tag = {});
  /// The same, and copies the payload into `body`, whose size is a limit too.
  [[nodiscard]] BlockOutcome assemble(MutableBytes body, const BlockOption& block, ByteView payload,
                                      std::optional<std::uint32_t> total = {},
                                      std::optional<ByteView> tag = {});

  /// Bytes taken so far; the size of the body when Complete.
  [[nodiscard]] std::size_t received() const { return received_; }
  /// Where the block accepted last begins.
  [[nodiscard]] std::size_t taken_offset() const { return taken_offset_; }
  /// Between a block 0 with more to come and the last block.
  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] std::size_t limit() const { return limit_; }

  /// Block1 of our answer: the number of the block just seen, in the size we would like.
  /// `more` is true with 2.31 only. With 4.13 it is the hint for a smaller size.
  [[nodiscard]] BlockOption answer(const BlockOption& block, BlockOutcome outcome) const;
  /// Block2 of the request for what comes next, in the size the server settled on.
  [[nodiscard]] BlockOption next() const;
  void reset() { *this = BlockReceiver(limit_, max_szx_); }

 private:
  std::size_t limit_;
  std::size_t received_ = 0;
  std::size_t taken_offset_ = 0;
  FixedBytes<8> tag_;
  bool tagged_ = false;
  bool open_ = false;
  std::uint8_t max_szx_;
  std::uint8_t szx_;  // in use for this body
};

/// What an answer to a block we sent means.
enum class SendOutcome : std::uint8_t {
  SendNext,  ///< go on with `current()`
  Restart,   ///< begin again; `current()` is the first block, possibly smaller
  Final,     ///< this is the response to the whole request
  Failed,    ///< the peer breaks the protocol; give up
};

class BlockSender {
 public:
  /// A body of `total` bytes in blocks of at most `szx`.
  constexpr BlockSender(std::size_t total, std::uint8_t szx) : total_(total), szx_(szx) {}
  constexpr BlockSender() : BlockSender(0, BlockOption::kMaxSzx) {}

  /// The block to send now. `Range` if the body needs more than 2^20 blocks of this size.
  [[nodiscard]] Result<BlockSlice> current() const;
  /// Whether the body is sent without any Block1 option because one message holds it.
  [[nodiscard]] bool fits_one() const { return total_ <= (std::size_t{16} << szx_); }
  /// Judges the response to the block sent last: its code, and its Block1 option if it has one.
  /// A server may reduce the size at any time; 4.13 with a smaller size and one 4.08 restart. A
  /// server may also carry out each block by itself: a success with Block1 is then no end.
  [[nodiscard]] SendOutcome on_response(Code code, std::optional<BlockOption> block1);
  /// The size exponent now in use, to begin with the next time.
  [[nodiscard]] std::uint8_t szx() const { return szx_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  std::size_t total_;
  std::size_t offset_ = 0;
  std::uint8_t szx_;
  bool repeated_ = false;  // after one 4.08
};

}  // namespace linnet::coap
