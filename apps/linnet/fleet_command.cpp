// SPDX-License-Identifier: Apache-2.0
// linnet fleet: many simulated devices in one process, for demonstrations and load.
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <queue>

#include <linnet/client/client.hpp>
#include <linnet/coap/uri.hpp>
#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/posix/udp_socket.hpp>
#include <linnet/secure/wipe.hpp>
#include <linnet/service/credential_lines.hpp>

#include "account_security.hpp"
#include "command.hpp"
#include "secure_way.hpp"
#include "simulated_device.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

constexpr const char* kFooter =
    R"(Each device has a port of its own, as real ones have, and the objects of `linnet client`.
A line every few seconds says how they are. Ctrl-C de-registers them all.

Examples:
  linnet fleet --devices 5 --server coap://127.0.0.1
  linnet fleet --devices 1000 --rate 200 --lifetime 60 --prefix meter- --server coap://127.0.0.1
  linnet fleet --devices 100 --queue --lifetime 3600 --server coap://127.0.0.1
  linnet credential import fleet.csv
  linnet fleet --devices 100 --credentials fleet.csv --server coaps://127.0.0.1)";

struct Options {
  std::string server = "coap://127.0.0.1";
  std::string credentials;  ///< a file
  std::size_t devices = 10;
  std::string prefix = "urn:dev:os:32473-fleet-";
  std::uint32_t lifetime = 300;
  std::string version = "1.2";
  double rate = 500;
  double interval = 5;
  double report = 5;
  /// Sleep when nothing was said for `awake` seconds; 0: as the standard says.
  bool queue = false;
  std::uint16_t awake = 0;
};

constexpr client::Limits kLimits{.servers = 1,
                                 .exchanges = 2,
                                 .sends = 1,
                                 .transfers = 1,
                                 .body_bytes = 4096,
                                 .message_bytes = 1152,
                                 .scratch_bytes = 1024,
                                 .observations = 8,
                                 .observed_paths = 16,
                                 .own_attributes = 2,
                                 .attributes = 8,
                                 .remembered_requests = 4,
                                 .remembered_answer_bytes = 32,
                                 .events = 16};

struct Totals {
  std::size_t registered = 0;
  std::uint64_t registrations = 0;
  std::uint64_t updates = 0;
  std::uint64_t failures = 0;
  std::uint64_t writes = 0;
  std::uint64_t sessions = 0;
  std::string refusal;  ///< why the last session did not come about
};

/// Who a device is, and how it proves that.
struct Profile {
  std::string endpoint;
  AccountSecurity security{};
};

/// The devices of a file such as `linnet credential import` takes, in its order; at most so many.
std::vector<Profile> read_profiles(const std::string& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Failure(kUsage, "cannot read " + path);
  std::string text(std::istreambuf_iterator<char>(in), {});
  std::vector<Profile> out;
  try {
    service::CredentialLines lines(text, service::guess_format(text));
    while (const auto line = out.size() < most ? lines.next() : std::nullopt) {
      const auto& credential = line->credential;
      const std::string where = path + ":" + std::to_string(line->number) + ": ";
      if (!line->problem.empty()) throw Failure(kUsage, where + line->problem);
      if (credential.kind != server::CredentialKind::Psk) {
        throw Failure(kUsage, where + "a fleet has pre-shared keys only");
      }
      AccountSecurity security;
      security.mode = SecurityMode::Psk;
      security.identity = credential.identity;
      security.key = as_text(credential.key.view());
      out.push_back({credential.endpoint, security});
    }
  } catch (const service::CredentialTextError& error) {
    throw Failure(kUsage, path + ": " + error.what());
  }
  if (out.empty()) throw Failure(kUsage, "there is no credential in " + path);
  secure::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return out;
}

/// What all devices share to send with.
struct Outbox {
  posix::SendBatch batch{8, 2048};
  std::array<std::uint8_t, 2048> message{};
};

