// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an object and its resources are: identifiers, types, operations (Core 1.2 §7.1, OMA DDF).
// Plain constexpr data, so that a client keeps its tables in flash. The server builds the same
// structures from DDF files (`lwm2m/model`). Names and descriptions are not here: they cost flash
// and only people need them.
#include <cstdint>
#include <span>

#include <linnet/lwm2m/path.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::lwm2m {

/// A version "major.minor" of an object or of the enabler.
struct Version {
  std::uint8_t major = 1;
  std::uint8_t minor = 0;
  friend constexpr auto operator<=>(const Version&, const Version&) = default;

  /// "1.0", "1.2"; `Malformed` for anything but two decimal numbers up to 255. A third number
  /// as in "1.1.1" is accepted and dropped.
  [[nodiscard]] static Result<Version> parse(std::string_view text);
};

inline constexpr Version kEnabler10{1, 0};
inline constexpr Version kEnabler11{1, 1};
inline constexpr Version kEnabler12{1, 2};

/// What a server may do with a resource; bits of `ResourceDefinition::operations`.
enum Operations : std::uint8_t {
  kNoOperation = 0,
  kRead = 1,
  kWrite = 2,
  kReadWrite = 3,
  kExecute = 4
};

struct ResourceDefinition {
  Id id = kNoId;
  DataType type = DataType::None;
  std::uint8_t operations : 3 = kNoOperation;  ///< of `Operations`
  bool multiple : 1 = false;
  bool mandatory : 1 = false;
  /// Bounds of an Integer, Unsigned or Time value, or of the length in bytes of a String or
  /// Opaque one; not checked when `minimum > maximum` (the default: no bounds).
  std::int32_t minimum = 0;
  std::int32_t maximum = -1;

  [[nodiscard]] constexpr bool readable() const { return (operations & kRead) != 0; }
  [[nodiscard]] constexpr bool writable() const { return (operations & kWrite) != 0; }
  [[nodiscard]] constexpr bool executable() const { return (operations & kExecute) != 0; }
  [[nodiscard]] constexpr bool bounded() const { return minimum <= maximum; }
};

struct ObjectDefinition {
  Id id = kNoId;
  Version version;
  bool multiple = false;
  bool mandatory = false;
  /// Sorted by id, each id once. Outlives the definition.
  std::span<const ResourceDefinition> resources;

  /// The definition of a resource, or null. O(log n).
  [[nodiscard]] const ResourceDefinition* find(Id resource) const;
};

/// Checks a value against its definition: `Type` if the type differs, `Range` if bounds are
/// broken or a String is not UTF-8 [DM-12] [DM-28].
[[nodiscard]] Status check(const ResourceDefinition& definition, const Value& value);

/// The version a core object (0..7, 21) has when a client of `enabler` does not say `ver=`
/// [OV-05]; 1.0 for every other object.
[[nodiscard]] Version default_object_version(Id object, Version enabler);

}  // namespace linnet::lwm2m
