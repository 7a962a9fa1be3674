// SPDX-License-Identifier: Apache-2.0
#pragma once
// Recognising a message that comes twice. Read RFC 7252 §4.2, §4.3, §4.5.
// `DedupEntry` is what is kept of one message received; `DedupTable` keeps a few of them in the
// caller's arrays (a client); a server makes its own table of entries. One thread at a time.
#include <cstdint>
#include <limits>
#include <span>

#include <linnet/base/bytes.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/coap/transmission.hpp>

namespace linnet::coap {

/// How a copy of a message is to be answered.
enum class DuplicateAnswer : std::uint8_t {
  Silence,   ///< not answered yet, or nothing to answer: drop the copy
  EmptyAck,  ///< acknowledge again; a response comes or came separately
  Reset,     ///< reject again
  Code,      ///< the answer was `code` alone: `write_code_answer`
  Replay,    ///< send the kept bytes again
  Rerun,     ///< the answer was too big to keep and the request may safely run again
};

/// One message received, within the lifetime of its message id.
struct DedupEntry {
  static constexpr Instant kExpired{std::numeric_limits<std::int64_t>::min()};

  Instant expiry = kExpired;
  std::uint16_t message_id = 0;
  std::uint16_t kept_size = 0;  ///< bytes of the answer kept for `Replay`
  std::uint8_t peer = 0;        ///< the caller's number for the peer; 0 where tables are per peer
  Code request = Code::Empty;   ///< of the message received
  DuplicateAnswer answer = DuplicateAnswer::Silence;
  Code code = Code::Empty;  ///< for `DuplicateAnswer::Code`

  /// Remembers a message from its arrival: EXCHANGE_LIFETIME for a CON, NON_LIFETIME for a NON.
  static DedupEntry make(Instant now, std::uint8_t peer, const Header& header,
                         const TransmissionParameters& parameters);
  [[nodiscard]] bool expired(Instant now) const { return now >= expiry; }
  /// Decides how a copy will be answered, now that `answer_bytes` went out. `kept` says whether
  /// the caller keeps those bytes. Never lets a request that is not idempotent run twice. [TR-08]
  void answered(ByteView answer_bytes, bool kept);
};

/// A fixed array of entries. When full, what expires first is forgotten, but POST and PATCH only
/// when there is nothing else: they must not run twice.
class DedupTable {
 public:
  /// `storage` is divided evenly among the entries and keeps their answers; may be empty.
  DedupTable(std::span<DedupEntry> entries, MutableBytes storage)
      : entries_(entries), storage_(storage) {}

  /// The live entry of this message, or null if it is new. O(n).
  [[nodiscard]] DedupEntry* find(Instant now, std::uint8_t peer, std::uint16_t message_id);
  /// Remembers a new message. Null only if the table has no entries. The pointer is good until
  /// the next `add`. O(n).
  DedupEntry* add(Instant now, std::uint8_t peer, const Header& header,
                  const TransmissionParameters& parameters);
  /// What went out as answer to the message of `entry` (ACK, Reset or piggybacked response).
  /// REQUIRES: `entry` is of this table.
  void answered(DedupEntry& entry, ByteView answer_bytes);
  /// Writes again what answered the message, to the copy `header`. Nothing is written for
  /// `Silence` and `Rerun`. `NoSpace` if `out` is too small.
  Status answer_copy(const DedupEntry& entry, const Header& header, Writer& out) const;
  /// Forgets everything from one peer (its session is new, its message ids start over).
  void forget(std::uint8_t peer);

 private:
  [[nodiscard]] MutableBytes slot(const DedupEntry& entry) const;

  std::span<DedupEntry> entries_;
  MutableBytes storage_;
};

}  // namespace linnet::coap
