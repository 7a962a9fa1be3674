// SPDX-License-Identifier: Apache-2.0
// Pins the behaviour of the ready-made objects, through the dispatcher as a server sees it.
#include <gtest/gtest.h>

#include <client/test_device.hpp>
#include <linnet/client/objects/connectivity_monitoring.hpp>
#include <linnet/client/objects/connectivity_statistics.hpp>
#include <linnet/client/objects/device.hpp>
#include <linnet/client/objects/fixed_security.hpp>
#include <linnet/client/objects/light_control.hpp>
#include <linnet/client/objects/location.hpp>
#include <linnet/client/objects/temperature.hpp>

#include <hex.hpp>
#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;
using linnet::test::hex;
using linnet::test::to_hex;
namespace objects = lwm2m::objects;

const lwm2m::Format* const kSmall[] = {&lwm2m::kText, &lwm2m::kOpaque, &lwm2m::kTlv};

struct ObjectsTest : testing::Test {
  Device device{kSmall};

  void add(Object& object) {
    device.objects.push_back(&object);
    std::sort(device.objects.begin(), device.objects.end(),
              [](Object* a, Object* b) { return a->definition().id < b->definition().id; });
    device.settings.objects = device.objects;
  }
  std::string text(std::string_view path) {
    const Reply reply = device.get(path, ContentFormat::Text);
    return reply.code == Code::Content ? std::string(device.text())
                                       : std::string(coap::dotted(reply.code).data(), 4);
  }
  std::string links(std::string_view path) {
    device.discover(path);
    return std::string(device.text());
  }
  Code run(std::string_view path, std::string_view arguments = {}) {
    return device.post(path, {}, as_bytes(arguments)).code;
  }
  static std::string news(Object& object) {
    std::string all;
    Change change;
    while (object.poll_change(change)) {
      char path[lwm2m::kMaxPathText];
      all += std::string(format(change.path, path)) + " ";
    }
    return all;
  }
};

// --- 1 Server ---

