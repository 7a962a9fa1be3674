// SPDX-License-Identifier: Apache-2.0
// Pins that 100,000 spoofed ClientHellos a second do not stop a registered device from updating,
// nor a new one from coming in: on a server whose time is modelled, with the queue of a kernel
// before it and a turn as `ShardHost` takes it. Nothing is kept for those who never answer.
#include <gtest/gtest.h>

#include <deque>
#include <set>

#include <coap_peer.hpp>
#include <fake_handshake.hpp>
#include <requirement.hpp>

#include <linnet/coap/message.hpp>
#include <linnet/server/secure_transport.hpp>
#include <linnet/server/shard.hpp>

namespace linnet::sim {
namespace {

using test::FakeSecureDevice;

constexpr std::int64_t kReceive = 3;  // microseconds a datagram costs, whatever it is
constexpr std::size_t kKernelQueue = 4096;
constexpr int kBatch = 64;
constexpr int kBatches = 8;

/// A server that needs time for what it does.
class Host {
 public:
  /// `hello_us`: what a ClientHello without a cookie costs besides being received.
  Host(std::uint64_t seed, std::int64_t hello_us) : rng_(seed), hello_us_(hello_us) {}

  void arrive(std::int64_t at_us, const SocketAddress& from, test::Datagram datagram) {
    run_until(at_us);
    if (queue_.size() < kKernelQueue) {
      queue_.emplace_back(from, std::move(datagram));
    } else {
      ++lost;
    }
  }
  /// Works until then, or until there is nothing to do.
  void run_until(std::int64_t at_us) {
    while (us_ < at_us && (!queue_.empty() || transport.next_timeout() <= now())) turn();
    us_ = std::max(us_, at_us);
  }

  std::vector<std::pair<SocketAddress, test::Datagram>> take_sent() {
    return std::exchange(sent_, {});
  }
  [[nodiscard]] std::int64_t us() const { return us_; }

  std::size_t lost = 0;
  test::FakeServerHandshakes handshakes;

 private:
  [[nodiscard]] Instant now() const { return Instant{us_ / 1000}; }

  void turn() {
    const auto deliver = [this](const SocketAddress& session, MutableBytes plain) {
      shard.receive(now(), session, plain);
    };
    for (int batch = 0; batch < kBatches; ++batch) {
      int taken = 0;
      for (; taken < kBatch && !queue_.empty(); ++taken) {
        auto [from, datagram] = std::move(queue_.front());
        queue_.pop_front();
        transport.receive(now(), from, datagram, deliver);
        us_ += kReceive;
      }
      send();
      if (taken < kBatch) break;
    }
    const std::uint64_t before = transport.counters().hellos;
    if (transport.next_timeout() <= now()) transport.on_timeout(now(), deliver);
    us_ += hello_us_ * static_cast<std::int64_t>(transport.counters().hellos - before);
    send();
  }
  void send() {
    test::Datagram buffer(2048);
    const auto add = [&](const Transmit& out) {
      if (real.contains(out.to)) {
        sent_.emplace_back(
            out.to, test::Datagram(buffer.begin(), buffer.begin() + std::ptrdiff_t(out.size)));
      }
    };
    while (const auto plain = shard.poll_transmit(
               now(), MutableBytes(buffer).subspan(server::SecureTransport::kHeadroom, 1400))) {
      const auto sealed = transport.seal(now(), plain->to, plain->size, buffer);
      if (sealed.ok()) add(*sealed);
    }
    while (const auto out = transport.poll_transmit(now(), buffer)) add(*out);
    while (shard.poll_event()) {
    }
  }

  using Transmit = server::Transmit;

  SeededRng rng_;
  std::int64_t hello_us_;
  std::int64_t us_ = 0;
  std::deque<std::pair<SocketAddress, test::Datagram>> queue_;
  std::vector<std::pair<SocketAddress, test::Datagram>> sent_;

