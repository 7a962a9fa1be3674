// SPDX-License-Identifier: Apache-2.0
// Sessions asleep, and updates through them beside updates of the same fleet without security.
#include <malloc.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>

#include <linnet/base/random.hpp>
#include <linnet/server/secure_transport.hpp>
#include <linnet/server/shard.hpp>
#include "cpu_clock.hpp"
#include "resident_memory.hpp"
#include "secure.hpp"

namespace linnet::scale {
namespace {

using server::SecureTransport;

constexpr std::uint16_t kPort = 5684;
/// As in measure_engine.
constexpr Duration kBetweenBursts = milliseconds(50);
constexpr std::size_t kDigits = 7;

secure::SessionParameters keys_of_all(const secure::ConnectionId& server_id) {
  secure::SessionParameters parameters;  // of the server
  parameters.suite = secure::CipherSuite::PskAes128Ccm8;
  SeededRng rng(11);
  rng.fill(MutableBytes{parameters.write.key}.first(16));
  rng.fill(MutableBytes{parameters.read.key}.first(16));
  parameters.own = server_id;
  parameters.peer.used = server_id.used;  // and empty: devices find their only session without
  return parameters;
}

/// A handshake that was: sessions are what is measured here.
class Done final : public secure::Handshake {
 public:
  Done(std::uint32_t device, const secure::ConnectionId& id) : id_(id) {
    for (std::size_t i = kDigits; i-- > 0; device /= 10) {
      endpoint_[endpoint_.size() - kDigits + i] = static_cast<char>('0' + device % 10);
    }
    proof_ = {secure::Proof::Psk, device + 1, endpoint_, endpoint_};
  }
  void receive(Instant, ByteView) override {}
  std::optional<std::size_t> poll_transmit(Instant, MutableBytes) override { return {}; }
  [[nodiscard]] Instant next_timeout() const override { return Instant::never(); }
  void on_timeout(Instant) override {}
  [[nodiscard]] State state() const override { return State::Done; }
  [[nodiscard]] const secure::HandshakeFailure& failure() const override { return failure_; }
  [[nodiscard]] linnet::Result<secure::Session> take_session() override {
    return secure::Session::make(keys_of_all(id_));
  }
  [[nodiscard]] secure::ResidentSession* resident() override { return nullptr; }
  [[nodiscard]] const secure::PeerProof& peer() const override { return proof_; }
  [[nodiscard]] secure::CipherSuite suite() const override {
    return secure::CipherSuite::PskAes128Ccm8;
  }
  [[nodiscard]] bool resumed() const override { return false; }
  [[nodiscard]] ByteView final_flight() const override { return {}; }
  [[nodiscard]] std::uint64_t next_plain_sequence() const override { return 0; }
  [[nodiscard]] std::size_t resumption(MutableBytes) const override { return 0; }

 private:
  secure::ConnectionId id_;
  std::string endpoint_ = "urn:dev:os:32473-0000000";
  secure::PeerProof proof_;
  secure::HandshakeFailure failure_;
};

/// A first datagram is the device's number.
class AtOnce final : public secure::ServerHandshakes {
 public:
  explicit AtOnce(std::uint32_t devices) : ids_(devices) {}

  static std::size_t write_hello(std::uint32_t device, MutableBytes out) {
    std::array<std::uint8_t, 60> hello{1};
    Writer number(MutableBytes{hello}.subspan(20));
    number.u32(device);
    Writer writer(out);
    secure::write_record(writer, secure::ContentType::Handshake, 0, 1, hello);
    return writer.size();
  }
  Gate admit(const SocketAddress&, ByteView, MutableBytes, std::size_t&) override {
    return Gate::Admit;
  }
  secure::Handshake* begin(Instant, const SocketAddress&, ByteView datagram,
                           const secure::ConnectionId& own_id) override {
    Reader reader(datagram.subspan(secure::kRecordHeaderBytes + 20));
    const std::uint32_t device = reader.u32();
    ids_.at(device) = {{}, own_id.size};
    std::copy_n(own_id.bytes.begin(), std::min<std::size_t>(own_id.size, 8),
                ids_[device].bytes.begin());
    return new Done(device, own_id);
  }
  void end(secure::Handshake* handshake) override { delete static_cast<Done*>(handshake); }

  [[nodiscard]] secure::ConnectionId id(std::uint32_t device) const {
    secure::ConnectionId id;
    id.used = true;
    id.size = ids_[device].size;
    std::copy_n(ids_[device].bytes.begin(), id.size, id.bytes.begin());
    return id;
  }

