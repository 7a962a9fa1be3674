// SPDX-License-Identifier: Apache-2.0
// Pins which URIs are understood, their parts, and the options they become (RFC 7252 §6).
#include <gtest/gtest.h>

#include <hex.hpp>
#include <linnet/coap/uri.hpp>
#include <requirement.hpp>
#include <string>
#include <vector>

namespace linnet::coap {
namespace {

TEST(Uri, KnowsFourSchemesAndTheirPorts) {
  LINNET_REQ("TR-04");
  struct Case {
    const char* text;
    Scheme scheme;
    int port;
  };
  for (const Case& c : {Case{"coap://h", Scheme::Coap, 5683},
                        {"coaps://h", Scheme::Coaps, 5684},
                        {"coap+tcp://h", Scheme::CoapTcp, 5683},
                        {"coaps+tcp://h", Scheme::CoapsTcp, 5684},
                        {"CoAPs://h:1", Scheme::Coaps, 1},
                        {"coap://h:", Scheme::Coap, 5683},
                        {"coaps://h:65535", Scheme::Coaps, 65535}}) {
    const auto uri = parse_uri(c.text);
    ASSERT_TRUE(uri.ok()) << c.text;
    EXPECT_EQ(uri->scheme, c.scheme) << c.text;
    EXPECT_EQ(uri->port, c.port) << c.text;
    EXPECT_EQ(uri->host, "h") << c.text;
    EXPECT_EQ(is_secure(uri->scheme), default_port(uri->scheme) == 5684);
  }
  EXPECT_EQ(name(Scheme::CoapsTcp), "coaps+tcp");
  EXPECT_TRUE(is_tcp(Scheme::CoapTcp));
  EXPECT_FALSE(is_tcp(Scheme::Coaps));
}

TEST(Uri, TakesItsPartsApart) {
  const auto full = parse_uri("coaps://fw.example.org:5999/images/v1%2E2?id=7&x");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->host, "fw.example.org");
  EXPECT_FALSE(full->bracketed);
  EXPECT_EQ(full->port, 5999);
  EXPECT_EQ(full->path, "/images/v1%2E2");
  EXPECT_EQ(full->query, "id=7&x");

  const auto v6 = parse_uri("coap://[2001:db8::1]:61616?a");
  ASSERT_TRUE(v6.ok());
  EXPECT_EQ(v6->host, "2001:db8::1");
  EXPECT_TRUE(v6->bracketed);
  EXPECT_EQ(v6->port, 61616);
  EXPECT_EQ(v6->path, "");
  EXPECT_EQ(v6->query, "a");
  EXPECT_EQ(parse_uri("coap://[::ffff:192.0.2.1]")->host, "::ffff:192.0.2.1");
  EXPECT_EQ(parse_uri("coap://192.0.2.1/")->path, "/");
}

TEST(Uri, RefusesWhatIsNone) {
  for (const char* text : {"http://h", "coap+ws://h", "://h", "lorawan://1", "coa://h"}) {
    EXPECT_EQ(parse_uri(text).error(), Error::Unsupported) << text;
  }
  for (const char* text : {"",
                           "coap",
                           "coap:",
                           "coap:/h",
                           "coap://",
                           "coap:///a",
                           "coap://:5683",
                           "coap://u@h",
                           "coap://h#f",
                           "coap://h/a#f",
                           "coap://h:65536",
                           "coap://h:0",
                           "coap://h:99999999999999999",
                           "coap://h:5a",
                           "coap://h:-1",
                           "coap://[::1",
                           "coap://[::1]5683",
                           "coap://[]",
                           "coap://[h]",
                           "coap://::1",
                           "coap://h/%",
                           "coap://h/%4",
                           "coap://h/%4g",
                           "coap://h/a b",
                           "coap://h?a\"",
                           "coap://h%zz",
                           "coap://h/\x01",
                           "coap://h/\xc3\xbc",
                           "coap://[fe80::1%25eth0]"}) {
    EXPECT_EQ(parse_uri(text).error(), Error::Malformed) << text;
  }
}

TEST(Uri, APartIsAtMost255BytesDecoded) {
  const std::string long_part(255, 'a');
  std::string encoded;
  for (int i = 0; i < 255; ++i) encoded += "%61";
  EXPECT_TRUE(parse_uri("coap://" + long_part).ok());
  EXPECT_FALSE(parse_uri("coap://a" + long_part).ok());
  EXPECT_TRUE(parse_uri("coap://h/" + long_part + "/" + long_part).ok());
  EXPECT_FALSE(parse_uri("coap://h/a" + long_part).ok());
  EXPECT_TRUE(parse_uri("coap://h/" + encoded).ok());
  EXPECT_FALSE(parse_uri("coap://h/" + encoded + "%61").ok());
  EXPECT_TRUE(parse_uri("coap://h?" + long_part + "&" + encoded).ok());
  EXPECT_FALSE(parse_uri("coap://h?" + long_part + "b").ok());
}

TEST(Uri, EveryPrefixIsDecided) {
  const std::string whole = "coaps+tcp://[2001:db8::1]:5684/a%20b/?k=v%26&z";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    const auto uri = parse_uri(cut);
    if (size < 25) {
      EXPECT_FALSE(uri.ok()) << cut;
    }
  }
  EXPECT_TRUE(parse_uri(whole).ok());
}

/// The Uri-Path and Uri-Query options `text` becomes, as "path path ? query query".
std::string options_of(const std::string& text) {
  const auto uri = parse_uri(text);
  EXPECT_TRUE(uri.ok()) << text;
  std::vector<std::uint8_t> storage(600);
  Writer out(storage);
  MessageWriter writer(out, {Type::Con, Code::Get, 1, {}});
  add_uri_path(writer, *uri);
  add_uri_query(writer, *uri);
  EXPECT_TRUE(writer.finish().ok());
  const auto message = MessageView::parse(out.written());
  EXPECT_TRUE(message.ok());
  std::string seen;
  for (const auto& option : message->options(OptionNumber::UriPath)) {
    seen += "[" + std::string(option.text()) + "]";
  }
  seen += "?";
  for (const auto& option : message->options(OptionNumber::UriQuery)) {
    seen += "[" + std::string(option.text()) + "]";
  }
  return seen;
}

TEST(Uri, BecomesOptionsPercentDecoded) {
  EXPECT_EQ(options_of("coap://h"), "?");
  EXPECT_EQ(options_of("coap://h/"), "?");
  EXPECT_EQ(options_of("coap://h/a/b"), "[a][b]?");
  EXPECT_EQ(options_of("coap://h/a/"), "[a][]?");
  EXPECT_EQ(options_of("coap://h//a"), "[][a]?");
  EXPECT_EQ(options_of("coap://h/a%2Fb?x=1&y=%26%3d"), "[a/b]?[x=1][y=&=]");
  EXPECT_EQ(options_of("coap://h?%C3%BC"), "?[\xC3\xBC]");
}

TEST(Uri, AViewMadeByHandFailsInsteadOfLying) {
  for (const char* path : {"/%", "/%4", "/%zz"}) {
    std::vector<std::uint8_t> storage(64);
    Writer out(storage);
    MessageWriter writer(out, {Type::Con, Code::Get, 1, {}});
    UriView uri;
    uri.path = path;
    add_uri_path(writer, uri);
    EXPECT_EQ(writer.finish().error(), Error::Malformed) << path;
  }
}

}  // namespace
}  // namespace linnet::coap
