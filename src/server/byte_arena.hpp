// SPDX-License-Identifier: Apache-2.0
#pragma once
// Memory for small pieces of bytes, 1 to 32,768 each, addressed by 32-bit handles: no header, no
// more than a fifth wasted beyond rounding to 8 bytes. Freed pieces serve again for their size
// class; memory is not given back to the system.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <linnet/base/bytes.hpp>

namespace linnet::server {

class ByteArena {
 public:
  using Handle = std::uint32_t;
  static constexpr std::size_t kMaxPiece = 32768;

  /// Takes no more than about `limit` bytes from the system.
  explicit ByteArena(std::uint64_t limit) : limit_(limit) { free_.fill(kNoPiece); }

  /// A piece of `size` bytes, content undefined, aligned to 8; nothing at the limit or for a size
  /// out of range.
  [[nodiscard]] std::optional<Handle> allocate(std::size_t size);
  /// `size` as given to `allocate`.
  void release(Handle handle, std::size_t size);

  [[nodiscard]] std::uint8_t* at(Handle handle) {
    return chunks_[handle / kUnitsPerChunk].get() + handle % kUnitsPerChunk * kUnit;
  }
  [[nodiscard]] const std::uint8_t* at(Handle handle) const {
    return chunks_[handle / kUnitsPerChunk].get() + handle % kUnitsPerChunk * kUnit;
  }

 private:
  static constexpr std::size_t kUnit = 8;
  static constexpr std::size_t kChunk = 65536;
  static constexpr std::size_t kUnitsPerChunk = kChunk / kUnit;
  static constexpr std::size_t kClasses = 64;
  static constexpr Handle kNoPiece = 0xFFFFFFFF;

  struct SizeClass {
    std::size_t index;
    std::size_t bytes;
  };
  static SizeClass size_class(std::size_t size);

  std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
  std::array<Handle, kClasses> free_;  // heads of lists linked through the pieces
  std::size_t used_ = kChunk;          // of the last chunk
  std::uint64_t limit_;
};

}  // namespace linnet::server
