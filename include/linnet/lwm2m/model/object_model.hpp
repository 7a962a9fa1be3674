// SPDX-License-Identifier: Apache-2.0
#pragma once
// An object as people describe it: what `ObjectDefinition` says and beside it names, units and
// sentences (Core 1.2 §7.1 and the OMA DDF schema). Host only. Plain values.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/lwm2m/definition.hpp>

namespace linnet::lwm2m {

/// The URN of an object, `urn:oma:lwm2m:{oma|ext|x}:<id>[:<version>]` [ID-05].
struct ObjectUrn {
  /// Who may define it: OMA, another standards body, anybody.
  enum class Owner : std::uint8_t { Oma, Ext, X };

  Owner owner = Owner::Oma;
  Id object = kNoId;
  /// 1.0 when the URN names none.
  Version version{};

  /// `Malformed` for another shape, `Range` for an identifier above 65534.
  [[nodiscard]] static Result<ObjectUrn> parse(std::string_view text);
  friend bool operator==(const ObjectUrn&, const ObjectUrn&) = default;
};

/// The URN as it is registered: version 1.0 is left out.
[[nodiscard]] std::string format(const ObjectUrn& urn);
/// "1.2".
[[nodiscard]] std::string format(Version version);

/// The values a resource may have, as far as `RangeEnumeration` says so in a form we understand.
struct ValueRange {
  enum class Kind : std::uint8_t {
    None,     ///< anything
    Values,   ///< of a number or time
    Lengths,  ///< in bytes, of a String or Opaque
    Text,     ///< only people can tell (`ResourceModel::range_text`)
  };
  struct Interval {
    double low = 0;
    double high = 0;
    friend bool operator==(const Interval&, const Interval&) = default;
  };

  Kind kind = Kind::None;
  /// Both ends belong to it. Several make an enumeration. Empty for `None` and `Text`.
  std::vector<Interval> intervals;

  /// Understands "0..255", "0-255", "1...3", "-20.5..60", "0,1,2", "0..3, 99", "0 or 26 bytes",
  /// "16-32-48 bytes" and lines such as "1: normal". One length such as "32 bytes" is the upper
  /// bound. `Text` for anything else, for the width of a number ("8 bit"), for a single number and
  /// for a list of a String without "bytes": it may be meant either way.
  [[nodiscard]] static ValueRange parse(std::string_view text, DataType type);
  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

struct ResourceModel {
  Id id = kNoId;
  std::string name{};
  std::uint8_t operations = kNoOperation;
  bool multiple = false;
  bool mandatory = false;
  DataType type = DataType::None;
  std::string range_text{};
  ValueRange range{};
  std::string units{};
  std::string description{};

  /// What codecs need. Bounds are the smallest and largest value allowed, and are left out if they
  /// are no whole numbers of 32 bits.
  [[nodiscard]] ResourceDefinition definition() const;
};

struct ObjectModel {
  Id id = kNoId;
  Version version{};
  /// The oldest enabler that knows the object.
  Version enabler{};
  std::string name{};
  std::string urn{};
  std::string description{};
  bool multiple = false;
  bool mandatory = false;
  /// Sorted by id, each id once.
  std::vector<ResourceModel> resources{};

  /// Null if there is no such resource. O(log n).
  [[nodiscard]] const ResourceModel* find(Id resource) const;
};

}  // namespace linnet::lwm2m
