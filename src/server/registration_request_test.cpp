// SPDX-License-Identifier: Apache-2.0
// Pins how the object list of a registration is read: root path, formats, versions, what is left
// out, and that any cut of a list is either read or refused.
#include <gtest/gtest.h>
#include <requirement.hpp>

#include <string>

#include "server/registration_request.hpp"

namespace linnet::server {
namespace {

using lwm2m::kNoId;

ObjectList parse(std::string_view text) {
  ObjectList list;
  const Refusal refusal = parse_objects(text, 100, list);
  EXPECT_FALSE(refusal.refused()) << text << ": " << refusal.why;
  return list;
}

coap::Code code_of(std::string_view text, std::size_t max_links = 100) {
  ObjectList list;
  return parse_objects(text, max_links, list).code;
}

using Links = std::vector<RegisteredLink>;

TEST(ParseObjects, SortsInstancesAndKeepsObjectsWithoutAny) {
  const ObjectList list = parse("</3303/1>, </3303/0>,</4>,</1/0>,</1/0>,</3>,</3/0/>");
  EXPECT_EQ(list.links, (Links{{1, 0}, {3, 0}, {4, kNoId}, {3303, 0}, {3303, 1}}));
  EXPECT_EQ(list.root_path, "");
}

TEST(ParseObjects, TakesVersionsFromObjectOrInstanceQuotedOrNot) {
  LINNET_REQ("REG-28");
  EXPECT_EQ(parse("</1>;ver=1.1,</1/0>,</1/1>").links, (Links{{1, 0, {1, 1}}, {1, 1, {1, 1}}}));
  EXPECT_EQ(parse("</44/0>;ver=\"2.2\"").links, (Links{{44, 0, {2, 2}}}));
  EXPECT_EQ(parse("</44>;ver=\"2.2\"").links, (Links{{44, kNoId, {2, 2}}}));
}

TEST(ParseObjects, ReadsFormatsOfTheRootLink) {
  LINNET_REQ("REG-25");
  using coap::ContentFormat;
  EXPECT_EQ(parse("</>;ct=110,</3/0>").formats,
            (std::vector<ContentFormat>{ContentFormat::SenmlJson}));
  EXPECT_EQ(parse("</3/0>,</>;ct=\"110 112 60\"").formats,
            (std::vector<ContentFormat>{ContentFormat::SenmlJson, ContentFormat::SenmlCbor,
                                        ContentFormat::Cbor}));
}

TEST(ParseObjects, StripsAnAlternatePath) {
  LINNET_REQ("REG-26");
  const ObjectList list =
      parse("</lwm2m/1/0>,</lwm2m>;rt=\"oma.lwm2m\";ct=11543,</lwm2m/3/0>,</9/0>,</lwm2mx/5/0>");
  EXPECT_EQ(list.root_path, "lwm2m");
  EXPECT_EQ(list.links, (Links{{1, 0}, {3, 0}}));
  EXPECT_EQ(list.formats.size(), 1u);
  EXPECT_EQ(parse("</>;rt=\"oma.lwm2m\",</3/0>").root_path, "");
  EXPECT_EQ(code_of("</3>;rt=\"oma.lwm2m\""), coap::Code::BadRequest);
}

TEST(ParseObjects, IgnoresWhatItDoesNotKnow) {
  LINNET_REQ("REG-29");
  EXPECT_EQ(parse("</1/0>;hb,</sensors/temp>;rt=x,</31024/5>;foo=\"a,b\",</3/0/1>,</99999/0>,"
                  "</3>;ver=latest")
                .links,
            (Links{{1, 0}, {3, kNoId}, {31024, 5}}));
}

TEST(ParseObjects, NeverListsSecurityAndOscore) {
  LINNET_REQ("REG-23");
  EXPECT_EQ(parse("</0/0>,</21/0>,</0>,</1/0>").links, (Links{{1, 0}}));
}

TEST(ParseObjects, RefusesOtherTexts) {
  for (const char* text : {"hello", "<", "</1/0", "</1/0>,,</3/0>", "{\"bn\":1}"}) {
    EXPECT_EQ(code_of(text), coap::Code::BadRequest) << text;
  }
  EXPECT_EQ(code_of("</1/0>,</2/0>,</3/0>", 2), coap::Code::RequestEntityTooLarge);
}

TEST(ParseObjects, SurvivesEveryCut) {
  const std::string text = "</>;rt=\"oma.lwm2m\";ct=\"110 112\",</1/0>;ver=1.1,</3/0>,</3303/12>";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    ObjectList list;
    const std::string cut = text.substr(0, size);  // its own memory, for the sanitizer
    (void)parse_objects(cut, 100, list);
    EXPECT_LE(list.links.size(), 3u);
  }
}

}  // namespace
}  // namespace linnet::server
