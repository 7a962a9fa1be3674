// SPDX-License-Identifier: Apache-2.0
#include "client_hello.hpp"

#include "message_assembly.hpp"

namespace linnet::dtls_gnutls {

std::optional<ClientHelloView> ClientHelloView::parse(ByteView datagram) {
  const auto record = secure::RecordReader(datagram).next();
  if (!record || record->type != secure::ContentType::Handshake || record->epoch != 0) return {};
  Reader in(record->fragment);
  const MessageHeader header = MessageHeader::read(in);
  if (header.type != static_cast<std::uint8_t>(MessageType::ClientHello)) return {};
  if (header.offset != 0 || header.fragment_length != header.length) return {};
  if (header.length != in.remaining()) return {};

  ClientHelloView hello;
  hello.record_sequence = record->sequence;
  hello.message_number = header.number;
  constexpr std::size_t kRandomBytes = 32, kMaxSessionIdBytes = 32;
  if (in.u16() >> 8 != 0xFE) return {};
  hello.random = in.take(kRandomBytes);
  if (in.take(in.u8()).size() > kMaxSessionIdBytes) return {};
  hello.cookie = in.take(in.u8());
  hello.suites = in.take(in.u16());
  const ByteView compressions = in.take(in.u8());
  if (!in.empty()) hello.extensions = in.take(in.u16());
  if (!in.ok() || !in.empty() || compressions.empty()) return {};
  if (hello.suites.empty() || hello.suites.size() % 2 != 0) return {};
  return hello;
}

ClientHelloView::Offer ClientHelloView::offer() const {
  Offer offer;
  for (std::size_t i = 0; i < suites.size(); i += 2) {
    const auto suite = static_cast<secure::CipherSuite>(suites[i] << 8 | suites[i + 1]);
    const bool records = aead_of(suite) != secure::Aead::None;
    if (uses_psk(suite)) {
      (records ? offer.psk_records : offer.psk_cbc) = true;
    } else {
      offer.key_records |= records;
    }
  }
  return offer;
}

std::optional<ByteView> ClientHelloView::find(Extension extension) const {
  Reader in(extensions);
  while (in.ok() && !in.empty()) {
    const std::uint16_t type = in.u16();
    const ByteView content = in.take(in.u16());
    if (in.ok() && type == static_cast<std::uint16_t>(extension)) return content;
  }
  return {};
}

}  // namespace linnet::dtls_gnutls
