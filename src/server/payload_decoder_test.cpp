// SPDX-License-Identifier: Apache-2.0
// Pins how payloads become values or a sentence: any cut of any format gives one of the two.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <hex.hpp>
#include <requirement.hpp>

#include <string>

#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::ContentFormat;
using lwm2m::Path;
using lwm2m::Value;

class PayloadDecoder : public ::testing::Test {
 protected:
  DecodedValues decode(ContentFormat format, ByteView payload, Path base) {
    return decode_values(format, payload, base, std::span(&base, 1), device_, &definitions_);
  }

  test::CoreDefinitions definitions_;
  RegistrationView device_;
};

TEST_F(PayloadDecoder, AnyCutIsEitherValuesOrAProblem) {
  const struct {
    ContentFormat format;
    std::string payload;
  } cases[] = {
      {ContentFormat::SenmlJson, R"([{"bn":"/3/0/","n":"0","vs":"x"},{"n":"9","v":95}])"},
      {ContentFormat::Json10, R"({"bn":"/3/0/","e":[{"n":"0","sv":"x"},{"n":"9","v":95}]})"},
      {ContentFormat::Tlv, std::string(as_text(test::hex("C1 00 78 C1 09 5F")))},
      {ContentFormat::SenmlCbor,
       std::string(as_text(test::hex("82A321652F332F302F00613003617 8A200613902185F")))},
      {ContentFormat::Lwm2mCbor, std::string(as_text(test::hex("A103A100A200617809185F")))},
  };
  for (const auto& c : cases) {
    for (std::size_t size = 0; size <= c.payload.size(); ++size) {
      const std::string cut = c.payload.substr(0, size);  // its own memory, for the sanitizer
      const DecodedValues decoded = decode(c.format, as_bytes(cut), Path(3, 0));
      if (!decoded.problem.empty()) {
        EXPECT_TRUE(decoded.values.empty());
      }
      if (size == c.payload.size()) {
        ASSERT_EQ(decoded.problem, "") << static_cast<int>(c.format);
        ASSERT_EQ(decoded.values.size(), 2u);
        EXPECT_EQ(decoded.values[0].value, OwnedValue(Value::string("x")));
        EXPECT_EQ(decoded.values[1].value, OwnedValue(Value::integer(95)));
      }
    }
  }
}

TEST_F(PayloadDecoder, TakesInstancesThatALinkLeadsTo) {
  LINNET_REQ("FMT-20");
  const std::string_view linked =
      R"([{"bn":"/","n":"3/0/9","v":95},{"n":"65/0/0/0","vlo":"66:0"},{"n":"66/0/1","vs":"x"},)"
      R"({"n":"66/0/2","vlo":"67:3"},{"n":"67/3/0","v":1}])";
  const Path asked[] = {Path(65, 0), Path(3, 0)};
  const auto decoded = decode_values(ContentFormat::SenmlJson, as_bytes(linked), Path(), asked,
                                     device_, &definitions_);
  EXPECT_EQ(decoded.problem, "");
  EXPECT_EQ(decoded.values.size(), 5u);
  EXPECT_EQ(
      decode(ContentFormat::SenmlJson,
             as_bytes(R"([{"bn":"/","n":"3/0/9","v":95},{"n":"66/0/1","vs":"x"}])"), Path(3, 0))
          .problem,
      "/66/0/1: was not asked for");
}

TEST_F(PayloadDecoder, ReportsWhatIsWrongInASentence) {
  const auto problem = [&](std::string_view payload) {
    return decode(ContentFormat::SenmlJson, as_bytes(payload), Path(3, 0)).problem;
  };
  EXPECT_EQ(problem(R"([{"n":"/3/0/9","vs":"x"}])"), "/3/0/9: wrong data type, integer expected");
  EXPECT_EQ(problem(R"([{"n":"/3/0/9","v":1.5}])").substr(0, 7), "/3/0/9:");
  EXPECT_EQ(problem(R"([{"n":"/4/0/9","v":1}])"), "/4/0/9: was not asked for");
}

TEST(DecodeLinks, ToleratesAndStripsWhatDevicesSend) {
  const DecodedLinks decoded =
      decode_links("</lwm2m/3/0>;pmin=1, </lwm2m/3/0/1/>,</x>,</>;ct=110", "lwm2m");
  ASSERT_EQ(decoded.links.size(), 3u) << decoded.problem;
  EXPECT_EQ(decoded.links[0].path, Path(3, 0));
  EXPECT_EQ(decoded.links[0].attributes, "pmin=1");
  EXPECT_EQ(decoded.links[1].path, Path(3, 0, 1));
  EXPECT_EQ(decoded.links[2].path, Path());
  EXPECT_EQ(decode_links("nonsense", "").problem, "the payload is not a link list");
}

TEST(DiagnosticText, IsFitForPeople) {
  EXPECT_EQ(diagnostic_text(as_bytes("line\r\nbreak\x7F")), "line  break ");
  EXPECT_EQ(diagnostic_text(as_bytes("\xFF\xFE\xFD\xFC\xFB\xFA")), "");
  EXPECT_EQ(diagnostic_text({}), "");
  std::string umlauts(1, 'x');
  for (int i = 0; i < 200; ++i) umlauts += "\xC3\xA4";
  const std::string cut = diagnostic_text(as_bytes(umlauts));
  EXPECT_EQ(cut.size(), 255u) << "cut between characters";
}

}  // namespace
}  // namespace linnet::server
