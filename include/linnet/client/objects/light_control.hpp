// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 3311, Light Control (IPSO): lamps a server and the application switch.
#include <optional>
#include <span>

#include <linnet/client/object.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

/// One instance; the application reads from it what a server switched.
struct Light {
  Id id = kNoId;
  bool on = false;
  std::optional<std::uint8_t> dimmer;  ///< percent; empty: cannot be dimmed
  bool has_colour = false;
  FixedString<24> colour;
  std::string_view colour_units;  ///< outlives the object; empty: not shown
  FixedString<24> application_type;
  std::optional<double> power_factor;
  std::optional<double> cumulative_power;  ///< Wh
  Duration on_for;                         ///< kept by the object; a server may set it back to 0
};

class LightControlObject final : public Object {
 public:
  /// `lights` outlives the object. Rows without an id are free: a server may create lamps in them,
  /// which can be dimmed, and delete lamps.
  explicit LightControlObject(std::span<Light> lights) : lights_(lights) {}

  /// From a switch on the device. `NotFound` for an unknown instance.
  Status set_on(Id instance, bool on);
  /// `NotFound`, `NotAllowed` if it cannot be dimmed, `Range` above 100.
  Status set_dimmer(Id instance, std::uint8_t percent);
  /// Null if there is none.
  [[nodiscard]] const Light* find(Id instance) const;

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override {
    return lwm2m::objects::kLightControl_1_0;
  }
  [[nodiscard]] Id next_instance(Id after) const override;
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  Status write(const Path& path, const Value& value) override;
  Status reset(const Path& path) override;
  Status create(Id instance) override;
  Status remove(Id instance) override;
  /// Counts the time lights are on. A second more is no change to tell.
  void advance(Instant now) override;
  bool poll_change(Change& out) override { return changes_.poll(out); }

 private:
  [[nodiscard]] Light* row(Id instance) const;

  std::span<Light> lights_;
  std::optional<Instant> now_;
  ChangeLog changes_;
};

}  // namespace linnet::client
