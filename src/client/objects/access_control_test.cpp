// SPDX-License-Identifier: Apache-2.0
// Pins who may do what by object 2, what becomes of it when servers create, delete and leave, and,
// with random histories, that it never differs from a small model of the rules.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include <client/bootstrap_interface.hpp>
#include <client/test_device.hpp>
#include <linnet/client/objects/access_control.hpp>

#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;
namespace objects = lwm2m::objects;
using Servers = std::vector<ShortServerId>;

const lwm2m::Format* const kFormats[] = {&lwm2m::kText, &lwm2m::kTlv, &lwm2m::kSenmlJson};
constexpr std::uint8_t kR = 1, kW = 2, kE = 4, kD = 8, kC = 16;

/// An object whose instances hold nothing: only whether they are there matters.
class Things final : public Object {
 public:
  explicit Things(const lwm2m::ObjectDefinition& definition) : definition_(definition) {}
  std::set<Id> instances;

  const lwm2m::ObjectDefinition& definition() const override { return definition_; }
  Id next_instance(Id after) const override {
    const auto next = instances.lower_bound(static_cast<Id>(after + 1));
    return next != instances.end() ? *next : kNoId;
  }
  Result<Value> read(const Path&) override { return Value::integer(1); }
  Status write(const Path&, const Value&) override { return {}; }
  Status execute(const Path&, const ExecuteArguments&) override { return {}; }
  Status create(Id instance) override {
    instances.insert(instance);
    return {};
  }
  Status remove(Id instance) override {
    instances.erase(instance);
    return {};
  }

 private:
  const lwm2m::ObjectDefinition& definition_;
};

constexpr lwm2m::ResourceDefinition kThingResources[] = {
    {0, DataType::Integer, lwm2m::kReadWrite, false, true},
    {1, DataType::None, lwm2m::kExecute, false, true},
    {2, DataType::Integer, lwm2m::kWrite, false, true}};
constexpr lwm2m::ObjectDefinition kThings{2000, {1, 0}, true, false, kThingResources};
constexpr lwm2m::ObjectDefinition kOneDevice{3, {1, 0}, false, true, kThingResources};

template <std::size_t kAccounts>
struct Fixture : testing::Test {
  /// Servers 101, 102, ... up to `accounts`.
  explicit Fixture(std::size_t accounts, lwm2m::Version enabler = lwm2m::kEnabler11)
      : access(storage.rows(), servers, objects::kAccessControl, enabler) {
    for (std::size_t i = 0; i < accounts; ++i) {
      (void)servers.put(
          ServerInstance(static_cast<Id>(i), static_cast<ShortServerId>(101 + i), 60));
    }
    one_device.instances.insert(0);
    settings.objects = all;
    settings.formats = kFormats;
    settings.features = all_features();
    settings.enabler = enabler;
    settings.scratch = scratch;
    settings.attributes = &attributes;
    settings.access = &access;
    settings.changes = &changes;
  }

  Code ask(ShortServerId server, Code method, std::string_view at,
           std::optional<ContentFormat> format = {}, std::string_view payload = {}) {
    Request request;
    request.server = server;
    request.method = method;
    request.path = *Path::parse(at);
    request.content_format = format;
    request.payload = as_bytes(payload);
    std::array<std::uint8_t, 2048> storage_bytes;
    Writer body(storage_bytes);
    const Reply reply = DeviceManagement(settings).handle(request, body);
    text = as_text(body.written());
    return reply.code;
  }
  Code get(ShortServerId server, std::string_view at) { return ask(server, Code::Get, at); }
  Code put(ShortServerId server, std::string_view at, std::string_view value) {
    return ask(server, Code::Put, at, ContentFormat::Text, value);
  }
  Code create(ShortServerId server, Id instance) {
    const std::string id = std::to_string(instance);
    return ask(server, Code::Post, "/2000", ContentFormat::SenmlJson,
               R"([{"bn":"/2000/)" + id + R"(/","n":"0","v":1},{"n":"2","v":1}])");
  }
  Code remove(ShortServerId server, std::string_view at) { return ask(server, Code::Delete, at); }

