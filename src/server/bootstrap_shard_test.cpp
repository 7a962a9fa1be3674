// SPDX-License-Identifier: Apache-2.0
// Sessions of a bootstrap server with a scripted device: the course of one, and everything that
// goes wrong on the way.
#include <linnet/server/bootstrap_shard.hpp>

#include <gtest/gtest.h>

#include <bootstrap_bench.hpp>
#include <requirement.hpp>

#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::Code;
using coap::ContentFormat;
using coap::OptionNumber;
using coap::Type;
using lwm2m::Path;
using lwm2m::Value;
using test::BootstrapBench;
using test::FakeDevice;
using test::MessageBuilder;
using test::one_server;
using test::SentMessage;
using test::server_account;
using Event = BootstrapEvent::Kind;

constexpr Duration kExchangeLifetime = milliseconds(247'000);

class BootstrapShardTest : public ::testing::Test {
 protected:
  MessageBuilder request(std::string_view query = "ep=urn:x:1") {
    return device_.request(Code::Post, "/bs").query(query);
  }
  /// Sends a Bootstrap-Request and takes its answer.
  Code ask(std::string_view query = "ep=urn:x:1") { return device_.code_of(request(query)); }
  /// The next request to the device as "PUT /0/1".
  SentMessage expect(std::string_view what) {
    auto sent = device_.take();
    EXPECT_TRUE(sent.has_value()) << "instead of " << what;
    if (!sent) return SentMessage(coap_ping());
    EXPECT_EQ(
        std::string(coap::name(sent->code())) + " " + (sent->path().empty() ? "/" : sent->path()),
        what);
    EXPECT_EQ((*sent)->type(), Type::Con);
    return std::move(*sent);
  }
  void answer(const SentMessage& asked, Code code) { device_.send(device_.reply(asked, code)); }
  void expect_and_answer(std::string_view what, Code code) { answer(expect(what), code); }
  void answer_links(const SentMessage& asked, std::string_view links) {
    device_.send(device_.reply(asked, Code::Content).format(40).payload(links));
  }
  /// Everything of `one_server` but the Finish.
  void write_all() {
    expect_and_answer("DELETE /", Code::Deleted);
    expect_and_answer("PUT /0/1", Code::Changed);
    expect_and_answer("PUT /1/1", Code::Changed);
  }
  static std::vector<std::uint8_t> coap_ping() {
    const auto ping = coap::empty_message(Type::Con, 1);
    return {ping.begin(), ping.end()};
  }
  std::string failure(BootstrapBench& bench) {
    const auto event = bench.event(Event::Failed);
    return event ? event->reason : "no failure";
  }

  BootstrapBench bench_;
  FakeDevice device_{bench_, 1000};
};

TEST_F(BootstrapShardTest, ConfiguresADevice) {
  LINNET_REQ("BS-02");
  LINNET_REQ("BS-24");
  LINNET_REQ("BS-48");
  bench_.put(one_server());
  EXPECT_EQ(ask(), Code::Changed);
  const SentMessage wipe = expect("DELETE /");
  EXPECT_TRUE(wipe->payload().empty());
  answer(wipe, Code::Deleted);
  const SentMessage security = expect("PUT /0/1");
  EXPECT_EQ(security->content_format(), ContentFormat::Tlv);
  EXPECT_TRUE(device_.take() == std::nullopt);  // one after the other
  answer(security, Code::Changed);
  expect_and_answer("PUT /1/1", Code::Changed);
  const SentMessage finish = expect("POST /bs");
  EXPECT_TRUE(finish->payload().empty());
  EXPECT_FALSE(finish->content_format());
  answer(finish, Code::Changed);
  EXPECT_TRUE(bench_.silent());
  const auto finished = bench_.event(Event::Finished);
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->endpoint, "urn:x:1");
  EXPECT_EQ(bench_.shard.counters().sessions, 0u);
  EXPECT_EQ(bench_.shard.counters().finished, 1u);
  bench_.run_for(seconds(100'000));
  EXPECT_TRUE(bench_.silent());
}

TEST_F(BootstrapShardTest, SendsWhatThePreviewShows) {
  BootstrapConfiguration configuration = one_server();
  configuration.values[0].value = Value::string("coap://{identifier}.example");
  bench_.put(configuration);
  const auto steps = preview(configuration, "urn:x:1", {ContentFormat::SenmlCbor, {}});
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(ask("ep=urn:x:1&pct=112"), Code::Changed);
  for (const BootstrapStep& step : *steps) {
    const auto sent = device_.take();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->code(), method_of(step.kind));
    EXPECT_EQ(sent->path().empty() ? "/" : sent->path(), target_of(step));
    EXPECT_EQ(sent->payload(), as_text(step.payload));
    answer(*sent, step.kind == BootstrapStep::Kind::Delete ? Code::Deleted : Code::Changed);
  }
  EXPECT_TRUE(bench_.event(Event::Finished));
}

TEST_F(BootstrapShardTest, TellsEachStep) {
  bench_.put(one_server());
  (void)ask();
  const auto started = bench_.event(Event::Started);
  ASSERT_TRUE(started);
  EXPECT_EQ(started->configuration, "meters");
  EXPECT_TRUE(started->session.valid());
  const SentMessage wipe = expect("DELETE /");
  auto event = bench_.event(Event::Sent);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->number, 1u);
  EXPECT_EQ(event->target, "/");
  bench_.run_for(milliseconds(250));
  answer(wipe, Code::Deleted);
  event = bench_.event(Event::Answered);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->elapsed.ms, 250);
  EXPECT_EQ(event->code, Code::Deleted);
  EXPECT_EQ(event->outcome, Outcome::Answered);
  const SentMessage write = expect("PUT /0/1");
  event = bench_.event(Event::Sent);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->number, 2u);
  EXPECT_EQ(event->format, ContentFormat::Tlv);
  EXPECT_EQ(event->bytes, write.payload().size());
  EXPECT_EQ(event->session, started->session);
}

