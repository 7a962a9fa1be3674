// SPDX-License-Identifier: Apache-2.0
#include "password.hpp"

#include <argon2.h>
#include <gnutls/crypto.h>

#include <array>
#include <new>

#include <linnet/base/check.hpp>
#include <linnet/secure/wipe.hpp>

#include "secret_text.hpp"

namespace linnet::service {
namespace {

constexpr std::uint32_t kMemoryKiB = 19456;
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

}  // namespace

std::string hash_password(std::string_view password) {
  std::array<std::uint8_t, kSaltBytes> salt{};
  LINNET_CHECK(gnutls_rnd(GNUTLS_RND_NONCE, salt.data(), salt.size()) == 0);
  std::string encoded(
      argon2_encodedlen(kPasses, kMemoryKiB, kLanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int code =
      argon2id_hash_encoded(kPasses, kMemoryKiB, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  LINNET_CHECK(code == ARGON2_OK);
  encoded.resize(encoded.find('\0'));
  return encoded;
}

bool is_password(std::string_view password, const std::string& hash) {
  const int code = argon2id_verify(hash.c_str(), password.data(), password.size());
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  return code == ARGON2_OK;
}

const std::string& nobodys_hash() {
  static const std::string hash = hash_password(new_secret(""));
  return hash;
}

void wipe(std::string& secret) {
  secure::wipe({reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()});
}

}  // namespace linnet::service