  void rule(const Path& target, ShortServerId owner, std::vector<AclEntry> entries = {}) {
    ASSERT_TRUE(access.add(target, owner, entries).ok());
  }
  /// What an unbootstrap does to the device.
  void leave(const Servers& leaving) {
    access.unbootstrap(leaving, [this](const Path& target) {
      removed.push_back(target);
      if (fixed) return false;
      if (target.object() == 2000) things.instances.erase(target.instance());
      return true;
    });
    for (const ShortServerId server : leaving) {
      for (Id id = 0; id < kAccounts; ++id) {
        const ServerInstance* account = servers.find(id);
        if (account == nullptr || account->short_server_id() != server) continue;
        (void)servers.remove(id);
        access.removed(Path(1, id));
      }
    }
  }
  /// "owner {server:rights ...}" of the row that governs a target; "none".
  std::string row(const Path& target) {
    const AccessControlInstance* found = access.governing(target);
    if (found == nullptr) return "none";
    std::map<ShortServerId, int> entries;
    for (const AclEntry& entry : found->acl) {
      if (entry.server != kNoId) entries[entry.server] = entry.rights;
    }
    std::string all_entries;
    for (const auto& [server, rights] : entries) {
      all_entries += " " + std::to_string(server) + ":" + std::to_string(rights);
    }
    return std::to_string(found->owner) + all_entries;
  }

  std::array<ServerInstance, kAccounts> server_rows;
  ServerObject servers{server_rows, objects::kServer_1_1};
  AccessControlStorage<AccessControlCapacity{.instances = 24, .entries = 7}> storage;
  AccessControlObject access;
  Things one_device{kOneDevice};
  Things things{kThings};
  std::array<Object*, 4> all{&servers, &access, &one_device, &things};
  std::array<AttributeEntry, 4> attribute_rows;
  AttributeStore attributes{attribute_rows};
  NotedChanges changes;
  std::array<std::uint8_t, 64> scratch{};
  DeviceManagementSettings settings;
  bool fixed = false;  ///< instances cannot be removed
  std::vector<Path> removed;
  std::string text;
};

struct AccessControlTest : Fixture<6> {
  AccessControlTest() : Fixture(3) {}
};

// --- Questions ---

TEST_F(AccessControlTest, WithoutInstancesEveryServerMayDoEverything) {
  LINNET_REQ("ACL-01");
  EXPECT_FALSE(access.enabled());
  EXPECT_EQ(create(102, 4), Code::Created);
  EXPECT_EQ(row(Path(2000, 4)), "none");
  EXPECT_EQ(put(103, "/2000/4/0", "7"), Code::Changed);
  EXPECT_EQ(remove(101, "/2000/4"), Code::Deleted);
}

TEST_F(AccessControlTest, TheReferenceSetUp) {
  LINNET_REQ("ACL-22");
  LINNET_REQ("ACL-03");
  LINNET_REQ("ACL-04");
  LINNET_REQ("ACL-05");
  LINNET_REQ("ACL-09");
  LINNET_REQ("ACL-10");
  things.instances.insert(0);
  rule(Path(1, 0), 101, {{101, 15}});
  rule(Path(1, 1), 102);
  rule(Path(3, 0), 101, {{101, 15}, {102, 1}});
  rule(Path(2000, 0), 101, {{101, 1}, {0, 1}});
  rule(Path(2000), 65535, {{101, 16}});
  EXPECT_TRUE(access.enabled());
  EXPECT_EQ(access.rights(101, Path(1, 0)), 15);
  EXPECT_EQ(access.rights(102, Path(1, 0)), 0);
  EXPECT_EQ(access.rights(102, Path(1, 1)), 15) << "the owner without an entry has all";
  EXPECT_EQ(access.rights(102, Path(3, 0)), 1);
  EXPECT_EQ(access.rights(103, Path(3, 0)), 0);
  EXPECT_EQ(access.rights(101, Path(2000, 0)), 1) << "an owner with an entry has just that";
  EXPECT_EQ(access.rights(102, Path(2000, 0)), 1) << "by default";
  EXPECT_TRUE(access.allows(101, Right::Create, Path(2000)));
  EXPECT_FALSE(access.allows(102, Right::Create, Path(2000)));
}

