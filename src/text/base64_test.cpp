// SPDX-License-Identifier: Apache-2.0
// Pins base64 and base64url against the vectors of RFC 4648 §10, and what decoders refuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include <hex.hpp>
#include <linnet/text/base64.hpp>
#include <requirement.hpp>

namespace linnet::text {
namespace {

std::string encoded(ByteView bytes, Base64 variant) {
  std::array<std::uint8_t, 512> storage{};
  Writer writer(storage);
  base64_encode(writer, bytes, variant);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.size(), base64_size(bytes.size(), variant));
  return std::string(as_text(writer.written()));
}

Result<std::string> decoded(std::string_view text, Base64 variant) {
  std::array<std::uint8_t, 512> storage{};
  LINNET_TRY_ASSIGN(const MutableBytes bytes, base64_decode(text, variant, storage));
  EXPECT_LE(bytes.size(), base64_decoded_bound(text.size()));
  return std::string(as_text(bytes));
}

TEST(Base64, HoldsTheVectorsOfTheRfc) {
  LINNET_REQ("DT-06");
  struct Vector {
    const char* plain;
    const char* padded;
    const char* bare;
  };
  const Vector vectors[] = {
      {"", "", ""},
      {"f", "Zg==", "Zg"},
      {"fo", "Zm8=", "Zm8"},
      {"foo", "Zm9v", "Zm9v"},
      {"foob", "Zm9vYg==", "Zm9vYg"},
      {"fooba", "Zm9vYmE=", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
      {"\xfb\xff\xbf", "+/+/", "-_-_"},
  };
  for (const Vector& v : vectors) {
    const ByteView plain = as_bytes(v.plain);
    EXPECT_EQ(encoded(plain, Base64::Standard), v.padded);
    EXPECT_EQ(encoded(plain, Base64::Url), v.bare);
    EXPECT_EQ(*decoded(v.padded, Base64::Standard), v.plain);
    EXPECT_EQ(*decoded(v.bare, Base64::Url), v.plain);
    EXPECT_EQ(*decoded(v.bare, Base64::UrlPadded), v.plain);
    const std::string both = encoded(plain, Base64::UrlPadded);
    EXPECT_EQ(*decoded(both, Base64::UrlPadded), v.plain);
    EXPECT_EQ(both.size(), std::string(v.padded).size());
  }
}

TEST(Base64, RoundTripsEveryByteAtEveryLength) {
  std::array<std::uint8_t, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
  for (const Base64 variant : {Base64::Standard, Base64::Url, Base64::UrlPadded}) {
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      const ByteView plain = ByteView(bytes).first(size);
      const std::string text = encoded(plain, variant);
      EXPECT_EQ(*decoded(text, variant), as_text(plain));
      if (variant == Base64::Url) {
        EXPECT_EQ(base64_decoded_bound(text.size()), size);
      }
    }
  }
}

TEST(Base64, RefusesWhatIsNotItsForm) {
  struct Case {
    const char* text;
    Base64 variant;
  };
  const Case cases[] = {
      {"Zg", Base64::Standard},        // padding missing
      {"Zg=", Base64::Standard},       // half of it
      {"Zg===", Base64::Standard},     // too much
      {"Zm9v====", Base64::Standard},  // padding without need
      {"====", Base64::Standard},     {"=", Base64::Standard},      {"Z", Base64::Standard},
      {"Z===", Base64::Standard},     {"Zh==", Base64::Standard},  // bits after the last byte
      {"Zm9=", Base64::Standard},     {"Z=g=", Base64::Standard},   {"Zg==Zg==", Base64::Standard},
      {"-_-_", Base64::Standard},     {"Zm9v\n", Base64::Standard}, {"Zm 9", Base64::Standard},
      {"+/+/", Base64::Url},          {"Zg==", Base64::Url},        {"Z", Base64::Url},
      {"Zm9vY", Base64::Url},         {"Zh", Base64::Url},          {"Zg=", Base64::UrlPadded},
      {"Z", Base64::UrlPadded},       {"Zm9v=", Base64::UrlPadded}, {"+/+/", Base64::UrlPadded},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(decoded(c.text, c.variant).error(), Error::Malformed) << c.text;
  }
}

TEST(Base64, AcceptsExactlyItsAlphabet) {
  for (int c = 0; c < 256; ++c) {
    const std::string text{static_cast<char>(c), 'A', 'A', 'A'};
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    EXPECT_EQ(decoded(text, Base64::Standard).ok(), alphanumeric || c == '+' || c == '/') << c;
    EXPECT_EQ(decoded(text, Base64::Url).ok(), alphanumeric || c == '-' || c == '_') << c;
  }
}

TEST(Base64, DecodesInPlaceAndIntoExactSpace) {
  std::string text = "Zm9vYmE=";
  const MutableBytes bytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  const Result<MutableBytes> result = base64_decode(text, Base64::Standard, bytes);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(as_text(*result), "fooba");
  std::array<std::uint8_t, 5> storage{};
  EXPECT_TRUE(base64_decode("Zm9vYmE=", Base64::Standard, storage).ok());
  for (std::size_t size = 0; size < 5; ++size) {
    EXPECT_EQ(
        base64_decode("Zm9vYmE=", Base64::Standard, MutableBytes(storage).first(size)).error(),
        Error::NoSpace);
  }
}

TEST(Base64, EncoderFailsAtEveryOutputSizeThatIsTooSmall) {
  std::array<std::uint8_t, 8> storage{};
  for (std::size_t size = 1; size <= 8; ++size) {
    Writer writer(MutableBytes(storage).first(size));
    base64_encode(writer, as_bytes("fooba"), Base64::Standard);
    EXPECT_EQ(writer.ok(), size == 8);
  }
}

}  // namespace
}  // namespace linnet::text
