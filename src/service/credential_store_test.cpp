// SPDX-License-Identifier: Apache-2.0
// Pins the credentials of the store: they are found as those in memory are, outlive a restart
// encrypted, change as a whole or not at all, and tell whoever came with one that it ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/service/json_text.hpp>
#include <requirement.hpp>

#include "service/credential_desk.hpp"
#include "service/credential_store.hpp"
#include "service/problem.hpp"
#include "service/store.hpp"

namespace linnet::service {
namespace {

using dtls_gnutls::PrivateKey;
using secure::Proof;
using server::Credential;
using server::CredentialFault;
using server::CredentialKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Change = CredentialStore::Change;
using Others = CredentialStore::Others;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kDay = 86'400;
constexpr std::string_view kSecret = "a key to be found nowhere";

Credential psk(std::string endpoint, std::string identity, std::string_view key) {
  Credential credential;
  credential.endpoint = std::move(endpoint);
  credential.identity = std::move(identity);
  credential.key = server::Secret(as_bytes(key));
  return credential;
}

Credential rpk(std::string endpoint, std::vector<std::uint8_t> key) {
  Credential credential;
  credential.endpoint = std::move(endpoint);
  credential.kind = CredentialKind::PublicKey;
  credential.public_key = std::move(key);
  return credential;
}

Credential x509(std::string endpoint, std::vector<std::uint8_t> der = {}) {
  Credential credential;
  credential.endpoint = std::move(endpoint);
  credential.kind = der.empty() ? CredentialKind::NamedCertificate : CredentialKind::Certificate;
  credential.certificate = std::move(der);
  return credential;
}

class CredentialStoreTest : public ::testing::Test {
 protected:
  CredentialStoreTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "linnet-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    open();
  }
  ~CredentialStoreTest() override {
    credentials_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    credentials_.reset();
    store_.reset();
    store_.emplace(folder_ / "linnet.db");
    credentials_.emplace(store_->database(), store_->box(), [this] { return now_; });
    credentials_->on_end([this](std::uint64_t id) { ended_.push_back(id); });
  }
  CredentialStore::Put put(const Credential& credential, Others others = Others::Keep) {
    CredentialStore::Batch batch(*credentials_);
    auto done = credentials_->put(credential, others);
    batch.commit();
    return done;
  }
  std::string ask_psk(std::string_view identity, std::string* key = nullptr) {
    std::array<std::uint8_t, 64> storage{};
    std::size_t size = 0;
    const auto found = credentials_->find_psk(as_bytes(identity), storage, size);
    if (key != nullptr) *key = as_text(ByteView(storage).first(size));
    return found ? std::string(found->endpoint) : "";
  }
  std::string ask_certificate(ByteView der, std::string_view name, bool trusted) {
    const secure::CertificateView view{
        .der = der, .common_name = name, .trusted = trusted, .why_not = "no path"};
    reason_ = {};
    const auto found = credentials_->find_certificate(view, reason_);
    return found ? std::string(found->endpoint) : "";
  }
  [[nodiscard]] bool anywhere(std::string_view text) const {
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      std::ifstream in(file.path(), std::ios::binary);
      std::ostringstream all;
      all << in.rdbuf();
      if (all.str().find(text) != std::string::npos) return true;
    }
    return false;
  }

  std::filesystem::path folder_;
  std::int64_t now_ = kNow;
  std::optional<Store> store_;
  std::optional<CredentialStore> credentials_;
  std::vector<std::uint64_t> ended_;
  std::string_view reason_;
};

TEST_F(CredentialStoreTest, TellsWhichEndpointsHaveANewCredential) {
  LINNET_REQ("SEC-01");
  std::vector<std::string> added;
  credentials_->on_add([&](std::string_view endpoint) { added.emplace_back(endpoint); });
  put(psk("lamp-1", "one", kSecret));
  EXPECT_THAT(added, ElementsAre("lamp-1"));
  put(psk("lamp-1", "one", kSecret));  // it is there already
  {
    CredentialStore::Batch batch(*credentials_);
    ASSERT_EQ(
        credentials_->put(psk("lamp-2", "two", "another key of some length"), Others::Keep).change,
        CredentialStore::Change::Added);
    EXPECT_EQ(added.size(), 1u) << "before it is written";
  }
  put(x509("lamp-*"));
  EXPECT_THAT(added, ElementsAre("lamp-1", "lamp-*")) << "and nothing of what was taken back";
}