TEST_F(AccessControlTest, EveryOperationNeedsItsBit) {
  LINNET_REQ("ACL-13");
  LINNET_REQ("ACL-14");
  LINNET_REQ("ACL-19");
  things.instances.insert(0);
  rule(Path(2000, 0), 103, {{101, 0}});
  const auto with = [&](int rights) {
    EXPECT_EQ(put(103, "/2/0/2/101", std::to_string(rights)), Code::Changed);
  };
  for (const int rights : {0, 1, 2, 4, 8, 15}) {
    with(rights);
    const auto expected = [&](std::uint8_t needed, Code good) {
      return (rights & needed) != 0 ? good : Code::Unauthorized;
    };
    EXPECT_EQ(get(101, "/2000/0/0"), expected(kR, Code::Content)) << rights;
    EXPECT_EQ(get(101, "/2000/0/2"), expected(kR, Code::MethodNotAllowed))
        << "a right is no operation";
    EXPECT_EQ(put(101, "/2000/0/0", "1"), expected(kW, Code::Changed)) << rights;
    EXPECT_EQ(ask(101, Code::Post, "/2000/0/1"), expected(kE, Code::Changed)) << rights;
    EXPECT_EQ(remove(101, "/2000/0"), expected(kD, Code::Deleted)) << rights;
    if ((rights & kD) == 0) continue;
    things.instances.insert(0);
    rule(Path(2000, 0), 103, {{101, static_cast<std::uint8_t>(rights)}});
  }
}

TEST_F(AccessControlTest, AnInstanceWithoutARuleIsNobodys) {
  LINNET_REQ("ACL-21");
  things.instances = {0, 1};
  rule(Path(2000, 0), 101);
  EXPECT_EQ(get(101, "/2000/1/0"), Code::Unauthorized);
  EXPECT_EQ(get(101, "/2000/0/0"), Code::Content);
}

// --- Create and Delete ---

TEST_F(AccessControlTest, CreateNeedsTheRuleOfTheObjectAndMakesOne) {
  LINNET_REQ("ACL-06");
  LINNET_REQ("ACL-07");
  LINNET_REQ("ACL-08");
  LINNET_REQ("DM-57");
  rule(Path(3, 0), 101);
  EXPECT_EQ(create(101, 4), Code::Unauthorized) << "no rule for the object, no exception";
  rule(Path(2000), 65535, {{102, kC}});
  EXPECT_EQ(create(101, 4), Code::Unauthorized);
  EXPECT_EQ(create(102, 4), Code::Created);
  EXPECT_EQ(row(Path(2000, 4)), "102 102:15");
  EXPECT_EQ(get(102, "/2000/4/0"), Code::Content);
  EXPECT_EQ(get(101, "/2000/4/0"), Code::Unauthorized);
  EXPECT_EQ(get(101, "/2/2/3"), Code::Content) << "everybody sees who owns it";
  EXPECT_EQ(text, "102");
  for (const ShortServerId server : Servers{101, 102, 103}) {
    EXPECT_EQ(put(server, "/2/1/2/101", "16"), Code::Unauthorized) << "only a bootstrap may";
  }
  Change change;
  std::vector<Path> made;
  while (access.poll_change(change)) {
    if (change.kind == Change::Kind::Created) made.push_back(change.path);
  }
  EXPECT_EQ(made, (std::vector{Path(2, 0), Path(2, 1), Path(2, 2)})) << "an Update will list them";
}

TEST_F(AccessControlTest, ACreateWithoutRoomForItsRuleIsTakenBack) {
  LINNET_REQ("DM-57");
  AccessControlStorage<AccessControlCapacity{.instances = 2, .entries = 2}> small;
  AccessControlObject full(small.rows(), servers, objects::kAccessControl, lwm2m::kEnabler11);
  const AclEntry may[] = {{101, kC}};
  ASSERT_TRUE(full.add(Path(2000), 65535, may).ok());
  ASSERT_TRUE(full.add(Path(3, 0), 101, {}).ok());
  EXPECT_EQ(full.add(Path(2000, 9), 101, {}).error(), Error::NoSpace);
  all[1] = &full;
  settings.access = &full;
  EXPECT_EQ(create(101, 4), Code::InternalServerError);
  EXPECT_TRUE(things.instances.empty());
  EXPECT_EQ(full.governing(Path(2000, 4)), nullptr);
}

