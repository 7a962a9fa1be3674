// SPDX-License-Identifier: Apache-2.0
#pragma once
// A path in the resource model: /, /object, /object/instance, /object/instance/resource or
// /object/instance/resource/resource-instance (Core 1.2 §7.1; [ID-01] [ID-06]).
// A value of eight bytes, ordered as a tree is walked: a parent before its children.
#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/base/check.hpp>
#include <linnet/base/compact.hpp>
#include <linnet/base/result.hpp>

namespace linnet::lwm2m {

/// An object, instance, resource or resource instance identifier: 0..65534.
using Id = std::uint16_t;
/// "No identifier here": 65535 never names anything [ID-01].
inline constexpr Id kNoId = 65535;

class Path {
 public:
  /// The root, "/".
  constexpr Path() = default;
  LINNET_COMPACT constexpr explicit Path(Id object, Id instance = kNoId, Id resource = kNoId,
                                         Id resource_instance = kNoId)
      : ids_{object, instance, resource, resource_instance} {
    for (std::size_t i = depth(); i < 4; ++i) LINNET_CHECK(ids_[i] == kNoId);
  }

  /// How many identifiers there are: 0 for the root, 4 for a resource instance.
  [[nodiscard]] LINNET_COMPACT constexpr std::uint8_t depth() const {
    std::uint8_t n = 0;
    while (n < 4 && ids_[n] != kNoId) ++n;
    return n;
  }
  [[nodiscard]] constexpr bool is_root() const { return ids_[0] == kNoId; }
  [[nodiscard]] constexpr bool is_object() const { return depth() == 1; }
  [[nodiscard]] constexpr bool is_instance() const { return depth() == 2; }
  [[nodiscard]] constexpr bool is_resource() const { return depth() == 3; }
  [[nodiscard]] constexpr bool is_resource_instance() const { return depth() == 4; }

  /// Each is `kNoId` when the path is shorter.
  [[nodiscard]] constexpr Id object() const { return ids_[0]; }
  [[nodiscard]] constexpr Id instance() const { return ids_[1]; }
  [[nodiscard]] constexpr Id resource() const { return ids_[2]; }
  [[nodiscard]] constexpr Id resource_instance() const { return ids_[3]; }
  [[nodiscard]] constexpr Id operator[](std::size_t i) const { return ids_[i]; }

  /// The path with its last identifier removed; the root's parent is the root.
  [[nodiscard]] constexpr Path parent() const { return depth() == 0 ? *this : first(depth() - 1u); }
  /// The first `n` identifiers. A shorter path stays as it is.
  [[nodiscard]] LINNET_COMPACT constexpr Path first(std::size_t n) const {
    Path result = *this;
    for (std::size_t i = n; i < 4; ++i) result.ids_[i] = kNoId;
    return result;
  }
  /// The path one level deeper. REQUIRES: depth() < 4, id != kNoId.
  [[nodiscard]] LINNET_COMPACT constexpr Path child(Id id) const {
    LINNET_CHECK(depth() < 4 && id != kNoId);
    Path result = *this;
    result.ids_[depth()] = id;
    return result;
  }
  /// True if `other` is this path or lies below it. The root contains everything.
  [[nodiscard]] LINNET_COMPACT constexpr bool contains(const Path& other) const {
    for (std::size_t i = 0; i < depth(); ++i) {
      if (ids_[i] != other.ids_[i]) return false;
    }
    return true;
  }

  /// True if one of both contains the other: what happens to one touches the other.
  [[nodiscard]] LINNET_COMPACT constexpr bool touches(const Path& other) const {
    return contains(other) || other.contains(*this);
  }

  /// Parses "/3/0/1", "/" (root) or "3/0/1". `Malformed` on anything else: leading zeros, a
  /// trailing slash, more than four segments; `Range` for an identifier above 65534.
  [[nodiscard]] static Result<Path> parse(std::string_view text);

  LINNET_COMPACT friend constexpr bool operator==(const Path& a, const Path& b) {
    return a.ids_ == b.ids_;
  }
  LINNET_COMPACT friend constexpr std::strong_ordering operator<=>(const Path& a, const Path& b) {
    for (std::size_t i = 0; i < 4; ++i) {
      // kNoId + 1 wraps to 0: a parent sorts before its children.
      const auto x = static_cast<Id>(a.ids_[i] + 1);
      const auto y = static_cast<Id>(b.ids_[i] + 1);
      if (x != y) return x <=> y;
    }
    return std::strong_ordering::equal;
  }

 private:
  std::array<Id, 4> ids_{kNoId, kNoId, kNoId, kNoId};
};

/// The longest text of a path: "/65534/65534/65534/65534".
inline constexpr std::size_t kMaxPathText = 24;

/// Appends "/3/0/1".
void write(Writer& out, const Path& path);

/// Writes "/3/0/1" into `out` (at least `kMaxPathText` characters to be safe) and returns it;
/// empty if `out` is too small.
std::string_view format(const Path& path, std::span<char> out);

}  // namespace linnet::lwm2m