TEST_F(CredentialStoreTest, FindsAPskAlsoAfterARestartAndKeepsItEncrypted) {
  LINNET_REQ("SEC-15");
  const std::string identity(128, 'i');
  const auto id = put(psk("lamp-1", identity, kSecret)).id;
  ASSERT_NE(id, 0u);
  for (const bool restarted : {false, true}) {
    if (restarted) open();
    std::string key;
    EXPECT_EQ(ask_psk(identity, &key), "lamp-1");
    EXPECT_EQ(key, kSecret);
    EXPECT_EQ(ask_psk("another"), "");
    EXPECT_TRUE(credentials_->still_valid(id));
    EXPECT_EQ(credentials_->size(), 1u);
    EXPECT_TRUE(anywhere(identity));
    EXPECT_FALSE(anywhere(kSecret));
  }
  const auto entries = credentials_->of("lamp-1");
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].key_bytes, kSecret.size());
  EXPECT_TRUE(entries[0].credential.key.view().empty());
  EXPECT_EQ(entries[0].created, kNow);
}

TEST_F(CredentialStoreTest, AKeyMovedToAnotherRowDoesNotOpen) {
  put(psk("lamp-1", "one", kSecret));
  put(psk("lamp-2", "two", "another key 4567"));
  store_->database().run(
      "UPDATE credential SET secret=(SELECT secret FROM credential WHERE identity='one') "
      "WHERE identity='two'");
  EXPECT_EQ(ask_psk("one"), "lamp-1");
  EXPECT_EQ(ask_psk("two"), "");
}

TEST_F(CredentialStoreTest, FindsAPublicKeyInEveryForm) {
  LINNET_REQ("SEC-18");
  const auto one = PrivateKey::generate().public_key();
  const auto two = PrivateKey::generate().public_key();
  put(rpk("lamp-1", one.spki()));
  put(rpk("lamp-2", {two.x().begin(), two.x().end()}));
  EXPECT_EQ(credentials_->find_public_key(one.spki())->endpoint, "lamp-1");
  EXPECT_EQ(credentials_->find_public_key(two.spki())->endpoint, "lamp-2");
  EXPECT_FALSE(
      credentials_->find_public_key(PrivateKey::generate().public_key().spki()).has_value());
}

TEST_F(CredentialStoreTest, FindsACertificateItselfOrByItsName) {
  LINNET_REQ("SEC-20");
  const auto key = PrivateKey::generate();
  const auto der = dtls_gnutls::make_self_signed(
      key, {.common_name = "lamp-1", .not_before = kNow - kDay, .not_after = kNow + kDay});
  const auto foreign = dtls_gnutls::make_self_signed(
      PrivateKey::generate(),
      {.common_name = "lamp-1", .not_before = kNow - kDay, .not_after = kNow + kDay});
  ASSERT_EQ(put(x509("lamp-1", der)).fault, std::nullopt);
  EXPECT_EQ(ask_certificate(der, "lamp-1", false), "lamp-1");
  EXPECT_EQ(ask_certificate(foreign, "lamp-1", true), "");
  EXPECT_EQ(reason_, server::kUnknownCertificate);
  now_ = kNow + kDay + 1;
  EXPECT_EQ(ask_certificate(der, "lamp-1", true), "");
  EXPECT_EQ(reason_, server::kCertificateExpired);
  now_ = kNow - kDay - 1;
  EXPECT_EQ(ask_certificate(der, "lamp-1", true), "");
  EXPECT_EQ(reason_, server::kCertificateNotYet);
  now_ = kNow;

  put(x509("lamp-2"));
  const auto fleet = put(x509("meter-*")).id;
  EXPECT_EQ(ask_certificate(foreign, "lamp-2", true), "lamp-2");
  EXPECT_EQ(ask_certificate(foreign, "lamp-2", false), "");
  EXPECT_EQ(reason_, "no path");
  EXPECT_EQ(ask_certificate(foreign, "meter-7", true), "meter-7");
  EXPECT_EQ(ask_certificate(foreign, "", true), "");
  EXPECT_EQ(ask_certificate(as_bytes("no certificate"), "meter-7", true), "");
  EXPECT_TRUE(credentials_->is_pattern(fleet));
  open();
  EXPECT_TRUE(credentials_->is_pattern(fleet));
  EXPECT_EQ(ask_certificate(foreign, "meter-7", true), "meter-7");
}