/// The socket of the n-th device. On loopback a block of devices shares an address of 127/8, since
/// one address has not ports enough for all.
SocketAddress own_address(const SocketAddress& server, std::size_t number) {
  constexpr std::size_t kBlock = 20000;
  if (!server.is_v4()) return {};
  const std::size_t block = number / kBlock;
  if (!server.is_loopback()) return SocketAddress::v4(0, 0, 0, 0, 0);
  return SocketAddress::v4(127, 0, static_cast<std::uint8_t>(block / 250),
                           static_cast<std::uint8_t>(block % 250 + 1), 0);
}

/// Raises the number of files this process may have to what `devices` sockets need.
void allow_sockets(std::size_t devices) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t needed = devices + 64;
  if (limit.rlim_cur >= needed) return;
  if (limit.rlim_max < needed) {
    throw Failure(kCannotStart, "each device needs a socket, and this process may have only " +
                                    std::to_string(limit.rlim_max) +
                                    "; raise the limit (ulimit -n " + std::to_string(needed) +
                                    " as root) or start fewer devices");
  }
  limit.rlim_cur = needed;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// One device with its engine and socket.
class Member {
 public:
  Member(const Options& options, const Profile& profile, std::size_t number,
         const SocketAddress& server, Rng& rng, secure::ClientHandshakes& handshakes,
         Totals& totals)
      : endpoint_(profile.endpoint),
        server_(server),
        totals_(totals),
        socket_(own_address(server, number), {.receive_buffer = 1 << 16, .send_buffer = 1 << 16}),
        device_(std::to_string(number), *lwm2m::Version::parse(options.version), rng.next(),
                options.queue),
        engine_(config(options), rng, device_.objects()),
        sleeps_(options.queue) {
    if (!device_.add_server(options.server, options.lifetime, profile.security)) {
      throw Failure(kUsage, options.server + " or the identity is too long");
    }
    if (profile.security.mode == SecurityMode::NoSec) return;
    secure_ = std::make_unique<SecureWay>(handshakes, device_.security());
    secure_->credentials.set_instance(0);
  }

  [[nodiscard]] int descriptor() const { return socket_.descriptor(); }
  void start(Instant now) { engine_.start(now); }
  void stop(Instant now) { engine_.stop(now); }
  [[nodiscard]] bool stopped() const { return engine_.stopped(); }
  /// In queue mode, and neither hears nor says anything just now.
  [[nodiscard]] bool asleep(Instant now) {
    return sleeps_ && counted_ && !engine_.radio(now).needed;
  }
  void tick(Instant now) { device_.tick(now, posix::unix_now()); }

