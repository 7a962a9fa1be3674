// SPDX-License-Identifier: Apache-2.0
// Names of peers: addresses, and sessions that stand in their place.
#include <linnet/base/address.hpp>

#include <gtest/gtest.h>

namespace linnet {
namespace {

TEST(SocketAddress, NamesASecureSession) {
  const auto name = SocketAddress::session(0x00000012000000A7);
  EXPECT_TRUE(name.is_session());
  EXPECT_EQ(name.session_id(), 0x00000012000000A7u);
  EXPECT_FALSE(name.is_v4());
  EXPECT_FALSE(name.is_loopback());
  EXPECT_NE(name, SocketAddress::session(0xA7));
  std::array<char, 48> text{};
  EXPECT_EQ(format(name, text), "session 00000012000000a7");
}

TEST(SocketAddress, NothingFromANetworkIsASession) {
  EXPECT_FALSE(SocketAddress{}.is_session());
  EXPECT_FALSE(SocketAddress::v4(127, 0, 0, 1, 0).is_session());
  // The same bytes with a port, as a forged packet would have.
  auto forged = SocketAddress::session(1);
  forged.port = 5684;
  EXPECT_FALSE(forged.is_session());
}

}  // namespace
}  // namespace linnet
