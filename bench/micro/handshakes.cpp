// SPDX-License-Identifier: Apache-2.0
// Handshakes a second a server makes on one core, beside GnuTLS alone in the same run: cookie,
// connection id, finding the device and taking over the session included. Only the server's CPU
// time counts; clients are ours for both.
//   bench_handshakes [--check]     fails below 0.8 of the library alone (design.md §5)
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/dtls_gnutls/server_handshakes.hpp>

namespace {

using namespace linnet;
using dtls_gnutls::Bytes;

constexpr double kLeastRatio = 0.8;
constexpr int kRounds = 9;

std::int64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "bench_handshakes: %s\n", what);
  std::exit(1);
}

struct Devices final : secure::PeerDirectory {
  std::map<std::string, Bytes, std::less<>> psk;
  std::map<Bytes, std::string> keys;

  std::optional<Found> find_psk(ByteView identity, MutableBytes key,
                                std::size_t& key_bytes) override {
    const auto found = psk.find(as_text(identity));
    if (found == psk.end()) return {};
    std::ranges::copy(found->second, key.begin());
    key_bytes = found->second.size();
    return Found{1, found->first};
  }
  std::optional<Found> find_public_key(ByteView spki) override {
    const auto found = keys.find(Bytes(spki.begin(), spki.end()));
    if (found == keys.end()) return {};
    return Found{2, found->second};
  }
  std::optional<Found> find_certificate(const secure::CertificateView&,
                                        std::string_view&) override {
    return {};
  }
  bool still_valid(std::uint64_t) override { return true; }
};

/// One server for one client at a time: datagrams in, datagrams out.
class Server {
 public:
  virtual ~Server() = default;
  virtual void receive(ByteView datagram) = 0;
  /// Whether the handshake is done; if so, everything of it is let go.
  virtual bool finish() = 0;
  std::deque<Bytes> out;
};

const SocketAddress kClient = SocketAddress::v4(192, 0, 2, 7, 40000);

class LinnetServer final : public Server {
 public:
  LinnetServer(const dtls_gnutls::ServerIdentity& identity, Devices& devices)
      : server_(identity, devices, {.ticket_life = {0}}) {
    id_.used = true;
    id_.size = 6;
  }
  void receive(ByteView datagram) override {
    std::array<std::uint8_t, 1200> buffer;
    if (handshake_ != nullptr) {
      handshake_->receive(now_, datagram);
    } else {
      std::size_t size = 0;
      switch (server_.admit(kClient, datagram, buffer, size)) {
        case secure::ServerHandshakes::Gate::Drop: die("a ClientHello was dropped");
        case secure::ServerHandshakes::Gate::Challenge:
          out.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
          return;
        case secure::ServerHandshakes::Gate::Admit: break;
      }
      handshake_ = server_.begin(now_, kClient, datagram, id_);
    }
    while (const auto size = handshake_->poll_transmit(now_, buffer)) {
      out.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
    }
  }
  bool finish() override {
    if (handshake_ == nullptr || handshake_->state() != secure::Handshake::State::Done)
      return false;
    const auto session = handshake_->take_session();
    if (!session || handshake_->peer().credential == 0) die("no session");
    server_.end(handshake_);
    handshake_ = nullptr;
    return true;
  }

 private:
  dtls_gnutls::GnutlsServerHandshakes server_;
  secure::ConnectionId id_;
  secure::Handshake* handshake_ = nullptr;
  Instant now_{0};
};