TEST_F(ObjectsTest, AServerIsReadAndWritten) {
  EXPECT_EQ(links("/1/0"), "</1/0>,</1/0/0>,</1/0/1>,</1/0/2>,</1/0/4>,</1/0/6>,</1/0/7>,</1/0/8>");
  EXPECT_EQ(text("/1/0/0"), "101");
  EXPECT_EQ(text("/1/0/1"), "300");
  EXPECT_EQ(text("/1/0/6"), "1");
  EXPECT_EQ(text("/1/0/7"), "U");
  EXPECT_EQ(device.put("/1/0/1", "86400").code, Code::Changed);
  EXPECT_EQ(device.servers.find_server(101)->lifetime(), 86400u);
  EXPECT_EQ(device.put("/1/0/1", "-1").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1/0/1", "4294967296").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1/0/0", "7").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.put("/1/0/7", "UQ").code, Code::Changed);
  EXPECT_EQ(device.servers.find(0)->binding(), "UQ");
  EXPECT_EQ(device.put("/1/0/7", "UQSTNMH").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1/0/22", "T").code, Code::Changed);
  EXPECT_EQ(text("/1/0/22"), "T");
  EXPECT_EQ(device.put("/1/0/22", "TU").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1/0/23", "1").code, Code::Changed);
  EXPECT_EQ(device.servers.find(0)->get(objects::server::kMuteSend), 1u);
  EXPECT_EQ(device.put("/1/0/10", "1:0").code, Code::Changed);
  EXPECT_EQ(text("/1/0/10"), "1:0");
  EXPECT_EQ(text("/1/0/9"), "4.04");
}

TEST_F(ObjectsTest, ServerTriggersArePolled) {
  LINNET_REQ("REG-37");
  ServerTrigger trigger;
  EXPECT_FALSE(device.servers.poll_trigger(trigger));
  EXPECT_EQ(run("/1/1/8"), Code::Changed);
  ASSERT_TRUE(device.servers.poll_trigger(trigger));
  EXPECT_EQ(trigger.kind, ServerTrigger::Kind::Update);
  EXPECT_EQ(trigger.instance, 1);
  EXPECT_EQ(trigger.binding, '\0');
  EXPECT_FALSE(device.servers.poll_trigger(trigger));
  EXPECT_EQ(run("/1/0/8", "0='T'"), Code::Changed);
  ASSERT_TRUE(device.servers.poll_trigger(trigger));
  EXPECT_EQ(trigger.binding, 'T');
  EXPECT_EQ(run("/1/0/8", "0='TU'"), Code::BadRequest);
  EXPECT_FALSE(device.servers.poll_trigger(trigger));
  EXPECT_EQ(run("/1/0/4"), Code::Changed);
  ASSERT_TRUE(device.servers.poll_trigger(trigger));
  EXPECT_EQ(trigger.kind, ServerTrigger::Kind::Disable);
  // /1/x/9 is there only if the client can bootstrap.
  EXPECT_EQ(run("/1/0/9"), Code::NotFound);
  EXPECT_TRUE(device.servers.set(0, objects::server::kBootstrapRequestTrigger, 1).ok());
  EXPECT_EQ(run("/1/0/9"), Code::Changed);
  ASSERT_TRUE(device.servers.poll_trigger(trigger));
  EXPECT_EQ(trigger.kind, ServerTrigger::Kind::Bootstrap);
}

TEST_F(ObjectsTest, ServersAreAddedByTheApplication) {
  EXPECT_EQ(device.servers.put(ServerInstance(2, 103, 60)).error(), Error::NoSpace);
  EXPECT_TRUE(device.servers.put(ServerInstance(1, 104, 60)).ok());
  EXPECT_EQ(device.servers.find_server(102), nullptr);
  EXPECT_EQ(device.servers.find_server(104)->id(), 1);
  EXPECT_EQ(news(device.servers), "/1/1 ");
  EXPECT_EQ(device.servers.set(9, objects::server::kLifetime, 1).error(), Error::NotFound);
  EXPECT_TRUE(device.servers.remove(0).ok());
  EXPECT_EQ(device.servers.next_instance(kNoId), 1);
  EXPECT_TRUE(device.servers.create(7).ok());
  EXPECT_EQ(device.servers.next_instance(1), 7);
  EXPECT_FALSE(device.servers.has_resource(Path(1, 7, objects::server::kLifetime)));
}

// --- 0 Security ---

TEST_F(ObjectsTest, FixedSecurityReadsAnAccountTable) {
  const auto key = hex("01020304");
  const SecurityAccount accounts[] = {{.instance = 1, .uri = "coap://bs", .bootstrap = true},
                                      {.instance = 4,
                                       .uri = "coaps://host",
                                       .mode = SecurityMode::Psk,
                                       .short_server_id = 101,
                                       .identity = as_bytes("me"),
                                       .secret_key = key}};
  namespace security = objects::security;
  FixedSecurityObject fixed(accounts);
  EXPECT_EQ(fixed.next_instance(kNoId), 1);
  EXPECT_EQ(fixed.next_instance(1), 4);
  EXPECT_EQ(fixed.next_instance(4), kNoId);
  EXPECT_EQ(fixed.read(Path(0, 4, security::kServerUri))->as_string(), "coaps://host");
  EXPECT_EQ(*fixed.read(Path(0, 1, security::kBootstrapServer)), Value::boolean(true));
  EXPECT_EQ(*fixed.read(Path(0, 1, security::kSecurityMode)), Value::integer(3));
  EXPECT_EQ(*fixed.read(Path(0, 4, security::kSecurityMode)), Value::integer(0));
  EXPECT_EQ(*fixed.read(Path(0, 4, security::kPublicKeyOrIdentity)), Value::opaque(as_bytes("me")));
  EXPECT_EQ(*fixed.read(Path(0, 4, security::kServerPublicKey)), Value::opaque({}));
  EXPECT_EQ(*fixed.read(Path(0, 4, security::kSecretKey)), Value::opaque(key));
  EXPECT_EQ(*fixed.read(Path(0, 4, security::kShortServerId)), Value::integer(101));
  EXPECT_FALSE(fixed.has_resource(Path(0, 1, security::kShortServerId)));
  EXPECT_FALSE(fixed.has_resource(Path(0, 4, security::kClientHoldOffTime)));
  EXPECT_FALSE(fixed.has_resource(Path(0, 2, security::kServerUri)));
  EXPECT_FALSE(fixed.read(Path(0, 2, security::kServerUri)).ok());
  // What has a value has the resource, and of the type of the definition.
  for (const lwm2m::ResourceDefinition& resource : fixed.definition().resources) {
    const Path path(0, 4, resource.id);
    EXPECT_EQ(fixed.has_resource(path), fixed.read(path).ok()) << resource.id;
    if (const auto value = fixed.read(path)) {
      EXPECT_EQ(value->type(), resource.type);
    }
  }
}

TEST_F(ObjectsTest, SecurityHoldsAccountsForTheEngine) {
  SecurityStorage<SecurityCapacity{
      .instances = 2, .uri = 20, .identity = 4, .server_key = 4, .secret_key = 4, .sni = 0}>
      rows;
  SecurityObject security(rows.rows(), objects::kSecurity_1_1);
  const auto key = hex("01020304");
  EXPECT_TRUE(security
                  .add({.instance = 3,
                        .uri = "coaps://host",
                        .bootstrap = false,
                        .mode = SecurityMode::Psk,
                        .short_server_id = 101,
                        .identity = as_bytes("me"),
                        .server_key = {},
                        .secret_key = key})
                  .ok());
  SecurityAccount bootstrap{.instance = 1,
                            .uri = "coaps://bs",
                            .bootstrap = true,
                            .mode = SecurityMode::Psk,
                            .short_server_id = 0,
                            .identity = {},
                            .server_key = {},
                            .secret_key = hex("0102030405")};
  EXPECT_EQ(security.add(bootstrap).error(), Error::NoSpace);  // the key is too long
  EXPECT_EQ(security.find(1), nullptr);
  bootstrap.secret_key = key;
  EXPECT_TRUE(security.add(bootstrap).ok());
  EXPECT_EQ(security.add(bootstrap).error(), Error::Exists);
  bootstrap.instance = 5;
  EXPECT_EQ(security.add(bootstrap).error(), Error::NoSpace);
  EXPECT_EQ(security.next_instance(kNoId), 1);
  EXPECT_EQ(security.next_instance(1), 3);
  const SecurityInstance* account = security.find_server(101);
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->id, 3);
  EXPECT_EQ(account->uri.text(), "coaps://host");
  EXPECT_EQ(account->mode(), SecurityMode::Psk);
  EXPECT_FALSE(account->is_bootstrap());
  EXPECT_TRUE(security.find(1)->is_bootstrap());
  EXPECT_EQ(security.find_server(0), nullptr);
  // As a bootstrap sees it.
  EXPECT_EQ(security.read(Path(0, 3, 0))->as_string(), "coaps://host");
  EXPECT_EQ(to_hex(security.read(Path(0, 3, 5))->as_opaque()), "01020304");
  EXPECT_EQ(security.read(Path(0, 3, 10))->as_integer(), 101);
  EXPECT_TRUE(security.write(Path(0, 3, 3), Value::opaque(as_bytes("you"))).ok());
  EXPECT_EQ(account->identity.text(), "you");
  EXPECT_EQ(security.check(Path(0, 3, 3), Value::opaque(as_bytes("12345"))).error(), Error::Range);
  EXPECT_TRUE(security.write(Path(0, 3, 11), Value::integer(30)).ok());
  EXPECT_EQ(account->get(objects::security::kClientHoldOffTime), 30u);
  EXPECT_TRUE(security.reset(Path(0, 3, 11)).ok());
  EXPECT_FALSE(security.has_resource(Path(0, 3, 11)));
  // A removed account leaves no key behind.
  const MutableBytes memory = rows.rows()[0].secret_key.storage;
  EXPECT_TRUE(security.remove(3).ok());
  EXPECT_EQ(to_hex(memory), "00000000");
  EXPECT_EQ(security.find(3), nullptr);
}

