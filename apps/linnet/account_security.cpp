// SPDX-License-Identifier: Apache-2.0
#include "account_security.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/secure/wipe.hpp>

#include "bytes_text.hpp"
#include "command.hpp"

namespace linnet::cli {
namespace {

using dtls_gnutls::KeyError;
using dtls_gnutls::PrivateKey;
using dtls_gnutls::PublicKey;

constexpr std::string_view kDigest = "sha-256:";

void wipe(std::string& text) {
  secure::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

std::string text_of(const dtls_gnutls::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string read_file(const std::string& path, const std::string& what) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Failure(kUsage, what + ": cannot read " + path);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (bytes.empty()) throw Failure(kUsage, what + ": " + path + " is empty");
  return bytes;
}

bool is_pem(std::string_view bytes) { return bytes.find("-----BEGIN ") != std::string_view::npos; }

/// Does what throws KeyError, and says of what it was.
template <typename F>
std::string convert(const std::string& what, const F& f) {
  try {
    return f();
  } catch (const KeyError& error) {
    throw Failure(kUsage, what + ": " + error.what());
  }
}

/// Bytes of a private key of any form as OneAsymmetricKey.
std::string any_private_key(const std::string& bytes, const std::string& what) {
  return convert(what, [&] {
    auto der = PrivateKey::from(as_bytes(bytes)).one_asymmetric_key();
    std::string out = text_of(der);
    dtls_gnutls::wipe(der);
    return out;
  });
}

std::string private_key_file(const std::string& path, const std::string& what) {
  std::string bytes = read_file(path, what);
  std::string key = any_private_key(bytes, what);
  wipe(bytes);
  return key;
}

std::string any_certificates(const std::string& bytes, const std::string& what) {
  return convert(what, [&] {
    return text_of(dtls_gnutls::join(dtls_gnutls::read_certificates(as_bytes(bytes))));
  });
}

std::string certificate_file(const std::string& path, const std::string& what) {
  return any_certificates(read_file(path, what), what + " " + path);
}

std::uint32_t usage_of(const std::string& text) {
  constexpr std::pair<std::string_view, std::uint32_t> kUsages[] = {{"ca-constraint", 0},
                                                                    {"service-certificate", 1},
                                                                    {"trust-anchor", 2},
                                                                    {"domain-issued", 3},
                                                                    {"0", 0},
                                                                    {"1", 1},
                                                                    {"2", 2},
                                                                    {"3", 3}};
  for (const auto& [name, usage] : kUsages) {
    if (text == name) return usage;
  }
  throw Failure(kUsage,
                "--usage is ca-constraint (0), service-certificate (1), trust-anchor (2) or "
                "domain-issued (3)");
}

/// A public key from a file, or the digest of one.
void read_server_key(const std::string& text, AccountSecurity& out) {
  if (text.starts_with(kDigest)) {
    const auto digest = from_hex(std::string_view(text).substr(kDigest.size()));
    if (!digest || digest->size() != 32) {
      throw Failure(kUsage, "--server-key sha-256: is followed by 64 hex digits");
    }
    out.server_key = *digest;
    out.matching_type = 1;
    return;
  }
  const std::string bytes = read_file(text, "--server-key");
  out.server_key = convert("--server-key " + text,
                           [&] { return text_of(PublicKey::from(as_bytes(bytes)).spki()); });
}

AccountSecurity read_psk(const SecurityOptions& options) {
  AccountSecurity out;
  out.mode = SecurityMode::Psk;
  if (options.psk_identity.empty() || options.psk_key.empty()) {
    throw Failure(kUsage, "a pre-shared key needs both --psk-identity and --psk-key");
  }
  if (options.psk_identity.size() > 128) {
    throw Failure(kUsage, "--psk-identity has at most 128 bytes");
  }
  out.identity = options.psk_identity;
  out.key = psk_key_of(options.psk_key, "--psk-key");
  return out;
}

AccountSecurity read_rpk(const SecurityOptions& options) {
  AccountSecurity out;
  out.mode = SecurityMode::RawPublicKey;
  if (options.server_key.empty()) {
    throw Failure(kUsage,
                  "--rpk needs --server-key, the server's public key as a file or as "
                  "sha-256:HEX; \"linnet credential server\" shows it");
  }
  out.key = private_key_file(options.rpk, "--rpk");
  out.identity = public_key_of(out.key, "--rpk " + options.rpk);
  read_server_key(options.server_key, out);
  return out;
}

AccountSecurity read_x509(const SecurityOptions& options) {
  AccountSecurity out;
  out.mode = SecurityMode::X509;
  if (options.certificate.empty() || options.key.empty() || options.server_certificate.empty()) {
    throw Failure(kUsage,
                  "a certificate needs --cert and --key of this device, and --server-cert, the "
                  "certificate of the server or of who signed it");
  }
  out.identity = certificate_file(options.certificate, "--cert");
  out.key = private_key_file(options.key, "--key");
  const std::string file = read_file(options.server_certificate, "--server-cert");
  std::uint32_t usage = 3;
  out.server_key = convert("--server-cert " + options.server_certificate, [&] {
    const auto certificate = dtls_gnutls::read_certificates(as_bytes(file)).front();
    if (dtls_gnutls::inspect_certificate(certificate).authority) usage = 2;
    return text_of(certificate);
  });
  if (!options.usage.empty()) usage = usage_of(options.usage);
  if (usage < 2 && options.trust.empty()) {
    throw Failure(kUsage, "--usage 0 and 1 need --trust, the certificates of who may have signed");
  }
  out.certificate_usage = usage;
  return out;
}

}  // namespace

AccountSecurity::~AccountSecurity() { wipe(key); }

bool SecurityOptions::any() const {
  return !psk_identity.empty() || !psk_key.empty() || !rpk.empty() || !certificate.empty() ||
         !key.empty();
}

void add_security_options(CLI::App& command, SecurityOptions& options) {
  const std::string group = "Security of coaps:// URIs";
  const auto add = [&](const char* name, std::string& to, const char* what, const char* type) {
    command.add_option(name, to, what)->type_name(type)->group(group);
  };
  add("--psk-identity", options.psk_identity, "Identity of a pre-shared key", "TEXT");
  add("--psk-key", options.psk_key, "The key: hex digits, or @FILE, which ps does not show",
      "HEX|@FILE");
  add("--rpk", options.rpk, "Private key of this device, for raw public keys", "FILE");
  add("--server-key", options.server_key, "Public key of the server, or its SHA-256 digest",
      "FILE|sha-256:HEX");
  add("--cert", options.certificate, "Certificate of this device, and its chain", "FILE");
  add("--key", options.key, "Private key of --cert", "FILE");
  add("--server-cert", options.server_certificate,
      "Certificate of the server, or of who signed the server's", "FILE");
  add("--usage", options.usage,
      "What --server-cert is: ca-constraint, service-certificate, trust-anchor or domain-issued "
      "[trust-anchor for an authority's, else domain-issued]",
      "USAGE");
  add("--sni", options.sni, "Name the server's certificate is for [the host of the URI]", "NAME");
  command.add_option("--trust", options.trust, "Certificates that may have signed, for usage 0, 1")
      ->type_name("FILE")
      ->group(group);
}

AccountSecurity read_security(const SecurityOptions& options) {
  const bool psk = !options.psk_identity.empty() || !options.psk_key.empty();
  const bool rpk = !options.rpk.empty();
  const bool x509 = !options.certificate.empty() || !options.key.empty();
  if (static_cast<int>(psk) + static_cast<int>(rpk) + static_cast<int>(x509) > 1) {
    throw Failure(kUsage, "give one of --psk-identity, --rpk and --cert");
  }
  AccountSecurity out;
  if (psk) out = read_psk(options);
  if (rpk) out = read_rpk(options);
  if (x509) out = read_x509(options);
  out.sni = options.sni;
  return out;
}

std::string read_trust_anchors(const SecurityOptions& options) {
  std::string out;
  for (const auto& path : options.trust) {
    out += certificate_file(path, "--trust");
  }
  return out;
}

std::string psk_key_of(const std::string& text, const std::string& what) {
  std::string key;
  if (text.starts_with('@')) {
    key = read_file(text.substr(1), what);
    if (auto digits = from_hex(key); digits && !digits->empty()) {
      key.swap(*digits);
      wipe(*digits);
    }
  } else {
    auto digits = from_hex(text);
    if (!digits) throw Failure(kUsage, what + " is not hex; the bytes of a file are @FILE");
    key.swap(*digits);
  }
  if (key.empty()) throw Failure(kUsage, what + " is empty");
  if (key.size() > 64) throw Failure(kUsage, what + " has at most 64 bytes");
  return key;
}

std::string private_key_bytes(const std::string& bytes, const std::string& what) {
  return is_pem(bytes) ? any_private_key(bytes, what) : bytes;
}

std::string public_key_bytes(const std::string& bytes, const std::string& what) {
  if (!is_pem(bytes)) return bytes;
  return convert(what, [&] { return text_of(PublicKey::from(as_bytes(bytes)).spki()); });
}

std::string certificate_bytes(const std::string& bytes, const std::string& what) {
  return is_pem(bytes) ? any_certificates(bytes, what) : bytes;
}

std::string public_key_of(const std::string& private_key, const std::string& what) {
  return convert(
      what, [&] { return text_of(PrivateKey::from(as_bytes(private_key)).public_key().spki()); });
}

}  // namespace linnet::cli