/// As its manual says a server is written.
class LibraryServer final : public Server {
 public:
  LibraryServer(const dtls_gnutls::ServerIdentity& identity, Devices& devices) : devices_(devices) {
    gnutls_key_generate(&cookie_key_, GNUTLS_COOKIE_KEY_SIZE);
    gnutls_psk_allocate_server_credentials(&psk_);
    gnutls_psk_set_server_credentials_function2(psk_, find_psk);
    gnutls_certificate_allocate_credentials(&certificate_);
    if (identity.key) {
      const Bytes spki = identity.key->public_key().spki();
      const Bytes key = identity.key->one_asymmetric_key();
      const gnutls_datum_t shown{const_cast<std::uint8_t*>(spki.data()), unsigned(spki.size())};
      const gnutls_datum_t kept{const_cast<std::uint8_t*>(key.data()), unsigned(key.size())};
      if (gnutls_certificate_set_rawpk_key_mem(certificate_, &shown, &kept, GNUTLS_X509_FMT_DER,
                                               nullptr, 0, nullptr, 0, 0) < 0) {
        die("the library does not take the key");
      }
    }
    gnutls_certificate_set_verify_function(certificate_, find_public_key);
    if (gnutls_priority_init(
            &priority_,
            // What our server takes, in the same order.
            "NONE:+VERS-DTLS1.2:+COMP-NULL:+PSK:+ECDHE-ECDSA:+AES-128-CCM-8:+AES-128-CCM"
            ":+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-CBC:+AEAD:+SHA256"
            ":+GROUP-SECP256R1:+GROUP-X25519:+GROUP-SECP384R1:+GROUP-SECP521R1:+GROUP-X448"
            ":+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512:+SIGN-EDDSA-ED25519"
            ":+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512:+CTYPE-CLI-X509"
            ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK:%SERVER_PRECEDENCE",
            nullptr) < 0) {
      die("the library does not take the priorities");
    }
  }
  ~LibraryServer() override {
    gnutls_priority_deinit(priority_);
    gnutls_certificate_free_credentials(certificate_);
    gnutls_psk_free_server_credentials(psk_);
    gnutls_free(cookie_key_.data);
  }
  void receive(ByteView datagram) override {
    if (session_ == nullptr && !begin(datagram)) return;
    in_ = datagram;
    do {
      const int code = gnutls_handshake(session_);
      done_ = code == GNUTLS_E_SUCCESS;
      if (code < 0 && gnutls_error_is_fatal(code) != 0) die(gnutls_strerror(code));
    } while (!in_.empty() && !done_);
  }
  bool finish() override {
    if (!done_) return false;
    gnutls_deinit(session_);
    session_ = nullptr;
    done_ = false;
    return true;
  }

 private:
  bool begin(ByteView datagram) {
    gnutls_dtls_prestate_st prestate{};
    SocketAddress from = kClient;
    Bytes copy(datagram.begin(), datagram.end());
    if (gnutls_dtls_cookie_verify(&cookie_key_, &from, sizeof from, copy.data(), copy.size(),
                                  &prestate) < 0) {
      gnutls_dtls_cookie_send(&cookie_key_, &from, sizeof from, &prestate, this, push);
      return false;
    }
    gnutls_init(&session_, GNUTLS_SERVER | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_ENABLE_RAWPK |
                               GNUTLS_NO_TICKETS);
    gnutls_session_set_ptr(session_, this);
    gnutls_priority_set(session_, priority_);
    gnutls_credentials_set(session_, GNUTLS_CRD_PSK, psk_);
    gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, certificate_);
    gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_push_function(session_, push);
    gnutls_transport_set_pull_function(session_, pull);
    gnutls_transport_set_pull_timeout_function(session_, pull_timeout);
    gnutls_dtls_set_mtu(session_, 1152);
    gnutls_dtls_prestate_set(session_, &prestate);
    return true;
  }
  static LibraryServer& of(gnutls_transport_ptr_t self) {
    return *static_cast<LibraryServer*>(self);
  }
  static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    of(self).out.emplace_back(bytes, bytes + size);
    return static_cast<ssize_t>(size);
  }
  static ssize_t pull(gnutls_transport_ptr_t self, void* data, std::size_t size) {
    ByteView& in = of(self).in_;
    if (in.empty()) {
      gnutls_transport_set_errno(of(self).session_, EAGAIN);
      return -1;
    }
    const std::size_t taken = std::min(size, in.size());
    std::memcpy(data, in.data(), taken);
    in = {};
    return static_cast<ssize_t>(taken);
  }
  static int pull_timeout(gnutls_transport_ptr_t self, unsigned) {
    return of(self).in_.empty() ? 0 : 1;
  }
  static int find_psk(gnutls_session_t session, const gnutls_datum_t* identity,
                      gnutls_datum_t* key) {
    Devices& devices = of(gnutls_session_get_ptr(session)).devices_;
    const auto found = devices.psk.find(as_text(ByteView{identity->data, identity->size}));
    if (found == devices.psk.end()) return -1;
    key->size = static_cast<unsigned>(found->second.size());
    key->data = static_cast<unsigned char*>(gnutls_malloc(key->size));
    std::ranges::copy(found->second, key->data);
    return 0;
  }
  static int find_public_key(gnutls_session_t session) {
    unsigned count = 0;
    const gnutls_datum_t* shown = gnutls_certificate_get_peers(session, &count);
    Devices& devices = of(gnutls_session_get_ptr(session)).devices_;
    return devices.keys.contains(Bytes(shown->data, shown->data + shown->size)) ? 0 : -1;
  }

  Devices& devices_;
  gnutls_datum_t cookie_key_{};
  gnutls_psk_server_credentials_t psk_ = nullptr;
  gnutls_certificate_credentials_t certificate_ = nullptr;
  gnutls_priority_t priority_ = nullptr;
  gnutls_session_t session_ = nullptr;
  ByteView in_{};
  bool done_ = false;
};

