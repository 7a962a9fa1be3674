// SPDX-License-Identifier: Apache-2.0
// Pins the registry: three look-ups that agree, ids that never come back, lists stored once,
// message ids counted per address, limits that change nothing when hit.
#include <gtest/gtest.h>
#include <requirement.hpp>

#include <map>
#include <set>
#include <string>

#include "server/registry.hpp"

namespace linnet::server {
namespace {

SocketAddress address_of(std::uint32_t n) {
  return SocketAddress::v4(10, static_cast<std::uint8_t>(n >> 16),
                           static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n), 5683);
}

class RegistryTest : public ::testing::Test {
 protected:
  Result<Slot> add(std::string_view endpoint, std::uint32_t host) {
    RegistrationChange change;
    change.lifetime = 300;
    change.objects = &list_;
    return registry_.add({1000}, endpoint, address_of(host), lwm2m::kEnabler11, change);
  }

  SeededRng rng_{1};
  Registry registry_{1000, seconds(0), rng_};
  ObjectList list_{"", {}, {{1, 0}, {3, 0}}};
};

TEST_F(RegistryTest, FindsADeviceByIdEndpointAndAddress) {
  const Slot a = *add("a", 1);
  const Slot b = *add("b", 2);
  EXPECT_EQ(registry_.find(registry_.id(a)), a);
  EXPECT_EQ(registry_.find("b"), b);
  EXPECT_EQ(registry_.find(address_of(2)), b);
  EXPECT_EQ(registry_.find("c"), kNone);
  EXPECT_EQ(registry_.find(address_of(3)), kNone);
  EXPECT_EQ(registry_.find(RegistrationId{12345}), kNone);
  EXPECT_EQ(registry_.distinct_lists(), 1u);
  EXPECT_EQ(registry_.view(a).links.size(), 2u);
}

TEST_F(RegistryTest, AnOldIdNamesNothing) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 5000; ++i) {
    const Slot slot = *add("a", 1);
    ASSERT_TRUE(seen.insert(registry_.id(slot).value).second);
    if (i % 2 == 0) registry_.remove(slot);
  }
  std::size_t alive = 0;
  for (const std::uint64_t id : seen) alive += registry_.find(RegistrationId{id}) != kNone;
  EXPECT_EQ(alive, 1u);
}

TEST_F(RegistryTest, RegisteringAgainKeepsTheSlotAndReplacesTheRest) {
  const Slot slot = *add("a", 1);
  const RegistrationId old = registry_.id(slot);
  list_.links.push_back({5, 0});
  EXPECT_EQ(*add("a", 2), slot);
  EXPECT_NE(registry_.id(slot), old);
  EXPECT_EQ(registry_.find(old), kNone);
  EXPECT_EQ(registry_.find(address_of(1)), kNone);
  EXPECT_EQ(registry_.find(address_of(2)), slot);
  EXPECT_EQ(registry_.view(slot).links.size(), 3u);
  EXPECT_EQ(registry_.distinct_lists(), 1u);
  EXPECT_EQ(registry_.size(), 1u);
}

TEST_F(RegistryTest, DevicesBehindOneAddressShareItsMessageIds) {
  const Slot a = *add("a", 1);
  const Slot b = *add("b", 1);
  const Slot c = *add("c", 1);
  EXPECT_EQ(registry_.find(address_of(1)), c);
  EXPECT_EQ(registry_.next_at_address(c), b);
  std::set<std::uint16_t> ids;
  for (const Slot slot : {a, b, c, a, a, c}) {
    EXPECT_TRUE(ids.insert(registry_.next_message_id(slot)).second);
  }
  registry_.remove(c);
  EXPECT_TRUE(ids.insert(registry_.next_message_id(a)).second);
  registry_.remove(a);
  EXPECT_EQ(registry_.find(address_of(1)), b);
  EXPECT_EQ(registry_.next_at_address(b), kNone);
  EXPECT_TRUE(ids.insert(registry_.next_message_id(b)).second);
}

