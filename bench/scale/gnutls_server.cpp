// SPDX-License-Identifier: Apache-2.0
#include "gnutls_server.hpp"

#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace linnet::scale {
namespace {

using dtls_gnutls::Bytes;

/// What our server takes, in the same order.
constexpr const char* kPriorities =
    "NONE:+VERS-DTLS1.2:+COMP-NULL:+PSK:+ECDHE-ECDSA:+AES-128-CCM-8:+AES-128-CCM"
    ":+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-CBC:+AEAD:+SHA256"
    ":+GROUP-SECP256R1:+GROUP-X25519:+GROUP-SECP384R1:+GROUP-SECP521R1:+GROUP-X448"
    ":+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512:+SIGN-EDDSA-ED25519"
    ":+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512:+CTYPE-CLI-X509"
    ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK:%SERVER_PRECEDENCE";

int check(int code, const char* what) {
  if (code < 0) throw std::runtime_error(std::string(what) + ": " + gnutls_strerror(code));
  return code;
}

gnutls_datum_t datum(const Bytes& bytes) {
  return {const_cast<unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())};
}

}  // namespace

struct GnutlsServer::Parts {
  struct Sent {
    SocketAddress to;
    Bytes bytes;
  };
  struct Peer {
    Parts* parts = nullptr;
    SocketAddress address;
    gnutls_session_t session = nullptr;
    ByteView incoming;
    ~Peer() {
      if (session != nullptr) gnutls_deinit(session);
    }
  };

  gnutls_priority_t priorities = nullptr;
  gnutls_psk_server_credentials_t psk = nullptr;
  gnutls_certificate_credentials_t keys = nullptr;
  gnutls_datum_t cookie_key{};
  gnutls_datum_t ticket_key{};
  Bytes secret;  // of all devices
  Bytes device;  // the public key of all
  std::map<SocketAddress, std::unique_ptr<Peer>> peers;
  std::deque<Sent> out;
  std::deque<std::unique_ptr<Peer>> done;
  std::size_t keep = 0;  // at most so many of them
  std::uint64_t established = 0;

  Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    peers.clear();
    done.clear();
    gnutls_priority_deinit(priorities);
    gnutls_psk_free_server_credentials(psk);
    gnutls_certificate_free_credentials(keys);
    gnutls_free(cookie_key.data);
    gnutls_free(ticket_key.data);
  }

  static int find_psk(gnutls_session_t session, const char*, gnutls_datum_t* key) {
    const Bytes& secret = static_cast<Peer*>(gnutls_session_get_ptr(session))->parts->secret;
    key->data = static_cast<unsigned char*>(gnutls_malloc(secret.size()));
    if (key->data == nullptr) return -1;
    std::memcpy(key->data, secret.data(), secret.size());
    key->size = static_cast<unsigned>(secret.size());
    return 0;
  }
  static int verify(gnutls_session_t session) {
    const Bytes& expected = static_cast<Peer*>(gnutls_session_get_ptr(session))->parts->device;
    unsigned count = 0;
    const gnutls_datum_t* shown = gnutls_certificate_get_peers(session, &count);
    const bool good = count == 1 && equal({shown->data, shown->size}, expected);
    return good ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
  }
  static ssize_t push(gnutls_transport_ptr_t pointer, const void* data, size_t size) {
    auto* peer = static_cast<Peer*>(pointer);
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    peer->parts->out.push_back({peer->address, Bytes(bytes, bytes + size)});
    return static_cast<ssize_t>(size);
  }
  static ssize_t pull(gnutls_transport_ptr_t pointer, void* data, size_t size) {
    auto* peer = static_cast<Peer*>(pointer);
    if (peer->incoming.empty() || peer->incoming.size() > size) {
      gnutls_transport_set_errno(peer->session, EAGAIN);
      return -1;
    }
    std::memcpy(data, peer->incoming.data(), peer->incoming.size());
    const auto taken = static_cast<ssize_t>(peer->incoming.size());
    peer->incoming = {};
    return taken;
  }
  static int is_there(gnutls_transport_ptr_t pointer, unsigned) {
    return static_cast<Peer*>(pointer)->incoming.empty() ? 0 : 1;
  }

  void first_datagram(const SocketAddress& from, MutableBytes datagram) {
    gnutls_dtls_prestate_st prestate{};
    SocketAddress address = from;
    auto peer = std::make_unique<Peer>();
    peer->parts = this;
    peer->address = from;
    if (gnutls_dtls_cookie_verify(&cookie_key, &address, sizeof address, datagram.data(),
                                  datagram.size(), &prestate) < 0) {
      gnutls_dtls_cookie_send(&cookie_key, &address, sizeof address, &prestate, peer.get(), push);
      return;
    }
    begin(*peer, prestate);
    go_on(*(peers[from] = std::move(peer)), datagram);
  }

  void begin(Peer& peer, gnutls_dtls_prestate_st& prestate) {
    check(gnutls_init(&peer.session,
                      GNUTLS_SERVER | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_ENABLE_RAWPK),
          "a session");
    gnutls_session_set_ptr(peer.session, &peer);
    gnutls_priority_set(peer.session, priorities);
    gnutls_credentials_set(peer.session, GNUTLS_CRD_PSK, psk);
    gnutls_credentials_set(peer.session, GNUTLS_CRD_CERTIFICATE, keys);
    gnutls_certificate_server_set_request(peer.session, GNUTLS_CERT_REQUIRE);
    gnutls_session_ticket_enable_server(peer.session, &ticket_key);
    gnutls_dtls_prestate_set(peer.session, &prestate);
    gnutls_dtls_set_mtu(peer.session, 1152);
    gnutls_dtls_set_timeouts(peer.session, 60'000, 120'000);
    gnutls_transport_set_ptr(peer.session, &peer);
    gnutls_transport_set_push_function(peer.session, push);
    gnutls_transport_set_pull_function(peer.session, pull);
    gnutls_transport_set_pull_timeout_function(peer.session, is_there);
  }

  void go_on(Peer& peer, ByteView datagram) {
    peer.incoming = datagram;
    const int code = gnutls_handshake(peer.session);
    if (code == GNUTLS_E_SUCCESS) {
      ++established;
      done.push_back(std::move(peers.extract(peer.address).mapped()));
      if (done.size() > keep) done.pop_front();
    } else if (gnutls_error_is_fatal(code) != 0) {
      throw std::runtime_error(std::string("GnuTLS alone: ") + gnutls_strerror(code));
    }
  }
};