 private:
  struct Id {
    std::array<std::uint8_t, 8> bytes{};
    std::uint8_t size = 0;
  };
  std::vector<Id> ids_;
};

struct Datagram {
  std::array<std::uint8_t, 2048> bytes;
  std::size_t size = 0;
  SocketAddress at;
  [[nodiscard]] MutableBytes view() { return MutableBytes(bytes).first(size); }
};

server::ShardConfig shard_config() {
  server::ShardConfig config;
  config.max_registrations = config.max_observations = kMaxDevices;
  return config;
}

/// A fleet and the shard it is registered with, driven in bursts.
class Side {
 public:
  Side(std::uint32_t devices, std::uint32_t models, std::uint32_t burst)
      : fleet(devices, models),
        shard(shard_config(), rng_),
        plain_(burst),
        requests_(burst),
        answers_(burst) {}
  virtual ~Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  /// CPU time for all `devices`; throws if one is refused.
  std::int64_t run(Request request, std::span<const std::uint32_t> devices) {
    std::int64_t total = 0;
    while (!devices.empty()) {
      const auto burst = devices.first(std::min(requests_.size(), devices.size()));
      for (std::size_t i = 0; i < burst.size(); ++i) {
        plain_[i].size = fleet.write(request, burst[i], ++last_number_, plain_[i].bytes);
        requests_[i].at = Fleet::address(burst[i], kPort);
        wrap(burst[i], plain_[i], requests_[i]);
      }
      now_ = now_ + kBetweenBursts;
      const std::int64_t start = thread_cpu_ns();
      const std::size_t answered = serve(burst.size());
      total += thread_cpu_ns() - start;
      if (answered != burst.size()) throw std::runtime_error("the shard did not answer");
      for (std::size_t i = 0; i < burst.size(); ++i) {
        const ByteView answer = unwrap(burst[i], answers_[i]);
        if (!fleet.granted(request, burst[i], plain_[i].view(), answer)) {
          throw std::runtime_error("device " + std::to_string(burst[i]) + " got a wrong answer");
        }
      }
      devices = devices.subspan(burst.size());
    }
    return total;
  }

  Fleet fleet;

 protected:
  virtual void wrap(std::uint32_t device, Datagram& plain, Datagram& out) = 0;
  virtual ByteView unwrap(std::uint32_t device, Datagram& answer) = 0;
  virtual std::size_t serve(std::size_t count) = 0;

  void rest() {
    if (shard.next_timeout() <= now_) shard.on_timeout(now_);
    while (shard.poll_event()) {
    }
  }

  SeededRng rng_{3};
  server::Shard shard;
  Instant now_{0};
  std::uint32_t last_number_ = 0;
  std::vector<Datagram> plain_;
  std::vector<Datagram> requests_;
  std::vector<Datagram> answers_;
};

class Plain final : public Side {
 public:
  using Side::Side;

 private:
  void wrap(std::uint32_t, Datagram& plain, Datagram& out) override {
    std::copy_n(plain.bytes.begin(), plain.size, out.bytes.begin());
    out.size = plain.size;
  }
  ByteView unwrap(std::uint32_t, Datagram& answer) override { return answer.view(); }
  std::size_t serve(std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) {
      shard.receive(now_, requests_[i].at, requests_[i].view());
    }
    std::size_t answered = 0;
    for (; answered < count; ++answered) {
      const auto sent = shard.poll_transmit(now_, answers_[answered].bytes);
      if (!sent) break;
      answers_[answered].size = sent->size;
    }
    rest();
    return answered;
  }
};

class Sealed final : public Side {
 public:
  Sealed(std::uint32_t devices, std::uint32_t models, std::uint32_t burst)
      : Side(devices, models, burst), handshakes_(devices), next_number_(devices) {
    server::SecureTransportConfig config;
    config.max_sessions = devices;
    transport_.emplace(config, rng_, handshakes_);
  }

  /// Resident memory each session takes.
  double connect() {
    malloc_trim(0);  // what was freed before would serve again unseen
    const std::uint64_t before = resident_bytes();
    Datagram hello;
    for (std::uint32_t device = 0; device < fleet.size(); ++device) {
      hello.size = AtOnce::write_hello(device, hello.bytes);
      transport_->receive(now_, Fleet::address(device, kPort), hello.view(), deliver_);
      while (transport_->next_timeout() <= now_) transport_->on_timeout(now_, deliver_);
      while (transport_->poll_transmit(now_, answers_[0].bytes)) {
      }
      while (transport_->poll_event()) {
      }
    }
    if (transport_->counters().sessions != fleet.size()) {
      throw std::runtime_error("the transport has lost sessions");
    }
    return static_cast<double>(resident_bytes() - before) / fleet.size();
  }

 private:
  struct Deliver {
    Sealed& to;
    void operator()(const SocketAddress& session, MutableBytes plain) const {
      to.shard.receive(to.now_, session, plain);
    }
  };