TEST_F(RegistryTest, NoMessageIdComesAgainWithinExchangeLifetime) {
  // A registry that ends after each registration, as after a crash; the devices remember.
  constexpr std::int64_t kExchangeLifetime = 247'000;
  std::map<std::uint16_t, std::int64_t> used;
  for (std::int64_t now = 0; now < 3 * kExchangeLifetime; now += 500) {
    SeededRng rng(static_cast<std::uint64_t>(now));
    Registry registry(1000, seconds(0), rng, 4711);
    RegistrationChange change;
    change.lifetime = 300;
    change.objects = &list_;
    const Slot slot = *registry.add({now}, "a", address_of(1), lwm2m::kEnabler11, change);
    for (int i = 0; i < 100; ++i) {
      const std::uint16_t id = registry.next_message_id(slot);
      const auto before = used.find(id);
      ASSERT_TRUE(before == used.end() || now - before->second > kExchangeLifetime)
          << id << " at " << now << " and " << before->second;
      used[id] = now;
    }
  }
}

TEST_F(RegistryTest, SaysWhatAnUpdateMadeDifferent) {
  const Slot slot = *add("a", 1);
  EXPECT_FALSE(registry_.update({2000}, slot, address_of(1), {})->objects);
  RegistrationChange change;
  change.lifetime = 300;
  change.objects = &list_;
  change.sms = "49170";
  auto difference = registry_.update({3000}, slot, address_of(9), change);
  EXPECT_FALSE(difference->lifetime);
  EXPECT_FALSE(difference->objects);
  EXPECT_TRUE(difference->reachability);
  EXPECT_EQ(registry_.view(slot).sms, "49170");
  EXPECT_EQ(registry_.view(slot).updated, Instant{3000});
  EXPECT_EQ(registry_.find(address_of(9)), slot);
  list_.links.pop_back();
  change.lifetime = 20;
  difference = registry_.update({4000}, slot, address_of(9), change);
  EXPECT_TRUE(difference->lifetime);
  EXPECT_TRUE(difference->objects);
  EXPECT_FALSE(difference->reachability);
  EXPECT_EQ(registry_.expires(slot), Instant{24000});
}

TEST_F(RegistryTest, RefusesAtItsLimitAndChangesNothing) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(add("device" + std::to_string(i), 1).ok());
  EXPECT_EQ(add("one more", 1).error(), Error::NoSpace);
  EXPECT_TRUE(add("device7", 2).ok()) << "who is known may register again";
  EXPECT_EQ(registry_.size(), 1000u);
}

TEST_F(RegistryTest, AgreesWithAMapUnderRandomChanges) {
  SeededRng rng(21);
  std::map<std::string, std::pair<std::uint32_t, RegistrationId>> expected;
  for (int step = 0; step < 10000; ++step) {
    const std::string endpoint = "ep" + std::to_string(rng.below(200));
    const std::uint32_t host = rng.below(40);
    list_.links.resize(1 + rng.below(4), {7, 7});
    const auto known = expected.find(endpoint);
    if (known != expected.end() && rng.below(3) == 0) {
      registry_.remove(registry_.find(endpoint));
      expected.erase(known);
    } else {
      const Slot slot = *add(endpoint, host);
      expected[endpoint] = {host, registry_.id(slot)};
    }
  }
  ASSERT_EQ(registry_.size(), expected.size());
  std::set<Slot> chained;
  for (std::uint32_t host = 0; host < 40; ++host) {
    for (Slot s = registry_.find(address_of(host)); s != kNone; s = registry_.next_at_address(s)) {
      EXPECT_EQ(registry_.address(s), address_of(host));
      EXPECT_TRUE(chained.insert(s).second) << "seed 21";
    }
  }
  EXPECT_EQ(chained.size(), expected.size());
  for (const auto& [endpoint, entry] : expected) {
    const Slot slot = registry_.find(endpoint);
    ASSERT_NE(slot, kNone);
    EXPECT_EQ(registry_.address(slot), address_of(entry.first));
    EXPECT_EQ(registry_.find(entry.second), slot);
  }
}

}  // namespace
}  // namespace linnet::server
