// SPDX-License-Identifier: Apache-2.0
#pragma once
// Calls a handler in an event loop every so often (timerfd): for what belongs to the process and
// not to an engine, which has deadlines of its own. Not copyable. Outlived by the loop.
#include <functional>

#include <linnet/base/time.hpp>
#include <linnet/posix/event_loop.hpp>

namespace linnet::posix {

class Ticker {
 public:
  /// The first call is one `interval` from now. A loop that was busy for several intervals calls
  /// once. Throws SetupError.
  Ticker(EventLoop& loop, Duration interval, std::function<void()> handler);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  EventLoop& loop_;
  int descriptor_ = -1;
};

}  // namespace linnet::posix
