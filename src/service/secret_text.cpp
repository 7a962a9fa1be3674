// SPDX-License-Identifier: Apache-2.0
#include "secret_text.hpp"

#include <gnutls/crypto.h>

#include <vector>

#include <linnet/base/bytes.hpp>
#include <linnet/base/check.hpp>
#include <linnet/text/base64.hpp>

#include "json_values.hpp"

namespace linnet::service {

std::string new_secret(std::string_view prefix) {
  std::array<std::uint8_t, 32> random{};
  LINNET_CHECK(gnutls_rnd(GNUTLS_RND_KEY, random.data(), random.size()) == 0);
  std::array<std::uint8_t, 48> text{};
  Writer out(text);
  text::base64_encode(out, random, text::Base64::Url);
  return std::string(prefix) + std::string(as_text(out.written()));
}

std::string random_name(std::size_t bytes) {
  std::vector<std::uint8_t> random(bytes);
  LINNET_CHECK(gnutls_rnd(GNUTLS_RND_NONCE, random.data(), random.size()) == 0);
  return hex_text(random);
}

Digest digest_of(std::string_view secret) {
  Digest digest{};
  LINNET_CHECK(gnutls_hash_fast(GNUTLS_DIG_SHA256, secret.data(), secret.size(), digest.data()) ==
               0);
  return digest;
}

}  // namespace linnet::service
