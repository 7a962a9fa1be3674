// SPDX-License-Identifier: Apache-2.0
// Devices that send values as fast as they are told to, and consumers that follow the events of the
// server, half by server-sent events and half by WebSocket, are cut off at random and resume: each
// has to see every value once, and those of a device in order. Talks to a server on loopback only,
// for a bounded time; the exit code tells.
//
//   event_storm --coap PORT --http PORT [--token T] [--devices N] [--consumers N] [--rate N]
//               [--seconds N] [--seed N]
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Options {
  std::uint16_t coap = 0, http = 0;
  std::string token;
  std::size_t devices = 200, consumers = 50;
  double rate = 10'000, seconds = 5;
  unsigned seed = 1;
};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "event_storm: %s\n", why.c_str());
  std::exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Socket {
 public:
  Socket(int type, std::uint16_t port) : descriptor_(socket(AF_INET, type, 0)) {
    const sockaddr_in to = loopback(port);
    if (descriptor_ < 0 ||
        connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
      fail(std::string("cannot connect: ") + std::strerror(errno));
    }
    fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  }
  ~Socket() { close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// --- Devices ---

/// One that says one thing at a time, again until it is acknowledged (RFC 7252 §4.2).
class Device {
 public:
  Device(std::size_t number, const Options& options, unsigned seed)
      : number_(number),
        socket_(SOCK_DGRAM, options.coap),
        message_id_(static_cast<std::uint16_t>(seed)) {
    std::string body = option(11, 0, "rd") + option(12, 11, "\x28");
    body += option(15, 12, "ep=storm-" + std::to_string(number)) + option(15, 15, "lt=3600") +
            option(15, 15, "lwm2m=1.1");
    ask(body + "\xff</1/0>,</3/0>,</3303/0>");
  }
  /// Sends its next value.
  void tell() {
    const std::string value = std::to_string(++count_);
    ask(option(11, 0, "dp") + option(12, 11, "\x6e") +
        "\xff[{\"n\":\"/3303/0/5700\",\"v\":" + value + "}]");
  }
  [[nodiscard]] bool idle() const { return message_.empty(); }
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  void receive() {
    char buffer[1500];
    while (true) {
      const ssize_t size = recv(socket_.get(), buffer, sizeof(buffer), 0);
      if (size < 4) return;
      if (message_.empty() || std::memcmp(buffer + 2, message_.data() + 2, 2) != 0) continue;
      const int code = static_cast<unsigned char>(buffer[1]);
      if (code >> 5 != 2) fail("device " + std::to_string(number_) + " was refused");
      message_.clear();
    }
  }
  void repeat(Clock::time_point now) {
    if (!message_.empty() && now > again_) transmit();
  }

 private:
  static std::string option(int number, int before, std::string_view value) {
    std::string out;
    const auto delta = static_cast<unsigned>(number - before);
    const auto size = value.size();
    out += static_cast<char>(delta << 4 | (size < 13 ? size : 13));
    if (size >= 13) out += static_cast<char>(size - 13);
    return out.append(value);
  }
  void ask(const std::string& rest) {
    ++message_id_;
    message_ = std::string{0x42,
                           0x02,
                           static_cast<char>(message_id_ >> 8),
                           static_cast<char>(message_id_),
                           static_cast<char>(message_id_ >> 8),
                           static_cast<char>(message_id_)};
    message_ += rest;
    transmit();
  }
  void transmit() {
    again_ = Clock::now() + milliseconds(1000);
    (void)!send(socket_.get(), message_.data(), message_.size(), 0);
  }

  std::size_t number_;
  Socket socket_;
  std::uint16_t message_id_;
  std::string message_;
  Clock::time_point again_;
  std::int64_t count_ = 0;
};

// --- Consumers ---

std::int64_t number_after(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  std::int64_t number = -1;
  if (at != std::string_view::npos) {
    std::from_chars(text.data() + at + key.size(), text.data() + text.size(), number);
  }
  return number;
}

class Consumer {
 public:
  Consumer(std::size_t number, const Options& options, std::string first_id)
      : options_(options),
        framed_(number % 2 == 1),
        id_(std::move(first_id)),
        last_(options.devices, 0) {}

  void open() {
    raw_.clear();
    text_.clear();
    headed_ = false;
    socket_ = std::make_unique<Socket>(SOCK_STREAM, options_.http);
    std::string request = "GET /api/v1/events" + std::string(framed_ ? "/ws" : "") + "?type=send";
    if (!id_.empty()) request += "&lastEventId=" + id_;
    request += " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (!options_.token.empty()) request += "Authorization: Bearer " + options_.token + "\r\n";
    if (framed_) {
      request +=
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    }
    request += "\r\n";
    (void)!send(socket_->get(), request.data(), request.size(), MSG_NOSIGNAL);
  }
  void cut() { socket_.reset(); }
  [[nodiscard]] bool is_open() const { return socket_ != nullptr; }
  [[nodiscard]] int descriptor() const { return socket_->get(); }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::int64_t last(std::size_t device) const { return last_[device]; }

  void receive() {
    char buffer[65536];
    const ssize_t size = recv(socket_->get(), buffer, sizeof(buffer), 0);
    if (size <= 0) {
      if (size == 0 || errno != EAGAIN) cut();
      return;
    }
    raw_.append(buffer, static_cast<std::size_t>(size));
    if (!headed_ && !take_head()) return;
    framed_ ? take_frames() : take_chunks();
  }

 private:
  bool take_head() {
    const auto end = raw_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    if (!raw_.starts_with(framed_ ? "HTTP/1.1 101" : "HTTP/1.1 200")) fail(raw_.substr(0, 300));
    raw_.erase(0, end + 4);
    return headed_ = true;
  }
  void take_chunks() {
    std::size_t at = 0;
    while (true) {
      const auto line = raw_.find("\r\n", at);
      if (line == std::string::npos) break;
      const auto size = std::strtoul(raw_.c_str() + at, nullptr, 16);
      if (raw_.size() < line + 2 + size + 2) break;
      text_.append(raw_, line + 2, size);
      at = line + 2 + size + 2;
    }
    raw_.erase(0, at);
    at = 0;
    for (auto end = text_.find("\n\n"); end != std::string::npos; end = text_.find("\n\n", at)) {
      const auto event = std::string_view(text_).substr(at, end - at);
      const auto data = event.find("data: ");
      if (data != std::string_view::npos) take_event(event.substr(data + 6));
      at = end + 2;
    }
    text_.erase(0, at);
  }
  void take_frames() {
    std::size_t at = 0;
    while (raw_.size() - at >= 2) {
      const auto byte = [&](std::size_t i) {
        return std::size_t{static_cast<unsigned char>(raw_[at + i])};
      };
      std::size_t size = byte(1), head = 2;
      if (size == 126) {
        if (raw_.size() - at < 4) break;
        size = byte(2) << 8 | byte(3);
        head = 4;
      } else if (size == 127) {
        fail("a message of more than 64 kB");
      }
      if (raw_.size() - at < head + size) break;
      if (byte(0) == 0x81) take_event(std::string_view(raw_).substr(at + head, size));
      at += head + size;
    }
    raw_.erase(0, at);
  }
  void take_event(std::string_view json) {
    const auto id = json.find("\"id\":\"") + 6;
    id_ = json.substr(id, json.find('"', id) - id);
    if (json.find("\"type\":\"lost\"") != std::string_view::npos) fail(std::string(json));
    const auto device = number_after(json, "\"endpoint\":\"storm-");
    if (device < 0) return;
    const auto count = number_after(json, "\"value\":");
    auto& last = last_.at(static_cast<std::size_t>(device));
    if (count != last + 1) {
      fail("a consumer saw " + std::to_string(count) + " of device " + std::to_string(device) +
           " after " + std::to_string(last));
    }
    last = count;
  }

  const Options& options_;
  bool framed_;
  std::unique_ptr<Socket> socket_;
  std::string raw_, text_, id_;
  bool headed_ = false;
  std::vector<std::int64_t> last_;
};

void wait(std::vector<pollfd>& watched, int ms) {
  (void)poll(watched.data(), static_cast<nfds_t>(watched.size()), ms);
}

/// Where the events are now: consumers begin there.
std::string present_id(const Options& options) {
  Consumer first(0, options, "");
  first.open();
  const auto until = Clock::now() + std::chrono::seconds(20);
  while (first.id().empty() && Clock::now() < until) {
    std::vector<pollfd> watched{{first.descriptor(), POLLIN, 0}};
    wait(watched, 100);
    first.receive();
  }
  if (first.id().empty()) fail("the server says no hello");
  return first.id();
}

struct Consumers {
  Consumers(const Options& o, const std::string& id) : options(o), random(o.seed) {
    for (std::size_t i = 0; i < o.consumers; ++i) {
      all.push_back(std::make_unique<Consumer>(i, o, id));
      all.back()->open();
    }
    thread = std::thread([this] { run(); });
  }
  void run() {
    auto next_cut = Clock::now();
    while (!stop.load()) {
      std::vector<pollfd> watched;
      std::vector<Consumer*> whose;
      for (auto& consumer : all) {
        if (!consumer->is_open()) {
          if (calm.load() || random() % 20 == 0) consumer->open();
          continue;
        }
        watched.push_back({consumer->descriptor(), POLLIN, 0});
        whose.push_back(consumer.get());
      }
      wait(watched, 10);
      for (std::size_t i = 0; i < watched.size(); ++i) {
        if (watched[i].revents != 0) whose[i]->receive();
      }
      if (!calm.load() && Clock::now() > next_cut) {
        next_cut = Clock::now() + milliseconds(random() % 40);
        all[random() % all.size()]->cut();
        ++cuts;
      }
      if (calm.load()) look();
    }
  }
  /// Whether everybody has everything.
  void look() {
    for (const auto& consumer : all) {
      for (std::size_t d = 0; d < wanted.size(); ++d) {
        if (consumer->last(d) != wanted[d]) return;
      }
    }
    done.store(true);
  }

  const Options& options;
  std::mt19937 random;
  std::vector<std::unique_ptr<Consumer>> all;
  std::vector<std::int64_t> wanted;  // before `calm`
  std::atomic<bool> calm{false}, done{false}, stop{false};
  std::atomic<int> cuts{0};
  std::thread thread;
};

void serve_devices(std::vector<std::unique_ptr<Device>>& devices, int ms) {
  std::vector<pollfd> watched;
  watched.reserve(devices.size());
  for (const auto& device : devices) watched.push_back({device->descriptor(), POLLIN, 0});
  wait(watched, ms);
  const auto now = Clock::now();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (watched[i].revents != 0) devices[i]->receive();
    devices[i]->repeat(now);
  }
}

void settle(std::vector<std::unique_ptr<Device>>& devices) {
  const auto until = Clock::now() + std::chrono::seconds(30);
  const auto all_idle = [&] {
    for (const auto& device : devices) {
      if (!device->idle()) return false;
    }
    return true;
  };
  while (!all_idle()) {
    if (Clock::now() > until) fail("the server does not answer its devices");
    serve_devices(devices, 10);
  }
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--coap") options.coap = static_cast<std::uint16_t>(std::atoi(value));
    if (name == "--http") options.http = static_cast<std::uint16_t>(std::atoi(value));
    if (name == "--token") options.token = value;
    if (name == "--devices") options.devices = std::strtoul(value, nullptr, 10);
    if (name == "--consumers") options.consumers = std::strtoul(value, nullptr, 10);
    if (name == "--rate") options.rate = std::atof(value);
    if (name == "--seconds") options.seconds = std::atof(value);
    if (name == "--seed") options.seed = static_cast<unsigned>(std::atoi(value));
  }
  if (options.coap == 0 || options.http == 0 || options.seconds > 60) {
    fail("--coap PORT and --http PORT are needed, and --seconds is at most 60");
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  std::vector<std::unique_ptr<Device>> devices;
  for (std::size_t i = 0; i < options.devices; ++i) {
    devices.push_back(std::make_unique<Device>(i, options, options.seed * 100));
    if (i % 50 == 49) settle(devices);
  }
  settle(devices);
  Consumers consumers(options, present_id(options));
  const auto start = Clock::now();
  std::uint64_t told = 0;
  std::size_t next = 0;
  while (true) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    if (elapsed > options.seconds) break;
    for (std::size_t tried = 0; tried < devices.size(); ++tried) {
      if (static_cast<double>(told) >= elapsed * options.rate) break;
      auto& device = devices[next++ % devices.size()];
      if (!device->idle()) continue;
      device->tell();
      ++told;
    }
    serve_devices(devices, 1);
  }
  settle(devices);
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  for (const auto& device : devices) consumers.wanted.push_back(device->count());
  consumers.calm.store(true);
  const auto until = Clock::now() + std::chrono::seconds(30);
  while (!consumers.done.load() && Clock::now() < until) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  consumers.stop.store(true);
  consumers.thread.join();
  if (!consumers.done.load()) fail("some consumers did not get everything within 30 s");
  const double caught_up = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf(
      "%llu events of %zu devices in %.1f s (%.0f a second), %zu consumers cut %d times, "
      "all had everything after %.1f s, seed %u\n",
      static_cast<unsigned long long>(told), options.devices, took,
      static_cast<double>(told) / took, options.consumers, consumers.cuts.load(), caught_up,
      options.seed);
  return 0;
}
