// SPDX-License-Identifier: Apache-2.0
// Pins how credentials are written in JSON and CSV, what is refused and by which line, and that no
// message repeats a key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <boost/json/parse.hpp>
#include <hex.hpp>
#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/service/credential_lines.hpp>
#include <linnet/service/json_text.hpp>
#include <requirement.hpp>

namespace linnet::service {
namespace {

using server::Credential;
using server::CredentialKind;
using ::testing::HasSubstr;

Credential parse(const std::string& text, std::string_view endpoint = {}) {
  return parse_credential(boost::json::parse(text).as_object(), endpoint);
}

std::string problem(const std::string& text, std::string_view endpoint = {}) {
  try {
    (void)parse(text, endpoint);
  } catch (const CredentialTextError& error) {
    return error.what();
  }
  return "";
}

std::string quoted(const std::string& text) { return to_text(boost::json::value(text)); }

TEST(CredentialText, HasAPskInSeveralForms) {
  LINNET_REQ("SEC-15");
  const std::string wanted = test::to_hex(as_bytes("0123456789abcdef"));
  for (const std::string& key :
       {quoted(wanted), quoted("hex:" + wanted), quoted("base64:MDEyMzQ1Njc4OWFiY2RlZg=="),
        quoted("text:0123456789abcdef"), std::string(R"({"base64":"MDEyMzQ1Njc4OWFiY2RlZg=="})"),
        R"({"hex":")" + wanted + "\"}"}) {
    const auto credential = parse(R"({"mode":"psk","endpoint":"lamp","key":)" + key + "}");
    EXPECT_EQ(credential.kind, CredentialKind::Psk);
    EXPECT_EQ(credential.identity, "lamp");
    EXPECT_EQ(as_text(credential.key.view()), "0123456789abcdef") << key;
  }
  const auto credential = parse(R"({"identity":"i","key":"00ff"})", "lamp");
  EXPECT_EQ(credential.endpoint, "lamp");
  EXPECT_EQ(credential.identity, "i");
  EXPECT_EQ(credential.kind, CredentialKind::Psk);
}

TEST(CredentialText, HasKeysAndCertificatesInSeveralForms) {
  LINNET_REQ("SEC-17");
  const auto key = dtls_gnutls::PrivateKey::generate();
  const auto spki = key.public_key().spki();
  for (const std::string& form : {test::to_hex(spki), key.public_key().pem(),
                                  "hex:" + test::to_hex(key.public_key().point())}) {
    const auto credential = parse(R"({"endpoint":"lamp","publicKey":)" + quoted(form) + "}");
    EXPECT_EQ(credential.kind, CredentialKind::PublicKey);
    EXPECT_EQ(credential.public_key, spki);
  }
  const auto der = dtls_gnutls::make_self_signed(
      key, {.common_name = "lamp", .not_before = 1, .not_after = 2'000'000'000});
  for (const std::string& form : {test::to_hex(der), dtls_gnutls::certificate_pem(der)}) {
    const auto credential =
        parse(R"({"mode":2,"endpoint":"lamp","certificate":)" + quoted(form) + "}");
    EXPECT_EQ(credential.kind, CredentialKind::Certificate);
    EXPECT_EQ(credential.certificate, der);
  }
  EXPECT_EQ(parse(R"({"mode":"x509","endpoint":"lamp-*"})").kind, CredentialKind::NamedCertificate);
}

TEST(CredentialText, IsReadAgainAsItWasWritten) {
  const auto key = dtls_gnutls::PrivateKey::generate();
  Credential psk = parse(R"({"endpoint":"lamp","identity":"i","key":"00ff"})");
  Credential rpk =
      parse(R"({"endpoint":"lamp","publicKey":)" + quoted(key.public_key().pem()) + "}");
  Credential named = parse(R"({"endpoint":"lamp","mode":"x509"})");
  for (const Credential* credential : {&psk, &rpk, &named}) {
    const auto again = parse_credential(to_json(*credential));
    EXPECT_EQ(again.kind, credential->kind);
    EXPECT_EQ(again.endpoint, credential->endpoint);
    EXPECT_EQ(again.identity, credential->identity);
    EXPECT_TRUE(equal(again.key.view(), credential->key.view()));
    EXPECT_EQ(again.public_key, credential->public_key);
  }
}

TEST(CredentialText, SaysWhatIsWrongAndNeverTheKey) {
  const std::string secret = "5ec2e7c0ffee";
  EXPECT_THAT(problem(R"({"endpoint":"lamp"})"), HasSubstr("neither a mode nor a key"));
  EXPECT_THAT(problem(R"({"endpoint":"lamp","mode":"psk"})"), HasSubstr("no key"));
  EXPECT_THAT(problem(R"({"endpoint":"lamp","mode":"rpk"})"), HasSubstr("no publicKey"));
  EXPECT_THAT(problem(R"({"endpoint":"lamp","mode":"est"})"), HasSubstr("not supported"));
  EXPECT_THAT(problem(R"({"endpoint":"lamp","mode":"ssh"})"), HasSubstr("psk, rpk or x509"));
  EXPECT_THAT(problem(R"({"endpoint":"lamp","pks":"00"})"), HasSubstr("no member \"pks\""));
  EXPECT_THAT(problem(R"({"endpoint":"a","key":"00"})", "b"), HasSubstr("another one"));
  EXPECT_THAT(problem(R"({"endpoint":"lamp","key":5})"), HasSubstr("is a string"));
  for (const std::string& key : {secret + "5", secret + "zz", "base64:" + secret + "!"}) {
    const auto text = problem(R"({"endpoint":"lamp","key":")" + key + "\"}");
    EXPECT_THAT(text, HasSubstr("not written in hex"));
    EXPECT_EQ(text.find("5ec2e7"), std::string::npos);
  }
  for (const char* mode : {"rpk", "x509"}) {
    const auto text = problem(R"({"endpoint":"lamp","mode":")" + std::string(mode) +
                              R"(","key":")" + secret + "\"}");
    EXPECT_THAT(text, HasSubstr("has no key"));
    EXPECT_EQ(text.find("5ec2e7"), std::string::npos);
  }
  const auto key = dtls_gnutls::PrivateKey::generate();
  const auto text = problem(R"({"endpoint":"lamp","publicKey":)" + quoted(key.pem()) + "}");
  EXPECT_THAT(text, HasSubstr("no public key in this PEM"));
}

std::vector<CredentialLine> read(std::string_view text) {
  CredentialLines lines(text, guess_format(text));
  std::vector<CredentialLine> out;
  while (auto line = lines.next()) out.push_back(std::move(*line));
  EXPECT_EQ(lines.position(), text.size());
  return out;
}

TEST(CredentialLines, AreReadFromJson) {
  const auto lines = read(
      "\n{\"endpoint\":\"a\",\"key\":\"00\"}\r\n\n[]\n{\"endpoint\":\"b\",\"key\":\"0\"}\n"
      "{\"endpoint\":\"c\",\"key\":\"01\"}");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].number, 2u);
  EXPECT_EQ(lines[0].problem, "");
  EXPECT_EQ(lines[1].number, 4u);
  EXPECT_THAT(lines[1].problem, HasSubstr("no JSON object"));
  EXPECT_THAT(lines[2].problem, HasSubstr("hex"));
  EXPECT_EQ(lines[2].credential.endpoint, "b");
  EXPECT_EQ(lines[3].number, 6u);
  EXPECT_EQ(lines[3].credential.endpoint, "c");
}

