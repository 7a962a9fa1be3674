// SPDX-License-Identifier: Apache-2.0
// Pins the registration interface on the wire: Register, Update, De-register, expiry, identity
// checks, block-wise registration, and the manners of RFC 7252 around them.
#include <gtest/gtest.h>
#include <fake_device.hpp>
#include <requirement.hpp>

#include <string>

namespace linnet::server {
namespace {

using coap::Code;
using coap::OptionNumber;
using coap::Type;
using test::Bench;
using test::FakeDevice;
using test::MessageBuilder;

class RegistrationInterface : public ::testing::Test {
 protected:
  static ShardConfig config() {
    ShardConfig config;
    config.grace = seconds(10);
    return config;
  }
  Bench bench_{config()};
  FakeDevice device_{bench_, 5683};
};

TEST_F(RegistrationInterface, RegisterCreatesALocationBelowRd) {
  LINNET_REQ("REG-01");
  LINNET_REQ("REG-02");
  LINNET_REQ("REG-16");
  device_.send(device_.registration("ep=urn:dev:1&lt=300&lwm2m=1.1&b=UT&Q&sms=4917012345"));
  const auto answer = device_.take();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->code(), Code::Created);
  EXPECT_EQ(answer->view().type(), Type::Ack);
  const std::string location = answer->path(OptionNumber::LocationPath);
  ASSERT_TRUE(location.starts_with("/rd/")) << location;