TEST_F(CredentialStoreTest, RefusesWhatIsAnothersOrCannotBe) {
  LINNET_REQ("SEC-04");
  const auto key = PrivateKey::generate();
  const auto kind = [&](const Credential& credential) { return put(credential).fault->kind; };
  using Kind = CredentialFault::Kind;
  put(psk("lamp-1", "one", kSecret));
  put(rpk("lamp-1", key.public_key().spki()));
  EXPECT_EQ(kind(psk("lamp-2", "one", "another key 4567")), Kind::IdentityTaken);
  EXPECT_EQ(kind(psk("lamp-1", "one", "another key 4567")), Kind::IdentityTaken);
  EXPECT_EQ(kind(psk("lamp-2", "two", kSecret)), Kind::KeyTaken);
  EXPECT_EQ(kind(rpk("lamp-2", key.public_key().spki())), Kind::KeyTaken);
  const auto der = dtls_gnutls::make_self_signed(
      key, {.common_name = "lamp-2", .not_before = kNow, .not_after = kNow + kDay});
  EXPECT_EQ(kind(x509("lamp-2", der)), Kind::KeyTaken);
  EXPECT_EQ(kind(x509("lamp-3", der)), Kind::Invalid);
  EXPECT_THAT(put(x509("lamp-3", der)).fault->reason, HasSubstr("\"lamp-2\""));
  EXPECT_EQ(kind(psk("lamp-3", "", "k")), Kind::Invalid);
  EXPECT_EQ(kind(rpk("lamp-3", std::vector<std::uint8_t>(32, 0xFF))), Kind::Invalid);
  const auto own = PrivateKey::generate();
  credentials_->set_own_key(own.public_key().spki());
  EXPECT_EQ(kind(rpk("lamp-3", own.public_key().spki())), Kind::KeyTaken);
  EXPECT_EQ(credentials_->size(), 2u);
  EXPECT_EQ(ended_, std::vector<std::uint64_t>{});
}

TEST_F(CredentialStoreTest, AnEndpointWhoseCredentialsAreRevokedStaysOut) {
  LINNET_REQ("SEC-10");
  const auto first = put(psk("lamp", "one", kSecret)).id;
  put(psk("lamp", "two", "another key 4567"));
  const auto remove = [&](auto... what) {
    CredentialStore::Batch batch(*credentials_);
    (void)credentials_->remove(what...);
    batch.commit();
  };
  remove("lamp", first);
  EXPECT_FALSE(credentials_->barred("lamp")) << "it has another one";
  remove("lamp");
  EXPECT_TRUE(credentials_->barred("lamp"));
  EXPECT_FALSE(credentials_->barred("lamp-2"));
  put(psk("lamp", "three", kSecret));
  EXPECT_FALSE(credentials_->barred("lamp"));
  remove("lamp");
  {
    CredentialStore::Batch batch(*credentials_);
    EXPECT_TRUE(credentials_->forget("lamp"));
    EXPECT_FALSE(credentials_->forget("lamp"));
    batch.commit();
  }
  EXPECT_FALSE(credentials_->barred("lamp"));
}

