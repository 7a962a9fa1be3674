// SPDX-License-Identifier: Apache-2.0
// Configurations of a bootstrap server: templates, selection, and what is wrong with them.
#include <linnet/server/bootstrap_configuration.hpp>

#include <gtest/gtest.h>

#include <bootstrap_bench.hpp>
#include <requirement.hpp>

namespace linnet::server {
namespace {

using lwm2m::Path;
using lwm2m::Value;
using test::one_server;
using test::server_account;

class BootstrapConfigurationTest : public ::testing::Test {
 protected:
  /// The fault as "path: reason [rule]", empty if there is none.
  std::string fault(BootstrapConfiguration configuration) {
    const auto found = prepare(configuration, &definitions_);
    if (!found) return "";
    std::array<char, lwm2m::kMaxPathText> text;
    return std::string(lwm2m::format(found->path, text)) + ": " + found->reason + " [" +
           found->rule + "]";
  }
  static void set(BootstrapConfiguration& configuration, const Path& path, const Value& value,
                  bool literal = false) {
    std::erase_if(configuration.values, [&](const auto& entry) { return entry.path == path; });
    configuration.values.push_back({path, value, literal});
  }
  static void drop(BootstrapConfiguration& configuration, const Path& part) {
    std::erase_if(configuration.values,
                  [&](const auto& entry) { return part.contains(entry.path); });
  }