  void receive(Instant now, posix::ReceiveBatch& batch) {
    const bool deaf = asleep(now);
    while (true) {
      const bool more = socket_.receive(batch);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (deaf || batch.peer(i) != server_) continue;
        if (secure_ == nullptr) {
          engine_.receive(now, 0, batch.bytes(i));
        } else {
          secure_->link.receive(now, batch.bytes(i),
                                [&](MutableBytes message) { engine_.receive(now, 0, message); });
        }
      }
      if (!more) return;
    }
  }

  void work(Instant now, Outbox& out) {
    if (engine_.next_timeout() <= now) engine_.on_timeout(now);
    if (secure_ != nullptr) {
      if (secure_->link.next_timeout() <= now) secure_->link.on_timeout(now);
      transmit_securely(now, out);
    } else {
      while (const auto datagram = engine_.poll_transmit(now, out.batch.free())) {
        commit(out.batch, datagram->size);
      }
    }
    if (out.batch.size() != 0) socket_.send(out.batch);
    while (const auto event = engine_.poll_event()) count(*event);
    device_.install(now);
    client::DeviceRequest request;
    while (device_.poll_request(request)) {
      if (request != client::DeviceRequest::ErrorsReset) engine_.session_replaced(now, 0);
    }
  }
  [[nodiscard]] Instant next_timeout() {
    const Instant next = earlier(engine_.next_timeout(), device_.installed_at());
    return secure_ == nullptr ? next : earlier(next, secure_->link.next_timeout());
  }
  /// Ends the session, if there is one.
  void close(Instant now, Outbox& out) {
    if (secure_ == nullptr) return;
    secure_->link.close(now);
    work(now, out);
  }

  /// When its entry in the schedule is due; entries with another instant are stale.
  Instant scheduled = Instant::never();

 private:
  [[nodiscard]] client::Config config(const Options& options) const {
    client::Config result;
    result.endpoint = endpoint_;
    result.version = *lwm2m::Version::parse(options.version);
    result.formats = lwm2m::all_formats();
    result.retry_count = 10;
    result.retry_timer_s = 10;
    result.sequence_delay_s = 60;
    result.queue_mode = options.queue;
    result.awake_s = options.awake;
    return result;
  }
  void commit(posix::SendBatch& batch, std::size_t size) {
    batch.commit(server_, size);
    if (batch.full()) socket_.send(batch);
  }
  void transmit_securely(Instant now, Outbox& out) {
    secure::ClientLink& link = secure_->link;
    do {
      while (const auto datagram = engine_.poll_transmit(now, out.message)) {
        const std::size_t size =
            link.send(now, ByteView(out.message).first(datagram->size), out.batch.free());
        if (size != 0) commit(out.batch, size);
      }
      while (const auto size = link.poll_transmit(now, out.batch.free())) commit(out.batch, *size);
    } while (act_on_link(now));
  }
  bool act_on_link(Instant now) {
    using Type = secure::LinkEvent::Type;
    const auto event = secure_->link.poll_event();
    if (!event) return false;
    if (event->type == Type::Established || event->type == Type::Resumed) {
      ++totals_.sessions;
      if (event->replaced) engine_.session_replaced(now, 0);
    } else {
      totals_.refusal = event->failure.reason;
      engine_.connection_failed(now, 0, event->failure);
    }
    return true;
  }
  void count(const client::Event& event) {
    const bool now_registered = engine_.registered(0);
    if (now_registered != counted_) totals_.registered += now_registered ? 1 : std::size_t(-1);
    counted_ = now_registered;
    switch (event.type) {
      case client::EventType::Registered: ++totals_.registrations; break;
      case client::EventType::Updated: ++totals_.updates; break;
      case client::EventType::RegistrationFailed:
      case client::EventType::RegistrationLost: ++totals_.failures; break;
      case client::EventType::ResourceWritten: ++totals_.writes; break;
      default: break;
    }
  }

  std::string endpoint_;
  SocketAddress server_;
  Totals& totals_;
  posix::UdpSocket socket_;
  SimulatedDevice device_;
  client::Client<kLimits> engine_;
  std::unique_ptr<SecureWay> secure_;  ///< coaps
  bool counted_ = false;
  bool sleeps_;
};

/// All devices, and who is to be looked at next.
class Fleet {
 public:
  Fleet(posix::EventLoop& loop, const Options& options, std::vector<Profile> profiles,
        const SocketAddress& server)
      : loop_(loop), options_(options), profiles_(std::move(profiles)), server_(server) {}

  /// Runs until the loop is stopped, then takes leave of the server.
  void run(const bool& leaving);

 private:
  struct Entry {
    Instant due;
    std::size_t index;
    friend bool operator<(const Entry& a, const Entry& b) { return a.due > b.due; }
  };

  void launch(Instant now);
  void work(std::size_t index, Instant now);
  void report(Instant now);
  void work_off(Instant now);
  void tick(Instant now);
  void leave();

  posix::EventLoop& loop_;
  const Options& options_;
  std::vector<Profile> profiles_;  ///< empty: without security
  SocketAddress server_;
  posix::SystemRng rng_;
  Totals totals_;
  std::vector<std::unique_ptr<Member>> members_;
  std::priority_queue<Entry> schedule_;
  posix::ReceiveBatch in_{8, 2048};
  Outbox out_;
  dtls_gnutls::GnutlsClientHandshakes handshakes_;
  Instant begin_;
  Totals last_;
  std::size_t tick_at_ = 0;
  double ticks_owed_ = 0;
  Instant last_tick_;
  Instant next_tick_ = Instant::never();
};

void Fleet::work(std::size_t index, Instant now) {
  Member& member = *members_[index];
  member.work(now, out_);
  const Instant due = member.next_timeout();
  if (due == member.scheduled || due.is_never()) return;
  member.scheduled = due;
  schedule_.push({due, index});
}

