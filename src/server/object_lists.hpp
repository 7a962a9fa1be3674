// SPDX-License-Identifier: Apache-2.0
#pragma once
// The object lists of registered devices, each distinct list stored once [REG-23]: devices of one
// model announce the same list, so a device costs four bytes for it.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <linnet/server/registration.hpp>
#include "server/byte_arena.hpp"
#include "server/hash_index.hpp"

namespace linnet::server {

/// What a registration's payload says, in order.
struct ObjectList {
  std::string root_path;  ///< without slashes around it
  std::vector<coap::ContentFormat> formats;
  std::vector<RegisteredLink> links;  ///< sorted, each once

  void clear() {
    root_path.clear();
    formats.clear();
    links.clear();
  }
};

struct ObjectListView {
  std::string_view root_path;
  std::span<const coap::ContentFormat> formats;
  std::span<const RegisteredLink> links;
};

class ObjectLists {
 public:
  using Handle = ByteArena::Handle;

  ObjectLists(ByteArena& arena, std::uint64_t seed) : arena_(arena), seed_(seed) {}

  /// The handle of this list, its reference count raised by one; nothing when memory is at its
  /// limit or the list has more than 32 kB.
  [[nodiscard]] std::optional<Handle> acquire(const ObjectList& list);
  void release(Handle handle);
  /// Valid until the next call of `acquire` or `release`.
  [[nodiscard]] ObjectListView view(Handle handle) const;
  /// How many distinct lists there are.
  [[nodiscard]] std::uint32_t size() const { return index_.size(); }

 private:
  struct Head {
    std::uint32_t references;
    std::uint16_t links;
    std::uint16_t formats;
    std::uint16_t root_path;
  };
  [[nodiscard]] Head head(Handle handle) const;
  [[nodiscard]] std::string_view content(Handle handle) const;
  static std::size_t content_size(const Head& head);

  ByteArena& arena_;
  HashIndex index_;
  std::vector<std::uint8_t> scratch_;
  std::uint64_t seed_;
};

}  // namespace linnet::server