  const auto registered = bench_.event<Registered>();
  ASSERT_TRUE(registered.has_value());
  const auto view = bench_.shard.find(registered->id);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(parse_registration_id(location.substr(4)), registered->id);
  EXPECT_EQ(view->endpoint, "urn:dev:1");
  EXPECT_EQ(view->address, device_.address());
  EXPECT_EQ(view->version, lwm2m::kEnabler11);
  EXPECT_EQ(view->lifetime, 300u);
  EXPECT_TRUE(view->binding.has('T'));
  EXPECT_TRUE(view->queue_mode);
  EXPECT_EQ(view->sms, "4917012345");
  EXPECT_EQ(view->links.size(), 4u);
  EXPECT_EQ(view->registered, bench_.now);
  EXPECT_EQ(view->expires, bench_.now + seconds(310));
  EXPECT_EQ(bench_.shard.find("urn:dev:1")->id, registered->id);
}

TEST_F(RegistrationInterface, UnderstandsEveryParameter) {
  LINNET_REQ("REG-12");
  LINNET_REQ("REG-11");
  LINNET_REQ("REG-09");
  device_.register_as("a", "lt=60&lwm2m=1.0&b=UQ&sms=49");
  EXPECT_TRUE(bench_.shard.find("a")->queue_mode);
  device_.register_as("b", "lt=60&lwm2m=1.2&pid=6:1234abcd&pid=\"oma:x,v:y\"&Q");
  EXPECT_TRUE(bench_.shard.find("b")->queue_mode);
  EXPECT_EQ(bench_.shard.find("b")->profile_ids, "6:1234abcd,oma:x,v:y");
}

struct RefusedCase {
  const char* query;
  const char* objects;
  Code code;
};

TEST_F(RegistrationInterface, RefusesWhatIsMissingOrWrong) {
  LINNET_REQ("REG-15");
  LINNET_REQ("ID-03");
  LINNET_REQ("REG-04");
  LINNET_REQ("REG-30");
  const RefusedCase cases[] = {
      {"lt=300&lwm2m=1.1", "</1/0>", Code::BadRequest},
      {"ep=a&lt=300", "</1/0>", Code::BadRequest},
      {"ep=&lt=300&lwm2m=1.1", "</1/0>", Code::BadRequest},
      {"ep=a&ep=b&lt=300&lwm2m=1.1", "</1/0>", Code::BadRequest},
      {"ep=a\x01&lt=300&lwm2m=1.1", "</1/0>", Code::BadRequest},
      {"ep=a\xFF&lt=300&lwm2m=1.1", "</1/0>", Code::BadRequest},
      {"ep=a&lt=-1&lwm2m=1.1", "</1/0>", Code::BadRequest},
      {"ep=a&lt=4294967296&lwm2m=1.1", "</1/0>", Code::BadRequest},
      {"ep=a&lt=&lwm2m=1.1", "</1/0>", Code::BadRequest},
      {"ep=a&lt=300&lwm2m=new", "</1/0>", Code::BadRequest},
      {"ep=a&lt=300&lwm2m=1.1&b=UQ", "</1/0>", Code::BadRequest},
      {"ep=a&lt=300&lwm2m=1.0&b=UT", "</1/0>", Code::BadRequest},
      {"ep=a&lt=300&lwm2m=1.1&Q=1", "</1/0>", Code::BadRequest},
      {"ep=a&lt=300&lwm2m=1.1", "", Code::BadRequest},
      {"ep=a&lt=300&lwm2m=1.1", "nonsense", Code::BadRequest},
  };
  for (const RefusedCase& c : cases) {
    EXPECT_EQ(device_.code_of(device_.registration(c.query, c.objects)), c.code) << c.query;
  }
  const auto other_format = device_.request(Code::Post, "/rd")
                                .query("ep=a&lt=300&lwm2m=1.1")
                                .format(110)
                                .payload(FakeDevice::kObjects);
  EXPECT_EQ(device_.code_of(other_format), Code::BadRequest);
  EXPECT_EQ(bench_.shard.counters().registrations, 0u);
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
}

TEST_F(RegistrationInterface, SpeaksEveryMinorVersionAndNoOtherMajor) {
  LINNET_REQ("REG-06");
  LINNET_REQ("REG-07");
  LINNET_REQ("CMP-01");
  for (const char* version : {"1.0", "1.1", "1.1.1", "1.2", "1.7"}) {
    EXPECT_EQ(device_.code_of(device_.registration(std::string("ep=a&lt=60&lwm2m=") + version)),
              Code::Created)
        << version;
  }
  for (const char* version : {"2.0", "0.9"}) {
    EXPECT_EQ(device_.code_of(device_.registration(std::string("ep=a&lt=60&lwm2m=") + version)),
              Code::PreconditionFailed)
        << version;
  }
}

TEST_F(RegistrationInterface, AsksA12DeviceForItsObjectListWith409) {
  LINNET_REQ("REG-13");
  LINNET_REQ("REG-14");
  EXPECT_EQ(device_.code_of(device_.registration("ep=a&lt=60&lwm2m=1.2&pid=6:1234abcd", "")),
            Code::Conflict);
  EXPECT_EQ(device_.code_of(device_.registration("ep=a&lt=60&lwm2m=1.2&pid=6:1234abcd")),
            Code::Created);
}

TEST_F(RegistrationInterface, AcceptsUnknownObjectsVersionsAttributesAndParameters) {
  LINNET_REQ("REG-29");
  LINNET_REQ("OV-06");
  device_.register_as("a", "lt=60&lwm2m=1.1&tenant=7&x",
                      "</1/0>;hb,</31999/0>;ver=9.9;foo=bar,</some/thing>");
  const auto view = bench_.shard.find("a");
  EXPECT_TRUE(view->has_instance(31999, 0));
  EXPECT_EQ(view->object_version(31999), (lwm2m::Version{9, 9}));
}

TEST(RegistrationPolicy, MayRefuseUnknownParameters) {
  ShardConfig config;
  config.refuse_unknown_parameters = true;
  Bench bench(config);
  FakeDevice device(bench, 1);
  EXPECT_EQ(device.code_of(device.registration("ep=a&lt=60&lwm2m=1.1&tenant=7")), Code::BadRequest);
}

TEST_F(RegistrationInterface, AssumesADayWithoutLifetimeAndZeroIsForEver) {
  LINNET_REQ("REG-05");
  LINNET_REQ("REG-44");
  device_.register_as("a", "lwm2m=1.1");
  EXPECT_EQ(bench_.shard.find("a")->lifetime, 86400u);
  device_.register_as("b", "lwm2m=1.2&lt=0");
  EXPECT_TRUE(bench_.shard.find("b")->expires.is_never());
  bench_.run_for(seconds(3600LL * 24 * 365 * 10));
  EXPECT_FALSE(bench_.shard.find("a").has_value());
  EXPECT_TRUE(bench_.shard.find("b").has_value());
}

TEST_F(RegistrationInterface, RegisteringAgainReplacesTheOldRegistration) {
  LINNET_REQ("REG-17");
  const std::string old = device_.register_as("a");
  const RegistrationId old_id = bench_.event<Registered>()->id;
  device_.move_to(SocketAddress::v4(192, 0, 2, 7, 1));
  const std::string location = device_.register_as("a", "lwm2m=1.2&lt=60", "</1/0>,</3/0>");
  EXPECT_NE(location, old);
  const auto ended = bench_.event<Deregistered>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->id, old_id);
  EXPECT_EQ(ended->endpoint, "a");
  EXPECT_EQ(ended->reason, Deregistered::Reason::Replaced);
  EXPECT_TRUE(bench_.event<Registered>().has_value());
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, old)), Code::NotFound);
  EXPECT_EQ(device_.code_of(device_.request(Code::Delete, old)), Code::NotFound);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location)), Code::Changed);
  EXPECT_EQ(bench_.shard.counters().registrations, 1u);
}