TEST_F(AccessControlTest, ADeleteTakesTheRuleAlong) {
  LINNET_REQ("ACL-12");
  rule(Path(2000), 65535, {{102, kC}});
  ASSERT_EQ(create(102, 4), Code::Created);
  EXPECT_EQ(
      ask(102, Code::Post, "/2/1/2", ContentFormat::SenmlJson, R"([{"n":"/2/1/2/103","v":8}])"),
      Code::Changed);
  EXPECT_EQ(remove(103, "/2000/4"), Code::Deleted) << "not the owner, but D";
  EXPECT_EQ(row(Path(2000, 4)), "none");
  EXPECT_EQ(row(Path(2000)), "65535 102:16") << "the object's own rule stays";
  EXPECT_EQ(remove(102, "/2/0"), Code::Unauthorized) << "rules go with their targets only";
}

// --- Rules about rules ---

TEST_F(AccessControlTest, OnlyTheOwnerChangesARule) {
  LINNET_REQ("ACL-11");
  LINNET_REQ("ACL-20");
  things.instances.insert(0);
  rule(Path(2000, 0), 101, {{102, 1}});
  EXPECT_EQ(put(102, "/2/0/2/102", "15"), Code::Unauthorized);
  EXPECT_EQ(get(103, "/2/0/2/102"), Code::Content);
  EXPECT_EQ(ask(101, Code::Put, "/2/0/2", ContentFormat::SenmlJson,
                R"([{"bn":"/2/0/2/","n":"103","v":3},{"n":"0","v":1}])"),
            Code::Changed);
  EXPECT_EQ(row(Path(2000, 0)), "101 0:1 103:3") << "replaced";
  EXPECT_EQ(
      ask(101, Code::Post, "/2/0/2", ContentFormat::SenmlJson, R"([{"n":"/2/0/2/102","v":5}])"),
      Code::Changed);
  EXPECT_EQ(row(Path(2000, 0)), "101 0:1 102:5 103:3") << "a new entry by writing it";
  EXPECT_EQ(put(101, "/2/0/2/102", "32"), Code::BadRequest);
  EXPECT_EQ(
      ask(101, Code::Post, "/2/0/2", ContentFormat::SenmlJson, R"([{"n":"/2/0/2/999","v":1}])"),
      Code::BadRequest)
      << "no such server";
  EXPECT_EQ(put(101, "/2/0/3", "999"), Code::BadRequest);
  EXPECT_EQ(put(101, "/2/0/3", "65535"), Code::BadRequest);
  EXPECT_EQ(put(101, "/2/0/0", "5"), Code::MethodNotAllowed);
  EXPECT_EQ(put(101, "/2/0/3", "103"), Code::Changed);
  EXPECT_EQ(put(101, "/2/0/2/102", "1"), Code::Unauthorized) << "not the owner any more";
  EXPECT_EQ(row(Path(2000, 0)), "103 0:1 102:5 103:3");
  EXPECT_EQ(ask(101, Code::Post, "/2"), Code::Unauthorized);
}

struct OneServer : Fixture<2> {
  OneServer() : Fixture(1) {}
};
struct OneServer10 : Fixture<2> {
  OneServer10() : Fixture(1, lwm2m::kEnabler10) {}
};

TEST_F(OneServer, HasFullRights) {
  LINNET_REQ("ACL-01");
  LINNET_REQ("ACL-02");
  rule(Path(2000), 65535);
  EXPECT_EQ(create(101, 4), Code::Created);
  EXPECT_EQ(row(Path(2000, 4)), "none");
  ASSERT_TRUE(servers.put(ServerInstance(1, 102, 60)).ok());
  EXPECT_TRUE(access.enabled());
}

TEST_F(OneServer10, FollowsTheRulesThereAre) {
  LINNET_REQ("ACL-02");
  EXPECT_EQ(create(101, 3), Code::Created);
  rule(Path(2000), 65535);
  EXPECT_EQ(create(101, 4), Code::Unauthorized);
}

