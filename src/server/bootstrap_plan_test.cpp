// SPDX-License-Identifier: Apache-2.0
// The requests that a configuration leads to, before any device comes.
#include <linnet/server/bootstrap_plan.hpp>

#include <gtest/gtest.h>

#include <bootstrap_bench.hpp>
#include <requirement.hpp>

#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::ContentFormat;
using lwm2m::Path;
using lwm2m::Value;
using test::one_server;
using test::server_account;

/// "delete /, write /0/1, finish /bs".
std::string text_of(const std::vector<BootstrapStep>& steps) {
  std::string text;
  for (const BootstrapStep& step : steps) {
    text += text.empty() ? "" : ", ";
    text += std::string(describe(step.kind)) + " " + target_of(step);
  }
  return text;
}

class BootstrapPlanTest : public ::testing::Test {
 protected:
  static std::string steps(const BootstrapConfiguration& configuration,
                           const BootstrapFindings* findings = nullptr) {
    const auto made = preview(configuration, "urn:x:1", {}, findings);
    EXPECT_TRUE(made.ok());
    return text_of(*made);
  }
  static BootstrapFindings found(std::string_view links) {
    const auto discovery = read_discovery(links);
    EXPECT_TRUE(discovery.ok());
    return discovery.value_or({}).findings;
  }
  /// As if object 1 and 2 had been read.
  static void reads(BootstrapFindings& findings, const BootstrapConfiguration& configuration) {
    findings.readable = {1, 2};
    for (const BootstrapValue& entry : configuration.values) {
      if (entry.path.object() == 1 || entry.path.object() == 2) {
        findings.values.push_back({entry.path, entry.value, {}});
      }
    }
  }
  test::CoreDefinitions definitions_;
};

TEST_F(BootstrapPlanTest, WritesEverythingAfterTheDeletes) {
  EXPECT_EQ(steps(one_server()), "delete /, write /0/1, write /1/1, finish /bs");
}

TEST_F(BootstrapPlanTest, PayloadsSayWhatIsConfigured) {
  const BootstrapConfiguration configuration = one_server();
  for (const auto format : {ContentFormat::Tlv, ContentFormat::SenmlJson, ContentFormat::SenmlCbor,
                            ContentFormat::Lwm2mCbor}) {
    for (const auto writes : {BootstrapWrites::Instances, BootstrapWrites::Objects}) {
      BootstrapConfiguration c = configuration;
      c.writes = writes;
      const auto made = preview(c, "urn:x:1", {format, {}});
      ASSERT_TRUE(made.ok());
      ResourceValues values;
      RegistrationView device;
      device.version = lwm2m::kEnabler12;
      for (const BootstrapStep& step : *made) {
        if (step.kind != BootstrapStep::Kind::Write) continue;
        EXPECT_EQ(step.path.depth(), writes == BootstrapWrites::Objects ? 1 : 2);
        EXPECT_EQ(step.format, format);
        auto decoded = decode_values(format, step.payload, step.path, std::span(&step.path, 1),
                                     device, &definitions_);
        EXPECT_EQ(decoded.problem, "");
        EXPECT_EQ(decoded.values, step.values);
        std::ranges::move(decoded.values, std::back_inserter(values));
      }
      ASSERT_EQ(values.size(), configuration.values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ(values[i].path, configuration.values[i].path);
        EXPECT_EQ(values[i].value, configuration.values[i].value);
      }
    }
  }
}

TEST_F(BootstrapPlanTest, FillsInTheEndpoint) {
  BootstrapConfiguration c = one_server();
  c.values[0].value = Value::string("coap://{identifier}.example");
  const auto made = preview(c, "urn:x:1", {});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ((*made)[1].values[0].value.view().as_string(), "coap://1.example");
  c.values[0].value = Value::string("coap://{nobody}");
  EXPECT_EQ(preview(c, "urn:x:1", {}).error(), Error::NotFound);
}

TEST_F(BootstrapPlanTest, WritesAnInstanceWithoutResources) {
  BootstrapConfiguration c;
  c.values = {{Path(3303, 4), {}}};
  for (const auto format : {ContentFormat::Tlv, ContentFormat::SenmlCbor}) {
    const auto made = preview(c, "x", {format, {}});
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(text_of(*made), "write /3303/4, finish /bs");
  }
}