/// Starts as many devices as the rate allows by now.
void Fleet::launch(Instant now) {
  const auto allowed = static_cast<std::size_t>(
      static_cast<double>((now - begin_).ms) / 1000.0 * options_.rate + 1.0);
  while (members_.size() < std::min(options_.devices, allowed)) {
    const std::size_t index = members_.size();
    const Profile plain{options_.prefix + std::to_string(index + 1)};
    const Profile& profile = profiles_.empty() ? plain : profiles_[index];
    members_.push_back(std::make_unique<Member>(options_, profile, index + 1, server_, rng_,
                                                handshakes_, totals_));
    loop_.watch(members_[index]->descriptor(), [this, index] {
      const Instant then = posix::monotonic_now();
      members_[index]->receive(then, in_);
      work(index, then);
    });
    members_[index]->tick(now);
    members_[index]->start(now);
    work(index, now);
  }
}

void Fleet::report(Instant now) {
  const double passed = options_.report;
  std::cout << duration(static_cast<double>((now - begin_).ms) / 1000) << ": " << totals_.registered
            << " of " << members_.size() << " registered, "
            << std::llround(static_cast<double>(totals_.updates - last_.updates) / passed)
            << " updates/s, " << totals_.writes - last_.writes << " written";
  if (options_.queue) {
    const auto asleep = std::ranges::count_if(members_, [&](auto& m) { return m->asleep(now); });
    std::cout << ", " << asleep << " asleep";
  }
  if (totals_.sessions != 0) std::cout << ", " << totals_.sessions << " handshakes so far";
  if (totals_.failures != 0) std::cout << ", " << totals_.failures << " failures so far";
  if (!totals_.refusal.empty()) std::cout << ", the last: " << printable(totals_.refusal);
  totals_.refusal.clear();
  std::cout << std::endl;
  last_ = totals_;
}

/// Looks after the devices whose time has come.
void Fleet::work_off(Instant now) {
  while (!schedule_.empty() && schedule_.top().due <= now) {
    const Entry entry = schedule_.top();
    schedule_.pop();
    if (members_[entry.index]->scheduled != entry.due) continue;
    members_[entry.index]->scheduled = Instant::never();
    work(entry.index, now);
  }
}

/// Values change device by device, so that the work is spread over the interval.
void Fleet::tick(Instant now) {
  if (options_.interval <= 0 || members_.empty() || next_tick_ > now) return;
  constexpr double kShortest = 10;  // milliseconds between two rounds
  const double each = options_.interval * 1000 / static_cast<double>(members_.size());
  ticks_owed_ += static_cast<double>((now - last_tick_).ms) / each;
  // After a pause nobody gets more than one.
  ticks_owed_ = std::min(ticks_owed_, static_cast<double>(members_.size()));
  for (; ticks_owed_ >= 1; --ticks_owed_) {
    tick_at_ = (tick_at_ + 1) % members_.size();
    members_[tick_at_]->tick(now);
    work(tick_at_, now);
  }
  last_tick_ = now;
  next_tick_ = now + milliseconds(static_cast<std::int64_t>(std::max(kShortest, each)));
}

/// Takes leave of the server; for at most five seconds.
void Fleet::leave() {
  const Instant give_up = posix::monotonic_now() + seconds(5);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    members_[i]->stop(posix::monotonic_now());
    work(i, posix::monotonic_now());
  }
  while (posix::monotonic_now() < give_up) {
    work_off(posix::monotonic_now());
    if (std::all_of(members_.begin(), members_.end(), [](const auto& m) { return m->stopped(); })) {
      break;
    }
    loop_.run_once(schedule_.empty() ? give_up : earlier(give_up, schedule_.top().due));
  }
  for (const auto& member : members_) member->close(posix::monotonic_now(), out_);
}

