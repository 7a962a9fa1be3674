// SPDX-License-Identifier: Apache-2.0
// Pins Send: what it carries and leaves out, when it is refused, and how several of them and long
// ones leave one after the other.
#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

namespace account = lwm2m::objects::server;

const Path kIntegerPath(kEvery, 0, kInteger);
const Path kFloatPath(kEvery, 0, kFloat);

class Sends : public ClientTest {
 protected:
  void SetUp() override {
    config.access = &rights;
    ASSERT_TRUE(servers.set(0, account::kLifetime, 0).ok());
    ASSERT_TRUE(servers.set(0, account::kMuteSend, 0).ok());
    start_registered();
  }
  std::uint16_t send(std::span<const Sample> samples) {
    const auto id = client->send(server->now, 0, samples);
    EXPECT_TRUE(id.ok());
    return id.value_or(0);
  }
  /// The records of a payload as "path=number@time".
  static std::vector<std::string> records(const std::string& payload) {
    std::vector<std::string> all;
    lwm2m::RecordReader reader(lwm2m::kSenmlCbor, as_bytes(payload), Path{});
    lwm2m::Record record;
    while (reader.next(record).value_or(false)) {
      char text[lwm2m::kMaxPathText];
      std::uint8_t scratch[64];
      const Value value = convert(record.value, DataType::Float, scratch).value_or(Value{});
      all.push_back(std::string(format(record.path, text)) + "=" +
                    std::to_string(static_cast<int>(value.empty() ? -1 : value.number())));
      if (record.time) all.back() += "@" + std::to_string(static_cast<long>(*record.time));
    }
    return all;
  }
};

