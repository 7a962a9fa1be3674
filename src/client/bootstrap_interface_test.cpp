// SPDX-License-Identifier: Apache-2.0
// Pins what a bootstrap server may do with the objects: the links of Discover, what Read and Write
// take and give, what no Delete takes away.
#include <client/bootstrap_device.hpp>

namespace linnet::client::test {
namespace {

struct BootstrapInterfaceTest : BootstrapTest {
  /// A session, with the accounts 101 and 102 there before it.
  void begin() {
    add_bootstrap();
    add_server(101);
    add_server(102);
    every.set(0, kText, Value::string("mine"));
    start();
    register_all();
    ASSERT_TRUE(client->bootstrap(now).ok());
    open();
  }
};

// --- Discover ---

TEST_F(BootstrapInterfaceTest, DiscoverListsEveryInstance) {
  LINNET_REQ("BS-32");
  LINNET_REQ("BS-33");
  LINNET_REQ("BS-34");
  LINNET_REQ("BS-35");
  begin();
  const Sent all = discover("");
  EXPECT_EQ(all.code(), Code::Content);
  EXPECT_EQ(all.number(OptionNumber::ContentFormat), 40u);
  EXPECT_EQ(all.payload(),
            "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri=\"coap://server101\","
            "</0/2>;ssid=102;uri=\"coap://server102\",</1/1>;ssid=101,</1/2>;ssid=102,</2>;ver=1.1,"
            "</3/0>,</1000>;ver=2.1,</1000/0>");
  EXPECT_EQ(discover("/0").payload(),
            "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri=\"coap://server101\","
            "</0/2>;ssid=102;uri=\"coap://server102\"");
  EXPECT_EQ(discover("/2").payload(), "</>;lwm2m=1.1,</2>;ver=1.1");
  EXPECT_EQ(discover("/5").code(), Code::NotFound);
  EXPECT_EQ(discover("/1/1").code(), Code::BadRequest) << "nothing deeper than instances";
}

struct Bootstrap10 : BootstrapTest {};

TEST_F(Bootstrap10, KnowsNoUris) {
  LINNET_REQ("BS-35");
  config.version = lwm2m::kEnabler10;
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  const std::string list = discover("/0").payload();
  EXPECT_EQ(list, "</>;lwm2m=1.0,</0>;ver=\"1.1\",</0/0>,</0/1>;ssid=101");
}

TEST_F(BootstrapInterfaceTest, ALongListComesInBlocks) {
  LINNET_REQ("BS-32");
  every.max_instances = 200;
  for (Id id = 0; id < 100; ++id) every.set(id, kText, Value::string("x"));
  begin();
  std::string list;
  std::uint32_t number = 0;
  bool more = true;
  while (more) {
    const Sent part = bootstrap->ask({.code = Code::Get,
                                      .accept = ContentFormat::LinkFormat,
                                      .block2 = coap::BlockOption{number, false, 2}});
    ASSERT_EQ(part.code(), Code::Content);
    list += part.payload();
    more = part.block(OptionNumber::Block2)->more;
    ++number;
  }
  EXPECT_NE(list.find("</1000/99>"), std::string::npos);
}

// --- Read ---

TEST_F(BootstrapInterfaceTest, ReadsAccountsAndRightsButNoKeys) {
  LINNET_REQ("BS-37");
  rule(Path(1000, 0), 102, {{102, 1}});
  begin();
  const auto read = [&](const std::string& path) {
    return bootstrap->ask({.code = Code::Get, .path = path, .accept = ContentFormat::SenmlJson});
  };
  const Sent account = read("/1/1");
  EXPECT_EQ(account.code(), Code::Content);
  EXPECT_NE(account.payload().find(R"("v":86400)"), std::string::npos) << account.payload();
  EXPECT_EQ(read("/1").code(), Code::Content);
  const Sent rights = read("/2/0");
  EXPECT_EQ(rights.code(), Code::Content);
  EXPECT_NE(rights.payload().find(R"("v":102)"), std::string::npos) << rights.payload();
  EXPECT_EQ(read("/2").code(), Code::Content);
  EXPECT_EQ(read("/0").code(), Code::MethodNotAllowed);
  EXPECT_EQ(read("/0/1").code(), Code::MethodNotAllowed);
  EXPECT_EQ(read("/3/0").code(), Code::MethodNotAllowed);
  EXPECT_EQ(read("/1/1/1").code(), Code::MethodNotAllowed);
  EXPECT_EQ(read("/1/9").code(), Code::NotFound);
  EXPECT_EQ(
      bootstrap->ask({.code = Code::Get, .path = "/1/1", .accept = ContentFormat::Text}).code(),
      Code::NotAcceptable);
}

// --- Write ---

TEST_F(BootstrapInterfaceTest, WritesWhetherOrNotItIsThere) {
  LINNET_REQ("BS-39");
  LINNET_REQ("BS-12");
  LINNET_REQ("BS-42");
  rule(Path(1000, 0), 102, {{102, 1}});  // nobody may do anything with others
  begin();
  EXPECT_EQ(write("/1/1/0", R"([{"n":"/1/1/0","v":103}])").code(), Code::Changed);
  EXPECT_EQ(servers.find(1)->short_server_id(), 103) << "read only for servers";
  EXPECT_EQ(write("/1000/1", R"([{"n":"/1000/1/0","vs":"new"},{"n":"/1000/1/11","v":4}])").code(),
            Code::Changed);
  EXPECT_EQ(every.at(Path(1000, 1, kText)).as_string(), "new");
  EXPECT_EQ(every.at(Path(1000, 1, kCounter)).as_integer(), 4);
  EXPECT_EQ(write("/1000/2/1", R"([{"n":"/1000/2/1","v":12}])").code(), Code::Changed);
  EXPECT_EQ(every.at(Path(1000, 2, kInteger)).as_integer(), 12) << "with its instance";
  EXPECT_EQ(bootstrap
                ->ask({.code = Code::Put,
                       .path = "/1000/2/0",
                       .payload = "text",
                       .format = ContentFormat::Text})
                .code(),
            Code::Changed);
  EXPECT_EQ(every.at(Path(1000, 2, kText)).as_string(), "text");
}

TEST_F(BootstrapInterfaceTest, WritesSeveralInstancesAtOnce) {
  LINNET_REQ("BS-40");
  begin();
  // Mixed, so that an instance must not be made ready twice.
  EXPECT_EQ(write("/1000", R"([{"n":"/1000/1/0","vs":"one"},{"n":"/1000/1/12/0","v":5},)"
                           R"({"n":"/1000/2/0","vs":"two"},{"n":"/1000/1/12/1","v":6}])")
                .code(),
            Code::Changed);
  EXPECT_EQ(every.at(Path(1000, 1, kText)).as_string(), "one");
  EXPECT_EQ(every.at(Path(1000, 1, kNumbers, 0)).as_integer(), 5);
  EXPECT_EQ(every.at(Path(1000, 1, kNumbers, 1)).as_integer(), 6);
  EXPECT_EQ(every.at(Path(1000, 2, kText)).as_string(), "two");
  EXPECT_EQ(every.at(Path(1000, 0, kText)).as_string(), "mine") << "not named, not touched";
  // TLV: instance 1 with resource 0, "abc".
  const std::string tlv(
      "\x08\x01\x05\xC3\x00"
      "abc",
      8);
  EXPECT_EQ(
      bootstrap
          ->ask({.code = Code::Put, .path = "/1000", .payload = tlv, .format = ContentFormat::Tlv})
          .code(),
      Code::Changed);
  EXPECT_EQ(every.at(Path(1000, 1, kText)).as_string(), "abc");
}

TEST_F(BootstrapInterfaceTest, WhatIsUnknownIsSkippedAndWhatIsAbsentIsNotThere) {
  LINNET_REQ("BS-41");
  begin();
  every.set(0, kInteger, Value::integer(9));
  every.put(Path(1000, 0, kNumbers, 7), Value::integer(1));
  EXPECT_EQ(write("/1000/0", R"([{"n":"/1000/0/0","vs":"x"},{"n":"/1000/0/99","v":1},)"
                             R"({"n":"/1000/0/12/1","v":2}])")
                .code(),
            Code::Changed);
  EXPECT_FALSE(every.has(Path(1000, 0, kInteger))) << "what was there before does not matter";
  EXPECT_FALSE(every.has(Path(1000, 0, kNumbers, 7)));
  EXPECT_EQ(every.at(Path(1000, 0, kNumbers, 1)).as_integer(), 2);
  EXPECT_TRUE(every.has(Path(1000, 0, kCounter)) == false);
  EXPECT_EQ(write("/1000/0/99", R"([{"n":"/1000/0/99","v":1}])").code(), Code::NotFound);
}

// Leshan's bootstrap server sends all of an account, what there is none of as no bytes.
TEST_F(BootstrapInterfaceTest, NoBytesWhereSomeMustBeMeanThatThereIsNone) {
  LINNET_REQ("BS-41");
  begin();
  for (const char* resource : {"/0/1/7", "/0/1/8"}) {
    const std::string name = std::string(R"([{"n":")") + resource + R"(","vd":")";
    const Path path = *Path::parse(resource);
    const std::string some = path.resource() == 7 ? "AQIDBAUG" : "AAECAwQFBgcICQoLDA0ODw";
    for (const char* target : {resource, "/0/1"}) {
      EXPECT_EQ(write(target, name + R"("}])").code(), Code::Changed) << target;
      EXPECT_FALSE(security.has_resource(path)) << target;
      EXPECT_EQ(write(target, name + some + R"("}])").code(), Code::Changed) << target;
      EXPECT_TRUE(security.has_resource(path)) << target;
      EXPECT_EQ(write(target, name + R"(AQ"}])").code(), Code::BadRequest) << target;
      EXPECT_TRUE(security.has_resource(path)) << target;
      EXPECT_EQ(write(target, name + R"("}])").code(), Code::Changed) << target;
      EXPECT_FALSE(security.has_resource(path)) << target << ": it was there before";
    }
  }
}

