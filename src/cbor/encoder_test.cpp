// SPDX-License-Identifier: Apache-2.0
// Pins that the encoder writes preferred serialization, byte for byte (RFC 8949 §4.1, Appendix A).
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>

#include <hex.hpp>
#include <linnet/cbor/decoder.hpp>
#include <linnet/cbor/encoder.hpp>
#include <linnet/cbor/float_bits.hpp>
#include <requirement.hpp>

namespace linnet::cbor {
namespace {

using test::hex;
using test::to_hex;
using Write = std::function<void(Encoder&)>;

std::string encoded(const Write& write) {
  std::array<std::uint8_t, 300> storage{};
  Writer writer(storage);
  Encoder encoder(writer);
  write(encoder);
  EXPECT_TRUE(writer.ok());
  return to_hex(writer.written());
}

TEST(CborEncoder, WritesAppendixA) {
  struct Vector {
    const char* bytes;
    Write write;
  };
  const Vector vectors[] = {
      {"00", [](Encoder& e) { e.integer(0); }},
      {"17", [](Encoder& e) { e.integer(23); }},
      {"1818", [](Encoder& e) { e.integer(24); }},
      {"18ff", [](Encoder& e) { e.integer(255); }},
      {"190100", [](Encoder& e) { e.integer(256); }},
      {"1903e8", [](Encoder& e) { e.integer(1000); }},
      {"19ffff", [](Encoder& e) { e.integer(65535); }},
      {"1a00010000", [](Encoder& e) { e.integer(65536); }},
      {"1a000f4240", [](Encoder& e) { e.integer(1000000); }},
      {"1b0000000100000000", [](Encoder& e) { e.integer(4294967296); }},
      {"1b000000e8d4a51000", [](Encoder& e) { e.integer(1000000000000); }},
      {"1bffffffffffffffff", [](Encoder& e) { e.unsigned_integer(~std::uint64_t{0}); }},
      {"20", [](Encoder& e) { e.integer(-1); }},
      {"37", [](Encoder& e) { e.integer(-24); }},
      {"3818", [](Encoder& e) { e.integer(-25); }},
      {"3863", [](Encoder& e) { e.integer(-100); }},
      {"3903e7", [](Encoder& e) { e.integer(-1000); }},
      {"3b7fffffffffffffff",
       [](Encoder& e) { e.integer(std::numeric_limits<std::int64_t>::min()); }},
      {"f90000", [](Encoder& e) { e.real(0.0); }},
      {"f98000", [](Encoder& e) { e.real(-0.0); }},
      {"f93c00", [](Encoder& e) { e.real(1.0); }},
      {"fb3ff199999999999a", [](Encoder& e) { e.real(1.1); }},
      {"f93e00", [](Encoder& e) { e.real(1.5); }},
      {"f97bff", [](Encoder& e) { e.real(65504.0); }},
      {"fa47c35000", [](Encoder& e) { e.real(100000.0); }},
      {"fa7f7fffff", [](Encoder& e) { e.real(3.4028234663852886e+38); }},
      {"fb7e37e43c8800759c", [](Encoder& e) { e.real(1.0e+300); }},
      {"f90001", [](Encoder& e) { e.real(5.960464477539063e-8); }},
      {"f90400", [](Encoder& e) { e.real(0.00006103515625); }},
      {"f9c400", [](Encoder& e) { e.real(-4.0); }},
      {"fbc010666666666666", [](Encoder& e) { e.real(-4.1); }},
      {"f97c00", [](Encoder& e) { e.real(std::numeric_limits<double>::infinity()); }},
      {"f9fc00", [](Encoder& e) { e.real(-std::numeric_limits<double>::infinity()); }},
      {"f97e00", [](Encoder& e) { e.real(std::nan("")); }},
      {"f97e00", [](Encoder& e) { e.real(-std::nan("7")); }},
      {"f4", [](Encoder& e) { e.boolean(false); }},
      {"f5", [](Encoder& e) { e.boolean(true); }},
      {"f6", [](Encoder& e) { e.null(); }},
      {"f7", [](Encoder& e) { e.undefined(); }},
      {"f0", [](Encoder& e) { e.simple(16); }},
      {"f8ff", [](Encoder& e) { e.simple(255); }},
      {"f820", [](Encoder& e) { e.simple(32); }},
      {"c11a514b67b0", [](Encoder& e) { e.tag(1), e.integer(1363896240); }},
      {"d74401020304", [](Encoder& e) { e.tag(23), e.bytes(hex("01020304")); }},
      {"d82060", [](Encoder& e) { e.tag(32), e.text(""); }},
      {"40", [](Encoder& e) { e.bytes({}); }},
      {"6449455446", [](Encoder& e) { e.text("IETF"); }},
      {"80", [](Encoder& e) { e.array(0); }},
      {"9819", [](Encoder& e) { e.array(25); }},
      {"a0", [](Encoder& e) { e.map(0); }},
      {"a201020304",
       [](Encoder& e) { e.map(2), e.integer(1), e.integer(2), e.integer(3), e.integer(4); }},
      {"5f42010243030405ff",
       [](Encoder& e) {
         e.begin_bytes(), e.bytes(hex("0102")), e.bytes(hex("030405")), e.end_indefinite();
       }},
      {"7f657374726561646d696e67ff",
       [](Encoder& e) { e.begin_text(), e.text("strea"), e.text("ming"), e.end_indefinite(); }},
      {"9fff", [](Encoder& e) { e.begin_array(), e.end_indefinite(); }},
      {"bf6346756ef563416d7421ff",
       [](Encoder& e) {
         e.begin_map(), e.text("Fun"), e.boolean(true), e.text("Amt"), e.integer(-2);
         e.end_indefinite();
       }},
  };
  for (const Vector& v : vectors) EXPECT_EQ(encoded(v.write), v.bytes);
}

TEST(CborEncoder, InsertsHeadsInFrontOfWhatWasWritten) {
  for (const std::uint64_t count : {0ull, 23ull, 24ull, 255ull, 256ull, 65536ull, 1ull << 32}) {
    std::array<std::uint8_t, 32> storage{};
    Writer writer(storage);
    Encoder encoder(writer);
    encoder.text("x");
    const std::size_t offset = writer.size();
    encoder.integer(7);
    encoder.insert_array_head(offset, count);
    EXPECT_EQ(writer.size(), 3 + head_size(count));
    const std::string expected =
        "6178" + encoded([&](Encoder& e) { e.array(count), e.integer(7); });
    EXPECT_EQ(to_hex(writer.written()), expected);
    encoder.insert_map_head(0, count);
    EXPECT_EQ(to_hex(writer.written()), encoded([&](Encoder& e) { e.map(count); }) + expected);
  }
}

TEST(CborEncoder, FailsAtEveryOutputSizeThatIsTooSmall) {
  const auto write = [](Writer& writer) {
    Encoder encoder(writer);
    encoder.map(2);
    encoder.integer(-1000);
    encoder.real(1.1);
    encoder.text("name");
    const std::size_t offset = writer.size();
    encoder.bytes(hex("0102"));
    encoder.insert_array_head(offset, 1);
  };
  Writer counter;
  write(counter);
  ASSERT_EQ(counter.size(), 22u);
  std::array<std::uint8_t, 22> storage{};
  for (std::size_t size = 1; size <= storage.size(); ++size) {
    Writer writer(MutableBytes(storage).first(size));
    write(writer);
    EXPECT_EQ(writer.ok(), size == storage.size()) << size;
  }
}

TEST(Float, EveryHalfWidensToItsValueAndBack) {
  LINNET_REQ("DT-04");
  for (std::uint32_t half = 0; half <= 0xffff; ++half) {
    const int exponent = static_cast<int>(half >> 10 & 31);
    const int mantissa = static_cast<int>(half & 1023);
    const double value = std::bit_cast<double>(widen(half, kBinary16));
    if (exponent == 31 && mantissa != 0) {
      ASSERT_TRUE(std::isnan(value)) << half;
      continue;
    }
    double expected = exponent == 31  ? std::numeric_limits<double>::infinity()
                      : exponent == 0 ? std::ldexp(mantissa, -24)
                                      : std::ldexp(1024 + mantissa, exponent - 25);
    if (half >> 15 != 0) expected = -expected;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(expected)) << half;
    std::uint32_t back = 0;
    ASSERT_TRUE(narrow(std::bit_cast<std::uint64_t>(value), kBinary16, back)) << half;
    ASSERT_EQ(back, half);
  }
}

TEST(Float, SinglesAgreeWithTheCompiler) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 200'000; ++i) {
    auto bits = static_cast<std::uint32_t>(random());
    if (i % 4 == 0) bits &= 0x807fffff;  // subnormal
    if (i < 3) bits = i == 0 ? 1u : i == 1 ? 0x7fffffu : 0x800000u;
    const float single = std::bit_cast<float>(bits);
    if (std::isnan(single)) continue;
    const double value = single;
    ASSERT_EQ(widen(bits, kBinary32), std::bit_cast<std::uint64_t>(value)) << bits;
    std::uint32_t back = 0;
    ASSERT_TRUE(narrow(std::bit_cast<std::uint64_t>(value), kBinary32, back)) << bits;
    ASSERT_EQ(back, bits);
    // The neighbours need more bits, unless the single is infinite.
    if (std::isinf(single)) continue;
    ASSERT_FALSE(narrow(std::bit_cast<std::uint64_t>(value) + 1, kBinary32, back)) << bits;
  }
}

TEST(Float, EveryDoubleKeepsItsValueInTheShortestForm) {
  constexpr std::uint64_t kSeed = 6;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    std::uint64_t bits = random();
    if (i % 2 == 0) bits &= ~std::uint64_t{0} << (random() % 52);
    if (i % 4 == 0) bits = (bits & 0x800fffffffffffff) | (1023 - 160 + random() % 320) << 52;
    const double value = std::bit_cast<double>(bits);
    if (std::isnan(value)) continue;
    std::array<std::uint8_t, 9> storage{};
    Writer writer(storage);
    Encoder(writer).real(value);
    Reader reader(writer.written());
    const Result<Item> item = Decoder(reader).next();
    ASSERT_TRUE(item.ok());
    ASSERT_EQ(std::bit_cast<std::uint64_t>(item->real), bits);
    const bool single = std::abs(value) <= std::numeric_limits<float>::max() || std::isinf(value);
    if (single && static_cast<double>(static_cast<float>(value)) == value) {
      ASSERT_LE(writer.size(), 5u) << value;
    }
  }
}

}  // namespace
}  // namespace linnet::cbor