TEST_F(RegistrationInterface, UpdateChangesOnlyWhatItSays) {
  LINNET_REQ("REG-32");
  LINNET_REQ("REG-33");
  const std::string location = device_.register_as("a", "lwm2m=1.1&lt=300&b=U");
  bench_.run_for(seconds(5));
  bench_.drop_events();
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location)), Code::Changed);
  auto updated = bench_.event<Updated>();
  ASSERT_TRUE(updated.has_value());
  EXPECT_TRUE(updated->refresh_only());
  EXPECT_EQ(bench_.shard.find("a")->updated, bench_.now);
  EXPECT_EQ(bench_.shard.find("a")->lifetime, 300u);

  const auto everything = device_.request(Code::Post, location)
                              .query("lt=60&b=UT&sms=1&Q&pid=v:z")
                              .format(40)
                              .payload("</1/0>,</5/0>");
  EXPECT_EQ(device_.code_of(everything), Code::Changed);
  updated = bench_.event<Updated>();
  EXPECT_TRUE(updated->lifetime_changed && updated->links_changed && updated->binding_changed);
  EXPECT_FALSE(updated->address_changed);
  const auto view = bench_.shard.find("a");
  EXPECT_EQ(view->lifetime, 60u);
  EXPECT_TRUE(view->binding.has('T'));
  EXPECT_TRUE(view->queue_mode);
  EXPECT_EQ(view->profile_ids, "v:z");
  EXPECT_TRUE(view->has_instance(5, 0));
  EXPECT_FALSE(view->has_instance(3, 0));
}

TEST_F(RegistrationInterface, RefusesABadUpdateWithoutTouchingTheRegistration) {
  const std::string location = device_.register_as("a", "lwm2m=1.1&lt=300&b=U");
  const Instant updated = bench_.now;
  bench_.run_for(seconds(5));
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location).query("lt=60&b=UQ")),
            Code::BadRequest);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location).query("lt=x")), Code::BadRequest);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location).format(40).payload("<")),
            Code::BadRequest);
  EXPECT_EQ(bench_.shard.find("a")->updated, updated);
  EXPECT_EQ(bench_.shard.find("a")->lifetime, 300u);
}

TEST_F(RegistrationInterface, UnknownLocationsGet404) {
  LINNET_REQ("REG-40");
  for (const char* path : {"/rd/0", "/rd/AAAAAAAAAAA", "/rd/zzzzzzzzzzz", "/rd/x/y", "/rdx"}) {
    EXPECT_EQ(device_.code_of(device_.request(Code::Post, path)), Code::NotFound) << path;
    EXPECT_EQ(device_.code_of(device_.request(Code::Delete, path)), Code::NotFound) << path;
  }
}

TEST_F(RegistrationInterface, DeregisterRemovesTheDevice) {
  LINNET_REQ("REG-42");
  LINNET_REQ("REG-43");
  LINNET_REQ("REG-45");
  const std::string location = device_.register_as("a");
  EXPECT_EQ(device_.code_of(device_.request(Code::Delete, location)), Code::Deleted);
  const auto ended = bench_.event<Deregistered>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, Deregistered::Reason::Request);
  EXPECT_FALSE(bench_.shard.find("a").has_value());
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location)), Code::NotFound);
  EXPECT_TRUE(bench_.shard.next_timeout().is_never());
}

TEST_F(RegistrationInterface, ExpiresAtLifetimeAndGraceToTheMillisecond) {
  LINNET_REQ("REG-43");
  const std::string location = device_.register_as("a", "lwm2m=1.1&lt=300");
  bench_.run_for(seconds(200));
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location)), Code::Changed);
  bench_.run_for(milliseconds(310'000 - 1));
  EXPECT_TRUE(bench_.shard.find("a").has_value());
  bench_.run_for(milliseconds(1));
  EXPECT_FALSE(bench_.shard.find("a").has_value());
  EXPECT_EQ(bench_.event<Deregistered>()->reason, Deregistered::Reason::Expired);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location)), Code::NotFound);
}

