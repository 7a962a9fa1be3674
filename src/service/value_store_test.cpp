// SPDX-License-Identifier: Apache-2.0
// Pins what is known of devices' values: which value is the last one, what history keeps, and that
// crashes and refused commits at any moment take nothing of what was committed.
#include <gtest/gtest.h>
#include <folder.hpp>
#include <requirement.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include "service/value_store.hpp"

namespace linnet::service {
namespace {

using lwm2m::Path;
using lwm2m::Value;

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
constexpr Path kTemperature(3303, 0, 5700);

/// A store with the journal beside it that its owner would have.
class ValueStoreTest : public ::testing::Test {
 protected:
  struct Event {
    DeviceNumber device;
    server::ResourceValue value;
    ValueSource source;
    std::int64_t received;
  };

  ValueStoreTest() {
    Sqlite database(folder_ / "store");
    database.run("PRAGMA journal_mode=WAL");
    database.run("BEGIN");
    migrate(database, "store");
    database.run("COMMIT");
  }

  void open(HistorySettings settings = {}) {
    settings_ = settings;
    database_.emplace(folder_ / "store");
    database_->run("PRAGMA synchronous=OFF");  // nobody pulls a plug here
    store_ = std::make_unique<ValueStore>(
        ValueStore::Ports{*database_, [this] { return now_; }, [this] { return journal_.size(); }},
        settings);
    const std::uint64_t after = store_->restore();
    replayed_ = journal_.size() - after;
    for (std::size_t i = after; i < journal_.size(); ++i) {
      const Event& event = journal_[i];
      EXPECT_TRUE(store_->learn(event.device, event.value, event.source, event.received));
    }
    written_ = journal_.size();
  }
  /// What was not committed is lost, of the journal too.
  void crash() {
    store_.reset();
    database_.reset();
    journal_.resize(written_);
    open(settings_);
  }
  void observe(DeviceNumber device, const Path& path, const Value& value,
               std::optional<double> sent = {}, ValueSource source = ValueSource::Observe) {
    const server::ResourceValue item{path, value, sent};
    if (source == ValueSource::Observe || source == ValueSource::Send) {
      journal_.push_back({device, item, source, now_});
    }
    EXPECT_TRUE(store_->learn(device, item, source, now_));
  }
  void commit(bool good = true) {
    database_->run("BEGIN");
    store_->write();
    database_->run(good ? "COMMIT" : "ROLLBACK");
    if (!good) return;
    store_->written();
    written_ = journal_.size();
  }
  void fold() {
    store_->fold_soon();
    for (int i = 0; i < 3 || store_->changed(); ++i) commit();
  }
  [[nodiscard]] std::optional<LastValue> last(DeviceNumber device, const Path& path) {
    for (const auto& value : store_->last_values(device, path)) return value;
    return {};
  }
  [[nodiscard]] std::vector<double> numbers(DeviceNumber device, const Path& path) {
    std::vector<double> out;
    for (const auto& sample : store_->history(device, path, 0, kForever)) {
      out.push_back(sample.value.view().number());
    }
    return out;
  }
  [[nodiscard]] std::int64_t rows(const char* table) {
    Statement count(*database_, (std::string("SELECT count(*) FROM ") + table).c_str());
    return count.step() ? count.integer(0) : -1;
  }

  test::Folder folder_;
  std::optional<Sqlite> database_;
  std::unique_ptr<ValueStore> store_;
  HistorySettings settings_;
  std::vector<Event> journal_;
  std::size_t written_ = 0;
  std::size_t replayed_ = 0;
  std::int64_t now_ = 1'764'427'344'000;
};

TEST_F(ValueStoreTest, KnowsTheLastValueBeforeAndAfterItIsInATable) {
  open();
  for (const bool folded : {false, true}) {
    if (folded) fold();
    SCOPED_TRACE(folded);
    if (!folded) {
      observe(7, kTemperature, Value::floating(20));
      now_ += 500;
      observe(7, kTemperature, Value::floating(21));
      observe(7, Path(3, 0, 0), Value::string("Linnet"), {}, ValueSource::Read);
      observe(8, kTemperature, Value::floating(-5));
    }
    const auto all = store_->last_values(7, Path());
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].path, Path(3, 0, 0));
    EXPECT_EQ(all[0].source, ValueSource::Read);
    EXPECT_EQ(all[1].value, Value::floating(21));
    EXPECT_EQ(all[1].received, 1'764'427'344'500);
    EXPECT_FALSE(all[1].sent);
    EXPECT_EQ(store_->last_values(7, Path(3303)).size(), 1u);
    EXPECT_EQ(store_->last_values(9, Path()).size(), 0u);
  }
  EXPECT_EQ(rows("last_value"), 3);
  EXPECT_EQ(rows("value_segment"), 0);
}

