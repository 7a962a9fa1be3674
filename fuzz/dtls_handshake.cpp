// SPDX-License-Identifier: Apache-2.0
// Handshakes of client and server whose datagrams are changed, lost, doubled, cut and mixed with
// others on their way, as the input says. Whatever happens, both sides end, and a session that
// comes of it is the same on both sides.
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>

#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/dtls_gnutls/server_handshakes.hpp>

namespace {

using namespace linnet;
using dtls_gnutls::Bytes;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Devices final : secure::PeerDirectory {
  Bytes spki;
  std::optional<Found> find_psk(ByteView identity, MutableBytes key,
                                std::size_t& key_bytes) override {
    if (as_text(identity) != "device") return {};
    key_bytes = 16;
    std::ranges::fill(key.first(16), std::uint8_t{0x5A});
    return Found{1, "device"};
  }
  std::optional<Found> find_public_key(ByteView key) override {
    if (!equal(key, spki)) return {};
    return Found{2, "device"};
  }
  std::optional<Found> find_certificate(const secure::CertificateView& certificate,
                                        std::string_view&) override {
    if (!certificate.trusted) return {};
    return Found{3, certificate.common_name};
  }
  bool still_valid(std::uint64_t) override { return true; }
};

struct World {
  dtls_gnutls::PrivateKey own = dtls_gnutls::PrivateKey::generate();
  dtls_gnutls::PrivateKey device = dtls_gnutls::PrivateKey::generate();
  Bytes psk = Bytes(16, 0x5A);
  Bytes device_key = device.one_asymmetric_key();
  Bytes server_key = own.public_key().spki();
  Devices devices;
  dtls_gnutls::GnutlsServerHandshakes server{{.key = own}, devices};
  dtls_gnutls::GnutlsClientHandshakes clients;
  secure::ClientCredentials by_psk;
  secure::ClientCredentials by_key;

  World() {
    devices.spki = device.public_key().spki();
    by_psk.identity = as_bytes("device");
    by_psk.secret_key = psk;
    by_key.mode = secure::ClientCredentials::Mode::RawPublicKey;
    by_key.secret_key = device_key;
    by_key.server_key = server_key;
  }
};

World& world() {
  static World instance;
  return instance;
}

struct Datagram {
  bool to_server = false;
  Bytes bytes;
};

/// Does to the datagram what the next bytes of the input say.
void tamper(Reader& input, Datagram datagram, std::deque<Datagram>& wire) {
  const std::uint8_t what = input.empty() ? std::uint8_t{0} : input.u8();
  switch (what % 8) {
    case 1: return;                           // lost
    case 2: wire.push_back(datagram); break;  // doubled
    case 3: {
      const std::size_t at = input.u16();
      datagram.bytes[at % datagram.bytes.size()] ^= input.u8();
      break;
    }
    case 4: datagram.bytes.resize(input.u16() % (datagram.bytes.size() + 1)); break;
    case 5: {
      const ByteView noise = input.take(input.u8());
      wire.push_back({datagram.to_server, {noise.begin(), noise.end()}});
      break;
    }
    case 6: wire.push_front(std::move(datagram)); return;  // overtakes others
    case 7: {
      const ByteView tail = input.take(input.u8());
      datagram.bytes.insert(datagram.bytes.end(), tail.begin(), tail.end());
      break;
    }
    default: break;
  }
  wire.push_back(std::move(datagram));
}

void compare(secure::Handshake& client, secure::Handshake& server) {
  auto theirs = client.take_session();
  auto ours = server.take_session();
  require(theirs.ok() && ours.ok());
  std::array<std::uint8_t, 128> record{};
  const auto size = theirs->seal(secure::ContentType::ApplicationData, as_bytes("hello"), record);
  require(size.ok());
  const auto view = secure::RecordReader(ByteView{record}.first(*size), ours->own_id().size).next();
  require(view.has_value());
  const auto opened = ours->open(*view, record);
  require(opened.ok() && as_text(opened->plaintext) == "hello");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World& all = world();
  Reader input(ByteView{data, size});
  const std::uint8_t choice = input.u8();
  const SocketAddress from = SocketAddress::v4(192, 0, 2, 1, 1000);
  secure::ConnectionId id;
  id.used = (choice & 2) != 0;
  id.size = id.used ? static_cast<std::uint8_t>(choice >> 4) : std::uint8_t{0};
  Instant now{0};
  secure::Handshake* client = all.clients.begin(now, (choice & 1) != 0 ? all.by_key : all.by_psk);
  secure::Handshake* server = nullptr;
  std::deque<Datagram> wire;
  Bytes out(1500);
  using State = secure::Handshake::State;

  for (int steps = 0; steps < 400; ++steps) {
    while (const auto sent = client->poll_transmit(now, out)) {
      tamper(input, {true, {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*sent)}}, wire);
    }
    while (server != nullptr) {
      const auto sent = server->poll_transmit(now, out);
      if (!sent) break;
      tamper(input, {false, {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*sent)}}, wire);
    }
    if (!wire.empty()) {
      const Datagram datagram = std::move(wire.front());
      wire.pop_front();
      std::size_t challenge = 0;
      if (!datagram.to_server) {
        client->receive(now, datagram.bytes);
      } else if (server != nullptr) {
        server->receive(now, datagram.bytes);
      } else {
        switch (all.server.admit(from, datagram.bytes, out, challenge)) {
          case secure::ServerHandshakes::Gate::Drop: break;
          case secure::ServerHandshakes::Gate::Challenge:
            wire.push_back(
                {false, {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(challenge)}});
            break;
          case secure::ServerHandshakes::Gate::Admit:
            server = all.server.begin(now, from, datagram.bytes, id);
            require(server != nullptr);
            break;
        }
      }
      continue;
    }
    Instant next = client->next_timeout();
    if (server != nullptr) next = earlier(next, server->next_timeout());
    if (next.is_never()) break;
    now = std::max(now, next);
    client->on_timeout(now);
    if (server != nullptr) server->on_timeout(now);
  }
  require(client->state() != State::Running);
  require(server == nullptr || server->state() != State::Running);
  if (client->state() == State::Done && server != nullptr && server->state() == State::Done) {
    compare(*client, *server);
  }
  if (server != nullptr) all.server.end(server);
  all.clients.end(client);
  return 0;
}
