// SPDX-License-Identifier: Apache-2.0
#include <linnet/posix/event_loop.hpp>

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/setup_error.hpp>

namespace linnet::posix {
namespace {

int wait_milliseconds(Instant deadline) {
  // epoll's clock stands still while the machine is suspended and ours does not: looking again
  // this often is how a deadline that passed during sleep is noticed.
  constexpr std::int64_t kLookAgain = 10'000;
  if (deadline.is_never()) return -1;
  const std::int64_t left = (deadline - monotonic_now()).ms;
  if (left <= 0) return 0;
  // One millisecond more: the clock is cut to whole milliseconds, and to wake early is to spin.
  return static_cast<int>(std::min(left + 1, kLookAgain));
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (epoll_ < 0 || wake_ < 0) {
    throw SetupError(std::string("cannot make an event loop: ") + std::strerror(errno));
  }
  watch(wake_, [this] {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = ::read(wake_, &count, sizeof(count));
  });
}

EventLoop::~EventLoop() {
  ::close(wake_);
  ::close(epoll_);
}

void EventLoop::watch(int descriptor, Handler handler) {
  auto watch = std::make_unique<Watch>(Watch{descriptor, std::move(handler)});
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = watch.get();
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw SetupError(std::string("cannot watch a descriptor: ") + std::strerror(errno));
  }
  watches_.push_back(std::move(watch));
}

void EventLoop::unwatch(int descriptor) {
  const auto found = std::find_if(watches_.begin(), watches_.end(), [&](const auto& watch) {
    return watch->descriptor == descriptor;
  });
  if (found == watches_.end()) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  (*found)->descriptor = -1;
  removed_.push_back(std::move(*found));
  watches_.erase(found);
}

bool EventLoop::run_once(Instant deadline) {
  if (stopped()) return false;
  std::array<epoll_event, 32> events{};
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                               wait_milliseconds(deadline));
  for (int i = 0; i < count; ++i) {
    auto* watch = static_cast<Watch*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (watch->descriptor >= 0) watch->handler();
  }
  removed_.clear();
  return !stopped();
}

void EventLoop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = ::write(wake_, &one, sizeof(one));
}

void EventLoop::stop() {
  stopped_.store(true, std::memory_order_relaxed);
  wake();
}

Signals::Signals(EventLoop& loop, std::initializer_list<int> signals,
                 std::function<void(int)> handler)
    : loop_(loop) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor_ < 0) {
    throw SetupError(std::string("cannot receive signals: ") + std::strerror(errno));
  }
  loop_.watch(descriptor_, [this, handler = std::move(handler)] {
    signalfd_siginfo info{};
    while (::read(descriptor_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
      handler(static_cast<int>(info.ssi_signo));
    }
  });
}

Signals::~Signals() {
  loop_.unwatch(descriptor_);
  ::close(descriptor_);
}

}  // namespace linnet::posix