TEST_F(RegistrationInterface, ManyThatExpireAtOnceLeaveTimeForOthers) {
  constexpr std::uint32_t kMany = 10'000;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    device_.register_as("d" + std::to_string(i), "lwm2m=1.1&lt=300");
  }
  bench_.drop_events();
  bench_.now = bench_.now + seconds(310);
  int calls = 0;
  for (; bench_.shard.next_timeout() <= bench_.now && calls < 1000; ++calls) {
    const std::uint32_t before = bench_.shard.counters().registrations;
    bench_.shard.on_timeout(bench_.now);
    EXPECT_LE(before - bench_.shard.counters().registrations, 4096u);
  }
  EXPECT_GE(calls, 3);
  EXPECT_EQ(bench_.shard.counters().registrations, 0u);
  EXPECT_EQ(bench_.shard.counters().expirations, kMany);
}

TEST_F(RegistrationInterface, AShorterLifetimeTakesEffectAtOnce) {
  const std::string location = device_.register_as("a", "lwm2m=1.1&lt=86400");
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location).query("lt=20")), Code::Changed);
  bench_.run_for(seconds(30));
  EXPECT_FALSE(bench_.shard.find("a").has_value());
}

TEST_F(RegistrationInterface, AdoptsTheAddressOfAnUpdate) {
  LINNET_REQ("REG-41");
  const std::string location = device_.register_as("a");
  device_.move_to(SocketAddress::v4(192, 0, 2, 99, 40000));
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location)), Code::Changed);
  EXPECT_TRUE(bench_.event<Updated>()->address_changed);
  EXPECT_EQ(bench_.shard.find("a")->address, device_.address());
}

TEST(RegistrationPolicy, MayBindARegistrationToItsAddress) {
  ShardConfig config;
  config.adopt_new_address = false;
  Bench bench(config);
  FakeDevice device(bench, 1);
  const std::string location = device.register_as("a");
  device.move_to(SocketAddress::v4(192, 0, 2, 99, 40000));
  EXPECT_EQ(device.code_of(device.request(Code::Post, location)), Code::NotFound);
  EXPECT_EQ(device.code_of(device.request(Code::Delete, location)), Code::NotFound);
  EXPECT_TRUE(bench.shard.find("a").has_value());
}

class Rules final : public Authorizer {
 public:
  Access decide(const AccessRequest& request) override {
    seen = request.kind;
    had_registration = request.registration != nullptr;
    endpoint = std::string(request.endpoint);
    return verdict;
  }
  Access verdict = Access::Allow;
  AccessRequest::Kind seen{};
  bool had_registration = false;
  std::string endpoint;
};

TEST(RegistrationPolicy, AsksTheAuthorizerForEachRequest) {
  LINNET_REQ("REG-15");
  Rules rules;
  Bench bench({}, &rules);
  FakeDevice device(bench, 1);
  rules.verdict = Access::Unknown;
  EXPECT_EQ(device.code_of(device.registration("ep=a&lwm2m=1.1")), Code::BadRequest);
  EXPECT_FALSE(rules.had_registration);
  rules.verdict = Access::Forbidden;
  EXPECT_EQ(device.code_of(device.registration("ep=a&lwm2m=1.1")), Code::Forbidden);
  rules.verdict = Access::Allow;
  const std::string location = device.register_as("a");
  rules.verdict = Access::Unknown;
  EXPECT_EQ(device.code_of(device.request(Code::Post, location)), Code::BadRequest);
  EXPECT_EQ(rules.seen, AccessRequest::Kind::Update);
  EXPECT_EQ(rules.endpoint, "a");
  EXPECT_EQ(device.code_of(device.request(Code::Delete, location)), Code::BadRequest);
  EXPECT_EQ(rules.seen, AccessRequest::Kind::Deregister);
  EXPECT_TRUE(rules.had_registration);
  EXPECT_TRUE(bench.shard.find("a").has_value());
}

std::string many_objects(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i ? ",</3303/" : "</3303/") + std::to_string(i) + ">";
  return text;
}

