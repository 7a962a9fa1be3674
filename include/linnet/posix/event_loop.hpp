// SPDX-License-Identifier: Apache-2.0
#pragma once
// One loop of one thread over epoll: descriptors, a deadline, signals, and a way in for other
// threads (`wake`, `stop`), the only calls that are safe from outside. Not copyable.
#include <atomic>
#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include <linnet/base/time.hpp>

namespace linnet::posix {

class EventLoop {
 public:
  using Handler = std::function<void()>;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Calls `handler` whenever `descriptor` is readable or closed, until `unwatch`. The handler
  /// may watch and unwatch, itself included. The descriptor stays the caller's.
  void watch(int descriptor, Handler handler);
  void unwatch(int descriptor);

  /// Waits until something is readable, somebody called `wake` or `stop`, or `deadline` is there,
  /// then calls the handlers. May return earlier: look at the clock. False once `stop` was called.
  bool run_once(Instant deadline = Instant::never());

  /// Ends the current or next wait. Any thread.
  void wake();
  /// Makes `run_once` return false from now on. Any thread.
  void stop();
  [[nodiscard]] bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
  struct Watch {
    int descriptor = -1;
    Handler handler;
  };

  int epoll_ = -1;
  int wake_ = -1;
  std::atomic<bool> stopped_{false};
  std::vector<std::unique_ptr<Watch>> watches_;
  /// Removed while their handlers may still be on the stack; freed after the round.
  std::vector<std::unique_ptr<Watch>> removed_;
};

/// Blocks the signals for this thread and all it starts later, and hands them to a handler in the
/// loop instead: no code runs in signal context. Make one in main() before any thread; at most
/// one for a signal. Outlived by the loop.
class Signals {
 public:
  Signals(EventLoop& loop, std::initializer_list<int> signals, std::function<void(int)> handler);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  EventLoop& loop_;
  int descriptor_ = -1;
};

}  // namespace linnet::posix
