// SPDX-License-Identifier: Apache-2.0
// Pins link format as Register, Update and Discover use it.
#include <linnet/lwm2m/link_format.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

struct Link {
  std::string target;
  std::vector<std::string> attributes;  // "name", "name=token", "name=\"quoted\""
  friend bool operator==(const Link&, const Link&) = default;
};

Error read(std::string_view text, std::vector<Link>& links) {
  LinkReader reader(text);
  LinkView view;
  while (true) {
    const Result<bool> more = reader.next(view);
    if (!more.ok()) {
      EXPECT_EQ(reader.next(view).error(), Error::Malformed);  // it stays
      return more.error();
    }
    if (!*more) return Error::Ok;
    Link link{std::string(view.target()), {}};
    std::string_view rest = view.attributes();
    LinkAttribute attribute;
    while (next_attribute(rest, attribute)) {
      std::string one(attribute.name);
      if (attribute.quoted) {
        one += "=\"" + std::string(attribute.value) + "\"";
      } else if (attribute.has_value) {
        one += "=" + std::string(attribute.value);
      }
      link.attributes.push_back(one);
    }
    links.push_back(link);
  }
}

TEST(LinkFormat, ReadsARegistration) {
  LINNET_REQ("FMT-30");
  std::vector<Link> links;
  ASSERT_EQ(
      read(
          "</>;rt=\"oma.lwm2m\";ct=\"60 110 112\";hb,</1>;ver=1.1,</1/0>, </3/0>,\t</44/0>;ver=2.2",
          links),
      Error::Ok);
  const std::vector<Link> expected = {{"/", {"rt=\"oma.lwm2m\"", "ct=\"60 110 112\"", "hb"}},
                                      {"/1", {"ver=1.1"}},
                                      {"/1/0", {}},
                                      {"/3/0", {}},
                                      {"/44/0", {"ver=2.2"}}};
  EXPECT_EQ(links, expected);
}

TEST(LinkFormat, ReadsTheEdgesOfTheGrammar) {
  struct {
    const char* text;
    std::vector<Link> links;
  } const rows[] = {
      {"", {}},
      {"<>", {{"", {}}}},
      {"</3>;a", {{"/3", {"a"}}}},
      {"</3>;a;b=1;c=\"\"", {{"/3", {"a", "b=1", "c=\"\""}}}},
      {"</3>;t=\"a,b;c>d\",</4>", {{"/3", {"t=\"a,b;c>d\""}}, {"/4", {}}}},
      {"</3>;t=\"say \\\"x\\\\\"", {{"/3", {"t=\"say \\\"x\\\\\""}}}},
      {"</3>;gt=-2.5;lt=1e3", {{"/3", {"gt=-2.5", "lt=1e3"}}}},
      {"</0/0>;ssid=101;uri=\"coaps://example.org:5684\"",
       {{"/0/0", {"ssid=101", "uri=\"coaps://example.org:5684\""}}}},
      {"<coap://h/3/0>", {{"coap://h/3/0", {}}}},
      {"</3>;title*=UTF-8''x", {{"/3", {"title*=UTF-8''x"}}}},
  };
  for (const auto& row : rows) {
    std::vector<Link> links;
    EXPECT_EQ(read(row.text, links), Error::Ok) << row.text;
    EXPECT_EQ(links, row.links) << row.text;
  }
}

TEST(LinkFormat, RefusesWhatIsOutsideTheGrammar) {
  for (const char* text : {"x",          "/3",         "<",
                           "</3",        "</3>,",      "</3>;",
                           "</3>;;a",    "</3>;=1",    "</3>;a=",
                           "</3>;a=\"",  "</3>;a=\"x", "</3>;a=\"x\\\"",
                           "</3></4>",   "</3> ,</4>", ",</3>",
                           "</3>,,</4>", "</3>;a b",   "</3>;a=b c",
                           "</ 3>",      "<<3>>",      "</3>;a=\"x\"y",
                           " </3>",      "</3>\n",     "</3>;a=b\"c"}) {
    std::vector<Link> links;
    EXPECT_EQ(read(text, links), Error::Malformed) << text;
  }
}

TEST(LinkFormat, CutAnywhereGivesAPrefixOrAnError) {
  const std::string text = "</>;rt=\"oma\",</1/0>;ver=1.1;pmin=10,</3/0>";
  std::vector<Link> all;
  ASSERT_EQ(read(text, all), Error::Ok);
  for (std::size_t size = 0; size < text.size(); ++size) {
    std::vector<Link> links;
    const std::string cut = text.substr(0, size);  // of its own, for the sanitizer
    (void)read(cut, links);
    ASSERT_LE(links.size(), all.size());
    for (std::size_t i = 0; i + 1 < links.size(); ++i) EXPECT_EQ(links[i], all[i]) << cut;
  }
}

TEST(LinkFormat, FindsAttributes) {
  LinkReader reader("</1>;a;ver=1.1;q=\"x y\";ver=9");
  LinkView link;
  ASSERT_TRUE(*reader.next(link));
  EXPECT_EQ(link.find("ver")->value, "1.1");
  EXPECT_FALSE(link.find("ver")->quoted);
  EXPECT_TRUE(link.find("a").has_value());
  EXPECT_FALSE(link.find("a")->has_value);
  EXPECT_EQ(link.find("q")->value, "x y");
  EXPECT_FALSE(link.find("x").has_value());
  EXPECT_FALSE(LinkView().find("x").has_value());
}

TEST(LinkWriter, WritesWhatTheReaderReads) {
  std::uint8_t storage[200];
  Writer out(storage);
  LinkWriter links(out);
  links.link("/").quoted("rt", "oma.lwm2m").attribute("ct", "11542");
  links.link(Path(1)).attribute("ver", Version{1, 1});
  links.link(Path(3, 0, 6)).attribute("dim", 2u).attribute("flag").quoted("t", "a\"b\\c");
  const std::string text(as_text(out.written()));
  EXPECT_EQ(text,
            "</>;rt=\"oma.lwm2m\";ct=11542,</1>;ver=1.1,</3/0/6>;dim=2;flag;t=\"a\\\"b\\\\c\"");
  std::vector<Link> read_back;
  EXPECT_EQ(read(text, read_back), Error::Ok);
  EXPECT_EQ(read_back.size(), 3u);

  for (std::size_t size = 1; size < text.size(); ++size) {
    Writer small{MutableBytes(storage, size)};
    LinkWriter(small).link("/").quoted("rt", "oma.lwm2m").attribute("ct", "11542").link(Path(1));
    EXPECT_EQ(small.ok(), size >= std::string_view("</>;rt=\"oma.lwm2m\";ct=11542,</1>").size())
        << size;
  }
}

}  // namespace
}  // namespace linnet::lwm2m
