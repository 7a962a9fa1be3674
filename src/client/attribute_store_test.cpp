// SPDX-License-Identifier: Apache-2.0
// Pins how attached attributes are kept per server and inherited along a path.
#include <gtest/gtest.h>

#include <linnet/client/attribute_store.hpp>

#include <requirement.hpp>

namespace linnet::client {
namespace {

using lwm2m::Attribute;
using lwm2m::AttributeChange;
using lwm2m::Path;

AttributeChange change(std::initializer_list<std::string_view> queries) {
  AttributeChange result;
  for (const std::string_view query : queries) EXPECT_TRUE(result.parse(query).ok()) << query;
  return result;
}

struct Store : testing::Test {
  std::array<AttributeEntry, 3> rows;
  AttributeStore store{rows};
};

using AttributeStoreTest = Store;

TEST_F(AttributeStoreTest, TheDeepestLevelWinsForEachAttribute) {
  LINNET_REQ("IR-13");
  ASSERT_TRUE(store.apply(101, Path(3), change({"pmin=1", "pmax=100"})).ok());
  ASSERT_TRUE(store.apply(101, Path(3, 0), change({"pmin=2"})).ok());
  ASSERT_TRUE(store.apply(101, Path(3, 0, 7, 1), change({"gt=5"})).ok());
  const lwm2m::Attributes found = store.effective(101, Path(3, 0, 7, 1));
  EXPECT_EQ(found.integer(Attribute::Pmin), 2u);
  EXPECT_EQ(found.integer(Attribute::Pmax), 100u);
  EXPECT_EQ(found.real(Attribute::Gt), 5.0);
  EXPECT_FALSE(store.effective(101, Path(3, 0, 7)).real(Attribute::Gt));
  EXPECT_FALSE(store.effective(101, Path(3, 0, 7), 2).has(Attribute::Pmax));
  EXPECT_EQ(store.effective(101, Path(3, 0, 7), 2).integer(Attribute::Pmin), 2u);
}

TEST_F(AttributeStoreTest, EachServerHasItsOwn) {
  LINNET_REQ("IR-14");
  ASSERT_TRUE(store.apply(101, Path(3), change({"pmin=1"})).ok());
  ASSERT_TRUE(store.apply(102, Path(3), change({"pmin=9"})).ok());
  EXPECT_EQ(store.find(101, Path(3))->integer(Attribute::Pmin), 1u);
  EXPECT_EQ(store.find(102, Path(3))->integer(Attribute::Pmin), 9u);
  EXPECT_EQ(store.find(103, Path(3)), nullptr);
  store.remove_server(101);
  EXPECT_EQ(store.find(101, Path(3)), nullptr);
  EXPECT_NE(store.find(102, Path(3)), nullptr);
}

TEST_F(AttributeStoreTest, UnsettingTheLastOneFreesTheRow) {
  LINNET_REQ("DM-39");
  ASSERT_TRUE(store.apply(101, Path(3), change({"pmin=1", "pmax=2"})).ok());
  ASSERT_TRUE(store.apply(101, Path(4), change({"pmin=1"})).ok());
  ASSERT_TRUE(store.apply(101, Path(5), change({"pmin=1"})).ok());
  EXPECT_EQ(store.apply(101, Path(6), change({"pmin=1"})).error(), Error::NoSpace);
  EXPECT_TRUE(store.apply(101, Path(6), change({"pmin"})).ok());  // nothing to keep
  ASSERT_TRUE(store.apply(101, Path(3), change({"pmin"})).ok());
  EXPECT_FALSE(store.find(101, Path(3))->has(Attribute::Pmin));
  EXPECT_EQ(store.find(101, Path(3))->integer(Attribute::Pmax), 2u);
  EXPECT_EQ(store.apply(101, Path(6), change({"pmin=1"})).error(), Error::NoSpace);
  ASSERT_TRUE(store.apply(101, Path(3), change({"pmax"})).ok());
  EXPECT_EQ(store.find(101, Path(3)), nullptr);
  EXPECT_TRUE(store.apply(101, Path(6), change({"pmin=1"})).ok());
}

TEST_F(AttributeStoreTest, WhatIsBelowAGoneNodeIsForgotten) {
  ASSERT_TRUE(store.apply(101, Path(3, 0), change({"pmin=1"})).ok());
  ASSERT_TRUE(store.apply(101, Path(3, 0, 7), change({"pmin=1"})).ok());
  ASSERT_TRUE(store.apply(101, Path(3), change({"pmin=1"})).ok());
  store.remove_below(Path(3, 0));
  EXPECT_EQ(store.find(101, Path(3, 0)), nullptr);
  EXPECT_EQ(store.find(101, Path(3, 0, 7)), nullptr);
  EXPECT_NE(store.find(101, Path(3)), nullptr);
}

TEST_F(AttributeStoreTest, WithoutStorageNothingCanBeAttached) {
  AttributeStore none;
  EXPECT_EQ(none.apply(101, Path(3), change({"pmin=1"})).error(), Error::NoSpace);
  EXPECT_TRUE(none.effective(101, Path(3)).empty());
}

}  // namespace
}  // namespace linnet::client
