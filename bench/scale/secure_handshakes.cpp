// SPDX-License-Identifier: Apache-2.0
// Handshakes with Linnet's transport beside those with GnuTLS alone. The clients are the same.
#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include <linnet/base/random.hpp>
#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/dtls_gnutls/server_handshakes.hpp>
#include <linnet/server/secure_transport.hpp>
#include "cpu_clock.hpp"
#include "gnutls_server.hpp"
#include "secure.hpp"

namespace linnet::scale {
namespace {

using dtls_gnutls::PrivateKey;
using secure::ClientCredentials;
using secure::Handshake;

constexpr std::uint16_t kPort = 5684;
constexpr std::string_view kIdentity = "urn:dev:os:32473-0000000";

struct Keys {
  PrivateKey server = PrivateKey::generate();
  PrivateKey device = PrivateKey::generate();
  dtls_gnutls::Bytes psk = dtls_gnutls::Bytes(16, 0x5C);
};

/// Whoever comes is a device nobody has seen before.
class NewDevices final : public secure::PeerDirectory {
 public:
  explicit NewDevices(const Keys& keys)
      : psk_(keys.psk), device_(keys.device.public_key().spki()) {}

  std::optional<Found> find_psk(ByteView, MutableBytes key, std::size_t& key_bytes) override {
    std::copy(psk_.begin(), psk_.end(), key.begin());
    key_bytes = psk_.size();
    return next();
  }
  std::optional<Found> find_public_key(ByteView spki) override {
    if (!equal(spki, device_)) return {};
    return next();
  }
  std::optional<Found> find_certificate(const secure::CertificateView&,
                                        std::string_view&) override {
    return {};
  }
  bool still_valid(std::uint64_t) override { return true; }

 private:
  Found next() {
    for (std::size_t i = endpoint_.size(); ++endpoint_[--i] > '9';) endpoint_[i] = '0';
    return {++last_, endpoint_};
  }

  dtls_gnutls::Bytes psk_;
  dtls_gnutls::Bytes device_;
  std::uint64_t last_ = 0;
  std::string endpoint_{kIdentity};
};

class LinnetServer final : public HandshakeServer {
 public:
  LinnetServer(const Keys& keys, std::uint32_t sessions)
      : directory_(keys),
        handshakes_({.key = keys.server}, directory_),
        transport_(config_for(sessions), rng_, handshakes_, &directory_) {}

  void receive(Instant now, const SocketAddress& from, MutableBytes datagram) override {
    transport_.receive(now, from, datagram, nobody_);
  }
  std::optional<Outgoing> poll_transmit(Instant now, MutableBytes out) override {
    while (transport_.next_timeout() <= now) transport_.on_timeout(now, nobody_);
    const auto sent = transport_.poll_transmit(now, out);
    if (sent) return Outgoing{sent->to, sent->size};
    while (const auto event = transport_.poll_event()) {
      if (event->kind == server::SecureEvent::Kind::Failed) throw std::runtime_error(event->reason);
    }
    return {};
  }
  [[nodiscard]] std::uint64_t established() const override {
    return transport_.counters().established;
  }

 private:
  struct Nobody {
    void operator()(const SocketAddress&, MutableBytes) const {}
  };
  static server::SecureTransportConfig config_for(std::uint32_t sessions) {
    server::SecureTransportConfig config;
    config.max_sessions = sessions;
    return config;
  }

  SeededRng rng_{5};
  NewDevices directory_;
  dtls_gnutls::GnutlsServerHandshakes handshakes_;
  server::SecureTransport transport_;
  Nobody nobody_;
};

/// Clients in bursts, each from an address of its own.
class Clients {
 public:
  Clients(const ClientCredentials& credentials, std::size_t burst)
      : credentials_(credentials), burst_(burst), incoming_(16 * burst) {}

  /// CPU time of `server` for `count` handshakes; throws if one fails.
  std::int64_t run(HandshakeServer& server, std::size_t count) {
    std::int64_t total = 0;
    const std::uint64_t before = server.established();
    for (std::size_t done = 0; done < count; done += burst_) {
      begin();
      for (int turn = 0; !finished(); ++turn) {
        if (turn == 20) throw std::runtime_error("a handshake does not come to an end");
        total += exchange(server);
      }
      for (Handshake* handshake : running_) maker_.end(handshake);
      running_.clear();
    }
    if (server.established() != before + count) throw std::runtime_error("a handshake was lost");
    return total;
  }

 private:
  struct Datagram {
    std::array<std::uint8_t, 2048> bytes;
    std::size_t size = 0;
    SocketAddress at;
  };

  void begin() {
    first_ = next_;
    for (std::size_t i = 0; i < burst_; ++i) running_.push_back(maker_.begin(now_, credentials_));
    next_ = (next_ + static_cast<std::uint32_t>(burst_)) % kMaxDevices;
  }
  [[nodiscard]] bool finished() const {
    return std::all_of(running_.begin(), running_.end(), [](const Handshake* handshake) {
      if (handshake->state() == Handshake::State::Failed) {
        throw std::runtime_error(std::string(handshake->failure().reason));
      }
      return handshake->state() == Handshake::State::Done;
    });
  }

