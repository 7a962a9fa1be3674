// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/configuration.hpp>

#include <initializer_list>

#include <linnet/lwm2m/binding.hpp>
#include <linnet/lwm2m/credentials.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::lwm2m {
namespace {

namespace security = objects::security;
namespace server = objects::server;
namespace oscore = objects::oscore;
namespace acl = objects::access_control;
using Rule = ConfigurationRule;

constexpr std::int64_t kFirstServer = 1;
constexpr std::int64_t kLastServer = 65534;
constexpr std::int64_t kBootstrapOnly = 65535;
constexpr std::int64_t kCreateRight = 16;
constexpr std::int64_t kNothing = -1;

/// What a credential must look like in a Security Mode. The hash of a server's one is looked at
/// apart.
struct CredentialRow {
  SecurityMode mode;
  std::uint8_t resource;
  Rule rule;
  bool (*fits)(ByteView);
};
constexpr CredentialRow kCredentials[] = {
    {SecurityMode::Psk, security::kPublicKeyOrIdentity, Rule::PskIdentity, is_psk_identity},
    {SecurityMode::Psk, security::kSecretKey, Rule::PskKey, is_psk},
    {SecurityMode::RawPublicKey, security::kPublicKeyOrIdentity, Rule::PublicKey, is_public_key},
    {SecurityMode::RawPublicKey, security::kServerPublicKey, Rule::ServerPublicKey, is_public_key},
    {SecurityMode::RawPublicKey, security::kSecretKey, Rule::PrivateKey, is_private_key},
    {SecurityMode::X509, security::kPublicKeyOrIdentity, Rule::Certificate, is_certificate},
    {SecurityMode::X509, security::kServerPublicKey, Rule::ServerCertificate, is_certificate},
    {SecurityMode::X509, security::kSecretKey, Rule::CertificateKey, is_private_key},
    {SecurityMode::Est, security::kServerPublicKey, Rule::ServerCertificate, is_certificate},
};

/// Each function returns whether it found nothing wrong; if not, `found` says what.
class Inspection {
 public:
  Inspection(const ConfigurationView& view, const ConfigurationSupport& support)
      : view_(view), support_(support) {}

  Inconsistency found{};

  bool run();

 private:
  bool fail(Rule rule, const Path& path) {
    found = {.rule = rule, .path = path};
    return false;
  }
  /// A number or boolean; `kNothing` if it is not there or of another type.
  std::int64_t number(const Path& path) const;
  Id find(Id object, Id resource, std::int64_t number, Id after = kNoId) const;
  bool has_account(std::int64_t ssid) const {
    return find(server::kObject, server::kShortServerId, ssid) != kNoId;
  }
  bool all_there(const Path& instance, std::initializer_list<std::uint8_t> resources, Rule rule);
  bool no_negative(const Path& instance, std::initializer_list<std::uint8_t> resources);
  bool short_server_id(const Path& path);

  bool security_instance(const Path& instance);
  bool uri(const Path& path, SecurityMode mode);
  bool credentials(const Path& instance, SecurityMode mode);
  bool oscore_link(const Path& instance);
  bool server_instance(const Path& instance);
  bool accounts();
  bool access_control_instance(const Path& instance);
  bool access_control_entries(const Path& instance, bool object_level);
  bool access_control(bool several);
  bool each(Id object, bool (Inspection::*check)(const Path&));

