// SPDX-License-Identifier: Apache-2.0
#include "server_handshake.hpp"

#include <gnutls/dtls.h>

#include <algorithm>
#include <array>

#include <linnet/secure/wipe.hpp>

namespace linnet::dtls_gnutls {

using secure::Alert;

namespace {

constexpr std::size_t kMaxPskBytes = 64;

RecordShim::Options shim_options(const ServerShared& shared, const ClientHelloView& hello,
                                 const secure::ConnectionId& own_id) {
  RecordShim::Options options;
  options.mtu = shared.settings.mtu;
  // Goes on where the HelloVerifyRequest was (RFC 6347 §4.2.1).
  options.plain_sequence = hello.record_sequence;
  options.next_message = hello.message_number;
  options.own = own_id;
  return options;
}

/// The extension has to be answered before the library says which suite it takes, and only the
/// record layer's can carry ids. By our order of suites that can be told from what is offered.
bool may_answer_connection_id(const ClientHelloView& hello) {
  bool aead[2] = {false, false};
  for (const secure::CipherSuite suite : secure::cipher_suites()) {
    if (aead_of(suite) != secure::Aead::None) aead[uses_psk(suite) ? 1 : 0] |= hello.offers(suite);
  }
  return aead[1] || (aead[0] && !hello.offers(secure::CipherSuite::PskAes128CbcSha256));
}

/// An identity, which may be any bytes, for people.
std::string printable(ByteView identity) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : identity) {
    if (byte >= 0x20 && byte != 0x7F && byte != '\\') {
      out += static_cast<char>(byte);
    } else {
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

ServerHandshake::ServerHandshake(ServerShared& shared, Instant now, const ClientHelloView& hello,
                                 const secure::ConnectionId& own_id)
    : GnutlsHandshake({.flags = GNUTLS_ENABLE_RAWPK | GNUTLS_NO_TICKETS,
                       .deadline = now + shared.settings.timeout,
                       .shim = shim_options(shared, hello, own_id)}),
      shared_(shared),
      answers_connection_id_(own_id.used && may_answer_connection_id(hello)) {}

bool ServerHandshake::start(Instant now, ByteView datagram) {
  if (!usable()) return false;
  gnutls_dtls_prestate_st prestate{};
  prestate.hsk_read_seq = shim().next_message();
  // The shim numbers records; what counts is that messages go on after the HelloVerifyRequest.
  gnutls_dtls_prestate_set(session(), &prestate);
  if (gnutls_priority_set(session(), shared_.priority.get()) < 0 ||
      gnutls_credentials_set(session(), GNUTLS_CRD_PSK, shared_.psk.get()) < 0) {
    return false;
  }
  receive(now, datagram);
  return true;
}

void ServerHandshake::note(const secure::PeerDirectory::Found& found) {
  credential_ = found.credential;
  peer_endpoint_ = found.endpoint;
}

// [SEC-15]
int ServerHandshake::find_psk(gnutls_session_t session, const gnutls_datum_t* identity,
                              gnutls_datum_t* key) {
  auto& self = static_cast<ServerHandshake&>(of(session));
  const ByteView name{identity->data, identity->size};
  self.peer_text_ = printable(name);
  self.proof_ = secure::Proof::Psk;
  std::array<std::uint8_t, kMaxPskBytes> room{};
  std::size_t size = 0;
  const auto found = self.shared_.directory.find_psk(name, room, size);
  if (!found || size == 0 || size > room.size()) {
    // The library would answer with internal_error.
    self.object(Alert::UnknownPskIdentity, "no credential has the PSK identity " + self.peer_text_);
    return -1;
  }
  self.note(*found);
  key->data = static_cast<unsigned char*>(gnutls_malloc(size));
  if (key->data == nullptr) return -1;
  key->size = static_cast<unsigned>(size);
  std::copy_n(room.begin(), size, key->data);
  secure::wipe(room);
  return 0;
}

bool ServerHandshake::accept_peer(secure::PeerProof& peer) {
  peer = {proof_, credential_, peer_endpoint_, peer_text_};
  return credential_ != 0;
}

std::string ServerHandshake::explain_timeout() {
  if (proof_ == secure::Proof::Psk) {
    return shim().undecryptable()
               ? "the pre-shared key of the device is not the one on record for " + peer_text_
               : "the device with PSK identity " + peer_text_ + " did not finish the handshake";
  }
  return "the device did not finish the handshake";
}

}  // namespace linnet::dtls_gnutls
