// SPDX-License-Identifier: Apache-2.0
// Pins the shapes of keys and certificates, where x lies in a public key, and that no bytes at all
// do harm: they come from bootstrap servers and from peers of a handshake.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <hex.hpp>
#include <linnet/base/random.hpp>
#include <linnet/lwm2m/credentials.hpp>
#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

using test::hex;

const std::string kX = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const std::string kY = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const std::string kHead = "301306072a8648ce3d020106082a8648ce3d030107";

TEST(PublicKeyShape, HasItsXInEveryForm) {
  LINNET_REQ("SEC-17");
  for (const auto& form : {"3059" + kHead + "03420004" + kX + kY, "3039" + kHead + "03220003" + kX,
                           "04" + kX + kY, kX}) {
    const auto bytes = hex(form);
    EXPECT_EQ(test::to_hex(public_key_x(bytes)), kX) << form;
    EXPECT_TRUE(is_public_key(bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      if (size == 32) continue;
      EXPECT_TRUE(public_key_x(ByteView(bytes).first(size)).empty()) << form << " " << size;
    }
  }
  EXPECT_FALSE(is_public_key(hex("3059" + kHead + "03420005" + kX + kY)));
  EXPECT_FALSE(is_public_key(hex("3059" + kHead + "03420104" + kX + kY)));
}

TEST(CredentialShape, ALengthOfManyBytesIsRefused) {
  for (unsigned length = 0x80; length <= 0xFF; ++length) {
    std::vector<std::uint8_t> bytes(300, 0xFF);
    bytes[0] = 0x30;
    bytes[1] = static_cast<std::uint8_t>(length);
    EXPECT_FALSE(is_public_key(bytes));
    EXPECT_FALSE(is_private_key(bytes));
    EXPECT_FALSE(is_certificate(bytes));
  }
}

TEST(CredentialShape, AnyBytesDoNoHarm) {
  SeededRng rng(4);
  const auto spki = hex("3059" + kHead + "03420004" + kX + kY);
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = spki;
    for (int change = 0; change < 3; ++change) {
      bytes[rng.below(static_cast<std::uint32_t>(bytes.size()))] =
          static_cast<std::uint8_t>(rng.next());
    }
    bytes.resize(rng.below(static_cast<std::uint32_t>(bytes.size() + 1)));
    const ByteView x = public_key_x(bytes);
    EXPECT_TRUE(x.empty() || x.size() == 32) << "seed 4, round " << round;
    (void)is_private_key(bytes);
    (void)is_certificate(bytes);
  }
}

}  // namespace
}  // namespace linnet::lwm2m
