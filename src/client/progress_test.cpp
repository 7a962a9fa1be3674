// SPDX-License-Identifier: Apache-2.0
// Whatever happens to a client, it never spins, and in the end it is registered with every server
// it has an account of. Random sequences of bootstraps, Disables, going offline, stops, replaced
// or failed sessions and a failing store, against servers that answer at random, too late, or not
// at all.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include <client/bootstrap_device.hpp>
#include <linnet/secure/handshake.hpp>

namespace linnet::client {
namespace {

using namespace linnet::client::test;

constexpr Limits kLimits{.servers = 3,
                         .bootstrap = true,
                         .exchanges = 2,  // fewer than peers: they wait for each other
                         .sends = 2,
                         .transfers = 1,
                         .body_bytes = 2048,
                         .message_bytes = 512,
                         .scratch_bytes = 512,
                         .observations = 4,
                         .observed_paths = 6,
                         .own_attributes = 1,
                         .attributes = 6,
                         .stored_notifications = 4,
                         .stored_bytes = 200,
                         .remembered_requests = 6,
                         .remembered_answer_bytes = 40,
                         .events = 16};
constexpr PeerId kBs = 3;
constexpr ShortServerId kFirst = 101;
constexpr ShortServerId kLast = 105;

class Chaos : protected BootstrapObjects {
 public:
  /// `seen` gets every type of event there was.
  Chaos(std::uint64_t seed, std::set<EventType>& seen) : seen_(seen), dice_(seed) {
    config.server_initiated_bootstrap = chance(30);
    config.bootstrap_pack = chance(30);
    if (config.bootstrap_pack) config.version = lwm2m::kEnabler12;
    if (chance(40)) config.version = lwm2m::kEnabler12;
    config.retry_timer_s = 10;
    config.sequence_delay_s = 100;
    config.transmission.ack_timeout = seconds(1);
    config.transmission.max_retransmit = 2;
    client_.emplace(config, rng, objects);
    for (PeerId peer = 0; peer <= kBs; ++peer) peers_.emplace_back(*client_, peer);
    add_bootstrap(dice_.below(4));
    for (ShortServerId ssid = kFirst; ssid < kFirst + dice_.below(3); ++ssid) add_account(ssid);
    client_->start(now_);
    settle();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      if (chance(55)) {
        pass();
      } else {
        act();
      }
      settle();
    }
  }