TEST_F(BootstrapShardTest, WantsAnEndpoint) {
  LINNET_REQ("BS-21");
  bench_.put(one_server());
  EXPECT_EQ(ask(""), Code::BadRequest);
  EXPECT_EQ(ask("ep="), Code::BadRequest);
  EXPECT_EQ(bench_.event(Event::Denied)->reason, "ep is missing");
  // With a security identity it may be left out.
  bench_.identity = "urn:x:1";
  EXPECT_EQ(ask(""), Code::Changed);
  EXPECT_EQ(bench_.event(Event::Started)->endpoint, "urn:x:1");
}

TEST_F(BootstrapShardTest, TakesTheStandardsFormatsOnly) {
  LINNET_REQ("BS-22");
  LINNET_REQ("BS-23");
  bench_.put(one_server());
  for (const char* good : {"110", "112", "11542", "11544"}) {
    EXPECT_EQ(ask(std::string("ep=urn:x:1&pct=") + good), Code::Changed);
    const SentMessage wipe = expect("DELETE /");
    answer(wipe, Code::Deleted);
    EXPECT_EQ(std::to_string(static_cast<unsigned>(*expect("PUT /0/1")->content_format())), good);
  }
  for (const char* unsupported : {"0", "60", "11543", "65535"}) {
    EXPECT_EQ(ask(std::string("ep=urn:x:1&pct=") + unsupported), Code::UnsupportedContentFormat);
  }
  for (const char* bad : {"", "tlv", "112x", "-1", "65536"}) {
    EXPECT_EQ(ask(std::string("ep=urn:x:1&pct=") + bad), Code::BadRequest);
  }
}

TEST_F(BootstrapShardTest, KnowsNothingForSomeEndpoints) {
  LINNET_REQ("BS-23");
  bench_.put(one_server("meters", "urn:meter:*"));
  EXPECT_EQ(ask("ep=urn:x:1"), Code::BadRequest);
  const auto denied = bench_.event(Event::Denied);
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->reason, "unknown endpoint");
  EXPECT_EQ(denied->endpoint, "urn:x:1");
  EXPECT_TRUE(bench_.silent());
  EXPECT_EQ(ask("ep=urn:meter:1"), Code::Changed);
}

TEST_F(BootstrapShardTest, ComparesEndpointAndIdentity) {
  LINNET_REQ("BS-25");
  bench_.put(one_server());
  bench_.identity = "urn:x:2";
  EXPECT_EQ(ask("ep=urn:x:1"), Code::BadRequest);
  EXPECT_EQ(bench_.event(Event::Denied)->reason, "ep is not what the security identity stands for");
  EXPECT_EQ(ask("ep=urn:x:2"), Code::Changed);
}

