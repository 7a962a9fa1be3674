// SPDX-License-Identifier: Apache-2.0
// What a server does before it knows that somebody is there: cookies, and not a byte kept. And what
// becomes of bytes that nobody meant.
#include <cstdlib>
#include <new>

#include "handshake_fixture.hpp"

#include <linnet/base/random.hpp>
#include <requirement.hpp>

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace linnet::dtls_gnutls {
namespace {

using Gate = secure::ServerHandshakes::Gate;
using State = secure::Handshake::State;

class GateTest : public testing::Test {
 protected:
  GateTest() {
    directory.psk[TestDirectory::bytes("device")] = {7, "urn:dev:device", key};
    directory.keys[device.public_key().spki()] = {9, "urn:dev:rpk", {}};
    psk.identity = as_bytes("device");
    psk.secret_key = key;
    raw.mode = secure::ClientCredentials::Mode::RawPublicKey;
    raw.identity = device_spki;
    raw.secret_key = device_key;
    raw.server_key = server_spki;
  }
  /// The datagrams a client has to send now.
  static std::vector<Bytes> take(secure::Handshake& client) {
    std::vector<Bytes> out;
    Bytes datagram(1500);
    while (const auto size = client.poll_transmit(Instant{0}, datagram)) {
      out.emplace_back(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(*size));
    }
    return out;
  }
  Gate ask(const SocketAddress& from, ByteView datagram) {
    return server.admit(from, datagram, answer, size);
  }

  Bytes key = TestDirectory::bytes("0123456789abcdef");
  PrivateKey device = PrivateKey::generate();
  PrivateKey own = PrivateKey::generate();
  Bytes device_spki = device.public_key().spki();
  Bytes device_key = device.one_asymmetric_key();
  Bytes server_spki = own.public_key().spki();
  TestDirectory directory;
  GnutlsServerHandshakes server{ServerIdentity{.key = own}, directory};
  GnutlsClientHandshakes clients;
  secure::ClientCredentials psk;
  secure::ClientCredentials raw;
  SocketAddress here = SocketAddress::v4(192, 0, 2, 7, 40000);
  std::array<std::uint8_t, 128> answer{};
  std::size_t size = 0;
};

TEST_F(GateTest, WantsACookieForThisAddressAndThisHello) {
  secure::Handshake* client = clients.begin(Instant{0}, psk);
  const Bytes first = take(*client).front();
  EXPECT_EQ(ask(here, first), Gate::Challenge);
  EXPECT_EQ(size, 44u);
  EXPECT_LT(size, first.size()) << "nobody is flooded with more than was sent";
  client->receive(Instant{0}, ByteView{answer}.first(size));
  const Bytes second = take(*client).front();
  EXPECT_EQ(ask(here, second), Gate::Admit);
  EXPECT_EQ(size, 0u);

  SocketAddress elsewhere = here;
  ++elsewhere.port;
  EXPECT_EQ(ask(elsewhere, second), Gate::Challenge);
  elsewhere = here;
  elsewhere.ip[15] ^= 1;
  EXPECT_EQ(ask(elsewhere, second), Gate::Challenge);
  constexpr std::size_t kRandom = 13 + 12 + 2, kCookie = kRandom + 32 + 1 + 1;
  for (std::size_t i = kRandom; i < kCookie + 16; ++i) {
    Bytes changed = second;
    changed[i] ^= 1;
    EXPECT_NE(ask(here, changed), Gate::Admit) << i;
  }
  GnutlsServerHandshakes other{ServerIdentity{}, directory};
  EXPECT_EQ(other.admit(here, second, answer, size), Gate::Challenge) << "another secret";
  clients.end(client);
}

TEST_F(GateTest, ChangesItsSecretAndTakesTheOneBefore) {
  secure::Handshake* client = clients.begin(Instant{0}, psk);
  ASSERT_EQ(ask(here, take(*client).front()), Gate::Challenge);
  client->receive(Instant{0}, ByteView{answer}.first(size));
  const Bytes hello = take(*client).front();
  for (const auto& [at, gate] : {std::pair{0, Gate::Admit}, std::pair{299, Gate::Admit},
                                 std::pair{301, Gate::Admit}, std::pair{602, Gate::Challenge}}) {
    server.end(server.begin(Instant{at * 1000}, here, hello, {}));
    EXPECT_EQ(ask(here, hello), gate) << at;
  }
  clients.end(client);
}

TEST_F(GateTest, KeepsNothingBeforeTheCookie) {
  secure::Handshake* client = clients.begin(Instant{0}, raw);
  const Bytes hello = take(*client).front();
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) {
    here.port = static_cast<std::uint16_t>(i);
    ASSERT_EQ(ask(here, hello), Gate::Challenge);
  }
  EXPECT_EQ(allocations, before);
  clients.end(client);
}

TEST_F(GateTest, DropsWhatIsNoClientHello) {
  secure::Handshake* client = clients.begin(Instant{0}, psk);
  const Bytes hello = take(*client).front();
  for (std::size_t cut = 0; cut < hello.size(); ++cut) {
    EXPECT_EQ(ask(here, ByteView{hello}.first(cut)), Gate::Drop) << cut;
  }
  for (const std::size_t at : {0, 1, 3, 13, 19}) {  // type, version, epoch, message, offset
    Bytes changed = hello;
    changed[at] ^= 0x40;
    EXPECT_EQ(ask(here, changed), Gate::Drop) << at;
  }
  EXPECT_EQ(server.admit(here, hello, {}, size), Gate::Drop) << "no room for an answer";
  clients.end(client);
}

// --- Hostile bytes ---

/// One byte of one datagram of a handshake is changed; whatever comes of it, both sides end.
TEST_F(GateTest, EndsWhateverByteIsChanged) {
  SeededRng rng(20261129);
  for (const secure::ClientCredentials* mode : {&psk, &raw}) {
    for (int i = 0; i < 150; ++i) {
      const std::uint32_t victim = rng.below(6);
      const std::uint32_t place = rng.next();
      const auto flip = static_cast<std::uint8_t>(1 + rng.below(255));
      Pair pair(server, *mode);
      pair.change = [&](std::size_t index, Bytes& datagram) {
        if (index == victim) datagram[place % datagram.size()] ^= flip;
      };
      pair.run();
      EXPECT_NE(pair.client->state(), State::Running);
      if (pair.accepted != nullptr) {
        EXPECT_NE(pair.accepted->state(), State::Running);
      }
      // A change is never taken for the original: either nobody noticed because it was repeated
      // right, or somebody objected.
      if (pair.done()) pair.expect_traffic();
    }
  }
}

TEST_F(GateTest, SurvivesNoise) {
  SeededRng rng(20261129);
  secure::Handshake* client = clients.begin(Instant{0}, raw);
  (void)take(*client);
  for (int i = 0; i < 3000 && client->state() == State::Running; ++i) {
    Bytes noise(1 + rng.below(200));
    rng.fill(noise);
    if (noise.size() > 25 && i % 2 == 0) {
      // So far as to look like a handshake record.
      const std::uint8_t head[] = {22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0};
      std::ranges::copy(head, noise.begin());
      noise[11] = 0;
      noise[12] = static_cast<std::uint8_t>(noise.size() - 13);
      noise[13] = static_cast<std::uint8_t>(rng.below(25));
      for (const std::size_t at : {14, 15, 17, 19, 20, 22, 23}) noise[at] = 0;
      noise[16] = noise[24] = static_cast<std::uint8_t>(noise.size() - 25);
      noise[18] = static_cast<std::uint8_t>(rng.below(4));
      noise[21] = 0;
    }
    client->receive(Instant{i}, noise);
    (void)take(*client);
    EXPECT_NE(client->state(), State::Done);
  }
  clients.end(client);
}

/// Fragments that promise much cost little.
TEST_F(GateTest, BoundsWhatItPutsTogether) {
  secure::Handshake* client = clients.begin(Instant{0}, psk);
  (void)take(*client);
  for (std::uint8_t number = 0; number < 200; ++number) {
    // A certificate of 16 MB, of which one byte is here.
    const std::uint8_t fragment[] = {22, 0xFE, 0xFD, 0,    0, 0,      0, 0, 0, 0, number, 0, 13,
                                     11, 0xFF, 0xFF, 0xFF, 0, number, 0, 0, 0, 0, 0,      1, 0};
    const std::size_t before = allocations;
    client->receive(Instant{number}, fragment);
    EXPECT_LT(allocations - before, 20u);
  }
  EXPECT_EQ(client->state(), State::Running);
  clients.end(client);
}

}  // namespace
}  // namespace linnet::dtls_gnutls