TEST_F(BootstrapPlanTest, PrefersTheFormatOfTheDevice) {
  LINNET_REQ("BS-22");
  BootstrapConfiguration c = one_server();
  using List = std::vector<ContentFormat>;
  EXPECT_EQ(bootstrap_formats(c, {}),
            (List{ContentFormat::Tlv, ContentFormat::SenmlCbor, ContentFormat::SenmlJson}));
  c.format = ContentFormat::SenmlJson;
  EXPECT_EQ(bootstrap_formats(c, {}),
            (List{ContentFormat::SenmlJson, ContentFormat::Tlv, ContentFormat::SenmlCbor}));
  EXPECT_EQ(bootstrap_formats(c, {ContentFormat::Lwm2mCbor, {}}),
            (List{ContentFormat::Lwm2mCbor, ContentFormat::SenmlJson, ContentFormat::Tlv,
                  ContentFormat::SenmlCbor}));
}

TEST_F(BootstrapPlanTest, LooksFirst) {
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  const auto plan = make_plan(c, {}, nullptr, ContentFormat::Tlv, 1000);
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(plan->complete);
  EXPECT_EQ(text_of(plan->steps), "discover /");
  // For a device that has nothing.
  EXPECT_EQ(steps(c), "discover /, write /0/1, write /1/1, finish /bs");
}

TEST_F(BootstrapPlanTest, WritesOnlyWhatIsNeeded) {
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  BootstrapFindings there = found(
      "</>;lwm2m=1.1,</0/0>;uri=\"coaps://b\",</0/1>;ssid=101;uri=\"coap://192.0.2.9\","
      "</1/1>;ssid=101,</2>,</3/0>");
  reads(there, c);
  // Object 0 cannot be read, so it is written; /1/1 is as it should be; /3/0 is never deleted.
  EXPECT_EQ(steps(c, &there), "discover /, read /1, write /0/1, finish /bs");
  there.values[1].value = Value::integer(999);
  EXPECT_EQ(steps(c, &there), "discover /, read /1, write /0/1, write /1/1, finish /bs");
  there.readable.clear();
  EXPECT_EQ(steps(c, &there), "discover /, read /1, write /0/1, write /1/1, finish /bs");
}

TEST_F(BootstrapPlanTest, IgnoresResourcesNobodyConfigured) {
  LINNET_REQ("BS-38");
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  BootstrapFindings there = found("</0/0>,</0/1>;ssid=101,</1/1>;ssid=101");
  reads(there, c);
  there.values.push_back({Path(1, 1, 23), Value::boolean(true), {}});
  there.values.push_back({Path(1, 1, 4711), Value::string("vendor"), {}});
  there.values.push_back({Path(1, 1, 4712, 3), Value::string("vendor"), {}});
  EXPECT_EQ(steps(c, &there), "discover /, read /1, write /0/1, finish /bs");
}

TEST_F(BootstrapPlanTest, DeletesWhatIsNotWanted) {
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  c.deletes = {Path(3303)};
  BootstrapFindings there = found(
      "</0/0>,</0/2>;ssid=7,</0/1>;ssid=101,</1/1>;ssid=101,</1/2>;ssid=7,</3303/0>,</5/0>,"
      "</21/0>,</21/1>;ssid=7");
  reads(there, c);
  EXPECT_EQ(steps(c, &there),
            "discover /, read /1, delete /0/2, delete /1/2, delete /3303/0, write /0/1, "
            "finish /bs");
  c.deletes = {Path()};
  EXPECT_EQ(steps(c, &there),
            "discover /, read /1, delete /0/2, delete /1/2, delete /5/0, delete /21/1, "
            "delete /3303/0, write /0/1, finish /bs");
}

TEST_F(BootstrapPlanTest, ClearsEntriesThatAWriteWouldLeave) {
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  c.values.push_back({Path(2, 0, 0), Value::integer(3)});
  c.values.push_back({Path(2, 0, 1), Value::integer(0)});
  c.values.push_back({Path(2, 0, 2, 101), Value::integer(1)});
  c.values.push_back({Path(2, 0, 3), Value::integer(101)});
  BootstrapFindings there = found("</0/1>;ssid=101,</1/1>;ssid=101,</2/0>");
  reads(there, c);
  EXPECT_EQ(steps(c, &there), "discover /, read /1, read /2, write /0/1, finish /bs");
  there.values.push_back({Path(2, 0, 2, 7), Value::integer(31), {}});
  EXPECT_EQ(steps(c, &there),
            "discover /, read /1, read /2, delete /2/0, write /0/1, write /2/0, finish /bs");
}