TEST_F(ValueStoreTest, TakesTheValueThatWasSentLast) {
  LINNET_REQ("FMT-18");
  open();
  const double sent = 1'764'427'000;
  observe(1, kTemperature, Value::floating(2), sent + 2);
  observe(1, kTemperature, Value::floating(1), sent + 1);
  EXPECT_EQ(last(1, kTemperature)->value, Value::floating(2));
  EXPECT_EQ(last(1, kTemperature)->sent, 1'764'427'002'000);
  // In the table as well as in memory.
  fold();
  crash();
  observe(1, kTemperature, Value::floating(0), sent);
  EXPECT_EQ(last(1, kTemperature)->value, Value::floating(2));
  EXPECT_EQ(numbers(1, kTemperature), (std::vector<double>{0, 1, 2}));
  // Relative to now, and without a time: as of now.
  observe(1, kTemperature, Value::floating(3), -1.5);
  EXPECT_EQ(last(1, kTemperature)->sent, now_ - 1500);
  observe(1, kTemperature, Value::floating(4));
  EXPECT_EQ(last(1, kTemperature)->value, Value::floating(4));
}

TEST_F(ValueStoreTest, BelievesNoTimeInTheFuture) {
  open();
  observe(1, kTemperature, Value::floating(1), static_cast<double>(now_) / 1000 + 1e6);
  now_ += 1000;
  observe(1, kTemperature, Value::floating(2), static_cast<double>(now_) / 1000);
  EXPECT_EQ(last(1, kTemperature)->value, Value::floating(2));
}

TEST_F(ValueStoreTest, KeepsAHistoryOfWhatDevicesReportAndOfNothingElse) {
  open();
  observe(1, kTemperature, Value::floating(1));
  observe(1, kTemperature, Value::floating(2), {}, ValueSource::Read);
  observe(1, kTemperature, Value::floating(3), {}, ValueSource::Send);
  observe(1, kTemperature, Value::floating(4), {}, ValueSource::Write);
  EXPECT_EQ(numbers(1, kTemperature), (std::vector<double>{1, 3}));
  const Path text(3, 0, 0), bytes(3, 0, 1);
  observe(1, text, Value::string("x"));
  observe(1, text, Value::string(std::string(257, 'x')));
  observe(1, bytes, Value::opaque(as_bytes("x")));
  EXPECT_EQ(store_->history(1, text, 0, kForever).size(), 1u);
  EXPECT_EQ(store_->history(1, bytes, 0, kForever).size(), 0u);
  EXPECT_EQ(last(1, bytes)->value, Value::opaque(as_bytes("x")));
}

TEST_F(ValueStoreTest, KeepsTheNewestSamples) {
  open({100, 30});
  for (int i = 0; i < 1000; ++i) {
    now_ += 1000;
    observe(1, kTemperature, Value::integer(i));
    if (i % 37 == 0) fold();
  }
  const auto all = numbers(1, kTemperature);
  ASSERT_EQ(all.size(), 100u);
  EXPECT_EQ(all.front(), 900);
  EXPECT_EQ(all.back(), 999);
  fold();
  EXPECT_LE(rows("history"), 4);
  EXPECT_EQ(store_->history(1, kTemperature, now_ - 4000, now_ - 2000).size(), 3u);
}

TEST_F(ValueStoreTest, ForgetsSamplesAfterSomeDays) {
  open({1000, 2});
  observe(1, kTemperature, Value::integer(1));
  fold();
  now_ += 86'400'000;
  observe(1, kTemperature, Value::integer(2));
  EXPECT_EQ(numbers(1, kTemperature), (std::vector<double>{1, 2}));
  now_ += 86'400'001;
  EXPECT_EQ(numbers(1, kTemperature), (std::vector<double>{2}));
  fold();
  now_ += 3 * std::int64_t{86'400'000};
  observe(2, kTemperature, Value::integer(1));
  fold();
  EXPECT_EQ(rows("history"), 1);
}

TEST_F(ValueStoreTest, ManySamplesShareARow) {
  open();
  for (int i = 0; i < 640; ++i) {
    now_ += 1000;
    observe(1, kTemperature, Value::floating(i * 0.5));
    if (i % 10 == 0) fold();
  }
  fold();
  EXPECT_LE(rows("history"), 12);
  EXPECT_EQ(numbers(1, kTemperature).size(), 640u);
}

TEST_F(ValueStoreTest, HasNoHistoryIfNoneIsWanted) {
  open({0, 30});
  observe(1, kTemperature, Value::integer(1));
  fold();
  EXPECT_EQ(rows("history"), 0);
  EXPECT_TRUE(numbers(1, kTemperature).empty());
  EXPECT_TRUE(last(1, kTemperature));
}