// --- 3 Device ---

struct DeviceObjectTest : ObjectsTest {
  DeviceInfo info{.manufacturer = "Linnet",
                  .model_number = "L1",
                  .serial_number = {},
                  .firmware_version = "1.0",
                  .device_type = {},
                  .hardware_version = {},
                  .software_version = {}};
  std::array<PowerSource, 2> power{{{1, 3800, 125}, {5, 5000, 900}}};
  DeviceObject object{info, objects::kDevice_1_1, power};

  void SetUp() override { add(object); }
};

TEST_F(DeviceObjectTest, ShowsWhatTheApplicationKnows) {
  EXPECT_EQ(links("/3/0"),
            "</3/0>,</3/0/0>,</3/0/1>,</3/0/3>,</3/0/4>,</3/0/6>;dim=2,</3/0/7>;dim=2,"
            "</3/0/8>;dim=2,</3/0/11>;dim=1,</3/0/12>,</3/0/16>");
  EXPECT_EQ(text("/3/0/0"), "Linnet");
  EXPECT_EQ(text("/3/0/16"), "U");
  object.set(objects::device::kBatteryLevel, 80);
  object.set(objects::device::kBatteryLevel, 80);
  EXPECT_EQ(news(object), "/3/0/9 ");
  EXPECT_EQ(text("/3/0/9"), "80");
  info.firmware_version = "1.1";
  object.info_changed(objects::device::kFirmwareVersion);
  EXPECT_EQ(news(object), "/3/0/3 ");
  EXPECT_EQ(text("/3/0/3"), "1.1");
}

