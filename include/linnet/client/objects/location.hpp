// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 6, Location (Core 1.2 Appendix E.7): where the device is, as the application measured it.
#include <optional>

#include <linnet/client/object.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

/// One measurement; what is empty is not shown.
struct Location {
  double latitude = 0;             ///< degrees, WGS84
  double longitude = 0;            ///< degrees, WGS84
  std::int64_t timestamp = 0;      ///< Unix seconds
  std::optional<double> altitude;  ///< metres above sea level
  std::optional<double> radius;    ///< metres of uncertainty
  std::optional<double> speed;     ///< metres a second
  /// Coded as 3GPP TS 23.032 says; outlives the object or the next `set`.
  ByteView velocity;
};

class LocationObject final : public Object {
 public:
  void set(const Location& location);
  [[nodiscard]] const Location& get() const { return location_; }

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override {
    return lwm2m::objects::kLocation_1_0;
  }
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  bool poll_change(Change& out) override { return changes_.poll(out); }

 private:
  Location location_;
  ChangeLog changes_;
};

}  // namespace linnet::client
