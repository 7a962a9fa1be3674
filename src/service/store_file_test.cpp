// SPDX-License-Identifier: Apache-2.0
// Pins that a back-up is looked at before it is put anywhere, that a store in use or in the way is
// left alone, and that what was there stays beside.
#include <linnet/service/store_file.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "service/store.hpp"

namespace linnet::service {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class StoreFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "linnet-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// A store with one bootstrap configuration of that name, and no server.
  std::filesystem::path make(const char* file, const char* configuration) {
    const auto path = folder_ / file;
    Store store(path);
    store.put_configuration(configuration, "{}");
    store.database().run("PRAGMA wal_checkpoint(TRUNCATE)");
    return path;
  }
  static std::string content(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
  }
  void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
  }

  std::filesystem::path folder_;
};

TEST_F(StoreFileTest, TellsWhatIsInAStore) {
  const auto facts = check_store_file(make("a b%20?#.db", "meters"));
  EXPECT_EQ(facts.configurations, 1u);
  EXPECT_EQ(facts.registrations, 0u);
  EXPECT_EQ(facts.schema, store_schema());
  EXPECT_GT(facts.bytes, 4096u);
}

TEST_F(StoreFileTest, RefusesWhatIsNoGoodStore) {
  const auto refused = [](const std::filesystem::path& file, const char* words) {
    EXPECT_THAT([&] { (void)check_store_file(file); },
                ThrowsMessage<StoreFileError>(HasSubstr(words)));
  };
  refused(folder_ / "none", "No such file");
  write(folder_ / "text", "this is not a database, but it is long enough to look like a file\n");
  refused(folder_ / "text", "no store of Linnet");
  write(folder_ / "empty", "");
  refused(folder_ / "empty", "no store of Linnet");
  const auto good = make("good", "meters");
  std::string bytes = content(good);
  for (std::size_t i = bytes.size() / 2; i < bytes.size(); ++i) bytes[i] = '\x5a';
  write(folder_ / "damaged", bytes);
  EXPECT_THROW((void)check_store_file(folder_ / "damaged"), StoreFileError);
  write(folder_ / "cut", content(good).substr(0, 8192));
  EXPECT_THROW((void)check_store_file(folder_ / "cut"), StoreFileError);
  {
    Sqlite newer(good);
    newer.run("PRAGMA user_version=1000");
    newer.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  refused(good, "newer Linnet");
}

TEST_F(StoreFileTest, PutsABackUpInPlaceAndKeepsWhatWasThere) {
  const auto backup = make("backup", "new");
  const auto store = make("store", "old");
  const std::string before = content(store);
  EXPECT_THAT([&] { restore_store_file(backup, store, {}); },
              ThrowsMessage<StoreFileError>(HasSubstr("--force")));
  EXPECT_EQ(content(store), before);
  {
    Sqlite busy(backup);
    busy.run("INSERT INTO session VALUES (0, 1, x'00', 'e', 1, 0, x'00')");
  }
  const auto key = folder_ / "backup-key";
  restore_store_file(backup, store, {.key = key, .replace = true});
  EXPECT_EQ(check_store_file(store).configurations, 1u);
  EXPECT_EQ(content(folder_ / "store-key"), content(key));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "store-key.before"));
  Store restored(store);
  EXPECT_EQ(restored.configurations().front().first, "new");
  Statement sessions(restored.database(), "SELECT count(*) FROM session");
  ASSERT_TRUE(sessions.step());
  EXPECT_EQ(sessions.integer(0), 0);
  EXPECT_EQ(content(folder_ / "store.before"), before);
  EXPECT_EQ(std::filesystem::status(store).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  restore_store_file(backup, folder_ / "fresh", {});
  EXPECT_EQ(check_store_file(folder_ / "fresh").configurations, 1u);
  EXPECT_THAT([&] { restore_store_file(store, store, {.replace = true}); },
              ThrowsMessage<StoreFileError>(HasSubstr("the back-up itself")));
}

TEST_F(StoreFileTest, LeavesAStoreInUseAlone) {
  const auto backup = make("backup", "new");
  const auto store = make("store", "old");
  const Store server(store);
  EXPECT_THAT([&] { restore_store_file(backup, store, {.replace = true}); },
              ThrowsMessage<StoreFileError>(HasSubstr("in use by another server")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "store.before"));
}

TEST_F(StoreFileTest, TheKeyHasToBeThatOfTheBackUp) {
  const auto backup = make("backup", "new");
  const auto store = make("store", "old");
  const std::string before = content(store);
  EXPECT_THAT([&] { restore_store_file(backup, store, {.replace = true}); },
              ThrowsMessage<StoreFileError>(HasSubstr("another store than")));
  EXPECT_THAT(
      [&] { restore_store_file(backup, store, {.key = folder_ / "store-key", .replace = true}); },
      ThrowsMessage<StoreFileError>(HasSubstr("another store than")));
  EXPECT_EQ(content(store), before);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "store.before"));
  // The same one again is fine without a word.
  restore_store_file(store, folder_ / "copy", {.key = folder_ / "store-key"});
  EXPECT_EQ(Store(folder_ / "copy").configurations().front().first, "old");
}

}  // namespace
}  // namespace linnet::service