TEST_F(DeviceObjectTest, PowerSourcesShareTheirIds) {
  LINNET_REQ("OBJ-06");
  EXPECT_EQ(text("/3/0/6/0"), "1");
  EXPECT_EQ(text("/3/0/6/1"), "5");
  EXPECT_EQ(text("/3/0/7/1"), "5000");
  EXPECT_EQ(text("/3/0/8/0"), "125");
  EXPECT_EQ(text("/3/0/8/2"), "4.04");
  object.set_power(1, 4900, 900);
  EXPECT_EQ(news(object), "/3/0/7/1 ");
  EXPECT_EQ(text("/3/0/7/1"), "4900");
}

TEST_F(DeviceObjectTest, RebootAndFactoryResetArePolledAfterTheAnswer) {
  LINNET_REQ("OBJ-02");
  LINNET_REQ("OBJ-03");
  DeviceRequest request;
  EXPECT_FALSE(object.poll_request(request));
  EXPECT_EQ(run("/3/0/4"), Code::Changed);
  ASSERT_TRUE(object.poll_request(request));
  EXPECT_EQ(request, DeviceRequest::Reboot);
  EXPECT_EQ(run("/3/0/5"), Code::NotFound);
  info.factory_reset = true;
  EXPECT_EQ(run("/3/0/5"), Code::Changed);
  ASSERT_TRUE(object.poll_request(request));
  EXPECT_EQ(request, DeviceRequest::FactoryReset);
  EXPECT_FALSE(object.poll_request(request));
}

TEST_F(DeviceObjectTest, ErrorCodesComeAndGo) {
  LINNET_REQ("OBJ-04");
  EXPECT_EQ(links("/3/0/11"), "</3/0/11>;dim=1,</3/0/11/0>");
  EXPECT_EQ(text("/3/0/11/0"), "0");
  EXPECT_TRUE(object.raise_error(1));
  EXPECT_EQ(text("/3/0/11/0"), "1");
  EXPECT_TRUE(object.raise_error(7));
  EXPECT_TRUE(object.raise_error(7));
  EXPECT_EQ(links("/3/0/11"), "</3/0/11>;dim=2,</3/0/11/0>,</3/0/11/1>");
  EXPECT_EQ(text("/3/0/11/1"), "7");
  object.clear_error(1);
  EXPECT_EQ(links("/3/0/11"), "</3/0/11>;dim=1,</3/0/11/1>");
  object.clear_error(7);
  EXPECT_EQ(text("/3/0/11/0"), "0");
  EXPECT_EQ(links("/3/0/11"), "</3/0/11>;dim=1,</3/0/11/0>");
  EXPECT_EQ(news(object), "/3/0/11 ");
  for (std::uint8_t code = 1; code <= 8; ++code) EXPECT_TRUE(object.raise_error(code));
  EXPECT_FALSE(object.raise_error(9));
}

