// SPDX-License-Identifier: Apache-2.0
// Pins that a restored back-up gives nothing out a second time: events and operations go on above
// the numbers of the store it replaces, readers are told how many events are lost, and what was
// there comes back.
#include "service/store_swap.hpp"

#include <gtest/gtest.h>
#include <event_bench.hpp>
#include <requirement.hpp>

#include <fstream>
#include <sstream>

#include "service/operation_store.hpp"

namespace linnet::service {
namespace {

using test::EventBench;

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

/// A journal, a back-up of it, and the way back.
class StoreSwap : public ::testing::Test {
 protected:
  std::uint64_t publish(EventBench& at) {
    const auto number = at.publish(R"({"n":1})");
    at.commit();
    return number;
  }
  std::filesystem::path back_up(EventBench& from) {
    const std::filesystem::path file = bench_.file().string() + ".new";
    from.database->run(("VACUUM INTO '" + file.string() + "'").c_str());
    return file;
  }
  static void close(EventBench& bench) {
    bench.journal.reset();
    bench.log.reset();
    bench.database.reset();
  }
  void restore(const std::filesystem::path& backup) {
    close(bench_);
    prepare_restored(backup);
    go_on_from(backup, read_numbers(bench_.file()));
    swap_store(bench_.file(), backup);
    bench_.start();
  }
  /// Events that a reader is told are lost behind `id`, when the next one comes.
  std::uint64_t lost_behind(const std::string& id) {
    EventReader reader = bench_.reader();
    const auto start = reader.behind(id);
    EXPECT_FALSE(start.gap) << id;
    std::uint64_t lost = 0, after = start.after;
    for (auto next = reader.next(after); next.chunk; next = reader.next(after)) {
      lost += next.lost;
      after = next.chunk->last();
    }
    return lost;
  }
  std::int64_t number(const std::filesystem::path& file, const char* sql) {
    Sqlite database(file);
    Statement get(database, sql);
    return get.step() ? get.integer(0) : -1;
  }

