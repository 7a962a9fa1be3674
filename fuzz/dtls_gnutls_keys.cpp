// SPDX-License-Identifier: Apache-2.0
// Keys and certificates of any bytes: read or refused with a reason, and what was read is read
// again as it is written.
#include <cstdint>

#include <linnet/base/check.hpp>
#include <linnet/dtls_gnutls/keys.hpp>

using namespace linnet;
using dtls_gnutls::KeyError;
using dtls_gnutls::PrivateKey;
using dtls_gnutls::PublicKey;

namespace {

template <typename Work>
void reading(Work work) {
  try {
    work();
  } catch (const KeyError& error) {
    LINNET_CHECK(*error.what() != '\0');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  reading([&] {
    const PrivateKey key = PrivateKey::from(bytes);
    const PrivateKey again = PrivateKey::from(key.one_asymmetric_key());
    LINNET_CHECK(equal(again.raw(), key.raw()) && again.public_key() == key.public_key());
  });
  reading([&] {
    const PublicKey key = PublicKey::from(bytes);
    LINNET_CHECK(PublicKey::from(key.spki()) == key);
  });
  reading([&] {
    const auto certificates = dtls_gnutls::read_certificates(bytes);
    LINNET_CHECK(dtls_gnutls::read_certificates(dtls_gnutls::join(certificates)) == certificates);
    for (const auto& der : certificates) (void)dtls_gnutls::inspect_certificate(der);
  });
  return 0;
}