TEST_F(CredentialStoreTest, ReplacesAddsAndRevokes) {
  LINNET_REQ("SEC-10");
  const auto first = put(psk("lamp", "one", kSecret)).id;
  EXPECT_EQ(put(psk("lamp", "one", kSecret)).change, Change::Unchanged);
  EXPECT_EQ(put(psk("lamp", "one", kSecret), Others::Replace).change, Change::Unchanged);
  EXPECT_EQ(put(psk("lamp", "two", "another key 4567"), Others::Refuse).change, Change::None);
  EXPECT_TRUE(ended_.empty());
  // A new key under the same identity.
  const auto second = put(psk("lamp", "one", "another key 4567"), Others::Replace);
  EXPECT_EQ(second.change, Change::Replaced);
  EXPECT_GT(second.id, first);
  EXPECT_THAT(ended_, ElementsAre(first));
  EXPECT_FALSE(credentials_->still_valid(first));
  // Both for a while.
  const auto third = put(psk("lamp", "three", "a third key 5678"));
  EXPECT_EQ(third.change, Change::Added);
  EXPECT_EQ(ask_psk("one"), "lamp");
  EXPECT_EQ(ask_psk("three"), "lamp");
  EXPECT_EQ(credentials_->of("lamp").size(), 2u);
  {
    CredentialStore::Batch batch(*credentials_);
    EXPECT_FALSE(credentials_->remove("lamp-9", third.id));
    EXPECT_TRUE(credentials_->remove("lamp", second.id));
    batch.commit();
  }
  EXPECT_THAT(ended_, ElementsAre(first, second.id));
  {
    CredentialStore::Batch batch(*credentials_);
    EXPECT_EQ(credentials_->remove("lamp"), 1u);
  }  // not committed
  EXPECT_EQ(ask_psk("three"), "lamp");
  EXPECT_EQ(credentials_->size(), 1u);
  EXPECT_EQ(ended_.size(), 2u);
  {
    CredentialStore::Batch batch(*credentials_);
    EXPECT_EQ(credentials_->remove("lamp"), 1u);
    batch.commit();
  }
  EXPECT_EQ(ask_psk("three"), "");
  EXPECT_EQ(credentials_->size(), 0u);
  open();
  EXPECT_GT(put(psk("lamp", "one", kSecret)).id, third.id);
}

TEST_F(CredentialStoreTest, KnowsTheStrongestProof) {
  EXPECT_EQ(credentials_->strongest("lamp"), Proof::None);
  put(psk("lamp", "one", kSecret));
  EXPECT_EQ(credentials_->strongest("lamp"), Proof::Psk);
  EXPECT_EQ(credentials_->strongest("lamp-2"), Proof::None);
  put(rpk("lamp", PrivateKey::generate().public_key().spki()));
  EXPECT_EQ(credentials_->strongest("lamp"), Proof::RawPublicKey);
  put(x509("lamp*"));
  EXPECT_EQ(credentials_->strongest("lamp"), Proof::Certificate);
  EXPECT_EQ(credentials_->strongest("lamp-2"), Proof::Certificate);
}

TEST_F(CredentialStoreTest, ADatabaseThatCannotBeReadKnowsNobody) {
  put(psk("lamp", "one", kSecret));
  store_->database().run("DROP TABLE credential");
  EXPECT_EQ(ask_psk("one"), "");
  EXPECT_FALSE(credentials_->still_valid(1));
  EXPECT_FALSE(
      credentials_->find_public_key(PrivateKey::generate().public_key().spki()).has_value());
  EXPECT_EQ(credentials_->strongest("lamp"), Proof::Certificate);
}

TEST_F(CredentialStoreTest, ListsPageByPage) {
  for (const char* endpoint : {"c", "a", "b"}) {
    put(psk(endpoint, std::string(endpoint) + "1", std::string("the key 1 of ") + endpoint));
    put(psk(endpoint, std::string(endpoint) + "2", std::string("the key 2 of ") + endpoint));
  }
  std::string all, endpoint;
  std::uint64_t id = 0;
  while (true) {
    const auto page = credentials_->list(endpoint, id, 4);
    if (page.empty()) break;
    for (const auto& entry : page) {
      all += entry.credential.identity + " ";
      endpoint = entry.credential.endpoint;
      id = entry.credential.id;
    }
  }
  EXPECT_EQ(all, "a1 a2 b1 b2 c1 c2 ");
}

