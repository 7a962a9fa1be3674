// SPDX-License-Identifier: Apache-2.0
// Pins that a shard goes on where another left off: same registrations under the same ids, the same
// observations under the same tokens, no traffic, and nothing that was never there.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace linnet::server {
namespace {

using coap::Code;
using coap::Type;
using lwm2m::Path;
using test::Bench;
using test::FakeDevice;
using test::SentMessage;

/// A copy of what a view says, as somebody would store it.
struct Stored {
  RegistrationView view;
  std::string endpoint, sms, profile_ids, root_path;
  std::vector<coap::ContentFormat> formats;
  std::vector<RegisteredLink> links;

  explicit Stored(const RegistrationView& seen)
      : view(seen),
        endpoint(seen.endpoint),
        sms(seen.sms),
        profile_ids(seen.profile_ids),
        root_path(seen.root_path),
        formats(seen.formats.begin(), seen.formats.end()),
        links(seen.links.begin(), seen.links.end()) {
    view.endpoint = endpoint;
    view.sms = sms;
    view.profile_ids = profile_ids;
    view.root_path = root_path;
    view.formats = formats;
    view.links = links;
  }
  Stored(const Stored&) = delete;
};

struct Snapshot {
  std::uint64_t id_key = 0;
  std::deque<Stored> registrations;
  std::vector<ObservationRecord> observations;
};

void take(const Shard& shard, Snapshot& out) {
  out.id_key = shard.id_key();
  std::uint32_t cursor = 0;
  while (const auto view = shard.next_registration(cursor)) {
    out.registrations.emplace_back(*view);
    shard.for_each_observation(view->id, [&](const ObservationView& observation) {
      out.observations.push_back(*shard.record(observation.id));
    });
  }
}

std::string text_of(const RegistrationView& view) {
  std::string text(view.endpoint);
  std::array<char, 8> binding{};
  text += " " + std::to_string(view.address.port) + " " + std::to_string(view.version.minor) + " " +
          std::to_string(view.lifetime) + " " +
          std::string(view.binding.format(view.queue_mode, binding)) + " " + std::string(view.sms) +
          " " + std::string(view.profile_ids) + " " + std::string(view.root_path) + " " +
          std::to_string(view.registered.ms) + " " + std::to_string(view.updated.ms) + " " +
          std::to_string(view.expires.ms);
  for (const auto format : view.formats) text += " f" + std::to_string(static_cast<int>(format));
  for (const RegisteredLink& link : view.links) {
    text += " " + std::to_string(link.object) + "/" + std::to_string(link.instance) + "." +
            std::to_string(link.version.minor);
  }
  return text;
}

std::map<std::uint64_t, std::string> all_of(const Shard& shard) {
  std::map<std::uint64_t, std::string> all;
  std::uint32_t cursor = 0;
  while (const auto view = shard.next_registration(cursor)) all[view->id.value] = text_of(*view);
  return all;
}

class RestoreTest : public ::testing::Test {
 protected:
  /// Another shard with what the first one had.
  Bench& restart(std::uint64_t seed = 99) {
    take(before_.shard, snapshot_);
    ShardConfig config;
    config.id_key = snapshot_.id_key;
    Bench& after = benches_.emplace_back(config, nullptr, &definitions_);
    after.rng = SeededRng(static_cast<std::uint32_t>(seed));
    after.now = before_.now;
    for (const Stored& stored : snapshot_.registrations) {
      const Status restored = after.shard.restore(after.now, stored.view);
      EXPECT_TRUE(restored.ok()) << stored.endpoint << ": " << describe(restored.error());
    }
    for (const ObservationRecord& record : snapshot_.observations) {
      const Status restored = after.shard.restore(after.now, record);
      EXPECT_TRUE(restored.ok()) << describe(restored.error());
    }
    return after;
  }
  /// Observes /3303/0/5700 of `device` and returns the request.
  SentMessage observe(FakeDevice& device, std::string_view endpoint, bool keep = false) {
    const auto id = before_.shard.find(endpoint)->id;
    EXPECT_TRUE(
        before_.shard
            .submit(before_.now, id,
                    {.kind = OperationKind::Observe, .path = Path(3303, 0, 5700), .keep = keep})
            .ok());
    auto get = device.take();
    EXPECT_TRUE(get.has_value());
    device.send(device.reply(*get, Code::Content).observe(1).format(0).payload("20"));
    return std::move(*get);
  }

