// SPDX-License-Identifier: Apache-2.0
#pragma once
// Resource values between JSON and their types: {"path":"/3/0/0","type":"string","value":"x"}.
// Opaque values are base64 with padding (RFC 4648 §4), times Unix seconds, object links "3:0".
// Free functions; any thread with its own model store.
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include <linnet/lwm2m/model/model_store.hpp>
#include <linnet/server/registration.hpp>
#include <linnet/server/value.hpp>

namespace linnet::service {

/// "string", "unsigned", ...: the names of types in the API. Static lifetime.
[[nodiscard]] std::string_view type_name(lwm2m::DataType type);

/// Two small letters or digits for each byte.
[[nodiscard]] std::string hex_text(ByteView bytes);
[[nodiscard]] std::string base64_encode(ByteView bytes);
/// Nothing for anything but base64 with padding.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// "2026-11-22T23:15:45Z" for Unix seconds; empty outside the years 0 to 9999.
[[nodiscard]] std::string iso_time(double unix_seconds);
/// Reads that form; nothing for another.
[[nodiscard]] std::optional<std::int64_t> parse_iso_time(std::string_view text);

[[nodiscard]] std::string to_string(const lwm2m::Path& path);
/// Throws Problem.
[[nodiscard]] lwm2m::Path parse_path(std::string_view text);

/// The same in any letter case (ASCII).
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

/// What models say about the objects of one device.
class DeviceModel {
 public:
  /// `registration` may be null: then the newest versions are assumed.
  DeviceModel(const lwm2m::ModelStore& models, const server::RegistrationView* registration)
      : models_(models), registration_(registration) {}

  /// Null if nobody described it.
  [[nodiscard]] const lwm2m::ObjectModel* object(lwm2m::Id id) const;
  /// By name in any letter case, "LWM2M Security" or just "Security"; O(n).
  [[nodiscard]] const lwm2m::ObjectModel* object(std::string_view name) const;
  [[nodiscard]] const lwm2m::ResourceModel* resource(const lwm2m::Path& path) const;

 private:
  const lwm2m::ModelStore& models_;
  const server::RegistrationView* registration_;
};

/// A value alone; null for none.
[[nodiscard]] boost::json::value scalar_json(const lwm2m::Value& value);
/// With "name" and "unit" where the model knows them.
[[nodiscard]] boost::json::object to_json(const server::ResourceValue& value,
                                          const DeviceModel& model);
[[nodiscard]] boost::json::array to_json(const server::ResourceValues& values,
                                         const DeviceModel& model);

/// The value as the type that `type` names, else the one the model says, else what JSON suggests.
/// A string is converted to a number, boolean, time or link where one of these is needed.
/// Throws Problem with the path in it.
[[nodiscard]] server::OwnedValue parse_value(const lwm2m::Path& path,
                                             const boost::json::value& value, std::string_view type,
                                             const DeviceModel& model);

}  // namespace linnet::service
