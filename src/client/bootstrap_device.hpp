// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests of the bootstrap: a client with objects 0, 1, 2, 3 and 1000, its bootstrap server and
// its servers in lock step.
#include <coap_peer.hpp>
#include <requirement.hpp>

#include <client/test_device.hpp>
#include <linnet/client/client.hpp>
#include <linnet/client/configuration_store.hpp>
#include <linnet/client/objects/access_control.hpp>

namespace linnet::client::test {

using coap::Code;
using coap::OptionNumber;
using linnet::test::CoapPeer;
using linnet::test::Message;
using linnet::test::Sent;

/// /3/0 with what a device must have, and the time.
class ClockObject final : public Object {
 public:
  std::int64_t time = 1'700'000'000;
  std::string zone = "UTC";
  const lwm2m::ObjectDefinition& definition() const override { return lwm2m::objects::kDevice_1_1; }
  bool has_resource(const Path& path) const override {
    const Id id = path.resource();
    return id == 4 || id == 11 || id == 13 || id == 15 || id == 16;
  }
  Id next_resource_instance(const Path&, Id after) const override {
    return after == kNoId ? Id{0} : kNoId;
  }
  Result<Value> read(const Path& path) override {
    switch (path.resource()) {
      case 11: return Value::integer(0);
      case 13: return Value::time(time);
      case 15: return Value::string(zone);
      default: return Value::string("U");
    }
  }
  Status write(const Path& path, const Value& value) override {
    if (path.resource() != 15) return Error::NotAllowed;
    zone = value.as_string();
    return {};
  }
};

/// A store that can be made to fail.
class TestStore final : public ConfigurationStore {
 public:
  MemoryConfigurationStore<16384> memory;
  bool broken = false;
  bool unreadable = false;
  int images = 0;  ///< begun

  Status begin() override {
    ++images;
    return broken ? Error::Io : memory.begin();
  }
  Status append(ByteView piece) override { return broken ? Error::Io : memory.append(piece); }
  Status commit() override { return broken ? Error::Io : memory.commit(); }
  Result<std::size_t> read(std::size_t offset, MutableBytes out) override {
    return unreadable ? Error::Io : memory.read(offset, out);
  }
  Status erase() override { return memory.erase(); }
};

inline constexpr Limits kBootstrapLimits{.servers = 3,
                                         .bootstrap = true,
                                         .exchanges = 4,
                                         .transfers = 2,
                                         .body_bytes = 4096,
                                         .message_bytes = 1152,
                                         .scratch_bytes = 512,
                                         .observations = 6,
                                         .observed_paths = 8,
                                         .own_attributes = 1,
                                         .attributes = 6,
                                         .remembered_requests = 8,
                                         .remembered_answer_bytes = 40,
                                         .events = 64};

inline constexpr const lwm2m::Format* kBootstrapFormats[] = {
    &lwm2m::kText,      &lwm2m::kOpaque, &lwm2m::kSenmlJson,
    &lwm2m::kSenmlCbor, &lwm2m::kTlv,    &lwm2m::kLwm2mCbor};

struct BootstrapObjects {
  BootstrapObjects() {
    config.endpoint = "dev-1";
    config.version = lwm2m::kEnabler11;
    config.formats = kBootstrapFormats;
    config.multiple_format = ContentFormat::SenmlJson;
    config.composite_format = ContentFormat::SenmlJson;
    config.access = &access;
    config.store = &store;
  }

  SecurityStorage<SecurityCapacity{
      .instances = 5, .identity = 128, .server_key = 128, .sms_parameters = 6, .sms_keys = 48}>
      security_rows;
  SecurityObject security{security_rows.rows(), lwm2m::objects::kSecurity_1_1};
  std::array<ServerInstance, 4> server_rows;
  ServerObject servers{server_rows, lwm2m::objects::kServer_1_1};
  AccessControlStorage<AccessControlCapacity{.instances = 12, .entries = 4}> access_rows;
  AccessControlObject access{access_rows.rows(), servers, lwm2m::objects::kAccessControl,
                             lwm2m::kEnabler11};
  ClockObject clock;
  EveryObject every;
  TestStore store;
  std::array<Object*, 5> objects{&security, &servers, &access, &clock, &every};
  Config config;
  SeededRng rng{42};
};

class BootstrapTest : public ::testing::Test, protected BootstrapObjects {
 protected:
  static constexpr PeerId kBootstrap = 3;

