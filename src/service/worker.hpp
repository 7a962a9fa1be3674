// SPDX-License-Identifier: Apache-2.0
#pragma once
// A thread for work that takes long, with a queue of bounded length. Any thread may add.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace linnet::service {

class Worker {
 public:
  explicit Worker(std::size_t most_waiting);
  /// Ends with the job under way; those that wait are dropped.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// False: too many wait already. `job` must not throw.
  [[nodiscard]] bool add(std::function<void()> job);

 private:
  void run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_
  bool ending_ = false;                        // guarded by mutex_
  std::thread thread_;
};

}  // namespace linnet::service
