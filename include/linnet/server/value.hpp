// SPDX-License-Identifier: Apache-2.0
#pragma once
// A value that owns its text or bytes, and a value with the path and time it belongs to: what goes
// into operations and comes out of results and notifications. Value types; any thread.
#include <optional>
#include <string>
#include <vector>

#include <linnet/lwm2m/path.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::server {

/// The owning form of a `lwm2m::Value`. Allocates only for text and bytes too long for the
/// string's own buffer.
class OwnedValue {
 public:
  OwnedValue() = default;
  OwnedValue(const lwm2m::Value& value);  // NOLINT(google-explicit-constructor)

  [[nodiscard]] lwm2m::DataType type() const { return scalar_.type(); }
  /// True for "no value": the name of an empty container, or a deletion in a Write-Composite.
  [[nodiscard]] bool empty() const { return scalar_.empty(); }
  /// Refers to this object: valid until it is changed, moved or destroyed.
  [[nodiscard]] lwm2m::Value view() const;

  friend bool operator==(const OwnedValue& a, const OwnedValue& b) { return a.view() == b.view(); }

 private:
  lwm2m::Value scalar_;  ///< the value, or for text and bytes only their type
  std::string text_{};
};

/// A resource or resource instance with its value. In answers, an entry without a value and with a
/// path shorter than a resource tells of an empty instance.
struct ResourceValue {
  lwm2m::Path path{};
  OwnedValue value{};
  /// Unix seconds, or relative to the moment of arrival if below 2^28 [FMT-18].
  std::optional<double> time{};

  friend bool operator==(const ResourceValue&, const ResourceValue&) = default;
};

using ResourceValues = std::vector<ResourceValue>;

}  // namespace linnet::server