TEST(BootstrapSourceTest, MayLookIdentitiesUp) {
  LINNET_REQ("BS-25");
  class Keys final : public BootstrapSource {
   public:
    BootstrapDecision find(const BootstrapRequester& requester) override {
      if (requester.endpoint == "busy") return {BootstrapDecision::Kind::Unavailable, {}};
      return {BootstrapDecision::Kind::Configure, one_server()};
    }
    bool stands_for(std::string_view identity, std::string_view endpoint) override {
      return identity == "key-7" && endpoint == "urn:x:7";
    }
  };
  Keys keys;
  BootstrapBench bench({}, &keys);
  FakeDevice device(bench, 1000);
  bench.identity = "key-7";
  const auto ask = [&](std::string_view query) {
    return device.code_of(device.request(Code::Post, "/bs").query(query));
  };
  EXPECT_EQ(ask("ep=urn:x:8"), Code::BadRequest);
  EXPECT_EQ(ask("ep=urn:x:7"), Code::Changed);
  EXPECT_TRUE(device.take());
  bench.identity.clear();
  EXPECT_EQ(ask("ep=busy"), Code::ServiceUnavailable);
}

TEST_F(BootstrapShardTest, RefusesOtherRequests) {
  bench_.put(one_server());
  EXPECT_EQ(device_.code_of(device_.request(Code::Get, "/bs").query("ep=urn:x:1")),
            Code::MethodNotAllowed);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, "/bspack").query("ep=urn:x:1")),
            Code::MethodNotAllowed);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, "/rd").query("ep=urn:x:1")),
            Code::NotFound);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, "/bs/x").query("ep=urn:x:1")),
            Code::NotFound);
  EXPECT_EQ(device_.code_of(request().option(static_cast<OptionNumber>(65003), "x")),
            Code::BadOption);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, "/bs/").query("ep=urn:x:1")),
            Code::Changed);
}

TEST_F(BootstrapShardTest, AnswersACopyOfTheRequestOnce) {
  bench_.put(one_server());
  const auto datagram = request().bytes();
  device_.send(datagram);
  EXPECT_EQ(device_.take()->code(), Code::Changed);
  const SentMessage wipe = expect("DELETE /");
  device_.send(datagram);
  EXPECT_EQ(device_.take()->code(), Code::Changed);
  EXPECT_TRUE(bench_.silent());
  EXPECT_EQ(bench_.shard.counters().requests, 1u);
  answer(wipe, Code::Deleted);
  (void)expect("PUT /0/1");
}

TEST_F(BootstrapShardTest, BeginsAgainWithTheDevice) {
  bench_.put(one_server());
  (void)ask();
  expect_and_answer("DELETE /", Code::Deleted);
  const SentMessage old = expect("PUT /0/1");
  EXPECT_EQ(ask(), Code::Changed);
  EXPECT_EQ(failure(bench_), "the endpoint began again");
  const SentMessage wipe = expect("DELETE /");
  answer(old, Code::Changed);  // late, and for a session that is over
  EXPECT_TRUE(bench_.silent());
  answer(wipe, Code::Deleted);
  expect_and_answer("PUT /0/1", Code::Changed);
  expect_and_answer("PUT /1/1", Code::Changed);
  expect_and_answer("POST /bs", Code::Changed);
  EXPECT_TRUE(bench_.event(Event::Finished));
  // From elsewhere, too.
  (void)ask();
  FakeDevice moved(bench_, 1001);
  EXPECT_EQ(moved.code_of(moved.request(Code::Post, "/bs").query("ep=urn:x:1")), Code::Changed);
  EXPECT_EQ(bench_.shard.counters().sessions, 1u);
}

TEST_F(BootstrapShardTest, RepeatsWhatIsLost) {
  bench_.put(one_server());
  (void)ask();
  const SentMessage wipe = expect("DELETE /");
  bench_.run_for(milliseconds(1999));
  EXPECT_TRUE(bench_.silent());
  bench_.run_for(milliseconds(1001));
  const SentMessage copy = expect("DELETE /");
  EXPECT_EQ(copy.bytes(), wipe.bytes());
  answer(copy, Code::Deleted);
  answer(copy, Code::Deleted);  // duplicated on the way
  const SentMessage write = expect("PUT /0/1");
  answer(copy, Code::Deleted);
  EXPECT_TRUE(bench_.silent());
  answer(write, Code::Changed);
  (void)expect("PUT /1/1");
  EXPECT_EQ(bench_.shard.counters().retransmissions, 1u);
}