TEST_F(OneServer, CannotBeginAccessControlByItself) {
  LINNET_REQ("ACL-18");
  EXPECT_EQ(ask(101, Code::Post, "/2", ContentFormat::SenmlJson,
                R"([{"n":"/2/0/0","v":3},{"n":"/2/0/1","v":0},{"n":"/2/0/3","v":101}])"),
            Code::Unauthorized);
  EXPECT_EQ(access.next_instance(kNoId), kNoId);
  rule(Path(2000), 65535);
  EXPECT_EQ(remove(101, "/2/0"), Code::Unauthorized);
  EXPECT_NE(access.next_instance(kNoId), kNoId);
}

// --- Unbootstrapping ---

TEST_F(AccessControlTest, WhatOnlyTheLeavingServerReachedGoes) {
  LINNET_REQ("UB-02");
  things.instances = {0, 1, 2};
  rule(Path(2000, 0), 101);
  rule(Path(2000, 1), 101, {{101, 15}});
  rule(Path(2000, 2), 102, {{101, 15}, {102, 15}});
  leave({101});
  EXPECT_EQ(removed, (std::vector{Path(2000, 0), Path(2000, 1)}));
  EXPECT_EQ(row(Path(2000, 0)), "none");
  EXPECT_EQ(row(Path(2000, 1)), "none");
  LINNET_REQ("UB-03");
  EXPECT_EQ(row(Path(2000, 2)), "102 102:15");
}

TEST_F(AccessControlTest, ASharedInstanceGoesToWhoCanDoMostWithIt) {
  LINNET_REQ("UB-04");
  ASSERT_TRUE(servers.put(ServerInstance(3, 100, 60)).ok());
  rule(Path(2000, 0), 100, {{101, kW | kD}, {102, kW}, {103, kR}});
  rule(Path(2000, 1), 100, {{102, kW}, {101, kD}});
  rule(Path(2000, 2), 100, {{103, kR | kE}, {102, kR}});
  rule(Path(2000, 3), 100, {{100, 15}, {102, kW}, {101, kR}, {0, 15}});
  leave({100});
  EXPECT_TRUE(removed.empty());
  EXPECT_EQ(row(Path(2000, 0)), "101 101:10 102:2 103:1");
  EXPECT_EQ(row(Path(2000, 1)), "101 101:8 102:2") << "a tie: the lowest";
  EXPECT_EQ(row(Path(2000, 2)), "102 102:1 103:5") << "none can do much: still the lowest";
  EXPECT_EQ(row(Path(2000, 3)), "102 0:15 101:1 102:2") << "default rights are nobody's";
  LINNET_REQ("UB-09");
  Change change;
  std::set<Path> told;
  while (access.poll_change(change)) told.insert(change.path);
  EXPECT_TRUE(std::ranges::any_of(told, [](const Path& p) { return p.touches(Path(2, 0, 3)); }));
}

TEST_F(AccessControlTest, WhatOthersReachByDefaultStays) {
  LINNET_REQ("UB-10");
  rule(Path(2000, 0), 102, {{0, kR}});
  rule(Path(2000, 1), 102, {{0, 0}});
  rule(Path(2000), 65535, {{102, kC}, {103, kC}});
  rule(Path(3, 0), 102);
  leave({102});
  EXPECT_EQ(row(Path(2000, 0)), "101 0:1") << "of nobody in particular: the lowest there is";
  EXPECT_EQ(row(Path(2000, 1)), "none") << "a default that grants nothing reaches nobody";
  EXPECT_EQ(removed, std::vector{Path(2000, 1)});
  EXPECT_EQ(row(Path(2000)), "65535 103:16") << "object level: only the entry goes";
  EXPECT_EQ(row(Path(3, 0)), "101") << "the device itself is never removed";
}

TEST_F(AccessControlTest, WhatCannotBeRemovedPassesToWhoIsLeft) {
  LINNET_REQ("UB-02");
  LINNET_REQ("UB-10");
  fixed = true;
  rule(Path(2000, 0), 102, {{102, 15}});
  leave({102});
  EXPECT_EQ(row(Path(2000, 0)), "101");
}

