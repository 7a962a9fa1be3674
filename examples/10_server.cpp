// SPDX-License-Identifier: Apache-2.0
// 10: a server in an application of one's own: reads the manufacturer of every device that
// registers and observes its temperature, if it has one.
#include <csignal>
#include <cstdio>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/drive.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/server/shard.hpp>

using namespace linnet;

namespace {

class Application {
 public:
  explicit Application(server::Shard& shard) : shard_(shard) {}

  void handle(Instant now, const server::Event& event) {
    if (const auto* registered = std::get_if<server::Registered>(&event)) {
      const auto device = shard_.find(registered->id);
      if (!device) return;
      std::printf("registered: %.*s\n", static_cast<int>(device->endpoint.size()),
                  device->endpoint.data());
      const bool has_temperature = device->has_instance(3303, 0);
      ask(now, registered->id, server::OperationKind::Read, lwm2m::Path(3, 0, 0));
      if (has_temperature) {
        ask(now, registered->id, server::OperationKind::Observe, lwm2m::Path(3303, 0, 5700));
      }
    } else if (const auto* result = std::get_if<server::OperationResult>(&event)) {
      if (!result->success())
        std::printf("failed: %s %s\n", describe(result->outcome), result->reason.c_str());
      print(result->values);
    } else if (const auto* notification = std::get_if<server::Notification>(&event)) {
      print(notification->values);
    }
    std::fflush(stdout);
  }

 private:
  void ask(Instant now, server::RegistrationId device, server::OperationKind kind,
           const lwm2m::Path& path) {
    server::Operation operation;
    operation.kind = kind;
    operation.path = path;
    if (const auto id = shard_.submit(now, device, std::move(operation)); !id) {
      std::printf("cannot ask: %s\n", describe(id.error()));
    }
  }

  static void print(const server::ResourceValues& values) {
    for (const auto& [path, value, time] : values) {
      char text[lwm2m::kMaxPathText];
      const auto name = format(path, text);
      const lwm2m::Value view = value.view();
      if (view.is_numeric())
        std::printf("%.*s = %g\n", static_cast<int>(name.size()), name.data(), view.number());
      if (view.type() == lwm2m::DataType::String) {
        std::printf("%.*s = %.*s\n", static_cast<int>(name.size()), name.data(),
                    static_cast<int>(view.as_string().size()), view.as_string().data());
      }
    }
  }

  server::Shard& shard_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 5683);
  posix::EventLoop loop;
  posix::Signals signals(loop, {SIGINT, SIGTERM}, [&](int) { loop.stop(); });
  posix::UdpSocket socket(SocketAddress::v4(127, 0, 0, 1, port));
  posix::UdpDriver driver(socket);
  posix::SystemRng rng;
  server::Shard shard({}, rng);  // without definitions, values get the types their payload says
  Application application(shard);

  loop.watch(socket.descriptor(), [&] { driver.receive(shard, posix::monotonic_now()); });
  while (loop.run_once(shard.next_timeout())) {
    const Instant now = posix::monotonic_now();
    if (shard.next_timeout() <= now) shard.on_timeout(now);
    while (const auto event = shard.poll_event()) application.handle(now, *event);
    driver.transmit(shard, now);
  }
}
