// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests of secure transports: what an application does around one, with handshakes that are not
// real and records that are.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <linnet/server/secure_transport.hpp>
#include "fake_handshake.hpp"

namespace linnet::server::test {

using linnet::test::Datagram;
using linnet::test::FakeSecureDevice;
using linnet::test::FakeServerHandshakes;

inline SocketAddress at(std::uint8_t host, std::uint16_t port = 40000) {
  return SocketAddress::v4(192, 0, 2, host, port);
}

class Used final : public SessionUse {
 public:
  bool in_use(const SocketAddress& session) override { return sessions.contains(session); }
  void renewed(const SocketAddress& session) override { begun_anew.push_back(session); }
  std::set<SocketAddress> sessions;
  std::vector<SocketAddress> begun_anew;
};

/// What an application does around a transport.
class Bench {
 public:
  explicit Bench(const SecureTransportConfig& config = {}, std::uint64_t seed = 1)
      : rng(seed), transport(config, rng, handshakes, &handshakes, &used) {
    handshakes.next_random = seed << 20;
  }

  void receive(const SocketAddress& from, Datagram datagram) {
    transport.expect(1, [&](std::size_t) { return SecureTransport::Incoming{from, datagram}; });
    transport.receive(now, from, datagram, deliver());
  }
  void work() {
    // More than is done in one turn.
    for (int i = 0; i < 100 && transport.next_timeout() <= now; ++i) {
      transport.on_timeout(now, deliver());
    }
  }
  std::vector<std::pair<SocketAddress, Datagram>> sent() {
    work();
    std::vector<std::pair<SocketAddress, Datagram>> all;
    Datagram buffer(2048);
    while (const auto next = transport.poll_transmit(now, buffer)) {
      all.emplace_back(next->to,
                       Datagram(buffer.begin(), buffer.begin() + std::ptrdiff_t(next->size)));
    }
    return all;
  }
  /// A handshake from start to end.
  bool connect(FakeSecureDevice& device) {
    receive(device.address, device.hello());
    run(device);
    return device.open();
  }
  /// Until nobody has anything to say.
  void run(FakeSecureDevice& device) {
    for (int i = 0; i < 10; ++i) {
      for (auto& [to, datagram] : sent()) {
        if (to != device.address) continue;
        if (const auto answer = device.receive(std::move(datagram))) {
          receive(device.address, *answer);
        }
      }
    }
  }
  void say(FakeSecureDevice& device, std::string_view text) {
    receive(device.address, device.seal(text));
  }
  Result<Transmit> seal(const SocketAddress& session, std::string_view text) {
    out.assign(2048, 0);
    std::copy(text.begin(), text.end(), out.begin() + SecureTransport::kHeadroom);
    return transport.seal(now, session, text.size(), out);
  }
  /// To the device, at whichever address the transport says.
  Error tell(FakeSecureDevice& device, const SocketAddress& session, std::string_view text) {
    const auto sealed = seal(session, text);
    if (!sealed.ok()) return sealed.error();
    EXPECT_EQ(sealed->to, device.address);
    device.receive(Datagram(out.begin(), out.begin() + std::ptrdiff_t(sealed->size)));
    return Error::Ok;
  }
  std::vector<SecureEvent> events() {
    std::vector<SecureEvent> all;
    while (auto event = transport.poll_event()) all.push_back(std::move(*event));
    return all;
  }
  SecureEvent one_event() {
    auto all = events();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? SecureEvent{} : all.back();
  }
  SocketAddress session_of(FakeSecureDevice& device) {
    std::uint32_t cursor = 0;
    while (const auto peer = transport.next_peer(cursor)) {
      if (peer->credential == device.parameters.credential) return peer->session;
    }
    return {};
  }
  /// As a store would.
  void store() {
    transport.collect(
        [&](const SessionRecord& record) {
          kept[record.session] = {record.address,
                                  std::string(record.endpoint),
                                  record.credential,
                                  record.proof,
                                  {record.state.begin(), record.state.end()}};
        },
        [&](const SocketAddress& session) { kept.erase(session); });
    transport.stored();
  }

  struct Kept {
    SocketAddress address;
    std::string endpoint;
    std::uint64_t credential = 0;
    secure::Proof proof{};
    Datagram state;
  };

  Instant now{1'000'000};
  SeededRng rng;
  FakeServerHandshakes handshakes;
  Used used;
  SecureTransport transport;
  std::vector<std::pair<SocketAddress, std::string>> delivered;
  std::map<SocketAddress, Kept> kept;
  Datagram out;

 private:
  struct Deliver {
    Bench& bench;
    void operator()(const SocketAddress& session, MutableBytes plain) {
      bench.delivered.emplace_back(session, as_text(plain));
    }
  };
  Deliver& deliver() { return deliver_; }
  Deliver deliver_{*this};
};

inline SecureTransportConfig durable() {
  SecureTransportConfig config;
  config.durable = true;
  config.reserve = 16;
  return config;
}

/// A transport that goes on where `old` was at its last `store`.
inline std::unique_ptr<Bench> restart(const Bench& old, std::uint64_t seed = 99) {
  SecureTransportConfig config = old.transport.config();
  config.id_key = old.transport.id_key();
  auto next = std::make_unique<Bench>(config, seed);
  next->now = old.now;
  next->kept = old.kept;
  for (const auto& [session, kept] : next->kept) {
    EXPECT_TRUE(next->transport
                    .restore(next->now, {session, kept.address, kept.endpoint, kept.credential,
                                         kept.proof, kept.state})
                    .ok());
  }
  return next;
}

}  // namespace linnet::server::test