TEST_F(Sends, CarriesSamplesTakenAtTimesOfTheirOwn) {
  LINNET_REQ("IR-37");
  LINNET_REQ("IR-40");
  const Sample samples[] = {{kIntegerPath, Value::integer(1), 1'700'000'000.0},
                            {kIntegerPath, Value::integer(2), 1'700'000'060.0},
                            {kFloatPath, {}, {}}};
  const std::uint16_t id = send(samples);
  EXPECT_LE(client->next_timeout(), server->now);
  const Sent request = server->expect();
  EXPECT_EQ(request.type(), Type::Con);
  EXPECT_EQ(request.code(), Code::Post);
  EXPECT_EQ(request.path(), "/dp");
  EXPECT_EQ(request.view().content_format(), ContentFormat::SenmlCbor);
  EXPECT_EQ(records(request.payload()),
            (std::vector<std::string>{"/1000/0/1=1@1700000000", "/1000/0/1=2@1700000060",
                                      "/1000/0/3=20"}));
  server->answer(request, {.code = Code::Changed});
  ASSERT_EQ(server->events(EventType::SendDone), 1u);
  EXPECT_EQ(server->last_event.id, id);
  EXPECT_EQ(server->last_event.code, Code::Changed);
  EXPECT_TRUE(client->next_timeout().is_never());
}

TEST_F(Sends, IsRefusedWhereTheServerMutesIt) {
  LINNET_REQ("IR-39");
  LINNET_REQ("SRV-21");
  const Sample samples[] = {{kIntegerPath, {}, {}}};
  ASSERT_TRUE(servers.set(0, account::kMuteSend, 1).ok());
  EXPECT_EQ(client->send(server->now, 0, samples).error(), Error::NotAllowed);
  server_rows[0].clear(account::kMuteSend);
  EXPECT_EQ(client->send(server->now, 0, samples).error(), Error::NotAllowed);
  ASSERT_TRUE(servers.set(0, account::kMuteSend, 0).ok());
  EXPECT_TRUE(client->send(server->now, 0, samples).ok());
}

TEST_F(Sends, IsRefusedWhereItCannotWork) {
  const Sample samples[] = {{kIntegerPath, {}, {}}};
  const Sample whole[] = {{Path(kEvery, 0), {}, {}}};
  EXPECT_EQ(client->send(server->now, 0, whole).error(), Error::Type);
  EXPECT_EQ(client->send(server->now, 0, samples, ContentFormat::Tlv).error(), Error::Format);
  EXPECT_EQ(client->send(server->now, 0, samples, ContentFormat::Lwm2mCbor).error(), Error::Format);
  EXPECT_EQ(client->send(server->now, 1, samples).error(), Error::State);
  (void)send(samples);
  (void)send(samples);
  EXPECT_EQ(client->send(server->now, 0, samples).error(), Error::Busy);
  client->session_replaced(server->now, 0);
  EXPECT_EQ(client->send(server->now, 0, samples).error(), Error::State);
}

TEST_F(Sends, LeavesOutWhatTheServerMayNotSee) {
  LINNET_REQ("IR-38");
  every.set(1, kInteger, Value::integer(9));
  rights.denied[{Path(kEvery, 1), Right::Read}] = true;
  const Sample samples[] = {{kIntegerPath, Value::integer(1), {}},
                            {Path(kEvery, 0, kSecret), Value::string("no"), {}},
                            {Path(kEvery, 1, kInteger), Value::integer(9), {}},
                            {Path(kEvery, 5, kInteger), Value::integer(9), {}},
                            {Path(4711, 0, 1), Value::integer(9), {}}};
  (void)send(samples);
  const Sent request = server->expect();
  EXPECT_EQ(records(request.payload()), std::vector<std::string>{"/1000/0/1=1"});
  server->answer(request, {.code = Code::Changed});
  (void)send(std::span(samples).subspan(1));
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(server->events(EventType::SendDone), 2u);
  EXPECT_EQ(server->last_event.error, Error::Unauthorized);
}

TEST_F(Sends, GoOutOneAfterTheOther) {
  const Sample first[] = {{kIntegerPath, Value::integer(1), {}}};
  const Sample second[] = {{kIntegerPath, Value::integer(2), {}}};
  const std::uint16_t a = send(first);
  const std::uint16_t b = send(second);
  EXPECT_NE(a, b);
  const Sent one = server->expect();
  EXPECT_TRUE(server->silent());
  server->answer(one, {.code = Code::NotFound});
  EXPECT_EQ(server->events(EventType::SendDone), 1u);
  EXPECT_EQ(server->last_event.id, a);
  EXPECT_EQ(server->last_event.code, Code::NotFound);
  const std::uint16_t c = send(first);
  const Sent two = server->expect();
  EXPECT_EQ(records(two.payload()), std::vector<std::string>{"/1000/0/1=2"});
  server->answer(two, {.code = Code::Changed});
  EXPECT_EQ(server->events(EventType::SendDone), 2u);
  EXPECT_EQ(server->last_event.id, b);
  server->answer(server->expect(), {.code = Code::Changed});
  EXPECT_EQ(server->events(EventType::SendDone), 3u);
  EXPECT_EQ(server->last_event.id, c);
}

TEST_F(Sends, EndWithSilence) {
  const Sample samples[] = {{kIntegerPath, Value::integer(1), {}}};
  (void)send(samples);
  int sent = 0;
  while (server->events(EventType::SendDone) == 0) {
    while (server->poll()) ++sent;
    server->at(client->next_timeout());
  }
  EXPECT_EQ(sent, 5);
  EXPECT_EQ(server->last_event.error, Error::Timeout);
  EXPECT_EQ(server->last_event.code, Code::Empty);
}

TEST_F(Sends, WaitForASeparateResponseOnlySoLong) {
  const Sample samples[] = {{kIntegerPath, Value::integer(1), {}}};
  (void)send(samples);
  server->ack(server->expect());
  EXPECT_EQ(client->next_timeout(), server->now + seconds(93));
  // Others need not wait for it.
  client->update_registration(server->now, 0);
  server->answer(server->expect(), {.code = Code::Changed});
  server->pass(seconds(93) - milliseconds(1));
  EXPECT_EQ(server->events(EventType::SendDone), 0u);
  server->pass(milliseconds(1));
  EXPECT_EQ(server->events(EventType::SendDone), 1u);
  EXPECT_EQ(server->last_event.error, Error::Timeout);
}

TEST_F(Sends, TakeBlocksWhenTheyAreLong) {
  std::vector<Sample> samples;
  for (int i = 0; i < 60; ++i) {
    samples.push_back({kIntegerPath, Value::integer(i), 1'700'000'000.0 + i});
  }
  const std::uint16_t id = send(samples);
  std::string body;
  Sent block = server->expect();
  for (std::uint32_t n = 0;; ++n) {
    const auto option = block.block(OptionNumber::Block1);
    ASSERT_TRUE(option);
    EXPECT_EQ(option->number, n);
    EXPECT_EQ(block.view().content_format(), ContentFormat::SenmlCbor);
    body += block.payload();
    if (!option->more) break;
    EXPECT_TRUE(server->silent());
    server->answer(block, {.code = Code::Continue, .block1 = option});
    block = server->expect();
  }
  EXPECT_EQ(records(body).size(), 60u);
  server->answer(block, {.code = Code::Changed, .block1 = block.block(OptionNumber::Block1)});
  EXPECT_EQ(server->events(EventType::SendDone), 1u);
  EXPECT_EQ(server->last_event.id, id);
  EXPECT_EQ(server->last_event.code, Code::Changed);
  // The place is free again.
  (void)send(samples);
  EXPECT_TRUE(server->expect().block(OptionNumber::Block1)->more);
}

TEST_F(Sends, FailWhenTheyAreTooLong) {
  const std::vector<Sample> samples(500, Sample{kIntegerPath, Value::integer(1), 1'700'000'000.0});
  (void)send(samples);
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(server->events(EventType::SendDone), 1u);
  EXPECT_EQ(server->last_event.error, Error::NoSpace);
}

TEST_F(Sends, AreGivenUpOnStop) {
  const Sample samples[] = {{kIntegerPath, Value::integer(1), {}}};
  (void)send(samples);
  (void)send(samples);
  (void)server->expect();
  client->stop(server->now);
  EXPECT_EQ(server->events(EventType::SendDone), 2u);
  EXPECT_EQ(server->last_event.error, Error::Cancelled);
}

}  // namespace
}  // namespace linnet::client::test