TEST_F(RegistrationInterface, TakesALongListBlockByBlock) {
  LINNET_REQ("REG-31");
  const std::string objects = many_objects(60);
  const std::string query = "ep=a&lt=300&lwm2m=1.1";
  std::string location;
  for (std::uint32_t block = 0; block * 64 < objects.size(); ++block) {
    const bool more = (block + 1) * 64 < objects.size();
    const auto message = device_.request(Code::Post, "/rd")
                             .query(query)
                             .format(40)
                             .block1(block, more, 2)
                             .payload(objects.substr(block * 64, 64));
    for (int copy = 0; copy < 2; ++copy) {  // each block arrives twice
      const auto answer = device_.ask(message);
      ASSERT_EQ(answer.code(), more ? Code::Continue : Code::Created);
      const auto echoed = answer.block(OptionNumber::Block1);
      ASSERT_TRUE(echoed.has_value());
      EXPECT_EQ(echoed->number, block);
      EXPECT_EQ(echoed->more, more);
      EXPECT_EQ(echoed->szx, 2);
      if (more) continue;
      if (copy == 0) location = answer.path(OptionNumber::LocationPath);
      EXPECT_EQ(answer.path(OptionNumber::LocationPath), location);
    }
  }
  EXPECT_EQ(bench_.shard.find("a")->links.size(), 60u);
  EXPECT_EQ(bench_.shard.counters().registers, 1u);
}

TEST(RegistrationBlocks, AMissingBlockAndTooLongABodyAreRefused) {
  LINNET_REQ("REG-31");
  ShardConfig config;
  config.max_request_bytes = 128;
  config.max_block_transfers = 2;
  Bench bench(config);
  FakeDevice device(bench, 1);
  const std::string objects = many_objects(30);
  const auto block = [&](FakeDevice& from, std::uint32_t number) {
    return from.ask(from.request(Code::Post, "/rd")
                        .query("ep=a&lwm2m=1.1")
                        .format(40)
                        .block1(number, true, 2)
                        .payload(objects.substr(number * 64, 64)));
  };
  EXPECT_EQ(block(device, 1).code(), Code::RequestEntityIncomplete);
  EXPECT_EQ(block(device, 0).code(), Code::Continue);
  EXPECT_EQ(block(device, 1).code(), Code::RequestEntityTooLarge);
  EXPECT_EQ(block(device, 1).code(), Code::RequestEntityIncomplete);
  // No more transfers at a time than allowed: the oldest is given up.
  FakeDevice second(bench, 2);
  FakeDevice third(bench, 3);
  EXPECT_EQ(block(device, 0).code(), Code::Continue);
  bench.run_for(seconds(1));
  EXPECT_EQ(block(second, 0).code(), Code::Continue);
  EXPECT_EQ(block(third, 0).code(), Code::Continue);
  EXPECT_EQ(block(device, 1).code(), Code::RequestEntityIncomplete);
  const auto reserved = device.request(Code::Post, "/rd")
                            .query("ep=a&lwm2m=1.1")
                            .number(OptionNumber::Block1, 7)
                            .payload("</1/0>");
  EXPECT_EQ(device.code_of(reserved), Code::BadRequest);
}

TEST_F(RegistrationInterface, ADuplicateGetsTheSameAnswerAndDoesNothing) {
  LINNET_REQ("TR-08");
  const auto registration = device_.registration("ep=a&lt=300&lwm2m=1.1").bytes();
  device_.send(registration);
  const auto first = device_.take();
  bench_.run_for(seconds(200));
  device_.send(registration);
  const auto second = device_.take();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->bytes(), second->bytes());
  EXPECT_EQ(bench_.shard.counters().registers, 1u);
  EXPECT_EQ(bench_.shard.counters().duplicates, 1u);

  const std::string location = first->path(OptionNumber::LocationPath);
  const auto removal = device_.request(Code::Delete, location).bytes();
  for (int copy = 0; copy < 3; ++copy) {
    device_.send(removal);
    EXPECT_EQ(device_.take()->code(), Code::Deleted);
  }
  EXPECT_EQ(bench_.shard.counters().deregisters, 1u);
}

