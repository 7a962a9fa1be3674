// SPDX-License-Identifier: Apache-2.0
// What a person reads about a broken rule. Apart from the rules: a device needs no sentences.
#include <array>

#include <linnet/lwm2m/configuration.hpp>

namespace linnet::lwm2m {
namespace {

using Rule = ConfigurationRule;

struct RuleText {
  Rule rule;
  const char* requirement;
  const char* sentence;
};

constexpr std::array<RuleText, kConfigurationRules> kTexts = {{
    {Rule::SecurityResourceMissing, "BS-51",
     "This resource is missing: a Security instance needs 0 to 5 (URI, Bootstrap-Server, Security "
     "Mode, identity, server key and secret key; keys that the mode does not use are empty)."},
    {Rule::SecurityModeNotSupported, "SEC-12",
     "The device does not support this Security Mode (0 is PSK, 1 raw public key, 2 certificate, "
     "3 NoSec, 4 certificate with EST)."},
    {Rule::UriMalformed, "BS-51",
     "This is no server URI: write scheme, host and perhaps port, as in coaps://example.com:5684."},
    {Rule::SchemeNotSupported, "BS-51", "The device does not support the scheme of this URI."},
    {Rule::SchemeAgainstMode, "BS-51",
     "The scheme does not fit the Security Mode: coap and coap+tcp go with mode 3 (NoSec), coaps "
     "and coaps+tcp with every other mode."},
    {Rule::PskIdentity, "SEC-15",
     "With Security Mode 0 (PSK) this is the identity of the client: 1 to 128 bytes."},
    {Rule::PskKey, "SEC-15",
     "With Security Mode 0 (PSK) this is the pre-shared key: 1 to 64 bytes, better 16 or more."},
    {Rule::PublicKey, "SEC-17",
     "With Security Mode 1 (raw public key) this is the public key of the client: a "
     "SubjectPublicKeyInfo of a P-256 key in DER."},
    {Rule::ServerPublicKey, "SEC-17",
     "With Security Mode 1 (raw public key) this is the public key of the server: a "
     "SubjectPublicKeyInfo of a P-256 key in DER, or its hash if Matching Type says so."},
    {Rule::PrivateKey, "SEC-17",
     "With Security Mode 1 (raw public key) this is the private key of the client: a "
     "OneAsymmetricKey (PKCS #8) or ECPrivateKey in DER."},
    {Rule::Certificate, "SEC-19",
     "With Security Mode 2 (certificate) this is the certificate of the client in DER, perhaps "
     "followed by its chain."},
    {Rule::ServerCertificate, "SEC-19",
     "With Security Mode 2 or 4 (certificate) this is the certificate or trust anchor of the "
     "server in DER, or its hash if Matching Type says so."},
    {Rule::CertificateKey, "SEC-19",
     "With Security Mode 2 (certificate) this is the private key of the client: a "
     "OneAsymmetricKey (PKCS #8) or ECPrivateKey in DER."},
    {Rule::NegativeTime, "BS-51", "A time in seconds is a number and not negative."},
    {Rule::BootstrapAccountTwice, "BS-03",
     "This is the second bootstrap-server account; a device has one at most: set Bootstrap-Server "
     "(resource 1) to false or take the instance away."},
    {Rule::BootstrapAccountWithShortServerId, "BS-03",
     "A bootstrap-server account has no Short Server ID: leave this resource out."},
    {Rule::ShortServerIdMissing, "BS-04",
     "A server's Security instance needs a Short Server ID that leads to its Server instance."},
    {Rule::ShortServerIdRange, "ID-02", "A Short Server ID is a number from 1 to 65534."},
    {Rule::ShortServerIdTwice, "BS-04",
     "Another instance of this object has the same Short Server ID; each server has its own."},
    {Rule::OscoreLink, "BS-51",
     "This link leads to no OSCORE instance: it names an instance of object 21 that is there."},
    {Rule::OscoreLinkedTwice, "BS-06",
     "Another Security instance is linked to the same OSCORE instance; each has its own."},
    {Rule::OscoreResourceMissing, "BS-51",
     "This resource is missing: an OSCORE instance needs 0 to 2 (Master Secret, Sender ID, "
     "Recipient ID)."},
    {Rule::ServerResourceMissing, "BS-51",
     "This resource is missing: a Server instance needs 0, 1, 6 and 7 (Short Server ID, Lifetime, "
     "Notification Storing, Binding)."},
    {Rule::Binding, "BS-51",
     "This is no binding: letters of U, T, S, N, M and H, each once (for LwM2M 1.0: U, UQ, S, SQ, "
     "US or UQS), and for Preferred Transport one letter."},
    {Rule::NotificationMode, "SRV-23",
     "The Default Notification Mode is 0 (non-confirmable) or 1 (confirmable)."},
    {Rule::ServerWithoutSecurity, "BS-04",
     "No Security instance of a server has the Short Server ID of this Server instance: add one, "
     "or take this instance away (a bootstrap server has none)."},
    {Rule::SecurityWithoutServer, "BS-04",
     "No Server instance has the Short Server ID of this Security instance: add one, or take this "
     "instance away."},
    {Rule::NoServerAccount, "BS-05",
     "There is no server account: the device needs a Security and a Server instance with the same "
     "Short Server ID."},
    {Rule::TooManyServers, "BS-51", "There are more server accounts than the device can serve."},
    {Rule::AccessControlNotSupported, "BS-50",
     "The device has no access control: leave object 2 out, and every server has full rights."},
    {Rule::AccessControlResourceMissing, "BS-51",
     "This resource is missing: an Access Control instance needs 0, 1 and 3 (object, instance, "
     "owner)."},
    {Rule::AccessControlTarget, "ACL-03",
     "This names nothing that can be governed: an object from 1 to 65534 but 21, and an instance "
     "from 0 to 65534, or 65535 for the object itself."},
    {Rule::AccessControlTargetMissing, "BS-51",
     "The object instance that this Access Control instance governs is not there."},
    {Rule::AccessControlTargetTwice, "BS-51",
     "Another Access Control instance governs the same target; put all rights into one."},
    {Rule::AccessControlOwner, "ACL-03",
     "The owner is the Short Server ID of a server account, or 65535 for the bootstrap server."},
    {Rule::AclServer, "ACL-04",
     "No server account has the Short Server ID that this entry names (0 is for all others)."},
    {Rule::AclRights, "ACL-04",
     "Rights are a sum of 1 (read), 2 (write), 4 (execute), 8 (delete) and 16 (create)."},
    {Rule::ObjectLevelOwner, "ACL-06",
     "Access control of an object itself is owned by the bootstrap server: the owner is 65535."},
    {Rule::ObjectLevelRights, "ACL-06",
     "Access control of an object itself knows one right, 16 (create); others belong to its "
     "instances."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    if (kTexts[i].rule != static_cast<Rule>(i)) return false;
  }
  return true;
}
static_assert(in_order());

const RuleText& text_of(Rule rule) {
  LINNET_CHECK(static_cast<std::size_t>(rule) < kTexts.size());
  return kTexts[static_cast<std::size_t>(rule)];
}

}  // namespace

const char* describe(ConfigurationRule rule) { return text_of(rule).sentence; }

const char* requirement_of(ConfigurationRule rule) { return text_of(rule).requirement; }

}  // namespace linnet::lwm2m
