// SPDX-License-Identifier: Apache-2.0
// Pins that the rules for configurations see a device's objects 0, 1, 2 and 21.
#include <client/configuration_view.hpp>

#include <gtest/gtest.h>

#include <client/test_device.hpp>
#include <linnet/client/objects/access_control.hpp>
#include <linnet/client/objects/full_server.hpp>

#include <requirement.hpp>

namespace linnet::client::test {
namespace {

namespace objects = lwm2m::objects;
using Rule = lwm2m::ConfigurationRule;

/// Three servers, access control, and an object 1000 to govern.
struct ConfigurationViewTest : testing::Test {
  ConfigurationViewTest() {
    for (Id i = 0; i < 3; ++i) {
      const auto ssid = static_cast<ShortServerId>(101 + i);
      EXPECT_TRUE(
          security.add({.instance = i, .uri = "coap://host", .short_server_id = ssid}).ok());
      EXPECT_TRUE(servers.put(ServerInstance(i, ssid, 300)).ok());
    }
    const AclEntry all[] = {{.server = 102, .rights = 15}};
    EXPECT_TRUE(access.add(Path(kEvery, 0), 101, all).ok());
    every.set(0, kText, Value::string("hello"));
    settings.objects = objects;
  }
  std::optional<lwm2m::Inconsistency> judge() {
    DeviceManagement model(settings);
    return lwm2m::find_inconsistency(DeviceConfiguration(model), {});
  }

  SecurityStorage<kCompleteSecurity> security_rows;
  SecurityObject security{security_rows.rows(), objects::kSecurity_1_2};
  std::array<ServerInstance, 3> server_rows;
  std::array<ServerLists, 3> server_lists;
  FullServerObject servers{server_rows, server_lists, objects::kServer_1_2};
  AccessControlStorage<AccessControlCapacity{}> access_rows;
  AccessControlObject access{access_rows.rows(), servers, objects::kAccessControl_1_1,
                             lwm2m::kEnabler12};
  EveryObject every;
  std::vector<Object*> objects{&security, &servers, &access, &every};
  DeviceManagementSettings settings;
};

TEST_F(ConfigurationViewTest, AGoodDevicePasses) {
  LINNET_REQ("BS-49");
  EXPECT_FALSE(judge().has_value());
  DeviceManagement model(settings);
  EXPECT_TRUE(DeviceConfiguration(model).missing_resource().is_root());
}

TEST_F(ConfigurationViewTest, HiddenObjectsAndListsAreSeen) {
  LINNET_REQ("BS-49");
  EXPECT_TRUE(security.write(Path(0, 1, 25, 1), Value::string("coaps://host")).ok());
  ASSERT_TRUE(judge().has_value());
  EXPECT_EQ(judge()->rule, Rule::SchemeAgainstMode);
  EXPECT_EQ(judge()->path, Path(0, 1, 25, 1));
  EXPECT_TRUE(security.reset(Path(0, 1, 25)).ok());
  EXPECT_FALSE(judge().has_value());
  EXPECT_TRUE(security.write(Path(0, 2, 17), Value::link({.object = 21, .instance = 0})).ok());
  EXPECT_EQ(judge()->rule, Rule::OscoreLink);
}

TEST_F(ConfigurationViewTest, AccountsAndTargetsAreSeen) {
  LINNET_REQ("BS-49");
  EXPECT_TRUE(servers.remove(2).ok());
  EXPECT_EQ(judge()->path, Path(0, 2));
  EXPECT_EQ(judge()->rule, Rule::SecurityWithoutServer);
  EXPECT_TRUE(security.remove(2).ok());
  EXPECT_FALSE(judge().has_value());
  every.instances.clear();
  EXPECT_EQ(judge()->rule, Rule::AccessControlTargetMissing);
  every.set(0, kText, Value::string("hello"));
  EXPECT_TRUE(servers.remove(1).ok());
  EXPECT_TRUE(security.remove(1).ok());
  EXPECT_FALSE(judge().has_value());  // one server: full rights
  EXPECT_TRUE(servers.remove(0).ok());
  EXPECT_EQ(judge()->rule, Rule::SecurityWithoutServer);
}

TEST_F(ConfigurationViewTest, OnlyWhatHasAValueHasOne) {
  DeviceManagement model(settings);
  const DeviceConfiguration view(model);
  EXPECT_EQ(view.value(Path(0, 0, 0))->as_string(), "coap://host");
  EXPECT_EQ(*view.value(Path(2, 0, 2, 102)), Value::integer(15));
  for (const Path& path :
       {Path(0, 9, 0), Path(0, 0, 11), Path(0, 0, 99), Path(1, 0, 8), Path(2, 0, 2),
        Path(2, 0, 2, 103), Path(0, 0, 0, 0), Path(21, 0, 0), Path(9, 0, 0)}) {
    char text[lwm2m::kMaxPathText];
    EXPECT_EQ(view.value(path).error(), Error::NotFound) << format(path, text);
    EXPECT_EQ(view.next_resource_instance(path.first(3), 102), kNoId);
  }
  EXPECT_EQ(view.next_instance(0, kNoId), 0);
  EXPECT_EQ(view.next_instance(0, 2), kNoId);
  EXPECT_EQ(view.next_instance(21, kNoId), kNoId);
  EXPECT_TRUE(view.has_instance(Path(kEvery, 0)));
  EXPECT_FALSE(view.has_instance(Path(kEvery, 1)));
}

TEST_F(ConfigurationViewTest, MandatoryResourcesOfEveryObjectAreAskedFor) {
  LINNET_REQ("BS-51");
  every.set(2, kInteger, Value::integer(1));
  DeviceManagement model(settings);
  const DeviceConfiguration view(model);
  EXPECT_FALSE(judge().has_value());
  EXPECT_EQ(view.missing_resource(), Path(kEvery, 2, kText));
  every.set(2, kText, Value::string(""));
  EXPECT_TRUE(view.missing_resource().is_root());
}

}  // namespace
}  // namespace linnet::client::test