void Fleet::run(const bool& leaving) {
  begin_ = last_tick_ = posix::monotonic_now();
  const Duration between = milliseconds(static_cast<std::int64_t>(options_.report * 1000));
  Instant next_report = begin_ + between;
  if (options_.interval > 0) next_tick_ = begin_;
  while (!leaving) {
    const Instant now = posix::monotonic_now();
    launch(now);
    work_off(now);
    tick(now);
    if (next_report <= now) {
      report(now);
      next_report = now + between;
    }
    Instant due = earlier(next_report, next_tick_);
    if (members_.size() < options_.devices) due = earlier(due, now + milliseconds(1));
    if (!schedule_.empty()) due = earlier(due, schedule_.top().due);
    loop_.run_once(due);
  }
  leave();
}

ExitCode run(Options options) {
  const auto version = lwm2m::Version::parse(options.version);
  if (!version.ok() || version->major != 1 || version->minor > 2) {
    throw Failure(kUsage,
                  "LwM2M version \"" + options.version + "\" is not known; use 1.0, 1.1 or 1.2");
  }
  const auto uri = coap::parse_uri(options.server);
  if (!uri.ok() || coap::is_tcp(uri->scheme)) {
    throw Failure(kUsage, "\"" + options.server +
                              "\" is not the URI of a server; it looks like coap://127.0.0.1 or "
                              "coaps://127.0.0.1");
  }
  if (coap::is_secure(uri->scheme) == options.credentials.empty()) {
    throw Failure(kUsage, options.credentials.empty()
                              ? options.server +
                                    " needs --credentials, a file with a line for "
                                    "each device"
                              : "--credentials are for a coaps:// URI");
  }
  std::vector<Profile> profiles;
  if (!options.credentials.empty()) {
    profiles = read_profiles(options.credentials, options.devices);
    options.devices = profiles.size();
  }
  const auto server = posix::resolve({std::string(uri->host), uri->port}).front();
  allow_sockets(options.devices);
  posix::EventLoop loop;
  bool leaving = false;
  const posix::Signals signals(loop, {SIGINT, SIGTERM}, [&](int) { leaving = true; });
  std::cout << "fleet of " << options.devices << " devices "
            << (profiles.empty() ? options.prefix + "1" : printable(profiles.front().endpoint))
            << " ... for " << options.server << std::endl;
  Fleet fleet(loop, options, std::move(profiles), server);
  fleet.run(leaving);
  return kOk;
}

}  // namespace

void add_fleet(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("fleet", "Be many devices at once");
  command->add_option("--devices", options->devices, "How many")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}).description(""))
      ->capture_default_str();
  command->add_option("--server", options->server, "coap://HOST[:PORT] or coaps://HOST[:PORT]")
      ->capture_default_str()
      ->type_name("URI");
  command
      ->add_option("--credentials", options->credentials,
                   "For coaps: endpoints, identities and pre-shared keys, as `credential import` "
                   "takes them; --devices of them at most")
      ->type_name("FILE");
  command->add_option("--prefix", options->prefix, "Endpoints are this and a number")
      ->capture_default_str();
  command->add_option("--lifetime", options->lifetime, "Seconds")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{0x7FFFFFFF}).description(""))
      ->capture_default_str();
  command->add_option("--version", options->version, "LwM2M version: 1.0, 1.1 or 1.2")
      ->capture_default_str();
  command->add_option("--rate", options->rate, "Devices started a second")
      ->check(CLI::PositiveNumber.description(""))
      ->capture_default_str();
  command
      ->add_option("--interval", options->interval,
                   "Seconds between changes of a device's values, 0 for none")
      ->check(CLI::NonNegativeNumber.description(""))
      ->capture_default_str();
  command->add_flag("--queue", options->queue,
                    "Queue mode: devices sleep between messages, and hear nothing then; with "
                    "--interval 0 or nothing observed they sleep until their updates");
  command
      ->add_option("--awake", options->awake,
                   "With --queue: seconds to stay reachable after the last message [93]")
      ->check(CLI::Range(std::uint16_t{1}, std::uint16_t{0xFFFF}).description(""))
      ->type_name("SECONDS");
  command->add_option("--report", options->report, "Seconds between lines about how it goes")
      ->check(CLI::PositiveNumber.description(""))
      ->capture_default_str();
  command->footer(kFooter);
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace linnet::cli
