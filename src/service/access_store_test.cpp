// SPDX-License-Identifier: Apache-2.0
// Pins who is known by what, that what rests on somebody ends with them, and that all of it
// outlives a restart without a secret in the file.
#include "service/access_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <folder.hpp>
#include <linnet/server/shard.hpp>

namespace linnet::service {
namespace {

constexpr std::int64_t kStart = 1'800'000'000'000;
constexpr std::int64_t kHour = 3'600'000;

struct Access_ : testing::Test {
  /// A server that starts anew on the same file.
  void start() {
    access.reset();
    store.reset();
    store = std::make_unique<Store>(folder / "store");
    access = std::make_unique<AccessStore>(store->database(), settings, [this] { return now; });
    store->add(*access);
    access->on_end([this] { ++ended; });
  }
  void SetUp() override { start(); }
  bool commit() { return store->commit(shard, Instant{now - kStart + 1}, now); }
  void restart() {
    ASSERT_TRUE(commit());
    start();
  }
  Caller known(std::string_view token) { return access->by_token(token).value_or(Caller{}); }

  test::Folder folder;
  AccessSettings settings;
  std::int64_t now = kStart;
  SeededRng rng{1};
  server::Shard shard{server::ShardConfig{}, rng};
  std::unique_ptr<Store> store;
  std::unique_ptr<AccessStore> access;
  int ended = 0;
};

TEST_F(Access_, ATokenIsKnownUntilItIsRemovedOrExpires) {
  EXPECT_TRUE(access->nobody());
  const auto admin = access->add_token("first", Access::Administer);
  const auto short_lived = access->add_token("short", Access::View, now + kHour);
  EXPECT_FALSE(access->nobody());
  EXPECT_EQ(admin.secret.size(), 4u + 43);
  EXPECT_TRUE(admin.secret.starts_with("lnt_"));
  EXPECT_EQ(known(admin.secret).name, "first");
  EXPECT_EQ(known(admin.secret).role, Access::Administer);
  EXPECT_EQ(known(short_lived.secret).expires, now + kHour);
  for (const auto& wrong : {std::string(), std::string("lnt_"), admin.secret + "x",
                            admin.secret.substr(1), admin.token.id}) {
    EXPECT_EQ(known(wrong).role, Access::Open) << wrong;
  }
  now += kHour - 1;
  EXPECT_EQ(known(short_lived.secret).role, Access::View);
  ++now;
  EXPECT_EQ(known(short_lived.secret).role, Access::Open);
  restart();
  EXPECT_EQ(known(admin.secret).role, Access::Administer);
  const auto other = access->add_token("other", Access::Administer);
  EXPECT_EQ(access->remove_token(admin.token.id), AccessStore::Removal::Done);
  EXPECT_EQ(known(admin.secret).role, Access::Open);
  restart();
  EXPECT_EQ(known(admin.secret).role, Access::Open);
  EXPECT_EQ(known(other.secret).role, Access::Administer);
}

TEST_F(Access_, TheLastAdminStays) {
  const auto admin = access->add_token("first", Access::Administer);
  (void)access->add_token("ends", Access::Administer, now + kHour);
  (void)access->add_passing_token("local", "this machine", Access::Administer);
  (void)access->add_token("looks", Access::View);
  EXPECT_EQ(access->remove_token(admin.token.id), AccessStore::Removal::LastAdmin);
  ASSERT_EQ(access->put_user("alice", "hash", Access::Administer), AccessStore::Put::Made);
  EXPECT_EQ(access->remove_token(admin.token.id), AccessStore::Removal::Done);
  EXPECT_EQ(access->put_user("alice", {}, Access::View), AccessStore::Put::LastAdmin);
  EXPECT_EQ(access->remove_user("alice"), AccessStore::Removal::LastAdmin);
  ASSERT_EQ(access->put_user("bob", "hash", Access::Administer), AccessStore::Put::Made);
  EXPECT_EQ(access->put_user("alice", {}, Access::View), AccessStore::Put::Changed);
  EXPECT_EQ(access->remove_user("alice"), AccessStore::Removal::Done);
  EXPECT_EQ(access->remove_user("alice"), AccessStore::Removal::Unknown);
  EXPECT_EQ(access->remove_token("local"), AccessStore::Removal::Done);
}

TEST_F(Access_, WhatRestsOnSomebodyEndsWithThem) {
  (void)access->add_token("keeps", Access::Administer);
  const auto token = access->add_token("goes", Access::Operate);
  const auto code = access->make_code(AccessStore::token_holder(token.token.id));
  const auto unused = access->make_code(AccessStore::token_holder(token.token.id));
  const auto by_code = access->sign_in(code.code);
  ASSERT_TRUE(by_code);
  EXPECT_FALSE(access->sign_in(code.code)) << "a code is used once";
  EXPECT_EQ(by_code->caller.role, Access::Operate);
  EXPECT_EQ(by_code->caller.way, Caller::Way::Code);
  const auto session = access->by_session(by_code->secret);
  ASSERT_TRUE(session);
  EXPECT_TRUE(access->still(*session));
  EXPECT_EQ(access->remove_token(token.token.id), AccessStore::Removal::Done);
  EXPECT_EQ(ended, 1);
  EXPECT_FALSE(access->still(*session));
  EXPECT_FALSE(access->by_session(by_code->secret));
  EXPECT_FALSE(access->sign_in(unused.code));

  ASSERT_EQ(access->put_user("alice", "old", Access::Operate), AccessStore::Put::Made);
  const auto here = access->sign_in("alice", "old");
  const auto there = access->sign_in("alice", "old");
  ASSERT_TRUE(here && there);
  EXPECT_FALSE(access->sign_in("alice", "another"));
  const auto kept = access->by_session(here->secret);
  ASSERT_TRUE(kept);
  EXPECT_EQ(access->put_user("alice", "new", {}, kept->session), AccessStore::Put::Changed);
  EXPECT_TRUE(access->by_session(here->secret)) << "who changes the password stays signed in";
  EXPECT_FALSE(access->by_session(there->secret));
  EXPECT_EQ(access->put_user("alice", {}, Access::View), AccessStore::Put::Changed);
  EXPECT_FALSE(access->still(*kept)) << "what was admitted for an operator ends for a viewer";
  EXPECT_EQ(access->by_session(here->secret)->role, Access::View);
  restart();
  EXPECT_EQ(access->by_session(here->secret)->role, Access::View);
  EXPECT_FALSE(access->by_session(there->secret));
  EXPECT_EQ(access->remove_user("alice"), AccessStore::Removal::Done);
  EXPECT_FALSE(access->by_session(here->secret));
}

TEST_F(Access_, ASessionEndsWhenItIsIdleOrOld) {
  settings.session_idle = seconds(3600);
  settings.session_lifetime = seconds(4 * 3600);
  start();
  ASSERT_EQ(access->put_user("alice", "hash", Access::Administer), AccessStore::Put::Made);
  const auto idle = access->sign_in("alice", "hash");
  const auto used = access->sign_in("alice", "hash");
  ASSERT_TRUE(idle && used);
  EXPECT_EQ(idle->caller.expires, now + kHour);
  now += kHour - 1;
  EXPECT_TRUE(access->by_session(used->secret));
  restart();
  now += 1;
  EXPECT_FALSE(access->by_session(idle->secret));
  for (int i = 0; i < 5; ++i) {
    now += kHour / 2;
    EXPECT_TRUE(access->by_session(used->secret)) << i;
  }
  now = kStart + 4 * kHour - 1;
  EXPECT_TRUE(access->by_session(used->secret));
  ++now;
  EXPECT_FALSE(access->by_session(used->secret));
}

TEST_F(Access_, ACodeEndsAndSoDoesTheOldestOfManySessions) {
  const auto token = access->add_token("first", Access::Administer);
  const auto holder = AccessStore::token_holder(token.token.id);
  const auto late = access->make_code(holder);
  now = late.expires;
  EXPECT_FALSE(access->sign_in(late.code));
  std::vector<std::string> sessions;
  for (int i = 0; i < 65; ++i) {
    ++now;
    const auto done = access->sign_in(access->make_code(holder).code);
    ASSERT_TRUE(done);
    sessions.push_back(done->secret);
  }
  EXPECT_FALSE(access->by_session(sessions.front()));
  EXPECT_TRUE(access->by_session(sessions[1]));
  EXPECT_TRUE(access->by_session(sessions.back()));
  const auto last = access->by_session(sessions.back());
  access->sign_out(*last);
  EXPECT_FALSE(access->by_session(sessions.back()));
}

TEST_F(Access_, SessionsOfThisMachineOutliveARestartThoughItsTokenDoesNot) {
  const auto first = access->add_passing_token("local", "this machine", Access::Administer);
  const auto done = access->sign_in(access->make_code("token:local").code);
  ASSERT_TRUE(done);
  restart();
  EXPECT_FALSE(access->by_token(first));
  (void)access->add_passing_token("local", "this machine", Access::Administer);
  EXPECT_FALSE(access->by_token(first));
  EXPECT_TRUE(access->by_session(done->secret));
}

TEST_F(Access_, NoSecretIsInTheFile) {
  const auto token = access->add_token("first", Access::Administer);
  const auto done = access->sign_in(access->make_code("token:" + token.token.id).code);
  ASSERT_TRUE(done);
  ASSERT_TRUE(commit());
  std::string all;
  for (const char* name : {"store", "store-wal"}) {
    std::ifstream file(folder / name, std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  EXPECT_NE(all.find("first"), std::string::npos);
  EXPECT_EQ(all.find(token.secret.substr(4)), std::string::npos);
  EXPECT_EQ(all.find(done->secret.substr(4)), std::string::npos);
}

TEST_F(Access_, WhatCouldNotBeStoredIsStoredLater) {
  ASSERT_TRUE(commit());
  store->database().run(
      "CREATE TRIGGER full BEFORE INSERT ON api_token BEGIN SELECT RAISE(ABORT, 'full'); END");
  const auto token = access->add_token("first", Access::Administer);
  EXPECT_FALSE(commit());
  EXPECT_TRUE(access->changed());
  EXPECT_TRUE(access->urgent());
  store->database().run("DROP TRIGGER full");
  restart();
  EXPECT_FALSE(access->changed());
  EXPECT_EQ(known(token.secret).name, "first");
}

}  // namespace
}  // namespace linnet::service
