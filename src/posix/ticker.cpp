// SPDX-License-Identifier: Apache-2.0
#include <linnet/posix/ticker.hpp>

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include <linnet/posix/setup_error.hpp>

namespace linnet::posix {

Ticker::Ticker(EventLoop& loop, Duration interval, std::function<void()> handler)
    : loop_(loop), descriptor_(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
  itimerspec when{};
  when.it_interval.tv_sec = interval.ms / 1000;
  when.it_interval.tv_nsec = interval.ms % 1000 * 1'000'000;
  when.it_value = when.it_interval;
  if (descriptor_ < 0 || timerfd_settime(descriptor_, 0, &when, nullptr) != 0) {
    const int reason = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw SetupError(std::string("cannot make a timer: ") + std::strerror(reason));
  }
  loop_.watch(descriptor_, [this, handler = std::move(handler)] {
    std::uint64_t count = 0;
    if (::read(descriptor_, &count, sizeof(count)) == static_cast<ssize_t>(sizeof(count))) {
      handler();
    }
  });
}

Ticker::~Ticker() {
  loop_.unwatch(descriptor_);
  ::close(descriptor_);
}

}  // namespace linnet::posix
