// SPDX-License-Identifier: Apache-2.0
#include "server_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <stdexcept>
#include <vector>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/drive.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/server/shard.hpp>
#include "cpu_clock.hpp"
#include "fleet.hpp"
#include "resident_memory.hpp"

namespace linnet::scale {
namespace {

constexpr char kTellStatus = 's';
constexpr char kObserveAll = 'o';

/// Sends back what comes: the floor under every UDP server that is driven like a shard.
class Echo {
 public:
  void receive(Instant, const SocketAddress& from, ByteView datagram) {
    waiting_.push_back({from, datagram});  // valid until the driver receives again
  }
  std::optional<server::Transmit> poll_transmit(Instant, MutableBytes out) {
    if (next_ == waiting_.size()) {
      waiting_.clear();
      next_ = 0;
      return std::nullopt;
    }
    const Datagram& datagram = waiting_[next_++];
    std::memcpy(out.data(), datagram.bytes.data(), datagram.bytes.size());
    return server::Transmit{datagram.from, datagram.bytes.size()};
  }
  [[nodiscard]] Instant next_timeout() const { return Instant::never(); }
  void on_timeout(Instant) {}
  void work(Instant) {}
  void observe_all() {}
  void describe(ServerStatus&) const {}

 private:
  struct Datagram {
    SocketAddress from;
    ByteView bytes;
  };
  std::vector<Datagram> waiting_;
  std::size_t next_ = 0;
};

/// A shard and the least an application can do with it: count what happens.
class ServedShard {
 public:
  explicit ServedShard(Rng& rng) : shard_(config(), rng) {}

  void receive(Instant now, const SocketAddress& from, ByteView datagram) {
    shard_.receive(now, from, datagram);
  }
  std::optional<server::Transmit> poll_transmit(Instant now, MutableBytes out) {
    return shard_.poll_transmit(now, out);
  }
  [[nodiscard]] Instant next_timeout() const { return shard_.next_timeout(); }
  void on_timeout(Instant now) { shard_.on_timeout(now); }
  void observe_all() { next_to_observe_ = 0; }

  /// Takes the events, and asks the next devices when those before them have answered.
  void work(Instant now) {
    while (const auto event = shard_.poll_event()) {
      if (const auto* values = std::get_if<server::Notification>(&*event)) {
        notifications_ += values->values.size();
      } else if (const auto* result = std::get_if<server::OperationResult>(&*event)) {
        if (result->observation.valid()) ++observed_;
      }
    }
    constexpr std::uint32_t kPendingAtATime = 256;
    while (next_to_observe_ && shard_.counters().pending_operations < kPendingAtATime) {
      const auto device = shard_.next_registration(*next_to_observe_);
      if (!device) {
        next_to_observe_.reset();
        break;
      }
      server::Operation observe;
      observe.kind = server::OperationKind::Observe;
      observe.path = lwm2m::Path(3303, 0, 5700);
      if (!shard_.submit(now, device->id, std::move(observe))) std::abort();
    }
  }

  void describe(ServerStatus& status) const {
    const server::ShardCounters counters = shard_.counters();
    status.duplicates = counters.duplicates;
    status.dropped = counters.dropped;
    status.registrations = counters.registrations;
    status.notifications = notifications_;
    status.observed = observed_;
  }

 private:
  static server::ShardConfig config() {
    server::ShardConfig config;
    config.max_registrations = kMaxDevices;
    config.max_observations = kMaxDevices;
    return config;
  }

  server::Shard shard_;
  std::optional<std::uint32_t> next_to_observe_;
  std::uint64_t notifications_ = 0;
  std::uint32_t observed_ = 0;
};

/// The shard's clock: it starts with the one on the wall and goes `factor` times as fast.
struct FastClock {
  Instant start = posix::monotonic_now();
  std::int64_t factor = 1;

  [[nodiscard]] Instant now() const { return start + (posix::monotonic_now() - start) * factor; }
  [[nodiscard]] Instant on_the_wall(Instant time) const {
    if (time.is_never()) return time;
    return start + Duration{(time - start).ms / factor};
  }
};

/// The loop of a service that has nothing to do but to serve.
template <typename Engine>
void serve(Engine& engine, posix::UdpSocket& socket, int control, const FastClock& clock) {
  posix::EventLoop loop;
  posix::UdpDriver driver(socket);
  std::uint64_t wakeups = 0;
  loop.watch(socket.descriptor(), [&] {
    ++wakeups;
    driver.receive(engine, clock.now());
  });
  loop.watch(control, [&] {
    char command = 0;
    if (::read(control, &command, 1) != 1) return loop.stop();
    if (command == kObserveAll) return engine.observe_all();
    engine.work(clock.now());  // events of what was answered already
    ServerStatus status;
    engine.describe(status);
    status.cpu_ns = thread_cpu_ns();
    status.requests = socket.counters().received;
    status.wakeups = wakeups;
    status.resident_bytes = resident_bytes();
    if (::write(control, &status, sizeof(status)) != sizeof(status)) loop.stop();
  });
  do {
    const Instant now = clock.now();
    if (engine.next_timeout() <= now) engine.on_timeout(now);
    engine.work(now);
    driver.transmit(engine, now);
  } while (loop.run_once(clock.on_the_wall(engine.next_timeout())));
}

[[noreturn]] void run_child(ServerProcess::Kind kind, std::uint32_t clock_factor, int control) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    posix::UdpSocket socket(SocketAddress::v4(127, 0, 0, 1, 0));
    const SocketAddress local = socket.local();
    if (::write(control, &local, sizeof(local)) != sizeof(local)) _exit(1);
    const FastClock clock{.factor = clock_factor};
    if (kind == ServerProcess::Kind::Echo) {
      Echo echo;
      serve(echo, socket, control, clock);
    } else {
      posix::SystemRng rng;
      ServedShard shard(rng);
      serve(shard, socket, control, clock);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_scale: the measured process failed: %s\n", error.what());
    _exit(1);
  }
  _exit(0);
}

}  // namespace

ServerProcess::ServerProcess(Kind kind, std::uint32_t clock_factor) : kind_(kind) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::runtime_error("cannot make a socket pair");
  }
  process_ = fork();
  if (process_ == 0) {
    ::close(ends[0]);
    run_child(kind, clock_factor, ends[1]);
  }
  ::close(ends[1]);
  control_ = ends[0];
  if (process_ < 0 || ::read(control_, &address_, sizeof(address_)) != sizeof(address_)) {
    ::close(control_);
    throw std::runtime_error("cannot start the process to be measured");
  }
}

ServerProcess::~ServerProcess() {
  ::close(control_);
  waitpid(process_, nullptr, 0);
}

ServerStatus ServerProcess::status() {
  ServerStatus status;
  if (::write(control_, &kTellStatus, 1) != 1 ||
      recv(control_, &status, sizeof(status), MSG_WAITALL) != sizeof(status)) {
    throw std::runtime_error("the measured process is gone");
  }
  return status;
}

void ServerProcess::observe_all() {
  if (::write(control_, &kObserveAll, 1) != 1) {
    throw std::runtime_error("the measured process is gone");
  }
}

}  // namespace linnet::scale
