// SPDX-License-Identifier: Apache-2.0
#pragma once
// Secrets at rest: AES-256-GCM under a key that lies in a file of its own, so that a copy of the
// store alone tells nothing. Each secret is bound to its place: moved to another row it does not
// open. One thread.
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <linnet/base/bytes.hpp>
#include <linnet/server/credentials.hpp>

namespace linnet::service {

class SecretBox {
 public:
  enum class Absent : std::uint8_t {
    Make,    ///< a new key, in a file only its owner can read
    Refuse,  ///< there are secrets already that no new key opens
  };
  /// The key in `file`: 32 bytes. Throws posix::SetupError: not there, of another size, readable
  /// for everybody, or not to be written.
  [[nodiscard]] static SecretBox open(const std::filesystem::path& file, Absent absent);
  /// With a key that nobody keeps.
  [[nodiscard]] static SecretBox temporary();
  ~SecretBox();
  SecretBox(SecretBox&&) noexcept;
  SecretBox& operator=(SecretBox&&) noexcept;

  /// Nonce, ciphertext and tag: 29 bytes more than `secret`. `place` says where it will lie.
  [[nodiscard]] std::vector<std::uint8_t> seal(ByteView secret, std::string_view place) const;
  /// Nothing if it was sealed by another key, for another place, or changed since.
  [[nodiscard]] std::optional<server::Secret> unseal(ByteView sealed, std::string_view place) const;

  /// Equal for equal secrets, and telling nothing without the key (HMAC-SHA-256).
  using Mark = std::array<std::uint8_t, 32>;
  [[nodiscard]] Mark mark(ByteView secret) const;
  /// Tells keys apart; not 0.
  [[nodiscard]] std::uint64_t key_id() const;

  static constexpr std::size_t kKeyBytes = 32;

 private:
  struct State;
  explicit SecretBox(ByteView key);
  std::unique_ptr<State> state_;
};

/// Writes `content` to a new file that only its owner can read, down to the disk. Throws
/// posix::SetupError, also if the file is there.
void write_private_file(const std::filesystem::path& file, ByteView content);
/// All of a small file; nothing if it is not there. Throws posix::SetupError: it cannot be read, or
/// everybody can read it.
[[nodiscard]] std::optional<server::Secret> read_private_file(const std::filesystem::path& file);

}  // namespace linnet::service
