// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/credentials.hpp>

#include <array>

namespace linnet::lwm2m {
namespace {

constexpr std::uint8_t kSequence = 0x30;
constexpr std::size_t kCoordinate = 32;  // bytes of a P-256 coordinate or private key

/// The content of the DER SEQUENCE at the front, whose length takes the fewest bytes it can. Fails
/// with `Malformed` or `Truncated`.
ByteView take_sequence(Reader& in) {
  if (in.u8() != kSequence) in.fail(Error::Malformed);
  std::size_t size = in.u8();
  if (size >= 0x80) {
    const std::size_t bytes = size - 0x80;
    if (bytes != 1 && bytes != 2) {
      in.fail(Error::Malformed);
      return {};
    }
    size = static_cast<std::size_t>(in.unsigned_be(bytes));
    if (size < (bytes == 1 ? 0x80u : 0x100u)) in.fail(Error::Malformed);
  }
  return in.take(size);
}

/// SEQUENCE { OID ecPublicKey, OID prime256v1 }, and the tag of the BIT STRING after it.
constexpr std::array<std::uint8_t, 22> kAlgorithm = {0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE,
                                                     0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                                     0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03};

bool is_point(ByteView bytes) {
  if (bytes.empty()) return false;
  if (bytes[0] == 4) return bytes.size() == 1 + 2 * kCoordinate;
  return (bytes[0] == 2 || bytes[0] == 3) && bytes.size() == 1 + kCoordinate;
}

}  // namespace

ByteView public_key_x(ByteView bytes) {
  if (bytes.size() == kCoordinate) return bytes;
  ByteView point = bytes;
  if (bytes.size() != 1 + 2 * kCoordinate) {
    Reader outer(bytes);
    Reader in(take_sequence(outer));
    if (!outer.empty() || !equal(in.take(kAlgorithm.size()), kAlgorithm)) return {};
    const std::size_t size = in.u8();
    if (in.u8() != 0 || !in.ok() || size != in.remaining() + 1) return {};
    point = in.rest();
  }
  return is_point(point) ? point.subspan(1, kCoordinate) : ByteView{};
}

bool is_public_key(ByteView bytes) { return !public_key_x(bytes).empty(); }

bool is_private_key(ByteView bytes) {
  if (bytes.size() == kCoordinate) return true;
  Reader outer(bytes);
  Reader in(take_sequence(outer));
  // Both begin with their version: INTEGER 0 or 1.
  const bool version = in.u8() == 0x02 && in.u8() == 1 && in.u8() <= 1;
  return outer.empty() && version && in.ok() && !in.empty();
}

bool is_certificate(ByteView bytes) {
  Reader outer(bytes);
  do {
    Reader in(take_sequence(outer));
    (void)take_sequence(in);  // what is signed
    (void)take_sequence(in);  // the algorithm; the signature follows
    if (!outer.ok() || !in.ok() || in.empty()) return false;
  } while (!outer.empty());
  return true;
}

bool is_psk_identity(ByteView bytes) { return !bytes.empty() && bytes.size() <= 128; }

bool is_psk(ByteView bytes) { return !bytes.empty() && bytes.size() <= 64; }

}  // namespace linnet::lwm2m
