// SPDX-License-Identifier: Apache-2.0
// Pins what a registered device costs in memory, and that an Update allocates nothing. A program of
// its own because it counts every allocation by replacing the global operators.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <linnet/base/random.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/shard.hpp>

namespace {

std::size_t g_live_bytes = 0;
std::size_t g_allocations = 0;
constexpr std::size_t kHead = alignof(std::max_align_t);

void* counted(std::size_t size) {
  auto* block = static_cast<std::byte*>(std::malloc(size + kHead));
  if (block == nullptr) std::abort();
  *reinterpret_cast<std::size_t*>(block) = size;
  g_live_bytes += size;
  ++g_allocations;
  return block + kHead;
}

void uncounted(void* pointer) {
  if (pointer == nullptr) return;
  auto* block = static_cast<std::byte*>(pointer) - kHead;
  g_live_bytes -= *reinterpret_cast<std::size_t*>(block);
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* pointer) noexcept { uncounted(pointer); }
void operator delete[](void* pointer) noexcept { uncounted(pointer); }
void operator delete(void* pointer, std::size_t) noexcept { uncounted(pointer); }
void operator delete[](void* pointer, std::size_t) noexcept { uncounted(pointer); }

namespace linnet::server {
namespace {

constexpr std::uint32_t kDevices = 100'000;

SocketAddress address_of(std::uint32_t n) {
  return SocketAddress::v4(10, static_cast<std::uint8_t>(n >> 16),
                           static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n), 5683);
}

/// Drives a shard without allocating.
class Driver {
 public:
  explicit Driver(Shard& shard) : shard_(shard) {}

  std::string register_device(Instant now, std::uint32_t n, const std::string& objects) {
    Writer out(storage_);
    coap::MessageWriter message(out, {coap::Type::Con, coap::Code::Post, 1, {}});
    message.add_option(coap::OptionNumber::UriPath, "rd");
    message.add_content_format(coap::ContentFormat::LinkFormat);
    message.add_query("ep", "urn:imei:35209900" + std::to_string(10'000'000 + n));
    message.add_query("lt", "86400");
    message.add_query("lwm2m", "1.1");
    message.payload(as_bytes(objects));
    EXPECT_TRUE(message.finish().ok());
    shard_.receive(now, address_of(n), out.written());
    const auto sent = shard_.poll_transmit(now, storage_);
    if (!sent) return {};
    const auto answer = coap::MessageView::parse(MutableBytes(storage_).first(sent->size));
    std::string id;
    for (const auto& option : answer->options(coap::OptionNumber::LocationPath)) {
      id = option.text();
    }
    drop_events();
    return answer->code() == coap::Code::Created ? id : std::string{};
  }

  bool update(Instant now, std::uint32_t n, std::string_view id, std::uint16_t message_id) {
    Writer out(storage_);
    coap::MessageWriter message(out, {coap::Type::Con, coap::Code::Post, message_id, {}});
    message.add_option(coap::OptionNumber::UriPath, "rd");
    message.add_option(coap::OptionNumber::UriPath, id);
    if (!message.finish().ok()) return false;
    shard_.receive(now, address_of(n), out.written());
    const auto sent = shard_.poll_transmit(now, storage_);
    drop_events();
    return sent && storage_[1] == static_cast<std::uint8_t>(coap::Code::Changed);
  }

 private:
  void drop_events() {
    while (shard_.poll_event()) {
    }
  }

  Shard& shard_;
  std::array<std::uint8_t, 1280> storage_{};
};

std::string ten_links(std::uint32_t variant) {
  std::string text =
      "</>;ct=\"110 112\",</1/0>;ver=1.1,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</3303/0>";
  for (int i = 1; i < 4; ++i) {
    text += ",</3303/" + std::to_string((variant >> (8 * (i - 1))) % 256 + 256 * i) + ">";
  }
  return text;
}

double bytes_per_device(bool distinct) {
  SeededRng rng(1);
  const std::size_t before = g_live_bytes;
  Shard shard({}, rng);
  Driver driver(shard);
  for (std::uint32_t n = 0; n < kDevices; ++n) {
    EXPECT_FALSE(driver.register_device({n}, n, ten_links(distinct ? n : 0)).empty()) << n;
  }
  EXPECT_EQ(shard.counters().registrations, kDevices);
  EXPECT_EQ(shard.find("urn:imei:3520990010000007")->links.size(), 10u);
  return static_cast<double>(g_live_bytes - before) / kDevices;
}

TEST(Memory, ADeviceWithTenLinksTakesAtMost400Bytes) {
  const double same = bytes_per_device(false);
  const double distinct = bytes_per_device(true);
  std::printf(
      "%u devices with 10 object links: %.0f bytes each with one list for all, "
      "%.0f with a list of its own for each\n",
      kDevices, same, distinct);
  RecordProperty("bytes_shared_list", static_cast<int>(same));
  RecordProperty("bytes_own_list", static_cast<int>(distinct));
  EXPECT_LE(same, 400.0);
  EXPECT_LE(distinct, 400.0);
  EXPECT_GT(same, 100.0) << "not counted right";
}

TEST(Memory, AnUpdateAllocatesNothing) {
  SeededRng rng(1);
  Shard shard({}, rng);
  Driver driver(shard);
  constexpr std::uint32_t kFew = 1000;
  std::vector<std::string> ids;
  for (std::uint32_t n = 0; n < kFew; ++n)
    ids.push_back(driver.register_device({0}, n, ten_links(0)));
  // After the lifetime of the messages remembered, their memory serves again.
  Instant now{0};
  std::uint16_t round = 2;
  for (; round < 12; ++round) {
    now = now + seconds(100);
    for (std::uint32_t n = 0; n < kFew; ++n) ASSERT_TRUE(driver.update(now, n, ids[n], round));
  }
  const std::size_t before = g_allocations;
  for (; round < 60; ++round) {
    now = now + seconds(100);
    shard.on_timeout(now);
    for (std::uint32_t n = 0; n < kFew; ++n) ASSERT_TRUE(driver.update(now, n, ids[n], round));
  }
  EXPECT_EQ(g_allocations, before);
}

}  // namespace
}  // namespace linnet::server