GnutlsServer::GnutlsServer(const dtls_gnutls::PrivateKey& key, const dtls_gnutls::PublicKey& device,
                           ByteView psk, std::size_t keep)
    : parts_(std::make_unique<Parts>()) {
  Parts& parts = *parts_;
  parts.keep = keep;
  parts.secret.assign(psk.begin(), psk.end());
  parts.device = device.spki();
  check(gnutls_priority_init(&parts.priorities, kPriorities, nullptr), "priorities");
  check(gnutls_psk_allocate_server_credentials(&parts.psk), "PSK credentials");
  gnutls_psk_set_server_credentials_function(parts.psk, Parts::find_psk);
  check(gnutls_certificate_allocate_credentials(&parts.keys), "credentials");
  const Bytes shown = key.public_key().spki();
  const Bytes kept = key.one_asymmetric_key();
  const gnutls_datum_t shown_datum = datum(shown);
  const gnutls_datum_t kept_datum = datum(kept);
  check(gnutls_certificate_set_rawpk_key_mem(parts.keys, &shown_datum, &kept_datum,
                                             GNUTLS_X509_FMT_DER, nullptr, 0, nullptr, 0, 0),
        "the server's key");
  gnutls_certificate_set_verify_function(parts.keys, Parts::verify);
  check(gnutls_key_generate(&parts.cookie_key, GNUTLS_COOKIE_KEY_SIZE), "a key for cookies");
  check(gnutls_session_ticket_key_generate(&parts.ticket_key), "a key for tickets");
}

GnutlsServer::~GnutlsServer() = default;

void GnutlsServer::receive(Instant, const SocketAddress& from, MutableBytes datagram) {
  const auto found = parts_->peers.find(from);
  if (found == parts_->peers.end()) return parts_->first_datagram(from, datagram);
  parts_->go_on(*found->second, datagram);
}

std::optional<HandshakeServer::Outgoing> GnutlsServer::poll_transmit(Instant, MutableBytes out) {
  if (parts_->out.empty()) return {};
  const Parts::Sent& next = parts_->out.front();
  const Outgoing sent{next.to, next.bytes.size()};
  std::memcpy(out.data(), next.bytes.data(), next.bytes.size());
  parts_->out.pop_front();
  return sent;
}

std::uint64_t GnutlsServer::established() const { return parts_->established; }

}  // namespace linnet::scale
