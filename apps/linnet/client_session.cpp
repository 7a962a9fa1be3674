// SPDX-License-Identifier: Apache-2.0
#include "client_session.hpp"

#include <cmath>

#include <linnet/coap/uri.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>

#include "command.hpp"
#include "table.hpp"
#include "value_words.hpp"

namespace linnet::cli {
namespace {

using client::Event;
using client::EventType;

lwm2m::Version parse_version(const std::string& text) {
  const auto version = lwm2m::Version::parse(text);
  if (!version.ok() || version->major != 1 || version->minor > 2) {
    throw Failure(kUsage, "LwM2M version \"" + text + "\" is not known; use 1.0, 1.1 or 1.2");
  }
  return *version;
}

/// Host and port of a server's URI. Throws Failure with what is wrong with it.
posix::HostPort parse_server(const std::string& uri) {
  const auto parsed = coap::parse_uri(uri);
  if (!parsed.ok()) {
    throw Failure(kUsage,
                  "\"" + uri + "\" is not the URI of a server" +
                      (parsed.error() == Error::Unsupported ? ": its scheme is not coap" : "") +
                      "; it looks like coap://example.org or coap://[2001:db8::1]:5683");
  }
  if (parsed->scheme != coap::Scheme::Coap) {
    throw Failure(kUsage, "\"" + uri + "\": " + std::string(coap::name(parsed->scheme)) +
                              " is not supported by this version; use coap (UDP without security)");
  }
  return {std::string(parsed->host), parsed->port};
}

std::string answer(const Event& event) {
  if (event.code == coap::Code::Empty) return describe(event.error);
  const auto code = coap::dotted(event.code);
  return std::string(code.data(), code.size()) + " " + std::string(coap::name(event.code));
}

SocketAddress any_address(std::uint16_t port) { return SocketAddress{{}, port}; }

}  // namespace

client::Config ClientSession::make_config() const {
  client::Config config;
  config.endpoint = options_.endpoint;
  config.version = parse_version(options_.version);
  config.formats = lwm2m::all_formats();
  // A person at a prompt does not wait minutes for the next try.
  config.retry_count = 10;
  config.retry_timer_s = 5;
  config.sequence_delay_s = 60;
  if (!options_.format.empty()) {
    const auto* row = lwm2m::find(lwm2m::all_formats(), parse_format(options_.format));
    if (row == nullptr)
      throw Failure(kUsage, "values cannot be written in the format " + options_.format);
    if (row->single) {
      config.single_format = row->id;
    } else {
      config.multiple_format = row->id;
      if (row->composite) config.composite_format = row->id;
    }
  }
  return config;
}

ClientSession::ClientSession(posix::EventLoop& loop, const ClientOptions& options, Printer print)
    : loop_(loop),
      options_(options),
      print_(std::move(print)),
      socket_(any_address(options.port), {.receive_buffer = 1 << 18, .send_buffer = 1 << 18}),
      device_(options.endpoint.substr(options.endpoint.rfind(':') + 1),
              parse_version(options.version), rng_.next()),
      engine_(make_config(), rng_, device_.objects()) {
  if (options_.uris.size() > SimulatedDevice::kMaxServers) {
    throw Failure(kUsage, "at most " + std::to_string(SimulatedDevice::kMaxServers) + " servers");
  }
  for (const auto& uri : options_.uris) {
    const auto address = posix::resolve(parse_server(uri)).front();
    if (!device_.add_server(uri, options_.lifetime)) throw Failure(kUsage, uri + " is too long");
    peers_.push_back({uri, address});
    if (const auto own = posix::source_address(address)) {
      const std::string text = posix::to_string(*own);
      device_.set_ip_address(text.substr(0, text.rfind(':')));
    }
  }
  loop_.watch(socket_.descriptor(), [this] { receive(); });
}

ClientSession::~ClientSession() { loop_.unwatch(socket_.descriptor()); }

std::string ClientSession::name(client::PeerId peer) const {
  return peer < peers_.size() ? peers_[peer].uri : std::string("a server");
}

void ClientSession::start() {
  const Instant now = posix::monotonic_now();
  if (options_.interval > 0) {
    next_tick_ = now + milliseconds(static_cast<std::int64_t>(options_.interval * 1000));
  }
  device_.tick(now, posix::unix_now());
  stopping_ = false;
  give_up_ = Instant::never();
  patience_ = now + seconds(5);
  engine_.start(now);
  transmit(now);
}

void ClientSession::stop() {
  const Instant now = posix::monotonic_now();
  stopping_ = true;
  patience_ = Instant::never();
  give_up_ = now + seconds(3);
  engine_.stop(now);
  transmit(now);
}

bool ClientSession::finished() const {
  return stopping_ && (engine_.stopped() || give_up_ <= posix::monotonic_now());
}

void ClientSession::receive() {
  const Instant now = posix::monotonic_now();
  bool more = true;
  while (more) {
    more = socket_.receive(in_);
    for (std::size_t i = 0; i < in_.size(); ++i) {
      device_.statistics().count_received(in_.bytes(i).size());
      for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
        if (peers_[peer].address != in_.peer(i)) continue;
        engine_.receive(now, static_cast<client::PeerId>(peer), in_.bytes(i));
        break;
      }
    }
  }
}

