// SPDX-License-Identifier: Apache-2.0
// Pins block-wise transfer with devices: answers fetched block by block within a limit, bodies sent
// in the size the device wants, and what either side may do wrong.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <requirement.hpp>

#include <numeric>
#include <string>

namespace linnet::server {
namespace {

using coap::BlockOption;
using coap::Code;
using coap::ContentFormat;
using coap::OptionNumber;
using lwm2m::Path;
using lwm2m::Value;
using test::Bench;
using test::FakeDevice;
using test::SentMessage;

class BlockTransfer : public ::testing::Test {
 protected:
  static ShardConfig config() {
    ShardConfig config;
    config.max_response_bytes = 4096;
    config.max_write_bytes = 8192;
    return config;
  }
  void SetUp() override {
    device_.register_as("a");
    id_ = bench_.shard.find("a")->id;
    bench_.drop_events();
    body_.resize(3000);
    std::iota(body_.begin(), body_.end(), std::uint8_t{0});
  }
  void submit(Operation operation) {
    const auto submitted = bench_.shard.submit(bench_.now, id_, std::move(operation));
    EXPECT_TRUE(submitted.ok()) << describe(submitted.error());
  }
  void read_package() { submit({.kind = OperationKind::Read, .path = Path(31000, 0, 0)}); }
  void write_package() {
    submit({.kind = OperationKind::Write,
            .path = Path(5, 0, 0),
            .values = {{Path(5, 0, 0), Value::opaque(body_), {}}}});
  }
  SentMessage asked() {
    auto message = device_.take();
    EXPECT_TRUE(message.has_value()) << "nothing was sent";
    if (!message) return SentMessage({0x70, 0, 0, 0});
    return std::move(*message);
  }
  /// Answers with block `number` of the body.
  void send_block(const SentMessage& get, std::uint32_t number, std::uint8_t szx,
                  std::string_view etag = "1") {
    const std::size_t size = std::size_t{16} << szx;
    const std::size_t offset = number * size;
    const bool more = offset + size < body_.size();
    device_.send(
        device_.reply(get, Code::Content)
            .option(OptionNumber::ETag, etag)
            .format(42)
            .block2(number, more, szx)
            .payload(ByteView(body_).subspan(offset, std::min(size, body_.size() - offset))));
  }
  OperationResult result() {
    auto found = bench_.event<OperationResult>();
    EXPECT_TRUE(found.has_value()) << "no result";
    return found ? *std::move(found) : OperationResult{};
  }

