// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include <linnet/base/check.hpp>
#include <linnet/cbor/encoder.hpp>
#include <linnet/cbor/float_bits.hpp>

namespace linnet::cbor {

void Encoder::head(Writer& output, Major major, std::uint64_t number) {
  const std::size_t size = head_size(number);
  const unsigned type = unsigned{major} << 5;
  if (size == 1) return output.u8(static_cast<std::uint8_t>(type | number));
  // 24 to 27 announce one, two, four or eight bytes.
  const auto width = static_cast<unsigned>(std::countr_zero(size - 1));
  output.u8(static_cast<std::uint8_t>(type | (24 + width)));
  output.unsigned_be(number, size - 1);
}

void Encoder::integer(std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  number < 0 ? head(kNegative, ~bits) : head(kUnsigned, bits);
}

void Encoder::real(double number) {
  const auto bits = std::bit_cast<std::uint64_t>(number);
  constexpr std::uint64_t kInfinity = 0x7ffull << 52;
  std::uint32_t narrowed = 0x7e00;  // the canonical NaN
  if ((bits & ~(std::uint64_t{1} << 63)) > kInfinity || narrow(bits, kBinary16, narrowed)) {
    output_.u8(0xf9);
    output_.u16(static_cast<std::uint16_t>(narrowed));
  } else if (narrow(bits, kBinary32, narrowed)) {
    output_.u8(0xfa);
    output_.u32(narrowed);
  } else {
    output_.u8(0xfb);
    output_.u64(bits);
  }
}

void Encoder::bytes(ByteView value) {
  head(kBytes, value.size());
  output_.bytes(value);
}

void Encoder::text(std::string_view value) {
  head(kText, value.size());
  output_.text(value);
}

void Encoder::simple(std::uint8_t value) {
  LINNET_CHECK(value < 24 || value > 31);
  head(kSimple, value);
}

void Encoder::insert_head(std::size_t offset, Major major, std::uint64_t number) {
  const MutableBytes gap = output_.insert(offset, head_size(number));
  if (gap.empty()) return;
  Writer writer(gap);
  head(writer, major, number);
}

}  // namespace linnet::cbor
