// SPDX-License-Identifier: Apache-2.0
// Pins what is remembered of received messages: who, which, how long, and no more than allowed.
#include <gtest/gtest.h>

#include "requirement.hpp"
#include "server/dedup_ring.hpp"

namespace linnet::server {
namespace {

const SocketAddress kPeer = SocketAddress::v4(10, 0, 0, 1, 5683);
const SocketAddress kOther = SocketAddress::v4(10, 0, 0, 1, 5684);

TEST(DedupRing, FindsTheAnswerOfAMessageOfThatPeerOnly) {
  DedupRing ring(100, seconds(247), 1);
  ring.add({0}, kPeer, 7, {coap::Code::Created, 42});
  const auto kept = ring.find({0}, kPeer, 7);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->code, coap::Code::Created);
  EXPECT_EQ(kept->detail, 42u);
  EXPECT_FALSE(ring.find({0}, kPeer, 8).has_value());
  EXPECT_FALSE(ring.find({0}, kOther, 7).has_value());
}

TEST(DedupRing, RemembersForTheExchangeLifetime) {
  DedupRing ring(100, seconds(247), 1);
  ring.add({0}, kPeer, 7, {});
  EXPECT_TRUE(ring.find({247'000 - 1}, kPeer, 7).has_value());
  EXPECT_FALSE(ring.find({248'000}, kPeer, 7).has_value());
  ring.add({248'000}, kPeer, 9, {});
  EXPECT_EQ(ring.size(), 1u) << "what is too old is dropped when something new comes";
}

TEST(DedupRing, AMessageOfANewSessionIsNoCopyOfOneFromBefore) {
  LINNET_REQ("REG-20");
  DedupRing ring(8, seconds(247), 1);
  ring.add({0}, kPeer, 7, {coap::Code::Created, 1});
  ring.add({0}, kOther, 7, {coap::Code::Created, 2});
  ring.renew(kPeer);
  EXPECT_FALSE(ring.find({0}, kPeer, 7).has_value());
  EXPECT_TRUE(ring.find({0}, kOther, 7).has_value());
  ring.add({0}, kPeer, 7, {coap::Code::Changed, 3});
  for (std::uint16_t id = 100; id < 106; ++id) {
    EXPECT_EQ(ring.find({0}, kPeer, 7)->detail, 3u) << "also when older entries are dropped";
    ring.add({0}, kOther, id, {});
  }
  ring.renew(kPeer);
  ring.renew(kPeer);
  EXPECT_FALSE(ring.find({0}, kPeer, 7).has_value());
}

TEST(DedupRing, ForgetsTheOldestAtItsLimit) {
  DedupRing ring(5000, seconds(247), 1);
  for (std::uint16_t id = 0; id < 20000; ++id) {
    ring.add({id}, kPeer, id, {coap::Code::Changed, id});
    ASSERT_LE(ring.size(), 5000u);
  }
  EXPECT_FALSE(ring.find({20000}, kPeer, 14999).has_value());
  for (std::uint16_t id = 15000; id < 20000; ++id) {
    ASSERT_EQ(ring.find({20000}, kPeer, id)->detail, id);
  }
}

}  // namespace
}  // namespace linnet::server