  /// The bootstrap server's account, instance 0.
  void add_bootstrap(std::uint32_t hold_off = 0, std::uint32_t timeout = 0) {
    ASSERT_TRUE(security
                    .add({.instance = 0,
                          .uri = "coap://bootstrap",
                          .bootstrap = true,
                          .mode = SecurityMode::NoSec})
                    .ok());
    namespace sec = lwm2m::objects::security;
    if (hold_off != 0) {
      ASSERT_TRUE(
          security.write(Path(0, 0, sec::kClientHoldOffTime), Value::integer(hold_off)).ok());
    }
    if (timeout != 0) {
      ASSERT_TRUE(
          security.write(Path(0, 0, sec::kBootstrapServerAccountTimeout), Value::integer(timeout))
              .ok());
    }
  }
  /// A server account: instance `ssid` - 100 of both objects.
  void add_server(ShortServerId ssid, std::uint32_t lifetime = 86400) {
    const auto instance = static_cast<Id>(ssid - 100);
    const std::string uri = "coap://server" + std::to_string(ssid);
    ASSERT_TRUE(security
                    .add({.instance = instance,
                          .uri = uri,
                          .mode = SecurityMode::NoSec,
                          .short_server_id = ssid})
                    .ok());
    ASSERT_TRUE(servers.put(ServerInstance(instance, ssid, lifetime)).ok());
    Change change;
    while (servers.poll_change(change)) {
    }
  }
  void rule(const Path& target, ShortServerId owner, std::vector<AclEntry> acl = {}) {
    ASSERT_TRUE(access.add(target, owner, acl).ok());
  }

  void start() {
    client.emplace(config, rng, objects);
    bootstrap.emplace(*client, kBootstrap);
    for (PeerId peer = 0; peer < 3; ++peer) server[peer].emplace(*client, peer);
    set_time(Instant{1000});
    client->start(now);
  }
  /// All peers live at the same time.
  void set_time(Instant t) {
    now = t;
    for (auto& peer : server) peer->now = t;
    bootstrap->at(t);
  }
  void pass(Duration duration) { set_time(now + duration); }

  /// Answers every Register and Update that comes, until nothing does.
  void register_all() {
    while (const auto sent = bootstrap->poll()) {
      ASSERT_LT(sent->peer, 3) << sent->path();
      const bool fresh = sent->path() == "/rd";
      const std::string location = "/rd/" + std::to_string(sent->peer);
      server[sent->peer]->answer(*sent, {.code = fresh ? Code::Created : Code::Changed,
                                         .location = fresh ? location : ""});
    }
    bootstrap->forget_events();
  }
  /// Lets the Bootstrap-Request go out and answers it.
  void open() {
    const Sent request = bootstrap->expect();
    ASSERT_EQ(request.peer, kBootstrap);
    ASSERT_EQ(request.path(), "/bs");
    bootstrap->answer(request, {.code = Code::Changed});
    ASSERT_EQ(client->bootstrap_state(), BootstrapState::Open);
  }
  Sent write(const std::string& path, const std::string& json) {
    return bootstrap->ask(
        {.code = Code::Put, .path = path, .payload = json, .format = ContentFormat::SenmlJson});
  }
  Sent remove(const std::string& path) {
    return bootstrap->ask({.code = Code::Delete, .path = path});
  }
  Sent discover(const std::string& path) {
    return bootstrap->ask({.code = Code::Get, .path = path, .accept = ContentFormat::LinkFormat});
  }
  Sent finish() { return bootstrap->ask({.code = Code::Post, .path = "/bs"}); }
  /// Writes both halves of an account, instance `ssid` - 100.
  void write_account(ShortServerId ssid, std::uint32_t lifetime = 300) {
    const std::string id = std::to_string(ssid - 100);
    EXPECT_EQ(write("/0/" + id, account_json(ssid)).code(), Code::Changed);
    write_server(ssid, lifetime);
  }
  /// Writes the half in object 1.
  void write_server(ShortServerId ssid, std::uint32_t lifetime = 300) {
    const std::string id = std::to_string(ssid - 100);
    EXPECT_EQ(
        write("/1/" + id, R"([{"bn":"/1/)" + id + R"(/","n":"0","v":)" + std::to_string(ssid) +
                              R"(},{"n":"1","v":)" + std::to_string(lifetime) +
                              R"(},{"n":"6","vb":true},{"n":"7","vs":"U"}])")
            .code(),
        Code::Changed);
  }
  static std::string account_json(ShortServerId ssid, const std::string& host = {}) {
    const std::string uri = "coap://" + (host.empty() ? "server" + std::to_string(ssid) : host);
    return R"([{"bn":"/0/)" + std::to_string(ssid - 100) + R"(/","n":"0","vs":")" + uri +
           R"("},{"n":"1","vb":false},{"n":"2","v":3},{"n":"3","vd":""},{"n":"4","vd":""},)" +
           R"({"n":"5","vd":""},{"n":"10","v":)" + std::to_string(ssid) + "}]";
  }
  [[nodiscard]] std::size_t events(EventType type) { return bootstrap->events(type); }

  Instant now{};
  std::optional<Client<kBootstrapLimits>> client;
  std::optional<CoapPeer> bootstrap;
  std::array<std::optional<CoapPeer>, 3> server;
};

}  // namespace linnet::client::test
