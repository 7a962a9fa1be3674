// SPDX-License-Identifier: Apache-2.0
// Handshakes a second a server makes on one core, beside GnuTLS alone in the same run: cookie,
// connection id, finding the device and taking over the session included, and freed at once by
// both. Only the server's CPU time counts; clients are ours for both. With all that lies around a
// handshake, and sessions that stay: bench/scale.
//   bench_handshakes [--check]     fails below 0.8 of the library alone (design.md §5)
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/dtls_gnutls/server_handshakes.hpp>

#include "../scale/gnutls_server.hpp"

namespace {

using namespace linnet;
using dtls_gnutls::Bytes;
using scale::GnutlsServer;
using scale::HandshakeServer;

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

const SocketAddress kClient = SocketAddress::v4(192, 0, 2, 7, 40000);

/// One client at a time, and nothing around the handshake.
class LinnetServer final : public HandshakeServer {
 public:
  LinnetServer(const dtls_gnutls::ServerIdentity& identity, Devices& devices)
      : server_(identity, devices, {.ticket_life = {0}}) {
    id_.used = true;
    id_.size = 6;
  }
  void receive(Instant now, const SocketAddress& from, MutableBytes datagram) override {
    if (handshake_ != nullptr) return handshake_->receive(now, datagram);
    switch (server_.admit(from, datagram, challenge_, challenge_size_)) {
      case secure::ServerHandshakes::Gate::Drop: die("a ClientHello was dropped");
      case secure::ServerHandshakes::Gate::Challenge: return;
      case secure::ServerHandshakes::Gate::Admit: break;
    }
    handshake_ = server_.begin(now, from, datagram, id_);
    if (handshake_ == nullptr) die("no memory");
  }
  std::optional<Outgoing> poll_transmit(Instant now, MutableBytes out) override {
    if (const std::size_t size = std::exchange(challenge_size_, 0); size != 0) {
      std::copy_n(challenge_.begin(), size, out.begin());
      return Outgoing{kClient, size};
    }
    if (handshake_ == nullptr) return {};
    if (const auto size = handshake_->poll_transmit(now, out)) return Outgoing{kClient, *size};
    if (handshake_->state() == secure::Handshake::State::Done) finish();
    return {};
  }
  [[nodiscard]] std::uint64_t established() const override { return established_; }

 private:
  void finish() {
    const auto session = handshake_->take_session();
    if (!session || handshake_->peer().credential == 0) die("no session");
    server_.end(handshake_);
    handshake_ = nullptr;
    ++established_;
  }

  dtls_gnutls::GnutlsServerHandshakes server_;
  secure::ConnectionId id_;
  secure::Handshake* handshake_ = nullptr;
  std::array<std::uint8_t, 128> challenge_;
  std::size_t challenge_size_ = 0;
  std::uint64_t established_ = 0;
};

/// CPU time of the server for one handshake, in ns.
std::int64_t handshake(HandshakeServer& server, dtls_gnutls::GnutlsClientHandshakes& clients,
                       const secure::ClientCredentials& credentials) {
  const Instant now{0};
  secure::Handshake* client = clients.begin(now, credentials);
  std::array<std::uint8_t, 1200> buffer;
  std::array<Bytes, 16> answers;
  std::int64_t spent = 0;
  const std::uint64_t before = server.established();
  while (client->state() == secure::Handshake::State::Running || server.established() == before) {
    const auto size = client->poll_transmit(now, buffer);
    if (!size) die("a handshake stands still");
    std::size_t count = 0;
    const std::int64_t start = thread_cpu_ns();
    server.receive(now, kClient, MutableBytes{buffer}.first(*size));
    while (const auto sent = server.poll_transmit(now, buffer)) {
      answers.at(count++).assign(buffer.begin(),
                                 buffer.begin() + static_cast<std::ptrdiff_t>(sent->size));
    }
    spent += thread_cpu_ns() - start;
    for (std::size_t i = 0; i < count; ++i) client->receive(now, answers[i]);
  }
  if (client->state() != secure::Handshake::State::Done) die("a handshake failed");
  clients.end(client);
  return spent;
}

/// Median ratio of rounds in which both take turns.
double compare(const char* mode, HandshakeServer& linnet, HandshakeServer& library, int count,
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
  GnutlsServer library(own, device.public_key(), psk, 0);

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
