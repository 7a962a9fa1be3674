// SPDX-License-Identifier: Apache-2.0
// Pins what a running server takes of a back-up: pieces in order, as much as the disk has room for,
// and only what it can serve; and that nothing lies about of what it does not take.
#include "service/restore_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <file_size_limit.hpp>
#include <folder.hpp>

#include <fstream>
#include <optional>
#include <sstream>

#include <linnet/service/json_text.hpp>

#include "service/problem.hpp"
#include "service/store.hpp"

namespace linnet::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RestoreDeskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    (void)back_up("store");  // the one that is served, and its key
    desk_.emplace(ports());
  }
  RestoreDesk::Ports ports() {
    return {folder_ / "store", [this] { return now_; }, [this] { ++taken_; },
            [this] { return room_; }};
  }
  /// A store with one bootstrap configuration, as one file; with the served one's key, or its own.
  std::string back_up(const std::string& name, bool own_key = true) {
    const auto file = folder_ / name.c_str();
    const auto key = std::filesystem::path(file.string() + "-key");
    if (!own_key) std::filesystem::copy_file(folder_ / "store-key", key);
    Store store(file);
    store.put_configuration("meters", "{}");
    store.database().run("PRAGMA wal_checkpoint(TRUNCATE)");
    return content(file);
  }
  static std::string content(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
  }
  /// The status of what `work` is refused with, and why; 0 if it is not.
  template <typename Work>
  std::pair<unsigned, std::string> refused(Work work) {
    try {
      work();
    } catch (const Problem& problem) {
      return {problem.status, problem.detail};
    }
    return {};
  }
  std::pair<unsigned, std::string> refused_whole(const std::string& bytes) {
    desk_->append(0, bytes);
    const auto out = refused([&] { (void)desk_->make_ready(); });
    EXPECT_FALSE(std::filesystem::exists(desk_->file()));
    EXPECT_EQ(desk_->describe().at("state"), "idle");
    EXPECT_EQ(desk_->describe().at("last").at("outcome"), "refused");
    return out;
  }

  test::Folder folder_;
  std::int64_t now_ = 1'000'000;
  std::uint64_t room_ = std::uint64_t{1} << 40;
  int taken_ = 0;
  std::optional<RestoreDesk> desk_;
};

