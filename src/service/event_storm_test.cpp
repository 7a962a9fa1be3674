// SPDX-License-Identifier: Apache-2.0
// Pins that consumers who are cut off at any byte and resume, under ten thousand events in each
// second of a clock of its own, while commits fail and the server is killed, see every event once
// and each device's in order. Half of them read server-sent events, half WebSocket messages.
#include <gtest/gtest.h>
#include <event_bench.hpp>

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <vector>

#include "service/event_stream.hpp"

namespace linnet::service {
namespace {

constexpr int kConsumers = 50;
constexpr int kDevices = 40;
constexpr int kEventsPerTick = 50;  // of 5 ms: 10 000 in a second

/// The number behind `key` in `text`, -1 if there is none.
std::int64_t number_after(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return -1;
  std::int64_t number = -1;
  std::from_chars(text.data() + at + key.size(), text.data() + text.size(), number);
  return number;
}

/// Reads one form of a stream, keeps what a program would keep, and checks what it is promised.
class Consumer {
 public:
  Consumer(EventStream::Form form, EventFilter filter) : form_(form), filter_(std::move(filter)) {}

  void connect(EventReader& reader) {
    buffer_.clear();
    const auto start = id_.empty() ? reader.oldest() : reader.behind(id_);
    stream_ = std::make_unique<EventStream>(reader, filter_, start, form_);
  }
  [[nodiscard]] bool connected() const { return stream_ != nullptr; }
  void disconnect() { stream_.reset(); }

  /// Takes what there is; at most `bytes` of it arrive, and then the connection is gone.
  void take(std::size_t bytes) {
    std::string piece;
    stream_->next(piece);
    const bool cut = piece.size() > bytes;
    buffer_.append(piece, 0, bytes);
    while (form_ == EventStream::Form::ServerSent ? take_event() : take_message()) {
    }
    if (cut) disconnect();
  }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  [[nodiscard]] bool at_end(const EventLog& log) const {
    return stream_ != nullptr && stream_->position() == log.latest();
  }

 private:
  bool take_event() {
    const auto end = buffer_.find("\n\n");
    if (end == std::string::npos) return false;
    const auto data = buffer_.find("data: ");
    take_json(std::string_view(buffer_).substr(data + 6, end - data - 6));
    buffer_.erase(0, end + 2);
    return true;
  }
  bool take_message() {
    if (buffer_.size() < 2) return false;
    std::size_t size = static_cast<std::uint8_t>(buffer_[1]), head = 2;
    if (size == 126) {
      if (buffer_.size() < 4) return false;
      size = static_cast<std::size_t>(static_cast<std::uint8_t>(buffer_[2])) << 8 |
             static_cast<std::uint8_t>(buffer_[3]);
      head = 4;
    }
    if (buffer_.size() < head + size) return false;
    take_json(std::string_view(buffer_).substr(head, size));
    buffer_.erase(0, head + size);
    return true;
  }
  void take_json(std::string_view json) {
    ASSERT_EQ(json.find("\"lost\""), std::string_view::npos) << json;
    const auto id = json.find("\"id\":\"") + 6;
    id_ = json.substr(id, json.find('"', id) - id);
    const std::int64_t device = number_after(json, "\"d\":");
    if (device < 0) return;  // hello, position
    const std::int64_t count = number_after(json, "\"c\":");
    ASSERT_EQ(count, ++last_[static_cast<std::size_t>(device)]) << "device " << device;
    ++seen_;
  }

