// SPDX-License-Identifier: Apache-2.0
#include "client_session.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <linnet/coap/uri.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>

#include "command.hpp"
#include "factory_file.hpp"
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

/// Why no server can be reached by a URI, and how it can; empty if it can.
std::string fault_of(const std::string& uri) {
  const auto parsed = coap::parse_uri(uri);
  if (!parsed.ok()) {
    return "\"" + uri + "\" is not the URI of a server" +
           (parsed.error() == Error::Unsupported ? ": its scheme is not coap or coaps" : "") +
           "; it looks like coaps://example.org or coap://[2001:db8::1]:5683";
  }
  if (coap::is_tcp(parsed->scheme)) {
    return "\"" + uri + "\": " + std::string(coap::name(parsed->scheme)) +
           " is not supported by this version; use coaps (UDP with DTLS), or coap (without "
           "security)";
  }
  return {};
}

/// REQUIRES: the URI has no fault.
bool is_secure(const std::string& uri) { return coap::is_secure(coap::parse_uri(uri)->scheme); }

/// Why an account and its scheme do not go together; empty if they do.
std::string fault_of(const std::string& uri, SecurityMode mode) {
  if (mode == SecurityMode::Est) return "security mode 4 (EST) is not supported";
  const bool secure = is_secure(uri);
  if (secure && mode == SecurityMode::NoSec) {
    return uri + " is coaps, but its account has no keys: security mode 3 (NoSec)";
  }
  if (!secure && mode != SecurityMode::NoSec) {
    return uri + " is coap, but its account has keys; write coaps:// to use them";
  }
  return {};
}

/// Where a server is. REQUIRES: its URI has no fault. Throws SetupError.
SocketAddress find_server(const std::string& uri) {
  const auto parsed = coap::parse_uri(uri);
  return posix::resolve({std::string(parsed->host), parsed->port}).front();
}

std::string answer(const Event& event) {
  if (event.code == coap::Code::Empty) {
    const bool unconnected = event.error == Error::Unauthorized || event.error == Error::Malformed;
    return unconnected ? "no secure session" : describe(event.error);
  }
  const auto code = coap::dotted(event.code);
  return std::string(code.data(), code.size()) + " " + std::string(coap::name(event.code));
}

std::string time_left(Instant end) {
  const double left = static_cast<double>((end - posix::monotonic_now()).ms) / 1000;
  return duration(std::ceil(left));
}

SocketAddress any_address(std::uint16_t port) { return SocketAddress{{}, port}; }

}  // namespace

