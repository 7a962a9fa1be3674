// SPDX-License-Identifier: Apache-2.0
// Pins the index: it finds what was put in, also after growth, erasure and with equal hashes.
#include <gtest/gtest.h>

#include <vector>

#include <linnet/base/random.hpp>
#include "server/hash_index.hpp"

namespace linnet::server {
namespace {

class HashIndexTest : public ::testing::TestWithParam<std::uint64_t> {};

// The mask folds hashes together, so that many keys share home and tag.
TEST_P(HashIndexTest, AgreesWithAPlainListUnderRandomChanges) {
  SeededRng rng(7);
  HashIndex index;
  std::vector<bool> present(600);
  const auto hash_of = [&](std::uint32_t n) {
    return hash_bytes(as_text({reinterpret_cast<const std::uint8_t*>(&n), 4}), 99) & GetParam();
  };
  std::uint32_t count = 0;
  for (int step = 0; step < 20000; ++step) {
    const std::uint32_t n = rng.below(600);
    if (present[n]) {
      index.erase(hash_of(n), n);
      --count;
    } else {
      index.insert(hash_of(n), n);
      ++count;
    }
    present[n] = !present[n];
    ASSERT_EQ(index.size(), count);
    const std::uint32_t probe = rng.below(600);
    const auto found = index.find(hash_of(probe), [&](std::uint32_t m) { return m == probe; });
    ASSERT_EQ(found != kNone, present[probe]) << "seed 7, step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Hashes, HashIndexTest, ::testing::Values(~0ull, 0x3Full, 0ull));

TEST(HashIndex, ReplacesANumberInPlace) {
  HashIndex index;
  index.insert(5, 1);
  index.insert(5, 2);
  index.replace(5, 1, 9);
  EXPECT_EQ(index.find(5, [](std::uint32_t n) { return n == 1; }), kNone);
  EXPECT_EQ(index.find(5, [](std::uint32_t n) { return n == 9; }), 9u);
  EXPECT_EQ(index.find(5, [](std::uint32_t n) { return n == 2; }), 2u);
}

TEST(HashBytes, DependsOnEveryByteTheLengthAndTheSeed) {
  std::string text = "urn:dev:ops:000000-Linnet-0001";
  const std::uint64_t hash = hash_bytes(text, 1);
  EXPECT_NE(hash, hash_bytes(text, 2));
  EXPECT_NE(hash, hash_bytes(text + '\0', 1));
  for (char& c : text) {
    ++c;
    EXPECT_NE(hash, hash_bytes(text, 1));
    --c;
  }
}

}  // namespace
}  // namespace linnet::server
