// SPDX-License-Identifier: Apache-2.0
// What a notification costs the whole server: received, decoded, put into the journal of a store on
// disk, kept as last value and in the history, acknowledged, and written to one consumer of server-
// sent events. Beside an echo that looks at nothing, in the same run. README.md beside this file.
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <new>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

#include <linnet/posix/event_loop.hpp>
#include <linnet/service/service.hpp>

#include "budgets.hpp"
#include "cpu_clock.hpp"
#include "generator.hpp"
#include "server_process.hpp"
#include "statistics.hpp"

namespace linnet::scale {
namespace {

constexpr std::size_t kTurn = 10'000;

struct StreamOptions {
  std::uint32_t devices = 10'000;
  std::uint32_t rounds = 7;
  std::uint32_t round_size = 40'000;
  std::filesystem::path folder = std::filesystem::temp_directory_path();
  std::string budgets;
};

/// A process of this program's own that ends with it.
class Child {
 public:
  template <typename Work>
  explicit Child(Work work) : process_(fork()) {
    if (process_ < 0) throw std::runtime_error("cannot start a process");
    if (process_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "bench_stream: %s\n", error.what());
    }
    _exit(1);
  }
  ~Child() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] pid_t id() const { return process_; }

 private:
  pid_t process_;
};

/// What the processes share.
struct Shared {
  std::atomic<std::uint32_t> coap_port{0};
  std::atomic<std::uint32_t> http_port{0};
  std::atomic<std::uint64_t> streamed{0};
};

Shared& make_shared_memory() {
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
  return *new (memory) Shared;
}