 public:
  std::set<SocketAddress> real;  ///< addresses that exist
  server::SecureTransport transport{{}, rng_, handshakes};
  server::Shard shard{{}, rng_};
};

std::string coap(coap::Code code, std::uint16_t id, std::initializer_list<std::string_view> path,
                 bool registers) {
  std::array<std::uint8_t, 512> bytes{};
  Writer out(bytes);
  coap::MessageWriter message(out, {coap::Type::Con, code, id, {}});
  for (const std::string_view segment : path) {
    message.add_option(coap::OptionNumber::UriPath, segment);
  }
  if (registers) {
    message.add_content_format(coap::ContentFormat::LinkFormat);
    message.add_query("ep", "device-1");
    message.add_query("lt", "60");
    message.add_query("lwm2m", "1.1");
    message.payload(as_bytes("</3/0>"));
  }
  EXPECT_TRUE(message.finish().ok());
  return std::string(as_text(out.written()));
}

class FloodSim : public ::testing::TestWithParam<std::int64_t> {
 protected:
  /// Until the device has what it wants, without a flood.
  void settle(Host& host, FakeSecureDevice& device) {
    for (int i = 0; i < 8; ++i) {
      host.run_until(host.us() + 1000);
      for (auto& [to, datagram] : host.take_sent()) {
        if (to != device.address) continue;
        if (auto answer = device.receive(std::move(datagram))) {
          host.arrive(host.us(), device.address, std::move(*answer));
        }
      }
    }
  }
};

TEST_P(FloodSim, ARegisteredDeviceUpdatesAndANewOneComesIn) {
  constexpr std::uint64_t kSeed = 99;
  Host host(kSeed, GetParam());
  SeededRng rng(kSeed);
  FakeSecureDevice device(1, SocketAddress::v4(192, 0, 2, 1, 40000));
  FakeSecureDevice late(2, SocketAddress::v4(198, 51, 100, 7, 40000));
  host.real = {device.address, late.address};
  host.arrive(0, device.address, device.hello());
  settle(host, device);
  ASSERT_TRUE(device.open());
  host.arrive(host.us(), device.address, device.seal(coap(coap::Code::Post, 1, {"rd"}, true)));
  settle(host, device);
  ASSERT_EQ(device.received.size(), 1u);
  const auto registration = host.shard.find("device-1");
  ASSERT_TRUE(registration);
  const auto id = server::format(registration->id);
  const std::string_view location(id.data(), id.size());

  // Three seconds of flood, an update each 100 ms.
  constexpr std::int64_t kEnd = 3'000'000;
  const std::int64_t start = host.us() + 1000;
  test::FakeHello spoofed;
  std::int64_t sent_at = 0;
  std::int64_t slowest = 0;
  std::uint16_t updates = 0;
  std::vector<std::int64_t> retries;  // of the new device's datagrams
  test::Datagram pending = late.hello();
  std::int64_t late_at = start + 500'000;
  for (std::int64_t us = 0; us < kEnd; us += 10) {
    const std::int64_t at = start + us;
    rng.fill(spoofed.random);
    SocketAddress from = SocketAddress::v4(0, 0, 0, 0, 4444);
    rng.fill(MutableBytes(from.ip).subspan(12));
    host.arrive(at, from, test::write_hello(spoofed));
    if (us % 100'000 == 0) {
      ++updates;
      sent_at = at;
      host.arrive(at, device.address,
                  device.seal(coap(coap::Code::Post, static_cast<std::uint16_t>(1 + updates),
                                   {"rd", location}, false)));
    }
    if (!late.open() && at >= late_at) {  // as RFC 6347 has it, after a second
      host.arrive(at, late.address, pending);
      late_at = at + 1'000'000;
    }
    for (auto& [to, datagram] : host.take_sent()) {
      if (to == device.address) {
        device.receive(std::move(datagram));
        slowest = std::max(slowest, host.us() - sent_at);
      } else if (auto answer = late.receive(std::move(datagram))) {
        pending = *answer;
        host.arrive(host.us(), late.address, pending);
        late_at = host.us() + 1'000'000;
      }
    }
  }
  settle(host, device);
  const auto counters = host.transport.counters();
  std::printf(
      "hello %lld us: %d updates, slowest answer %lld us, %llu of %llu hellos looked at, %llu "
      "overflowed, %zu lost in the kernel, new device %s\n",
      static_cast<long long>(GetParam()), updates, static_cast<long long>(slowest),
      static_cast<unsigned long long>(counters.hellos), static_cast<unsigned long long>(kEnd / 10),
      static_cast<unsigned long long>(counters.overflowed), host.lost,
      late.open() ? "came in" : "did not come in");
  EXPECT_EQ(device.received.size(), 1u + updates) << "every update is answered, none asked twice";
  EXPECT_LT(slowest, 50'000);
  EXPECT_EQ(host.shard.counters().updates, updates);
  EXPECT_EQ(host.lost, 0u);
  EXPECT_TRUE(late.open());
  EXPECT_EQ(host.handshakes.begun, 2u) << "nothing for who never answers";
  EXPECT_EQ(counters.handshakes_open, 0u);
  EXPECT_EQ(counters.sessions, 2u);
}

// What a cookie costs with GnuTLS, and on a machine too slow to answer all of them.
INSTANTIATE_TEST_SUITE_P(Costs, FloodSim, ::testing::Values(5, 20));

}  // namespace
}  // namespace linnet::sim
