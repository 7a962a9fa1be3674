// SPDX-License-Identifier: Apache-2.0
#pragma once
// Handshake messages of a peer, put together from fragments and in their order (RFC 6347 §4.2.2,
// §4.2.3). The library behind it is given each message once, whole and in turn: what datagrams do
// on their way never reaches it. Bounded in messages and bytes, whatever comes in.
#include <array>
#include <cstdint>
#include <vector>

#include <linnet/base/bytes.hpp>

namespace linnet::dtls_gnutls {

/// Bytes of a handshake message's header: type, length, number, offset and length of the fragment.
inline constexpr std::size_t kMessageHeaderBytes = 12;

enum class MessageType : std::uint8_t {
  ClientHello = 1,
  ServerHello = 2,
  HelloVerifyRequest = 3,
  NewSessionTicket = 4,
  Finished = 20,
};

struct MessageHeader {
  std::uint8_t type = 0;
  std::uint32_t length = 0;  ///< of the whole message without header
  std::uint16_t number = 0;
  std::uint32_t offset = 0;           ///< of this fragment
  std::uint32_t fragment_length = 0;  ///< of this fragment

  [[nodiscard]] static MessageHeader read(Reader& in);
  void write(Writer& out) const;
};

class MessageAssembly {
 public:
  enum class Outcome : std::uint8_t {
    Kept,
    Repeated,  ///< of a message that was taken: the peer sends its flight again
    Ignored,   ///< no fragment, or one there is no room for
  };

  /// `next` is the number of the peer's next message.
  explicit MessageAssembly(std::uint16_t next) : next_(next) {}

  [[nodiscard]] std::uint16_t next() const { return next_; }
  /// The content of a handshake record: fragments one after the other.
  Outcome add(std::uint16_t epoch, ByteView record);

  /// Whether the next message in turn is whole.
  [[nodiscard]] bool ready() const;
  // REQUIRES: `ready()`.
  [[nodiscard]] std::uint16_t epoch() const { return front().epoch; }
  /// With its header, as a single fragment.
  [[nodiscard]] ByteView message() const { return front().bytes; }
  void take();

 private:
  /// A flight has at most six, and messages longer than a record no peer of ours sends.
  static constexpr std::size_t kAhead = 8;
  static constexpr std::size_t kMaxMessageBytes = 12 * 1024;
  static constexpr std::size_t kMaxTotalBytes = 24 * 1024;

  struct Slot {
    std::vector<std::uint8_t> bytes;  ///< header and body; empty: nothing came yet
    std::vector<bool> have;           ///< of the body; empty if it came in one piece
    std::size_t missing = 0;
    std::uint16_t epoch = 0;
  };

  [[nodiscard]] const Slot& front() const { return slots_[next_ % kAhead]; }
  Outcome add_fragment(std::uint16_t epoch, const MessageHeader& header, ByteView body);
  bool begin(Slot& slot, std::uint16_t epoch, const MessageHeader& header);

  std::array<Slot, kAhead> slots_;
  std::size_t total_ = 0;
  std::uint16_t next_;
};

}  // namespace linnet::dtls_gnutls