  EventBench bench_;
};

TEST_F(StoreSwap, EventsGoOnAboveTheFormerStoreAndWhatIsNotKeptIsCounted) {
  for (int i = 0; i < 3; ++i) publish(bench_);
  const auto backup = back_up(bench_);
  for (int i = 0; i < 2; ++i) publish(bench_);
  bench_.stop();
  const std::string name = bench_.log->name();
  restore(backup);
  EXPECT_EQ(bench_.log->name(), name);
  EXPECT_EQ(bench_.log->latest(), 5u);
  EXPECT_EQ(publish(bench_), 6u);
  EXPECT_EQ(lost_behind(name + "-2"), 2u);
  EXPECT_EQ(lost_behind(name + "-4"), 1u);
  EXPECT_EQ(lost_behind(name + "-5"), 0u);
  bench_.stop();
  bench_.start();
  EXPECT_EQ(publish(bench_), 7u) << "and after the next start as well";
  EXPECT_EQ(lost_behind(name + "-2"), 2u);
}

TEST_F(StoreSwap, NumbersThatACrashTookAreNeitherUsedNorLost) {
  publish(bench_);
  const auto backup = back_up(bench_);
  // After a crash the numbers begin where those of the back-up alone would as well.
  bench_.start();
  const auto after_crash = publish(bench_);
  ASSERT_GT(after_crash, 1u << 30);
  const std::string name = bench_.log->name();
  // Another one, and it is replaced without a stop.
  restore(backup);
  EXPECT_GT(publish(bench_), after_crash);
  EXPECT_EQ(lost_behind(name + "-1"), 1u);
  EXPECT_EQ(lost_behind(name + "-" + std::to_string(after_crash)), 0u);
}

TEST_F(StoreSwap, TheLogOfAnotherServerGoesOnAboveBoth) {
  EventBench other;
  other.database->run("UPDATE meta SET value=77 WHERE key='event_log'");
  for (int i = 0; i < 9; ++i) publish(bench_);
  publish(other);
  const auto backup = back_up(other);
  bench_.stop();
  const std::string id = bench_.log->id(3);
  restore(backup);
  EXPECT_EQ(bench_.log->name(), "0000004d");
  EXPECT_GT(publish(bench_), 9u);
  EXPECT_TRUE(bench_.reader().behind(id).gap);
  EXPECT_EQ(lost_behind("0000004d-1"), 0u) << "events of another log are not lost in this one";
}

TEST_F(StoreSwap, BehindAStoreThatCannotBeReadNumbersBeginFarAbove) {
  publish(bench_);
  const auto backup = back_up(bench_);
  bench_.start();
  const auto latest = publish(bench_);
  close(bench_);
  std::ofstream(bench_.file(), std::ios::binary) << std::string(8192, 'x');
  for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(bench_.file().string() + end);
  EXPECT_FALSE(read_numbers(bench_.file()));
  restore(backup);
  EXPECT_GT(publish(bench_), latest);
}

TEST_F(StoreSwap, WhoIsToldOfEventsIsNotToldAgain) {
  for (int i = 0; i < 3; ++i) publish(bench_);
  bench_.journal->set_position("hook", 2);
  bench_.commit();
  const auto backup = back_up(bench_);
  bench_.journal->set_position("hook", 4);
  publish(bench_);
  bench_.stop();
  restore(backup);
  EXPECT_EQ(bench_.journal->position("hook"), 4u);
}

TEST_F(StoreSwap, OperationsAndCredentialsGetNumbersThatNobodyHad) {
  const auto backup = back_up(bench_);
  bench_.database->run(
      "INSERT INTO operation (id, device, mode, state, created, deadline, finished) "
      "VALUES (41, 1, 0, 3, 0, 0, 0)");
  bench_.database->run(
      "INSERT INTO operation_batch VALUES (7, 1, 'read', '/', '{}', 'me', 0, 0, 0, 0, 0, 0, 0)");
  bench_.database->run(
      "INSERT INTO credential (id, endpoint, kind, not_before, not_after, created) "
      "VALUES (12, 'e', 0, 0, 0, 0)");
  bench_.stop();
  restore(backup);
  OperationStore operations(*bench_.database, {});
  EXPECT_EQ(operations.add({}), 42);
  EXPECT_EQ(operations.begin_batch({}), 8);
  bench_.database->run(
      "INSERT INTO credential (endpoint, kind, not_before, not_after, created) "
      "VALUES ('e', 0, 0, 0, 0)");
  EXPECT_EQ(number(bench_.file(), "SELECT max(id) FROM credential"), 13);
  EXPECT_EQ(number(bench_.file(), "SELECT count(*) FROM operation"), 0);
}

TEST_F(StoreSwap, WhoAskedForItIsInTheAudit) {
  const auto backup = back_up(bench_);
  bench_.database->run(
      "INSERT INTO audit VALUES (5, 1000, 'ada', 3, 'POST', '/api/v1/restore', '', 202, '::1');"
      "INSERT INTO audit VALUES (6, 2000, 'bob', 3, 'DELETE', '/api/v1/users/x', '', 204, '::1')");
  bench_.stop();
  restore(backup);
  EXPECT_EQ(number(bench_.file(), "SELECT count(*) FROM audit"), 1);
  EXPECT_EQ(number(bench_.file(), "SELECT time FROM audit WHERE who='ada'"), 1000);
  EXPECT_GT(number(bench_.file(), "SELECT id FROM audit"), 6);
}

TEST_F(StoreSwap, ABackUpOfAnEarlierSchemaIsBroughtUpToDateWithoutSessions) {
  LINNET_REQ("SEC-07");
  const auto backup = back_up(bench_);
  {
    Sqlite old(backup);
    old.run("INSERT INTO session VALUES (0, 1, x'00', 'e', 1, 0, x'00')");
    old.run("DROP TABLE operation; DROP TABLE operation_batch; DROP TABLE idempotency");
    old.run(("PRAGMA user_version=" + std::to_string(store_schema() - 1)).c_str());
  }
  restore(backup);
  EXPECT_EQ(number(bench_.file(), "PRAGMA user_version"), store_schema());
  EXPECT_EQ(number(bench_.file(), "SELECT count(*) FROM session"), 0);
  EXPECT_EQ(number(bench_.file(), "SELECT count(*) FROM operation"), 0);
}

TEST_F(StoreSwap, WhatWasThereComesBack) {
  const test::Folder folder;
  const auto at = [&](const char* name) { return folder / name; };
  const auto write = [&](const char* name, const char* text) { std::ofstream(at(name)) << text; };
  write("store", "old");
  write("store-wal", "old journal");
  write("store.before", "older");
  write("fresh", "new");
  swap_store(at("store"), at("fresh"));
  EXPECT_EQ(content(at("store")), "new");
  EXPECT_EQ(content(at("store.before")), "old");
  EXPECT_FALSE(std::filesystem::exists(at("store-wal")));
  write("store-wal", "new journal");
  unswap_store(at("store"));
  EXPECT_EQ(content(at("store")), "old");
  EXPECT_EQ(content(at("store-wal")), "old journal");
  EXPECT_FALSE(std::filesystem::exists(at("store.before")));
  // Not finished: there is nothing to put in place.
  EXPECT_THROW(swap_store(at("store"), at("fresh")), std::filesystem::filesystem_error);
  EXPECT_EQ(content(at("store")), "old");
  unswap_store(at("store"));
  EXPECT_EQ(content(at("store")), "old");
  EXPECT_EQ(content(at("store-wal")), "old journal");
}

}  // namespace
}  // namespace linnet::service