TEST_F(BootstrapShardTest, TriesAStepOnceMore) {
  bench_.put(one_server());
  (void)ask();
  const SentMessage wipe = expect("DELETE /");
  // Four retransmissions go unheard, then the step begins again, as the same message: a device
  // whose answers were lost knows it.
  int copies = 0;
  int attempt = 0;
  for (int second = 0; second < 94 && attempt < 2; ++second) {
    bench_.run_for(seconds(1));
    while (auto copy = device_.take()) {
      EXPECT_EQ(copy->bytes(), wipe.bytes());
      ++copies;
    }
    while (const auto sent = bench_.event(Event::Sent)) attempt = sent->attempt;
  }
  EXPECT_EQ(copies, 5);
  EXPECT_EQ(attempt, 2);
  answer(wipe, Code::Deleted);
  (void)expect("PUT /0/1");
}

TEST_F(BootstrapShardTest, GivesUpADeviceThatVanished) {
  bench_.put(one_server());
  (void)ask();
  (void)expect("DELETE /");
  bench_.run_for(seconds(200));
  EXPECT_EQ(failure(bench_), "delete /: not acknowledged");
  EXPECT_EQ(bench_.shard.counters().sessions, 0u);
  EXPECT_EQ(bench_.shard.counters().failed, 1u);
  while (device_.take()) {
  }
  bench_.run_for(seconds(10'000));
  EXPECT_TRUE(bench_.silent());
}

TEST_F(BootstrapShardTest, WaitsExchangeLifetimeForAnAnswer) {
  LINNET_REQ("BS-27");
  BootstrapShardConfig config;
  config.step_retries = 0;
  BootstrapBench bench(config);
  FakeDevice device(bench, 1000);
  bench.put(one_server());
  (void)device.ask(device.request(Code::Post, "/bs").query("ep=urn:x:1"));
  bench.run_for(seconds(10));
  const auto wipe = device.take();
  ASSERT_TRUE(wipe);
  while (device.take()) {
  }
  device.acknowledge(*wipe);
  bench.run_for(kExchangeLifetime - milliseconds(1));
  EXPECT_EQ(bench.shard.counters().sessions, 1u);
  bench.run_for(milliseconds(1));
  EXPECT_EQ(bench.shard.counters().sessions, 0u);
}

TEST_F(BootstrapShardTest, TakesSeparateAnswers) {
  bench_.put(one_server());
  (void)ask();
  const SentMessage wipe = expect("DELETE /");
  device_.acknowledge(wipe);
  bench_.run_for(seconds(60));
  EXPECT_TRUE(bench_.silent());
  const auto late = device_.later(wipe, Code::Deleted).bytes();
  device_.send(late);
  EXPECT_EQ(device_.take()->code(), Code::Empty);  // acknowledged
  const SentMessage write = expect("PUT /0/1");
  device_.send(late);  // the acknowledgement was lost
  EXPECT_EQ(device_.take()->code(), Code::Empty);
  EXPECT_TRUE(bench_.silent());
  device_.send(device_.later(write, Code::Changed, Type::Non));
  (void)expect("PUT /1/1");
}

TEST_F(BootstrapShardTest, ForgivesADeviceThatIsNotReadyYet) {
  bench_.put(one_server());
  (void)ask();
  device_.acknowledge(expect("DELETE /"), Type::Rst);
  bench_.run_for(milliseconds(1999));
  EXPECT_TRUE(bench_.silent());
  bench_.run_for(milliseconds(1));
  device_.acknowledge(expect("DELETE /"), Type::Rst);
  EXPECT_EQ(failure(bench_), "delete /: rejected");
}

TEST_F(BootstrapShardTest, EndsWithAnErrorOfTheDevice) {
  bench_.put(one_server());
  (void)ask();
  expect_and_answer("DELETE /", Code::Deleted);
  const SentMessage write = expect("PUT /0/1");
  device_.send(device_.reply(write, Code::BadRequest).payload("no such thing"));
  const auto failed = bench_.event(Event::Failed);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->reason, "write /0/1 was answered 4.00: no such thing");
  EXPECT_EQ(failed->code, Code::BadRequest);
  // No Finish: the device falls back to what it had.
  EXPECT_TRUE(bench_.silent());
}

TEST_F(BootstrapShardTest, DoesNotMindWhatIsDeletedAlready) {
  BootstrapConfiguration c = one_server();
  c.deletes = {Path(0, 7), Path(1, 7), Path(0), Path(1)};
  bench_.put(c);
  (void)ask();
  expect_and_answer("DELETE /0/7", Code::NotFound);
  expect_and_answer("DELETE /1/7", Code::BadRequest);
  expect_and_answer("DELETE /0", Code::Deleted);
  expect_and_answer("DELETE /1", Code::MethodNotAllowed);
  EXPECT_EQ(failure(bench_), "delete /1 was answered 4.05");
}

TEST_F(BootstrapShardTest, TriesOtherFormats) {
  bench_.put(one_server());
  (void)ask("ep=urn:x:1&pct=11544");
  expect_and_answer("DELETE /", Code::Deleted);
  const SentMessage first = expect("PUT /0/1");
  EXPECT_EQ(first->content_format(), ContentFormat::Lwm2mCbor);
  answer(first, Code::UnsupportedContentFormat);
  const SentMessage second = expect("PUT /0/1");
  EXPECT_EQ(second->content_format(), ContentFormat::Tlv);
  answer(second, Code::UnsupportedContentFormat);
  const SentMessage third = expect("PUT /0/1");
  EXPECT_EQ(third->content_format(), ContentFormat::SenmlCbor);
  answer(third, Code::Changed);
  const SentMessage next = expect("PUT /1/1");
  EXPECT_EQ(next->content_format(), ContentFormat::SenmlCbor);  // what it knows
  answer(next, Code::UnsupportedContentFormat);
  answer(expect("PUT /1/1"), Code::UnsupportedContentFormat);
  EXPECT_EQ(failure(bench_), "write /1/1 was answered 4.15");
}

TEST_F(BootstrapShardTest, WritesLongPayloadsInBlocks) {
  BootstrapConfiguration c = one_server();
  const std::string certificate(3000, 'c');
  for (auto& value : c.values) {
    if (value.path == Path(0, 1, 2)) value.value = Value::integer(2);
    if (value.path.object() == 0 && value.path.resource() >= 3 && value.path.resource() <= 5) {
      value.value = Value::opaque(as_bytes(certificate));
    }
  }
  // Whether it is a certificate is not what this is about.
  bench_.configurations.put(c);
  const auto steps = preview(c, "urn:x:1", {});
  ASSERT_TRUE(steps.ok());
  (void)ask();
  expect_and_answer("DELETE /", Code::Deleted);
  std::string body;
  for (std::uint32_t number = 0;; ++number) {
    const SentMessage block = expect("PUT /0/1");
    const auto option = block.block(OptionNumber::Block1);
    ASSERT_TRUE(option);
    EXPECT_EQ(option->number, number);
    body += block.payload();
    if (!option->more) {
      device_.send(device_.reply(block, Code::Changed).block1(number, false, 6));
      break;
    }
    device_.send(device_.reply(block, Code::Continue).block1(number, true, 6));
  }
  EXPECT_EQ(body, as_text((*steps)[1].payload));
  (void)expect("PUT /1/1");
}

TEST_F(BootstrapShardTest, LooksFirstAndWritesTheRest) {
  LINNET_REQ("BS-36");
  LINNET_REQ("BS-38");
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  bench_.put(c);
  (void)ask("ep=urn:x:1&pct=110");
  const SentMessage discover = expect("GET /");
  EXPECT_EQ(discover->accept(), ContentFormat::LinkFormat);
  // In two blocks, with what 1.2 and vendors may add.
  const std::string links =
      "</>;lwm2m=1.1;x=\"y\",</0/0/>;uri=\"coaps://b\",</0/1/>;ssid=101;uri=\"coap://192.0.2.9\","
      "</1/1/>;ssid=101;new,</1/7>;ssid=7,</2>,</3/0>";
  device_.send(device_.reply(discover, Code::Content)
                   .format(40)
                   .block2(0, true, 2)
                   .payload(std::string_view(links).substr(0, 64)));
  const SentMessage rest = expect("GET /");
  EXPECT_EQ(rest.block(OptionNumber::Block2)->number, 1u);
  device_.send(device_.reply(rest, Code::Content)
                   .format(40)
                   .block2(1, true, 2)
                   .payload(std::string_view(links).substr(64, 64)));
  const SentMessage last = expect("GET /");
  device_.send(device_.reply(last, Code::Content)
                   .format(40)
                   .block2(2, false, 2)
                   .payload(std::string_view(links).substr(128)));
  const SentMessage read = expect("GET /1");
  EXPECT_EQ(read->accept(), ContentFormat::SenmlJson);
  device_.send(device_.reply(read, Code::Content)
                   .format(110)
                   .payload(R"([{"bn":"/1/1/","n":"0","v":101},{"n":"1","v":300},)"
                            R"({"n":"6","vb":true},{"n":"7","vs":"U"},{"n":"4711","vs":"new"}])"));
  expect_and_answer("DELETE /1/7", Code::Deleted);
  expect_and_answer("PUT /0/1", Code::Changed);
  expect_and_answer("POST /bs", Code::Changed);
  EXPECT_TRUE(bench_.event(Event::Finished));
}

TEST_F(BootstrapShardTest, WritesWhatCannotBeRead) {
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  bench_.put(c);
  (void)ask();
  answer_links(expect("GET /"), "</>;lwm2m=1.1,</0/1>;ssid=101,</1/1>;ssid=101");
  const SentMessage read = expect("GET /1");
  EXPECT_EQ(read->accept(), ContentFormat::Tlv);
  answer(read, Code::NotAcceptable);
  const SentMessage other = expect("GET /1");
  EXPECT_EQ(other->accept(), ContentFormat::SenmlCbor);
  answer(other, Code::MethodNotAllowed);
  expect_and_answer("PUT /0/1", Code::Changed);
  expect_and_answer("PUT /1/1", Code::Changed);
  expect_and_answer("POST /bs", Code::Changed);
}

TEST_F(BootstrapShardTest, UnderstandsTheDiscoverOf10) {
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  bench_.put(c);
  (void)ask();
  answer_links(expect("GET /"), "lwm2m=\"1.0\",</0/1>;ssid=101,</0/5>;ssid=7,</1/1>;ssid=101");
  // 1.0 has no Bootstrap-Read.
  expect_and_answer("DELETE /0/5", Code::Deleted);
  expect_and_answer("PUT /0/1", Code::Changed);
  expect_and_answer("PUT /1/1", Code::Changed);
  expect_and_answer("POST /bs", Code::Changed);
}

TEST_F(BootstrapShardTest, DoesEverythingIfItCannotLook) {
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  bench_.put(c);
  for (const bool garbage : {false, true}) {
    (void)ask();
    const SentMessage discover = expect("GET /");
    if (garbage) {
      answer_links(discover, "<//>>;;=,,");
    } else {
      answer(discover, Code::NotFound);
    }
    write_all();
    expect_and_answer("POST /bs", Code::Changed);
    EXPECT_TRUE(bench_.event(Event::Finished));
  }
}

TEST_F(BootstrapShardTest, SurvivesGarbage) {
  bench_.put(one_server());
  (void)ask();
  const SentMessage wipe = expect("DELETE /");
  device_.send(as_bytes("garbage"));
  device_.send(
      MessageBuilder(Type::Ack, Code::Deleted, wipe->message_id(), coap::Token::from_number(7, 2))
          .bytes());
  device_.send(MessageBuilder(Type::Ack, Code::Deleted,
                              static_cast<std::uint16_t>(wipe->message_id() + 1), wipe->token())
                   .bytes());
  FakeDevice stranger(bench_, 2000);
  stranger.send(stranger.reply(wipe, Code::Deleted));
  stranger.send(stranger.later(wipe, Code::Deleted));
  EXPECT_EQ((*stranger.take())->type(), Type::Rst);
  while (device_.take()) {
  }
  answer(wipe, Code::Continue);
  EXPECT_EQ(failure(bench_), "delete /: 2.31 to a request that was whole");
}

TEST_F(BootstrapShardTest, KeepsTheSessionOpenForRepair) {
  LINNET_REQ("BS-52");
  bench_.put(one_server());
  (void)ask();
  write_all();
  const SentMessage finish = expect("POST /bs");
  device_.send(device_.reply(finish, Code::NotAcceptable).payload("/1/1/7 is no binding"));
  const auto refused = bench_.event(Event::Refused);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, "/1/1/7 is no binding");
  EXPECT_TRUE(bench_.silent());
  bench_.run_for(seconds(60));
  BootstrapConfiguration better = one_server();
  better.deletes.clear();
  std::erase_if(better.values, [](const auto& value) { return value.path.object() == 0; });
  ASSERT_TRUE(bench_.shard.repair(bench_.now, refused->session, better).ok());
  EXPECT_EQ(bench_.shard.repair(bench_.now, refused->session, better).error(), Error::State);
  expect_and_answer("PUT /1/1", Code::Changed);
  expect_and_answer("POST /bs", Code::Changed);
  EXPECT_TRUE(bench_.event(Event::Repaired));
  EXPECT_TRUE(bench_.event(Event::Finished));
  EXPECT_EQ(bench_.shard.repair(bench_.now, refused->session, better).error(), Error::NotFound);
}

