// SPDX-License-Identifier: Apache-2.0
// Pins that the audit keeps who did what, tells nothing it should not, and is bounded.
#include "service/audit_log.hpp"

#include <gtest/gtest.h>

#include <folder.hpp>
#include <linnet/server/shard.hpp>
#include <linnet/service/json_text.hpp>

namespace linnet::service {
namespace {

constexpr std::int64_t kStart = 1'800'000'000'500;

struct Audit : testing::Test {
  void start() {
    audit.reset();
    store.reset();
    store = std::make_unique<Store>(folder / "store");
    audit = std::make_unique<AuditLog>(store->database(), settings, [this] { return now; });
    store->add(*audit);
  }
  void SetUp() override { start(); }
  bool commit() { return store->commit(shard, Instant{now - kStart + 1}, now); }
  std::int64_t add(std::string who, std::string path) {
    return audit->begin({0, 0, std::move(who), Access::Operate, "POST", std::move(path),
                         "write /3/0/14", 0, "192.0.2.1"});
  }
  /// The paths of a page, and its cursor.
  std::string list(AuditLog::Query query) {
    const auto page = audit->list(query);
    std::string out;
    for (const auto& entry : page.at("entries").as_array()) {
      out += std::string(entry.as_object().at("path").as_string()) + "=" +
             std::to_string(entry.as_object().at("status").as_int64()) + " ";
    }
    return out + (page.contains("next") ? std::string(page.at("next").as_string()) : "-");
  }

  test::Folder folder;
  AccessSettings settings;
  std::int64_t now = kStart;
  SeededRng rng{1};
  server::Shard shard{server::ShardConfig{}, rng};
  std::unique_ptr<Store> store;
  std::unique_ptr<AuditLog> audit;
};

TEST_F(Audit, AnEntryIsStoredBeforeItsAnswerAndCompletedByIt) {
  const auto first = add("alice", "/a");
  ASSERT_TRUE(commit());
  const auto second = add("bob", "/b");
  audit->answered(second, 201);
  EXPECT_EQ(list({}), "/a=0 -");
  ASSERT_TRUE(commit());
  EXPECT_EQ(list({}), "/b=201 /a=0 -");
  audit->answered(first, 403);
  ASSERT_TRUE(commit());
  EXPECT_EQ(list({}), "/b=201 /a=403 -");
  start();
  EXPECT_EQ(list({}), "/b=201 /a=403 -");
  EXPECT_EQ(
      to_text(audit->list({"alice", "", 0, 1})),
      R"({"entries":[{"id":"1","time":1800000000.5,"who":"alice","role":"operator","method":"POST",)"
      R"("path":"/a","subject":"write /3/0/14","status":403,"address":"192.0.2.1"}]})");
  EXPECT_GT(add("carol", "/c"), second) << "a number is not given again";
}

TEST_F(Audit, PagesAndFilters) {
  for (int i = 1; i <= 5; ++i) {
    audit->answered(add(i % 2 == 0 ? "even" : "odd", "/" + std::to_string(i)), 200);
  }
  ASSERT_TRUE(commit());
  EXPECT_EQ(list({"", "", 0, 2}), "/5=200 /4=200 4");
  EXPECT_EQ(list({"", "", 4, 2}), "/3=200 /2=200 2");
  EXPECT_EQ(list({"", "", 2, 2}), "/1=200 -");
  EXPECT_EQ(list({"even", "", 0, 9}), "/4=200 /2=200 -");
  EXPECT_EQ(list({"", "/3", 0, 9}), "/5=200 /4=200 /3=200 /2=200 /1=200 -") << "in the subject";
  EXPECT_EQ(list({"", "192.0.2.2", 0, 9}), "-");
  EXPECT_EQ(list({"' OR 1=1 --", "", 0, 9}), "-");
}

TEST_F(Audit, WhatIsTooOldOrTooMuchGoes) {
  settings.audit_kept = 3;
  settings.audit_age = seconds(3600);
  start();
  for (int i = 1; i <= 5; ++i) (void)add("a", "/" + std::to_string(i));
  ASSERT_TRUE(commit());
  EXPECT_EQ(list({}), "/5=0 /4=0 /3=0 -");
  now += 3'600'001;
  (void)add("a", "/6");
  ASSERT_TRUE(commit());
  EXPECT_EQ(list({}), "/6=0 -");
}

TEST_F(Audit, WhatCouldNotBeStoredIsStoredLater) {
  store->database().run(
      "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END");
  const auto id = add("a", "/1");
  EXPECT_FALSE(commit());
  audit->answered(id, 503);
  (void)add("a", "/2");
  store->database().run("DROP TRIGGER full");
  ASSERT_TRUE(commit());
  EXPECT_EQ(list({}), "/2=0 /1=503 -");
  EXPECT_FALSE(audit->changed());
}

TEST_F(Audit, AnAnswerWithoutAnEntryIsNotKept) {
  audit->answered(0, 503);
  EXPECT_FALSE(audit->changed()) << "there were too many entries for it";
}

TEST(AuditSubject, SaysWhatItIsAboutAndNoValue) {
  const auto of = [](std::string body, std::string type = "application/json") {
    HttpRequest request;
    request.content_type = std::move(type);
    request.body = std::move(body);
    return audit_subject(request);
  };
  EXPECT_EQ(of(R"({"op":"write","path":"/3/0/14","value":"+02:00"})"), "write /3/0/14");
  EXPECT_EQ(of(R"({"op":"read","paths":["/3/0/0","/4"]})"), "read /3/0/0 /4");
  EXPECT_EQ(of(R"({"user":"alice","password":"hunter22hunter"})"), "alice (password or secret)");
  EXPECT_EQ(of(R"({"code":"abc"})"), "");
  EXPECT_EQ(of(R"({"role":"admin"})"), "admin");
  EXPECT_EQ(of(R"({"op":"write"})", "text/plain"), "");
  EXPECT_EQ(of(R"({"op":"write\nX: y"})"), "write X: y");
  EXPECT_EQ(of("{"), "");
  EXPECT_EQ(of(std::string(100000, '[')), "");
  EXPECT_EQ(of(R"({"op":")" + std::string(500, 'x') + "\"}").size(), 203u);
  EXPECT_EQ(audit_text(std::string(199, 'x') + "\xC3\xA4z"), std::string(199, 'x') + "...");
}

}  // namespace
}  // namespace linnet::service