/// CPU time of the server for one handshake, in ns.
std::int64_t handshake(Server& server, dtls_gnutls::GnutlsClientHandshakes& clients,
                       const secure::ClientCredentials& credentials) {
  const Instant now{0};
  secure::Handshake* client = clients.begin(now, credentials);
  std::array<std::uint8_t, 1200> buffer;
  std::int64_t spent = 0;
  bool done = false;
  while (client->state() == secure::Handshake::State::Running || !done) {
    bool moved = false;
    while (const auto size = client->poll_transmit(now, buffer)) {
      moved = true;
      const std::int64_t before = thread_cpu_ns();
      server.receive(ByteView{buffer}.first(*size));
      done |= server.finish();
      spent += thread_cpu_ns() - before;
    }
    while (!server.out.empty()) {
      moved = true;
      client->receive(now, server.out.front());
      server.out.pop_front();
    }
    if (!moved) die("a handshake stands still");
  }
  if (client->state() != secure::Handshake::State::Done) die("a handshake failed");
  clients.end(client);
  return spent;
}

/// Median ratio of rounds in which both take turns.
double compare(const char* mode, Server& linnet, Server& library, int count,
               const secure::ClientCredentials& credentials) {
  dtls_gnutls::GnutlsClientHandshakes clients;
  std::vector<double> ratios;
  std::array<double, 2> best{1e18, 1e18};
  for (int round = 0; round < kRounds; ++round) {
    std::array<double, 2> ns{};
    for (int i = 0; i < count; ++i) {
      ns[0] += static_cast<double>(handshake(linnet, clients, credentials));
      ns[1] += static_cast<double>(handshake(library, clients, credentials));
    }
    for (std::size_t side = 0; side < 2; ++side)
      best[side] = std::min(best[side], ns[side] / count);
    ratios.push_back(ns[1] / ns[0]);
  }
  std::ranges::sort(ratios);
  const double median = ratios[ratios.size() / 2];
  std::printf("%-4s  %8.1f us  %7.0f/s   %8.1f us  %7.0f/s   %.2f (%.2f to %.2f)\n", mode,
              best[0] / 1e3, 1e9 / best[0], best[1] / 1e3, 1e9 / best[1], median, ratios.front(),
              ratios.back());
  return median;
}

}  // namespace

int main(int argc, char** argv) {
  const bool check = argc > 1 && std::string_view(argv[1]) == "--check";
  using dtls_gnutls::PrivateKey;
  const PrivateKey own = PrivateKey::generate();
  const PrivateKey device = PrivateKey::generate();
  const Bytes psk(16, 0x5A);
  Devices devices;
  for (int i = 0; i < 1000; ++i) devices.psk["device-" + std::to_string(i)] = psk;
  devices.keys[device.public_key().spki()] = "device";

  dtls_gnutls::ServerIdentity identity;
  identity.key = own;
  LinnetServer linnet(identity, devices);
  LibraryServer library(identity, devices);

  secure::ClientCredentials by_psk;
  by_psk.identity = as_bytes("device-500");
  by_psk.secret_key = psk;
  const Bytes device_key = device.one_asymmetric_key();
  const Bytes server_key = own.public_key().spki();
  secure::ClientCredentials by_key;
  by_key.mode = secure::ClientCredentials::Mode::RawPublicKey;
  by_key.secret_key = device_key;
  by_key.server_key = server_key;

  std::printf("      Linnet                     GnuTLS alone               handshakes, ratio\n");
  const double ratios[] = {compare("PSK", linnet, library, 1000, by_psk),
                           compare("RPK", linnet, library, 60, by_key)};
  if (!check) return 0;
  for (const double ratio : ratios) {
    if (ratio < kLeastRatio) die("below 0.8 of GnuTLS alone");
  }
  return 0;
}