TEST_F(BootstrapShardTest, ClosesTheSessionAfterExchangeLifetime) {
  LINNET_REQ("BS-52");
  bench_.put(one_server());
  (void)ask();
  write_all();
  expect_and_answer("POST /bs", Code::NotAcceptable);
  bench_.run_for(kExchangeLifetime - milliseconds(1));
  EXPECT_EQ(bench_.shard.counters().sessions, 1u);
  bench_.run_for(milliseconds(1));
  EXPECT_EQ(bench_.shard.counters().sessions, 0u);
  EXPECT_EQ(failure(bench_), "nobody corrected the configuration in time");
}

TEST(BootstrapSourceTest, MayRepairAtOnce) {
  LINNET_REQ("BS-52");
  class Correcting final : public BootstrapSource {
   public:
    BootstrapDecision find(const BootstrapRequester&) override {
      return {BootstrapDecision::Kind::Configure, one_server()};
    }
    std::optional<BootstrapConfiguration> repair(const BootstrapRefusal& refusal) override {
      said = refusal.reason;
      BootstrapConfiguration better = one_server("better");
      better.deletes = {Path(2)};
      better.values.clear();
      return better;
    }
    std::string said;
  };
  Correcting source;
  BootstrapShardConfig config;
  config.max_repairs = 1;
  BootstrapBench bench(config, &source);
  FakeDevice device(bench, 1000);
  (void)device.ask(device.request(Code::Post, "/bs").query("ep=urn:x:1"));
  const auto next = [&](Code code) {
    const auto sent = device.take();
    EXPECT_TRUE(sent);
    if (sent)
      device.send(device.reply(*sent, code).payload(code == Code::NotAcceptable ? "no" : ""));
    return sent ? sent->path() : "";
  };
  EXPECT_EQ(next(Code::Deleted), "");
  EXPECT_EQ(next(Code::Changed), "/0/1");
  EXPECT_EQ(next(Code::Changed), "/1/1");
  EXPECT_EQ(next(Code::NotAcceptable), "/bs");
  EXPECT_EQ(source.said, "no");
  EXPECT_EQ(next(Code::Deleted), "/2");
  EXPECT_EQ(next(Code::NotAcceptable), "/bs");
  EXPECT_TRUE(bench.silent());  // corrected often enough
}

