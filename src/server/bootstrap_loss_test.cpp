// SPDX-License-Identifier: Apache-2.0
// A bootstrap over a network that loses and doubles datagrams: everything arrives, in order, and
// is done once.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include <bootstrap_bench.hpp>
#include <requirement.hpp>

#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::Code;
using lwm2m::Path;
using lwm2m::Value;

/// A device that keeps what it is told, and knows copies of a message.
class KeepingDevice {
 public:
  explicit KeepingDevice(test::BootstrapBench& bench) : bench_(bench), device_(bench, 1000) {}

  test::FakeDevice& raw() { return device_; }
  /// The answer to a request.
  std::vector<std::uint8_t> take(const test::SentMessage& sent) {
    auto& kept = answers_[sent->message_id()];
    if (kept.empty()) kept = carry_out(sent);
    return kept;
  }
  std::vector<ResourceValue> values;
  int finishes = 0;

 private:
  std::vector<std::uint8_t> carry_out(const test::SentMessage& sent) {
    if (sent.code() == Code::Delete) {
      values.clear();
      return device_.reply(sent, Code::Deleted).bytes();
    }
    if (sent.code() == Code::Post) {
      ++finishes;
      return device_.reply(sent, Code::Changed).bytes();
    }
    const auto block = sent.block(coap::OptionNumber::Block1);
    if (!block || block->number == 0) body_.clear();
    body_ += sent.payload();
    if (block && block->more) {
      return device_.reply(sent, Code::Continue).block1(block->number, true, block->szx).bytes();
    }
    const auto path = Path::parse(sent.path());
    RegistrationView any;
    auto decoded = decode_values(*sent->content_format(), as_bytes(body_), *path,
                                 std::span(&*path, 1), any, &bench_.definitions);
    EXPECT_EQ(decoded.problem, "");
    std::ranges::move(decoded.values, std::back_inserter(values));
    auto answer = device_.reply(sent, Code::Changed);
    if (block) answer.block1(block->number, false, block->szx);
    return answer.bytes();
  }

  test::BootstrapBench& bench_;
  test::FakeDevice device_;
  std::map<std::uint16_t, std::vector<std::uint8_t>> answers_;
  std::string body_;
};

BootstrapConfiguration two_hundred_resources() {
  BootstrapConfiguration configuration = test::one_server();
  for (lwm2m::Id i = 0; i < 95; ++i) {
    configuration.values.push_back({Path(3303, i, 5701), Value::string("unit")});
    configuration.values.push_back({Path(3303, i, 5700), Value::floating(i)});
  }
  configuration.values.push_back(
      {Path(31024, 0, 1), Value::opaque(as_bytes(std::string(4000, 'x')))});
  return configuration;
}

/// Runs one bootstrap with this share of lost and of doubled datagrams; true if it finished.
bool run(std::uint64_t seed, std::uint32_t percent, bool& right) {
  BootstrapShardConfig config;
  config.step_retries = 3;
  test::BootstrapBench bench(config);
  BootstrapConfiguration configuration = two_hundred_resources();
  EXPECT_FALSE(prepare(configuration, &bench.definitions));
  bench.configurations.put(configuration);
  KeepingDevice device(bench);
  SeededRng luck(seed);
  const auto unlucky = [&] { return luck.next() % 100 < percent; };
  device.raw().send(device.raw().request(Code::Post, "/bs").query("ep=urn:x:1"));
  for (int turn = 0; turn < 20'000; ++turn) {
    bool said = false;
    while (const auto sent = device.raw().take()) {
      said = true;
      if (!coap::is_request(sent->code()) || unlucky()) continue;
      const auto answer = device.take(*sent);
      if (!unlucky()) device.raw().send(answer);
      if (unlucky()) device.raw().send(device.take(*sent));
    }
    if (bench.shard.counters().sessions == 0) break;
    if (!said) bench.run_for(milliseconds(500));
  }
  right = device.finishes == 1 && device.values.size() == configuration.values.size();
  for (std::size_t i = 0; right && i < device.values.size(); ++i) {
    right = device.values[i].path == configuration.values[i].path;
  }
  return bench.shard.counters().finished == 1;
}

TEST(BootstrapLossTest, FinishesWithThirtyPercentLossAndDuplication) {
  LINNET_REQ("BS-24");
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    bool right = false;
    EXPECT_TRUE(run(seed, 30, right)) << "seed " << seed;
    EXPECT_TRUE(right) << "seed " << seed;
  }
}

}  // namespace
}  // namespace linnet::server
