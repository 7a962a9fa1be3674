// SPDX-License-Identifier: Apache-2.0
// Pins the words a message is explained in, at every size of the caller's text.
#include <gtest/gtest.h>

#include <hex.hpp>
#include <linnet/coap/trace.hpp>
#include <string>
#include <vector>

namespace linnet::coap {
namespace {

using test::hex;

std::string words(const char* bytes) {
  std::vector<char> out(400);
  return std::string(explain(hex(bytes), out));
}

TEST(Trace, ExplainsMessages) {
  EXPECT_EQ(words("44 02 12 34 a1 a2 a3 a4 b2 72 64 11 28 36 65 70 3d 64 65 76 ff 3c 2f 31 3e"),
            "CON POST mid=4660 token=a1a2a3a4 Uri-Path:rd Content-Format:40 "
            "(application/link-format) Uri-Query:ep=dev payload 4 bytes");
  EXPECT_EQ(words("61 45 00 07 20 61 0c 62 2d 16 b1 0e ff 01"),
            "ACK 2.05 Content mid=7 token=20 Observe:12 Content-Format:11542 "
            "(application/vnd.oma.lwm2m+tlv) Block2:0/more/1024 payload 1 byte");
  EXPECT_EQ(words("60 00 00 01"), "ACK Empty mid=1");
  EXPECT_EQ(words("70 00 00 01"), "RST Empty mid=1");
  EXPECT_EQ(words("50 1f 00 01"), "NON 0.31 mid=1");
  EXPECT_EQ(words("60 9e 00 01"), "ACK 4.30 mid=1");
}

TEST(Trace, ExplainsOddOptions) {
  EXPECT_EQ(words("40 01 00 01 50"), "CON GET mid=1 If-None-Match");
  EXPECT_EQ(words("40 01 00 01 51 aa"), "CON GET mid=1 If-None-Match:aa(bad length)");
  EXPECT_EQ(words("40 01 00 01 c3 01 02 03"), "CON GET mid=1 Content-Format:66051(bad length)");
  EXPECT_EQ(words("40 01 00 01 e2 00 00 ab cd"), "CON GET mid=1 Option-269:abcd");
  EXPECT_EQ(words("40 01 00 01 d1 0a 0f"), "CON GET mid=1 Block2:0f");
  EXPECT_EQ(words("40 01 00 01 b5 61 20 0a 5c 7f"), "CON GET mid=1 Uri-Path:a\\x20\\x0a\\x5c\\x7f");
}

TEST(Trace, SaysWhatIsWrong) {
  EXPECT_EQ(words(""), "malformed, shorter than a header: 0 bytes");
  EXPECT_EQ(words("00 01 00 01"), "malformed, version is not 1: 4 bytes");
  EXPECT_EQ(words("40 21 00 01"), "malformed, reserved code: CON 1.01 mid=1, 4 bytes");
  EXPECT_EQ(words("49 01 00 01"), "malformed, token length above 8: CON GET mid=1, 4 bytes");
  EXPECT_EQ(words("42 01 00 01 01"), "malformed, ends inside the token: CON GET mid=1, 5 bytes");
  EXPECT_EQ(words("40 00 00 01 ff"),
            "malformed, empty message with content: CON Empty mid=1, 5 bytes");
  EXPECT_EQ(words("40 01 00 01 ff"),
            "malformed, bad option or payload marker: CON GET mid=1, 5 bytes");
  EXPECT_EQ(words("60 01 00 01"),
            "malformed, this type cannot carry this code: ACK GET mid=1, 4 bytes");
}

TEST(Trace, CutsAtEverySize) {
  const auto bytes = hex("40 01 00 01 b1 33 ff 01");
  std::vector<char> whole(100);
  const std::string text(explain(bytes, whole));
  for (std::size_t size = 0; size <= text.size(); ++size) {
    std::vector<char> out(size);
    const std::string cut(explain(bytes, out));
    ASSERT_EQ(cut.size(), size);
    if (size == text.size()) {
      EXPECT_EQ(cut, text);
    } else if (size >= 3) {
      EXPECT_EQ(cut, text.substr(0, size - 3) + "...");
    }
  }
}

}  // namespace
}  // namespace linnet::coap
