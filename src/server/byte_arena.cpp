// SPDX-License-Identifier: Apache-2.0
#include "server/byte_arena.hpp"

#include <bit>
#include <cstring>

#include <linnet/base/check.hpp>

namespace linnet::server {

ByteArena::SizeClass ByteArena::size_class(std::size_t size) {
  // Up to 256 bytes a class each 8 bytes; above, four classes between powers of two.
  if (size <= 256) {
    const std::size_t units = (size + 7) / 8;
    return {units - 1, units * 8};
  }
  const auto power = static_cast<std::size_t>(std::bit_width(size - 1)) - 1;  // 2^power < size
  const std::size_t step = std::size_t{1} << (power - 2);
  const std::size_t quarter = (size - (std::size_t{1} << power) + step - 1) / step;  // 1..4
  return {32 + (power - 8) * 4 + quarter - 1, (std::size_t{1} << power) + quarter * step};
}

std::optional<ByteArena::Handle> ByteArena::allocate(std::size_t size) {
  if (size == 0 || size > kMaxPiece) return std::nullopt;
  const SizeClass wanted = size_class(size);
  LINNET_CHECK(wanted.index < kClasses);
  if (const Handle piece = free_[wanted.index]; piece != kNoPiece) {
    std::memcpy(&free_[wanted.index], at(piece), sizeof(Handle));
    return piece;
  }
  if (kChunk - used_ < wanted.bytes) {
    if ((chunks_.size() + 1) * std::uint64_t{kChunk} > limit_) return std::nullopt;
    chunks_.push_back(std::make_unique<std::uint8_t[]>(kChunk));
    used_ = 0;
  }
  const auto handle = static_cast<Handle>((chunks_.size() - 1) * kUnitsPerChunk + used_ / kUnit);
  used_ += wanted.bytes;
  return handle;
}

void ByteArena::release(Handle handle, std::size_t size) {
  const SizeClass kind = size_class(size);
  std::memcpy(at(handle), &free_[kind.index], sizeof(Handle));
  free_[kind.index] = handle;
}

}  // namespace linnet::server
