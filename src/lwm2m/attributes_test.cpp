// SPDX-License-Identifier: Apache-2.0
// Pins the notification attributes: their text, their precedence, and which changes are refused.
#include <linnet/lwm2m/attributes.hpp>

#include <gtest/gtest.h>

#include <string>

#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

AttributeChange change(std::initializer_list<const char*> queries) {
  AttributeChange result;
  for (const char* query : queries) EXPECT_TRUE(result.parse(query).ok()) << query;
  return result;
}

Error refusal(std::initializer_list<const char*> queries) {
  AttributeChange result;
  for (const char* query : queries) {
    if (const Status status = result.parse(query); !status.ok()) return status.error();
  }
  return Error::Ok;
}

std::string query_text(const Attributes& attributes) {
  std::uint8_t storage[200];
  Writer out(storage);
  write_query(attributes, out);
  return std::string(as_text(out.written()));
}

std::string link_text(const Attributes& attributes) {
  std::uint8_t storage[200];
  Writer out(storage);
  write_link_attributes(attributes, out);
  return std::string(as_text(out.written()));
}

TEST(Attributes, NamesGoBothWays) {
  for (std::size_t i = 0; i < kAttributes; ++i) {
    const auto attribute = static_cast<Attribute>(i);
    EXPECT_EQ(find_attribute(name(attribute)), attribute);
  }
  EXPECT_EQ(name(Attribute::Hqmax), "hqmax");
  EXPECT_FALSE(find_attribute("PMIN").has_value());
  EXPECT_FALSE(find_attribute("").has_value());
}

TEST(Attributes, ParsesEachFromQueries) {
  LINNET_REQ("DM-38");
  const Attributes set = change({"pmin=10", "pmax=2147483647", "gt=-2.5", "lt=-10", "st=0.5",
                                 "epmin=1", "epmax=2", "edge=1", "con=0", "hqmax=5"})
                             .set;
  EXPECT_EQ(set.integer(Attribute::Pmin), 10u);
  EXPECT_EQ(set.integer(Attribute::Pmax), 2147483647u);
  EXPECT_EQ(set.real(Attribute::Gt), -2.5);
  EXPECT_EQ(set.real(Attribute::Lt), -10.0);
  EXPECT_EQ(set.real(Attribute::St), 0.5);
  EXPECT_EQ(set.integer(Attribute::Epmin), 1u);
  EXPECT_EQ(set.integer(Attribute::Epmax), 2u);
  EXPECT_EQ(set.integer(Attribute::Edge), 1u);
  EXPECT_EQ(set.integer(Attribute::Con), 0u);
  EXPECT_EQ(set.integer(Attribute::Hqmax), 5u);
  EXPECT_FALSE(set.real(Attribute::Pmin).has_value());
  EXPECT_FALSE(set.integer(Attribute::Gt).has_value());
}

TEST(Attributes, RefusesUnknownRepeatedAndNonNumeric) {
  LINNET_REQ("DM-40");
  for (const char* query : {"",        "=",         "pmin=",   "pmin=x", "pmin=1.5", "pmin=-1",
                            "pmin=+1", "pmin= 1",   "pmin=1 ", "dim=3",  "ver=1.0",  "ssid=1",
                            "uri=x",   "lwm2m=1.2", "Pmin=1",  "gt=",    "gt=x",     "gt=1,5",
                            "gt=nan",  "gt=inf",    "gt==1",   "pct=1"}) {
    EXPECT_EQ(refusal({query}), Error::Malformed) << query;
  }
  EXPECT_EQ(refusal({"pmin=1", "pmin=1"}), Error::Malformed);
  EXPECT_EQ(refusal({"pmin=1", "pmin"}), Error::Malformed);
  EXPECT_EQ(refusal({"gt", "gt=1"}), Error::Malformed);
  EXPECT_EQ(refusal({"gt", "gt"}), Error::Malformed);
  for (const char* query :
       {"pmin=2147483648", "pmax=99999999999999999999", "edge=2", "con=2", "st=-1", "gt=1e999"}) {
    EXPECT_EQ(refusal({query}), Error::Range) << query;
  }
}