  test::CoreDefinitions definitions_;
};

TEST_F(BootstrapConfigurationTest, FillsVariablesIn) {
  EXPECT_EQ(*expand("coap://x/{endpoint}", "urn:imei:123"), "coap://x/urn:imei:123");
  EXPECT_EQ(*expand("{identifier}-{identifier}", "urn:imei:123"), "123-123");
  EXPECT_EQ(*expand("{identifier}", "plain"), "plain");
  EXPECT_EQ(*expand("{{endpoint}} }}{{", "x"), "{endpoint} }{");
  EXPECT_EQ(*expand("", "x"), "");
  EXPECT_EQ(expand("{serial}", "x").error(), Error::NotFound);
  EXPECT_EQ(expand("{}", "x").error(), Error::NotFound);
  EXPECT_EQ(expand("{endpoint", "x").error(), Error::Malformed);
  EXPECT_EQ(expand("a}", "x").error(), Error::Malformed);
  EXPECT_EQ(expand("a{", "x").error(), Error::Malformed);
}

TEST_F(BootstrapConfigurationTest, FillsTextAndBytesButNoLiterals) {
  BootstrapConfiguration configuration;
  const std::string_view text = "{identifier}";
  configuration.values = {{Path(0, 1, 3), Value::opaque(as_bytes(text))},
                          {Path(0, 1, 5), Value::opaque(as_bytes(text)), true},
                          {Path(0, 1, 0), Value::string("coap://{identifier}")},
                          {Path(0, 1, 10), Value::integer(7)}};
  const auto expanded = expand(configuration, "urn:x:9");
  ASSERT_TRUE(expanded.ok());
  EXPECT_EQ(as_text(expanded->values[0].value.view().as_opaque()), "9");
  EXPECT_EQ(as_text(expanded->values[1].value.view().as_opaque()), text);
  EXPECT_EQ(expanded->values[2].value.view().as_string(), "coap://9");
  EXPECT_EQ(expanded->values[3].value.view().as_integer(), 7);
  // What a device is called cannot smuggle in another variable.
  EXPECT_EQ(expand(*expanded, "other")->values[2].value.view().as_string(), "coap://9");
}

TEST_F(BootstrapConfigurationTest, MatchesPatterns) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*", "anything"));
  EXPECT_TRUE(matches("urn:imei:*", "urn:imei:1"));
  EXPECT_TRUE(matches("urn:*:1", "urn:imei:1"));
  EXPECT_TRUE(matches("a*b*c", "aXbbYc"));
  EXPECT_TRUE(matches("*ab", "aab"));
  EXPECT_FALSE(matches("urn:*:1", "urn:imei:12"));
  EXPECT_FALSE(matches("a*b*c", "acb"));
  EXPECT_FALSE(matches("x", "xy"));
  EXPECT_FALSE(matches("", "x"));
}

TEST_F(BootstrapConfigurationTest, SelectsTheClosestOne) {
  const std::vector<BootstrapConfiguration> all = {
      one_server("default", "*"), one_server("imei", "urn:imei:*"),
      one_server("batch", "urn:imei:49*"), one_server("one", "urn:imei:4901")};
  EXPECT_EQ(select(all, "urn:imei:4901")->name, "one");
  EXPECT_EQ(select(all, "urn:imei:4902")->name, "batch");
  EXPECT_EQ(select(all, "urn:imei:5")->name, "imei");
  EXPECT_EQ(select(all, "meter")->name, "default");
  EXPECT_EQ(select(std::span(all).subspan(1), "meter"), nullptr);
}

TEST_F(BootstrapConfigurationTest, TakesAConsistentSet) {
  LINNET_REQ("BS-44");
  EXPECT_EQ(fault(one_server()), "");
  BootstrapConfiguration two = one_server();
  for (auto& value : server_account(2, 102, "coap://192.0.2.10")) two.values.push_back(value);
  // Two servers need access control for what both may touch only if rights differ; none is fine
  // to deliver, for a device makes its own.
  set(two, Path(2, 0, 0), Value::integer(3));
  set(two, Path(2, 0, 1), Value::integer(0));
  set(two, Path(2, 0, 3), Value::integer(101));
  set(two, Path(2, 0, 2, 102), Value::integer(1));
  EXPECT_EQ(fault(two), "");
}

TEST_F(BootstrapConfigurationTest, RefusesAnInconsistentSet) {
  LINNET_REQ("BS-44");
  const auto rule_of = [&](const BootstrapConfiguration& configuration) {
    const std::string text = fault(configuration);
    return text.substr(text.find('[') == std::string::npos ? text.size() : text.find('['));
  };
  BootstrapConfiguration c = one_server();
  set(c, Path(1, 1, 0), Value::integer(102));  // no such account
  EXPECT_EQ(rule_of(c), "[BS-04]");
  c = one_server();
  drop(c, Path(0));
  EXPECT_EQ(rule_of(c), "[BS-04]");
  c = one_server();
  set(c, Path(0, 1, 0), Value::string("not a uri"));
  EXPECT_NE(rule_of(c), "");
  c = one_server();
  set(c, Path(0, 1, 10), Value::integer(65535));
  set(c, Path(1, 1, 0), Value::integer(65535));
  EXPECT_NE(rule_of(c), "");
  c = one_server();
  for (auto& value : server_account(2, 101, "coap://192.0.2.10")) c.values.push_back(value);
  EXPECT_NE(rule_of(c), "");  // the Short Server ID twice
  c = one_server();
  set(c, Path(2, 0, 0), Value::integer(3));
  set(c, Path(2, 0, 1), Value::integer(0));
  for (auto& value : server_account(2, 102, "coap://192.0.2.10")) c.values.push_back(value);
  set(c, Path(2, 0, 3), Value::integer(999));  // an owner nobody knows
  EXPECT_NE(rule_of(c), "");
  c = one_server();
  c.values.clear();  // deletes everything and leaves no server
  EXPECT_EQ(rule_of(c), "[BS-05]");
}

TEST_F(BootstrapConfigurationTest, MayOnlyAddToWhatThereIs) {
  LINNET_REQ("BS-44");
  BootstrapConfiguration c;
  c.values = {{Path(3303, 0, 5701), Value::string("Cel")}};
  EXPECT_EQ(fault(c), "");
  // An owner that the device may know already.
  c.values = {{Path(2, 0, 0), Value::integer(3)},
              {Path(2, 0, 1), Value::integer(0)},
              {Path(2, 0, 3), Value::integer(7)}};
  EXPECT_EQ(fault(c), "");
  // But not if all accounts are replaced, or half of an account is written.
  c.deletes = {Path(0), Path(1)};
  EXPECT_NE(fault(c), "");
  c.deletes.clear();
  c.values = {{Path(0, 1, 0), Value::string("coap://x")}};
  EXPECT_NE(fault(c), "");
}

TEST_F(BootstrapConfigurationTest, SaysWhatIsWrongWithAValue) {
  BootstrapConfiguration c = one_server();
  set(c, Path(1, 1, 1), Value::string("soon"));
  EXPECT_EQ(fault(c), "/1/1/1: string given, integer expected [BS-44]");
  c = one_server();
  set(c, Path(0, 1, 2), Value::integer(5));
  EXPECT_EQ(fault(c), "/0/1/2: the number is outside its range: 0 to 4 [BS-44]");
  c = one_server();
  set(c, Path(0, 1, 0), Value::string("coap://{serial}"));
  EXPECT_EQ(fault(c),
            "/0/1/0: there is no such variable: {endpoint} and {identifier} are known [BS-44]");
  c = one_server();
  set(c, Path(0, 1, 0), Value::string("coap://{endpoint"));
  EXPECT_EQ(fault(c),
            "/0/1/0: a brace stands alone: write {{ or }} for one that is meant as it is [BS-44]");
  c = one_server();
  set(c, Path(1, 1, 99), Value::integer(5));
  EXPECT_EQ(fault(c), "/1/1/99: the object has no such resource [BS-44]");
  c = one_server();
  set(c, Path(1, 1, 8), Value::integer(5));
  EXPECT_EQ(fault(c), "/1/1/8: the resource is executed, it has no value [BS-44]");
  c = one_server();
  set(c, Path(1, 1, 1, 0), Value::integer(5));
  EXPECT_EQ(fault(c), "/1/1/1/0: the resource has no instances [BS-44]");
  c = one_server();
  set(c, Path(2, 0, 2), Value::integer(5));
  EXPECT_EQ(fault(c),
            "/2/0/2: the resource has instances: write their ids, such as /2/0/2/0 [BS-44]");
  c = one_server();
  c.values.push_back({Path(1, 1, 1), Value::integer(6)});
  EXPECT_EQ(fault(c), "/1/1/1: it is there twice [BS-44]");
  c = one_server();
  c.values.push_back({Path(3, 1, 13), Value::time(6)});
  EXPECT_EQ(fault(c), "/3/1/13: the object has one instance, 0 [BS-44]");
  c = one_server();
  c.deletes = {Path(1, 1, 1)};
  EXPECT_EQ(fault(c), "/1/1/1: what is deleted is everything, an object or an instance [BS-45]");
  c = one_server();
  c.format = coap::ContentFormat::Text;
  EXPECT_EQ(fault(c), "/: the format cannot carry an object instance [BS-40]");
}

TEST_F(BootstrapConfigurationTest, GivesValuesTheirTypesAndOrder) {
  BootstrapConfiguration c = one_server();
  std::ranges::reverse(c.values);
  c.values.push_back({Path(0, 1, 13), Value::integer(1)});
  c.values.push_back({Path(3303, 0), {}});
  c.values.push_back({Path(0, 1), {}});  // says nothing that its resources do not
  ASSERT_FALSE(prepare(c, &definitions_));
  EXPECT_TRUE(std::ranges::is_sorted(c.values, {}, &BootstrapValue::path));
  const auto type = std::ranges::find(c.values, Path(0, 1, 13), &BootstrapValue::path);
  EXPECT_EQ(type->value.type(), lwm2m::DataType::Unsigned);
  EXPECT_EQ(c.values.back().path, Path(3303, 0));
  EXPECT_EQ(c.values.front().path, Path(0, 1, 0));
}

TEST_F(BootstrapConfigurationTest, HidesSecrets) {
  BootstrapConfiguration c;
  c.values = {{Path(0, 1, 5), Value::opaque(as_bytes("{key}")), true},
              {Path(0, 1, 3), Value::opaque(as_bytes("me"))},
              {Path(21, 0, 0), Value::opaque(as_bytes("abc"))}};
  hide_secrets(c);
  EXPECT_EQ(as_text(c.values[0].value.view().as_opaque()), "*****");
  EXPECT_EQ(as_text(c.values[1].value.view().as_opaque()), "me");
  EXPECT_EQ(as_text(c.values[2].value.view().as_opaque()), "***");
}

}  // namespace
}  // namespace linnet::server
