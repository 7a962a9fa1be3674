// SPDX-License-Identifier: Apache-2.0
#include "priorities.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace linnet::dtls_gnutls {

using secure::Aead;
using secure::CipherSuite;

namespace {

struct Word {
  std::uint16_t number;
  std::string_view word;
};

// In our order, which holds where the Security object says nothing.
constexpr Word kGroups[] = {
    {23, "GROUP-SECP256R1"}, {29, "GROUP-X25519"}, {24, "GROUP-SECP384R1"},
    {25, "GROUP-SECP521R1"}, {30, "GROUP-X448"},
};
constexpr Word kSignatures[] = {
    {0x0403, "SIGN-ECDSA-SHA256"},  {0x0503, "SIGN-ECDSA-SHA384"}, {0x0603, "SIGN-ECDSA-SHA512"},
    {0x0807, "SIGN-EDDSA-ED25519"}, {0x0401, "SIGN-RSA-SHA256"},   {0x0501, "SIGN-RSA-SHA384"},
    {0x0601, "SIGN-RSA-SHA512"},
};

constexpr std::array<std::uint16_t, 1> kEcdsaSha256{0x0403};
constexpr std::span<const std::uint16_t> kOneSignature{kEcdsaSha256};

std::string_view cipher_word(CipherSuite suite) {
  switch (aead_of(suite)) {
    case Aead::Aes128Ccm8: return "AES-128-CCM-8";
    case Aead::Aes128Ccm: return "AES-128-CCM";
    case Aead::Aes128Gcm: return "AES-128-GCM";
    case Aead::Aes256Gcm: return "AES-256-GCM";
    case Aead::ChaCha20Poly1305: return "CHACHA20-POLY1305";
    case Aead::None: return "AES-128-CBC";
  }
  return {};
}

void add(std::string& out, std::string_view word) {
  out += ":+";
  out += word;
}

/// Those of `wanted` we know, in that order; all of ours if nothing is wanted. False: none is left.
template <std::size_t kSize>
bool add_words(std::string& out, const Word (&known)[kSize],
               std::span<const std::uint16_t> wanted) {
  if (wanted.empty()) {
    for (const Word& word : known) add(out, word.word);
    return true;
  }
  bool any = false;
  for (const std::uint16_t number : wanted) {
    const auto* found = std::ranges::find(known, number, &Word::number);
    if (found == std::end(known)) continue;
    add(out, found->word);
    any = true;
  }
  return any;
}

/// The suites' ciphers and what authenticates their records.
void add_ciphers(std::string& out, std::span<const CipherSuite> suites, bool& all_aead) {
  all_aead = true;
  bool any_aead = false;
  for (const CipherSuite suite : suites) {
    const bool aead = aead_of(suite) != Aead::None;
    all_aead &= aead;
    any_aead |= aead;
    add(out, cipher_word(suite));
  }
  if (any_aead) add(out, "AEAD");
  if (!all_aead) add(out, "SHA256");
}

constexpr std::string_view kBase = "NONE:+VERS-DTLS1.2:+COMP-NULL";

}  // namespace

ClientOffer client_offer(const secure::ClientCredentials& credentials) {
  using Mode = secure::ClientCredentials::Mode;
  ClientOffer offer;
  const bool psk = credentials.mode == Mode::Psk;
  std::vector<CipherSuite> suites;
  for (const CipherSuite suite : secure::cipher_suites()) {
    // A client of 1.1 and later should not use CBC unless told to.
    if (uses_psk(suite) == psk && aead_of(suite) != Aead::None) suites.push_back(suite);
  }
  if (!credentials.suites.empty()) {
    suites.clear();
    for (const std::uint16_t number : credentials.suites) {
      const auto suite = static_cast<CipherSuite>(number);
      if (!name(suite).empty() && uses_psk(suite) == psk) suites.push_back(suite);
    }
  }
  if (suites.empty()) {
    offer.problem =
        "none of the cipher suites in /0/x/16 is one that works with this security mode";
    return offer;
  }
  std::string words{kBase};
  add(words, psk ? "PSK" : "ECDHE-ECDSA");
  add_ciphers(words, suites, offer.records_are_ours);
  // With a pre-shared key nobody signs and there is no group; GnuTLS wants an algorithm all the
  // same.
  const bool least = psk && credentials.signatures.empty();
  if (!(psk && credentials.groups.empty()) && !add_words(words, kGroups, credentials.groups)) {
    offer.problem = "none of the groups in /0/x/18 is one we have";
    return offer;
  }
  if (!add_words(words, kSignatures, least ? kOneSignature : credentials.signatures)) {
    offer.problem = "none of the signature algorithms in /0/x/20 is one we have";
    return offer;
  }
  if (offer.records_are_ours) words += ":%NO_ETM";  // is about CBC
  if (credentials.mode == Mode::RawPublicKey) words += ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK";
  if (credentials.mode == Mode::X509) words += ":+CTYPE-CLI-X509:+CTYPE-SRV-X509";
  offer.priorities = std::move(words);
  return offer;
}

std::string server_priorities(bool certificate, bool raw_key) {
  std::string words{kBase};
  add(words, "PSK");
  if (certificate || raw_key) add(words, "ECDHE-ECDSA");
  std::vector<CipherSuite> suites;
  for (const bool aead : {true, false}) {  // CBC last, whatever the order is: see the CID rule
    for (const CipherSuite suite : secure::cipher_suites()) {
      if (uses_psk(suite) && (aead_of(suite) != Aead::None) == aead) suites.push_back(suite);
    }
  }
  bool all_aead = false;
  add_ciphers(words, suites, all_aead);
  add_words(words, kGroups, {});
  add_words(words, kSignatures, {});
  if (certificate || raw_key) words += ":+CTYPE-CLI-X509:+CTYPE-CLI-RAWPK";
  if (certificate) add(words, "CTYPE-SRV-X509");
  if (raw_key) add(words, "CTYPE-SRV-RAWPK");
  return words + ":%SERVER_PRECEDENCE";
}

}  // namespace linnet::dtls_gnutls
