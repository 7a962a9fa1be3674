// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests of handshakes: a directory of devices, and a client and a server joined by a network in
// memory on a clock of its own, where single datagrams can be lost, doubled or held back.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/dtls_gnutls/server_handshakes.hpp>

namespace linnet::dtls_gnutls {

struct TestDirectory final : secure::PeerDirectory {
  struct Device {
    std::uint64_t credential = 0;
    std::string endpoint;
    Bytes psk;
  };
  std::map<Bytes, Device> psk;          ///< by identity
  std::map<Bytes, Device> keys;         ///< by SubjectPublicKeyInfo
  std::map<std::string, Device> names;  ///< by a certificate's common name
  std::set<std::uint64_t> gone;
  int stale = 0;  ///< so many questions whether a credential is still valid are answered with no
  std::string answer;  // what `Found::endpoint` refers to

  static Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

  std::optional<Found> give(const Device& device) {
    if (gone.contains(device.credential)) return {};
    answer = device.endpoint;
    return Found{device.credential, answer};
  }
  std::optional<Found> find_psk(ByteView identity, MutableBytes key,
                                std::size_t& key_bytes) override {
    const auto found = psk.find(Bytes(identity.begin(), identity.end()));
    if (found == psk.end()) return {};
    std::ranges::copy(found->second.psk, key.begin());
    key_bytes = found->second.psk.size();
    return give(found->second);
  }
  std::optional<Found> find_public_key(ByteView spki) override {
    const auto found = keys.find(Bytes(spki.begin(), spki.end()));
    return found == keys.end() ? std::nullopt : give(found->second);
  }
  std::optional<Found> find_certificate(const secure::CertificateView& certificate,
                                        std::string_view& reason) override {
    if (!certificate.trusted) {
      reason = "not trusted";
      return {};
    }
    const auto found = names.find(std::string(certificate.common_name));
    if (found == names.end()) {
      reason = "nobody has this name";
      return {};
    }
    return give(found->second);
  }
  bool still_valid(std::uint64_t credential) override {
    if (stale > 0) return stale-- == 0;
    return !gone.contains(credential);
  }
};

/// What happens to a datagram; both directions are counted together, from 0.
enum class Fate : std::uint8_t { Deliver, Drop, Duplicate, Late };

/// A client and a server and what lies between them.
class Pair {
 public:
  Pair(GnutlsServerHandshakes& server, const secure::ClientCredentials& credentials,
       secure::ConnectionId own_id = {})
      : server_(server), own_id_(own_id) {
    client = clients_.begin(now, credentials);
  }
  ~Pair() {
    if (client != nullptr) clients_.end(client);
    if (accepted != nullptr) server_.end(accepted);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  /// Until both are done or one has failed and nothing is on its way, or `limit` passed.
  void run(Duration limit = seconds(200)) {
    const Instant end = now + limit;
    collect();
    while (now < end) {
      while (!wire_.empty()) {
        const Datagram datagram = std::move(wire_.front());
        wire_.pop_front();
        deliver(datagram);
        collect();
      }
      if (settled()) return;
      Instant next = client->next_timeout();
      if (accepted != nullptr) next = earlier(next, accepted->next_timeout());
      if (next.is_never()) return;
      now = std::max(now, next);
      client->on_timeout(now);
      if (accepted != nullptr) accepted->on_timeout(now);
      collect();
    }
  }
  [[nodiscard]] bool done() const {
    return client->state() == secure::Handshake::State::Done && accepted != nullptr &&
           accepted->state() == secure::Handshake::State::Done;
  }

  /// As a transport does it: takes what a side gives as soon as it is done, and from then on
  /// answers a peer that asks for the last flight again by itself.
  void hibernate() { hibernates_ = true; }
  void take() {
    if (!client_session.valid()) client_session = take(*client);
    if (!server_session.valid()) server_session = take(*accepted);
  }
  /// A record from one session to the other comes out as it went in.
  static void expect_echo(secure::Session& from, secure::Session& to, std::string_view text) {
    std::array<std::uint8_t, 256> datagram{};
    const auto size = from.seal(secure::ContentType::ApplicationData, as_bytes(text), datagram);
    ASSERT_TRUE(size.ok());
    const auto record =
        secure::RecordReader(ByteView{datagram}.first(*size), to.own_id().size).next();
    ASSERT_TRUE(record.has_value());
    const auto opened = to.open(*record, datagram);
    ASSERT_TRUE(opened.ok()) << describe(opened.error());
    EXPECT_EQ(as_text(opened->plaintext), text);
  }
  void expect_traffic() {
    take();
    ASSERT_TRUE(client_session.valid() && server_session.valid());
    for (const char* text : {"first", "second"}) {
      ASSERT_NO_FATAL_FAILURE(expect_echo(client_session, server_session, text));
      ASSERT_NO_FATAL_FAILURE(expect_echo(server_session, client_session, text));
    }
  }

  Instant now{1'000'000};
  SocketAddress address = SocketAddress::v4(192, 0, 2, 7, 40000);
  secure::Handshake* client = nullptr;
  secure::Handshake* accepted = nullptr;
  secure::Session client_session;
  secure::Session server_session;
  std::function<Fate(std::size_t)> fate = [](std::size_t) { return Fate::Deliver; };
  std::function<void(std::size_t, Bytes&)> change;
  std::size_t mtu = 1152;   ///< of flights that are repeated asleep
  std::size_t sent = 0;     ///< datagrams so far
  std::size_t bytes = 0;    ///< in them
  std::size_t largest = 0;  ///< of them
  std::size_t challenges = 0;
  Bytes first;  ///< the first datagram

 private:
  struct Datagram {
    bool to_server = false;
    Bytes bytes;
  };

  /// The last flight of a side that sleeps.
  struct Sleeping {
    bool asleep = false;
    Bytes flight;
    std::uint64_t plain_sequence = 0;
  };

  static secure::Session take(secure::Handshake& handshake) {
    const auto session = handshake.take_session();
    return session.ok() ? *session : secure::Session{};
  }
  /// True if that was all there is to do with it.
  bool handled_asleep(Sleeping& side, secure::Handshake* handshake, secure::Session& session,
                      const Datagram& datagram) {
    if (!hibernates_ || handshake == nullptr ||
        handshake->state() != secure::Handshake::State::Done || handshake->resident() != nullptr) {
      return false;
    }
    if (!side.asleep) {
      session = take(*handshake);
      const ByteView flight = handshake->final_flight();
      side = {true, {flight.begin(), flight.end()}, handshake->next_plain_sequence()};
    }
    const auto record = secure::RecordReader(datagram.bytes).next();
    if (!record || record->epoch != 0 || side.flight.empty()) return true;
    Bytes out(mtu);
    secure::FlightReader rest(side.flight);
    while (!rest.empty()) {
      const auto size = secure::repeat_flight(rest, session, side.plain_sequence, out);
      EXPECT_TRUE(size.ok());
      if (!size) break;
      send(!datagram.to_server, ByteView{out}.first(*size));
    }
    return true;
  }
  [[nodiscard]] bool settled() const {
    using State = secure::Handshake::State;
    if (client->state() == State::Running) return false;
    return accepted == nullptr || accepted->state() != State::Running;
  }
  void send(bool to_server, ByteView content) {
    const std::size_t index = sent++;
    if (index == 0) first.assign(content.begin(), content.end());
    bytes += content.size();
    largest = std::max(largest, content.size());
    Datagram datagram{to_server, {content.begin(), content.end()}};
    if (change) change(index, datagram.bytes);
    switch (fate(index)) {
      case Fate::Drop: return;
      case Fate::Late: late_.push_back(std::move(datagram)); return;
      case Fate::Duplicate: wire_.push_back(datagram); break;
      case Fate::Deliver: break;
    }
    wire_.push_back(std::move(datagram));
    // Held back until another one overtook it.
    for (Datagram& held : late_) wire_.push_back(std::move(held));
    late_.clear();
  }
  void collect() {
    std::array<std::uint8_t, 2048> out{};
    while (const auto size = client->poll_transmit(now, out)) {
      send(true, ByteView{out}.first(*size));
    }
    while (accepted != nullptr) {
      const auto size = accepted->poll_transmit(now, out);
      if (!size) break;
      send(false, ByteView{out}.first(*size));
    }
  }
  void deliver(const Datagram& datagram) {
    Sleeping& side = datagram.to_server ? server_sleeps_ : client_sleeps_;
    if (handled_asleep(side, datagram.to_server ? accepted : client,
                       datagram.to_server ? server_session : client_session, datagram)) {
      return;
    }
    if (!datagram.to_server) return client->receive(now, datagram.bytes);
    if (accepted != nullptr) return accepted->receive(now, datagram.bytes);
    std::array<std::uint8_t, 256> out{};
    std::size_t size = 0;
    switch (server_.admit(address, datagram.bytes, out, size)) {
      case secure::ServerHandshakes::Gate::Drop: return;
      case secure::ServerHandshakes::Gate::Challenge:
        ++challenges;
        return send(false, ByteView{out}.first(size));
      case secure::ServerHandshakes::Gate::Admit:
        accepted = server_.begin(now, address, datagram.bytes, own_id_);
        return;
    }
  }

  GnutlsServerHandshakes& server_;
  GnutlsClientHandshakes clients_;
  secure::ConnectionId own_id_;
  bool hibernates_ = false;
  Sleeping client_sleeps_;
  Sleeping server_sleeps_;
  std::deque<Datagram> wire_;
  std::vector<Datagram> late_;
};

}  // namespace linnet::dtls_gnutls