TEST_F(AccessControlTest, ServersThatLeaveTogetherLeaveNothingToEachOther) {
  LINNET_REQ("UB-02");
  things.instances = {0, 1, 2};
  rule(Path(2000, 0), 101, {{102, 15}});
  rule(Path(2000, 1), 102, {{101, 15}, {0, 1}});
  rule(Path(2000, 2), 101, {{102, 15}, {103, 1}});
  rule(Path(1, 0), 101);
  rule(Path(1, 2), 103);
  leave({102, 101});
  EXPECT_EQ(row(Path(2000, 0)), "none");
  EXPECT_EQ(row(Path(2000, 1)), "103 0:1");
  EXPECT_EQ(row(Path(2000, 2)), "103 103:1");
  EXPECT_EQ(row(Path(1, 0)), "none");
  EXPECT_EQ(row(Path(1, 2)), "103");
  leave({103});
  EXPECT_EQ(row(Path(2000, 1)), "none") << "nobody is left for default rights";
  EXPECT_EQ(row(Path(1, 2)), "none");
}

// --- Random histories ---

/// The rules in their plainest form.
struct Model {
  struct Row {
    ShortServerId owner = 0;
    std::map<ShortServerId, std::uint8_t> acl;
  };
  std::set<ShortServerId> servers;
  std::map<Path, Row> rows;
  std::set<Path> targets;

  [[nodiscard]] bool enabled() const { return !rows.empty() && servers.size() > 1; }
  [[nodiscard]] bool allows(ShortServerId server, Right right, const Path& target) const {
    if (!enabled()) return true;
    const auto found = rows.find(target);
    if (found == rows.end()) return false;
    const Row& row = found->second;
    int rights = 0;
    if (row.acl.count(server) != 0) {
      rights = row.acl.at(server);
    } else if (row.owner == server) {
      rights = 15;
    } else if (row.acl.count(0) != 0) {
      rights = row.acl.at(0);
    }
    return (rights & static_cast<int>(right)) != 0;
  }
  void leave(const std::set<ShortServerId>& leaving) {
    for (const ShortServerId server : leaving) servers.erase(server);
    std::map<Path, Row> after;
    for (auto& [target, row] : rows) {
      const bool orphan = leaving.count(row.owner) != 0;
      std::map<ShortServerId, std::uint8_t> stay;
      for (const auto& [server, rights] : row.acl) {
        if (leaving.count(server) == 0) stay[server] = rights;
      }
      const bool only_default = stay.size() == stay.count(0);
      const bool reachable =
          !only_default || (!servers.empty() && stay.count(0) != 0 && stay.at(0) != 0);
      if (orphan && !reachable && target.is_instance() && target != Path(3, 0)) {
        targets.erase(target);
        continue;
      }
      ShortServerId owner = row.owner;
      if (orphan) {
        owner = servers.empty() ? 65535 : *servers.begin();
        int best = -1;
        for (const auto& [server, rights] : stay) {
          const int weight = (rights >> 1 & 1) + (rights >> 3 & 1);
          if (server != 0 && weight > best) {
            best = weight;
            owner = server;
          }
        }
      }
      after[target] = {owner, stay};
    }
    rows = after;
  }
};

/// Servers and a bootstrap server, each by its own requests.
struct RandomHistory : Fixture<6> {
  RandomHistory() : Fixture(0) { settings.objects = objects_with_security; }

