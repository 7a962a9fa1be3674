// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/account_credentials.hpp>

#include <algorithm>

#include <client/incoming.hpp>
#include <client/objects/number_value.hpp>
#include <linnet/coap/uri.hpp>
#include <linnet/lwm2m/object_definitions.hpp>
#include <linnet/lwm2m/security_mode.hpp>
#include <linnet/secure/wipe.hpp>

namespace linnet::client {

namespace security = lwm2m::objects::security;
using lwm2m::DataType;
using lwm2m::SecurityMode;
using secure::ClientCredentials;

namespace {

ByteView bytes_of(const Value& value) {
  switch (value.type()) {
    case DataType::Opaque: return value.as_opaque();
    case DataType::String: return as_bytes(value.as_string());
    default: return {};
  }
}

/// Four numbers of up to three digits with dots between them, or anything with a colon: no name of
/// a host looks like that (RFC 6066 §3 wants none of them in SNI).
bool is_address(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return true;
  std::size_t dots = 0;
  for (const char c : host) {
    if (c == '.') ++dots;
    if (c != '.' && (c < '0' || c > '9')) return false;
  }
  return dots == 3;
}

}  // namespace

Result<Value> AccountCredentials::value(Id resource) const {
  const Path path(security::kObject, instance_, resource);
  if (!security_.has_resource(path)) return Error::NotFound;
  return security_.read(path);
}

std::uint32_t AccountCredentials::number(Id resource, std::uint32_t absent) const {
  return number_of(value(resource), absent);
}

ByteView AccountCredentials::copy(Id resource, Writer& copies) const {
  const Result<Value> found = value(resource);
  if (!found.ok()) return {};
  const std::size_t begin = copies.size();
  copies.bytes(bytes_of(*found));
  return copies.ok() ? copies.written().subspan(begin) : MutableBytes{};
}

/// The instances in ascending order, the most wanted first; those that do not fit are left out.
std::span<const std::uint16_t> AccountCredentials::list(Id resource, Numbers& numbers) const {
  std::size_t count = 0;
  const Path path(security::kObject, instance_, resource);
  if (!security_.has_resource(path)) return {};
  for (Id id = security_.next_resource_instance(path, kNoId); id != kNoId && count < kMostNumbers;
       id = security_.next_resource_instance(path, id)) {
    const std::uint32_t one = number_of(security_.read(path.child(id)), 0);
    if (one != 0 && one <= 0xFFFF) numbers[count++] = static_cast<std::uint16_t>(one);
  }
  return std::span(numbers).first(count);
}

Status AccountCredentials::lend(ClientCredentials& out) {
  const Status status = read(out);
  if (!status.ok()) give_back();
  return status;
}

Status AccountCredentials::read(ClientCredentials& out) {
  bool there = false;
  for (Id id = security_.next_instance(kNoId); id != kNoId; id = security_.next_instance(id)) {
    there = there || id == instance_;
  }
  if (!there || instance_ == kNoId) return Error::NotFound;
  const std::uint32_t mode =
      number(security::kSecurityMode, static_cast<std::uint32_t>(SecurityMode::NoSec));
  if (mode == static_cast<std::uint32_t>(SecurityMode::NoSec)) return Error::State;
  const std::uint32_t matching = number(security::kMatchingType, 0);   // [SEC-26]
  const std::uint32_t usage = number(security::kCertificateUsage, 3);  // [SEC-27]
  if (mode > static_cast<std::uint32_t>(SecurityMode::X509) || matching > 3 || usage > 3) {
    return Error::Unsupported;
  }
  Writer copies(storage_);
  out.mode = static_cast<ClientCredentials::Mode>(mode);
  out.matching = static_cast<ClientCredentials::Matching>(matching);
  out.usage = static_cast<ClientCredentials::Usage>(usage);
  out.identity = copy(security::kPublicKeyOrIdentity, copies);
  out.server_key = copy(security::kServerPublicKey, copies);
  out.secret_key = copy(security::kSecretKey, copies);
  LINNET_TRY(read_name(out, copies));
  LINNET_TRY(copies.status());
  out.suites = list(security::kDtlsTlsCiphersuite, suites_);   // [SEC-28]
  out.groups = list(security::kGroupsToUseByClient, groups_);  // [SEC-29]
  out.signatures = list(security::kSignatureAlgorithmsToUseByClient, signatures_);
  out.trust_anchors = trust_anchors_;
  out.unix_time = unix_time_;
  out.mtu = mtu_;
  return {};
}

/// The reference identifier: /0/x/14, or else the host of the URI. [SEC-21] [SEC-22]
Status AccountCredentials::read_name(ClientCredentials& out, Writer& copies) {
  const ByteView sni = copy(security::kSni, copies);
  out.server_name = as_text(sni);
  if (sni.empty()) {
    const auto uri = coap::parse_uri(as_text(copy(security::kServerUri, copies)));
    if (uri.ok()) out.server_name = uri->host;
  }
  out.name_is_address = is_address(out.server_name);
  return {};
}

void AccountCredentials::give_back() { secure::wipe(storage_); }

std::uint32_t AccountCredentials::fingerprint() {
  std::uint32_t print = fnv1a({});
  const auto add = [&](std::uint32_t number) {
    const std::array<std::uint8_t, 4> bytes = {
        static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    print = fnv1a(bytes, print);
  };
  for (const Id resource : {security::kServerUri, security::kPublicKeyOrIdentity,
                            security::kServerPublicKey, security::kSecretKey, security::kSni}) {
    const Result<Value> found = value(resource);
    const ByteView bytes = found.ok() ? bytes_of(*found) : ByteView{};
    add(static_cast<std::uint32_t>(bytes.size()));
    print = fnv1a(bytes, print);
  }
  for (const Id resource :
       {security::kSecurityMode, security::kMatchingType, security::kCertificateUsage}) {
    add(number(resource, 0xFFFFFFFF));
  }
  for (const Id resource : {security::kDtlsTlsCiphersuite, security::kGroupsToUseByClient,
                            security::kSignatureAlgorithmsToUseByClient}) {
    Numbers numbers{};
    (void)list(resource, numbers);
    for (const std::uint16_t one : numbers) add(one);
  }
  return print;
}

}  // namespace linnet::client
