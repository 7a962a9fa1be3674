// SPDX-License-Identifier: Apache-2.0
#include "cookies.hpp"

#include <gnutls/crypto.h>

#include <linnet/base/check.hpp>
#include <linnet/secure/wipe.hpp>

#include "message_assembly.hpp"

namespace linnet::dtls_gnutls {

namespace {

/// Long enough for a client that is slow, short enough for a collector of cookies.
constexpr Duration kSecretLife = seconds(300);

bool equal_in_constant_time(ByteView a, ByteView b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

void wipe(cmac_aes128_ctx& secret) {
  secure::wipe({reinterpret_cast<std::uint8_t*>(&secret), sizeof secret});
}

}  // namespace

Cookies::Cookies() {
  renew(current_);
  renew(previous_);
}

Cookies::~Cookies() {
  wipe(current_);
  wipe(previous_);
}

void Cookies::renew(cmac_aes128_ctx& secret) {
  std::array<std::uint8_t, 16> key{};
  LINNET_CHECK(gnutls_rnd(GNUTLS_RND_RANDOM, key.data(), key.size()) == 0);
  cmac_aes128_set_key(&secret, key.data());
  secure::wipe(key);
}

void Cookies::rotate(Instant now) {
  if (rotated_.is_never()) rotated_ = now;
  if (now - rotated_ < kSecretLife) return;
  rotated_ = now;
  previous_ = current_;
  renew(current_);
}

Cookies::Cookie Cookies::make(const cmac_aes128_ctx& secret, const SocketAddress& from,
                              const ClientHelloView& hello) {
  // AES, for it is the cheapest: who is asked for a cookie may be anybody who likes to send.
  std::array<std::uint8_t, 16 + 2 + 32> bound{};
  Writer out(bound);
  out.bytes(from.ip);
  out.u16(from.port);
  out.bytes(hello.random);
  cmac_aes128_ctx mac = secret;
  cmac_aes128_update(&mac, bound.size(), bound.data());
  Cookie cookie;
  cmac_aes128_digest(&mac, cookie.size(), cookie.data());
  wipe(mac);
  return cookie;
}

bool Cookies::good(const SocketAddress& from, const ClientHelloView& hello) const {
  if (hello.cookie.size() != kBytes) return false;
  return equal_in_constant_time(hello.cookie, make(current_, from, hello)) ||
         equal_in_constant_time(hello.cookie, make(previous_, from, hello));
}

std::size_t Cookies::challenge(const SocketAddress& from, const ClientHelloView& hello,
                               MutableBytes out) const {
  constexpr std::size_t kBody = 2 + 1 + kBytes;
  std::array<std::uint8_t, kMessageHeaderBytes + kBody> message{};
  MessageHeader header;
  header.type = static_cast<std::uint8_t>(MessageType::HelloVerifyRequest);
  header.length = header.fragment_length = kBody;
  Writer body(message);
  header.write(body);
  // RFC 6347 §4.2.1: DTLS 1.0 here, whatever is negotiated afterwards.
  body.u16(secure::kDtls10);
  body.u8(kBytes);
  body.bytes(make(current_, from, hello));
  if (out.empty()) return 0;  // to a Writer that means counting
  Writer record(out);
  // The client's own number, so that none comes twice from a server that remembers nothing.
  secure::write_record(record, secure::ContentType::Handshake, 0, hello.record_sequence, message,
                       secure::kDtls10);
  return record.ok() ? record.size() : 0;
}

}  // namespace linnet::dtls_gnutls
