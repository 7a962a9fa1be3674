// SPDX-License-Identifier: Apache-2.0
// Pins that a chain index finds what is in it, and only that, while it grows and shrinks.
#include "server/chain_index.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include <linnet/base/random.hpp>

namespace linnet::server {
namespace {

std::uint64_t hash_of(std::uint64_t key) { return key * 0x9E3779B97F4A7C15ull; }

TEST(ChainIndex, AgreesWithAMap) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    SeededRng rng(seed);
    std::vector<std::uint64_t> keys(2000);  // of the numbers
    std::map<std::uint64_t, std::uint32_t> model;
    std::vector<bool> in(keys.size());
    ChainIndex index;
    for (int step = 0; step < 20'000; ++step) {
      const std::uint32_t number = rng.below(2000);
      if (in[number]) {
        index.erase(hash_of(keys[number]), number);
        model.erase(keys[number]);
        in[number] = false;
      } else {
        const std::uint64_t key = rng.next();
        if (model.contains(key)) continue;
        keys[number] = key;
        index.insert(hash_of(key), number,
                     [&](std::uint32_t other) { return hash_of(keys[other]); });
        model[key] = number;
        in[number] = true;
      }
      ASSERT_EQ(index.size(), model.size());
      const std::uint32_t probe = rng.below(2000);
      const std::uint64_t key = in[probe] ? keys[probe] : rng.next();
      const auto known = model.find(key);
      const std::uint32_t found =
          index.find(hash_of(key), [&](std::uint32_t other) { return keys[other] == key; });
      ASSERT_EQ(found, known == model.end() ? kNone : known->second);
    }
  }
}

TEST(ChainIndex, KeepsNumbersOfOneKeyApart) {
  ChainIndex index;
  const auto hash = [](std::uint32_t) { return std::uint64_t{5}; };
  for (std::uint32_t number = 0; number < 10; ++number) index.insert(5, number, hash);
  EXPECT_EQ(index.find(5, [](std::uint32_t) { return true; }), 9u);
  index.erase(5, 9);
  EXPECT_EQ(index.find(5, [](std::uint32_t) { return true; }), 8u);
  EXPECT_EQ(index.find(5, [](std::uint32_t n) { return n == 3; }), 3u);
}

}  // namespace
}  // namespace linnet::server
