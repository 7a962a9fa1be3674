// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/credentials.hpp>

#include <algorithm>
#include <utility>

#include <linnet/lwm2m/credentials.hpp>
#include <linnet/lwm2m/endpoint_name.hpp>
#include <linnet/server/bootstrap_configuration.hpp>
#include <linnet/text/utf8.hpp>

namespace linnet::server {
namespace {

using Kind = CredentialKind;
using secure::Proof;

constexpr std::size_t kAdvisedKey = 16;

CredentialFault invalid(std::string reason) {
  return {CredentialFault::Kind::Invalid, std::move(reason)};
}

bool is_pattern(std::string_view endpoint) { return endpoint.find('*') != std::string_view::npos; }

std::size_t hash_of(ByteView key) { return std::hash<std::string_view>{}(as_text(key)); }

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

template <typename Map, typename Key>
void erase_pair(Map& map, const Key& key, std::uint64_t id) {
  const auto [begin, end] = map.equal_range(key);
  const auto found = std::find_if(begin, end, [&](const auto& pair) { return pair.second == id; });
  if (found != end) map.erase(found);
}

std::optional<CredentialFault> check_psk(const Credential& credential) {
  if (!lwm2m::is_psk_identity(as_bytes(credential.identity)) ||
      !text::is_utf8(as_bytes(credential.identity))) {
    return invalid("a PSK identity has 1 to 128 bytes of UTF-8");
  }
  if (credential.key.view().empty()) return invalid("there is no key");
  if (!lwm2m::is_psk(credential.key.view())) return invalid("a key has 1 to 64 bytes");
  return std::nullopt;
}

}  // namespace

// [SEC-15] [SEC-17] [SEC-19]
std::optional<CredentialFault> check(const Credential& credential) {
  const std::string& endpoint = credential.endpoint;
  if (endpoint.empty()) return invalid("there is no endpoint");
  if (is_pattern(endpoint)) {
    if (credential.kind != Kind::NamedCertificate) {
      return invalid("only certificates of a trust anchor can be for a pattern of endpoints");
    }
  } else if (!lwm2m::check_endpoint_name(endpoint)) {
    const std::string_view form = lwm2m::expected_form(endpoint);
    return invalid("the endpoint is no endpoint client name" +
                   (form.empty() ? std::string() : "; one like it is " + std::string(form)));
  }
  switch (credential.kind) {
    case Kind::Psk: return check_psk(credential);
    case Kind::PublicKey:
      if (lwm2m::is_public_key(credential.public_key)) return std::nullopt;
      return invalid("the public key is no SubjectPublicKeyInfo of P-256 in DER");
    case Kind::Certificate:
      if (lwm2m::is_certificate(credential.certificate)) return std::nullopt;
      return invalid("the certificate is no X.509 certificate in DER");
    case Kind::NamedCertificate: return std::nullopt;
  }
  return invalid("there is no such kind of credential");
}

std::string advice(const Credential& credential) {
  if (credential.kind != Kind::Psk || credential.key.view().size() >= kAdvisedKey) return {};
  return "the key has " + std::to_string(credential.key.view().size()) +
         " bytes; fewer than 16 can be guessed";
}

Proof proof_of(CredentialKind kind) {
  switch (kind) {
    case Kind::Psk: return Proof::Psk;
    case Kind::PublicKey: return Proof::RawPublicKey;
    default: return Proof::Certificate;
  }
}

const char* describe(CredentialKind kind) {
  switch (kind) {
    case Kind::Psk: return "psk";
    case Kind::PublicKey: return "rpk";
    default: return "x509";
  }
}

// --- In memory ---

const Credential* Credentials::find(std::uint64_t id) const {
  const auto found = all_.find(id);
  return found != all_.end() ? &found->second : nullptr;
}

std::optional<CredentialFault> Credentials::clash(const Credential& credential) const {
  const auto taken = [](std::string reason) {
    return CredentialFault{CredentialFault::Kind::KeyTaken, std::move(reason)};
  };
  if (credential.kind == Kind::Psk) {
    if (by_identity_.contains(credential.identity)) {
      return CredentialFault{CredentialFault::Kind::IdentityTaken,
                             "another credential has this PSK identity"};
    }
    const auto [begin, end] = by_key_hash_.equal_range(hash_of(credential.key.view()));
    for (auto pair = begin; pair != end; ++pair) {
      const Credential& other = all_.at(pair->second);
      if (other.endpoint != credential.endpoint && equal(other.key.view(), credential.key.view())) {
        return taken("another endpoint has this key");
      }
    }
  } else if (credential.kind == Kind::PublicKey) {
    if (by_public_key_.contains(text_of(lwm2m::public_key_x(credential.public_key)))) {
      return taken("another credential has this public key");
    }
  } else if (credential.kind == Kind::Certificate) {
    if (by_certificate_.contains(text_of(credential.certificate))) {
      return taken("another credential has this certificate");
    }
  }
  return std::nullopt;
}

// [SEC-04]
Credentials::Added Credentials::add(Credential credential) {
  if (auto fault = check(credential)) return {0, std::move(fault)};
  if (auto fault = clash(credential)) return {0, std::move(fault)};
  const std::uint64_t id = ++last_;
  credential.id = id;
  by_endpoint_.emplace(credential.endpoint, id);
  barred_.erase(credential.endpoint);
  switch (credential.kind) {
    case Kind::Psk:
      by_identity_.emplace(credential.identity, id);
      by_key_hash_.emplace(hash_of(credential.key.view()), id);
      break;
    case Kind::PublicKey:
      by_public_key_.emplace(text_of(lwm2m::public_key_x(credential.public_key)), id);
      break;
    case Kind::Certificate: by_certificate_.emplace(text_of(credential.certificate), id); break;
    case Kind::NamedCertificate:
      if (is_pattern(credential.endpoint)) patterns_.push_back(id);
      break;
  }
  all_.emplace(id, std::move(credential));
  return {id, std::nullopt};
}

bool Credentials::remove(std::uint64_t id) {
  const auto found = all_.find(id);
  if (found == all_.end()) return false;
  const Credential& gone = found->second;
  erase_pair(by_endpoint_, gone.endpoint, id);
  if (!by_endpoint_.contains(gone.endpoint)) barred_.insert(gone.endpoint);
  by_identity_.erase(gone.kind == Kind::Psk ? gone.identity : std::string());
  if (gone.kind == Kind::Psk) erase_pair(by_key_hash_, hash_of(gone.key.view()), id);
  if (gone.kind == Kind::PublicKey) {
    by_public_key_.erase(text_of(lwm2m::public_key_x(gone.public_key)));
  }
  if (gone.kind == Kind::Certificate) by_certificate_.erase(text_of(gone.certificate));
  std::erase(patterns_, id);
  all_.erase(found);
  if (on_end_) on_end_(id);
  return true;
}

Proof Credentials::strongest(std::string_view endpoint) {
  Proof best = Proof::None;
  const auto [begin, end] = by_endpoint_.equal_range(std::string(endpoint));
  for (auto pair = begin; pair != end; ++pair) {
    best = std::max(best, proof_of(all_.at(pair->second).kind));
  }
  for (const std::uint64_t id : patterns_) {
    if (matches(all_.at(id).endpoint, endpoint)) best = Proof::Certificate;
  }
  return best;
}

std::optional<secure::PeerDirectory::Found> Credentials::find_psk(ByteView identity,
                                                                  MutableBytes key,
                                                                  std::size_t& key_bytes) {
  const auto found = by_identity_.find(text_of(identity));
  if (found == by_identity_.end()) return std::nullopt;
  const Credential& credential = all_.at(found->second);
  const ByteView bytes = credential.key.view();
  if (bytes.size() > key.size()) return std::nullopt;
  std::ranges::copy(bytes, key.begin());
  key_bytes = bytes.size();
  return Found{credential.id, credential.endpoint};
}

// [SEC-18]
std::optional<secure::PeerDirectory::Found> Credentials::find_public_key(ByteView spki) {
  const ByteView x = lwm2m::public_key_x(spki);
  const auto found = by_public_key_.find(text_of(x));
  if (x.empty() || found == by_public_key_.end()) return std::nullopt;
  return Found{found->second, all_.at(found->second).endpoint};
}

// [SEC-20]
std::optional<secure::PeerDirectory::Found> Credentials::find_certificate(
    const secure::CertificateView& certificate, std::string_view& reason) {
  const auto pinned = by_certificate_.find(text_of(certificate.der));
  if (pinned != by_certificate_.end()) {
    const Credential& credential = all_.at(pinned->second);
    const std::int64_t now = clock_ ? clock_() : 0;
    reason = now == 0                                                    ? std::string_view{}
             : credential.not_after != 0 && now > credential.not_after   ? kCertificateExpired
             : credential.not_before != 0 && now < credential.not_before ? kCertificateNotYet
                                                                         : std::string_view{};
    if (!reason.empty()) return std::nullopt;
    return Found{credential.id, credential.endpoint};
  }
  std::uint64_t id = 0;
  const auto [begin, end] = by_endpoint_.equal_range(std::string(certificate.common_name));
  for (auto pair = begin; pair != end; ++pair) {
    if (all_.at(pair->second).kind == Kind::NamedCertificate) id = pair->second;
  }
  for (const std::uint64_t pattern : patterns_) {
    const bool fits = !certificate.common_name.empty() &&
                      matches(all_.at(pattern).endpoint, certificate.common_name);
    if (id == 0 && fits) id = pattern;
  }
  if (id == 0 || !certificate.trusted) {
    reason = id == 0 ? kUnknownCertificate : certificate.why_not;
    return std::nullopt;
  }
  found_endpoint_ = certificate.common_name;
  return Found{id, found_endpoint_};
}

}  // namespace linnet::server