TEST(CredentialLines, AreReadFromCsv) {
  const auto key = dtls_gnutls::PrivateKey::generate();
  const std::string text =
      "\xEF\xBB\xBF"
      "Endpoint,Mode,Identity,Key,Public Key\r\n"
      "a,psk,\"i, \"\"1\"\"\",00ff\r\n"
      "b,,,0011\n"
      "c,rpk,,,\"" +
      key.public_key().pem() +
      "\"\n"
      "d,x509,,,\n"
      "e,psk,,00,,too,many\n"
      "f,psk,,11";
  const auto lines = read(text);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0].credential.identity, "i, \"1\"");
  EXPECT_EQ(lines[1].credential.identity, "b");
  EXPECT_EQ(lines[2].credential.public_key, key.public_key().spki());
  EXPECT_EQ(lines[2].number, 4u);
  EXPECT_EQ(lines[3].credential.kind, CredentialKind::NamedCertificate);
  EXPECT_EQ(lines[3].number, 9u);  // the PEM has four lines and its end one more
  EXPECT_THAT(lines[4].problem, HasSubstr("7 cells and 5 columns"));
  EXPECT_EQ(lines[5].problem, "");
  EXPECT_EQ(read("endpoint;key\na;00\n")[0].credential.endpoint, "a");
  EXPECT_EQ(read("endpoint\tkey\na\t00\n")[0].credential.endpoint, "a");
  EXPECT_THAT(read("endpoint,key\n\"a,00\n")[0].problem, HasSubstr("never closed"));
}

TEST(CredentialLines, NeedAHeadingInCsv) {
  for (const char* text : {"lamp,5ec2e7\n", "endpoint,secret\n", "mode,key\n"}) {
    try {
      (void)read(text);
      ADD_FAILURE() << text;
    } catch (const CredentialTextError& error) {
      EXPECT_EQ(std::string(error.what()).find("5ec2e7"), std::string::npos);
    }
  }
  EXPECT_TRUE(read("").empty());
}

}  // namespace
}  // namespace linnet::service
