// SPDX-License-Identifier: Apache-2.0
#pragma once
// A registered device as the server knows it (Core 1.2 §6.2; [REG-01]..[REG-45]).
// `RegistrationView` refers to memory of the shard: it is valid until the next call that is not
// const. Copy what you keep. Thread rule: that of the shard.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/lwm2m/definition.hpp>
#include <linnet/lwm2m/path.hpp>

namespace linnet::server {

/// Names one registration; never reused for another while the shard lives. The text form is the
/// second segment of the location, "rd/<id>".
struct RegistrationId {
  std::uint64_t value = 0;
  /// 0 names nothing.
  [[nodiscard]] constexpr bool valid() const { return value != 0; }
  friend constexpr auto operator<=>(const RegistrationId&, const RegistrationId&) = default;
};

inline constexpr std::size_t kRegistrationIdText = 11;
/// The 11 characters of the text form (base64url alphabet).
[[nodiscard]] std::array<char, kRegistrationIdText> format(RegistrationId id);
[[nodiscard]] std::optional<RegistrationId> parse_registration_id(std::string_view text);

/// One link of the registered object list: an object instance, or an object without instances.
struct RegisteredLink {
  lwm2m::Id object = lwm2m::kNoId;
  lwm2m::Id instance = lwm2m::kNoId;
  /// 0.0 when the link said no `ver`; ask `RegistrationView::object_version` instead.
  lwm2m::Version version{0, 0};

  friend constexpr bool operator==(const RegisteredLink&, const RegisteredLink&) = default;
};

/// The transports a device said it can be reached by: a set of the letters U T S N M H, and Q of
/// 1.0 [REG-08]. Queue mode is a flag of its own in `RegistrationView`.
struct Binding {
  std::uint8_t bits = 1;
  static constexpr std::string_view kLetters = "UTSNMH";

  /// Checks `text` by the rules of `version`: 1.0 knows U, UQ, S, SQ, US, UQS; later versions a set
  /// of letters without Q. `Malformed` otherwise. `queue` is set when a Q was in it.
  [[nodiscard]] static Result<Binding> parse(std::string_view text, lwm2m::Version version,
                                             bool& queue);
  [[nodiscard]] bool has(char letter) const;
  /// Canonical text into `out` (at least 8 characters), with Q after U for a 1.0 queue-mode device.
  std::string_view format(bool with_queue, std::span<char> out) const;

  friend constexpr bool operator==(const Binding&, const Binding&) = default;
};

struct RegistrationView {
  RegistrationId id;
  /// A small number that no other registration of the shard has now, for an application's own
  /// tables of devices. The endpoint keeps it when it registers again.
  std::uint32_t slot = 0;
  std::string_view endpoint;
  SocketAddress address;
  lwm2m::Version version;  ///< of the enabler, as announced: 1.0, 1.1, 1.2
  /// Seconds; 0 is infinite [REG-44].
  std::uint32_t lifetime = 0;
  Binding binding;
  bool queue_mode = false;
  std::string_view sms;          ///< empty if none
  std::string_view profile_ids;  ///< the `pid` values joined by commas, empty if none
  /// Prefix of every request path without slashes around it ("lwm2m"), usually empty [REG-27].
  std::string_view root_path;
  /// Optional formats announced by `ct` of the root link [REG-25].
  std::span<const coap::ContentFormat> formats;
  /// Sorted by object and instance, each once.
  std::span<const RegisteredLink> links;
  Instant registered;  ///< the Register request
  Instant updated;     ///< the last Register or Update
  /// When it ends without another Update, the grace included; never for an infinite lifetime.
  Instant expires;
  /// The last message of any kind that is known to be from it, to within 64 ms; only kept of
  /// devices with queue mode, otherwise `updated`.
  Instant heard{};
  /// False while a device with queue mode is presumed asleep [QM-03].
  bool awake = true;

  /// True if the object is listed, with or without instances.
  [[nodiscard]] bool has_object(lwm2m::Id object) const;
  [[nodiscard]] bool has_instance(lwm2m::Id object, lwm2m::Id instance) const;
  /// The registered version of an object, else the one its enabler implies [OV-05].
  [[nodiscard]] lwm2m::Version object_version(lwm2m::Id object) const;
};

}  // namespace linnet::server