void ClientSession::transmit(Instant now) {
  while (const auto datagram = engine_.poll_transmit(now, out_.free())) {
    if (datagram->peer >= peers_.size()) continue;
    device_.statistics().count_sent(datagram->size);
    out_.commit(peers_[datagram->peer].address, datagram->size);
    if (out_.full()) socket_.send(out_);
  }
  if (out_.size() != 0) socket_.send(out_);
}

void ClientSession::simulate(Instant now) {
  if (next_tick_ > now) return;
  next_tick_ = now + milliseconds(static_cast<std::int64_t>(options_.interval * 1000));
  device_.tick(now, posix::unix_now());
}

void ClientSession::tell_firmware() {
  const client::FirmwareState before = firmware_state_;
  firmware_state_ = device_.firmware().state();
  switch (firmware_state_) {
    case client::FirmwareState::Downloading: print_("firmware: a package is coming in"); break;
    case client::FirmwareState::Downloaded: print_("firmware: the package is here"); break;
    case client::FirmwareState::Updating: print_("firmware: installing"); break;
    case client::FirmwareState::Idle:
      print_(before == client::FirmwareState::Updating
                 ? "firmware: version " + device_.firmware_version() + " is running"
                 : "firmware: the package was dropped");
      break;
  }
}

void ClientSession::work() {
  const Instant now = posix::monotonic_now();
  simulate(now);
  if (engine_.next_timeout() <= now) engine_.on_timeout(now);
  transmit(now);
  while (const auto event = engine_.poll_event()) tell(*event);
  client::DeviceRequest request;
  device_.install(now);
  if (device_.firmware().state() != firmware_state_) tell_firmware();
  while (device_.poll_request(request)) {
    switch (request) {
      case client::DeviceRequest::Reboot:
        print_("the server asked for a reboot: starting again in a second");
        reboot_ = now + seconds(1);
        break;
      case client::DeviceRequest::FactoryReset:
        print_("the server asked for a factory reset: starting again in a second");
        reboot_ = now + seconds(1);
        break;
      case client::DeviceRequest::ErrorsReset: print_("the server cleared the error codes"); break;
    }
  }
  if (patience_ <= now) {
    // The protocol tries for a minute and a half before it gives up; people want to know sooner.
    patience_ = Instant::never();
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
      if (engine_.registered(static_cast<client::PeerId>(peer))) continue;
      print_(
          "no answer from " + peers_[peer].uri +
          " so far. Is a server running there, and does a firewall let UDP through? Still trying");
    }
  }
  if (reboot_ <= now) {
    reboot_ = Instant::never();
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
      engine_.session_replaced(now, static_cast<client::PeerId>(peer));
    }
  }
  transmit(now);
}