TEST_F(DeviceObjectTest, ResettingErrorsClearsAndAsksForReevaluation) {
  LINNET_REQ("OBJ-05");
  object.raise_error(1);
  object.raise_error(2);
  (void)news(object);
  EXPECT_EQ(run("/3/0/12"), Code::Changed);
  EXPECT_EQ(links("/3/0/11"), "</3/0/11>;dim=1,</3/0/11/0>");
  EXPECT_EQ(text("/3/0/11/0"), "0");
  EXPECT_EQ(news(object), "/3/0/11 ");
  DeviceRequest request;
  ASSERT_TRUE(object.poll_request(request));
  EXPECT_EQ(request, DeviceRequest::ErrorsReset);
}

TEST_F(DeviceObjectTest, TheTimeAdvancesAndCanBeSet) {
  LINNET_REQ("OBJ-07");
  EXPECT_EQ(text("/3/0/13"), "4.04");
  object.set_time(Instant{5000}, 1700000000);
  EXPECT_EQ(text("/3/0/13"), "1700000000");
  DeviceManagement model(device.settings);
  model.advance(Instant{5999});
  EXPECT_EQ(text("/3/0/13"), "1700000000");
  model.advance(Instant{6000});
  EXPECT_EQ(text("/3/0/13"), "1700000001");
  EXPECT_EQ(device.put("/3/0/13", "1800000000").code, Code::Changed);
  model.advance(Instant{16000});
  EXPECT_EQ(text("/3/0/13"), "1800000010");
  EXPECT_EQ(object.time(), 1800000010);
}

TEST_F(DeviceObjectTest, TimeZonesAreKept) {
  EXPECT_EQ(device.put("/3/0/14", "+02:00").code, Code::Changed);
  EXPECT_EQ(text("/3/0/14"), "+02:00");
  EXPECT_EQ(object.utc_offset(), "+02:00");
  EXPECT_EQ(device.put("/3/0/14", "far too long").code, Code::BadRequest);
  EXPECT_EQ(device.put("/3/0/15", "Europe/Lisbon").code, Code::Changed);
  EXPECT_EQ(object.timezone(), "Europe/Lisbon");
  EXPECT_EQ(device.put("/3/0/15", std::string(33, 'x')).code, Code::BadRequest);
  EXPECT_EQ(device.put("/3/0/0", "x").code, Code::MethodNotAllowed);
}

TEST_F(DeviceObjectTest, IsNeverDeletedOrMade) {
  LINNET_REQ("DM-60");
  EXPECT_EQ(device.remove("/3/0").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.post("/3", ContentFormat::Tlv, {}).code, Code::MethodNotAllowed);
}

// --- 4, 6, 7 ---

TEST_F(ObjectsTest, ConnectivityMonitoringShowsTheNetwork) {
  const std::uint8_t bearers[] = {7, 21};
  ConnectivityMonitoringObject object(objects::kConnectivityMonitoring_1_3, 7, bearers);
  add(object);
  EXPECT_EQ(links("/4/0"), "</4/0>,</4/0/0>,</4/0/1>;dim=2,</4/0/2>,</4/0/4>;dim=0");
  const std::string_view addresses[] = {"192.0.2.1", "2001:db8::1"};
  object.set_ip_addresses(addresses);
  const std::string_view routers[] = {"192.0.2.254"};
  object.set_router_addresses(routers);
  const std::string_view apns[] = {"internet"};
  object.set_apns(apns);
  EXPECT_EQ(news(object), "/4/0/4 /4/0/5 /4/0/7 ");
  object.set(objects::connectivity_monitoring::kRadioSignalStrength, -80);
  object.set(objects::connectivity_monitoring::kRadioSignalStrength, -80);
  object.set(objects::connectivity_monitoring::kCellId, 12);
  EXPECT_EQ(news(object), "/4/0/2 /4/0/8 ");
  EXPECT_EQ(text("/4/0/0"), "7");
  EXPECT_EQ(text("/4/0/1/1"), "21");
  EXPECT_EQ(text("/4/0/2"), "-80");
  EXPECT_EQ(text("/4/0/4/1"), "2001:db8::1");
  EXPECT_EQ(text("/4/0/5/0"), "192.0.2.254");
  EXPECT_EQ(text("/4/0/7/0"), "internet");
  EXPECT_EQ(text("/4/0/7/1"), "4.04");
  EXPECT_EQ(text("/4/0/8"), "12");
  object.clear(objects::connectivity_monitoring::kCellId);
  EXPECT_EQ(text("/4/0/8"), "4.04");
}

