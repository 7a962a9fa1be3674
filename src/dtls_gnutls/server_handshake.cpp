// SPDX-License-Identifier: Apache-2.0
#include "server_handshake.hpp"

#include <gnutls/dtls.h>

#include <algorithm>
#include <array>
#include <ctime>

#include <linnet/secure/wipe.hpp>

#include "certificate_path.hpp"

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
  const ClientHelloView::Offer offer = hello.offer();
  return offer.psk_records || (offer.key_records && !offer.psk_cbc);
}

/// An identity, which may be any bytes, for people.
std::string printable(ByteView identity) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(identity.size());
  for (const std::uint8_t byte : identity) {
    if (byte >= 0x20 && byte < 0x7F && byte != '\\') {
      out += static_cast<char>(byte);
    } else {
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

std::int64_t ServerShared::unix_time() const {
  return settings.unix_time ? settings.unix_time() : std::time(nullptr);
}

bool worth_a_ticket(const ServerShared& shared, const ClientHelloView& hello) {
  if (shared.certificate == nullptr || shared.settings.ticket_life.ms <= 0) return false;
  if (!hello.find(Extension::SessionTicket)) return false;
  if (!hello.find(Extension::ExtendedMasterSecret)) return false;
  const ClientHelloView::Offer offer = hello.offer();
  return !offer.psk_records && !offer.psk_cbc;
}

ServerHandshake::ServerHandshake(ServerShared& shared, Instant now, const ClientHelloView& hello,
                                 const secure::ConnectionId& own_id, bool tickets)
    : GnutlsHandshake({.flags = GNUTLS_ENABLE_RAWPK | (tickets ? 0U : GNUTLS_NO_TICKETS),
                       .deadline = now + shared.settings.timeout,
                       .shim = shim_options(shared, hello, own_id)}),
      shared_(shared),
      answers_connection_id_(own_id.used && may_answer_connection_id(hello)),
      tickets_(tickets) {}

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
  if (shared_.certificate != nullptr) {
    if (gnutls_credentials_set(session(), GNUTLS_CRD_CERTIFICATE, shared_.certificate.get()) < 0) {
      return false;
    }
    gnutls_certificate_server_set_request(session(), GNUTLS_CERT_REQUIRE);
  }
  if (tickets_) {
    gnutls_db_set_cache_expiration(session(),
                                   static_cast<int>(shared_.settings.ticket_life.ms / 1000));
    if (gnutls_session_ticket_enable_server(session(), shared_.ticket_key.out()) < 0) return false;
  }
  receive(now, datagram);
  // What a ticket holds of the device is looked up again as if shown now. Nothing went out yet.
  if (tickets_ && state() == State::Running && gnutls_session_is_resumed(session()) != 0) {
    ticket_refused_ = verify(session()) != 0;
  }
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

// [SEC-09] [SEC-10]
int ServerHandshake::verify(gnutls_session_t session) {
  auto& self = static_cast<ServerHandshake&>(of(session));
  const bool raw = gnutls_certificate_type_get2(session, GNUTLS_CTYPE_CLIENT) == GNUTLS_CRT_RAWPK;
  unsigned count = 0;
  const gnutls_datum_t* shown = gnutls_certificate_get_peers(session, &count);
  const bool known = shown != nullptr && count != 0 && self.look_up(raw, {shown, count}) &&
                     self.shared_.directory.still_valid(self.credential_);
  if (known) return 0;
  self.object(Alert::CertificateUnknown, "the credential of the device is no longer valid");
  return -1;
}

bool ServerHandshake::look_up(bool raw_key, std::span<const gnutls_datum_t> shown) {
  if (!raw_key) return look_up_certificate(shown);
  const ByteView spki{shown.front().data, shown.front().size};
  proof_ = secure::Proof::RawPublicKey;
  peer_text_ = fingerprint(spki);
  const auto found = shared_.directory.find_public_key(spki);
  if (!found) {
    object(Alert::CertificateUnknown, "no credential has the public key " + peer_text_);
    return false;
  }
  note(*found);
  return true;
}

// [SEC-20]
bool ServerHandshake::look_up_certificate(std::span<const gnutls_datum_t> shown) {
  proof_ = secure::Proof::Certificate;
  try {
    const auto certificates = parse_certificates(shown);
    const PathVerdict path =
        verify_path(certificates, shared_.anchors, shared_.unix_time(), Purpose::Client);
    gnutls_x509_crt_t own = certificates.front().get();
    const std::string common_name = common_name_of(own);
    peer_text_ = subject_of(own);
    std::string_view reason = "it is not known";
    const secure::CertificateView view{
        {shown.front().data, shown.front().size}, common_name, path.good, path.reason};
    const auto found = shared_.directory.find_certificate(view, reason);
    if (found) {
      note(*found);
      return true;
    }
    object(path.good ? Alert::CertificateUnknown : path.alert,
           "the certificate " + peer_text_ +
               " is refused: " + (path.good ? std::string(reason) : path.reason));
  } catch (const KeyError& error) {
    object(Alert::BadCertificate,
           std::string("the device's certificate cannot be read: ") + error.what());
  }
  return false;
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
