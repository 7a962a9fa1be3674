// SPDX-License-Identifier: Apache-2.0
// Pins what becomes of a server whose account a bootstrap deletes, and of what it had on the
// device: the founding document, on the wire.
#include <set>

#include <client/bootstrap_device.hpp>
#include <client/bootstrap_interface.hpp>

namespace linnet::client::test {
namespace {

struct UnbootstrapTest : BootstrapTest {
  void begin() {
    start();
    register_all();
  }
  void open_again() {
    ASSERT_TRUE(client->bootstrap(now).ok());
    open();
  }
  /// "owner server:rights ..." of the instance that governs a target, "none" without one.
  [[nodiscard]] std::string row(const Path& target) const {
    const AccessControlInstance* found = access.governing(target);
    if (found == nullptr) return "none";
    std::string text = std::to_string(found->owner);
    for (ShortServerId id = 0; id < 200; ++id) {
      const AclEntry* entry = found->find(id);
      if (entry != nullptr) {
        text += " " + std::to_string(id) + ":" + std::to_string(entry->rights);
      }
    }
    return text;
  }
};

TEST_F(UnbootstrapTest, TheServerIsToldAndEverythingOfItGoes) {
  // S31 S35 S36 S37
  LINNET_REQ("BS-47");
  LINNET_REQ("UB-01");
  LINNET_REQ("UB-05");
  LINNET_REQ("UB-06");
  LINNET_REQ("UB-07");
  LINNET_REQ("UB-08");
  add_bootstrap();
  add_server(101);
  add_server(102);
  rule(Path(1000, 0), 101, {{101, 15}, {102, 1}});
  rule(Path(1000, 1), 102, {{102, 15}});
  every.set(0, kText, Value::string("shared"));
  every.set(1, kText, Value::string("its own"));
  begin();
  EXPECT_EQ(
      server[1]
          ->ask(
              {.code = Code::Get, .path = "/1000/1/0", .accept = ContentFormat::Text, .observe = 0})
          .code(),
      Code::Content);
  EXPECT_EQ(server[1]->ask({.code = Code::Put, .path = "/1000/1", .queries = {"pmin=1"}}).code(),
            Code::Changed);
  open_again();
  EXPECT_EQ(remove("/0/2").code(), Code::Deleted);
  EXPECT_EQ(servers.find(2), nullptr) << "its Server instance goes at once";
  EXPECT_EQ(every.instances.count(1), 0u) << "so does what only it could reach";
  EXPECT_EQ(row(Path(1000, 1)), "none");
  EXPECT_EQ(row(Path(1000, 0)), "101 101:15") << "its entry goes from what is shared";
  EXPECT_TRUE(bootstrap->silent()) << "it is told when the bootstrap is over";
  EXPECT_EQ(finish().code(), Code::Changed);

  bool deregistered = false;
  bool updated = false;
  while (const auto sent = bootstrap->poll()) {
    if (sent->peer == 1) {
      EXPECT_EQ(sent->code(), Code::Delete);
      EXPECT_EQ(sent->path(), "/rd/1");
      server[1]->answer(*sent, {.code = Code::Deleted});
      deregistered = true;
    } else {
      EXPECT_EQ(sent->peer, 0);
      EXPECT_EQ(sent->path(), "/rd/0");
      EXPECT_EQ(sent->payload().find("</1000/1>"), std::string::npos) << sent->payload();
      EXPECT_NE(sent->payload().find("</1000/0>"), std::string::npos) << sent->payload();
      server[0]->answer(*sent, {.code = Code::Changed});
      updated = true;
    }
  }
  EXPECT_TRUE(deregistered && updated);
  EXPECT_EQ(events(EventType::ObservationEnded), 1u);
  EXPECT_EQ(events(EventType::ServerRemoved), 1u);
  EXPECT_EQ(client->peer_of(102), kNoPeer);
  server[1]->send({.code = Code::Get, .path = "/1000/0"});
  EXPECT_TRUE(bootstrap->silent()) << "it is a stranger now";
}

TEST_F(UnbootstrapTest, AServerThatDoesNotAnswerIsForgottenSoon) {
  LINNET_REQ("UB-07");
  add_bootstrap();
  add_server(101);
  add_server(102);
  begin();
  open_again();
  EXPECT_EQ(remove("/0/2").code(), Code::Deleted);
  EXPECT_EQ(finish().code(), Code::Changed);
  while (const auto sent = bootstrap->poll()) {
    if (sent->peer == 0) server[0]->answer(*sent, {.code = Code::Changed});
  }
  pass(milliseconds(4'999));
  while (bootstrap->poll()) {
  }
  EXPECT_EQ(events(EventType::ServerRemoved), 0u);
  pass(milliseconds(1));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(events(EventType::ServerRemoved), 1u);
}

TEST_F(UnbootstrapTest, OwnershipPassesToWhoCanDoMost) {
  // S33 S34 S38: three servers, the owner leaves.
  LINNET_REQ("UB-03");
  LINNET_REQ("UB-04");
  LINNET_REQ("UB-09");
  add_bootstrap();
  add_server(101);
  add_server(102);
  add_server(103);
  rule(Path(1000, 0), 101, {{101, 15}, {102, 2}, {103, 2 | 8}});
  rule(Path(3, 0), 101, {{101, 15}});
  every.set(0, kText, Value::string("x"));
  begin();
  EXPECT_EQ(
      server[2]
          ->ask({.code = Code::Get, .path = "/2/0/3", .accept = ContentFormat::Text, .observe = 0})
          .payload(),
      "101");
  open_again();
  EXPECT_EQ(remove("/0/1").code(), Code::Deleted);
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_EQ(row(Path(1000, 0)), "103 102:2 103:10");
  LINNET_REQ("UB-10");
  EXPECT_EQ(row(Path(3, 0)), "102") << "the device stays, whoever owned it";
  bool notified = false;
  while (const auto sent = bootstrap->poll()) {
    if (sent->peer == 2 && sent->code() == Code::Content) {
      EXPECT_EQ(sent->payload(), "103");
      notified = true;
    } else if (sent->peer < 3) {
      server[sent->peer]->answer(
          *sent, {.code = sent->code() == Code::Delete ? Code::Deleted : Code::Changed});
    }
  }
  EXPECT_TRUE(notified) << "who observes the owner learns of it";
}

/// The rows after accounts 101 and 102 of three were deleted, in the order given.
struct OrderOfDeletes : UnbootstrapTest, ::testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(OrderOfDeletes, DoesNotMatter) {
  LINNET_REQ("UB-02");
  LINNET_REQ("UB-04");
  add_bootstrap();
  add_server(101);
  add_server(102);
  add_server(103);
  rule(Path(1000, 0), 101, {{102, 15}});
  rule(Path(1000, 1), 102, {{101, 15}, {103, 1}});
  rule(Path(1000, 2), 101, {{102, 15}, {0, 1}});
  rule(Path(1000), 65535, {{101, 16}, {103, 16}});
  for (Id id = 0; id < 3; ++id) every.set(id, kText, Value::string("x"));
  begin();
  open_again();
  for (const std::string& path : GetParam()) EXPECT_EQ(remove(path).code(), Code::Deleted);
  if (servers.find_server(103) == nullptr) write_account(103);
  EXPECT_EQ(row(Path(1000, 0)), "none");
  EXPECT_EQ(row(Path(1000, 1)), "103 103:1");
  EXPECT_EQ(row(Path(1000, 2)), "103 0:1");
  EXPECT_EQ(row(Path(1000)), "65535 103:16");
  EXPECT_EQ(every.instances.size(), 2u);
  EXPECT_EQ(finish().code(), Code::Changed);
}

INSTANTIATE_TEST_SUITE_P(Orders, OrderOfDeletes,
                         ::testing::Values(std::vector<std::string>{"/0/1", "/0/2"},
                                           std::vector<std::string>{"/0/2", "/0/1"}));

TEST_F(UnbootstrapTest, DeletingEverythingLeavesTheDeviceAndTheBootstrapAccount) {
  LINNET_REQ("BS-46");
  LINNET_REQ("UB-10");
  add_bootstrap();
  add_server(101);
  add_server(102);
  rule(Path(3, 0), 101, {{101, 15}, {102, 1}});
  rule(Path(1000, 0), 102, {{102, 15}});
  every.set(0, kText, Value::string("x"));
  begin();
  open_again();
  EXPECT_EQ(remove("").code(), Code::Deleted);
  EXPECT_EQ(discover("").payload(),
            "</>;lwm2m=1.1,</0/0>,</1>,</2>;ver=1.1,</3/0>,</1000>;ver=2.1");
  EXPECT_EQ(finish().code(), Code::NotAcceptable);
  write_account(103);
  EXPECT_EQ(finish().code(), Code::Changed);
  std::set<int> told;
  while (const auto sent = bootstrap->poll()) {
    told.insert(sent->peer);
    if (sent->code() == Code::Delete) server[sent->peer]->answer(*sent, {.code = Code::Deleted});
  }
  EXPECT_GE(told.size(), 2u) << "both are told";
}

TEST(ManyServers, LeaveAllAtOnce) {
  LINNET_REQ("UB-02");
  LINNET_REQ("UB-06");
  constexpr std::size_t kServers = 40;
  SecurityStorage<SecurityCapacity{.instances = kServers}> security_rows;
  SecurityObject security{security_rows.rows(), lwm2m::objects::kSecurity_1_1};
  std::array<ServerInstance, kServers> server_rows;
  ServerObject servers{server_rows, lwm2m::objects::kServer_1_1};
  AccessControlStorage<AccessControlCapacity{.instances = kServers, .entries = 2}> access_rows;
  AccessControlObject access{access_rows.rows(), servers, lwm2m::objects::kAccessControl,
                             lwm2m::kEnabler11};
  EveryObject every;
  for (Id id = 0; id < kServers; ++id) {
    const auto ssid = static_cast<ShortServerId>(101 + id);
    ASSERT_TRUE(security.add({.instance = id, .uri = "coap://s", .short_server_id = ssid}).ok());
    ASSERT_TRUE(servers.put(ServerInstance(id, ssid, 60)).ok());
    every.set(id, kText, Value::string("x"));
    // Each is the heir of the one before.
    const AclEntry heir{.server = static_cast<ShortServerId>(ssid + 1), .rights = 15};
    ASSERT_TRUE(access.add(Path(kEvery, id), ssid, {&heir, id + 1u < kServers ? 1u : 0u}).ok());
  }
  std::array<Object*, 4> objects{&security, &servers, &access, &every};
  DeviceManagementSettings settings;
  settings.objects = objects;
  settings.access = &access;
  DeviceManagement model(settings);
  BootstrapEffects effects;
  Request request;
  request.method = Code::Delete;
  request.path = Path(0);
  std::array<std::uint8_t, 64> body;
  Writer out(body);
  EXPECT_EQ(BootstrapInterface(model, kNoId, effects).handle(request, out).code, Code::Deleted);
  EXPECT_EQ(servers.next_instance(kNoId), kNoId);
  EXPECT_EQ(access.next_instance(kNoId), kNoId);
  EXPECT_TRUE(every.instances.empty());
}

TEST_F(UnbootstrapTest, AServerThatComesBackInTheSameSessionStartsAnew) {
  LINNET_REQ("UB-07");
  add_bootstrap();
  add_server(101);
  begin();
  open_again();
  EXPECT_EQ(remove("/0").code(), Code::Deleted);
  write_account(101, 600);
  EXPECT_EQ(finish().code(), Code::Changed);
  std::vector<std::string> seen;
  while (const auto sent = bootstrap->poll()) {
    seen.push_back(sent->path());
    const bool fresh = sent->path() == "/rd";
    server[sent->peer]->answer(*sent, {.code = fresh                          ? Code::Created
                                               : sent->code() == Code::Delete ? Code::Deleted
                                                                              : Code::Changed,
                                       .location = fresh ? "/rd/new" : ""});
  }
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()),
            (std::set<std::string>{"/rd", "/rd/0"}));
  EXPECT_NE(client->peer_of(101), kNoPeer);
  EXPECT_TRUE(client->registered(client->peer_of(101)));
}

TEST_F(UnbootstrapTest, TheServerThatTriggeredItMayBeTheOneThatGoes) {
  LINNET_REQ("UB-01");
  add_bootstrap();
  add_server(101);
  add_server(102);
  ASSERT_TRUE(servers.set(1, lwm2m::objects::server::kBootstrapRequestTrigger, 0).ok());
  begin();
  EXPECT_EQ(server[0]->ask({.code = Code::Post, .path = "/1/1/9"}).code(), Code::Changed);
  open();
  EXPECT_EQ(remove("/0/1").code(), Code::Deleted);
  EXPECT_EQ(finish().code(), Code::Changed);
  const Sent first = bootstrap->expect();
  EXPECT_EQ(first.peer, 0);
  EXPECT_EQ(first.code(), Code::Delete);
  EXPECT_TRUE(client->registered(1));
}

TEST_F(UnbootstrapTest, ABootstrapThatFailsAfterTheDeleteTakesItBack) {
  LINNET_REQ("BS-28");
  LINNET_REQ("UB-02");
  add_bootstrap();
  add_server(101);
  add_server(102);
  rule(Path(1000, 0), 102, {{102, 15}});
  every.set(0, kText, Value::string("its own"));
  begin();
  EXPECT_EQ(
      server[1]
          ->ask(
              {.code = Code::Get, .path = "/1000/0/0", .accept = ContentFormat::Text, .observe = 0})
          .code(),
      Code::Content);
  open_again();
  EXPECT_EQ(remove("/0/2").code(), Code::Deleted);
  EXPECT_EQ(row(Path(1000, 0)), "none");
  pass(seconds(247));
  (void)bootstrap->silent();
  EXPECT_EQ(events(EventType::BootstrapFailed), 1u);
  EXPECT_EQ(row(Path(1000, 0)), "102 102:15");
  EXPECT_TRUE(client->registered(1));
  every.set(0, kText, Value::string("changed"));
  client->notify_changed(Path(1000, 0, kText));
  const Sent notification = bootstrap->expect();
  EXPECT_EQ(notification.peer, 1) << "the observation was never gone";
  EXPECT_EQ(notification.payload(), "changed");
}

TEST_F(UnbootstrapTest, WithOneServerAndNoRulesOnlyTheAccountGoes) {
  LINNET_REQ("UB-02");
  add_bootstrap();
  add_server(101);
  every.set(0, kText, Value::string("x"));
  begin();
  open_again();
  EXPECT_EQ(remove("/0/1").code(), Code::Deleted);
  EXPECT_EQ(every.instances.count(0), 1u);
  write_account(102);
  EXPECT_EQ(finish().code(), Code::Changed);
  const Sent first = bootstrap->expect();
  EXPECT_EQ(first.code(), Code::Delete);
  const Sent second = bootstrap->expect();
  EXPECT_EQ(second.path(), "/rd");
}

TEST_F(UnbootstrapTest, ARuleThatIsNotCompleteGovernsNothing) {
  add_bootstrap();
  add_server(101);
  add_server(102);
  begin();
  open_again();
  EXPECT_EQ(write("/2/0", R"([{"n":"/2/0/0","v":1},{"n":"/2/0/3","v":102}])").code(),
            Code::Changed);
  EXPECT_EQ(remove("/0/2").code(), Code::Deleted);
  EXPECT_NE(servers.find_server(101), nullptr);
  EXPECT_EQ(finish().code(), Code::NotAcceptable);
}

TEST_F(UnbootstrapTest, ARuleOfWhatIsNotThereGoesToo) {
  LINNET_REQ("UB-02");
  add_bootstrap();
  add_server(101);
  add_server(102);
  rule(Path(4711, 0), 102, {{102, 15}});
  rule(Path(1000, 7), 102);
  begin();
  open_again();
  EXPECT_EQ(remove("/0/2").code(), Code::Deleted);
  EXPECT_EQ(row(Path(4711, 0)), "none");
  EXPECT_EQ(row(Path(1000, 7)), "none");
}

TEST_F(UnbootstrapTest, RulesGoWithWhatTheApplicationRemoves) {
  LINNET_REQ("ACL-12");
  LINNET_REQ("BS-51");
  add_bootstrap();
  add_server(101);
  add_server(102);
  ASSERT_TRUE(every.create(7).ok());
  rule(Path(1000, 7), 101);
  start();
  register_all();
  ASSERT_TRUE(every.remove(7).ok());
  client->notify_changed(Change{Path(1000, 7), Change::Kind::Removed});
  EXPECT_EQ(access.next_instance(kNoId), kNoId);
  register_all();
  ASSERT_TRUE(client->bootstrap(now).ok());
  open();
  EXPECT_EQ(finish().code(), Code::Changed);
}

TEST_F(UnbootstrapTest, DeletingOtherInstancesOfTheSecurityObjectIsNoDeparture) {
  // S39: only a server's Security instance starts it.
  LINNET_REQ("UB-01");
  add_bootstrap();
  add_server(101);
  begin();
  open_again();
  const std::string json =
      R"([{"bn":"/0/4/","n":"0","vs":"coap://other"},{"n":"1","vb":true},{"n":"2","v":3},)"
      R"({"n":"3","vd":""},{"n":"4","vd":""},{"n":"5","vd":""}])";
  EXPECT_EQ(write("/0/4", json).code(), Code::Changed);
  EXPECT_EQ(remove("/0/4").code(), Code::Deleted);
  EXPECT_EQ(remove("/1000").code(), Code::Deleted);
  EXPECT_NE(servers.find_server(101), nullptr);
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_TRUE(client->registered(0));
}

}  // namespace
}  // namespace linnet::client::test