Instant ClientSession::next_timeout() {
  const Instant own = earlier(earlier(next_tick_, device_.installed_at()),
                              earlier(reboot_, earlier(give_up_, patience_)));
  return earlier(engine_.next_timeout(), own);
}

void ClientSession::tell_failure(const Event& event, const std::string& server) {
  std::string line = "registration at " + server + " failed: " + answer(event);
  if (event.code == coap::Code::Empty && event.error == Error::Timeout) {
    line += ". Is a server running there?";
  } else if (event.code == coap::Code::BadRequest || event.code == coap::Code::Forbidden) {
    line += ". The server does not want this endpoint";
  } else if (event.code == coap::Code::PreconditionFailed) {
    line += ". The server does not speak LwM2M " + options_.version + "; try --version";
  }
  if (!event.retry_at.is_never()) {
    const double left = static_cast<double>((event.retry_at - posix::monotonic_now()).ms) / 1000;
    line += "; next try in " + duration(std::ceil(left));
  }
  print_(line);
}

void ClientSession::tell(const Event& event) {
  const std::string server = name(event.peer);
  const std::string path = path_words(event.path);
  switch (event.type) {
    case EventType::Registered:
      settled_ = true;
      return print_("registered at " + server + " as " + options_.endpoint + ", lifetime " +
                    std::to_string(options_.lifetime) + " s");
    case EventType::RegistrationFailed: settled_ = true; return tell_failure(event, server);
    case EventType::Updated: return print_("registration at " + server + " updated");
    case EventType::RegistrationLost:
      return print_("registration at " + server + " lost (" + answer(event) +
                    "): registering again");
    case EventType::Deregistered: return print_("de-registered from " + server);
    case EventType::ObservationStarted:
      return print_(server + " observes " + (event.path.is_root() ? "several paths" : path));
    case EventType::ObservationEnded:
      return print_(server + " no longer observes " +
                    (event.path.is_root() ? "several paths" : path));
    case EventType::NotificationDelivered: return;
    case EventType::NotificationLost:
      return print_("a notification of " + path + " to " + server + " was lost: " + answer(event));
    case EventType::SendDone:
      if (--sends_ == 0) samples_.clear();
      return print_(coap::is_success(event.code)
                        ? "sent to " + server
                        : "send to " + server + " failed: " + answer(event));
    case EventType::ResourceWritten: return print_(server + " wrote " + path);
    case EventType::ResourceExecuted: return print_(server + " executed " + path);
    case EventType::InstanceCreated: return print_(server + " created " + path);
    case EventType::InstanceDeleted: return print_(server + " deleted " + path);
    case EventType::UpdateTriggered: return print_(server + " asked for an update");
    case EventType::DisableRequested: return print_(server + " asked to be left alone for a while");
    case EventType::BootstrapRequested:
      return print_(server + " asked for a bootstrap, but there is no bootstrap server");
    case EventType::Disabled: return print_("silent to " + server + " for a while");
    case EventType::NotificationsDropped:
      return print_(std::to_string(event.id) + " stored values for " + server + " were dropped");
    case EventType::BootstrapNeeded: return;  // `RegistrationFailed` was told
    case EventType::EventsDropped: return;
  }
}

std::string ClientSession::send(const std::vector<lwm2m::Path>& paths) {
  if (sends_ != 0) return "the last send is still under way";
  samples_.clear();
  for (const auto& path : paths) {
    for (const auto& value : device_.values_below(path)) {
      if (value.object() > 1) samples_.push_back({value, {}, {}});
    }
  }
  if (samples_.empty()) return "there is nothing to send; `list` shows what there is";
  const Instant now = posix::monotonic_now();
  Error error = Error::State;
  for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
    const auto id = engine_.send(now, static_cast<client::PeerId>(peer), samples_);
    if (id.ok()) ++sends_;
    if (!id.ok()) error = id.error();
  }
  transmit(now);
  if (sends_ != 0) return {};
  samples_.clear();
  return error == Error::State        ? "not registered at any server"
         : error == Error::NotAllowed ? "the server does not want us to send (/1/x/23)"
                                      : describe(error);
}

}  // namespace linnet::cli