  /// Everything is well again: registered everywhere, or there is no account and nobody to ask.
  void calm() {
    log("calm");
    calm_ = true;
    store.broken = false;
    client_->set_offline(now_, false);
    if (stopped_) client_->start(now_);
    stopped_ = false;
    client_->reload_accounts(now_);
    settle();
    const Instant end = now_ + seconds(20'000);
    while (now_ < end && !::testing::Test::HasFailure()) {
      const Instant next = client_->next_timeout();
      if (next > end) break;
      now_ = next;
      settle();
    }
    std::set<ShortServerId> served;
    for (PeerId peer = 0; peer < kBs; ++peer) {
      if (client_->registered(peer)) served.insert(client_->short_server_id(peer));
    }
    const std::set<ShortServerId> wanted = accounts();
    if (wanted.size() <= kLimits.servers) {
      EXPECT_EQ(served, wanted) << trace();
    } else {
      EXPECT_EQ(served.size(), kLimits.servers) << trace();
    }
    if (client_->security_instance(kBs) != kNoId) {
      EXPECT_FALSE(served.empty()) << trace();
    }
    EXPECT_LE(client_->bootstrap_state(), BootstrapState::HoldOff) << trace();
    client_->stop(now_);
    settle();
    EXPECT_TRUE(client_->stopped()) << trace();
  }

 private:
  bool chance(std::uint32_t percent) { return dice_.below(100) < percent; }
  void log(const std::string& what) {
    if (calm_ && ++calm_lines_ > 40) return;
    history_.push_back(std::to_string(now_.ms) + " " + what);
    if (history_.size() > 120) history_.erase(history_.begin());
  }
  [[nodiscard]] std::string trace() const {
    std::string text;
    for (const std::string& line : history_) text += "  " + line + "\n";
    return text;
  }

  // --- The device's own data ---

  void add_bootstrap(std::uint32_t hold_off) {
    (void)security.add(
        {.instance = 0, .uri = "coap://bootstrap", .bootstrap = true, .mode = SecurityMode::NoSec});
    namespace sec = lwm2m::objects::security;
    (void)security.write(Path(0, 0, sec::kClientHoldOffTime), Value::integer(hold_off));
    if (chance(20)) {
      (void)security.write(Path(0, 0, sec::kBootstrapServerAccountTimeout),
                           Value::integer(1 + dice_.below(300)));
    }
  }
  void add_account(ShortServerId ssid) {
    const auto instance = static_cast<Id>(ssid - 100);
    const std::string uri = "coap://server" + std::to_string(ssid);
    (void)security.add(
        {.instance = instance, .uri = uri, .mode = SecurityMode::NoSec, .short_server_id = ssid});
    ServerInstance row(instance, ssid, 60 + dice_.below(600));
    row.set(lwm2m::objects::server::kDisableTimeout, 5 + dice_.below(40));
    row.set(lwm2m::objects::server::kBootstrapRequestTrigger, 1);
    row.set(lwm2m::objects::server::kMuteSend, 0);
    if (chance(30)) row.set(lwm2m::objects::server::kRegistrationPriorityOrder, dice_.below(3));
    if (chance(30)) row.set(lwm2m::objects::server::kRegistrationFailureBlock, dice_.below(2));
    if (chance(30)) row.set(lwm2m::objects::server::kBootstrapOnRegistrationFailure, 0);
    if (chance(30)) row.set(lwm2m::objects::server::kInitialRegistrationDelayTimer, dice_.below(9));
    (void)servers.put(row);
  }
  void remove_account(ShortServerId ssid) {
    const auto instance = static_cast<Id>(ssid - 100);
    const auto before = static_cast<Id>(instance - 1);
    if (security.next_instance(before) == instance && chance(90)) (void)security.remove(instance);
    if (servers.next_instance(before) == instance && chance(90)) (void)servers.remove(instance);
  }
  [[nodiscard]] std::set<ShortServerId> accounts() {
    std::set<ShortServerId> found;
    namespace sec = lwm2m::objects::security;
    for (Id id = security.next_instance(kNoId); id != kNoId; id = security.next_instance(id)) {
      const auto flag = security.read(Path(0, id, sec::kBootstrapServer));
      if (flag.ok() && flag->as_boolean()) continue;
      const auto ssid = security.read(Path(0, id, sec::kShortServerId));
      if (!ssid.ok()) continue;
      for (Id i = servers.next_instance(kNoId); i != kNoId; i = servers.next_instance(i)) {
        const auto other = servers.read(Path(1, i, 0));
        if (other.ok() && other->as_integer() == ssid->as_integer()) {
          found.insert(static_cast<ShortServerId>(ssid->as_integer()));
        }
      }
    }
    return found;
  }

  // --- Time ---

  void pass() {
    Instant next = client_->next_timeout();
    if (next.is_never() || chance(30))
      next = earlier(next, now_ + milliseconds(dice_.below(20'000)));
    now_ = std::max(now_, next);
  }

  /// Lets the engine do all there is to do at `now_`. It must come to rest.
  void settle() {
    std::vector<std::uint8_t> out(2048);
    int idle = 0;
    for (int round = 0; round < 400; ++round) {
      if (client_->next_timeout() <= now_) client_->on_timeout(now_);
      bool sent = false;
      while (const auto outgoing = client_->poll_transmit(now_, out)) {
        ASSERT_LE(outgoing->peer, kBs) << trace();
        sent = true;
        Sent message{outgoing->peer,
                     {out.begin(), out.begin() + static_cast<long>(outgoing->size)}};
        ASSERT_TRUE(coap::MessageView::parse(message.bytes).ok()) << trace();
        log("-> " + std::to_string(message.peer) + " " + describe(message));
        answer(message);
      }
      while (const auto event = client_->poll_event()) {
        log("event " + std::string(client::describe(event->type)) + " " +
            std::to_string(event->peer));
        seen_.insert(event->type);
      }
      if (client_->next_timeout() > now_) return;
      idle = sent ? 0 : idle + 1;
      ASSERT_LT(idle, 3) << "nothing is sent at " << now_.ms << ", but something is due\n"
                         << trace();
    }
    FAIL() << "no rest at " << now_.ms << "\n" << trace();
  }

  static std::string describe(const Sent& message) {
    const auto code = static_cast<unsigned>(message.code());
    return std::to_string(code >> 5u) + "." + std::to_string(code & 31u) + " " + message.path() +
           message.query();
  }

  // --- What the peers answer ---

  void answer(const Sent& message) {
    if (message.type() != coap::Type::Con || message.code() == Code::Empty) return;
    CoapPeer& peer = peers_[message.peer];
    peer.now = now_;
    if (!coap::is_request(message.code())) {
      if (calm_ || chance(70)) {
        peer.ack(message);
      } else if (chance(50)) {
        peer.reset(message);
      }
      return;
    }
    if (!calm_ && chance(25)) return;  // lost
    if (!calm_ && chance(5)) {
      peer.reset(message);
      return;
    }
    const bool separate = !calm_ && chance(15);
    Message response;
    const std::string path = message.path();
    if (!calm_ && chance(15)) {
      response.code = chance(50) ? Code::NotFound : Code::InternalServerError;
    } else if (path == "/rd") {
      response = {.code = Code::Created, .location = "/rd/" + std::to_string(dice_.below(9))};
    } else if (path == "/bspack") {
      if (chance(50)) {
        response.code = Code::NotFound;
      } else {
        response = {
            .code = Code::Content, .payload = pack(), .format = coap::ContentFormat::SenmlJson};
      }
    } else {
      response.code = message.code() == Code::Delete ? Code::Deleted : Code::Changed;
    }
    if (separate) {
      if (chance(80)) peer.ack(message);
      if (chance(30)) return;
      response.type = chance(50) ? coap::Type::Con : coap::Type::Non;
      response.token = message.token();
      peer.send(response);
    } else {
      peer.answer(message, response);
    }
    if (path == "/bs" && calm_) bootstrap_well();
  }

  std::string pack() {
    const ShortServerId ssid = any_ssid();
    const Id instance = instance_of(ssid);
    std::string json = security_json(ssid, instance);
    if (chance(20)) return json;
    json.pop_back();
    return json + "," + server_json(ssid, instance).substr(1);
  }
  /// The instance an account is written to: mostly the same for the same server.
  Id instance_of(ShortServerId ssid) {
    return static_cast<Id>(chance(85) ? ssid - 100 : 1 + dice_.below(5));
  }
  std::string security_json(ShortServerId ssid, Id instance) {
    const std::string host = chance(80) ? "server" + std::to_string(ssid) : "elsewhere";
    return R"([{"bn":"/0/)" + std::to_string(instance) + R"(/","n":"0","vs":"coap://)" + host +
           R"("},{"n":"1","vb":false},{"n":"2","v":3},{"n":"3","vd":""},{"n":"4","vd":""},)" +
           R"({"n":"5","vd":""},{"n":"10","v":)" + std::to_string(ssid) + "}]";
  }
  std::string server_json(ShortServerId ssid, Id instance) {
    return R"([{"bn":"/1/)" + std::to_string(instance) + R"(/","n":"0","v":)" +
           std::to_string(ssid) + R"(},{"n":"1","v":)" + std::to_string(30 + dice_.below(600)) +
           R"(},{"n":"5","v":20},{"n":"6","vb":true},{"n":"7","vs":"U"}])";
  }
  ShortServerId any_ssid() {
    return static_cast<ShortServerId>(kFirst + dice_.below(kLast - kFirst + 1));
  }

  void put(CoapPeer& peer, const std::string& path, const std::string& json) {
    peer.send({.code = Code::Put,
               .path = path,
               .payload = json,
               .format = coap::ContentFormat::SenmlJson});
  }
  void write_account(ShortServerId ssid) {
    CoapPeer& peer = peers_[kBs];
    const auto instance = static_cast<Id>(ssid - 100);
    put(peer, "/0/" + std::to_string(instance), security_json(ssid, instance));
    drain();
    put(peer, "/1/" + std::to_string(instance), server_json(ssid, instance));
    drain();
  }
  void bootstrap_well() {
    CoapPeer& peer = peers_[kBs];
    peer.send({.code = Code::Delete});
    drain();
    write_account(any_ssid());
    peer.send({.code = Code::Post, .path = "/bs"});
  }
  /// The answers leave before more is asked.
  void drain() {
    std::vector<std::uint8_t> out(2048);
    while (const auto outgoing = client_->poll_transmit(now_, out)) {
      Sent message{outgoing->peer, {out.begin(), out.begin() + static_cast<long>(outgoing->size)}};
      log("-> " + std::to_string(message.peer) + " " + describe(message));
      if (message.peer != kBs) answer(message);
    }
  }

  // --- What happens ---

  void act() {
    const auto peer = static_cast<PeerId>(dice_.below(4));
    switch (dice_.below(32)) {
      case 0:
        return note("disable " + std::to_string(peer)),
               client_->disable(now_, peer, seconds(dice_.below(60)));
      case 1: return note("enable " + std::to_string(peer)), client_->enable(now_, peer);
      case 2:
      case 3: {
        const bool offline = chance(50);
        note(offline ? "offline" : "online");
        return client_->set_offline(now_, offline);
      }
      case 4: note("bootstrap"); return (void)client_->bootstrap(now_);
      case 5:
        note("session replaced " + std::to_string(peer));
        return client_->session_replaced(now_, peer);
      case 6:
        if (chance(60)) return;
        note("stop");
        stopped_ = true;
        return client_->stop(now_);
      case 7:
      case 8:
        if (!stopped_ || (chance(70) && !client_->stopped())) return;
        note("start");
        stopped_ = false;
        return client_->start(now_);
      case 9:
        note("store");
        store.broken = !store.broken && chance(50);
        return;
      case 10: {
        const ShortServerId ssid = any_ssid();
        note("application adds " + std::to_string(ssid));
        add_account(ssid);
        return client_->reload_accounts(now_);
      }
      case 11: {
        const ShortServerId ssid = any_ssid();
        note("application removes " + std::to_string(ssid));
        remove_account(ssid);
        return client_->reload_accounts(now_);
      }
      case 12:
        note("change");
        client_->notify_changed(Path(3, 0, 13));
        return client_->notify_changed(Path(1000));
      case 13: {
        static const Sample kSamples[] = {{Path(3, 0, 13), {}, {}}};
        note("send");
        return (void)client_->send(now_, peer, kSamples);
      }
      case 14: {
        note("garbage " + std::to_string(peer));
        std::vector<std::uint8_t> bytes(dice_.below(24));
        dice_.fill(bytes);
        return client_->receive(now_, peer, bytes);
      }
      case 15: return chance(70) ? void() : disconnect(peer);
      default: return chance(60) ? bootstrap_server_asks() : server_asks(peer);
    }
  }
  void disconnect(PeerId peer) {
    using Kind = secure::HandshakeFailure::Kind;
    static constexpr secure::Alert kAlerts[] = {secure::Alert::CloseNotify,
                                                secure::Alert::HandshakeFailure,
                                                secure::Alert::UnknownPskIdentity};
    secure::HandshakeFailure failure;
    failure.kind = static_cast<Kind>(1 + dice_.below(4));
    failure.alert = kAlerts[dice_.below(3)];
    note("no connection to " + std::to_string(peer));
    client_->connection_failed(now_, peer, failure);
  }
  void note(const std::string& what) { log("* " + what); }

  void server_asks(PeerId peer) {
    if (peer == kBs) return;
    CoapPeer& server = peers_[peer];
    server.now = now_;
    const Id id = static_cast<Id>(client_->short_server_id(peer) - 100);
    const std::string account = "/1/" + std::to_string(id > 10 ? Id{1} : id);
    static const char* const kExecutable[] = {"/4", "/8", "/9"};
    switch (dice_.below(6)) {
      case 5:
        note(std::to_string(peer) + " writes " + account);
        return server.send({.code = Code::Put,
                            .path = account + "/1",
                            .payload = std::to_string(30 + dice_.below(300)),
                            .format = coap::ContentFormat::Text});
      case 0:
      case 1: {
        const std::string path = account + kExecutable[dice_.below(3)];
        note(std::to_string(peer) + " executes " + path);
        return server.send({.code = Code::Post, .path = path});
      }
      case 2:
      case 3: {
        const std::string path = chance(50) ? "/3/0/13" : account + "/1";
        note(std::to_string(peer) + " observes " + path);
        return server.send({.code = Code::Get,
                            .path = path,
                            .accept = coap::ContentFormat::SenmlCbor,
                            .observe = 0});
      }
      default:
        note(std::to_string(peer) + " attaches");
        return server.send({.code = Code::Put,
                            .path = chance(50) ? "/3/0/13" : account,
                            .queries = {"pmin=" + std::to_string(dice_.below(3)),
                                        "pmax=" + std::to_string(3 + dice_.below(30)),
                                        "con=" + std::to_string(dice_.below(2))}});
    }
  }

  void bootstrap_server_asks() {
    CoapPeer& peer = peers_[kBs];
    peer.now = now_;
    const ShortServerId ssid = any_ssid();
    const Id instance = instance_of(ssid);
    const std::string id = std::to_string(instance);
    static const char* const kTargets[] = {"", "/0", "/1", "/2", "/3", "/1000", "/0/1", "/1/1"};
    switch (dice_.below(10)) {
      case 0:
      case 1: {
        const std::string path = kTargets[dice_.below(8)];
        note("bs deletes " + path);
        return peer.send({.code = Code::Delete, .path = path});
      }
      case 2:
        note("bs writes /0/" + id);
        return put(peer, "/0/" + id, security_json(ssid, instance));
      case 3: note("bs writes /1/" + id); return put(peer, "/1/" + id, server_json(ssid, instance));
      case 4:
      case 5: note("bs writes account " + std::to_string(ssid)); return write_account(ssid);
      case 6:
        note("bs discovers");
        return peer.send(
            {.code = Code::Get, .path = "/0", .accept = coap::ContentFormat::LinkFormat});
      case 7: note("bs repeats itself"); return peer.deliver(last_finish_);
      case 8:
        note("bs moves");
        return put(peer, "/0/0/0", R"([{"bn":"/0/0/0","vs":"coap://moved)" + id + "\"}]");
      default:
        note("bs finishes");
        last_finish_ = peer.encode({.code = Code::Post, .path = "/bs"});
        return peer.deliver(last_finish_);
    }
  }

  std::set<EventType>& seen_;
  SeededRng dice_;
  Instant now_{1000};
  std::optional<Client<kLimits>> client_;
  std::vector<CoapPeer> peers_;
  std::vector<std::string> history_;
  std::vector<std::uint8_t> last_finish_;
  bool stopped_ = false;
  bool calm_ = false;
  int calm_lines_ = 0;
};

TEST(Progress, NeverSpinsAndAlwaysRecovers) {
  // LINNET_SEED=n: this one only. LINNET_SEEDS=n: so many.
  const char* const only = std::getenv("LINNET_SEED");
  const char* const many = std::getenv("LINNET_SEEDS");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const std::uint64_t count = only != nullptr   ? 1
                              : many != nullptr ? std::strtoull(many, nullptr, 10)
                                                : 400;
  std::set<EventType> seen;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("LINNET_SEED=" + std::to_string(seed));
    Chaos chaos(seed, seen);
    chaos.run(150);
    if (!HasFailure()) chaos.calm();
    if (HasFailure()) return;
  }
  if (only != nullptr) return;
  // It is only worth something as long as all this happens in it.
  for (int i = 0; i < static_cast<int>(EventType::EventsDropped); ++i) {
    const auto type = static_cast<EventType>(i);
    if (type == EventType::ConfigurationNotRestored || type == EventType::ResourceExecuted ||
        type == EventType::InstanceCreated || type == EventType::InstanceDeleted) {
      continue;
    }
    EXPECT_TRUE(seen.contains(type)) << describe(type);
  }
}

}  // namespace
}  // namespace linnet::client