TEST_F(BootstrapShardTest, BeginsByItself) {
  LINNET_REQ("BS-31");
  bench_.put(one_server("meters", "urn:x:*"));
  EXPECT_EQ(bench_.shard.begin(bench_.now, "other", device_.address()).error(), Error::NotFound);
  const auto session = bench_.shard.begin(bench_.now, "urn:x:1", device_.address());
  ASSERT_TRUE(session.ok());
  write_all();
  expect_and_answer("POST /bs", Code::Changed);
  EXPECT_EQ(bench_.event(Event::Finished)->session, *session);
}

TEST_F(BootstrapShardTest, CanBeCancelled) {
  bench_.put(one_server());
  (void)ask();
  (void)expect("DELETE /");
  const auto started = bench_.event(Event::Started);
  EXPECT_TRUE(bench_.shard.cancel(bench_.now, started->session));
  EXPECT_FALSE(bench_.shard.cancel(bench_.now, started->session));
  EXPECT_EQ(failure(bench_), "cancelled");
  EXPECT_TRUE(bench_.silent());
}

TEST_F(BootstrapShardTest, LimitsSessions) {
  BootstrapShardConfig config;
  config.max_sessions = 1;
  BootstrapBench bench(config);
  bench.put(one_server());
  FakeDevice one(bench, 1);
  FakeDevice two(bench, 2);
  EXPECT_EQ(one.code_of(one.request(Code::Post, "/bs").query("ep=one")), Code::Changed);
  EXPECT_EQ(two.code_of(two.request(Code::Post, "/bs").query("ep=two")), Code::ServiceUnavailable);
  EXPECT_TRUE(one.take());
  EXPECT_EQ(one.code_of(one.request(Code::Post, "/bs").query("ep=one")), Code::Changed);
}

