// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <folder.hpp>

#include "service/device_table.hpp"

namespace linnet::service {
namespace {

class DeviceTableTest : public ::testing::Test {
 protected:
  Sqlite open() {
    Sqlite database(folder_ / "store");
    database.run("BEGIN");
    migrate(database, "store");
    database.run("COMMIT");
    return database;
  }
  static void commit(Sqlite& database, DeviceTable& table) {
    database.run("BEGIN");
    table.write();
    database.run("COMMIT");
    table.written();
  }

  test::Folder folder_;
};

TEST_F(DeviceTableTest, GivesEachEndpointANumberOfItsOwn) {
  Sqlite database = open();
  DeviceTable table(database, [] { return std::int64_t{1000}; });
  EXPECT_FALSE(table.find("lamp"));
  const auto lamp = table.number("lamp");
  const auto door = table.number("door");
  EXPECT_NE(lamp, door);
  EXPECT_EQ(table.number("lamp"), lamp);
  EXPECT_EQ(table.endpoint(door), "door");
  EXPECT_TRUE(table.changed());
  commit(database, table);
  EXPECT_FALSE(table.changed());
  EXPECT_EQ(table.find("lamp"), lamp);
  EXPECT_EQ(table.size(), 2u);
}

TEST_F(DeviceTableTest, KeepsThemOverARestart) {
  DeviceNumber lamp = 0;
  {
    Sqlite database = open();
    DeviceTable table(database, [] { return std::int64_t{1000}; });
    lamp = table.number("lamp");
    commit(database, table);
    (void)table.number("lost with the crash");
  }
  Sqlite database = open();
  DeviceTable table(database, [] { return std::int64_t{1000}; });
  EXPECT_EQ(table.find("lamp"), lamp);
  EXPECT_EQ(table.endpoint(lamp), "lamp");
  EXPECT_FALSE(table.find("lost with the crash"));
  EXPECT_NE(table.number("door"), lamp);
}

TEST_F(DeviceTableTest, WritesAgainWhatWasRolledBack) {
  Sqlite database = open();
  DeviceTable table(database, [] { return std::int64_t{1000}; });
  const auto lamp = table.number("lamp");
  database.run("BEGIN");
  table.write();
  database.run("ROLLBACK");
  EXPECT_TRUE(table.changed());
  commit(database, table);
  EXPECT_EQ(DeviceTable(database, [] { return std::int64_t{0}; }).find("lamp"), lamp);
}

std::vector<std::string> names(const std::vector<DeviceTable::Absent>& devices) {
  std::vector<std::string> out;
  for (const auto& device : devices) out.push_back(device.endpoint);
  return out;
}

TEST_F(DeviceTableTest, KnowsWhoIsRegisteredAndWhoIsNot) {
  Sqlite database = open();
  DeviceTable table(database, [] { return std::int64_t{1000}; });
  for (const char* endpoint : {"d", "b", "a", "c"}) (void)table.arrived(endpoint);
  (void)table.number("waited for");
  commit(database, table);
  table.left("c", 5000);
  // Known by name at once.
  ASSERT_TRUE(table.absent("c"));
  EXPECT_EQ(table.absent("c")->last_seen_ms, 5000);
  EXPECT_FALSE(table.absent("b"));
  commit(database, table);
  using Names = std::vector<std::string>;
  EXPECT_EQ(table.registered_page({}), (Names{"a", "b", "d"}));
  EXPECT_EQ(table.registered_page({"a", false, 1}), (Names{"b"}));
  EXPECT_EQ(table.registered_page({{}, true, 2}), (Names{"d", "b"}));
  EXPECT_EQ(table.registered_page({"b", true, 2}), (Names{"a"}));
  EXPECT_EQ(names(table.absent_page({})), (Names{"c", "waited for"}));
  EXPECT_EQ(names(table.absent_page({{}, true, 1})), (Names{"waited for"}));
  EXPECT_EQ(table.absent("waited for")->last_seen_ms, 0);
  EXPECT_EQ(names(table.registered_after(0, 10)), (Names{"d", "b", "a"}));
  EXPECT_EQ(table.registered_count(), 3u);
  EXPECT_EQ(table.size(), 5u);
  const auto number = table.find("c");
  EXPECT_EQ(table.arrived("c"), number);
  commit(database, table);
  EXPECT_EQ(table.registered_count(), 4u);
  EXPECT_FALSE(table.absent("c"));
}

TEST_F(DeviceTableTest, ForgetsWithAllThatHangsOnTheNumber) {
  Sqlite database = open();
  DeviceTable table(database, [] { return std::int64_t{1000}; });
  std::vector<DeviceNumber> dropped;
  table.on_forget([&](DeviceNumber number, std::string_view endpoint) {
    dropped.push_back(number);
    EXPECT_EQ(endpoint, "lamp");
  });
  const auto lamp = table.arrived("lamp");
  (void)table.arrived("door");
  commit(database, table);
  EXPECT_TRUE(table.forget("lamp"));
  EXPECT_FALSE(table.forget("lamp"));
  EXPECT_EQ(dropped, (std::vector<DeviceNumber>{lamp}));
  // Before and after it is written.
  EXPECT_FALSE(table.find("lamp"));
  EXPECT_FALSE(table.endpoint(lamp));
  EXPECT_EQ(table.size(), 1u);
  const auto again = table.arrived("lamp");
  EXPECT_NE(again, lamp);
  commit(database, table);
  EXPECT_EQ(table.find("lamp"), again);
  EXPECT_EQ(DeviceTable(database, [] { return std::int64_t{0}; }).size(), 2u);
}

}  // namespace
}  // namespace linnet::service