TEST_F(CredentialStoreTest, KeepsTrustAnchors) {
  int changes = 0;
  credentials_->on_trust_change([&] { ++changes; });
  credentials_->put_trust_anchor("factory", as_bytes("der"));
  open();
  EXPECT_EQ(credentials_->trust_anchors().at(0).first, "factory");
  EXPECT_TRUE(credentials_->remove_trust_anchor("factory"));
  EXPECT_FALSE(credentials_->remove_trust_anchor("factory"));
  EXPECT_EQ(changes, 1);
}

class CredentialDeskTest : public CredentialStoreTest {
 protected:
  boost::json::object import(std::string_view text, CredentialDesk::Import how) {
    how.format = guess_format(text);
    return desk_.import(text, how, status_);
  }
  ServerIdentity identity_ = load_server_identity({{}, {}, {}}, kNow);
  std::string log_;
  CredentialDesk desk_{*credentials_, identity_,
                       [this](LogLevel, const std::string& line) { log_ += line + "\n"; }};
  unsigned status_ = 0;
};

TEST_F(CredentialDeskTest, ImportsAllOrNothingOrTheGoodLines) {
  const std::string text =
      "endpoint,identity,key\n"
      "a,one,000102030405060708090a0b0c0d0e0f\n"
      "b,one,101112131415161718191a1b1c1d1e1f\n"
      "c,three,00\n"
      "d,four,nonsense\n";
  auto report = import(text, {.dry_run = true});
  EXPECT_EQ(status_, 200u);
  EXPECT_EQ(report.at("lines").as_uint64(), 4u);
  EXPECT_EQ(report.at("added").as_uint64(), 2u);
  EXPECT_EQ(report.at("bad").as_uint64(), 2u);
  EXPECT_EQ(report.at("imported").as_bool(), false);
  const auto& problems = report.at("problems").as_array();
  EXPECT_EQ(problems[0].at("line").as_uint64(), 3u);
  EXPECT_EQ(problems[0].at("endpoint").as_string(), "b");
  EXPECT_THAT(std::string(problems[0].at("reason").as_string()), HasSubstr("that of a"));
  EXPECT_EQ(problems[1].at("line").as_uint64(), 5u);
  EXPECT_EQ(report.at("advice").as_array()[0].at("line").as_uint64(), 4u);
  EXPECT_EQ(credentials_->size(), 0u);

  report = import(text, {});
  EXPECT_EQ(status_, 422u);
  EXPECT_EQ(credentials_->size(), 0u);
  EXPECT_EQ(report.at("imported").as_bool(), false);

  report = import(text, {.keep_going = true});
  EXPECT_EQ(status_, 200u);
  EXPECT_EQ(credentials_->size(), 2u);
  EXPECT_EQ(report.at("imported").as_bool(), true);
  // Again, with everything mended.
  report =
      import("endpoint,identity,key\na,one,000102030405060708090a0b0c0d0e0f\nd,four,0403\n", {});
  EXPECT_EQ(status_, 200u);
  EXPECT_EQ(report.at("unchanged").as_uint64(), 1u);
  EXPECT_EQ(report.at("added").as_uint64(), 1u);
  // Another key for an endpoint only if that is meant.
  const std::string other = "{\"endpoint\":\"a\",\"key\":\"ff0102030405060708090a0b0c0d0e0f\"}";
  EXPECT_EQ(import(other, {}).at("bad").as_uint64(), 1u);
  EXPECT_TRUE(ended_.empty());
  EXPECT_EQ(import(other, {.replace = true}).at("replaced").as_uint64(), 1u);
  EXPECT_EQ(ended_.size(), 1u);
}