class BootstrapPackTest : public BootstrapShardTest {
 protected:
  MessageBuilder pack(std::string_view query = "ep=urn:x:1") {
    return device_.request(Code::Get, "/bspack").query(query);
  }
  MessageBuilder pack_in(unsigned format) { return pack().number(OptionNumber::Accept, format); }
};

TEST_F(BootstrapPackTest, ComesInOneAnswer) {
  LINNET_REQ("BS-57");
  LINNET_REQ("BS-58");
  const BootstrapConfiguration configuration = one_server();
  bench_.put(configuration);
  for (const unsigned format : {110u, 112u, 11544u}) {
    const SentMessage answer = device_.ask(pack_in(format));
    EXPECT_EQ(answer.code(), Code::Content);
    EXPECT_EQ(static_cast<unsigned>(*answer->content_format()), format);
    const auto expected = make_pack(configuration, static_cast<ContentFormat>(format), 10'000);
    EXPECT_EQ(answer.payload(), as_text(*expected));
  }
  EXPECT_EQ(device_.ask(pack())->content_format(), ContentFormat::SenmlCbor);
  const auto event = bench_.event(Event::PackSent);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->endpoint, "urn:x:1");
  EXPECT_EQ(event->configuration, "meters");
  EXPECT_TRUE(bench_.silent());  // no session, no Finish
  EXPECT_EQ(bench_.shard.counters().packs, 4u);
}

