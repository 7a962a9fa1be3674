// SPDX-License-Identifier: Apache-2.0
// Pins that exactly the byte strings of RFC 3629 are UTF-8.
#include <gtest/gtest.h>

#include <array>

#include <hex.hpp>
#include <linnet/text/utf8.hpp>
#include <requirement.hpp>

namespace linnet::text {
namespace {

using test::hex;

TEST(Utf8, EveryCharacterIsWrittenAndRecognized) {
  LINNET_REQ("DT-01");
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::array<std::uint8_t, 4> storage{};
    Writer writer(storage);
    write_utf8(writer, c);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(is_utf8(writer.written())) << c;
    ASSERT_EQ(writer.size(), c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u);
    for (std::size_t size = 1; size < writer.size(); ++size) {
      ASSERT_FALSE(is_utf8(writer.written().first(size))) << c << " cut to " << size;
    }
  }
}

TEST(Utf8, WritesTheBytesOfTheRfc) {
  std::array<std::uint8_t, 16> storage{};
  Writer writer(storage);
  for (const std::uint32_t c : {0x41u, 0xe9u, 0x20acu, 0x1f600u}) write_utf8(writer, c);
  EXPECT_EQ(test::to_hex(writer.written()), "41c3a9e282acf09f9880");
}

TEST(Utf8, RefusesWhatIsNot) {
  const char* const cases[] = {
      "80",          "bf",
      "c0 80",       "c1 bf",
      "c3",          "c3 28",
      "e0 80 80",    "e0 9f bf",
      "ed a0 80",    "ed bf bf",
      "e2 82",       "e2 28 a1",
      "e2 82 28",    "f0 80 80 80",
      "f0 8f bf bf", "f4 90 80 80",
      "f5 80 80 80", "f8 88 80 80 80",
      "fe",          "ff",
      "f0 9f 98",    "f0 9f 98 28",
      "f0 9f 28 80", "f0 28 98 80",
      "61 62 63 80", "ed a0 bd ed b8 80",
  };
  for (const char* text : cases) EXPECT_FALSE(is_utf8(hex(text))) << text;
  EXPECT_TRUE(is_utf8({}));
  EXPECT_TRUE(is_utf8(
      hex("00 7f c2 80 df bf e0 a0 80 ed 9f bf ee 80 80 ef bf bf f0 90 80 80 f4 8f bf bf")));
}

}  // namespace
}  // namespace linnet::text