TEST_F(ObjectsTest, LocationShowsTheLastMeasurement) {
  LocationObject object;
  add(object);
  object.set({.latitude = 48.5,
              .longitude = -7.25,
              .timestamp = 1700000000,
              .altitude = {},
              .radius = 12.0,
              .speed = {},
              .velocity = as_bytes("v")});
  EXPECT_EQ(news(object), "/6/0 ");
  EXPECT_EQ(links("/6/0"), "</6/0>,</6/0/0>,</6/0/1>,</6/0/3>,</6/0/4>,</6/0/5>");
  EXPECT_EQ(text("/6/0/0"), "48.5");
  EXPECT_EQ(text("/6/0/1"), "-7.25");
  EXPECT_EQ(text("/6/0/3"), "12");
  EXPECT_EQ(text("/6/0/4"), "dg==");
  EXPECT_EQ(text("/6/0/5"), "1700000000");
  EXPECT_EQ(text("/6/0/2"), "4.04");
}

TEST_F(ObjectsTest, StatisticsCountBetweenStartAndStop) {
  LINNET_REQ("OBJ-17");
  ConnectivityStatisticsObject object;
  add(object);
  DeviceManagement model(device.settings);
  object.count_sent(5000);
  EXPECT_EQ(text("/7/0/2"), "0");
  EXPECT_EQ(run("/7/0/6"), Code::Changed);
  object.count_sent(1500);
  object.count_sent(700);
  object.count_received(300);
  object.count_sms_sent();
  object.count_sms_received();
  EXPECT_EQ(text("/7/0/0"), "1");
  EXPECT_EQ(text("/7/0/1"), "1");
  EXPECT_EQ(text("/7/0/2"), "2");
  EXPECT_EQ(text("/7/0/3"), "0");
  EXPECT_EQ(text("/7/0/4"), "1500");
  EXPECT_EQ(text("/7/0/5"), "833");
  EXPECT_EQ(run("/7/0/7"), Code::Changed);
  object.count_sent(9000);
  EXPECT_EQ(text("/7/0/2"), "2");  // kept, not counted on
  // With a period the collection ends by itself.
  EXPECT_EQ(device.put("/7/0/8", "60").code, Code::Changed);
  EXPECT_EQ(device.put("/7/0/8", "-1").code, Code::BadRequest);
  model.advance(Instant{1000});
  EXPECT_EQ(run("/7/0/6"), Code::Changed);
  EXPECT_EQ(text("/7/0/2"), "0");
  model.advance(Instant{60999});
  object.count_sent(1000);
  EXPECT_EQ(text("/7/0/2"), "1");
  model.advance(Instant{61000});
  EXPECT_FALSE(object.collecting());
  object.count_sent(1000);
  EXPECT_EQ(text("/7/0/2"), "1");
  EXPECT_EQ(run("/7/0/8"), Code::MethodNotAllowed);
}

// --- 3303, 3311 ---

