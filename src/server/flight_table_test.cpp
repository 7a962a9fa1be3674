// SPDX-License-Identifier: Apache-2.0
// Pins that a flight table gives back what was kept for a slot, short or long, and nothing else.
#include "server/flight_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include <linnet/base/random.hpp>

namespace linnet::server {
namespace {

TEST(FlightTable, AgreesWithAMap) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    SeededRng rng(seed);
    std::map<std::uint32_t, std::vector<std::uint8_t>> model;
    FlightTable table;
    for (int step = 0; step < 10'000; ++step) {
      const std::uint32_t slot = rng.below(500);
      if (rng.below(3) == 0) {
        table.erase(slot);
        model.erase(slot);
      } else {
        // Short and long ones, and those in between.
        std::vector<std::uint8_t> bytes(1 + rng.below(80));
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
        table.put(slot, bytes, slot + 1, Instant{step});
        model[slot] = bytes;
      }
      const std::uint32_t probe = rng.below(500);
      FlightTable::Flight* found = table.find(probe);
      const auto known = model.find(probe);
      ASSERT_EQ(found != nullptr, known != model.end());
      if (found == nullptr) continue;
      ASSERT_EQ(std::vector(found->bytes().begin(), found->bytes().end()), known->second);
      ASSERT_EQ(found->plain_sequence, probe + 1);
    }
  }
}

}  // namespace
}  // namespace linnet::server