  /// What the clients have to say, and what the server answers. CPU time of the server.
  std::int64_t exchange(HandshakeServer& server) {
    now_ = now_ + milliseconds(1);
    std::vector<Datagram>& to_server = outgoing_;
    to_server.clear();
    for (std::size_t i = 0; i < burst_; ++i) {
      Datagram datagram;
      datagram.at = Fleet::address(first_ + static_cast<std::uint32_t>(i), kPort);
      while (const auto size = running_[i]->poll_transmit(now_, datagram.bytes)) {
        datagram.size = *size;
        to_server.push_back(datagram);
      }
    }
    std::size_t answers = 0;
    const std::int64_t start = thread_cpu_ns();
    for (Datagram& datagram : to_server) {
      server.receive(now_, datagram.at, MutableBytes(datagram.bytes).first(datagram.size));
    }
    while (const auto sent = server.poll_transmit(now_, incoming_.at(answers).bytes)) {
      incoming_[answers].at = sent->to;
      incoming_[answers++].size = sent->size;
    }
    const std::int64_t spent = thread_cpu_ns() - start;
    for (std::size_t i = 0; i < answers; ++i) {
      const Datagram& datagram = incoming_[i];
      for (std::size_t client = 0; client < burst_; ++client) {
        if (Fleet::address(first_ + static_cast<std::uint32_t>(client), kPort) != datagram.at) {
          continue;
        }
        running_[client]->receive(now_, ByteView(datagram.bytes).first(datagram.size));
        break;
      }
    }
    return spent;
  }

  dtls_gnutls::GnutlsClientHandshakes maker_;
  ClientCredentials credentials_;
  std::size_t burst_;
  Instant now_{1'000};
  std::uint32_t first_ = 0;
  std::uint32_t next_ = 0;
  std::vector<Handshake*> running_;
  std::vector<Datagram> outgoing_;
  std::vector<Datagram> incoming_;
};

HandshakeResult compare(const std::string& what, const ClientCredentials& credentials,
                        const Keys& keys, std::size_t a_round, std::size_t rounds, double deadline,
                        Progress& progress) {
  constexpr std::size_t kBurst = 16;
  constexpr std::size_t kLeastRounds = 5;
  constexpr std::size_t kKeep = 1'000;
  Clients clients(credentials, kBurst);
  LinnetServer linnet(keys, static_cast<std::uint32_t>((rounds + 1) * a_round));
  GnutlsServer alone(keys.server, keys.device.public_key(), keys.psk, kKeep);
  GnutlsServer freeing(keys.server, keys.device.public_key(), keys.psk, 0);
  HandshakeResult result;
  result.what = what;
  std::vector<double> linnet_ns;
  std::vector<double> alone_ns;
  std::vector<double> freed_ns;
  std::vector<double> ratio;
  std::vector<double> freed_ratio;
  for (std::size_t round = 0; round <= rounds; ++round) {
    if (round > kLeastRounds && wall_seconds() > deadline) break;
    progress.show(what + " handshakes", round, rounds);
    const auto a = static_cast<double>(clients.run(alone, a_round));
    const auto f = static_cast<double>(clients.run(freeing, a_round));
    const auto l = static_cast<double>(clients.run(linnet, a_round));
    if (round == 0) continue;  // first use of this and that
    result.handshakes += a_round;
    alone_ns.push_back(a / static_cast<double>(a_round));
    freed_ns.push_back(f / static_cast<double>(a_round));
    linnet_ns.push_back(l / static_cast<double>(a_round));
    ratio.push_back(l / a);
    freed_ratio.push_back(l / f);
  }
  result.linnet_ns = spread_of(std::move(linnet_ns));
  result.alone_ns = spread_of(std::move(alone_ns));
  result.freed_ns = spread_of(std::move(freed_ns));
  result.ratio = spread_of(std::move(ratio));
  result.freed_ratio = spread_of(std::move(freed_ratio));
  return result;
}

}  // namespace

std::vector<HandshakeResult> measure_handshakes(const Options& options, double deadline,
                                                Progress& progress) {
  const Keys keys;
  ClientCredentials psk;
  psk.mode = ClientCredentials::Mode::Psk;
  psk.identity = as_bytes(kIdentity);
  psk.secret_key = keys.psk;
  constexpr std::array<std::uint16_t, 1> kPskSuite{0xC0A8};
  psk.suites = kPskSuite;

  const dtls_gnutls::Bytes shown = keys.device.public_key().spki();
  const dtls_gnutls::Bytes secret = keys.device.one_asymmetric_key();
  const dtls_gnutls::Bytes server = keys.server.public_key().spki();
  ClientCredentials raw;
  raw.mode = ClientCredentials::Mode::RawPublicKey;
  raw.identity = shown;
  raw.secret_key = secret;
  raw.server_key = server;
  constexpr std::array<std::uint16_t, 1> kRawSuite{0xC0AE};
  raw.suites = kRawSuite;

  std::vector<HandshakeResult> results;
  results.push_back(compare("PSK", psk, keys, 1'600, options.rounds, deadline, progress));
  results.push_back(compare("raw public key", raw, keys, 96, options.rounds, deadline, progress));
  return results;
}

}  // namespace linnet::scale
