// SPDX-License-Identifier: Apache-2.0
// Pins what a registered device and a sleeping session cost in memory, and that neither an Update
// nor a flood of ClientHellos allocates anything. A program of its own because it counts every
// allocation by replacing the global operators.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <linnet/base/random.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/secure_transport.hpp>
#include <linnet/server/shard.hpp>

#include "fake_handshake.hpp"
#include "server/session_table.hpp"

namespace {

std::size_t g_live_bytes = 0;
std::size_t g_allocations = 0;
constexpr std::size_t kHead = alignof(std::max_align_t);

void* counted(std::size_t size) {
  auto* block = static_cast<std::byte*>(std::malloc(size + kHead));
  if (block == nullptr) std::abort();
  *reinterpret_cast<std::size_t*>(block) = size;
  g_live_bytes += size;
  ++g_allocations;
  return block + kHead;
}

void uncounted(void* pointer) {
  if (pointer == nullptr) return;
  auto* block = static_cast<std::byte*>(pointer) - kHead;
  g_live_bytes -= *reinterpret_cast<std::size_t*>(block);
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* pointer) noexcept { uncounted(pointer); }
void operator delete[](void* pointer) noexcept { uncounted(pointer); }
void operator delete(void* pointer, std::size_t) noexcept { uncounted(pointer); }
void operator delete[](void* pointer, std::size_t) noexcept { uncounted(pointer); }

namespace linnet::server {
namespace {

constexpr std::uint32_t kDevices = 100'000;

SocketAddress address_of(std::uint32_t n) {
  return SocketAddress::v4(10, static_cast<std::uint8_t>(n >> 16),
                           static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n), 5683);
}

/// Drives a shard without allocating.
class Driver {
 public:
  explicit Driver(Shard& shard) : shard_(shard) {}

  std::string register_device(Instant now, std::uint32_t n, const std::string& objects) {
    Writer out(storage_);
    coap::MessageWriter message(out, {coap::Type::Con, coap::Code::Post, 1, {}});
    message.add_option(coap::OptionNumber::UriPath, "rd");
    message.add_content_format(coap::ContentFormat::LinkFormat);
    message.add_query("ep", "urn:imei:35209900" + std::to_string(10'000'000 + n));
    message.add_query("lt", "86400");
    message.add_query("lwm2m", "1.1");
    message.payload(as_bytes(objects));
    EXPECT_TRUE(message.finish().ok());
    shard_.receive(now, address_of(n), out.written());
    const auto sent = shard_.poll_transmit(now, storage_);
    if (!sent) return {};
    const auto answer = coap::MessageView::parse(MutableBytes(storage_).first(sent->size));
    std::string id;
    for (const auto& option : answer->options(coap::OptionNumber::LocationPath)) {
      id = option.text();
    }
    drop_events();
    return answer->code() == coap::Code::Created ? id : std::string{};
  }

  bool update(Instant now, std::uint32_t n, std::string_view id, std::uint16_t message_id) {
    Writer out(storage_);
    coap::MessageWriter message(out, {coap::Type::Con, coap::Code::Post, message_id, {}});
    message.add_option(coap::OptionNumber::UriPath, "rd");
    message.add_option(coap::OptionNumber::UriPath, id);
    if (!message.finish().ok()) return false;
    shard_.receive(now, address_of(n), out.written());
    const auto sent = shard_.poll_transmit(now, storage_);
    drop_events();
    return sent && storage_[1] == static_cast<std::uint8_t>(coap::Code::Changed);
  }

 private:
  void drop_events() {
    while (shard_.poll_event()) {
    }
  }

  Shard& shard_;
  std::array<std::uint8_t, 1280> storage_{};
};

std::string ten_links(std::uint32_t variant) {
  std::string text =
      "</>;ct=\"110 112\",</1/0>;ver=1.1,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</3303/0>";
  for (int i = 1; i < 4; ++i) {
    text += ",</3303/" + std::to_string((variant >> (8 * (i - 1))) % 256 + 256 * i) + ">";
  }
  return text;
}

double bytes_per_device(bool distinct) {
  SeededRng rng(1);
  const std::size_t before = g_live_bytes;
  Shard shard({}, rng);
  Driver driver(shard);
  for (std::uint32_t n = 0; n < kDevices; ++n) {
    EXPECT_FALSE(driver.register_device({n}, n, ten_links(distinct ? n : 0)).empty()) << n;
  }
  EXPECT_EQ(shard.counters().registrations, kDevices);
  EXPECT_EQ(shard.find("urn:imei:3520990010000007")->links.size(), 10u);
  return static_cast<double>(g_live_bytes - before) / kDevices;
}

TEST(Memory, ADeviceWithTenLinksTakesAtMost400Bytes) {
  const double same = bytes_per_device(false);
  const double distinct = bytes_per_device(true);
  std::printf(
      "%u devices with 10 object links: %.0f bytes each with one list for all, "
      "%.0f with a list of its own for each\n",
      kDevices, same, distinct);
  RecordProperty("bytes_shared_list", static_cast<int>(same));
  RecordProperty("bytes_own_list", static_cast<int>(distinct));
  EXPECT_LE(same, 400.0);
  EXPECT_LE(distinct, 400.0);
  EXPECT_GT(same, 100.0) << "not counted right";
}

TEST(Memory, AnUpdateAllocatesNothing) {
  SeededRng rng(1);
  Shard shard({}, rng);
  Driver driver(shard);
  constexpr std::uint32_t kFew = 1000;
  std::vector<std::string> ids;
  for (std::uint32_t n = 0; n < kFew; ++n)
    ids.push_back(driver.register_device({0}, n, ten_links(0)));
  // After the lifetime of the messages remembered, their memory serves again.
  Instant now{0};
  std::uint16_t round = 2;
  for (; round < 12; ++round) {
    now = now + seconds(100);
    for (std::uint32_t n = 0; n < kFew; ++n) ASSERT_TRUE(driver.update(now, n, ids[n], round));
  }
  const std::size_t before = g_allocations;
  for (; round < 60; ++round) {
    now = now + seconds(100);
    shard.on_timeout(now);
    for (std::uint32_t n = 0; n < kFew; ++n) ASSERT_TRUE(driver.update(now, n, ids[n], round));
  }
  EXPECT_EQ(g_allocations, before);
}

// --- Sessions ---

/// A session record as a store would have it: restoring it is how so many get in quickly.
class StoredSessions {
 public:
  StoredSessions(bool with_id, std::uint64_t id_key, std::uint32_t max_sessions)
      : rng_(2), table_(max_sessions, 1, rng_, id_key), with_id_(with_id) {}