TEST_F(BootstrapPackTest, ComesInBlocks) {
  LINNET_REQ("BS-58");
  BootstrapConfiguration configuration = one_server();
  for (lwm2m::Id i = 0; i < 40; ++i) {
    configuration.values.push_back(
        {Path(3303, i, 5701), Value::string("a unit with a long name, number {identifier}")});
  }
  bench_.put(configuration);
  std::string body;
  std::string tag;
  for (std::uint32_t number = 0;; ++number) {
    auto request = pack_in(110);
    if (number != 0) request.block2(number, false, 6);
    const SentMessage answer = device_.ask(request);
    ASSERT_EQ(answer.code(), Code::Content);
    const auto block = answer.block(OptionNumber::Block2);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->number, number);
    const auto etag = answer->find(OptionNumber::ETag);
    ASSERT_TRUE(etag);
    if (number == 0) tag = as_text(*etag);
    EXPECT_EQ(as_text(*etag), tag);
    body += answer.payload();
    if (!block->more) break;
  }
  const auto expanded = expand(configuration, "urn:x:1");
  EXPECT_EQ(body, as_text(*make_pack(*expanded, ContentFormat::SenmlJson, 100'000)));
  EXPECT_EQ(bench_.shard.counters().packs, 1u);
  EXPECT_EQ(device_.code_of(pack_in(110).block2(99, false, 6)), Code::BadRequest);
}

TEST_F(BootstrapPackTest, IsRefused) {
  LINNET_REQ("BS-58");
  LINNET_REQ("BS-61");
  bench_.put(one_server("meters", "urn:x:*"));
  BootstrapConfiguration closed = one_server("closed", "urn:x:2");
  closed.pack = false;
  bench_.put(closed);
  EXPECT_EQ(device_.code_of(pack("")), Code::BadRequest);
  EXPECT_EQ(device_.code_of(pack("ep=other")), Code::BadRequest);
  EXPECT_EQ(device_.code_of(pack("ep=urn:x:2")), Code::MethodNotAllowed);
  for (const unsigned format : {0u, 40u, 11542u, 11543u}) {
    EXPECT_EQ(device_.code_of(pack_in(format)), Code::NotAcceptable);
  }
  BootstrapShardConfig config;
  config.packs = false;
  BootstrapBench without(config);
  without.put(one_server());
  FakeDevice device(without, 1000);
  EXPECT_EQ(device.code_of(device.request(Code::Get, "/bspack").query("ep=urn:x:1")),
            Code::NotImplemented);
}

}  // namespace
}  // namespace linnet::server