  test::CoreDefinitions definitions_;
  Bench bench_{config(), nullptr, &definitions_};
  FakeDevice device_{bench_, 5683};
  RegistrationId id_;
  std::vector<std::uint8_t> body_;
};

TEST_F(BlockTransfer, FetchesAnAnswerInTheDevicesSize) {
  LINNET_REQ("TR-03");
  for (std::uint8_t szx = 2; szx <= 6; ++szx) {
    read_package();
    for (std::uint32_t number = 0; number * (16u << szx) < body_.size(); ++number) {
      const auto get = asked();
      EXPECT_EQ(get.path(), "/31000/0/0");
      if (number != 0) {
        EXPECT_EQ(get.block(OptionNumber::Block2), (BlockOption{number, false, szx}));
      }
      send_block(get, number, szx);
    }
    const auto done = result();
    ASSERT_TRUE(done.success()) << done.reason;
    EXPECT_TRUE(equal(done.values.at(0).value.view().as_opaque(), body_));
  }
  EXPECT_TRUE(bench_.silent());
}

TEST_F(BlockTransfer, StartsAgainWhenTheRepresentationChanges) {
  read_package();
  send_block(asked(), 0, 6, "1");
  send_block(asked(), 1, 6, "2");
  const auto again = asked();
  EXPECT_EQ(again.block(OptionNumber::Block2)->number, 0u);
  send_block(again, 0, 6, "2");
  send_block(asked(), 1, 6, "2");
  send_block(asked(), 2, 6, "2");
  EXPECT_TRUE(result().success());

  read_package();
  const char* etags[] = {"1", "2"};
  for (int i = 0; i < 5; ++i) {
    const auto get = asked();
    const auto block = get.block(OptionNumber::Block2);
    send_block(get, block ? block->number : 0, 6, etags[i % 2]);
  }
  for (int i = 0; i < 3; ++i) {
    if (const auto get = device_.take())
      send_block(*get, get->block(OptionNumber::Block2)->number, 6, etags[i % 2]);
  }
  const auto done = result();
  EXPECT_EQ(done.outcome, Outcome::BadAnswer);
  EXPECT_EQ(done.reason, "the answer changed while it was fetched");
}

TEST_F(BlockTransfer, NeverAssemblesMoreThanTheLimit) {
  body_.resize(5000);
  read_package();
  for (std::uint32_t number = 0; number < 5; ++number) {
    if (const auto get = device_.take()) send_block(*get, number, 6);
  }
  EXPECT_EQ(result().outcome, Outcome::TooLarge);
  EXPECT_TRUE(bench_.silent());
  // Size2 tells at once.
  read_package();
  device_.send(device_.reply(asked(), Code::Content)
                   .format(42)
                   .block2(0, true, 6)
                   .number(OptionNumber::Size2, 5000)
                   .payload(ByteView(body_).first(1024)));
  EXPECT_EQ(result().outcome, Outcome::TooLarge);
}

TEST_F(BlockTransfer, ReportsBlocksThatAreWrong) {
  read_package();
  device_.send(
      device_.reply(asked(), Code::Content).format(42).block2(0, true, 6).payload("short"));
  EXPECT_EQ(result().outcome, Outcome::BadAnswer);
  read_package();
  device_.send(device_.reply(asked(), Code::Content).format(42).number(OptionNumber::Block2, 7));
  EXPECT_EQ(result().outcome, Outcome::BadAnswer);
  read_package();
  send_block(asked(), 0, 6);
  device_.send(device_.reply(asked(), Code::NotFound));
  EXPECT_EQ(result().code, Code::NotFound);
  // A device that forgot about blocks and answers whole is believed.
  read_package();
  send_block(asked(), 0, 6);
  device_.send(device_.reply(asked(), Code::Content).format(42).payload("whole"));
  EXPECT_EQ(as_text(result().values.at(0).value.view().as_opaque()), "whole");
}

TEST_F(BlockTransfer, SendsABodyBlockByBlock) {
  LINNET_REQ("DM-36");
  write_package();
  std::vector<std::uint8_t> received;
  for (std::uint32_t number = 0; number < 3; ++number) {
    const auto put = asked();
    EXPECT_EQ(put.code(), Code::Put);
    EXPECT_EQ(put.path(), "/5/0/0");
    EXPECT_EQ(put->content_format(), ContentFormat::Opaque);
    const bool more = number < 2;
    EXPECT_EQ(put.block(OptionNumber::Block1), (BlockOption{number, more, 6}));
    EXPECT_EQ(put->unsigned_option(OptionNumber::Size1),
              number == 0 ? std::optional<std::uint32_t>(3000) : std::nullopt);
    received.insert(received.end(), put->payload().begin(), put->payload().end());
    device_.send(device_.reply(put, more ? Code::Continue : Code::Changed).block1(number, more, 6));
  }
  EXPECT_EQ(received, body_);
  EXPECT_TRUE(result().success());
}

TEST_F(BlockTransfer, GoesDownToTheSizeTheDeviceWants) {
  write_package();
  device_.send(device_.reply(asked(), Code::Continue).block1(0, true, 4));
  std::vector<std::uint8_t> received(body_.begin(), body_.begin() + 1024);
  for (;;) {
    const auto put = asked();
    const auto block = put.block(OptionNumber::Block1);
    ASSERT_TRUE(block.has_value());
    EXPECT_EQ(block->szx, 4);
    EXPECT_EQ(block->offset(), received.size());
    received.insert(received.end(), put->payload().begin(), put->payload().end());
    device_.send(device_.reply(put, block->more ? Code::Continue : Code::Changed)
                     .block1(block->number, block->more, 4));
    if (!block->more) break;
  }
  EXPECT_EQ(received, body_);
  EXPECT_TRUE(result().success());
}

TEST_F(BlockTransfer, Mind413And408) {
  LINNET_REQ("DM-36");
  write_package();
  device_.send(device_.reply(asked(), Code::RequestEntityTooLarge).block1(0, true, 5));
  EXPECT_EQ(asked().block(OptionNumber::Block1), (BlockOption{0, true, 5})) << "smaller blocks";
  bench_.run_for(seconds(200));
  EXPECT_EQ(result().outcome, Outcome::NotAcknowledged);
  while (device_.take()) {
  }
  write_package();
  device_.send(device_.reply(asked(), Code::RequestEntityTooLarge));
  EXPECT_EQ(result().code, Code::RequestEntityTooLarge) << "no hint: the answer";
  write_package();
  device_.send(device_.reply(asked(), Code::Continue).block1(0, true, 6));
  device_.send(device_.reply(asked(), Code::RequestEntityIncomplete).block1(1, true, 6));
  EXPECT_EQ(asked().block(OptionNumber::Block1)->number, 0u) << "once more from the start";
}

TEST_F(BlockTransfer, RefusesABodyAboveTheLimitAtOnce) {
  body_.resize(9000);
  const auto submitted =
      bench_.shard.submit(bench_.now, id_,
                          {.kind = OperationKind::Write,
                           .path = Path(5, 0, 0),
                           .values = {{Path(5, 0, 0), Value::opaque(body_), {}}}});
  EXPECT_EQ(submitted.error(), Error::TooLarge);
}

TEST_F(BlockTransfer, FailsWhenTheDeviceBreaksTheProtocol) {
  write_package();
  device_.send(device_.reply(asked(), Code::Continue).block1(5, true, 6));
  EXPECT_EQ(result().outcome, Outcome::BadAnswer);
  submit({.kind = OperationKind::Execute, .path = Path(3, 0, 4)});
  device_.send(device_.reply(asked(), Code::Continue));
  EXPECT_EQ(result().outcome, Outcome::BadAnswer);
}

TEST_F(BlockTransfer, OtherRequestsWaitUntilTheTransferIsDone) {
  LINNET_REQ("QM-06");
  read_package();
  submit({.kind = OperationKind::Read, .path = Path(3, 0, 0)});
  send_block(asked(), 0, 6);
  send_block(asked(), 1, 6);
  const auto last = asked();
  EXPECT_EQ(last.path(), "/31000/0/0");
  send_block(last, 2, 6);
  EXPECT_EQ(asked().path(), "/3/0/0");
}

TEST_F(BlockTransfer, ACompositeReadRepeatsItsPathsForEachBlock) {
  submit({.kind = OperationKind::ReadComposite,
          .paths = {Path(31000, 0)},
          .format = ContentFormat::SenmlJson});
  const auto fetch = asked();
  const std::string answer = R"([{"n":"/31000/0/1","vs":"0123456789"}])";
  device_.send(device_.reply(fetch, Code::Content)
                   .format(110)
                   .block2(0, true, 1)
                   .payload(answer.substr(0, 32)));
  const auto next = asked();
  EXPECT_EQ(next.code(), Code::Fetch);
  EXPECT_EQ(next.payload(), fetch.payload());
  EXPECT_EQ(next->content_format(), ContentFormat::SenmlJson);
  device_.send(device_.reply(next, Code::Content)
                   .format(110)
                   .block2(1, false, 1)
                   .payload(answer.substr(32)));
  EXPECT_EQ(result().values.size(), 1u);
}

TEST_F(BlockTransfer, ALongAnswerToAnObserveIsFetchedWithoutObserve) {
  submit({.kind = OperationKind::Observe, .path = Path(31000, 0, 0)});
  const auto get = asked();
  device_.send(device_.reply(get, Code::Content)
                   .observe(1)
                   .format(42)
                   .block2(0, true, 6)
                   .payload(ByteView(body_).first(1024)));
  for (std::uint32_t number = 1; number < 3; ++number) {
    const auto next = asked();
    EXPECT_FALSE(next->has(OptionNumber::Observe));
    EXPECT_NE(next->token(), get->token());
    send_block(next, number, 6, "");
    if (number == 1) continue;
  }
  const auto done = result();
  ASSERT_TRUE(done.observation.valid()) << done.reason;
  EXPECT_TRUE(bench_.shard.find(done.observation)->established);
}

}  // namespace
}  // namespace linnet::server
