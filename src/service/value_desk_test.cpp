// SPDX-License-Identifier: Apache-2.0
// Pins what becomes of what devices report: the text of events, which is that of the JSON trees
// elsewhere, last values, and that events bring the values back.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <folder.hpp>
#include <requirement.hpp>

#include <boost/json/parse.hpp>
#include <cmath>
#include <limits>

#include <linnet/service/json_text.hpp>

#include "service/value_desk.hpp"
#include "service/value_text.hpp"

namespace linnet::service {
namespace {

using coap::Code;
using lwm2m::Path;
using lwm2m::Value;
using test::FakeDevice;

constexpr Path kTemperature(3303, 0, 5700);

/// A shard, a store and the desk between them.
struct World {
  explicit World(const std::filesystem::path& file)
      : database(file),
        devices(prepared(database), [this] { return wall(); }),
        store({database, [this] { return wall(); }, [this] { return log.published(); }}, {}),
        desk({bench.shard, models, devices, store, log, {}, [this] { return wall(); }}) {}

  static Sqlite& prepared(Sqlite& database) {
    database.run("BEGIN");
    migrate(database, "store");
    database.run("COMMIT");
    return database;
  }
  [[nodiscard]] std::int64_t wall() const { return bench.now.ms + 1'764'427'344'000; }
  void handle_events() {
    while (auto event = bench.shard.poll_event()) {
      if (auto* notification = std::get_if<server::Notification>(&*event)) desk.on(*notification);
      if (auto* ended = std::get_if<server::ObservationEnded>(&*event)) desk.on(*ended);
      if (auto* refused = std::get_if<server::NotificationRefused>(&*event)) desk.on(*refused);
      if (auto* sent = std::get_if<server::DataSent>(&*event)) desk.on(*sent);
      if (auto* result = std::get_if<server::OperationResult>(&*event)) {
        if (result->observation.valid()) desk.started(*result, "lamp", {kTemperature});
      }
    }
  }
  /// Registers "lamp" and observes its temperature, 20 degrees.
  test::SentMessage observe(FakeDevice& device) {
    (void)device.register_as("lamp");
    const auto id = bench.shard.find("lamp")->id;
    EXPECT_TRUE(
        bench.shard
            .submit(bench.now, id, {.kind = server::OperationKind::Observe, .path = kTemperature})
            .ok());
    auto get = device.take();
    device.send(device.reply(*get, Code::Content).observe(1).format(0).payload("20"));
    handle_events();
    return std::move(*get);
  }
  template <typename Visit>
  void each_event(Visit visit) const {
    std::uint64_t seen = 0;
    while (const auto chunk = log.find(seen).chunk) {
      for (std::size_t i = 0; i < chunk->size(); ++i) {
        if ((*chunk)[i].sequence > seen) visit((*chunk)[i]);
      }
      seen = chunk->last();
    }
  }
  [[nodiscard]] std::vector<boost::json::object> events() const {
    std::vector<boost::json::object> out;
    each_event([&](const EventView& event) {
      const boost::json::string_view data(event.data.data(), event.data.size());
      out.push_back(boost::json::parse(data).as_object());
    });
    return out;
  }

  test::CoreDefinitions definitions;
  test::Bench bench{{}, nullptr, &definitions};
  lwm2m::ModelStore models = lwm2m::ModelStore::with_core_objects();
  Sqlite database;
  EventLog log{1u << 20, "run"};
  DeviceTable devices;
  ValueStore store;
  ValueDesk desk;
};

class ValueDeskTest : public ::testing::Test {
 protected:
  test::Folder folder_;
};

TEST_F(ValueDeskTest, TellsAndKeepsNotifications) {
  LINNET_REQ("IR-26");
  World world(folder_ / "store");
  FakeDevice device(world.bench, 4000);
  const auto get = world.observe(device);
  world.bench.run_for(seconds(10));
  device.send(device.later(get, Code::Content).observe(2).format(0).payload("21.5"));
  world.handle_events();

  const auto events = world.events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at("type"), "value");
  EXPECT_EQ(events[0].at("endpoint"), "lamp");
  EXPECT_EQ(events[0].at("initial"), true);
  EXPECT_EQ(events[0].at("paths"), boost::json::parse(R"(["/3303/0/5700"])"));
  EXPECT_FALSE(events[1].contains("initial"));
  const auto& value = events[1].at("values").as_array().at(0).as_object();
  EXPECT_EQ(value.at("path"), "/3303/0/5700");
  EXPECT_EQ(value.at("name"), "Sensor Value");
  EXPECT_EQ(value.at("value"), 21.5);
  EXPECT_EQ(events[1].at("time").to_number<double>() - events[0].at("time").to_number<double>(),
            10);
  world.each_event([](const EventView& event) {
    EXPECT_EQ(event.paths(), 1u);
    EXPECT_EQ(event.path(0), kTemperature);
  });

  const auto lamp = *world.devices.find("lamp");
  const auto last = world.store.last_values(lamp, Path());
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].value, Value::floating(21.5));
  EXPECT_EQ(last[0].source, ValueSource::Observe);
  EXPECT_EQ(world.store.history(lamp, kTemperature, 0, world.wall()).size(), 2u);
}

TEST_F(ValueDeskTest, TellsOfWhatIsNotUnderstoodAndOfTheEnd) {
  World world(folder_ / "store");
  FakeDevice device(world.bench, 4000);
  const auto get = world.observe(device);
  device.send(device.later(get, Code::Content).observe(2).format(0).payload("warm"));
  device.send(device.later(get, Code::NotFound));
  world.handle_events();
  const auto events = world.events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_TRUE(events[1].contains("error"));
  EXPECT_EQ(events[2].at("ended"), server::describe(server::ObservationEnded::Reason::Device));
  EXPECT_EQ(world.store.last_values(*world.devices.find("lamp"), Path())[0].value,
            Value::floating(20));
}

