// SPDX-License-Identifier: Apache-2.0
// Pins the arena: pieces do not overlap, serve again once released, and stop at the limit.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include <linnet/base/random.hpp>
#include "server/byte_arena.hpp"

namespace linnet::server {
namespace {

TEST(ByteArena, KeepsTheContentOfEveryPiece) {
  SeededRng rng(3);
  ByteArena arena(64u << 20);
  struct Piece {
    ByteArena::Handle handle;
    std::size_t size;
    std::uint8_t fill;
  };
  std::vector<Piece> pieces;
  for (int step = 0; step < 4000; ++step) {
    if (pieces.size() > 200 && rng.below(2) == 0) {
      const std::size_t victim = rng.below(static_cast<std::uint32_t>(pieces.size()));
      arena.release(pieces[victim].handle, pieces[victim].size);
      pieces[victim] = pieces.back();
      pieces.pop_back();
      continue;
    }
    const std::size_t size = 1 + rng.below(rng.below(8) == 0 ? 32768 : 300);
    const auto handle = arena.allocate(size);
    ASSERT_TRUE(handle.has_value());
    pieces.push_back({*handle, size, static_cast<std::uint8_t>(step)});
    std::fill_n(arena.at(*handle), size, static_cast<std::uint8_t>(step));
    for (const Piece& piece : {pieces.front(), pieces[pieces.size() / 2], pieces.back()}) {
      const ByteView bytes{arena.at(piece.handle), piece.size};
      ASSERT_TRUE(std::ranges::all_of(bytes, [&](auto b) { return b == piece.fill; }));
    }
  }
}

TEST(ByteArena, HasEverySizeUpToItsLargest) {
  ByteArena arena(1u << 30);
  for (std::size_t size = 1; size <= ByteArena::kMaxPiece; size += size < 600 ? 1 : 97) {
    const auto handle = arena.allocate(size);
    ASSERT_TRUE(handle.has_value()) << size;
    arena.at(*handle)[size - 1] = 1;
    arena.release(*handle, size);
    EXPECT_EQ(arena.allocate(size), handle) << "a released piece serves again";
  }
  EXPECT_FALSE(arena.allocate(0).has_value());
  EXPECT_FALSE(arena.allocate(ByteArena::kMaxPiece + 1).has_value());
}

TEST(ByteArena, StopsAtItsLimit) {
  ByteArena arena(65536);
  std::size_t pieces = 0;
  while (arena.allocate(1024)) ++pieces;
  EXPECT_EQ(pieces, 64u);
}

}  // namespace
}  // namespace linnet::server