TEST_F(BootstrapPlanTest, LeavesTheBootstrapAccountAlone) {
  LINNET_REQ("BS-44");
  BootstrapConfiguration c;
  c.mode = BootstrapMode::Needed;
  c.values = server_account(0, 101, "coap://192.0.2.9");
  const BootstrapFindings there = found("</0/0>;uri=\"coap://b\",</0/1>;ssid=101,</1/0>;ssid=101");
  // The server's account moves to the first instance nobody has.
  EXPECT_EQ(steps(c, &there),
            "discover /, read /1, delete /0/1, write /0/2, write /1/0, finish /bs");
  // A bootstrap account that is configured replaces the one that is there.
  c.values = {{Path(0, 0, 0), Value::string("coap://b")}, {Path(0, 0, 1), Value::boolean(true)}};
  EXPECT_EQ(steps(c, &there), "discover /, delete /0/1, write /0/0, finish /bs");
}

TEST_F(BootstrapPlanTest, DoesNotReadFromA10Device) {
  BootstrapConfiguration c = one_server();
  c.mode = BootstrapMode::Needed;
  const BootstrapFindings there = found("</0/1>;ssid=101,</1/1>;ssid=101");
  const auto plan = make_plan(c, {{}, lwm2m::kEnabler10}, &there, ContentFormat::Tlv, 1000);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(text_of(plan->steps), "write /0/1, write /1/1, finish /bs");
}

TEST_F(BootstrapPlanTest, ReadsADiscoverTolerantly) {
  LINNET_REQ("BS-36");
  const auto discovery = read_discovery(
      "</>;lwm2m=1.2;x-vendor=\"a,b\",</0/1/>;ssid=101;uri=\"coap://x\";new;other=7,</1/>,"
      "</1/0/>;ssid=101,<https://example.org>,</3/0>;ver=1.1");
  ASSERT_TRUE(discovery.ok());
  EXPECT_EQ(discovery->version, lwm2m::kEnabler12);
  EXPECT_EQ(read_discovery("lwm2m=\"1.0\",</0/1>;ssid=7")->version, lwm2m::kEnabler10);
  EXPECT_EQ(read_discovery("lwm2m=")->findings.instances.size(), 0u);
  EXPECT_EQ(read_discovery("<").error(), Error::Malformed);
  const BootstrapFindings& findings = discovery->findings;
  ASSERT_EQ(findings.instances.size(), 3u);
  EXPECT_EQ(findings.instances[0].path, Path(0, 1));
  EXPECT_EQ(findings.instances[0].short_server_id, 101);
  EXPECT_EQ(findings.instances[0].uri, "coap://x");
  EXPECT_EQ(findings.instances[1].path, Path(1, 0));
}

TEST_F(BootstrapPlanTest, MakesAPack) {
  LINNET_REQ("BS-58");
  BootstrapConfiguration c = one_server();
  c.values.push_back({Path(3303, 0), {}});
  const Path root;
  RegistrationView device;
  device.version = lwm2m::kEnabler12;
  for (const auto format :
       {ContentFormat::SenmlJson, ContentFormat::SenmlCbor, ContentFormat::Lwm2mCbor}) {
    const auto pack = make_pack(c, format, 10'000);
    ASSERT_TRUE(pack.ok());
    const auto decoded =
        decode_values(format, *pack, root, std::span(&root, 1), device, &definitions_);
    EXPECT_EQ(decoded.problem, "");
    EXPECT_EQ(decoded.values.size(), c.values.size() - 1);
  }
  EXPECT_EQ(make_pack(c, ContentFormat::Tlv, 10'000).error(), Error::NotAcceptable);
  EXPECT_EQ(make_pack(c, ContentFormat::SenmlJson, 10).error(), Error::TooLarge);
}

}  // namespace
}  // namespace linnet::server
