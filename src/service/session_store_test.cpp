// SPDX-License-Identifier: Apache-2.0
// Pins that secure sessions outlive a process that is killed, never use a record number twice, and
// lie in the file encrypted.
#include "service/session_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <fake_handshake.hpp>
#include <folder.hpp>
#include <linnet/server/shard.hpp>
#include <requirement.hpp>

namespace linnet::service {
namespace {

using test::FakeSecureDevice;
using test::Folder;

const SocketAddress kDevice = SocketAddress::v4(192, 0, 2, 1, 40000);

/// A server's store and transport; going away without a last commit it is one that was killed.
struct World {
  World(const std::filesystem::path& file, std::uint64_t seed)
      : rng(seed),
        store(std::make_unique<Store>(file)),
        sessions(std::make_unique<SessionStore>(store->database(), store->box(), 0)),
        transport(config(*sessions), rng, handshakes) {
    restored = sessions->restore(transport, now);
    store->add(*sessions);
  }
  static server::SecureTransportConfig config(SessionStore& sessions) {
    server::SecureTransportConfig config;
    config.durable = true;
    config.reserve = 8;
    config.id_key = sessions.id_key();
    return config;
  }
  void receive(FakeSecureDevice& device, test::Datagram datagram) {
    transport.receive(now, device.address, datagram, deliver);
    transport.on_timeout(now, deliver);
    flush(device);
  }
  void flush(FakeSecureDevice& device) {
    test::Datagram buffer(2048);
    std::vector<test::Datagram> answers;
    while (const auto sent = transport.poll_transmit(now, buffer)) {
      if (auto answer =
              device.receive({buffer.begin(), buffer.begin() + std::ptrdiff_t(sent->size)})) {
        answers.push_back(std::move(*answer));
      }
    }
    for (auto& answer : answers) receive(device, std::move(answer));
  }
  bool commit() { return store->commit(shard, now, 1'800'000'000'000); }
  /// As `SecurePort` does: stores when numbers are used up.
  bool tell(FakeSecureDevice& device, const SocketAddress& session) {
    test::Datagram out(2048);
    auto sealed = transport.seal(now, session, 10, out);
    if (sealed.error() == Error::Busy && commit()) sealed = transport.seal(now, session, 10, out);
    if (!sealed.ok()) return false;
    device.receive({out.begin(), out.begin() + std::ptrdiff_t(sealed->size)});
    return true;
  }
  SocketAddress session() {
    std::uint32_t cursor = 0;
    const auto peer = transport.next_peer(cursor);
    return peer ? peer->session : SocketAddress{};
  }

  Instant now{1'000'000};
  SeededRng rng;
  test::FakeServerHandshakes handshakes;
  std::unique_ptr<Store> store;
  std::unique_ptr<SessionStore> sessions;
  server::SecureTransport transport;
  server::Shard shard{{}, rng};
  SessionStore::Restored restored;
  int delivered = 0;
  std::function<void(const SocketAddress&, MutableBytes)> deliver =
      [this](const SocketAddress&, MutableBytes) { ++delivered; };
};

void add_credential(Store& store, std::int64_t id) {
  const std::string sql = "INSERT INTO credential VALUES (" + std::to_string(id) + ",'device-" +
                          std::to_string(id) + "',1,NULL,NULL,NULL,NULL,0,0,0)";
  store.database().run(sql.c_str());
}

TEST(SessionStore, ASessionOutlivesAKillAtAnyMomentWithoutRepeatingANumber) {
  LINNET_REQ("SEC-07");
  constexpr std::uint64_t kSeed = 4711;
  SCOPED_TRACE(kSeed);
  const Folder folder;
  SeededRng random(kSeed);
  FakeSecureDevice device(7, kDevice);
  auto world = std::make_unique<World>(folder / "store", 1);
  add_credential(*world->store, 7);
  world->receive(device, device.hello());
  ASSERT_TRUE(device.open());
  const SocketAddress session = world->session();
  ASSERT_TRUE(world->commit());
  int kills = 0;
  for (int step = 0; step < 600; ++step) {
    switch (random.below(12)) {
      case 0:
        world.reset();
        world = std::make_unique<World>(folder / "store", random.next());
        ASSERT_EQ(world->restored.sessions, 1u);
        ASSERT_EQ(world->session(), session);
        ++kills;
        break;
      case 1: world->receive(device, device.seal("update")); break;
      case 2: ASSERT_TRUE(world->commit()); break;
      default: ASSERT_TRUE(world->tell(device, session)); break;
    }
  }
  EXPECT_GT(kills, 10);
  EXPECT_FALSE(device.repeated_number);
  EXPECT_GT(device.received.size(), 300u);
}

TEST(SessionStore, AnEndedSessionAndOneOfAnEndedCredentialDoNotComeBack) {
  LINNET_REQ("SEC-10");
  const Folder folder;
  FakeSecureDevice closed(7, kDevice);
  FakeSecureDevice revoked(8, SocketAddress::v4(192, 0, 2, 2, 40000));
  FakeSecureDevice stays(9, SocketAddress::v4(192, 0, 2, 3, 40000));
  auto world = std::make_unique<World>(folder / "store", 1);
  for (auto* device : {&closed, &revoked, &stays}) {
    add_credential(*world->store, static_cast<std::int64_t>(device->parameters.credential));
    world->receive(*device, device->hello());
    ASSERT_TRUE(device->open());
  }
  ASSERT_TRUE(world->commit());
  world->receive(closed,
                 closed.seal_alert(secure::AlertLevel::Warning, secure::Alert::CloseNotify));
  ASSERT_TRUE(world->commit());
  // The crash comes between the end of the credential and that of its session.
  world->store->database().run("DELETE FROM credential WHERE id=8");
  world = nullptr;
  world = std::make_unique<World>(folder / "store", 2);
  EXPECT_EQ(world->restored.sessions, 1u);
  EXPECT_EQ(world->restored.refused, 1u);
  world->receive(stays, stays.seal("here"));
  EXPECT_EQ(world->delivered, 1);
}

TEST(SessionStore, KeysLieInTheFileEncrypted) {
  const Folder folder;
  FakeSecureDevice device(7, kDevice);
  {
    World world(folder / "store", 1);
    add_credential(*world.store, 7);
    world.receive(device, device.hello());
    ASSERT_TRUE(device.open());
    ASSERT_TRUE(world.commit());
  }
  const std::string key(as_text(ByteView(device.parameters.random).first(16)));
  for (const char* name : {"store", "store-wal"}) {
    std::ifstream in(folder / name, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(content.find(key), std::string::npos) << name;
  }
}

TEST(SessionStore, ASessionMovedToAnotherRowDoesNotOpen) {
  const Folder folder;
  FakeSecureDevice device(7, kDevice);
  auto world = std::make_unique<World>(folder / "store", 1);
  add_credential(*world->store, 7);
  world->receive(device, device.hello());
  ASSERT_TRUE(world->commit());
  world->store->database().run("UPDATE session SET name=name+1");
  world = nullptr;
  world = std::make_unique<World>(folder / "store", 2);
  EXPECT_EQ(world->restored.sessions, 0u);
  EXPECT_EQ(world->restored.refused, 1u);
}

}  // namespace
}  // namespace linnet::service