TEST_F(ValueDeskTest, KeepsWhatIsSent) {
  LINNET_REQ("IR-37");
  World world(folder_ / "store");
  FakeDevice device(world.bench, 4000);
  (void)device.register_as("lamp");
  const auto now = std::to_string(world.wall() / 1000 - 60);
  EXPECT_EQ(device.code_of(device.request(Code::Post, "/dp")
                               .format(110)
                               .payload(R"([{"bn":"/3303/0/5700","bt":)" + now +
                                        R"(,"v":20},{"t":10,"v":21},{"t":5,"v":22}])")),
            Code::Changed);
  world.handle_events();
  ASSERT_EQ(world.events().size(), 1u);
  EXPECT_EQ(world.events()[0].at("type"), "send");
  const auto lamp = *world.devices.find("lamp");
  const auto last = world.store.last_values(lamp, Path());
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].value, Value::floating(21));
  EXPECT_EQ(last[0].sent, (world.wall() / 1000 - 50) * 1000);
  EXPECT_EQ(last[0].source, ValueSource::Send);
  EXPECT_EQ(world.store.history(lamp, kTemperature, 0, world.wall()).size(), 3u);
}

TEST_F(ValueDeskTest, TakesUpObservationsThatAreThere) {
  World world(folder_ / "store");
  FakeDevice device(world.bench, 4000);
  const auto get = world.observe(device);
  ValueDesk again({world.bench.shard, world.models, world.devices, world.store, world.log, {}, [&] {
                     return world.wall();
                   }});
  again.resume();
  device.send(device.later(get, Code::Content).observe(2).format(0).payload("30"));
  auto notification = world.bench.event<server::Notification>();
  ASSERT_TRUE(notification);
  again.on(*notification);
  EXPECT_EQ(world.events().back().at("endpoint"), "lamp");
  EXPECT_EQ(world.events().size(), 2u);
}

TEST_F(ValueDeskTest, ForgetsValuesAndGoesOnWithANewDevice) {
  World world(folder_ / "store");
  FakeDevice device(world.bench, 4000);
  const auto get = world.observe(device);
  device.send(device.later(get, Code::Content).observe(2).format(0).payload("21"));
  world.handle_events();
  const auto lamp = *world.devices.find("lamp");
  world.desk.forget(lamp);
  EXPECT_TRUE(world.store.last_values(lamp, Path()).empty());
  device.send(device.later(get, Code::Content).observe(3).format(0).payload("22"));
  world.handle_events();
  EXPECT_EQ(world.store.last_values(lamp, Path())[0].value, Value::floating(22));
}

server::ResourceValues all_kinds() {
  const auto nan = std::nan("");
  return {
      {Path(3303, 0, 5700), Value::floating(21.5), {}},
      {Path(3303, 0, 5700), Value::floating(0.1), 1764427344.25},
      {Path(3303, 0, 5601), Value::floating(nan), {}},
      {Path(3303, 0, 5602), Value::floating(-HUGE_VAL), {}},
      {Path(3303, 0, 5701), Value::string("°C \"\\\n"), {}},
      {Path(3, 0, 0), Value::string(""), {}},
      {Path(3, 0, 9), Value::integer(std::numeric_limits<std::int64_t>::min()), {}},
      {Path(3, 0, 13), Value::time(1764427344), {}},
      {Path(3, 0, 6, 1), Value::integer(5), 1e9},
      {Path(31000, 1, 2), Value::unsigned_integer(std::numeric_limits<std::uint64_t>::max()), {}},
      {Path(31000, 1, 3), Value::boolean(true), {}},
      {Path(31000, 1, 4), Value::opaque(as_bytes("ab")), {}},
      {Path(31000, 1, 5), Value::link({3, 65535}), {}},
      {Path(31000, 1, 6), Value::corelnk("</3>;x=\"y\""), {}},
      {Path(31000, 2), {}, {}},
  };
}

TEST(ValueText, IsThatOfTheTree) {
  const auto models = lwm2m::ModelStore::with_core_objects();
  const DeviceModel model(models, nullptr);
  std::string text;
  append_json(text, all_kinds(), model);
  EXPECT_EQ(text, to_text(to_json(all_kinds(), model)));
}

TEST_F(ValueDeskTest, AnEventBringsItsValuesBack) {
  World world(folder_ / "store");
  for (const bool replayed : {false, true}) {
    const std::string endpoint = replayed ? "replayed" : "learned";
    const auto device = world.devices.number(endpoint);
    if (replayed) {
      std::string data = R"({"type":"value","time":1764427344.512,"endpoint":"x","values":)";
      append_json(data, all_kinds(), DeviceModel(world.models, nullptr));
      world.desk.replay(EventKind::Value, endpoint, data + '}');
    } else {
      for (const auto& value : all_kinds()) {
        EXPECT_TRUE(world.store.learn(device, value, ValueSource::Observe, 1'764'427'344'512));
      }
    }
  }
  const auto learned = world.store.last_values(world.devices.number("learned"), Path());
  const auto replayed = world.store.last_values(world.devices.number("replayed"), Path());
  EXPECT_EQ(learned.size(), 13u);
  EXPECT_EQ(learned, replayed);
  for (const char* nothing : {"", "7", "{}", R"({"values":7})", R"({"time":1,"values":[7]})",
                              R"({"time":1,"values":[{"path":"x","type":"float","value":1}]})"}) {
    world.desk.replay(EventKind::Value, "nobody", nothing);
  }
  EXPECT_TRUE(world.store.last_values(world.devices.number("nobody"), Path()).empty());
}

}  // namespace
}  // namespace linnet::service
