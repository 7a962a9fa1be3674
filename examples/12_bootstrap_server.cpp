// SPDX-License-Identifier: Apache-2.0
// 12: a bootstrap server in an application of one's own: every device gets the account of one
// server. Adds to 10 the configuration, which is checked before any device comes, and shown.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/drive.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/server/bootstrap_shard.hpp>

using namespace linnet;
using lwm2m::Path;
using lwm2m::Value;

namespace {

server::BootstrapConfiguration one_server(std::string_view uri) {
  server::BootstrapConfiguration configuration;
  configuration.name = "everybody";
  configuration.endpoints = {"*"};
  configuration.deletes = {Path()};
  configuration.values = {
      // Security: where the server is, without any security; its Short Server ID is 101.
      {Path(0, 1, 0), Value::string(uri)},
      {Path(0, 1, 1), Value::boolean(false)},
      {Path(0, 1, 2), Value::integer(3)},
      {Path(0, 1, 3), Value::opaque({})},
      {Path(0, 1, 4), Value::opaque({})},
      {Path(0, 1, 5), Value::opaque({})},
      {Path(0, 1, 10), Value::integer(101)},
      // Server: register for five minutes at a time, over UDP.
      {Path(1, 1, 0), Value::integer(101)},
      {Path(1, 1, 1), Value::integer(300)},
      {Path(1, 1, 6), Value::boolean(true)},
      {Path(1, 1, 7), Value::string("U")},
  };
  return configuration;
}

void print(const server::BootstrapEvent& event) {
  std::printf("%s: %s %s %s\n", event.endpoint.c_str(), describe(event.kind), event.target.c_str(),
              event.reason.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 5783);
  auto configuration = one_server(argc > 2 ? argv[2] : "coap://127.0.0.1:5683");
  if (const auto fault = server::prepare(configuration, nullptr)) {
    std::fprintf(stderr, "%s [%s]\n", fault->reason.c_str(), fault->rule.c_str());
    return 2;
  }
  const auto steps = server::preview(configuration, "any", {});
  for (const auto& step : steps.value_or({})) {
    std::printf("a device will get: %s %s\n", describe(step.kind), target_of(step).c_str());
  }
  server::BootstrapConfigurations configurations;
  configurations.put(configuration);

  posix::EventLoop loop;
  posix::Signals signals(loop, {SIGINT, SIGTERM}, [&](int) { loop.stop(); });
  posix::UdpSocket socket(SocketAddress::v4(127, 0, 0, 1, port));
  posix::UdpDriver driver(socket);
  posix::SystemRng rng;
  server::BootstrapShard shard({}, rng, configurations);

  loop.watch(socket.descriptor(), [&] { driver.receive(shard, posix::monotonic_now()); });
  while (loop.run_once(shard.next_timeout())) {
    const Instant now = posix::monotonic_now();
    if (shard.next_timeout() <= now) shard.on_timeout(now);
    driver.transmit(shard, now);
    while (const auto event = shard.poll_event()) print(*event);
  }
}
