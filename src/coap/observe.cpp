// SPDX-License-Identifier: Apache-2.0
#include <linnet/coap/observe.hpp>

namespace linnet::coap {
namespace {

constexpr std::uint32_t kMask = 0xFFFFFF;
constexpr std::uint32_t kHalf = 0x800000;
/// After this long a lower number is a newer one that has wrapped.
constexpr Duration kReorderingTime = seconds(128);

}  // namespace

// [TR-02] RFC 7641 §3.4: newer is ahead by less than half the circle, or late enough.
bool NotificationOrder::accept(Instant now, std::uint32_t sequence) {
  sequence &= kMask;
  const std::uint32_t ahead = (sequence - sequence_) & kMask;
  const bool newer =
      sequence_ == kNone || (ahead != 0 && ahead < kHalf) || now > received_ + kReorderingTime;
  if (newer) {
    sequence_ = sequence;
    received_ = now;
  }
  return newer;
}

}  // namespace linnet::coap