  EventStream::Form form_;
  EventFilter filter_;
  std::unique_ptr<EventStream> stream_;
  std::string buffer_, id_;
  std::array<std::int64_t, kDevices> last_{};
  std::uint64_t seen_ = 0;
};

class Storm {
 public:
  explicit Storm(std::uint64_t seed) : rng_(seed), bench_({}, 200'000) {
    for (int i = 0; i < kConsumers; ++i) {
      EventFilter filter;
      // Some want one device only, some those with an endpoint that begins like this.
      if (i % 5 == 3) filter.add_endpoint("dev-" + std::to_string(i % kDevices));
      if (i % 5 == 4) filter.add_endpoint("dev-1*");
      consumers_.emplace_back(
          i % 2 == 0 ? EventStream::Form::ServerSent : EventStream::Form::Frames, filter);
    }
    open();
  }
  /// `ticks` of 5 ms with everything that can happen, then until everybody has everything.
  void run(int ticks) {
    for (int tick = 0; tick < ticks && !::testing::Test::HasFatalFailure(); ++tick) {
      publish();
      // Not a crash while the store fails: what readers saw meanwhile would be gone, and they would
      // be told that.
      const auto dice = rng_.below(100);
      if (dice < 90) (void)bench_.commit();
      if (dice >= 90 && dice < 95 && !failed_) failed_ = !bench_.commit(false);
      while (failed_ && tick % 7 == 0 && bench_.journal->changed()) (void)bench_.commit();
      if (!bench_.log->has_unwritten()) failed_ = false;
      if (dice == 99 && !failed_) crash();
      for (auto& consumer : consumers_) move(consumer);
    }
    while (bench_.journal->changed()) (void)bench_.commit();
    for (auto& consumer : consumers_) {
      while (!consumer.at_end(*bench_.log) && !::testing::Test::HasFatalFailure()) {
        if (!consumer.connected()) consumer.connect(*reader_);
        consumer.take(1u << 30);
      }
    }
  }
  void check() const {
    std::uint64_t all = 0;
    for (const auto count : stored_) all += static_cast<std::uint64_t>(count);
    for (int i = 0; i < kConsumers; ++i) {
      std::uint64_t wanted = all;
      if (i % 5 == 3)
        wanted = static_cast<std::uint64_t>(stored_[static_cast<std::size_t>(i % kDevices)]);
      if (i % 5 == 4) {
        wanted = static_cast<std::uint64_t>(stored_[1]);
        for (std::size_t d = 10; d < 20; ++d) wanted += static_cast<std::uint64_t>(stored_[d]);
      }
      EXPECT_EQ(consumers_[static_cast<std::size_t>(i)].seen(), wanted) << "consumer " << i;
    }
  }

 private:
  void open() { reader_.emplace(*bench_.log, bench_.file()); }
  void publish() {
    for (int i = 0; i < kEventsPerTick; ++i) {
      const std::size_t device = rng_.below(kDevices);
      bench_.publish(
          "{\"d\":" + std::to_string(device) + ",\"c\":" + std::to_string(++stored_[device]) + "}",
          "dev-" + std::to_string(device));
    }
  }
  /// What was not stored nobody saw: the devices count on from what was.
  void crash() {
    while (bench_.journal->changed()) (void)bench_.commit();
    const auto before = stored_;
    for (auto& consumer : consumers_) consumer.disconnect();
    publish();
    stored_ = before;
    reader_.reset();
    bench_.start();
    open();
  }
  void move(Consumer& consumer) {
    const auto dice = rng_.below(100);
    if (!consumer.connected()) {
      if (dice < 30) consumer.connect(*reader_);
      return;
    }
    if (dice < 3) return consumer.disconnect();
    // A slow one takes nothing for a while and falls behind what is in memory.
    if (dice < 60) return;
    consumer.take(dice < 65 ? rng_.below(5000) : 1u << 30);
  }

  SeededRng rng_;
  test::EventBench bench_;
  std::optional<EventReader> reader_;
  std::vector<Consumer> consumers_;
  std::array<std::int64_t, kDevices> stored_{};
  bool failed_ = false;
};

TEST(EventStorm, ConsumersThatAreCutOffSeeEveryEventOnceAndInOrder) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Storm storm(seed);
    storm.run(150);
    storm.check();
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace linnet::service
