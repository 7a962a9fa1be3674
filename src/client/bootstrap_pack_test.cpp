// SPDX-License-Identifier: Apache-2.0
// Pins the Bootstrap-Pack: one request for everything, and the plain bootstrap when it fails.
#include <client/bootstrap_device.hpp>

namespace linnet::client::test {
namespace {

struct BootstrapPackTest : BootstrapTest {
  BootstrapPackTest() {
    config.version = lwm2m::kEnabler12;
    config.bootstrap_pack = true;
  }
  static std::string server_json(ShortServerId ssid) {
    return R"({"n":"/1/1/0","v":)" + std::to_string(ssid) +
           R"(},{"n":"/1/1/1","v":300},{"n":"/1/1/6","vb":true},{"n":"/1/1/7","vs":"U"})";
  }
  static std::string security_json(ShortServerId ssid) {
    return R"({"n":"/0/1/0","vs":"coap://server"},{"n":"/0/1/1","vb":false},{"n":"/0/1/2","v":3},)"
           R"({"n":"/0/1/3","vd":""},{"n":"/0/1/4","vd":""},{"n":"/0/1/5","vd":""},{"n":"/0/1/10","v":)" +
           std::to_string(ssid) + "}";
  }
  void expect_plain_request() {
    const Sent request = bootstrap->expect();
    EXPECT_EQ(request.code(), Code::Post);
    EXPECT_EQ(request.path(), "/bs");
  }
};

TEST_F(BootstrapPackTest, OneAnswerHoldsEverything) {
  LINNET_REQ("BS-57");
  LINNET_REQ("BS-59");
  LINNET_REQ("BS-60");
  add_bootstrap();
  every.set(0, kText, Value::string("old"));
  every.set(1, kText, Value::string("old"));
  clock.zone = "Europe/Vienna";
  start();
  const Sent request = bootstrap->expect();
  EXPECT_EQ(request.code(), Code::Get);
  EXPECT_EQ(request.path(), "/bspack");
  EXPECT_EQ(request.query(), "?ep=dev-1");
  EXPECT_EQ(request.number(OptionNumber::Accept), 110u);
  bootstrap->answer(request,
                    {.code = Code::Content,
                     .payload = "[" + security_json(101) + "," + server_json(101) +
                                R"(,{"n":"/1000/2/0","vs":"new"},{"n":"/1000/2/99","v":1},)"
                                R"({"n":"/4711/0/0","v":1}])",
                     .format = ContentFormat::SenmlJson});
  const Sent registration = bootstrap->expect();
  EXPECT_EQ(registration.path(), "/rd") << "no Finish is waited for";
  EXPECT_EQ(every.instances.size(), 1u) << "what was there of an object in the pack is gone";
  EXPECT_EQ(every.at(Path(1000, 2, kText)).as_string(), "new");
  EXPECT_NE(security.find(0), nullptr) << "the bootstrap account stays";
  EXPECT_EQ(clock.zone, "Europe/Vienna") << "objects that are not in the pack stay as they are";
  EXPECT_EQ(events(EventType::BootstrapDone), 1u);
}

TEST_F(BootstrapPackTest, ALongPackComesInBlocks) {
  LINNET_REQ("BS-58");
  add_bootstrap();
  start();
  const std::string pack = "[" + security_json(101) + "," + server_json(101) + "]";
  for (std::uint32_t number = 0;; ++number) {
    const Sent request = bootstrap->expect();
    EXPECT_EQ(request.path(), "/bspack");
    if (number != 0) {
      ASSERT_TRUE(request.block(OptionNumber::Block2));
      EXPECT_EQ(request.block(OptionNumber::Block2)->number, number);
    }
    const std::size_t at = number * 64;
    const bool more = at + 64 < pack.size();
    bootstrap->answer(request, {.code = Code::Content,
                                .payload = pack.substr(at, 64),
                                .format = ContentFormat::SenmlJson,
                                .block2 = coap::BlockOption{number, more, 2}});
    if (!more) break;
  }
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
}

TEST_F(BootstrapPackTest, ARefusalLeadsToAPlainBootstrap) {
  LINNET_REQ("BS-61");
  LINNET_REQ("BS-62");
  for (const Code code : {Code::NotImplemented, Code::MethodNotAllowed, Code::BadRequest}) {
    if (!client) {
      add_bootstrap();
      start();
    } else {
      ASSERT_TRUE(client->bootstrap(now).ok());
    }
    bootstrap->answer(bootstrap->expect(), {.code = code});
    const Sent request = bootstrap->expect();
    EXPECT_EQ(request.path(), "/bs");
    bootstrap->answer(request, {.code = Code::BadRequest});
  }
}

TEST_F(BootstrapPackTest, APackThatDoesNotFitTogetherIsTakenBack) {
  LINNET_REQ("BS-62");
  add_bootstrap();
  every.set(0, kText, Value::string("old"));
  start();
  bootstrap->answer(bootstrap->expect(),
                    {.code = Code::Content,
                     .payload = "[" + server_json(101) + R"(,{"n":"/1000/2/0","vs":"new"}])",
                     .format = ContentFormat::SenmlJson});
  expect_plain_request();
  EXPECT_EQ(events(EventType::BootstrapRefused), 1u);
  EXPECT_EQ(every.instances.size(), 1u);
  EXPECT_EQ(every.at(Path(1000, 0, kText)).as_string(), "old");
  EXPECT_EQ(servers.find(1), nullptr);
}

TEST_F(BootstrapPackTest, GarbageIsTakenBack) {
  LINNET_REQ("BS-62");
  add_bootstrap();
  start();
  bootstrap->answer(bootstrap->expect(), {.code = Code::Content,
                                          .payload = "[" + security_json(101) + ",{",
                                          .format = ContentFormat::SenmlJson});
  expect_plain_request();
  EXPECT_EQ(security.find(1), nullptr);
}

TEST_F(BootstrapPackTest, SilenceIsAskedAgain) {
  LINNET_REQ("BS-62");
  add_bootstrap();
  start();
  int packs = 0;
  bool plain = false;
  for (int i = 0; i < 200 && !plain; ++i) {
    while (const auto sent = bootstrap->poll()) {
      packs += sent->path() == "/bspack" ? 1 : 0;
      plain = plain || sent->path() == "/bs";
    }
    pass(seconds(2));
  }
  EXPECT_EQ(packs, 10) << "two requests, each sent five times";
  EXPECT_TRUE(plain);
}

TEST_F(BootstrapPackTest, ServersInThePackStay) {
  LINNET_REQ("BS-59");
  add_bootstrap();
  add_server(101);
  add_server(102);
  rule(Path(1000, 0), 101, {{101, 15}});
  rule(Path(1000, 1), 102, {{102, 15}});
  every.set(0, kText, Value::string("of 101"));
  every.set(1, kText, Value::string("of 102"));
  start();
  register_all();
  ASSERT_TRUE(client->bootstrap(now).ok());
  bootstrap->answer(bootstrap->expect(),
                    {.code = Code::Content,
                     .payload = "[" + security_json(101) + "," + server_json(101) + "]",
                     .format = ContentFormat::SenmlJson});
  while (const auto sent = bootstrap->poll()) {
    EXPECT_TRUE(sent->code() != Code::Delete || sent->peer == 1);
  }
  EXPECT_EQ(every.instances.count(0), 1u);
  EXPECT_EQ(every.instances.count(1), 0u) << "102 is gone and what it alone could reach";
}

}  // namespace
}  // namespace linnet::client::test