TEST(Attributes, UnsetsWithoutValue) {
  LINNET_REQ("DM-39");
  const Attributes before = change({"pmin=10", "pmax=20", "gt=3"}).set;
  Attributes after = before;
  change({"pmin", "gt", "lt=1", "con"}).apply_to(after);
  EXPECT_FALSE(after.has(Attribute::Pmin));
  EXPECT_FALSE(after.has(Attribute::Gt));
  EXPECT_EQ(after.integer(Attribute::Pmax), 20u);
  EXPECT_EQ(after.real(Attribute::Lt), 1.0);
  Attributes none = before;
  change({"pmin", "pmax", "gt"}).apply_to(none);
  EXPECT_EQ(none, Attributes());
}

TEST(Attributes, DeeperLevelsWinOneByOne) {
  LINNET_REQ("IR-13");
  const Attributes object = change({"pmin=1", "pmax=2", "gt=3"}).set;
  const Attributes resource = change({"pmin=10", "lt=0"}).set;
  Attributes both = object;
  both.override_with(resource);
  EXPECT_EQ(query_text(both), "pmin=10&pmax=2&gt=3&lt=0");
  Attributes same = object;
  same.override_with({});
  EXPECT_EQ(same, object);
  Attributes taken;
  taken.override_with(object);
  EXPECT_EQ(taken, object);
}

TEST(Attributes, KnowsWhichNeedAResource) {
  LINNET_REQ("DM-42");
  for (const char* query : {"gt=1", "lt=1", "st=1", "edge=1", "gt", "edge"}) {
    EXPECT_TRUE(change({query}).needs_resource()) << query;
  }
  EXPECT_FALSE(
      change({"pmin=1", "pmax=1", "epmin=1", "epmax=1", "con=1", "hqmax=1"}).needs_resource());
  EXPECT_FALSE(change({"pmin", "con"}).needs_resource());
}

TEST(Attributes, ThresholdsHaveToLeaveRoomForSteps) {
  LINNET_REQ("IR-11");
  LINNET_REQ("DM-41");
  EXPECT_TRUE(consistent({}));
  EXPECT_TRUE(consistent(change({"gt=1"}).set));
  EXPECT_TRUE(consistent(change({"lt=1", "st=100"}).set));
  EXPECT_TRUE(consistent(change({"lt=1", "gt=2"}).set));
  EXPECT_FALSE(consistent(change({"lt=2", "gt=2"}).set));
  EXPECT_FALSE(consistent(change({"lt=3", "gt=2"}).set));
  EXPECT_TRUE(consistent(change({"lt=1", "gt=2", "st=0.4"}).set));
  EXPECT_FALSE(consistent(change({"lt=1", "gt=2", "st=0.5"}).set));
  EXPECT_FALSE(consistent(change({"lt=1", "gt=2", "st=0.6"}).set));
}

TEST(Attributes, WritesLinkAndQueryForm) {
  const Attributes all = change({"pmin=10", "pmax=60", "gt=2.5", "lt=-1", "st=0.001", "epmin=1",
                                 "epmax=2", "edge=0", "con=1", "hqmax=4294967"})
                             .set;
  EXPECT_EQ(link_text(all),
            ";pmin=10;pmax=60;epmin=1;epmax=2;edge=0;con=1;hqmax=4294967;gt=2.5;lt=-1;st=0.001");
  EXPECT_EQ(query_text(all),
            "pmin=10&pmax=60&epmin=1&epmax=2&edge=0&con=1&hqmax=4294967&gt=2.5&lt=-1&st=0.001");
  EXPECT_EQ(link_text({}), "");
  EXPECT_EQ(query_text({}), "");
}

TEST(Attributes, SetStaysInItsField) {
  Attributes attributes;
  attributes.set(Attribute::Pmin, -1);
  attributes.set(Attribute::Pmax, 1e300);
  attributes.set(Attribute::Con, 7);
  EXPECT_EQ(attributes.integer(Attribute::Pmin), 0u);
  EXPECT_EQ(attributes.integer(Attribute::Pmax), 2147483647u);
  EXPECT_EQ(attributes.integer(Attribute::Con), 1u);
}

}  // namespace
}  // namespace linnet::lwm2m
