// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cookies of HelloVerifyRequest: a client has to show that it receives at the address it sends from
// before anything is kept for it (RFC 6347 §4.2.1). Nothing is allocated. One thread.
#include <nettle/cmac.h>

#include <array>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>

#include "client_hello.hpp"

namespace linnet::dtls_gnutls {

class Cookies {
 public:
  static constexpr std::size_t kBytes = 16;

  Cookies();
  ~Cookies();
  Cookies(const Cookies&) = delete;
  Cookies& operator=(const Cookies&) = delete;

  /// The cookie in `hello` was made for it and that address, lately.
  [[nodiscard]] bool good(const SocketAddress& from, const ClientHelloView& hello) const;
  /// A HelloVerifyRequest into `out`, 44 bytes; 0 if there is no room.
  [[nodiscard]] std::size_t challenge(const SocketAddress& from, const ClientHelloView& hello,
                                      MutableBytes out) const;
  /// A new secret if the one in use is old; its cookies are good until the next one.
  void rotate(Instant now);

 private:
  using Cookie = std::array<std::uint8_t, kBytes>;
  static Cookie make(const cmac_aes128_ctx& secret, const SocketAddress& from,
                     const ClientHelloView& hello);
  static void renew(cmac_aes128_ctx& secret);

  cmac_aes128_ctx current_;
  cmac_aes128_ctx previous_;
  Instant rotated_ = Instant::never();
};

}  // namespace linnet::dtls_gnutls
