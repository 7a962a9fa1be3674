// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 3, Device (Core 1.2 Appendix E.4; [OBJ-02]..[OBJ-07]). The application describes the
// device, keeps its numbers up to date and asks for what servers requested.
#include <array>
#include <optional>
#include <span>

#include <linnet/client/object.hpp>
#include <linnet/client/objects/number_row.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

/// Texts of the device; an empty one is a resource that is not there. All outlive the object.
struct DeviceInfo {
  std::string_view manufacturer{};
  std::string_view model_number{};
  std::string_view serial_number{};
  std::string_view firmware_version{};
  std::string_view device_type{};
  std::string_view hardware_version{};
  std::string_view software_version{};
  /// /3/0/16, mandatory: letters of U T S N M H (1.0: U, UQ, ...).
  std::string_view binding = "U";
  /// Whether /3/0/5 can be executed.
  bool factory_reset = false;
};

/// One row of /3/0/6, 7 and 8, which share their instance ids [OBJ-06].
struct PowerSource {
  std::uint8_t kind = 0;  ///< 0 DC, 1 internal battery, 2 external battery, ... 7 solar
  std::int32_t millivolts = 0;
  std::int32_t milliamperes = 0;
};

enum class DeviceRequest : std::uint8_t {
  Reboot,        ///< /3/0/4: reboot once the answer has left [OBJ-02]
  FactoryReset,  ///< /3/0/5: keep what is needed to bootstrap again [OBJ-03]
  ErrorsReset,   ///< /3/0/12: errors were cleared; raise again what still holds [OBJ-05]
};

class DeviceObject final : public Object {
 public:
  /// Errors reported at once; further ones are not kept.
  static constexpr std::size_t kMaxErrors = 8;

  /// All arguments outlive the object; `definition` is one of lwm2m::objects::kDevice_1_x.
  DeviceObject(const DeviceInfo& info, const lwm2m::ObjectDefinition& definition,
               std::span<PowerSource> power_sources = {})
      : info_(info), definition_(definition), power_sources_(power_sources) {}

  /// Battery level (9, percent), memory free (10, kB), battery status (20), memory total (21).
  void set(Id resource, std::int32_t number);
  /// REQUIRES: index < the number of sources.
  void set_power(std::size_t index, std::int32_t millivolts, std::int32_t milliamperes);
  /// Tells that a text of the `DeviceInfo` is another one now.
  void info_changed(Id resource) { note(resource); }

  /// Reports an error of /3/0/11 (1..32), once however often it is raised. False when full.
  bool raise_error(std::uint8_t code);
  void clear_error(std::uint8_t code);

  /// Sets the clock behind /3/0/13; the resource is not there before. Later times come from
  /// `advance`: a tick of the clock is no change, an observer who wants to see it sets pmax.
  void set_time(Instant now, std::int64_t unix_seconds);
  /// Unix seconds, as a server may have set them; nothing before anybody did [OBJ-07].
  [[nodiscard]] std::optional<std::int64_t> time() const;
  [[nodiscard]] std::string_view utc_offset() const { return utc_offset_.text(); }
  [[nodiscard]] std::string_view timezone() const { return timezone_.text(); }
  /// False if the text is longer than 8 or 32 characters.
  bool set_utc_offset(std::string_view text);
  bool set_timezone(std::string_view text);

  /// The next thing a server asked for; false when there is none.
  bool poll_request(DeviceRequest& out);

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override { return definition_; }
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Id next_resource_instance(const Path& resource, Id after) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  Status write(const Path& path, const Value& value) override;
  Status reset(const Path& path) override;
  Status execute(const Path& path, const ExecuteArguments& arguments) override;
  void advance(Instant now) override { now_ = now; }
  bool poll_change(Change& out) override { return changes_.poll(out); }

 private:
  void note(Id resource) { changes_.add(Path(lwm2m::objects::device::kObject, 0, resource)); }
  [[nodiscard]] std::string_view text(Id resource) const;
  [[nodiscard]] bool healthy() const { return errors_ == decltype(errors_){}; }

  const DeviceInfo& info_;
  const lwm2m::ObjectDefinition& definition_;
  std::span<PowerSource> power_sources_;
  NumberRow<22> numbers_;
  /// Error codes by resource instance, 0 where there is none.
  std::array<std::uint8_t, kMaxErrors> errors_{};
  Instant now_;
  Instant time_set_at_ = Instant::never();
  std::int64_t time_set_ = 0;
  FixedString<8> utc_offset_;
  FixedString<32> timezone_;
  std::uint8_t requests_ = 0;
  ChangeLog changes_;
};

}  // namespace linnet::client