TEST_F(BootstrapInterfaceTest, ExecutablesOfAnAccountStay) {
  begin();
  write_account(101);
  EXPECT_TRUE(servers.find(1)->has(lwm2m::objects::server::kDisable));
  EXPECT_TRUE(servers.find(1)->has(lwm2m::objects::server::kRegistrationUpdateTrigger));
}

TEST_F(BootstrapInterfaceTest, RefusesWhatItCannotTake) {
  LINNET_REQ("BS-39");
  begin();
  EXPECT_EQ(write("/5/0", R"([{"n":"/5/0/0","v":1}])").code(), Code::NotFound);
  EXPECT_EQ(write("/1000/0", "[{").code(), Code::BadRequest);
  EXPECT_EQ(write("/1000/0", R"([{"n":"/1000/1/0","vs":"outside"}])").code(), Code::BadRequest);
  EXPECT_EQ(write("/1000/0", R"([{"n":"/1000/0/1","v":500}])").code(), Code::BadRequest);
  EXPECT_EQ(write("/3/1", R"([{"n":"/3/1/15","vs":"x"}])").code(), Code::BadRequest)
      << "there is one device";
  EXPECT_EQ(bootstrap
                ->ask({.code = Code::Put,
                       .path = "/1000/0",
                       .payload = "x",
                       .format = static_cast<ContentFormat>(999)})
                .code(),
            Code::UnsupportedContentFormat);
  EXPECT_EQ(bootstrap->ask({.code = Code::Put, .path = "/1000/0", .payload = "x"}).code(),
            Code::BadRequest);
  EXPECT_EQ(write("/1000/0/13", R"([{"n":"/1000/0/13","vd":"AA"}])").code(), Code::MethodNotAllowed)
      << "a stream could not be taken back";
  EXPECT_EQ(bootstrap->ask({.code = Code::Post, .path = "/1000"}).code(), Code::MethodNotAllowed);
  EXPECT_EQ(every.at(Path(1000, 0, kText)).as_string(), "mine");
  EXPECT_EQ(every.writes, 0);
}

