// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 3303, Temperature (IPSO): sensors with their extremes.
#include <optional>
#include <span>

#include <linnet/client/object.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

/// One instance. The application fills in what it knows and then only calls `set_value`.
struct TemperatureSensor {
  Id id = kNoId;
  double value = 0;
  std::optional<double> measured_minimum;  ///< kept by the object
  std::optional<double> measured_maximum;
  std::optional<double> range_minimum;  ///< what the sensor can measure
  std::optional<double> range_maximum;
  std::string_view units = "Cel";    ///< outlives the object; empty: not shown
  FixedString<24> application_type;  ///< a server may write it (object version 1.1)
};

class TemperatureObject final : public Object {
 public:
  /// `sensors` outlives the object; `definition` is one of lwm2m::objects::kTemperature_1_x.
  TemperatureObject(std::span<TemperatureSensor> sensors, const lwm2m::ObjectDefinition& definition)
      : sensors_(sensors), definition_(definition) {}

  /// A new measurement; moves the extremes. `NotFound` for an unknown instance.
  Status set_value(Id instance, double value);
  /// Null if there is none.
  [[nodiscard]] const TemperatureSensor* find(Id instance) const;

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override { return definition_; }
  [[nodiscard]] Id next_instance(Id after) const override;
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  Status write(const Path& path, const Value& value) override;
  Status reset(const Path& path) override;
  Status execute(const Path& path, const ExecuteArguments& arguments) override;
  bool poll_change(Change& out) override { return changes_.poll(out); }

 private:
  [[nodiscard]] TemperatureSensor* row(Id instance) const;
  void note(const TemperatureSensor& sensor, Id resource);

  std::span<TemperatureSensor> sensors_;
  const lwm2m::ObjectDefinition& definition_;
  ChangeLog changes_;
};

}  // namespace linnet::client