TEST_F(RegistrationInterface, ACopyOfAnUpdateIsOneUpdate) {
  LINNET_REQ("TR-08");
  const std::string location = device_.register_as("a");
  const auto refresh = device_.request(Code::Post, location);
  const auto change = device_.request(Code::Post, location).query("lt=60");
  bench_.run_for(seconds(10));
  EXPECT_EQ(device_.code_of(refresh), Code::Changed);
  const Instant updated = bench_.now;
  bench_.run_for(seconds(246));
  EXPECT_EQ(device_.code_of(refresh), Code::Changed);
  EXPECT_EQ(bench_.shard.find("a")->updated, updated);
  EXPECT_EQ(bench_.shard.counters().updates, 1u);
  EXPECT_EQ(device_.code_of(change), Code::Changed);
  bench_.drop_events();
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location).query("lt=90")), Code::Changed);
  EXPECT_EQ(device_.code_of(change), Code::Changed) << "an older one, late";
  EXPECT_EQ(bench_.shard.find("a")->lifetime, 90u);
  EXPECT_EQ(bench_.shard.counters().updates, 3u);
  EXPECT_EQ(bench_.shard.counters().duplicates, 2u);
  // After the lifetime of its message id, the same id is a new message.
  EXPECT_EQ(device_.code_of(refresh), Code::Changed);
  EXPECT_EQ(bench_.shard.counters().updates, 4u);
}

TEST_F(RegistrationInterface, AnswersNonConfirmableInKind) {
  const auto message = device_.request(Code::Post, "/rd", Type::Non)
                           .query("ep=a&lwm2m=1.1")
                           .format(40)
                           .payload("</1/0>");
  const auto answer = device_.ask(message);
  EXPECT_EQ(answer.view().type(), Type::Non);
  EXPECT_EQ(answer.code(), Code::Created);
  device_.send(message);
  EXPECT_TRUE(bench_.silent()) << "a copy of a NON is dropped";
}

TEST_F(RegistrationInterface, MindsNoResponse) {
  const std::string location = device_.register_as("a");
  auto update = device_.request(Code::Post, location).number(OptionNumber::NoResponse, 2);
  const auto answer = device_.ask(update);
  EXPECT_EQ(answer.code(), Code::Empty);
  EXPECT_EQ(answer.view().type(), Type::Ack);
  EXPECT_EQ(bench_.shard.counters().updates, 1u);
}

TEST_F(RegistrationInterface, HasTheMannersOfCoap) {
  LINNET_REQ("TR-01");
  // A ping.
  device_.send(coap::empty_message(Type::Con, 77));
  auto reset = device_.take();
  ASSERT_TRUE(reset.has_value());
  EXPECT_EQ(reset->view().type(), Type::Rst);
  EXPECT_EQ(reset->view().message_id(), 77);
  // Acknowledgements and resets of nothing.
  device_.send(coap::empty_message(Type::Ack, 78));
  device_.send(coap::empty_message(Type::Rst, 79));
  EXPECT_TRUE(bench_.silent());
  // Responses nobody asked for.
  device_.send(MessageBuilder(Type::Con, Code::Content, 80, coap::Token::from_number(9, 8)));
  EXPECT_EQ(device_.take()->view().type(), Type::Rst);
  device_.send(MessageBuilder(Type::Non, Code::Content, 81, coap::Token::from_number(9, 8)));
  device_.send(MessageBuilder(Type::Ack, Code::Content, 82, coap::Token::from_number(9, 8)));
  EXPECT_TRUE(bench_.silent());
  // Options.
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, "/rd").option(OptionNumber{9}, "x")),
            Code::BadOption);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, "/rd").option(OptionNumber::IfMatch, "x")),
            Code::BadOption);
  EXPECT_EQ(device_.code_of(
                device_.request(Code::Get, "/rd").option(OptionNumber::ProxyUri, "coap://x/")),
            Code::ProxyingNotSupported);
  // Resources and methods.
  EXPECT_EQ(device_.code_of(device_.request(Code::Get, "/")), Code::NotFound);
  EXPECT_EQ(device_.code_of(device_.request(Code::Get, "/nothing")), Code::NotFound);
  EXPECT_EQ(device_.code_of(device_.request(Code::Get, "/rd")), Code::MethodNotAllowed);
  EXPECT_EQ(device_.code_of(device_.request(Code::Put, "/rd/x")), Code::MethodNotAllowed);
  EXPECT_EQ(device_.code_of(device_.request(Code::Fetch, "/dp")), Code::MethodNotAllowed);
  EXPECT_EQ(device_.code_of(device_.request(Code{0x1F}, "/rd")), Code::MethodNotAllowed);
}

