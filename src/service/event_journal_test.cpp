// SPDX-License-Identifier: Apache-2.0
// Pins what the store keeps of the events: over stops, crashes and failing commits each is read
// once and in order, numbers are never used twice, and what is gone is counted.
#include <gtest/gtest.h>
#include <event_bench.hpp>

#include <map>
#include <set>

namespace linnet::service {
namespace {

using test::EventBench;

std::string numbered(int number) { return "{\"n\":" + std::to_string(number) + "}"; }

/// Everything a reader gets after `after`, and how many it was told are lost.
struct Seen {
  std::vector<std::pair<std::uint64_t, std::string>> events;
  std::uint64_t lost = 0;
};
Seen read_all(EventReader& reader, std::uint64_t after) {
  Seen seen;
  while (true) {
    const auto [chunk, lost] = reader.next(after);
    if (!chunk) return seen;
    seen.lost += lost;
    for (std::size_t i = 0; i < chunk->size(); ++i) {
      const EventView event = (*chunk)[i];
      if (event.sequence <= after) continue;
      seen.events.emplace_back(event.sequence, event.data);
      after = event.sequence;
    }
  }
}

TEST(EventJournal, GoesOnWithTheNextNumberAfterAStop) {
  EventBench bench;
  const std::string name = bench.log->name();
  EXPECT_EQ(bench.publish(numbered(1)), 1u);
  EXPECT_EQ(bench.publish(numbered(2)), 2u);
  bench.commit();
  bench.publish(numbered(3));
  bench.stop();
  bench.start();
  EXPECT_EQ(bench.log->name(), name);
  EXPECT_EQ(bench.log->latest(), 3u);
  EXPECT_EQ(bench.publish(numbered(4)), 4u);
  bench.commit();
  EventReader reader = bench.reader();
  const auto start = reader.behind(name + "-2");
  EXPECT_FALSE(start.gap);
  const Seen seen = read_all(reader, start.after);
  EXPECT_EQ(seen.lost, 0u);
  ASSERT_EQ(seen.events.size(), 2u);
  EXPECT_EQ(seen.events[0], std::pair(std::uint64_t{3}, numbered(3)));
  EXPECT_EQ(seen.events[1], std::pair(std::uint64_t{4}, numbered(4)));
}

TEST(EventJournal, WhatACrashTakesNobodySawAndItsNumbersAreNotUsedAgain) {
  EventBench bench;
  bench.publish(numbered(1));
  bench.commit();
  const auto taken = bench.publish(numbered(2));
  EXPECT_EQ(bench.log->latest(), 1u);
  bench.start();
  EXPECT_GT(bench.publish(numbered(3)), taken);
  bench.commit();
  EventReader reader = bench.reader();
  const Seen seen = read_all(reader, 0);
  ASSERT_EQ(seen.events.size(), 2u);
  EXPECT_EQ(seen.events[1].second, numbered(3));
  EXPECT_EQ(seen.lost, 0u) << "numbers that nobody used are not lost";
}

TEST(EventJournal, AReaderThatSawMoreThanIsKeptIsToldSo) {
  EventBench bench;
  bench.publish(numbered(1));
  bench.commit();
  const auto seen_number = bench.publish(numbered(2));
  bench.commit(false);
  EXPECT_EQ(bench.log->latest(), seen_number);
  const std::string id = bench.log->id(seen_number);
  bench.start();
  bench.publish(numbered(3));
  bench.commit();
  EventReader reader = bench.reader();
  EXPECT_TRUE(reader.behind(id).gap);
  EXPECT_FALSE(reader.behind(bench.log->id(1)).gap);
  EXPECT_EQ(read_all(reader, reader.behind(id).after).events.size(), 1u);
}

TEST(EventJournal, AnIdOfAnotherStoreOrOfTheFutureStartsAtTheOldest) {
  EventBench bench;
  for (int i = 0; i < 3; ++i) bench.publish(numbered(i));
  bench.commit();
  EventReader reader = bench.reader();
  for (const std::string& id : {std::string("0badc0de-2"), bench.log->id(999), std::string("x")}) {
    const auto start = reader.behind(id);
    EXPECT_TRUE(start.gap) << id;
    EXPECT_EQ(start.after, 0u) << id;
  }
}

TEST(EventJournal, WhileTheStoreFailsReadersSeeEventsAndThenTheyAreWritten) {
  EventBench bench;
  EventReader reader = bench.reader();
  std::uint64_t after = 0;
  for (int i = 0; i < 50; ++i) {
    bench.publish(numbered(i));
    bench.commit(false);
    const Seen seen = read_all(reader, after);
    ASSERT_EQ(seen.events.size(), 1u);
    after = seen.events.back().first;
  }
  while (bench.journal->changed()) ASSERT_TRUE(bench.commit());
  bench.stop();
  bench.start();
  EventReader later = bench.reader();
  const Seen seen = read_all(later, 0);
  EXPECT_EQ(seen.events.size(), 50u);
  EXPECT_EQ(seen.lost, 0u);
}

TEST(EventJournal, WhatCannotBeKeptWhileTheStoreFailsIsToldAsLost) {
  EventRetention retention;
  retention.waiting_bytes = 10'000;
  EventBench bench(retention, 5000);
  bench.publish(numbered(0));
  bench.commit();
  EventReader slow = bench.reader();
  for (int i = 1; i <= 100; ++i) {
    bench.publish("{\"x\":\"" + std::string(500, 'x') + "\"}");
    bench.commit(false);
  }
  const Seen seen = read_all(slow, 1);
  EXPECT_GT(seen.lost, 50u);
  EXPECT_EQ(seen.events.size() + seen.lost, 100u);
  while (bench.journal->changed()) ASSERT_TRUE(bench.commit());
  bench.start();
  EventReader later = bench.reader();
  const Seen kept = read_all(later, 0);
  EXPECT_EQ(kept.events.size() + kept.lost, 101u);
  EXPECT_EQ(kept.lost, seen.lost);
}

TEST(EventJournal, AReaderBehindTheMemoryReadsTheStoreAndLosesNothing) {
  EventBench bench({}, 2000);
  for (int i = 0; i < 5000; ++i) {
    bench.publish(numbered(i));
    if (i % 3 == 0) bench.commit();
  }
  bench.commit();
  EventReader reader = bench.reader();
  const Seen seen = read_all(reader, 0);
  ASSERT_EQ(seen.events.size(), 5000u);
  EXPECT_EQ(seen.lost, 0u);
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(seen.events[static_cast<std::size_t>(i)].second, numbered(i));
  }
}

TEST(EventJournal, ReadersAtTheSamePlaceShareWhatWasRead) {
  EventBench bench({}, 2000);
  for (int i = 0; i < 1000; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  EventReader reader = bench.reader();
  const auto one = reader.next(10).chunk;
  EXPECT_EQ(reader.next(10).chunk, one);
  EXPECT_EQ(reader.next(11).chunk, one);
}

TEST(EventJournal, WithoutItsFileAReaderGoesOnFromMemory) {
  EventBench bench({}, 2000);
  for (int i = 0; i < 1000; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  EventReader reader(*bench.log, "/nowhere/at/all");
  const Seen seen = read_all(reader, 0);
  EXPECT_GT(seen.lost, 0u);
  EXPECT_EQ(seen.events.size() + seen.lost, 1000u);
  EXPECT_NE(reader.problem(), "");
}

TEST(EventJournal, KeepsSoManyBytes) {
  EventRetention retention;
  retention.bytes = 50'000;
  EventBench bench(retention, 5000);
  for (int i = 0; i < 500; ++i) {
    bench.publish("{\"x\":\"" + std::string(1000, 'x') + "\"}");
    bench.commit();
    EXPECT_LE(bench.journal->kept_bytes(), 50'000u);
  }
  EXPECT_GT(bench.journal->kept_bytes(), 45'000u);
  EventReader reader = bench.reader();
  const Seen seen = read_all(reader, 0);
  EXPECT_EQ(seen.events.size(), bench.journal->kept_events());
  EXPECT_EQ(seen.lost + seen.events.size(), 500u);
  EXPECT_EQ(reader.oldest().after + 1, bench.journal->oldest());
}

TEST(EventJournal, KeepsSoManyEvents) {
  EventRetention retention;
  retention.events = 100;
  EventBench bench(retention, 2000);
  for (int i = 0; i < 1000; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  EXPECT_NEAR(static_cast<double>(bench.journal->kept_events()), 100, 1);
  // The count goes on over a restart.
  bench.stop();
  bench.start();
  for (int i = 0; i < 10; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  EXPECT_NEAR(static_cast<double>(bench.journal->kept_events()), 100, 1);
}

TEST(EventJournal, KeepsThemSoLong) {
  EventRetention retention;
  retention.age_ms = 1000;
  EventBench bench(retention, 2000);
  for (int i = 0; i < 100; ++i) {
    bench.now_ms += 100;
    bench.publish(numbered(i));
    bench.commit();
  }
  EXPECT_EQ(bench.journal->kept_events(), 11u);
}

TEST(EventJournal, DeletesInSmallPieces) {
  EventRetention retention;
  retention.age_ms = 1000;
  EventBench bench(retention, 2000);
  for (int i = 0; i < 100; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  bench.now_ms += 5000;
  bench.publish(numbered(100));
  bench.commit();
  EXPECT_EQ(bench.journal->kept_events(), 101u - 16u);
  for (int i = 0; i < 10; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  EXPECT_EQ(bench.journal->kept_events(), 11u);
}

TEST(EventJournal, WhatFailedToBeDeletedIsStillThere) {
  EventRetention retention;
  retention.events = 10;
  EventBench bench(retention, 2000);
  for (int i = 0; i < 10; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  const auto oldest = bench.journal->oldest();
  for (int i = 0; i < 5; ++i) {
    bench.publish(numbered(i));
    bench.commit(false);
  }
  EXPECT_EQ(bench.journal->oldest(), oldest);
  bench.commit();
  EXPECT_GT(bench.journal->oldest(), oldest);
}

TEST(EventJournal, WhatIsPinnedStays) {
  EventRetention retention;
  retention.events = 10;
  EventBench bench(retention, 2000);
  bench.journal->pin(3);
  for (int i = 0; i < 100; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  EXPECT_EQ(bench.journal->oldest(), 4u);
  bench.journal->pin(100);
  for (int i = 0; i < 10; ++i) {
    bench.publish(numbered(i));
    bench.commit();
  }
  EXPECT_GT(bench.journal->oldest(), 90u);
}

TEST(EventJournal, PlaysBackWhatCameAfter) {
  EventBench bench;
  for (int i = 1; i <= 10; ++i) {
    bench.publish(numbered(i));
    if (i % 4 == 0) bench.commit();
  }
  bench.stop();
  bench.start();
  std::vector<std::string> seen;
  bench.journal->replay(6, [&](const EventView& event) { seen.emplace_back(event.data); });
  EXPECT_EQ(seen, (std::vector{numbered(7), numbered(8), numbered(9), numbered(10)}));
}

TEST(EventJournal, RemembersHowFarReadersGot) {
  EventBench bench;
  EXPECT_FALSE(bench.journal->position("webhook/a"));
  bench.journal->set_position("webhook/a", 7);
  bench.journal->set_position("mqtt", 9);
  bench.commit();
  bench.journal->set_position("webhook/a", 8);
  bench.commit(false);
  bench.start();
  EXPECT_EQ(bench.journal->position("webhook/a"), 7u);
  EXPECT_EQ(bench.journal->position("mqtt"), 9u);
  bench.journal->forget_position("mqtt");
  bench.commit();
  bench.start();
  EXPECT_FALSE(bench.journal->position("mqtt"));
}

/// Publishing, commits that work and fail, crashes and stops in any order: a number has one event
/// for ever, stored events are read in order and once, and every event that is missing is counted.
TEST(EventJournal, HoldsWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRng rng(seed);
    EventBench bench({}, 3000);
    std::map<std::uint64_t, std::string> ever_seen;
    std::map<std::uint64_t, std::string> published;  // since the last start, and stored ones
    std::set<std::uint64_t> must_be_kept;
    int counter = 0;
    const auto look = [&](std::uint64_t after) {
      EventReader reader = bench.reader();
      std::uint64_t last = after;
      for (const auto& [number, data] : read_all(reader, after).events) {
        ASSERT_GT(number, last);
        last = number;
        ASSERT_TRUE(published.contains(number));
        ASSERT_EQ(published[number], data);
        const auto [old, fresh] = ever_seen.emplace(number, data);
        ASSERT_TRUE(fresh || old->second == data) << "number " << number << " was used twice";
      }
    };
    for (int step = 0; step < 250; ++step) {
      const auto dice = rng.below(100);
      if (dice < 60) {
        const std::string data = numbered(++counter);
        published[bench.publish(data)] = data;
      } else if (dice < 85) {
        bench.commit();
        if (!bench.log->has_unwritten()) {
          for (const auto& [number, data] : published) must_be_kept.insert(number);
        }
      } else if (dice < 93) {
        bench.commit(false);
      } else if (dice < 96) {
        bench.start();
        std::erase_if(published, [&](const auto& e) { return !must_be_kept.contains(e.first); });
      } else if (dice < 98) {
        bench.stop();
        for (const auto& [number, data] : published) must_be_kept.insert(number);
        bench.start();
      } else {
        look(0);
      }
      if (HasFatalFailure()) return;
    }
    bench.stop();
    EventReader reader = bench.reader();
    const Seen seen = read_all(reader, 0);
    EXPECT_EQ(seen.lost, 0u);
    EXPECT_EQ(seen.events.size(), published.size());
    look(0);
  }
}

}  // namespace
}  // namespace linnet::service
