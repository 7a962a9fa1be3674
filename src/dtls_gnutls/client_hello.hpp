// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a server has to know of a ClientHello before there is any state: who may be asked for a
// cookie, and what is worth beginning (RFC 6347 §4.2.1, RFC 5246 §7.4.1.2). Views refer to the
// datagram.
#include <cstdint>
#include <optional>

#include <linnet/secure/cipher_suite.hpp>
#include <linnet/secure/record.hpp>

namespace linnet::dtls_gnutls {

enum class Extension : std::uint16_t {
  ExtendedMasterSecret = 23,
  SessionTicket = 35,
  ConnectionId = 54,
};

struct ClientHelloView {
  std::uint64_t record_sequence = 0;
  std::uint16_t message_number = 0;
  ByteView random{};
  ByteView cookie{};
  ByteView suites{};      ///< two bytes each
  ByteView extensions{};  ///< without their length

  /// Nothing unless a ClientHello is all of the datagram's first record: one that is cut to pieces
  /// cannot be answered without keeping something.
  [[nodiscard]] static std::optional<ClientHelloView> parse(ByteView datagram);

  /// What of the suites we know is offered.
  struct Offer {
    bool psk_records = false;  ///< with a pre-shared key, and the record layer's
    bool psk_cbc = false;
    bool key_records = false;  ///< with a public key or certificate
  };
  [[nodiscard]] Offer offer() const;
  /// The content of an extension.
  [[nodiscard]] std::optional<ByteView> find(Extension extension) const;
};

}  // namespace linnet::dtls_gnutls