  test::CoreDefinitions definitions_;
  Bench before_{{}, nullptr, &definitions_};
  std::deque<Bench> benches_;
  Snapshot snapshot_;
};

TEST_F(RestoreTest, EverythingIsThereAgainWhateverTheOrder) {
  SeededRng rng(5);
  for (std::uint16_t i = 0; i < 600; ++i) {
    FakeDevice device(before_, static_cast<std::uint16_t>(6000 + rng.below(3000)));
    const std::string endpoint = "d" + std::to_string(i * 2 / 3);
    const std::string query = "lwm2m=1." + std::to_string(rng.below(3)) +
                              "&lt=" + std::to_string(600 + rng.below(1000)) +
                              (rng.below(2) == 0 ? "&sms=4917" + std::to_string(i) : "");
    const std::string location = device.register_as(
        endpoint, query,
        rng.below(2) == 0 ? FakeDevice::kObjects : "</lw>;rt=\"oma.lwm2m\";ct=112,</lw/3/0>");
    if (rng.below(3) == 0) device.ask(device.request(Code::Delete, location));
    before_.run_for(milliseconds(rng.below(90)));
  }
  take(before_.shard, snapshot_);
  const auto expected = all_of(before_.shard);
  ASSERT_GT(expected.size(), 150u) << "seed 5";
  // The store gives them back in an order of its own.
  std::vector<const Stored*> order;
  for (const Stored& stored : snapshot_.registrations) order.push_back(&stored);
  for (std::uint32_t i = static_cast<std::uint32_t>(order.size()); i > 1; --i) {
    std::swap(order[i - 1], order[rng.below(i)]);
  }
  ShardConfig config;
  config.id_key = snapshot_.id_key;
  Bench after(config, nullptr, &definitions_);
  after.now = before_.now;
  for (const Stored* stored : order) ASSERT_TRUE(after.shard.restore(after.now, stored->view).ok());
  EXPECT_EQ(all_of(after.shard), expected) << "seed 5";
  EXPECT_EQ(after.shard.counters().registrations, expected.size());
  EXPECT_TRUE(after.silent());
  EXPECT_FALSE(after.shard.poll_event().has_value());
  // Places that were free are found again, and ids of newcomers are nobody else's.
  for (int i = 0; i < 300; ++i) {
    FakeDevice device(after, static_cast<std::uint16_t>(7000 + i));
    device.register_as("new" + std::to_string(i));
  }
  EXPECT_EQ(all_of(after.shard).size(), expected.size() + 300);
}

TEST_F(RestoreTest, ADeviceNoticesNothing) {
  FakeDevice device(before_, 5683);
  const std::string location = device.register_as("a", "lwm2m=1.2&lt=300");
  const SentMessage get = observe(device, "a");
  before_.run_for(seconds(100));
  Bench& after = restart();

  FakeDevice same(after, 5683);
  same.send(same.later(get, Code::Content, Type::Con).observe(7).format(0).payload("21.5"));
  const auto answer = same.take();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ((*answer)->type(), Type::Ack);
  const auto notification = after.event<Notification>();
  ASSERT_TRUE(notification.has_value());
  EXPECT_EQ(notification->observation, snapshot_.observations.at(0).id);
  EXPECT_EQ(notification->values.at(0).value.view().as_float(), 21.5);
  EXPECT_EQ(same.code_of(same.request(Code::Post, location)), Code::Changed);
  EXPECT_TRUE(after.silent()) << "no request was made";
}

TEST_F(RestoreTest, LifetimesGoOnFromWhereTheyWere) {
  FakeDevice device(before_, 5683);
  device.register_as("a", "lwm2m=1.1&lt=300");
  before_.run_for(seconds(100));
  Bench& after = restart();
  const Instant end = after.shard.find("a")->expires;
  EXPECT_EQ(end, before_.shard.find("a")->expires);
  after.run_for(end - after.now - milliseconds(1));
  EXPECT_TRUE(after.shard.find("a").has_value());
  after.run_for(milliseconds(1));
  EXPECT_FALSE(after.shard.find("a").has_value());
  const auto event = after.event<Deregistered>();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->reason, Deregistered::Reason::Expired);
}

