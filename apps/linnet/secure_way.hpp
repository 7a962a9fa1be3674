// SPDX-License-Identifier: Apache-2.0
#pragma once
// The secure session of a simulated device to one server, with all it needs, and how people read
// about it. One thread, that of the device.
#include <array>
#include <string>

#include <linnet/client/account_credentials.hpp>
#include <linnet/secure/client_link.hpp>

namespace linnet::cli {

struct SecureWay {
  static constexpr std::size_t kMessageBytes = 1280;
  /// Ticket and what GnuTLS keeps with it, certificates of the server included.
  static constexpr std::size_t kResumptionBytes = 8192;
  /// Keys of the longest account, see SimulatedDevice.
  static constexpr std::size_t kCredentialBytes = 2560;

  /// Both outlive it.
  SecureWay(secure::ClientHandshakes& handshakes, client::Object& accounts)
      : credentials(accounts, copies),
        link(handshakes, credentials, {.held = held, .resumption = resumption}) {}
  SecureWay(const SecureWay&) = delete;
  SecureWay& operator=(const SecureWay&) = delete;

  /// The account is that instance of object 0. True if it led elsewhere before, or with other keys:
  /// then the session has been given up.
  bool follow(Instant now, lwm2m::Id account);

  std::array<std::uint8_t, 2 * kMessageBytes> held{};
  std::array<std::uint8_t, kResumptionBytes> resumption{};
  std::array<std::uint8_t, kCredentialBytes> copies{};
  client::AccountCredentials credentials;
  secure::ClientLink link;
  /// Of the account as it was followed last; 0: never yet.
  std::uint32_t fingerprint = 0;
};

/// "TLS_PSK_WITH_AES_128_CCM_8, connection id of 6 bytes".
[[nodiscard]] std::string session_words(const secure::ClientLink& link);
/// Why there is no session, and what to do about it. `identity` is that of a pre-shared key, or
/// empty.
[[nodiscard]] std::string failure_words(const secure::HandshakeFailure& failure,
                                        const std::string& identity);

}  // namespace linnet::cli
