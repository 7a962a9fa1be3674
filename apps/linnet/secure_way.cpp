// SPDX-License-Identifier: Apache-2.0
#include "secure_way.hpp"

#include "table.hpp"

namespace linnet::cli {
namespace {

using secure::Alert;
using Kind = secure::HandshakeFailure::Kind;

/// What helps when the server said this.
std::string advice_for(Alert alert, const std::string& identity) {
  switch (alert) {
    case Alert::UnknownPskIdentity:
      return "; add it there with \"linnet credential new --psk\", or look for a typing error";
    case Alert::BadRecordMac:
    case Alert::DecryptError:
      return identity.empty() ? "" : "; compare the pre-shared keys on both sides";
    case Alert::BadCertificate:
    case Alert::CertificateUnknown:
    case Alert::UnknownCa:
    case Alert::NoCertificate:
      return "; add this device there with \"linnet credential new\" or \"import\"";
    case Alert::AccessDenied:
    case Alert::CertificateRevoked:
      return "; \"linnet credential list\" on the server shows what it accepts";
    case Alert::HandshakeFailure:
    case Alert::InsufficientSecurity:
      return "; perhaps it is set up for another kind of credential";
    default: return {};
  }
}

}  // namespace

bool SecureWay::follow(Instant now, lwm2m::Id account) {
  credentials.set_instance(account);
  const std::uint32_t print = credentials.fingerprint();
  const bool changed = fingerprint != 0 && print != fingerprint;
  fingerprint = print;
  if (changed) link.renew(now);
  return changed;
}

std::string session_words(const secure::ClientLink& link) {
  const secure::ConnectionId& id = link.connection_id();
  std::string out(secure::name(link.suite()));
  if (id.size != 0) out += ", connection id of " + std::to_string(id.size) + " bytes";
  return out;
}

std::string failure_words(const secure::HandshakeFailure& failure, const std::string& identity) {
  std::string out = printable(failure.reason);
  switch (failure.kind) {
    case Kind::AlertReceived:
      if (failure.alert == Alert::UnknownPskIdentity && !identity.empty()) {
        out = "the server does not know the PSK identity \"" + printable(identity) + "\"";
      }
      return out + advice_for(failure.alert, identity);
    case Kind::Timeout:
      if (out.empty()) out = "no answer";
      return out + ". Is a server running there, does a firewall let UDP through" +
             (identity.empty() ? "?" : ", and is the pre-shared key the same on both sides?");
    default: return out;
  }
}

}  // namespace linnet::cli