TEST_F(ObjectsTest, TemperatureKeepsItsExtremes) {
  std::array<TemperatureSensor, 2> sensors;
  sensors[0].id = 4;
  sensors[1].id = 2;
  sensors[1].range_minimum = -40;
  TemperatureObject object(sensors, objects::kTemperature_1_1);
  add(object);
  EXPECT_EQ(links("/3303"),
            "</3303>;ver=1.1,</3303/2>,</3303/2/5603>,</3303/2/5605>,</3303/2/5700>,"
            "</3303/2/5701>,</3303/4>,</3303/4/5605>,</3303/4/5700>,</3303/4/5701>");
  EXPECT_TRUE(object.set_value(4, 21.5).ok());
  EXPECT_EQ(news(object), "/3303/4/5700 /3303/4/5601 /3303/4/5602 ");
  EXPECT_TRUE(object.set_value(4, 20).ok());
  EXPECT_EQ(news(object), "/3303/4/5700 /3303/4/5601 ");
  EXPECT_TRUE(object.set_value(4, 20).ok());
  EXPECT_EQ(news(object), "");
  EXPECT_EQ(object.set_value(5, 20).error(), Error::NotFound);
  EXPECT_EQ(text("/3303/4/5700"), "20");
  EXPECT_EQ(text("/3303/4/5601"), "20");
  EXPECT_EQ(text("/3303/4/5602"), "21.5");
  EXPECT_EQ(text("/3303/4/5701"), "Cel");
  EXPECT_EQ(text("/3303/2/5603"), "-40");
  EXPECT_EQ(text("/3303/2/5602"), "4.04");
  EXPECT_EQ(run("/3303/4/5605"), Code::Changed);
  EXPECT_EQ(text("/3303/4/5602"), "20");
  EXPECT_EQ(device.put("/3303/4/5750", "kitchen").code, Code::Changed);
  EXPECT_EQ(text("/3303/4/5750"), "kitchen");
  EXPECT_EQ(device.put("/3303/4/5750", std::string(25, 'x')).code, Code::BadRequest);
  EXPECT_EQ(device.put("/3303/4/5700", "1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/3303/4").code, Code::MethodNotAllowed);
}

TEST_F(ObjectsTest, LightsAreSwitchedFromBothSides) {
  std::array<Light, 2> lights;
  lights[0].id = 0;
  lights[0].dimmer = 100;
  lights[1].id = 1;
  lights[1].has_colour = true;
  LightControlObject object(lights);
  add(object);
  DeviceManagement model(device.settings);
  EXPECT_EQ(links("/3311/0"), "</3311/0>,</3311/0/5850>,</3311/0/5851>,</3311/0/5852>");
  EXPECT_EQ(device.put("/3311/0/5850", "1").code, Code::Changed);
  EXPECT_TRUE(object.find(0)->on);
  EXPECT_EQ(device.put("/3311/0/5851", "40").code, Code::Changed);
  EXPECT_EQ(object.find(0)->dimmer, 40);
  EXPECT_EQ(device.put("/3311/0/5851", "101").code, Code::BadRequest);
  EXPECT_EQ(device.put("/3311/1/5851", "40").code, Code::NotFound);
  EXPECT_EQ(device.put("/3311/0/5706", "red").code, Code::NotFound);
  EXPECT_EQ(device.put("/3311/1/5706", "red").code, Code::Changed);
  EXPECT_EQ(text("/3311/1/5706"), "red");
  EXPECT_EQ(news(object), "");  // what a server wrote is reported by the dispatcher
  EXPECT_TRUE(object.set_on(1, true).ok());
  EXPECT_TRUE(object.set_dimmer(0, 10).ok());
  EXPECT_EQ(news(object), "/3311/1/5850 /3311/0/5851 ");
  EXPECT_EQ(object.set_dimmer(1, 10).error(), Error::NotAllowed);
  EXPECT_EQ(object.set_dimmer(0, 101).error(), Error::Range);
  EXPECT_EQ(object.set_on(7, true).error(), Error::NotFound);
  model.advance(Instant{1000});
  model.advance(Instant{4500});
  EXPECT_TRUE(object.set_on(1, false).ok());
  model.advance(Instant{9000});
  EXPECT_EQ(text("/3311/0/5852"), "8");
  EXPECT_EQ(text("/3311/1/5852"), "3");
  EXPECT_EQ(device.put("/3311/0/5852", "5").code, Code::BadRequest);
  EXPECT_EQ(device.put("/3311/0/5852", "0").code, Code::Changed);
  EXPECT_EQ(text("/3311/0/5852"), "0");
}