  SessionRecord next() {
    const std::uint32_t n = count_++;
    test::FakeHello hello;
    rng_.fill(hello.random);
    auto keys = test::fake_keys(hello, true);
    keys.next_write = 1;
    keys.next_read = 1;
    if (with_id_) {
      keys.own = *table_.reserve(0);
      keys.peer.used = true;  // of no bytes, as devices do
    }
    auto session = secure::Session::make(keys);
    Writer out(state_);
    session->pack(out);
    std::snprintf(endpoint_, sizeof(endpoint_), "urn:imei:352099%09u", n);
    return {SocketAddress::session(std::uint64_t{7} << 32 | n),
            address_of(n),
            endpoint_,
            n + 1ull,
            secure::Proof::Psk,
            out.written()};
  }

 private:
  SeededRng rng_;
  SessionTable table_;
  bool with_id_;
  std::uint32_t count_ = 0;
  std::array<std::uint8_t, 256> state_{};
  char endpoint_[32] = {};
};

double bytes_per_session(bool with_id) {
  constexpr std::uint64_t kIdKey = 42;
  SeededRng rng(1);
  test::FakeServerHandshakes handshakes;
  StoredSessions stored(with_id, kIdKey, kDevices);
  SecureTransportConfig config;
  config.id_key = kIdKey;
  config.max_sessions = kDevices;
  SecureTransport transport(config, rng, handshakes);
  // Queues for handshakes, whose size does not depend on sessions, are not counted.
  std::size_t before = g_live_bytes;
  for (std::uint32_t n = 0; n < kDevices; ++n) {
    const std::size_t live = g_live_bytes;
    const SessionRecord record = stored.next();
    before += g_live_bytes - live;  // of the table that makes ids
    EXPECT_TRUE(transport.restore({0}, record).ok()) << n;
  }
  EXPECT_EQ(transport.counters().sessions, kDevices);
  EXPECT_EQ(transport.peer(SocketAddress::session(std::uint64_t{7} << 32 | 77))->endpoint,
            "urn:imei:352099000000077");
  return static_cast<double>(g_live_bytes - before) / kDevices;
}

TEST(Memory, ASleepingSessionTakesAtMost160Bytes) {
  const double with_id = bytes_per_session(true);
  const double without = bytes_per_session(false);
  std::printf(
      "%u sleeping sessions with a 24-byte endpoint name: %.0f bytes each with a connection id, "
      "%.0f without\n",
      kDevices, with_id, without);
  RecordProperty("bytes_with_id", static_cast<int>(with_id));
  RecordProperty("bytes_without_id", static_cast<int>(without));
  EXPECT_LE(with_id, 160.0);
  EXPECT_LE(without, 160.0);
  EXPECT_GT(with_id, 100.0) << "not counted right";
}

TEST(Memory, AFloodOfClientHellosAllocatesNothing) {
  SeededRng rng(1);
  test::FakeServerHandshakes handshakes;
  SecureTransport transport({}, rng, handshakes);
  const test::Datagram hello = test::write_hello({});
  test::Datagram buffer(2048);
  const auto deliver = [](const SocketAddress&, MutableBytes) {};
  std::uint64_t challenges = 0;
  // The first round lets vectors of the fake and of the test take their size.
  for (int round = 0; round < 2; ++round) {
    const std::size_t before = g_allocations;
    for (std::uint32_t n = 0; n < 20'000; ++n) {
      std::copy(hello.begin(), hello.end(), buffer.begin());
      const Instant now{n};
      transport.receive(now, address_of(n * 77), MutableBytes(buffer).first(hello.size()), deliver);
      if (n % 64 != 0) continue;
      transport.on_timeout(now, deliver);
      while (transport.poll_transmit(now, buffer)) ++challenges;
    }
    if (round == 1) {
      EXPECT_EQ(g_allocations, before);
    }
  }
  EXPECT_GT(challenges, 10'000u);
  EXPECT_EQ(handshakes.begun, 0u);
}

TEST(Memory, RecordsOfASessionAllocateNothing) {
  SeededRng rng(1);
  test::FakeServerHandshakes handshakes;
  StoredSessions stored(true, 42, 10);
  SecureTransportConfig config;
  config.id_key = 42;
  SecureTransport transport(config, rng, handshakes);
  const SocketAddress session = SocketAddress::session(std::uint64_t{7} << 32);
  ASSERT_TRUE(transport.restore({0}, stored.next()).ok());
  test::Datagram buffer(2048);
  const std::size_t before = g_allocations;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(transport.seal({i}, session, 100, buffer).ok());
  }
  EXPECT_EQ(g_allocations, before);
}

}  // namespace
}  // namespace linnet::server
