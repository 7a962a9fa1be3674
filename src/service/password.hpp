// SPDX-License-Identifier: Apache-2.0
#pragma once
// Passwords of console users, kept as Argon2id (RFC 9106) with what the OWASP password storage
// cheat sheet asks for at least: 19 MiB of memory, two passes, one lane. That takes tens of
// milliseconds on purpose, so it is done by a `Worker`. Pure functions; any thread.
#include <string>
#include <string_view>

namespace linnet::service {

/// In characters of UTF-8's bytes. No rules of composition: length is what counts (NIST SP
/// 800-63B).
inline constexpr std::size_t kShortestPassword = 10;
inline constexpr std::size_t kLongestPassword = 1024;

/// "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>". Throws std::bad_alloc.
[[nodiscard]] std::string hash_password(std::string_view password);
/// Whether `hash` is of that password; false for what is no hash.
[[nodiscard]] bool is_password(std::string_view password, const std::string& hash);
/// A hash that no password has, made with the same effort: checking against it takes as long as
/// against that of a user.
[[nodiscard]] const std::string& nobodys_hash();

/// Overwrites what is in memory.
void wipe(std::string& secret);

}  // namespace linnet::service