  [[nodiscard]] secure::Session client(std::uint32_t device) const {
    secure::SessionParameters parameters = keys_of_all(handshakes_.id(device));
    std::swap(parameters.write, parameters.read);
    std::swap(parameters.own, parameters.peer);
    parameters.next_write = next_number_[device];
    return *secure::Session::make(parameters);
  }
  void wrap(std::uint32_t device, Datagram& plain, Datagram& out) override {
    const auto size =
        client(device).seal(secure::ContentType::ApplicationData, plain.view(), out.bytes);
    if (!size.ok()) throw std::runtime_error("a device cannot seal");
    ++next_number_[device];
    out.size = *size;
  }
  ByteView unwrap(std::uint32_t device, Datagram& answer) override {
    secure::RecordReader reader(answer.view());
    const auto record = reader.next();
    if (!record || answer.at != Fleet::address(device, kPort)) return {};
    const auto opened = client(device).open(*record, answer.view());
    return opened.ok() ? ByteView(opened->plaintext) : ByteView();
  }
  std::size_t serve(std::size_t count) override {
    transport_->expect(count, [this](std::size_t i) -> SecureTransport::Incoming {
      return {requests_[i].at, requests_[i].view()};
    });
    for (std::size_t i = 0; i < count; ++i) {
      transport_->receive(now_, requests_[i].at, requests_[i].view(), deliver_);
    }
    std::size_t answered = 0;
    for (; answered < count; ++answered) {
      Datagram& answer = answers_[answered];
      const MutableBytes room = MutableBytes(answer.bytes)
                                    .subspan(SecureTransport::kHeadroom,
                                             answer.bytes.size() - SecureTransport::kHeadroom -
                                                 SecureTransport::kTailroom);
      const auto sent = shard.poll_transmit(now_, room);
      if (!sent) break;
      const auto sealed = transport_->seal(now_, sent->to, sent->size, answer.bytes);
      if (!sealed.ok()) break;
      answer.size = sealed->size;
      answer.at = sealed->to;
    }
    if (transport_->next_timeout() <= now_) transport_->on_timeout(now_, deliver_);
    while (transport_->poll_event()) {
    }
    rest();
    return answered;
  }

  AtOnce handshakes_;
  std::vector<std::uint32_t> next_number_;
  std::optional<SecureTransport> transport_;
  Deliver deliver_{*this};
};

}  // namespace

SessionResult measure_sessions(const Options& options, std::uint32_t devices, double deadline,
                               Progress& progress) {
  const std::string with = " with " + std::to_string(devices) + " devices";
  const std::uint32_t models = std::min(options.models, devices);
  SessionResult result;
  result.devices = devices;
  Sealed sealed(devices, models, options.window);
  progress.show("sessions" + with);
  result.bytes_per_session = sealed.connect();
  Plain plain(devices, models, options.window);
  std::vector<std::uint32_t> order(devices);
  std::iota(order.begin(), order.end(), 0u);
  (void)plain.run(Request::Register, order);
  (void)sealed.run(Request::Register, order);

  order = plain.fleet.shuffled();
  constexpr std::size_t kTurn = 10'000;
  constexpr std::size_t kLeastRounds = 3;
  const std::uint32_t passes = std::max(1u, options.round_size / devices);
  std::vector<double> plain_ns;
  std::vector<double> sealed_ns;
  std::vector<double> more_ns;
  for (std::size_t round = 0; round <= options.rounds; ++round) {
    if (round > kLeastRounds && wall_seconds() > deadline) break;
    progress.show("updates" + with, round, options.rounds);
    std::int64_t plain_total = 0;
    std::int64_t sealed_total = 0;
    for (std::uint32_t pass = 0; pass < passes; ++pass) {
      for (std::span<const std::uint32_t> rest = order; !rest.empty();) {
        const auto turn = rest.first(std::min(kTurn, rest.size()));
        plain_total += plain.run(Request::Update, turn);
        sealed_total += sealed.run(Request::Update, turn);
        rest = rest.subspan(turn.size());
      }
    }
    if (round == 0) continue;  // tables and caches warm up
    const double updates = static_cast<double>(devices) * passes;
    plain_ns.push_back(static_cast<double>(plain_total) / updates);
    sealed_ns.push_back(static_cast<double>(sealed_total) / updates);
    more_ns.push_back(sealed_ns.back() - plain_ns.back());
  }
  result.plain_ns = spread_of(std::move(plain_ns));
  result.sealed_ns = spread_of(std::move(sealed_ns));
  result.more_ns = spread_of(std::move(more_ns));
  return result;
}

}  // namespace linnet::scale