TEST_F(RestoreDeskTest, PiecesMakeAFileThatIsMadeReadyAndTakenUp) {
  const std::string whole = back_up("backup", false);
  const std::string before = content(folder_ / "store");
  const std::size_t half = whole.size() / 2;
  desk_->append(0, whole.substr(0, half));
  EXPECT_EQ(std::filesystem::status(desk_->file()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  desk_->append(half, whole.substr(half));
  EXPECT_EQ(to_text(desk_->describe()),
            R"({"state":"staged","bytes":)" + std::to_string(whole.size()) + "}");
  const StoreFacts facts = desk_->make_ready();
  EXPECT_EQ(facts.configurations, 1u);
  EXPECT_EQ(desk_->describe().at("state"), "restoring");
  // Nobody touches it any more.
  EXPECT_EQ(refused([&] { desk_->append(0, "x"); }).first, 409u);
  EXPECT_EQ(refused([&] { desk_->drop(); }).first, 409u);
  EXPECT_EQ(refused([&] { (void)desk_->make_ready(); }).first, 409u);
  desk_->take_up();
  EXPECT_EQ(taken_, 1);
  EXPECT_EQ(check_store_file(desk_->file()).configurations, 1u);
  EXPECT_EQ(content(folder_ / "store"), before);
}

TEST_F(RestoreDeskTest, APieceThatDoesNotFollowIsToldWhatIsThere) {
  desk_->append(0, "hello");
  for (const std::uint64_t offset : {1, 4, 6, 1000}) {
    const auto [status, why] = refused([&] { desk_->append(offset, "x"); });
    EXPECT_EQ(status, 409u);
    EXPECT_THAT(why, HasSubstr("5 bytes are there"));
  }
  desk_->append(5, " world");
  EXPECT_EQ(content(desk_->file()), "hello world");
  desk_->append(0, "anew");
  EXPECT_EQ(content(desk_->file()), "anew");
  desk_->drop();
  EXPECT_FALSE(std::filesystem::exists(desk_->file()));
  EXPECT_THAT(refused([&] { desk_->append(4, "x"); }).second, HasSubstr("0 bytes are there"));
  EXPECT_EQ(refused([&] { (void)desk_->make_ready(); }).first, 409u);
}

TEST_F(RestoreDeskTest, WhatCannotBeServedIsRefusedAndGone) {
  const auto [status, why] = refused_whole("this is no database, but it is long enough to be one");
  EXPECT_EQ(status, 422u);
  EXPECT_THAT(why, HasSubstr("no store of Linnet"));
  EXPECT_THAT(why, Not(HasSubstr((folder_ / "").string()))) << "where it lies is nobody's business";
  const std::string good = back_up("backup", false);
  EXPECT_EQ(refused_whole(good.substr(0, good.size() / 2)).first, 422u);
  {
    Sqlite newer(folder_ / "backup");
    newer.run("PRAGMA user_version=1000");
    newer.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  EXPECT_THAT(refused_whole(content(folder_ / "backup")).second, HasSubstr("newer Linnet"));
  EXPECT_THAT(refused_whole(back_up("others")).second, HasSubstr("key of another server"));
  {
    Sqlite sly(folder_ / "others");
    sly.run("CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit; END");
    sly.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  EXPECT_THAT(refused_whole(content(folder_ / "others")).second, HasSubstr("triggers"));
  EXPECT_EQ(taken_, 0);
}

TEST_F(RestoreDeskTest, TheDiskIsNotFilled) {
  desk_->append(0, "hello");
  room_ = (64u << 20) + 4;
  const auto [status, why] = refused([&] { desk_->append(5, "world"); });
  EXPECT_EQ(status, 507u);
  EXPECT_THAT(why, HasSubstr("64 MB left"));
  EXPECT_FALSE(std::filesystem::exists(desk_->file()));
  desk_->append(0, "room");
  room_ = 3;
  EXPECT_EQ(refused([&] { desk_->append(4, ""); }).first, 507u);
}

TEST_F(RestoreDeskTest, APieceThatCannotBeWrittenDropsAllOfIt) {
  std::optional<test::FileSizeLimit> full(6);
  desk_->append(0, "hello");
  const auto [status, why] = refused([&] { desk_->append(5, "world"); });
  full.reset();
  EXPECT_EQ(status, 507u) << why;
  EXPECT_FALSE(std::filesystem::exists(desk_->file()));
  EXPECT_EQ(desk_->describe().at("state"), "idle");
}

TEST_F(RestoreDeskTest, WhatNobodyGoesOnWithIsGoneAfterAnHourAndAtAStart) {
  desk_->append(0, "hello");
  now_ += 3'599'999;
  desk_->tend();
  EXPECT_TRUE(std::filesystem::exists(desk_->file()));
  now_ += 1;
  desk_->tend();
  EXPECT_FALSE(std::filesystem::exists(desk_->file()));
  desk_->append(0, "hello");
  const auto file = desk_->file();
  desk_.reset();
  EXPECT_TRUE(std::filesystem::exists(file));
  desk_.emplace(ports(), RestoreOutcome{RestoreOutcome::Kind::PutBack, 2500, "why"});
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(to_text(desk_->describe().at("last")),
            R"({"outcome":"put-back","time":2.5,"detail":"why"})");
}

TEST_F(RestoreDeskTest, ALookThatIsInterruptedEnds) {
  desk_->append(0, back_up("backup", false));
  desk_->interrupt();
  EXPECT_THAT(refused([&] { (void)desk_->make_ready(); }).second, HasSubstr("interrupted"));
}

}  // namespace
}  // namespace linnet::service
