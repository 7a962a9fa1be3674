// SPDX-License-Identifier: Apache-2.0
// Pins which endpoint names are well formed.
#include <gtest/gtest.h>

#include <string>

#include <linnet/lwm2m/endpoint_name.hpp>

#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

TEST(EndpointName, RecommendedFormsAreCheckedAndOthersFree) {
  LINNET_REQ("ID-04");
  for (const char* good :
       {"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", "urn:dev:ops:00D09E-lamp-12-34",
        "urn:dev:os:00D09E-0001", "urn:dev:os:32473-12345-6", "urn:dev:mac:0024befffe804ff1",
        "urn:imei:490154203237518", "urn:esn:80ABCDEF", "urn:meid:A1000000123456",
        "urn:imei-msisdn:490154203237518-491701234567",
        "urn:imei-imsi:490154203237518-262011234567890", "urn:nai:joe@example.org", "lamp 1",
        "urn:extid:anything", "Lampe \xC3\xBC", "a"}) {
    EXPECT_TRUE(check_endpoint_name(good).ok()) << good;
  }
  for (const char* bad : {"urn:uuid:f81d4fae7dec11d0a76500a0c91e6bf6",
                          "urn:uuid:",
                          "urn:dev:ops:00D09E-lamp",
                          "urn:dev:ops:00D09E--1",
                          "urn:dev:os:00D09E",
                          "urn:dev:os:-1",
                          "urn:dev:os:xyz-1",
                          "urn:dev:os:00D09E-a b",
                          "urn:dev:mac:0024be",
                          "urn:imei:49015420323751",
                          "urn:imei:49015420323751X",
                          "urn:esn:80ABCDEFG",
                          "urn:meid:A10000001234",
                          "urn:imei-msisdn:490154203237518",
                          "urn:imei-imsi:490154203237518-",
                          "urn:nai:joe",
                          "urn:nai:@x",
                          "urn:nai:a@b@c",
                          "",
                          "a\n",
                          "a\x7F",
                          "\xFF"}) {
    EXPECT_EQ(check_endpoint_name(bad).error(), Error::Malformed) << bad;
  }
  EXPECT_TRUE(check_endpoint_name(std::string(255, 'x')).ok());
  EXPECT_EQ(check_endpoint_name(std::string(256, 'x')).error(), Error::Range);
}

TEST(EndpointName, TellsTheFormExpected) {
  EXPECT_EQ(expected_form("urn:imei:1"), "urn:imei:<15 digits>");
  EXPECT_EQ(expected_form("lamp"), "");
}

}  // namespace
}  // namespace linnet::lwm2m