  const ConfigurationView& view_;
  const ConfigurationSupport& support_;
};

// --- Questions to the view ---

std::int64_t Inspection::number(const Path& path) const {
  const Result<Value> value = view_.value(path);
  if (!value) return kNothing;
  switch (value->type()) {
    case DataType::Integer:
    case DataType::Time:
    case DataType::Boolean: return static_cast<std::int64_t>(value->bits());
    case DataType::Unsigned:
      return value->bits() > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(value->bits());
    default: return kNothing;
  }
}

/// The first instance after `after` with that number in `resource`, or kNoId.
Id Inspection::find(Id object, Id resource, std::int64_t number, Id after) const {
  Id id = view_.next_instance(object, after);
  while (id != kNoId && this->number(Path(object, id, resource)) != number) {
    id = view_.next_instance(object, id);
  }
  return id;
}

bool Inspection::each(Id object, bool (Inspection::*check)(const Path&)) {
  for (Id id = view_.next_instance(object, kNoId); id != kNoId;
       id = view_.next_instance(object, id)) {
    if (!(this->*check)(Path(object, id))) return false;
  }
  return true;
}

bool Inspection::all_there(const Path& instance, std::initializer_list<std::uint8_t> resources,
                           Rule rule) {
  for (const Id resource : resources) {
    if (!view_.value(instance.child(resource))) return fail(rule, instance.child(resource));
  }
  return true;
}

bool Inspection::no_negative(const Path& instance, std::initializer_list<std::uint8_t> resources) {
  for (const Id resource : resources) {
    const Path path = instance.child(resource);
    if (view_.value(path).ok() && number(path) < 0) return fail(Rule::NegativeTime, path);
  }
  return true;
}

/// In range, and no later instance has the same. [ID-02]
bool Inspection::short_server_id(const Path& path) {
  const std::int64_t ssid = number(path);
  if (ssid < kFirstServer || ssid > kLastServer) return fail(Rule::ShortServerIdRange, path);
  const Id second = find(path.object(), path.resource(), ssid, path.instance());
  if (second == kNoId) return true;
  return fail(Rule::ShortServerIdTwice, Path(path.object(), second, path.resource()));
}

// --- Object 0 ---

bool Inspection::uri(const Path& path, SecurityMode mode) {
  const Result<Value> value = view_.value(path);
  if (value->type() != DataType::String) return fail(Rule::UriMalformed, path);
  const Result<coap::UriView> uri = coap::parse_uri(value->as_string());
  if (uri.error() == Error::Unsupported) return fail(Rule::SchemeNotSupported, path);
  if (!uri) return fail(Rule::UriMalformed, path);
  if ((support_.schemes & ConfigurationSupport::bit(uri->scheme)) == 0) {
    return fail(Rule::SchemeNotSupported, path);
  }
  if (coap::is_secure(uri->scheme) == (mode == SecurityMode::NoSec)) {
    return fail(Rule::SchemeAgainstMode, path);
  }
  return true;
}

bool Inspection::credentials(const Path& instance, SecurityMode mode) {
  // [SEC-26] A hash stands for the server's key: SHA-256, SHA-384 or SHA-512.
  const std::int64_t matching = number(instance.child(security::kMatchingType));
  for (const CredentialRow& row : kCredentials) {
    if (row.mode != mode) continue;
    const Path path = instance.child(row.resource);
    const Result<Value> value = view_.value(path);
    bool fits = value->type() == DataType::Opaque;
    if (fits && row.resource == security::kServerPublicKey && matching > 0) {
      fits =
          matching <= 3 && value->as_opaque().size() == 16u * (static_cast<unsigned>(matching) + 1);
    } else if (fits) {
      fits = row.fits(value->as_opaque());
    }
    if (!fits) return fail(row.rule, path);
  }
  return true;
}

bool Inspection::oscore_link(const Path& instance) {
  const Path path = instance.child(security::kOscoreSecurityMode);
  const Result<Value> value = view_.value(path);
  if (!value) return true;
  if (value->type() != DataType::Objlnk) return fail(Rule::OscoreLink, path);
  const ObjectLink link = value->as_link();
  if (link == ObjectLink{}) return true;  // [DT-08]
  const auto before = static_cast<Id>(link.instance - 1);
  if (link.object != oscore::kObject || link.instance == kNoId ||
      view_.next_instance(oscore::kObject, before) != link.instance) {
    return fail(Rule::OscoreLink, path);
  }
  for (Id id = instance.instance(); (id = view_.next_instance(security::kObject, id)) != kNoId;) {
    const Path other(security::kObject, id, security::kOscoreSecurityMode);
    const Result<Value> second = view_.value(other);
    if (second.ok() && *second == Value::link(link)) return fail(Rule::OscoreLinkedTwice, other);
  }
  return true;
}

bool Inspection::security_instance(const Path& instance) {
  if (!all_there(instance,
                 {security::kServerUri, security::kBootstrapServer, security::kSecurityMode,
                  security::kPublicKeyOrIdentity, security::kServerPublicKey, security::kSecretKey},
                 Rule::SecurityResourceMissing)) {
    return false;
  }
  const Path mode_path = instance.child(security::kSecurityMode);
  const std::int64_t number = this->number(mode_path);
  if (number < 0 || number > 7 || (support_.modes >> number & 1) == 0) {
    return fail(Rule::SecurityModeNotSupported, mode_path);
  }
  const auto mode = static_cast<SecurityMode>(number);
  if (!uri(instance.child(security::kServerUri), mode)) return false;
  const Path more = instance.child(security::kSecondaryServerUri);
  for (Id id = kNoId; (id = view_.next_resource_instance(more, id)) != kNoId;) {
    if (!uri(more.child(id), mode)) return false;
  }
  if (!credentials(instance, mode)) return false;
  if (!no_negative(instance,
                   {security::kClientHoldOffTime, security::kBootstrapServerAccountTimeout})) {
    return false;
  }
  const Path ssid = instance.child(security::kShortServerId);
  const bool has_ssid = view_.value(ssid).ok();
  if (this->number(instance.child(security::kBootstrapServer)) == 1) {  // [BS-03]
    const Id second = find(security::kObject, security::kBootstrapServer, 1, instance.instance());
    if (second != kNoId) return fail(Rule::BootstrapAccountTwice, Path(security::kObject, second));
    if (has_ssid) return fail(Rule::BootstrapAccountWithShortServerId, ssid);
  } else {
    if (!has_ssid) return fail(Rule::ShortServerIdMissing, ssid);
    if (!short_server_id(ssid)) return false;
  }
  return oscore_link(instance);
}

// --- Object 1 ---

bool Inspection::server_instance(const Path& instance) {
  if (!all_there(instance,
                 {server::kShortServerId, server::kLifetime,
                  server::kNotificationStoringWhenDisabledOrOffline, server::kBinding},
                 Rule::ServerResourceMissing) ||
      !short_server_id(instance.child(server::kShortServerId)) ||
      !no_negative(instance, {server::kLifetime, server::kDefaultMinimumPeriod,
                              server::kDefaultMaximumPeriod, server::kDisableTimeout})) {
    return false;
  }
  for (const Id resource : {server::kBinding, server::kPreferredTransport}) {
    const Path path = instance.child(resource);
    const Result<Value> value = view_.value(path);
    if (!value) continue;
    bool good = value->type() == DataType::String;
    if (good) {
      const std::string_view letters = value->as_string();
      const bool one = resource == server::kPreferredTransport;
      good = one ? letters.size() == 1 && is_binding(letters, kEnabler12)
                 : is_binding(letters, kEnabler12) || is_binding(letters, kEnabler10);
    }
    if (!good) return fail(Rule::Binding, path);
  }
  const Path mode = instance.child(server::kDefaultNotificationMode);
  if (view_.value(mode).ok() && (number(mode) < 0 || number(mode) > 1)) {
    return fail(Rule::NotificationMode, mode);
  }
  return true;
}

// --- Objects 0 and 1 together ---

/// Each half of an account has its other half. [BS-04] [BS-05]
bool Inspection::accounts() {
  std::uint16_t count = 0;
  for (Id id = kNoId; (id = view_.next_instance(server::kObject, id)) != kNoId; ++count) {
    const Path path(server::kObject, id);
    const std::int64_t ssid = number(path.child(server::kShortServerId));
    if (find(security::kObject, security::kShortServerId, ssid) == kNoId) {
      return fail(Rule::ServerWithoutSecurity, path);
    }
  }
  for (Id id = kNoId; (id = view_.next_instance(security::kObject, id)) != kNoId;) {
    const Path path(security::kObject, id);
    if (number(path.child(security::kBootstrapServer)) != 1 &&
        !has_account(number(path.child(security::kShortServerId)))) {
      return fail(Rule::SecurityWithoutServer, path);
    }
  }
  if (count == 0) return fail(Rule::NoServerAccount, Path(server::kObject));
  if (count > support_.servers) return fail(Rule::TooManyServers, Path(server::kObject));
  return access_control(count > 1);
}

// --- Object 2 ---

bool Inspection::access_control_instance(const Path& instance) {
  const Path object_path = instance.child(acl::kObjectId);
  const Path instance_path = instance.child(acl::kObjectInstanceId);
  if (!all_there(instance, {acl::kObjectId, acl::kObjectInstanceId, acl::kAccessControlOwner},
                 Rule::AccessControlResourceMissing)) {
    return false;
  }
  const std::int64_t object = number(object_path);
  const std::int64_t target = number(instance_path);
  const bool object_level = target == kNoId;
  if (object < 1 || object >= kNoId || object == oscore::kObject) {
    return fail(Rule::AccessControlTarget, object_path);
  }
  if (target < 0 || target > kNoId) return fail(Rule::AccessControlTarget, instance_path);
  if (!object_level &&
      !view_.has_instance(Path(static_cast<Id>(object), static_cast<Id>(target)))) {
    return fail(Rule::AccessControlTargetMissing, instance);
  }
  for (Id other = instance.instance();
       (other = find(acl::kObject, acl::kObjectId, object, other)) != kNoId;) {
    if (number(Path(acl::kObject, other, acl::kObjectInstanceId)) == target) {
      return fail(Rule::AccessControlTargetTwice, Path(acl::kObject, other));
    }
  }
  const Path owner_path = instance.child(acl::kAccessControlOwner);
  const std::int64_t owner = number(owner_path);
  if (owner != kBootstrapOnly) {
    if (object_level) return fail(Rule::ObjectLevelOwner, owner_path);
    if (!has_account(owner)) return fail(Rule::AccessControlOwner, owner_path);
  }
  return access_control_entries(instance, object_level);
}

bool Inspection::access_control_entries(const Path& instance, bool object_level) {
  const Path entries = instance.child(acl::kAcl);
  for (Id ssid = kNoId; (ssid = view_.next_resource_instance(entries, ssid)) != kNoId;) {
    const Path path = entries.child(ssid);
    if (ssid != 0 && !has_account(ssid)) return fail(Rule::AclServer, path);
    const std::int64_t rights = number(path);
    if (rights < 0 || rights > 31) return fail(Rule::AclRights, path);
    if (object_level && (rights & ~kCreateRight) != 0) return fail(Rule::ObjectLevelRights, path);
  }
  return true;
}

/// With one server everybody has full rights, whatever /2 says [ACL-01]; with several and no /2
/// too.
bool Inspection::access_control(bool several) {
  const Id first = view_.next_instance(acl::kObject, kNoId);
  if (first != kNoId && !support_.access_control) {
    return fail(Rule::AccessControlNotSupported, Path(acl::kObject, first));  // [BS-50]
  }
  return !several || each(acl::kObject, &Inspection::access_control_instance);
}

bool Inspection::run() {
  if (!each(security::kObject, &Inspection::security_instance)) return false;
  for (Id id = kNoId; (id = view_.next_instance(oscore::kObject, id)) != kNoId;) {
    if (!all_there(
            Path(oscore::kObject, id),
            {oscore::kOscoreMasterSecret, oscore::kOscoreSenderId, oscore::kOscoreRecipientId},
            Rule::OscoreResourceMissing)) {
      return false;
    }
  }
  return each(server::kObject, &Inspection::server_instance) && accounts();
}

}  // namespace

std::optional<Inconsistency> find_inconsistency(const ConfigurationView& view,
                                                const ConfigurationSupport& support) {
  Inspection inspection(view, support);
  if (inspection.run()) return std::nullopt;
  return inspection.found;
}

}  // namespace linnet::lwm2m
