// SPDX-License-Identifier: Apache-2.0
// Pins sockets on loopback (both families, batches, oversize, refused binds), address texts, the
// event loop with its wake-ups and signals, clocks and randomness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/core_dump.hpp>
#include <linnet/posix/drive.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/service_manager.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/posix/ticker.hpp>
#include <linnet/posix/udp_socket.hpp>

namespace linnet::posix {
namespace {

SocketAddress loopback(std::uint16_t port = 0) { return SocketAddress::v4(127, 0, 0, 1, port); }

SocketAddress loopback6(std::uint16_t port = 0) {
  SocketAddress address;
  address.ip[15] = 1;
  address.port = port;
  return address;
}

bool has_ipv6() {
  try {
    UdpSocket probe(loopback6());
    return true;
  } catch (const SetupError&) {
    return false;
  }
}

void send_text(UdpSocket& socket, const SocketAddress& to, std::string_view text) {
  SendBatch batch(1, 4096);
  std::copy(text.begin(), text.end(), batch.free().begin());
  batch.commit(to, text.size());
  socket.send(batch);
  EXPECT_EQ(batch.size(), 0u);
}

/// Waits for the socket, at most five seconds, and takes one batch.
bool receive_some(UdpSocket& socket, ReceiveBatch& batch) {
  EventLoop loop;
  bool more = false;
  bool got = false;
  loop.watch(socket.descriptor(), [&] {
    more = socket.receive(batch);
    got = true;
  });
  const Instant limit = monotonic_now() + seconds(5);
  while (!got && monotonic_now() < limit) loop.run_once(limit);
  return more;
}

TEST(CoreDump, IsForbidden) {
  const int before = prctl(PR_GET_DUMPABLE);
  forbid_core_dumps();
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
  prctl(PR_SET_DUMPABLE, before);
}

TEST(UdpSocket, CarriesDatagramsBothWaysOverIpv4) {
  UdpSocket server(loopback());
  UdpSocket client(loopback());
  EXPECT_NE(server.local().port, 0);
  send_text(client, server.local(), "ping");
  ReceiveBatch batch;
  receive_some(server, batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch.peer(0), client.local());
  EXPECT_EQ(as_text(batch.bytes(0)), "ping");
  send_text(server, batch.peer(0), "pong");
  receive_some(client, batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(as_text(batch.bytes(0)), "pong");
}

TEST(UdpSocket, OneSocketServesBothFamilies) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  UdpSocket server(SocketAddress{});
  UdpSocket v4(loopback());
  UdpSocket v6(loopback6());
  ReceiveBatch batch;
  send_text(v4, loopback(server.local().port), "four");
  receive_some(server, batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch.peer(0), v4.local());
  send_text(v6, loopback6(server.local().port), "six");
  receive_some(server, batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch.peer(0), v6.local());
  send_text(server, v4.local(), "back");
  receive_some(v4, batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(as_text(batch.bytes(0)), "back");
}

TEST(UdpSocket, BatchesKeepOrderAndSayWhenThereIsMore) {
  UdpSocket server(loopback());
  UdpSocket client(loopback());
  SendBatch out(8, 64);
  for (std::uint8_t i = 0; i < 8; ++i) {
    EXPECT_FALSE(out.full());
    out.free()[0] = i;
    out.commit(server.local(), 1);
  }
  EXPECT_TRUE(out.full());
  client.send(out);
  EXPECT_EQ(client.counters().sent, 8u);
  ReceiveBatch in(5, 64);
  EXPECT_TRUE(receive_some(server, in));
  ASSERT_EQ(in.size(), 5u);
  for (std::uint8_t i = 0; i < 5; ++i) EXPECT_EQ(in.bytes(i)[0], i);
  EXPECT_FALSE(receive_some(server, in));
  ASSERT_EQ(in.size(), 3u);
  EXPECT_EQ(in.bytes(2)[0], 7);
  EXPECT_FALSE(server.receive(in));
  EXPECT_EQ(in.size(), 0u);
}

TEST(UdpSocket, DropsAndCountsWhatIsLargerThanItsBuffers) {
  UdpSocket server(loopback());
  UdpSocket client(loopback());
  send_text(client, server.local(), std::string(65, 'x'));
  send_text(client, server.local(), std::string(64, 'y'));
  ReceiveBatch batch(4, 64);
  receive_some(server, batch);
  while (server.counters().received + server.counters().truncated < 2) receive_some(server, batch);
  EXPECT_EQ(server.counters().truncated, 1u);
  EXPECT_EQ(server.counters().received, 1u);
}

TEST(UdpSocket, SkipsTheDatagramTheKernelRefuses) {
  UdpSocket server(loopback());
  UdpSocket client(loopback());
  SendBatch out(3, 64);
  for (const auto& peer : {server.local(), loopback6(5683), server.local()}) {
    out.free()[0] = 1;
    out.commit(peer, 1);
  }
  client.send(out);
  EXPECT_EQ(client.counters().refused, 1u);
  EXPECT_EQ(client.counters().sent, 2u);
}

TEST(UdpSocket, ExplainsWhyItCannotBind) {
  UdpSocket first(loopback());
  try {
    UdpSocket second(first.local());
    FAIL() << "two sockets on one port";
  } catch (const SetupError& error) {
    EXPECT_NE(std::string(error.what()).find("already in use"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(to_string(first.local())), std::string::npos);
  }
  try {
    UdpSocket elsewhere(SocketAddress::v4(192, 0, 2, 1, 0));
    FAIL() << "bound a documentation address";
  } catch (const SetupError& error) {
    EXPECT_NE(std::string(error.what()).find("no such address"), std::string::npos) << error.what();
  }
}

/// Sends back what it gets.
struct EchoEngine {
  struct Datagram {
    SocketAddress to;
    std::size_t size = 0;
  };
  void receive(Instant, const SocketAddress& peer, ByteView bytes) {
    waiting.push_back({peer, {bytes.begin(), bytes.end()}});
  }
  std::optional<Datagram> poll_transmit(Instant, MutableBytes out) {
    if (waiting.empty()) return {};
    const auto [peer, bytes] = waiting.front();
    waiting.erase(waiting.begin());
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return Datagram{peer, bytes.size()};
  }
  std::vector<std::pair<SocketAddress, std::vector<std::uint8_t>>> waiting;
};

TEST(UdpDriver, FeedsAnEngineAndSendsItsAnswers) {
  UdpSocket server(loopback());
  UdpSocket client(loopback());
  for (const char* text : {"one", "two", "three"}) send_text(client, server.local(), text);
  EchoEngine engine;
  UdpDriver driver(server, 2, 64);
  while (server.counters().received < 3) driver.receive(engine, monotonic_now());
  ReceiveBatch batch;
  receive_some(client, batch);
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(as_text(batch.bytes(2)), "three");
}

TEST(NetAddress, RoundTripsThroughTheSystemsForm) {
  sockaddr_storage storage{};
  EXPECT_GT(to_sockaddr(loopback(5), AF_INET, storage), 0u);
  EXPECT_EQ(from_sockaddr(storage), loopback(5));
  EXPECT_GT(to_sockaddr(loopback(5), AF_INET6, storage), 0u);
  EXPECT_EQ(from_sockaddr(storage), loopback(5));
  EXPECT_GT(to_sockaddr(loopback6(7), AF_INET6, storage), 0u);
  EXPECT_EQ(from_sockaddr(storage), loopback6(7));
  EXPECT_EQ(to_sockaddr(loopback6(7), AF_INET, storage), 0u);
  storage.ss_family = AF_UNIX;
  EXPECT_FALSE(from_sockaddr(storage).has_value());
}

TEST(NetAddress, TakesApartWhatPeopleType) {
  const struct {
    const char* text;
    const char* host;
    std::uint16_t port;
  } kCases[] = {
      {"example.org", "example.org", 5683},
      {"example.org:1", "example.org", 1},
      {"[::1]", "::1", 5683},
      {"[::1]:65535", "::1", 65535},
      {"::1", "::1", 5683},
      {":8080", "", 8080},
      {"*:8080", "", 8080},
      {"", "", 5683},
      {"127.0.0.1:0", "127.0.0.1", 0},
  };
  for (const auto& c : kCases) {
    const auto split = split_host_port(c.text, 5683);
    ASSERT_TRUE(split.has_value()) << c.text;
    EXPECT_EQ(split->host, c.host) << c.text;
    EXPECT_EQ(split->port, c.port) << c.text;
  }
  for (const char* text :
       {"[::1", "[]:5", "[::1]5", "host:", "host:x", "host:65536", "host:-1", "host:1x"}) {
    EXPECT_FALSE(split_host_port(text, 5683).has_value()) << text;
  }
}

TEST(NetAddress, ResolvesNumbersNamesAndAll) {
  EXPECT_EQ(resolve({"127.0.0.1", 9}).at(0), loopback(9));
  EXPECT_EQ(resolve({"::1", 9}).at(0), loopback6(9));
  EXPECT_TRUE(resolve({"localhost", 9}).at(0).is_loopback());
  EXPECT_EQ(resolve({"", 9}).at(0), (SocketAddress{{}, 9}));
  EXPECT_THROW((void)resolve({"no.such.host.invalid", 9}), SetupError);
}

TEST(NetAddress, KnowsTheOwnAddressTowardsAPeer) {
  const auto own = source_address(loopback(5683));
  ASSERT_TRUE(own.has_value());
  EXPECT_TRUE(own->is_loopback());
}

TEST(EventLoop, WaitsUntilTheDeadlineAndNoLonger) {
  EventLoop loop;
  const Instant deadline = monotonic_now() + milliseconds(30);
  while (monotonic_now() < deadline) EXPECT_TRUE(loop.run_once(deadline));
  EXPECT_TRUE(loop.run_once(Instant{0}));
}

TEST(EventLoop, AnotherThreadWakesAndStopsIt) {
  EventLoop loop;
  std::thread other([&] {
    loop.wake();
    loop.stop();
  });
  while (loop.run_once()) {
  }
  other.join();
  EXPECT_TRUE(loop.stopped());
  EXPECT_FALSE(loop.run_once());
}

TEST(EventLoop, AHandlerMayRemoveItselfAndOthers) {
  EventLoop loop;
  int pipes[2][2];
  ASSERT_EQ(pipe(pipes[0]), 0);
  ASSERT_EQ(pipe(pipes[1]), 0);
  int calls = 0;
  for (const auto& ends : pipes) {
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    loop.watch(ends[0], [&] {
      ++calls;
      loop.unwatch(pipes[0][0]);
      loop.unwatch(pipes[1][0]);
    });
  }
  loop.run_once(Instant{0});
  loop.run_once(Instant{0});
  EXPECT_EQ(calls, 1);
  for (const auto& ends : pipes) {
    close(ends[0]);
    close(ends[1]);
  }
}

TEST(Signals, ArriveInTheLoop) {
  EventLoop loop;
  int seen = 0;
  Signals signals(loop, {SIGUSR1}, [&](int signal) { seen = signal; });
  pthread_kill(pthread_self(), SIGUSR1);
  const Instant limit = monotonic_now() + seconds(5);
  while (seen == 0 && monotonic_now() < limit) loop.run_once(limit);
  EXPECT_EQ(seen, SIGUSR1);
}

TEST(Clock, GoesForward) {
  const Instant before = monotonic_now();
  EXPECT_GE(monotonic_now(), before);
  EXPECT_GT(unix_now(), 1.7e9);
}

TEST(SystemRng, DoesNotRepeat) {
  SystemRng a;
  SystemRng b;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 200; ++i) {
    seen.insert(std::uint64_t{a.next()} << 32 | a.next());
    seen.insert(std::uint64_t{b.next()} << 32 | b.next());
  }
  EXPECT_EQ(seen.size(), 400u);
}

TEST(Ticker, CallsUntilItIsGone) {
  EventLoop loop;
  int calls = 0;
  {
    const Ticker ticker(loop, milliseconds(1), [&] { ++calls; });
    const Instant deadline = monotonic_now() + seconds(5);
    while (calls < 3 && monotonic_now() < deadline) loop.run_once(deadline);
    EXPECT_GE(calls, 3);
  }
  const int before = calls;
  loop.run_once(monotonic_now() + milliseconds(5));
  EXPECT_EQ(calls, before);
}

/// A service manager of its own, on an abstract socket.
class ServiceManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = "linnet-test-" + std::to_string(getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path + 1);
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    ASSERT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
              0);
    setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  }
  void TearDown() override {
    for (const char* variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      unsetenv(variable);
    }
    ::close(socket_);
  }
  std::string told() const {
    char text[512];
    const ssize_t size = recv(socket_, text, sizeof(text), 0);
    return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
  }

  int socket_ = -1;
};

TEST_F(ServiceManagerTest, IsTold) {
  EXPECT_TRUE(notify_service_manager("READY=1\nSTATUS=all is well"));
  EXPECT_EQ(told(), "READY=1\nSTATUS=all is well");
  EXPECT_TRUE(notify_reloading());
  EXPECT_THAT(told(), ::testing::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  unsetenv("NOTIFY_SOCKET");
  EXPECT_FALSE(notify_service_manager("READY=1"));
  setenv("NOTIFY_SOCKET", "/no/such/socket", 1);
  EXPECT_FALSE(notify_service_manager("READY=1"));
  EXPECT_EQ(told(), "");
}

TEST_F(ServiceManagerTest, SaysHowOftenItWantsToHear) {
  EXPECT_FALSE(watchdog_interval());
  setenv("WATCHDOG_USEC", "2000000", 1);
  EXPECT_EQ(watchdog_interval()->ms, 2000);
  setenv("WATCHDOG_PID", "1", 1);  // for another process
  EXPECT_FALSE(watchdog_interval());
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_TRUE(watchdog_interval());
  setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_FALSE(watchdog_interval());
}

}  // namespace
}  // namespace linnet::posix