TEST_F(CredentialDeskTest, TakesABoundedNumberOfLines) {
  std::string text;
  for (std::size_t i = 0; i <= CredentialDesk::kMaxLines; ++i) text += "{}\n";
  EXPECT_THROW(import(text, {}), Problem);
  EXPECT_FALSE(store_->database().in_transaction());
}

TEST_F(CredentialDeskTest, ShowsAndLogsNoSecret) {
  const std::string body = R"({"key":"text:)" + std::string(kSecret) + "\"}";
  const auto made = desk_.put("lamp", body, Others::Replace);
  EXPECT_TRUE(made.created);
  (void)desk_.put("lamp", R"({"identity":"2","key":"text:short"})", Others::Keep);
  std::string shown = to_text(made.credential) + to_text(desk_.show("lamp")) +
                      to_text(desk_.list({})) + to_text(desk_.identity()) + log_;
  EXPECT_EQ(shown.find(kSecret), std::string::npos);
  EXPECT_THAT(shown, HasSubstr("\"keyBytes\":25"));
  EXPECT_THAT(log_, HasSubstr("lamp: psk added"));
  desk_.remove("lamp", false);
  EXPECT_TRUE(desk_.show("lamp").at("barred").as_bool());
  EXPECT_THROW(desk_.remove("lamp", false), Problem);
  desk_.remove("lamp", true);
  EXPECT_THROW((void)desk_.show("lamp"), Problem);
  EXPECT_THROW(desk_.remove("lamp", true), Problem);
}

TEST_F(CredentialDeskTest, TakesAuthoritiesAsTrustAnchorsOnly) {
  const dtls_gnutls::TestAuthority authority("Factory", kNow, kNow + kDay);
  const auto body = [](const dtls_gnutls::Bytes& der) {
    boost::json::object out{{"certificate", dtls_gnutls::certificate_pem(der)}};
    return to_text(out);
  };
  EXPECT_TRUE(desk_.put_trust_anchor("factory", body(authority.certificate)).created);
  EXPECT_EQ(desk_.trust_anchor("factory").at("subject").as_string(), "CN=Factory");
  const auto leaf = authority.sign(PrivateKey::generate().public_key(),
                                   {.common_name = "x", .not_before = kNow, .not_after = kNow + 9});
  EXPECT_THROW((void)desk_.put_trust_anchor("leaf", body(leaf)), Problem);
  EXPECT_EQ(desk_.trust_anchors().at("trustAnchors").as_array().size(), 1u);
  desk_.remove_trust_anchor("factory");
  EXPECT_THROW(desk_.remove_trust_anchor("factory"), Problem);
}

TEST_F(CredentialStoreTest, TheServersOwnKeyIsKept) {
  const ServerIdentityFiles files{{}, {}, folder_ / "linnet.db"};
  const auto first = load_server_identity(files, kNow);
  const auto again = load_server_identity(files, kNow + kDay);
  EXPECT_EQ(first.key.public_key(), again.key.public_key());
  EXPECT_EQ(first.chain, again.chain);
  const auto pem = folder_ / "linnet.db-identity.pem";
  EXPECT_EQ(std::filesystem::status(pem).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_NE(load_server_identity({{}, {}, {}}, kNow).key.public_key(), first.key.public_key());
  // The same file by the settings, and what does not fit.
  EXPECT_EQ(load_server_identity({pem, pem, {}}, kNow).chain, first.chain);
  const auto problem = [&](const ServerIdentityFiles& wrong) -> std::string {
    try {
      (void)load_server_identity(wrong, kNow);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(problem({pem, {}, {}}), HasSubstr("belong together"));
  EXPECT_THAT(problem({folder_ / "none", pem, {}}), HasSubstr("cannot be read"));
  EXPECT_THAT(problem({pem, folder_ / "none", {}}), HasSubstr("not there"));
  const auto other = folder_ / "other.pem";
  write_private_file(other, as_bytes(PrivateKey::generate().pem()));
  EXPECT_THAT(problem({pem, other, {}}), HasSubstr("not that of the private key"));
}

}  // namespace
}  // namespace linnet::service
