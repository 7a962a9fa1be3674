// SPDX-License-Identifier: Apache-2.0
#pragma once
// The outer form of DTLS 1.2 records (RFC 6347 §4.1, RFC 9146 §4): takes datagrams apart and writes
// headers, without any key. Views refer to the datagram and die with it.
#include <cstdint>
#include <optional>

#include <linnet/base/bytes.hpp>

namespace linnet::secure {

enum class ContentType : std::uint8_t {
  ChangeCipherSpec = 20,
  Alert = 21,
  Handshake = 22,
  ApplicationData = 23,
  ConnectionId = 25,  ///< tls12_cid: the true type is inside
};

inline constexpr std::uint16_t kDtls12 = 0xFEFD;
inline constexpr std::uint16_t kDtls10 = 0xFEFF;  ///< only in a first flight
inline constexpr std::size_t kRecordHeaderBytes = 13;
/// Of content in a record (RFC 5246 §6.2.1), and of what protects it besides (§6.2.3).
inline constexpr std::size_t kMaxPlaintextBytes = std::size_t{1} << 14;
inline constexpr std::size_t kMaxFragmentBytes = kMaxPlaintextBytes + 2048;
/// RFC 9146 allows 255; no peer we met uses more than 32.
inline constexpr std::size_t kMaxConnectionIdBytes = 32;
/// The largest number of a record in an epoch.
inline constexpr std::uint64_t kMaxSequence = (std::uint64_t{1} << 48) - 1;

struct RecordView {
  ContentType type{};
  std::uint16_t version = 0;
  std::uint16_t epoch = 0;
  std::uint64_t sequence = 0;  ///< 48 bits
  ByteView connection_id{};    ///< ours; only in `ConnectionId` records
  ByteView fragment{};
  ByteView whole{};  ///< header and fragment
};

/// Whether a datagram can be DTLS at all: a content type and a version in place. For telling it
/// from CoAP on one port, and for dropping noise early.
[[nodiscard]] bool looks_like_dtls(ByteView datagram);

/// Walks through the records of a datagram. A datagram may hold several; what comes after a
/// broken one is lost, as RFC 6347 §4.1.2.7 allows.
class RecordReader {
 public:
  /// `own_id_bytes` is the length of the connection ids we gave out: records do not say. With 0 a
  /// `ConnectionId` record has an empty one.
  explicit RecordReader(ByteView datagram, std::size_t own_id_bytes = 0)
      : rest_(datagram), own_id_bytes_(own_id_bytes) {}

  /// Nothing at the end, or when what follows is no record; `ok()` tells which.
  [[nodiscard]] std::optional<RecordView> next();
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  ByteView rest_;
  std::size_t own_id_bytes_;
  bool ok_ = true;
};

/// Appends a plain record (epoch 0, or a piece that is protected elsewhere). `out` fails with
/// `Range` if there is no such sequence number or the fragment is too long.
void write_record(Writer& out, ContentType type, std::uint16_t epoch, std::uint64_t sequence,
                  ByteView fragment, std::uint16_t version = kDtls12);

}  // namespace linnet::secure