client::Config ClientSession::make_config() {
  client::Config config;
  config.endpoint = options_.endpoint;
  config.version = parse_version(options_.version);
  config.formats = lwm2m::all_formats();
  config.store = store_ != nullptr ? static_cast<client::ConfigurationStore*>(store_.get())
                                   : static_cast<client::ConfigurationStore*>(memory_.get());
  config.bootstrap_pack = options_.pack;
  config.queue_mode = options_.queue;
  config.awake_s = options_.awake;
  // Object 2 of the device is made before the engine and outlives it.
  config.access = &device_.access();
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
      store_(options.store_file.empty() ? nullptr
                                        : std::make_unique<posix::ImageFile>(options.store_file)),
      memory_(store_ != nullptr ? nullptr : std::make_unique<MemoryStore>()),
      device_(options.endpoint.substr(options.endpoint.rfind(':') + 1),
              parse_version(options.version), rng_.next(), options.queue),
      engine_(make_config(), rng_, device_.objects()) {
  check_options();
  std::array<std::uint8_t, 1> byte{};
  const bool kept = store_ != nullptr && store_->read(0, byte).ok();
  const bool factory = !options_.uris.empty() || !options_.bootstrap.empty();
  if (!kept && !factory && options_.factory_file.empty()) {
    throw Failure(kUsage, store_ == nullptr
                              ? "name a server, such as coap://127.0.0.1, or a --factory file"
                              : options_.store_file +
                                    " holds no configuration yet: name a server, "
                                    "such as coap://127.0.0.1, or a --factory file");
  }
  if (kept) {
    print_("the configuration is the one kept in " + options_.store_file +
           (factory || !options_.factory_file.empty() ? "; the factory data are not used" : ""));
  }
  // Even then they are read: they must be good on the day they are needed.
  load_factory();
}

ClientSession::~ClientSession() {
  for (Peer& peer : peers_) disconnect(peer);
}

void ClientSession::check_options() {
  if (options_.uris.size() > SimulatedDevice::kMaxServers) {
    throw Failure(kUsage, "at most " + std::to_string(SimulatedDevice::kMaxServers) + " servers");
  }
  auto uris = options_.uris;
  if (!options_.bootstrap.empty()) uris.push_back(options_.bootstrap);
  bool secure = false;
  for (const auto& uri : uris) {
    if (const std::string fault = fault_of(uri); !fault.empty()) throw Failure(kUsage, fault);
    secure = secure || is_secure(uri);
    if (is_secure(uri) && !options_.security.any()) {
      throw Failure(kUsage, uri +
                                " needs credentials: --psk-identity and --psk-key, --rpk and "
                                "--server-key, or --cert, --key and --server-cert");
    }
    (void)find_server(uri);
  }
  if (options_.security.any() && !secure) {
    throw Failure(kUsage, "credentials are for coaps:// URIs, and there is none");
  }
}

void ClientSession::load_factory() {
  if (!options_.factory_file.empty()) cli::load_factory(options_.factory_file, device_);
  trust_anchors_ = read_trust_anchors(options_.security);
  const AccountSecurity keys = read_security(options_.security);
  const AccountSecurity none;
  for (const auto& uri : options_.uris) {
    if (device_.add_server(uri, options_.lifetime, is_secure(uri) ? keys : none)) continue;
    throw Failure(kUsage, uri + " or its keys are too long, or one server too many");
  }
  const std::string& bootstrap = options_.bootstrap;
  if (bootstrap.empty() ||
      device_.add_bootstrap_server(bootstrap, is_secure(bootstrap) ? keys : none)) {
    return;
  }
  throw Failure(kUsage, bootstrap + " or its keys are too long, or one bootstrap server too many");
}

// --- Peers ---

std::string ClientSession::name(client::PeerId peer) {
  return peer < peers_.size() && !peers_[peer].uri.empty() ? peers_[peer].uri : "a server";
}

std::string ClientSession::lifetime_words(client::PeerId peer) {
  const auto* account = device_.servers().find_server(engine_.short_server_id(peer));
  if (account == nullptr) return {};  // a bootstrap has come between
  return ", lifetime " + (account->lifetime() == 0 ? std::string("for ever")
                                                   : std::to_string(account->lifetime()) + " s");
}

/// The peer as its account says now: accounts come, go and change at any time.
ClientSession::Peer& ClientSession::follow(client::PeerId peer) {
  Peer& entry = peers_[peer];
  // What a bootstrap server writes, of itself too, counts once it has finished [BS-53].
  const bool writing = engine_.bootstrap_state() >= client::BootstrapState::Open;
  if (writing && entry.socket != nullptr) return entry;
  const std::string_view uri = engine_.server_uri(peer);
  const bool again = entry.retry_at <= posix::monotonic_now();
  if (entry.uri == uri && !again) {
    check_account(peer);
    return entry;
  }
  // A server that leaves has no account any more, and is still to be told.
  if (uri.empty() && engine_.short_server_id(peer) != 0) return entry;
  if (!again) disconnect(entry);
  entry.uri = uri;
  entry.retry_at = Instant::never();
  if (!entry.uri.empty()) connect(peer);
  return entry;
}

void ClientSession::connect(client::PeerId peer) {
  Peer& entry = peers_[peer];
  if (const std::string fault = fault_of(entry.uri); !fault.empty()) {
    return print_("cannot reach this server: " + fault);
  }
  const auto* account = device_.security().find(engine_.security_instance(peer));
  const SecurityMode mode = account != nullptr ? account->mode() : SecurityMode::NoSec;
  if (const std::string fault = fault_of(entry.uri, mode); !fault.empty()) {
    return print_("cannot reach this server: " + fault);
  }
  try {
    entry.address = find_server(entry.uri);
    open_socket(peer, static_cast<std::uint16_t>(options_.port == 0 ? 0 : options_.port + peer));
  } catch (const posix::SetupError& error) {
    entry.retry_at = posix::monotonic_now() + seconds(30);
    return print_("cannot reach " + entry.uri + ": " + error.what() + ". Trying again in 30 s");
  }
  if (is_secure(entry.uri)) {
    entry.secure = std::make_unique<SecureWay>(handshakes_, device_.security());
    entry.secure->credentials.set_trust_anchors(as_bytes(trust_anchors_));
    check_account(peer);
  }
  if (const auto own = posix::source_address(entry.address)) {
    const std::string text = posix::to_string(*own);
    device_.set_ip_address(text.substr(0, text.rfind(':')));
  }
}

void ClientSession::open_socket(client::PeerId peer, std::uint16_t port) {
  Peer& entry = peers_[peer];
  auto socket = std::make_unique<posix::UdpSocket>(
      any_address(port), posix::UdpOptions{.receive_buffer = 1 << 18, .send_buffer = 1 << 18});
  if (entry.socket != nullptr) loop_.unwatch(entry.socket->descriptor());
  entry.socket = std::move(socket);
  loop_.watch(entry.socket->descriptor(), [this, peer] { receive(peer); });
}

/// Ends the session to a server; it hears of it.
void ClientSession::disconnect(Peer& peer) {
  end_session(peer);
  if (peer.socket != nullptr) loop_.unwatch(peer.socket->descriptor());
  peer = {};
}

/// Nothing more is to be said for now; the next message resumes it.
void ClientSession::end_session(Peer& entry) {
  if (entry.secure == nullptr || entry.socket == nullptr) return;
  const Instant now = posix::monotonic_now();
  entry.secure->link.close(now);
  transmit_records(now, entry);
}

/// Keys that were written anew begin a new session [SEC-10] [BS-14].
void ClientSession::check_account(client::PeerId peer) {
  Peer& entry = peers_[peer];
  const lwm2m::Id account = engine_.security_instance(peer);
  if (entry.secure == nullptr || account == lwm2m::kNoId) return;
  const Instant now = posix::monotonic_now();
  entry.secure->credentials.set_time(static_cast<std::int64_t>(posix::unix_now()));
  if (!entry.secure->follow(now, account)) return;
  print_("the keys for " + entry.uri + " are others now: a new session begins");
  transmit_records(now, entry);
}

/// The servers there are, once at the start.
void ClientSession::say_servers() {
  std::string first;
  std::size_t count = 0;
  for (client::PeerId peer = 0; peer < engine_.bootstrap_peer(); ++peer) {
    const std::string uri(engine_.server_uri(peer));
    if (uri.empty()) continue;
    if (count++ == 0) first = uri;
  }
  print_("device " + options_.endpoint + ", LwM2M " + options_.version +
         (count == 0 ? "" : ": registering at " + first + (count > 1 ? " and others" : "")));
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
  if (!said_servers_) say_servers();
  said_servers_ = true;
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

bool ClientSession::factory_reset_due() const { return reset_ <= posix::monotonic_now(); }

void ClientSession::forget_configuration() {
  if (store_ == nullptr || store_->erase().ok()) return;
  print_("cannot forget the configuration: " + store_->problem());
}

bool ClientSession::finished() const {
  return stopping_ && (engine_.stopped() || give_up_ <= posix::monotonic_now());
}

void ClientSession::receive(client::PeerId peer) {
  const Instant now = posix::monotonic_now();
  Peer& entry = peers_[peer];
  if (peer == engine_.bootstrap_peer() &&
      engine_.bootstrap_state() < client::BootstrapState::Open) {
    before_bootstrap_ = device_.instances();
  }
  bool more = true;
  while (more && entry.socket != nullptr) {
    more = entry.socket->receive(in_);
    for (std::size_t i = 0; i < in_.size(); ++i) {
      if (asleep_) continue;  // the radio is off
      device_.statistics().count_received(in_.bytes(i).size());
      if (entry.address != in_.peer(i)) continue;
      if (entry.secure == nullptr) {
        engine_.receive(now, peer, in_.bytes(i));
      } else {
        entry.secure->link.receive(
            now, in_.bytes(i), [&](MutableBytes message) { engine_.receive(now, peer, message); });
      }
    }
  }
}

void ClientSession::transmit(Instant now) {
  bool again = true;
  while (again) {
    again = false;
    while (const auto datagram = engine_.poll_transmit(now, message_)) {
      // A row whose account is gone may be another account's already: its socket is closed before.
      tell_all();
      Peer& peer = follow(datagram->peer);
      if (peer.socket == nullptr) continue;  // lost, as on any network without a way
      const ByteView message = ByteView(message_).first(datagram->size);
      std::size_t size = message.size();
      if (peer.secure != nullptr) {
        size = peer.secure->link.send(now, message, out_.free());
      } else {
        std::copy(message.begin(), message.end(), out_.free().begin());
      }
      if (size == 0) continue;  // it waits for a session
      device_.statistics().count_sent(size);
      out_.commit(peer.address, size);
      peer.socket->send(out_);
    }
    for (client::PeerId peer = 0; peer < peers_.size(); ++peer) {
      if (!connected(peers_[peer])) continue;
      transmit_records(now, peers_[peer]);
      again = tell_session(now, peer) || again;
    }
  }
}

void ClientSession::transmit_records(Instant now, Peer& peer) {
  while (const auto size = peer.secure->link.poll_transmit(now, out_.free())) {
    device_.statistics().count_sent(*size);
    out_.commit(peer.address, *size);
    peer.socket->send(out_);
  }
}

bool ClientSession::tell_session(Instant now, client::PeerId peer) {
  using Type = secure::LinkEvent::Type;
  secure::ClientLink& link = peers_[peer].secure->link;
  const auto event = link.poll_event();
  if (!event) return false;
  const std::string& uri = peers_[peer].uri;
  switch (event->type) {
    case Type::Established:
      print_("secure session with " + uri + ": " + session_words(link) +
             (event->replaced ? "; the server had forgotten the last one" : ""));
      if (event->replaced) engine_.session_replaced(now, peer);
      break;
    case Type::Resumed:
      print_("secure session with " + uri + " resumed: " + session_words(link));
      break;
    case Type::Closed:
      print_(uri + " ended the secure session: " + std::string(event->failure.reason));
      engine_.connection_failed(now, peer, event->failure);
      break;
    case Type::Failed: {
      const auto* account = device_.security().find(engine_.security_instance(peer));
      const bool psk = account != nullptr && account->mode() == SecurityMode::Psk;
      print_("no secure session with " + uri + ": " +
             failure_words(event->failure, psk ? std::string(account->identity.text()) : ""));
      engine_.connection_failed(now, peer, event->failure);
      break;
    }
  }
  return true;
}

std::string ClientSession::move() {
  const Instant now = posix::monotonic_now();
  std::string out;
  for (client::PeerId peer = 0; peer < peers_.size(); ++peer) {
    Peer& entry = peers_[peer];
    if (entry.socket == nullptr) continue;
    const std::uint16_t before = entry.socket->local().port;
    try {
      open_socket(peer, 0);
    } catch (const posix::SetupError& error) {
      return std::string("cannot move: ") + error.what();
    }
    out += (out.empty() ? "" : "\n") + entry.uri + ": UDP port " + std::to_string(before) +
           " before, " + std::to_string(entry.socket->local().port) + " now";
    if (entry.secure == nullptr) {
      engine_.session_replaced(now, peer);  // [REG-20]
      out += "; without security that means registering again";
    } else {
      const bool has_id = entry.secure->link.connection_id().size != 0;
      entry.secure->link.address_changed(now);
      out += has_id ? "; the session goes on by its connection id"
                    : "; the session is resumed when there is something to say";
    }
  }
  return out.empty() ? "there is no server to move away from" : out;
}

void ClientSession::tell_all() {
  while (const auto event = engine_.poll_event()) tell(*event);
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

/// Whether the device sleeps, said when that changes. Asked after everything was sent.
void ClientSession::follow_radio(Instant now) {
  const client::RadioState radio = engine_.radio(now);
  radio_until_ = radio.needed ? radio.until : Instant::never();
  const bool asleep = options_.queue && !radio.needed && settled_ && !stopping_;
  if (asleep == asleep_) return;
  asleep_ = asleep;
  if (!asleep) return print_("awake");
  print_("asleep" + (radio.until.is_never()
                         ? std::string(" until there is something to report")
                         : ": wakes in " + time_left(radio.until) +
                               " at the latest, or when there is something to report"));
}

void ClientSession::work() {
  const Instant now = posix::monotonic_now();
  simulate(now);
  if (engine_.next_timeout() <= now) engine_.on_timeout(now);
  for (Peer& peer : peers_) {
    if (connected(peer) && peer.secure->link.next_timeout() <= now) {
      peer.secure->link.on_timeout(now);
    }
  }
  transmit(now);
  tell_all();
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
        reset_ = now + seconds(1);
        break;
      case client::DeviceRequest::ErrorsReset: print_("the server cleared the error codes"); break;
    }
  }
  if (patience_ <= now) {
    // The protocol tries for a minute and a half before it gives up; people want to know sooner.
    patience_ = Instant::never();
    for (client::PeerId peer = 0; peer < engine_.peers(); ++peer) {
      if (peers_[peer].socket == nullptr || !waits_for(peer)) continue;
      const auto* session = link(peer);
      const bool connected =
          session != nullptr && session->state() == secure::ClientLink::State::Open;
      print_("no answer from " + peers_[peer].uri + " so far" +
             (connected ? ", though there is a secure session. Is it an LwM2M server?"
                        : ". Is a server running there, and does a firewall let UDP through?") +
             " Still trying");
    }
  }
  if (reboot_ <= now) {
    reboot_ = Instant::never();
    for (client::PeerId peer = 0; peer < engine_.peers(); ++peer) {
      engine_.session_replaced(now, peer);
    }
  }
  transmit(now);
  if (options_.queue) follow_radio(now);
}

/// Whether a server owes us an answer to a registration or a bootstrap request.
bool ClientSession::waits_for(client::PeerId peer) const {
  if (engine_.offline()) return false;
  if (peer == engine_.bootstrap_peer()) {
    // Not when it has answered before, and is asked again just now.
    return !settled_ && engine_.bootstrap_state() == client::BootstrapState::Requesting;
  }
  return engine_.short_server_id(peer) != 0 && !engine_.registered(peer) && !engine_.disabled(peer);
}

Instant ClientSession::next_timeout() {
  Instant next = earlier(earlier(next_tick_, device_.installed_at()),
                         earlier(earlier(reboot_, reset_), earlier(give_up_, patience_)));
  for (const Peer& peer : peers_) {
    if (connected(peer)) next = earlier(next, peer.secure->link.next_timeout());
  }
  if (options_.queue) next = earlier(next, radio_until_);
  return earlier(engine_.next_timeout(), next);
}

void ClientSession::tell_failure(const Event& event, const std::string& server) {
  std::string line = "registration at " + server + " failed: " + answer(event);
  if (event.code == coap::Code::Empty && event.error == Error::Timeout) {
    if (link(event.peer) == nullptr) line += ". Is a server running there?";
  } else if (event.code == coap::Code::BadRequest || event.code == coap::Code::Forbidden) {
    line += ". The server does not want this endpoint";
  } else if (event.code == coap::Code::PreconditionFailed) {
    line += ". The server does not speak LwM2M " + options_.version + "; try --version";
  }
  if (!event.retry_at.is_never()) line += "; next try in " + time_left(event.retry_at);
  print_(line);
}

void ClientSession::tell_refusal(const Event& event) {
  const std::string path = path_words(event.path);
  if (event.error == Error::NotFound) {
    return print_("configuration refused: " + path + " is mandatory and missing (BS-51)");
  }
  const auto rule = static_cast<lwm2m::ConfigurationRule>(event.id);
  print_("configuration refused: " + path + ": " + lwm2m::describe(rule) + " (" +
         lwm2m::requirement_of(rule) + ")");
}

/// No server takes this device.
void ClientSession::tell_need(const Event& event) {
  const std::string bootstrap(engine_.server_uri(engine_.bootstrap_peer()));
  const std::string reason = event.peer == client::kNoPeer
                                 ? "there is no server to register at"
                                 : "no registration at " + name(event.peer);
  if (!bootstrap.empty()) return print_(reason + ": " + bootstrap + " is asked for a bootstrap");
  if (event.peer != client::kNoPeer) return;  // `RegistrationFailed` was told
  settled_ = true;
  print_(reason +
         ", and there is no bootstrap server to ask: start with --bootstrap URI, or with a "
         "[bootstrap] table in a --factory file");
}

std::string ClientSession::gone_words() const {
  constexpr std::size_t kShown = 12;
  const auto now = device_.instances();
  std::vector<lwm2m::Path> gone;
  std::set_difference(before_bootstrap_.begin(), before_bootstrap_.end(), now.begin(), now.end(),
                      std::back_inserter(gone));
  std::string out;
  for (std::size_t i = 0; i < std::min(gone.size(), kShown); ++i) out += " " + path_words(gone[i]);
  if (gone.size() > kShown) out += " and " + std::to_string(gone.size() - kShown) + " more";
  return out.empty() ? out : "; gone:" + out;
}

void ClientSession::tell_bootstrap(const Event& event) {
  const std::string server = name(event.peer);
  const std::string path = path_words(event.path);
  switch (event.type) {
    case EventType::BootstrapStarted: return print_("bootstrap by " + server);
    case EventType::BootstrapWritten:
      return print_("bootstrap: " + (event.path.is_root() ? "everything in one pack" : path) +
                    " written");
    case EventType::BootstrapDeleted:
      return print_("bootstrap: " + (event.path.is_root() ? "/" : path) + " deleted");
    case EventType::BootstrapRefused: return tell_refusal(event);
    case EventType::BootstrapDone:
      end_session(peers_[event.peer]);
      return print_("bootstrap done: the configuration is good" + gone_words());
    case EventType::BootstrapFailed:
      settled_ = true;
      end_session(peers_[event.peer]);
      return print_(
          "bootstrap by " + server + " failed: " + answer(event) + "; everything is as before" +
          (event.retry_at.is_never() ? "" : "; next try in " + time_left(event.retry_at)));
    case EventType::BootstrapAccountGone:
      return print_("the account of the bootstrap server was purged, as it asked");
    default: return;
  }
}

void ClientSession::tell(const Event& event) {
  const std::string server = name(event.peer);
  const std::string path = path_words(event.path);
  switch (event.type) {
    case EventType::Registered:
      settled_ = true;
      peers_[event.peer].disabled_until = Instant::never();
      return print_("registered at " + server + " as " + options_.endpoint +
                    lifetime_words(event.peer));
    case EventType::ConnectionFailed:                                   // told when it happened
      if (event.error != Error::Timeout) patience_ = Instant::never();  // it did answer
      return;
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
      return print_(server + " asked for a bootstrap" +
                    (engine_.server_uri(engine_.bootstrap_peer()).empty()
                         ? ", but there is no bootstrap server"
                         : ""));
    case EventType::Disabled: {
      peers_[event.peer].disabled_until = event.retry_at;
      end_session(peers_[event.peer]);
      return print_("disabled: silent to " + server + " for " + time_left(event.retry_at) +
                    ", then it is registered at again");
    }
    case EventType::NotificationsDropped:
      return print_(std::to_string(event.id) + (event.id == 1 ? " value" : " values") +
                    " stored for " + server + " meanwhile did not fit and are lost, the oldest");
    case EventType::BootstrapNeeded: return tell_need(event);
    case EventType::BootstrapStarted:
    case EventType::BootstrapWritten:
    case EventType::BootstrapDeleted:
    case EventType::BootstrapRefused:
    case EventType::BootstrapDone:
    case EventType::BootstrapFailed:
    case EventType::BootstrapAccountGone: return tell_bootstrap(event);
    case EventType::ServerRemoved:
      print_("the account of " + server + " is gone");
      return disconnect(peers_[event.peer]);
    case EventType::ConfigurationNotRestored:
      return print_("the configuration in " + options_.store_file + " is not usable (" +
                    (event.path.is_root() ? "" : path + ": ") + describe(event.error) +
                    "): what is missing is as the factory data say");
    case EventType::ConfigurationNotKept:
      return print_("cannot keep the configuration: " +
                    (event.error == Error::Io ? store_->problem() : describe(event.error)) +
                    "; trying again");
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
  for (client::PeerId peer = 0; peer < engine_.peers(); ++peer) {
    const auto id = engine_.send(now, peer, samples_);
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
