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

}  // namespace
}  // namespace linnet::service
