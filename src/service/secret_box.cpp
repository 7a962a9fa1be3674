// SPDX-License-Identifier: Apache-2.0
#include "secret_box.hpp"

#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <linnet/posix/setup_error.hpp>
#include <linnet/secure/wipe.hpp>

#include "descriptor.hpp"

namespace linnet::service {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kHead = 1 + kNonce;
constexpr off_t kLargestFile = 1 << 20;

using Digest = std::array<std::uint8_t, 32>;

/// These only fail if memory is short or GnuTLS was built without them.
void demand(int code, const char* what) {
  if (code < 0) throw posix::SetupError(std::string(what) + ": " + gnutls_strerror(code));
}

Digest hmac(ByteView key, ByteView data) {
  Digest out{};
  demand(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.data(), key.size(), data.data(), data.size(),
                          out.data()),
         "HMAC-SHA-256 cannot be computed");
  return out;
}

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
  throw posix::SetupError(file.string() + " cannot be " + what + ": " + std::strerror(errno));
}

}  // namespace

void write_private_file(const std::filesystem::path& file, ByteView content) {
  constexpr mode_t kOwnerOnly = 0600;
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  const Descriptor out(open(file.c_str(), flags, kOwnerOnly));
  if (!out.good()) fail(file, "made");
  const auto written = write(out.get(), content.data(), content.size());
  if (written != static_cast<ssize_t>(content.size()) || fsync(out.get()) != 0) {
    const int reason = written >= 0 && errno == 0 ? ENOSPC : errno;
    (void)unlink(file.c_str());
    errno = reason;
    fail(file, "written");
  }
  sync_folder(file);
}

std::optional<server::Secret> read_private_file(const std::filesystem::path& file) {
  const Descriptor in(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.good()) {
    if (errno == ENOENT) return std::nullopt;
    fail(file, "read");
  }
  struct stat status {};
  if (fstat(in.get(), &status) != 0) fail(file, "read");
  if ((status.st_mode & S_IRWXO) != 0) {
    throw posix::SetupError(file.string() +
                            " is a secret that everybody on this machine can read "
                            "or change; `chmod 600` mends that, if nobody has read it yet");
  }
  if (status.st_size > kLargestFile) {
    throw posix::SetupError(file.string() + " is too large to be what it should be");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = read(in.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0) fail(file, "read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  server::Secret content(ByteView(bytes).first(size));
  secure::wipe(bytes);
  return content;
}

struct SecretBox::State {
  gnutls_aead_cipher_hd_t cipher = nullptr;
  Digest mark_key{};
  std::uint64_t key_id = 0;

  ~State() {
    if (cipher != nullptr) gnutls_aead_cipher_deinit(cipher);
    secure::wipe(mark_key);
  }
};

SecretBox::SecretBox(ByteView key) : state_(std::make_unique<State>()) {
  // One key for each purpose, so that nothing one of them shows helps against another.
  Digest cipher_key = hmac(key, as_bytes("linnet secret box: encryption"));
  state_->mark_key = hmac(key, as_bytes("linnet secret box: marks"));
  const Digest id = hmac(key, as_bytes("linnet secret box: key id"));
  state_->key_id = Reader(id).u64() | 1;
  const gnutls_datum_t datum = {cipher_key.data(), static_cast<unsigned>(cipher_key.size())};
  const int code = gnutls_aead_cipher_init(&state_->cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);
  secure::wipe(cipher_key);
  demand(code, "AES-256-GCM cannot be used");
}

SecretBox::~SecretBox() = default;
SecretBox::SecretBox(SecretBox&&) noexcept = default;
SecretBox& SecretBox::operator=(SecretBox&&) noexcept = default;

SecretBox SecretBox::open(const std::filesystem::path& file, Absent absent) {
  if (const auto key = read_private_file(file)) {
    if (key->view().size() != kKeyBytes) {
      throw posix::SetupError(file.string() + " is not the key of a store: it has " +
                              std::to_string(key->view().size()) + " bytes and not 32");
    }
    return SecretBox(key->view());
  }
  if (absent == Absent::Refuse) {
    throw posix::SetupError(
        file.string() +
        " is missing, and with it the secrets in the store are lost. Bring it back from a backup, "
        "or put the store aside and begin with a new one");
  }
  std::array<std::uint8_t, kKeyBytes> key{};
  demand(gnutls_rnd(GNUTLS_RND_KEY, key.data(), key.size()), "there are no random numbers");
  write_private_file(file, key);
  SecretBox box(key);
  secure::wipe(key);
  return box;
}

SecretBox SecretBox::temporary() {
  std::array<std::uint8_t, kKeyBytes> key{};
  demand(gnutls_rnd(GNUTLS_RND_KEY, key.data(), key.size()), "there are no random numbers");
  SecretBox box(key);
  secure::wipe(key);
  return box;
}

std::vector<std::uint8_t> SecretBox::seal(ByteView secret, std::string_view place) const {
  std::vector<std::uint8_t> out(kHead + secret.size() + kTag);
  out[0] = kVersion;
  demand(gnutls_rnd(GNUTLS_RND_NONCE, out.data() + 1, kNonce), "there are no random numbers");
  std::size_t size = out.size() - kHead;
  demand(
      gnutls_aead_cipher_encrypt(state_->cipher, out.data() + 1, kNonce, place.data(), place.size(),
                                 kTag, secret.data(), secret.size(), out.data() + kHead, &size),
      "a secret cannot be encrypted");
  return out;
}

std::optional<server::Secret> SecretBox::unseal(ByteView sealed, std::string_view place) const {
  if (sealed.size() < kHead + kTag || sealed[0] != kVersion) return std::nullopt;
  const ByteView text = sealed.subspan(kHead);
  std::vector<std::uint8_t> plain(text.size() - kTag + 1);  // never empty: GnuTLS wants an address
  std::size_t size = plain.size();
  const int code =
      gnutls_aead_cipher_decrypt(state_->cipher, sealed.data() + 1, kNonce, place.data(),
                                 place.size(), kTag, text.data(), text.size(), plain.data(), &size);
  std::optional<server::Secret> out;
  if (code >= 0) out.emplace(ByteView(plain).first(size));
  secure::wipe(plain);
  return out;
}

SecretBox::Mark SecretBox::mark(ByteView secret) const { return hmac(state_->mark_key, secret); }

std::uint64_t SecretBox::key_id() const { return state_->key_id; }

}  // namespace linnet::service