TEST_F(BootstrapInterfaceTest, TheTimeOfTheLastBootstrapIsNoted) {
  LINNET_REQ("BS-43");
  namespace srv = lwm2m::objects::server;
  add_bootstrap();
  add_server(101);
  add_server(102);
  ASSERT_TRUE(servers.set(1, srv::kLastBootstrapped, 5).ok());
  ASSERT_TRUE(servers.set(2, srv::kLastBootstrapped, 5).ok());
  start();
  register_all();
  ASSERT_TRUE(client->bootstrap(now).ok());
  open();
  EXPECT_EQ(write("/0/2", account_json(102)).code(), Code::Changed);
  EXPECT_EQ(servers.find(1)->get(srv::kLastBootstrapped), 5u);
  EXPECT_EQ(servers.find(2)->get(srv::kLastBootstrapped), 1'700'000'000u);
}

TEST_F(BootstrapInterfaceTest, ALongWriteComesInBlocks) {
  LINNET_REQ("BS-40");
  begin();
  std::string json = R"([{"n":"/1000/1/0","vs":"long"})";
  for (int i = 0; i < 40; ++i) {
    json += R"(,{"n":"/1000/1/12/)" + std::to_string(i) + R"(","v":)" + std::to_string(i) + "}";
  }
  json += "]";
  for (std::size_t at = 0; at < json.size(); at += 64) {
    const bool more = at + 64 < json.size();
    const Sent answer =
        bootstrap->ask({.code = Code::Put,
                        .path = "/1000/1",
                        .payload = json.substr(at, 64),
                        .format = ContentFormat::SenmlJson,
                        .block1 = coap::BlockOption{static_cast<std::uint32_t>(at / 64), more, 2}});
    ASSERT_EQ(answer.code(), more ? Code::Continue : Code::Changed) << at;
  }
  EXPECT_EQ(every.at(Path(1000, 1, kNumbers, 39)).as_integer(), 39);
}

// --- Delete ---

TEST_F(BootstrapInterfaceTest, DeletesInstancesObjectsAndEverything) {
  LINNET_REQ("BS-45");
  LINNET_REQ("BS-46");
  begin();
  every.set(1, kText, Value::string("x"));
  EXPECT_EQ(remove("/1000/0").code(), Code::Deleted);
  EXPECT_EQ(every.instances.count(0), 0u);
  EXPECT_EQ(remove("/1000/0").code(), Code::BadRequest) << "unknown";
  EXPECT_EQ(remove("/4711").code(), Code::BadRequest);
  EXPECT_EQ(remove("/1000/1/0").code(), Code::BadRequest) << "no resources";
  EXPECT_EQ(remove("/0/0").code(), Code::BadRequest) << "the bootstrap account stays";
  EXPECT_EQ(remove("/3/0").code(), Code::BadRequest);
  EXPECT_EQ(remove("/3").code(), Code::Deleted) << "without effect";
  EXPECT_EQ(remove("/0").code(), Code::Deleted);
  EXPECT_NE(security.find(0), nullptr);
  EXPECT_EQ(security.find(1), nullptr);
  EXPECT_EQ(servers.find(1), nullptr) << "the other half of the account goes with it";
  EXPECT_EQ(remove("").code(), Code::Deleted);
  EXPECT_EQ(discover("").payload(),
            "</>;lwm2m=1.1,</0/0>,</1>,</2>;ver=1.1,</3/0>,</1000>;ver=2.1");
}

}  // namespace
}  // namespace linnet::client::test
