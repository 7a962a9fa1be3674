// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the configuration of a device must keep to (Core 1.2 §6.1.3, §6.1.7.5, §8, Appendix E): the
// same judgement for a bootstrap server before it delivers one, and for a client at
// Bootstrap-Finish [BS-44] [BS-49] [BS-51]. Nothing is stored and nothing is allocated; any thread.
#include <cstdint>
#include <limits>
#include <optional>

#include <linnet/coap/uri.hpp>
#include <linnet/lwm2m/security_mode.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::lwm2m {

/// The objects 0, 1, 2 and 21 as a device has them, or would have them after a bootstrap.
class ConfigurationView {
 public:
  /// The smallest instance id above `after` (kNoId: from the start), kNoId at the end.
  [[nodiscard]] virtual Id next_instance(Id object, Id after) const = 0;
  /// The same for the instances of a multiple resource; kNoId too if the resource is not there.
  [[nodiscard]] virtual Id next_resource_instance(const Path& resource, Id after) const = 0;
  /// The value of /o/i/r or /o/i/r/ri; `NotFound` if it is not there. Text and bytes stay valid
  /// until the next call.
  [[nodiscard]] virtual Result<Value> value(const Path& path) const = 0;
  /// Whether an object instance is there, or may be: asked for what access control governs, of any
  /// object but 0 and 21. A view that does not know a device's own instances says yes.
  [[nodiscard]] virtual bool has_instance(const Path& instance) const = 0;

 protected:
  ~ConfigurationView() = default;
};

/// What the device can do with a configuration.
struct ConfigurationSupport {
  static constexpr std::uint8_t bit(coap::Scheme scheme) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(scheme));
  }
  static constexpr std::uint8_t bit(SecurityMode mode) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(mode));
  }

  /// Schemes of server URIs, as `bit` of each.
  std::uint8_t schemes = bit(coap::Scheme::Coap) | bit(coap::Scheme::Coaps);
  /// Security Modes, as `bit` of each.
  std::uint8_t modes = bit(SecurityMode::Psk) | bit(SecurityMode::RawPublicKey) |
                       bit(SecurityMode::X509) | bit(SecurityMode::NoSec);
  /// Whether the device has object 2.
  bool access_control = true;
  /// Server accounts it can serve.
  std::uint16_t servers = std::numeric_limits<std::uint16_t>::max();
};

/// In the order in which they are looked at.
enum class ConfigurationRule : std::uint8_t {
  // Of a Security instance.
  SecurityResourceMissing,
  SecurityModeNotSupported,
  UriMalformed,
  SchemeNotSupported,
  SchemeAgainstMode,
  PskIdentity,
  PskKey,
  PublicKey,
  ServerPublicKey,
  PrivateKey,
  Certificate,
  ServerCertificate,
  CertificateKey,
  NegativeTime,
  BootstrapAccountTwice,
  BootstrapAccountWithShortServerId,
  ShortServerIdMissing,
  ShortServerIdRange,
  ShortServerIdTwice,
  OscoreLink,
  OscoreLinkedTwice,
  OscoreResourceMissing,
  // Of a Server instance.
  ServerResourceMissing,
  Binding,
  NotificationMode,
  // Of the accounts together.
  ServerWithoutSecurity,
  SecurityWithoutServer,
  NoServerAccount,
  TooManyServers,
  // Of access control.
  AccessControlNotSupported,
  AccessControlResourceMissing,
  AccessControlTarget,
  AccessControlTargetMissing,
  AccessControlTargetTwice,
  AccessControlOwner,
  AclServer,
  AclRights,
  ObjectLevelOwner,
  ObjectLevelRights,
};
inline constexpr std::size_t kConfigurationRules =
    static_cast<std::size_t>(ConfigurationRule::ObjectLevelRights) + 1;

struct Inconsistency {
  ConfigurationRule rule;
  /// What breaks the rule: an object, an instance, a resource or a resource instance.
  Path path;
};

/// The first rule that is broken, in the order of their enumerators within an instance, and of
/// instances within an object; nothing if the configuration is good. [BS-51]
/// /1/x/8 cannot be delivered, so it is not asked for. Time: the square of the number of instances.
[[nodiscard]] std::optional<Inconsistency> find_inconsistency(const ConfigurationView& view,
                                                              const ConfigurationSupport& support);

/// A sentence for a person who knows the path and wants to repair it. Static lifetime.
[[nodiscard]] const char* describe(ConfigurationRule rule);
/// The requirement behind the rule: "BS-51". Static lifetime.
[[nodiscard]] const char* requirement_of(ConfigurationRule rule);

}  // namespace linnet::lwm2m