TEST_F(ObjectsTest, ServersCreateLampsInFreeRows) {
  std::array<Light, 2> lights;
  lights[0].id = 0;
  LightControlObject object(lights);
  add(object);
  EXPECT_TRUE(object.create(5).ok());
  EXPECT_EQ(object.find(5)->dimmer, 100);
  EXPECT_EQ(object.create(6).error(), Error::NoSpace);
  EXPECT_EQ(links("/3311/5"), "</3311/5>,</3311/5/5850>,</3311/5/5851>,</3311/5/5852>");
  EXPECT_TRUE(object.check(Path(3311, 9, 5851), Value::integer(3)).ok());
  EXPECT_EQ(object.check(Path(3311, 9, 5706), Value::string("red")).error(), Error::NotFound);
  EXPECT_TRUE(object.remove(5).ok());
  EXPECT_EQ(object.remove(5).error(), Error::NotFound);
  EXPECT_EQ(object.find(5), nullptr);
}

// --- An object of one's own, as a newcomer writes it ---

class DoorObject final : public Object {
 public:
  bool open = false;
  FixedString<16> name;

  const lwm2m::ObjectDefinition& definition() const override {
    static constexpr lwm2m::ResourceDefinition kResources[] = {
        {0, DataType::Boolean, lwm2m::kRead, false, true},
        {1, DataType::String, lwm2m::kReadWrite, false, true, 0, 16},
        {2, DataType::None, lwm2m::kExecute}};
    static constexpr lwm2m::ObjectDefinition kDoor{30001, {1, 0}, false, false, kResources};
    return kDoor;
  }
  Result<Value> read(const Path& path) override {
    if (path.resource() == 0) return Value::boolean(open);
    return Value::string(name.text());
  }
  Status write(const Path&, const Value& value) override {
    return name.assign(value.as_string()) ? Status() : Error::Range;
  }
  Status execute(const Path&, const ExecuteArguments&) override {
    open = !open;
    return {};
  }
};

TEST_F(ObjectsTest, AnObjectOfOnesOwnNeedsThirtyLines) {
  DoorObject door;
  add(door);
  EXPECT_EQ(links("/30001"), "</30001>,</30001/0>,</30001/0/0>,</30001/0/1>,</30001/0/2>");
  EXPECT_EQ(text("/30001/0/0"), "0");
  EXPECT_EQ(run("/30001/0/2"), Code::Changed);
  EXPECT_EQ(text("/30001/0/0"), "1");
  EXPECT_EQ(device.put("/30001/0/1", "front").code, Code::Changed);
  EXPECT_EQ(text("/30001/0/1"), "front");
  EXPECT_EQ(device.put("/30001/0/1", "longer than sixteen").code, Code::BadRequest);
  EXPECT_EQ(device.put("/30001/0/0", "1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/30001/0").code, Code::MethodNotAllowed);
}

TEST(ChangeLog, KeepsWhatItCanAndJoinsTheRest) {
  ChangeLog log;
  Change change;
  EXPECT_FALSE(log.poll(change));
  log.add(Path(3, 0, 1));
  log.add(Path(3, 0, 1));
  log.add(Path(3, 0, 2));
  log.add(Path(3, 0, 3));
  log.add(Path(3, 0, 4, 1));
  log.add(Path(3, 0, 5));
  log.add(Path(3, 0, 6));
  for (const Path& path : {Path(3, 0, 1), Path(3, 0, 2), Path(3, 0, 3), Path(3, 0)}) {
    ASSERT_TRUE(log.poll(change));
    EXPECT_EQ(change.path, path);
  }
  EXPECT_FALSE(log.poll(change));
  log.add(Path(3, 1), Change::Kind::Created);
  log.add(Path(3, 1, 2));
  ASSERT_TRUE(log.poll(change));
  EXPECT_EQ(change.kind, Change::Kind::Created);
}

}  // namespace
}  // namespace linnet::client::test