  /// A Write or Delete of the bootstrap server.
  Code bootstrap(Code method, const std::string& at, const std::string& json = {}) {
    Request request;
    request.method = method;
    request.path = *Path::parse(at);
    if (!json.empty()) request.content_format = ContentFormat::SenmlJson;
    request.payload = as_bytes(json);
    DeviceManagement model(settings);
    BootstrapEffects effects;
    std::array<std::uint8_t, 64> body;
    Writer out(body);
    return BootstrapInterface(model, kNoId, effects).handle(request, out).code;
  }
  /// Both halves of an account, in any order.
  void write_account(ShortServerId server, bool keys_first) {
    const std::string id = std::to_string(server - 101);
    const std::string ssid = std::to_string(server);
    const std::string keys = R"([{"bn":"/0/)" + id + R"(/","n":"0","vs":"coap://s"},)" +
                             R"({"n":"1","vb":false},{"n":"2","v":3},{"n":"10","v":)" + ssid + "}]";
    const std::string account = R"([{"bn":"/1/)" + id + R"(/","n":"0","v":)" + ssid +
                                R"(},{"n":"1","v":60},{"n":"6","vb":true},{"n":"7","vs":"U"}])";
    for (const bool first : {true, false}) {
      if (first == keys_first) {
        ASSERT_EQ(bootstrap(Code::Put, "/0/" + id, keys), Code::Changed);
      } else {
        ASSERT_EQ(bootstrap(Code::Put, "/1/" + id, account), Code::Changed);
      }
    }
  }

  SecurityStorage<SecurityCapacity{.instances = 6}> security_rows;
  SecurityObject security{security_rows.rows(), objects::kSecurity_1_1};
  std::array<Object*, 5> objects_with_security{&security, &servers, &access, &one_device, &things};

  void check(const Model& model, unsigned step) {
    std::set<Path> present;
    for (const Id id : things.instances) present.insert(Path(2000, id));
    EXPECT_EQ(present, model.targets) << step;
    std::size_t rows = 0;
    for (const AccessControlInstance& row : access.rows()) {
      if (row.id == kNoId) continue;
      ++rows;
      // The invariants of the founding document.
      const Path target = row.target();
      EXPECT_TRUE(target == Path(3, 0) || target == Path(2000) || present.count(target) != 0)
          << step << ": a rule without its target";
      EXPECT_TRUE(row.owner == 65535 || model.servers.count(row.owner) != 0)
          << step << ": an owner without an account: " << row.owner;
      for (const AclEntry& entry : row.acl) {
        if (entry.server == kNoId || entry.server == 0) continue;
        EXPECT_EQ(model.servers.count(entry.server), 1u) << step << ": an entry without an account";
      }
    }
    EXPECT_EQ(rows, model.rows.size()) << step;
    std::vector<Path> asked{Path(3, 0), Path(2000)};
    for (Id id = 0; id < 8; ++id) asked.push_back(Path(2000, id));
    for (const ShortServerId server : model.servers) {
      for (const Path& target : asked) {
        for (const Right right :
             {Right::Read, Right::Write, Right::Execute, Right::Delete, Right::Create}) {
          EXPECT_EQ(access.allows(server, right, target), model.allows(server, right, target))
              << step << ": " << server << " /" << target.object() << '/' << target.instance()
              << " right " << static_cast<int>(right);
        }
      }
    }
  }
};

