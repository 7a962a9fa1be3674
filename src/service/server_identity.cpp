// SPDX-License-Identifier: Apache-2.0
#include "server_identity.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include <linnet/posix/setup_error.hpp>
#include <linnet/secure/wipe.hpp>

#include "secret_box.hpp"

namespace linnet::service {
namespace {

using dtls_gnutls::KeyError;
using dtls_gnutls::PrivateKey;

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kYears = 30 * 365 * kDay;  // devices know the certificate itself

std::string read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw posix::SetupError(file.string() + " cannot be read");
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

/// What `work` gives; its KeyError becomes one that names the file.
template <typename Work>
auto reading(const std::filesystem::path& file, Work work) {
  try {
    return work();
  } catch (const KeyError& error) {
    throw posix::SetupError(file.string() + ": " + error.what());
  }
}

ServerIdentity pair_of(PrivateKey key, std::vector<dtls_gnutls::Bytes> chain, std::string origin) {
  const auto facts = dtls_gnutls::inspect_certificate(chain.front());
  if (facts.spki != key.public_key().spki()) {
    throw KeyError("the certificate is not that of the private key");
  }
  return {std::move(key), std::move(chain), std::move(origin)};
}

ServerIdentity make_new(std::int64_t unix_time) {
  ServerIdentity made{PrivateKey::generate(), {}, "made for this run"};
  made.chain.push_back(dtls_gnutls::make_self_signed(made.key, {.common_name = "linnet server",
                                                                .not_before = unix_time - kDay,
                                                                .not_after = unix_time + kYears}));
  return made;
}

ServerIdentity from_settings(const ServerIdentityFiles& files) {
  if (files.certificate.empty() || files.private_key.empty()) {
    throw posix::SetupError(
        "a certificate and its private key belong together: give both or neither");
  }
  auto key = reading(files.private_key, [&] {
    const auto content = read_private_file(files.private_key);
    if (!content) throw posix::SetupError(files.private_key.string() + " is not there");
    return PrivateKey::from(content->view());
  });
  return reading(files.certificate, [&] {
    return pair_of(std::move(key),
                   dtls_gnutls::read_certificates(as_bytes(read_all(files.certificate))),
                   files.certificate.string());
  });
}

}  // namespace

ServerIdentity load_server_identity(const ServerIdentityFiles& files, std::int64_t unix_time) {
  if (!files.certificate.empty() || !files.private_key.empty()) return from_settings(files);
  if (files.store.empty()) return make_new(unix_time);
  const std::filesystem::path file = files.store.string() + "-identity.pem";
  if (const auto content = read_private_file(file)) {
    return reading(file, [&] {
      return pair_of(PrivateKey::from(content->view()),
                     dtls_gnutls::read_certificates(content->view()), file.string());
    });
  }
  ServerIdentity made = make_new(unix_time);
  std::string pem = made.key.pem();
  const std::string certificate = dtls_gnutls::certificate_pem(made.chain.front());
  pem.reserve(pem.size() + certificate.size());
  std::string whole = pem + certificate;
  write_private_file(file, as_bytes(whole));
  for (std::string* text : {&pem, &whole}) {
    secure::wipe({reinterpret_cast<std::uint8_t*>(text->data()), text->size()});
  }
  made.origin = file.string();
  return made;
}

}  // namespace linnet::service