template <typename Question>
void wait_until(Question question, const char* what) {
  for (int i = 0; i < 3000; ++i) {
    if (question()) return;
    usleep(10'000);
  }
  throw std::runtime_error(std::string("it did not happen: ") + what);
}

void serve(Shared& shared, const std::filesystem::path& store) {
  posix::EventLoop loop;
  service::ServiceSettings settings;
  settings.coap = SocketAddress::v4(127, 0, 0, 1, 0);
  settings.http.address = SocketAddress::v4(127, 0, 0, 1, 0);
  settings.access.enabled = false;
  settings.store = store;
  settings.shard.max_registrations = kMaxDevices;
  settings.shard.max_observations = kMaxDevices;
  service::Service service(loop, settings, lwm2m::ModelStore::with_core_objects());
  shared.coap_port = service.coap_address().port;
  shared.http_port = service.http_address().port;
  service.run();
}

int connect_to(std::uint32_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (descriptor < 0 ||
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("cannot reach the API");
  }
  return descriptor;
}

void send_all(int descriptor, const std::string& text) {
  if (::send(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot write to the API");
  }
}

/// The rule that has every temperature observed.
void put_rule(std::uint32_t port) {
  const std::string body = R"({"paths":["/3303/0/5700"]})";
  const int descriptor = connect_to(port);
  send_all(descriptor,
           "PUT /api/v1/observe-rules/bench HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
           "Content-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body);
  std::string answer(4096, '\0');
  const ssize_t size = ::recv(descriptor, answer.data(), answer.size(), 0);
  ::close(descriptor);
  if (size <= 0 || !answer.starts_with("HTTP/1.1 201")) {
    throw std::runtime_error("the rule was refused: " + answer);
  }
}

/// Counts the value events of a stream.
void consume(Shared& shared) {
  constexpr std::string_view kMark = "\nevent: value\n";
  const int descriptor = connect_to(shared.http_port);
  send_all(descriptor, "GET /api/v1/events?type=value HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  std::string seen;
  std::string piece(1u << 18, '\0');
  while (true) {
    const ssize_t size = ::recv(descriptor, piece.data(), piece.size(), 0);
    if (size <= 0) throw std::runtime_error("the stream ended");
    seen.append(piece, 0, static_cast<std::size_t>(size));
    std::size_t at = 0;
    std::uint64_t found = 0;
    for (std::size_t next = 0; (next = seen.find(kMark, at)) != std::string::npos; ++found) {
      at = next + kMark.size();
    }
    shared.streamed += found;
    // The mark may lie across two pieces.
    seen.erase(0, std::max(at, seen.size() - std::min(seen.size(), kMark.size())));
  }
}

/// CPU time of a process's main thread, and of all of its threads.
struct Cpu {
  std::int64_t main_ns = 0;
  std::int64_t all_ns = 0;
};

Cpu cpu_of(pid_t process) {
  Cpu cpu;
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::int64_t ns = 0;
    std::ifstream(task.path() / "schedstat") >> ns;
    cpu.all_ns += ns;
    if (task.path().filename() == std::to_string(process)) cpu.main_ns = ns;
  }
  return cpu;
}

class StreamRun {
 public:
  explicit StreamRun(const StreamOptions& options)
      : options_(options),
        store_(options.folder / ("bench_stream-" + std::to_string(getpid()))),
        shared_(make_shared_memory()),
        fleet_(options.devices, 4),
        generator_(fleet_, 64) {
    std::filesystem::create_directories(store_);
  }
  ~StreamRun() { std::filesystem::remove_all(store_); }
  StreamRun(const StreamRun&) = delete;
  StreamRun& operator=(const StreamRun&) = delete;

  int measure() {
    const Child server([this] { serve(shared_, store_ / "store"); });
    wait_until([this] { return shared_.http_port != 0; }, "the server's start");
    const SocketAddress address =
        SocketAddress::v4(127, 0, 0, 1, static_cast<std::uint16_t>(shared_.coap_port));
    const Child consumer([this] { consume(shared_); });
    usleep(200'000);
    auto order = fleet_.shuffled();
    (void)generator_.run(Request::Register, address, false, order);
    put_rule(shared_.http_port);
    generator_.answer_observes();
    wait_until([this] { return shared_.streamed >= options_.devices; }, "the first values");
    std::vector<double> all, main, ratio;
    for (std::uint32_t round = 0; round <= options_.rounds; ++round) {
      Sums sums;
      for (std::uint32_t done = 0; done < options_.round_size; done += kTurn) {
        turn(server.id(), address, order, sums);
      }
      if (round == 0) continue;  // memory is taken from the system then
      all.push_back(sums.all / options_.round_size);
      main.push_back(sums.main / options_.round_size);
      ratio.push_back(sums.all / sums.echo);
    }
    return report(spread_of(std::move(all)), spread_of(std::move(main)),
                  spread_of(std::move(ratio)));
  }

 private:
  struct Sums {
    double all = 0, main = 0, echo = 0;
  };

  void turn(pid_t server, const SocketAddress& address, const std::vector<std::uint32_t>& order,
            Sums& sums) {
    std::vector<std::uint32_t> devices(kTurn);
    for (auto& device : devices) device = order[next_++ % order.size()];
    const std::int64_t echo_before = echo_.status().cpu_ns;
    (void)generator_.run(Request::Notify, echo_.address(), true, devices);
    sums.echo += static_cast<double>(echo_.status().cpu_ns - echo_before);
    const Cpu before = cpu_of(server);
    const std::uint64_t expected = shared_.streamed + devices.size();
    (void)generator_.run(Request::Notify, address, false, devices);
    wait_until([&] { return shared_.streamed >= expected; }, "the last event");
    const Cpu after = cpu_of(server);
    sums.all += static_cast<double>(after.all_ns - before.all_ns);
    sums.main += static_cast<double>(after.main_ns - before.main_ns);
  }

  [[nodiscard]] int report(const Spread& all, const Spread& main, const Spread& ratio) const {
    std::printf("%u devices, %u rounds of %u notifications, CPU time of one notification\n",
                options_.devices, options_.rounds, options_.round_size);
    std::printf("  all threads      %8.0f ns +- %.0f: %.1f k/s a core\n", all.median, all.mad,
                1e6 / all.median);
    std::printf("  shard's thread   %8.0f ns +- %.0f\n", main.median, main.mad);
    std::printf("  beside an echo   %8.2f +- %.2f\n", ratio.median, ratio.mad);
    if (options_.budgets.empty()) return 0;
    const auto measured = [&](const std::string& what) -> std::optional<double> {
      if (what == "stream_notify_ns") return all.median;
      throw std::runtime_error("the budgets name '" + what + "', which is not measured");
    };
    return check_budgets(options_.budgets, measured) == 0 ? 0 : 1;
  }

  const StreamOptions& options_;
  std::filesystem::path store_;
  Shared& shared_;
  ServerProcess echo_{ServerProcess::Kind::Echo, 1};
  Fleet fleet_;
  Generator generator_;
  std::size_t next_ = 0;
};

}  // namespace
}  // namespace linnet::scale

int main(int argc, char** argv) {
  linnet::scale::StreamOptions options;
  CLI::App app{"What a notification costs from the device to a consumer of events"};
  app.add_option("--devices", options.devices, "Devices that notify")->capture_default_str();
  app.add_option("--rounds", options.rounds, "Rounds of notifications")->capture_default_str();
  app.add_option("--round-size", options.round_size, "Notifications in a round, in 10,000s")
      ->capture_default_str();
  app.add_option("--folder", options.folder, "Where the store is made")->capture_default_str();
  app.add_option("--check", options.budgets, "Compare with the budgets in this file");
  CLI11_PARSE(app, argc, argv);
  try {
    return linnet::scale::StreamRun(options).measure();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_stream: %s\n", error.what());
    return 2;
  }
}