TEST_F(RestoreTest, WhatExpiredMeanwhileEndsAtTheFirstTimeout) {
  FakeDevice device(before_, 5683);
  device.register_as("a", "lwm2m=1.1&lt=60");
  take(before_.shard, snapshot_);
  ShardConfig config;
  config.id_key = snapshot_.id_key;
  Bench after(config);
  after.now = before_.now + seconds(1000);
  ASSERT_TRUE(after.shard.restore(after.now, snapshot_.registrations.at(0).view).ok());
  EXPECT_TRUE(after.shard.find("a").has_value());
  EXPECT_LE(after.shard.next_timeout(), after.now);
  after.run_for(milliseconds(0));
  EXPECT_FALSE(after.shard.find("a").has_value());
}

TEST_F(RestoreTest, AKeptObservationIsMadeAgainAfterTheNextRegister) {
  FakeDevice device(before_, 5683);
  device.register_as("a", "lwm2m=1.2&lt=300");
  const SentMessage first = observe(device, "a", true);
  Bench& after = restart();
  FakeDevice same(after, 5683);
  same.register_as("a", "lwm2m=1.2&lt=300");
  const auto again = same.take();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->path(), first.path());
  EXPECT_NE((*again)->token(), first->token());
}

TEST_F(RestoreTest, AnObservationBeingMadeIsAskedForAgain) {
  FakeDevice device(before_, 5683);
  device.register_as("a", "lwm2m=1.2&lt=300");
  observe(device, "a", true);
  device.register_as("a", "lwm2m=1.2&lt=300");
  ASSERT_TRUE(device.take().has_value()) << "made again, and never answered";
  Bench& after = restart();
  ASSERT_FALSE(snapshot_.observations.at(0).established);
  FakeDevice same(after, 5683);
  const auto get = same.take();
  ASSERT_TRUE(get.has_value());
  EXPECT_EQ((*get)->unsigned_option(coap::OptionNumber::Observe), 0u);
}

TEST_F(RestoreTest, RefusesWhatCannotHaveBeen) {
  FakeDevice device(before_, 5683);
  device.register_as("a", "lwm2m=1.2&lt=300");
  observe(device, "a");
  Bench& after = restart();
  RegistrationView view = snapshot_.registrations.at(0).view;
  EXPECT_EQ(after.shard.restore(after.now, view).error(), Error::Exists);
  view.endpoint = "b";
  EXPECT_EQ(after.shard.restore(after.now, view).error(), Error::Exists) << "its id is taken";
  view.id.value ^= 0x123456789;
  EXPECT_EQ(after.shard.restore(after.now, view).error(), Error::Malformed) << "an id of nobody";
  Bench empty({.id_key = snapshot_.id_key}, nullptr, &definitions_);
  view = snapshot_.registrations.at(0).view;
  view.endpoint = {};
  EXPECT_EQ(empty.shard.restore(empty.now, view).error(), Error::Malformed);
  std::vector<RegisteredLink> disorder = {{3, 0}, {1, 0}};
  view = snapshot_.registrations.at(0).view;
  view.links = disorder;
  EXPECT_EQ(empty.shard.restore(empty.now, view).error(), Error::Malformed);
  ObservationRecord record = snapshot_.observations.at(0);
  EXPECT_EQ(empty.shard.restore(empty.now, record).error(), Error::NotFound);
  EXPECT_EQ(after.shard.restore(after.now, record).error(), Error::Exists);
  record.request.path = Path(3, 0, 13);
  EXPECT_EQ(after.shard.restore(after.now, record).error(), Error::Exists) << "its id is taken";
  record.id.value += 7;
  EXPECT_EQ(after.shard.restore(after.now, record).error(), Error::Malformed);
  record.request.kind = OperationKind::Read;
  EXPECT_EQ(after.shard.restore(after.now, record).error(), Error::Malformed);
  EXPECT_EQ(after.shard.counters().observations, 1u);
  EXPECT_EQ(after.shard.counters().registrations, 1u);
}

}  // namespace
}  // namespace linnet::server
