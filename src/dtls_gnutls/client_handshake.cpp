// SPDX-License-Identifier: Apache-2.0
#include "client_handshake.hpp"

#include <memory>
#include <new>

#include <linnet/dtls_gnutls/client_handshakes.hpp>

#include "own_certificate.hpp"
#include "priorities.hpp"
#include "server_verification.hpp"

namespace linnet::dtls_gnutls {

namespace {

constexpr std::size_t kMaxPskBytes = 64;

RecordShim::Options shim_options(const secure::ClientCredentials& credentials) {
  RecordShim::Options options;
  options.client = true;
  options.mtu = credentials.mtu;
  options.own.used = true;  // an empty one: nobody has to find us among others
  return options;
}

/// A handshake with a pre-shared key is shorter and cheaper than one with a ticket: none is asked
/// for. [SEC-09]
unsigned flags(const secure::ClientCredentials& credentials) {
  return GNUTLS_ENABLE_RAWPK | GNUTLS_FORCE_CLIENT_CERT |
         (credentials.mode == secure::ClientCredentials::Mode::Psk ? GNUTLS_NO_TICKETS : 0U);
}

}  // namespace

ClientHandshake::ClientHandshake(Instant now, const secure::ClientCredentials& credentials)
    : GnutlsHandshake({.flags = flags(credentials),
                       .deadline = now + credentials.timeout,
                       .shim = shim_options(credentials)}),
      credentials_(credentials) {}

bool ClientHandshake::start(Instant now) {
  if (!usable()) return false;
  try {
    set_up();
  } catch (const KeyError& error) {
    refuse(error.what());
    return true;
  }
  run(now);
  return true;
}

void ClientHandshake::set_up() {
  const ClientOffer offer = client_offer(credentials_);
  if (!offer.problem.empty()) throw KeyError(offer.problem);
  // [SEC-08] The record layer protects no CBC, so that its records could not carry an id.
  offers_connection_id_ = credentials_.offer_connection_id && offer.records_are_ours;
  check(gnutls_priority_set_direct(session(), offer.priorities.c_str(), nullptr),
        "the cipher suites, groups or signature algorithms of /0 cannot be used");
  credentials_.mode == Mode::Psk ? set_up_psk() : set_up_certificate();
  // [SEC-22]
  const std::string_view name = credentials_.server_name;
  if (!name.empty() && !credentials_.name_is_address) {
    check(gnutls_server_name_set(session(), GNUTLS_NAME_DNS, name.data(), name.size()),
          "the server name of /0/x/14 or /0/x/0 is no host name");
  }
  set_up_resumption();
}

// [SEC-15]
void ClientHandshake::set_up_psk() {
  if (credentials_.identity.empty()) throw KeyError("there is no PSK identity in /0/x/3");
  if (credentials_.secret_key.empty()) throw KeyError("there is no pre-shared key in /0/x/5");
  if (credentials_.secret_key.size() > kMaxPskBytes) {
    throw KeyError("the pre-shared key in /0/x/5 is longer than 64 bytes");
  }
  gnutls_psk_client_credentials_t made = nullptr;
  check(gnutls_psk_allocate_client_credentials(&made), "no memory for the pre-shared key");
  psk_.reset(made);
  const gnutls_datum_t identity = datum(credentials_.identity);
  const gnutls_datum_t key = datum(credentials_.secret_key);
  check(gnutls_psk_set_client_credentials2(made, &identity, &key, GNUTLS_PSK_KEY_RAW),
        "the PSK identity or key cannot be used");
  check(gnutls_credentials_set(session(), GNUTLS_CRD_PSK, made), "the pre-shared key");
}

// [SEC-17] [SEC-19]
void ClientHandshake::set_up_certificate() {
  check_server_expectation(credentials_);
  if (credentials_.secret_key.empty()) throw KeyError("there is no private key in /0/x/5");
  const PrivateKey key = PrivateKey::from(credentials_.secret_key);
  certificate_ = make_certificate_credentials();
  if (credentials_.mode == Mode::RawPublicKey) {
    const ByteView own = credentials_.identity;
    // Of the early 32-byte form only x says something.
    const bool bare = own.size() == PublicKey::kCoordinate;
    if (!own.empty() &&
        (bare ? !equal(own, key.public_key().x()) : PublicKey::from(own) != key.public_key())) {
      throw KeyError("the public key in /0/x/3 is not that of the private key in /0/x/5");
    }
    add_raw_key(certificate_.get(), key);
  } else {
    if (credentials_.identity.empty()) throw KeyError("there is no certificate in /0/x/3");
    add_certificates(certificate_.get(), read_certificates(credentials_.identity), key);
  }
  gnutls_certificate_set_verify_function(certificate_.get(), verify);
  check(gnutls_credentials_set(session(), GNUTLS_CRD_CERTIFICATE, certificate_.get()),
        "the certificate");
}

// --- Resumption [SEC-09] ---

/// What a session stands for: with other credentials it is not to be resumed.
std::array<std::uint8_t, 32> ClientHandshake::binding() const {
  Bytes all{static_cast<std::uint8_t>(credentials_.mode)};
  for (const ByteView part : {credentials_.identity, credentials_.secret_key,
                              credentials_.server_key, as_bytes(credentials_.server_name)}) {
    const auto hash = sha256(part);
    all.insert(all.end(), hash.begin(), hash.end());
  }
  return sha256(all);
}

void ClientHandshake::set_up_resumption() {
  if (credentials_.mode == Mode::Psk) return;
  const auto bound = binding();
  if (credentials_.resumption.size() <= bound.size() ||
      !equal(credentials_.resumption.first(bound.size()), bound)) {
    return;
  }
  // What the library does not take leads to a full handshake.
  const ByteView data = credentials_.resumption.subspan(bound.size());
  gnutls_session_set_data(session(), data.data(), data.size());
}

void ClientHandshake::keep_resumption() {
  if (credentials_.mode == Mode::Psk) return;
  // RFC 7627 §5.4: without it a server between two sides could make them share a master secret.
  if (gnutls_session_ext_master_secret_status(session()) == 0) return;
  OwnedDatum data;
  if (gnutls_session_get_data2(session(), data.out()) < 0) return;
  const auto bound = binding();
  resumption_.assign(bound.begin(), bound.end());
  resumption_.insert(resumption_.end(), data.view().begin(), data.view().end());
}

// --- The server ---

int ClientHandshake::verify(gnutls_session_t session) {
  auto& self = static_cast<ClientHandshake&>(of(session));
  const bool raw = gnutls_certificate_type_get2(session, GNUTLS_CTYPE_SERVER) == GNUTLS_CRT_RAWPK;
  unsigned count = 0;
  const gnutls_datum_t* shown = gnutls_certificate_get_peers(session, &count);
  ServerVerdict verdict = verify_server(self.credentials_, raw, {shown, count});
  self.peer_text_ = std::move(verdict.text);
  if (verdict.good) return 0;
  self.object(verdict.alert, std::move(verdict.reason));
  return -1;
}

bool ClientHandshake::accept_peer(secure::PeerProof& peer) {
  // The library does not ask again about a session that is resumed; dates may have passed.
  if (resumed() && credentials_.mode != Mode::Psk && verify(session()) != 0) return false;
  switch (credentials_.mode) {
    case Mode::Psk:
      peer.proof = secure::Proof::Psk;
      peer_text_ = as_text(credentials_.identity);
      break;
    case Mode::RawPublicKey: peer.proof = secure::Proof::RawPublicKey; break;
    case Mode::X509: peer.proof = secure::Proof::Certificate; break;
  }
  peer.text = peer_text_;
  keep_resumption();
  return true;
}

std::string ClientHandshake::explain_timeout() {
  if (!shim().heard()) return "the server did not answer";
  if (credentials_.mode == Mode::Psk) {
    return "the server answered but did not finish: the pre-shared keys of both sides differ, or "
           "too many datagrams were lost";
  }
  return "the server answered but did not finish the handshake";
}

namespace {

/// Null: memory is short.
std::unique_ptr<ClientHandshake> start(Instant now, const secure::ClientCredentials& credentials) {
  std::unique_ptr<ClientHandshake> handshake(new (std::nothrow) ClientHandshake(now, credentials));
  if (handshake != nullptr && !handshake->start(now)) handshake.reset();
  return handshake;
}

}  // namespace

secure::Handshake* GnutlsClientHandshakes::begin(Instant now,
                                                 const secure::ClientCredentials& credentials) {
  auto handshake = start(now, credentials);
  if (handshake != nullptr && !credentials.resumption.empty() && handshake->first_flight_is_cut()) {
    secure::ClientCredentials without = credentials;
    without.resumption = {};
    handshake = start(now, without);
  }
  return handshake.release();
}

void GnutlsClientHandshakes::end(secure::Handshake* handshake) {
  delete static_cast<ClientHandshake*>(handshake);
}

}  // namespace linnet::dtls_gnutls