TEST_F(RegistrationInterface, SaysWhatItHasInWellKnownCore) {
  const auto answer = device_.ask(device_.request(Code::Get, "/.well-known/core"));
  EXPECT_EQ(answer.code(), Code::Content);
  EXPECT_EQ(answer.view().content_format(), coap::ContentFormat::LinkFormat);
  EXPECT_NE(answer.payload().find("</rd>;rt=\"core.rd\""), std::string::npos);
  EXPECT_NE(answer.payload().find("</dp>"), std::string::npos);
  EXPECT_EQ(device_.code_of(
                device_.request(Code::Get, "/.well-known/core").number(OptionNumber::Accept, 60)),
            Code::NotAcceptable);
}

TEST_F(RegistrationInterface, MalformedDatagramsAreRejectedOrIgnored) {
  const std::uint8_t bad_token[] = {0x49, 0x01, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  device_.send(bad_token);
  const auto reset = device_.take();
  ASSERT_TRUE(reset.has_value());
  EXPECT_EQ(reset->view().type(), Type::Rst);
  EXPECT_EQ(reset->view().message_id(), 0x1234);
  device_.send(ByteView{});
  device_.send(std::array<std::uint8_t, 3>{0x40, 0x01, 0x12});
  device_.send(std::array<std::uint8_t, 4>{0x80, 0x01, 0x12, 0x34});
  EXPECT_TRUE(bench_.silent());
  EXPECT_EQ(bench_.shard.counters().malformed, 4u);
}

TEST(RegistrationLimits, AFullRegistryAnd503) {
  ShardConfig config;
  config.max_registrations = 2;
  Bench bench(config);
  FakeDevice device(bench, 1);
  device.register_as("a");
  const std::string location = device.register_as("b");
  EXPECT_EQ(device.code_of(device.registration("ep=c&lwm2m=1.1")), Code::ServiceUnavailable);
  EXPECT_EQ(device.code_of(device.request(Code::Delete, location)), Code::Deleted);
  EXPECT_EQ(device.code_of(device.registration("ep=c&lwm2m=1.1")), Code::Created);
}

TEST(RegistrationLimits, AnswersThatPromiseNothingOutliveAFailingStore) {
  Bench bench;
  FakeDevice device(bench, 1);
  const std::string location = device.register_as("a");
  const SocketAddress from = SocketAddress::v4(192, 0, 2, 1, 1);
  const auto give = [&](const MessageBuilder& message) {
    bench.shard.receive(bench.now, from, message.bytes());  // and nothing is sent yet
  };
  const auto another = device.registration("ep=b&lwm2m=1.1");
  give(another);
  give(another);  // a copy
  give(device.request(Code::Post, location));
  give(device.request(Code::Post, location).query("lt=60"));
  give(device.request(Code::Post, "/rd/none"));
  bench.shard.drop_answers();
  EXPECT_EQ(device.take()->code(), Code::Changed) << "of \"I am here\"";
  EXPECT_EQ(device.take()->code(), Code::NotFound);
  EXPECT_TRUE(bench.silent());
  EXPECT_EQ(device.code_of(another), Code::Created) << "its retransmission";
}

TEST(RegistrationLimits, EventsNobodyPollsStopTheIntake) {
  ShardConfig config;
  config.max_events = 3;
  Bench bench(config);
  FakeDevice device(bench, 1);
  for (int i = 0; i < 3; ++i) device.register_as("a" + std::to_string(i), "lwm2m=1.1&lt=1");
  const auto fourth = device.registration("ep=late&lwm2m=1.1");
  device.send(fourth);
  EXPECT_TRUE(bench.silent());
  EXPECT_EQ(bench.shard.counters().dropped, 1u);
  bench.drop_events();
  EXPECT_EQ(device.code_of(fourth), Code::Created) << "its retransmission is taken";
}

TEST_F(RegistrationInterface, RegistrationsCanBeWalkedWhileTheyChange) {
  for (int i = 0; i < 50; ++i) device_.register_as("d" + std::to_string(i));
  std::uint32_t cursor = 0;
  int seen = 0;
  while (const auto view = bench_.shard.next_registration(cursor)) {
    ++seen;
    if (seen % 2 == 0) {
      EXPECT_TRUE(bench_.shard.remove(bench_.now, view->id));
    }
  }
  EXPECT_EQ(seen, 50);
  EXPECT_EQ(bench_.shard.counters().registrations, 25u);
}

}  // namespace
}  // namespace linnet::server