TEST_F(ValueStoreTest, ForgetsADevice) {
  open();
  observe(1, kTemperature, Value::integer(1));
  observe(2, kTemperature, Value::integer(2));
  fold();
  observe(1, kTemperature, Value::integer(3));
  commit();
  store_->forget(1);
  EXPECT_FALSE(last(1, kTemperature));
  EXPECT_TRUE(numbers(1, kTemperature).empty());
  EXPECT_TRUE(store_->changed());
  commit();
  crash();
  EXPECT_FALSE(last(1, kTemperature));
  EXPECT_TRUE(numbers(1, kTemperature).empty());
  EXPECT_EQ(numbers(2, kTemperature).size(), 1u);
  observe(1, kTemperature, Value::integer(4));
  fold();
  crash();
  EXPECT_EQ(numbers(1, kTemperature), (std::vector<double>{4}));
}

TEST_F(ValueStoreTest, NeedsLittleOfTheJournal) {
  open();
  for (int second = 0; second < 100; ++second) {
    now_ += 1000;
    for (int i = 0; i < 10; ++i) observe(i, kTemperature, Value::integer(second));
    commit();
  }
  crash();
  EXPECT_LE(replayed_, 10u);
  EXPECT_EQ(numbers(3, kTemperature).size(), 100u);
}

/// What a store should know, worked out the plain way.
struct Expected {
  struct Known {
    LastValue last;
    std::vector<Sample> samples;
  };
  std::map<std::pair<DeviceNumber, Path>, Known> all;

  void learn(DeviceNumber device, LastValue value) {
    auto& known = all[{device, value.path}];
    if (value.source == ValueSource::Observe || value.source == ValueSource::Send) {
      known.samples.push_back({value.sent.value_or(value.received), value.value});
    }
    const auto when = [](const LastValue& one) {
      return one.sent ? std::min(*one.sent, one.received) : one.received;
    };
    if (known.last.received != 0 && value.sent && when(value) < when(known.last)) return;
    known.last = std::move(value);
  }
  void forget(DeviceNumber device) {
    std::erase_if(all, [&](const auto& one) { return one.first.first == device; });
  }
};

class ValueStoreCrashTest : public ValueStoreTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  void compare() {
    std::map<std::pair<DeviceNumber, Path>, LastValue> found;
    for (DeviceNumber device = 1; device <= 5; ++device) {
      for (const auto& value : store_->last_values(device, Path())) {
        found[{device, value.path}] = value;
      }
    }
    ASSERT_EQ(found.size(), expected_.all.size());
    for (auto& [key, known] : expected_.all) {
      ASSERT_TRUE(found.contains(key));
      EXPECT_EQ(found[key], known.last) << key.first;
      auto samples = known.samples;
      std::ranges::stable_sort(samples, {}, &Sample::time);
      EXPECT_EQ(store_->history(key.first, key.second, 0, kForever), samples);
    }
  }
  void random_value() {
    const auto device = static_cast<DeviceNumber>(draw(5) + 1);
    const Path path(3303, static_cast<lwm2m::Id>(draw(3)), 5700);
    const auto source = static_cast<ValueSource>(draw(4));
    const server::OwnedValue value = draw(4) == 0
                                         ? Value::string("text " + std::to_string(draw(9)))
                                         : Value::floating(static_cast<double>(draw(1000)) / 8);
    std::optional<double> sent;
    if (draw(2) == 0) sent = static_cast<double>(now_ / 1000 + 3 - static_cast<int>(draw(20)));
    observe(device, path, value.view(), sent, source);
    LastValue last{path, value, {}, now_, source};
    if (sent) last.sent = static_cast<std::int64_t>(*sent) * 1000;
    expected_.learn(device, std::move(last));
  }
  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }

  std::minstd_rand random_;
  Expected expected_, committed_;
};

TEST_P(ValueStoreCrashTest, LosesNothingThatWasCommitted) {
  random_.seed(GetParam());
  open({100'000, 30});
  for (int step = 0; step < 3000 && !HasFatalFailure(); ++step) {
    switch (draw(40)) {
      case 0:
        crash();
        expected_ = committed_;
        compare();
        break;
      case 1: commit(false); break;
      case 2: store_->fold_soon(); break;
      case 3: now_ += 700; break;
      case 4:
        if (draw(10) == 0) {
          const auto device = static_cast<DeviceNumber>(draw(5) + 1);
          store_->forget(device);
          expected_.forget(device);
        }
        break;
      case 5: compare(); break;
      case 6:
      case 7:
      case 8:
      case 9:
        commit();
        committed_ = expected_;
        break;
      default: ++now_; random_value();
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, ValueStoreCrashTest, ::testing::Range(1u, 21u));

}  // namespace
}  // namespace linnet::service