TEST_F(RandomHistory, FollowsTheModel) {
  LINNET_REQ("UB-01");
  LINNET_REQ("ACL-09");
  LINNET_REQ("UB-04");
  const char* given = std::getenv("LINNET_SEED");
  const auto seed =
      given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 2013u;
  std::cout << "seed " << seed << " (LINNET_SEED)\n";
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  Model model;
  unsigned creates = 0, deletes = 0, departures = 0, refusals = 0;
  // A bootstrap gives the object-level rule and that of the device.
  rule(Path(2000), 65535, {});
  rule(Path(3, 0), 65535, {});
  model.rows[Path(2000)] = {65535, {}};
  model.rows[Path(3, 0)] = {65535, {}};
  for (unsigned step = 0; step < 20'000 && !HasFailure(); ++step) {
    const auto server = static_cast<ShortServerId>(101 + below(6));
    const bool known = model.servers.count(server) != 0;
    const Path target(2000, static_cast<Id>(below(8)));
    switch (below(8)) {
      case 0: {  // a bootstrap adds an account
        if (known) break;
        write_account(server, below(2) != 0);
        model.servers.insert(server);
        break;
      }
      case 1: {  // a bootstrap writes who may create, and the rights on the device
        if (!known) break;
        const Path governed = below(2) != 0 ? Path(2000) : Path(3, 0);
        const auto rights = static_cast<std::uint8_t>(below(32));
        const AccessControlInstance* found = access.governing(governed);
        ASSERT_NE(found, nullptr);
        model.rows[governed].acl[server] = rights;
        const std::string at = "/2/" + std::to_string(found->id) + "/2";
        std::string json;
        for (const auto& [id, value] : model.rows[governed].acl) {
          json += (json.empty() ? "[" : ",") + std::string(R"({"n":")") + at + "/" +
                  std::to_string(id) + R"(","v":)" + std::to_string(value) + "}";
        }
        ASSERT_EQ(bootstrap(Code::Put, at, json + "]"), Code::Changed);
        break;
      }
      case 2:
      case 3: {  // a server creates
        if (!known || model.targets.count(target) != 0) break;
        const bool may = model.allows(server, Right::Create, Path(2000));
        ASSERT_EQ(create(server, target.instance()), may ? Code::Created : Code::Unauthorized);
        ++(may ? creates : refusals);
        if (!may) break;
        model.targets.insert(target);
        if (model.enabled()) model.rows[target] = {server, {{server, 15}}};
        break;
      }
      case 4: {  // a server deletes
        if (!known) break;
        const bool there = model.targets.count(target) != 0;
        const bool may = model.allows(server, Right::Delete, target);
        const Code expected = !there ? Code::NotFound : may ? Code::Deleted : Code::Unauthorized;
        ASSERT_EQ(remove(server, "/2000/" + std::to_string(target.instance())), expected);
        if (expected != Code::Deleted) break;
        ++deletes;
        model.targets.erase(target);
        model.rows.erase(target);
        break;
      }
      case 5:
      case 6: {  // a server changes an entry, or the owner
        if (!known || model.rows.count(target) == 0) break;
        const AccessControlInstance* found = access.governing(target);
        ASSERT_NE(found, nullptr);
        Model::Row& row = model.rows[target];
        const bool may = !model.enabled() || row.owner == server;
        const auto other = static_cast<ShortServerId>(below(5) == 0 ? 0 : 101 + below(6));
        const std::string at = "/2/" + std::to_string(found->id);
        if (below(5) == 0) {
          const bool valid = model.servers.count(other) != 0;
          const Code expected = !may    ? Code::Unauthorized
                                : valid ? Code::Changed
                                        : Code::BadRequest;
          ASSERT_EQ(put(server, at + "/3", std::to_string(other)), expected) << step;
          if (expected == Code::Changed) row.owner = other;
          break;
        }
        const auto rights = static_cast<std::uint8_t>(below(16));
        const bool valid = other == 0 || model.servers.count(other) != 0;
        const Code expected = !may ? Code::Unauthorized : valid ? Code::Changed : Code::BadRequest;
        ASSERT_EQ(ask(server, Code::Post, at + "/2", ContentFormat::SenmlJson,
                      R"([{"n":")" + at + "/2/" + std::to_string(other) + R"(","v":)" +
                          std::to_string(rights) + "}]"),
                  expected)
            << step;
        if (expected == Code::Changed) row.acl[other] = rights;
        break;
      }
      case 7: {  // a bootstrap deletes accounts, sometimes several at once
        if (below(4) != 0) break;
        std::set<ShortServerId> leaving;
        for (const ShortServerId account : model.servers) {
          if (account == server || below(4) == 0) leaving.insert(account);
        }
        Servers order(leaving.begin(), leaving.end());
        std::shuffle(order.begin(), order.end(), random);
        if (leaving == model.servers && below(2) != 0) {
          ASSERT_EQ(bootstrap(Code::Delete, "/0"), Code::Deleted);
        } else {
          for (const ShortServerId gone : order) {
            ASSERT_EQ(bootstrap(Code::Delete, "/0/" + std::to_string(gone - 101)), Code::Deleted);
          }
        }
        model.leave(leaving);
        departures += static_cast<unsigned>(leaving.size());
        break;
      }
    }
    check(model, step);
    Change change;
    while (access.poll_change(change) || servers.poll_change(change)) {
    }
  }
  // The history was worth it.
  EXPECT_GT(creates, 100u);
  EXPECT_GT(deletes, 20u);
  EXPECT_GT(departures, 100u);
  EXPECT_GT(refusals, 20u);
}

}  // namespace
}  // namespace linnet::client::test
