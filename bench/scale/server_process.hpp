// SPDX-License-Identifier: Apache-2.0
#pragma once
// The measured side: a process of its own with one thread, one UDP socket on loopback, and behind
// the same event loop and the same batches either a shard or an echo that looks at nothing.
// The parent asks it over a pipe pair how much it did and what that took.
#include <sys/types.h>

#include <cstdint>

#include <linnet/base/address.hpp>

namespace linnet::scale {

struct ServerStatus {
  std::int64_t cpu_ns = 0;  ///< of its thread, user and system
  std::uint64_t requests = 0;
  std::uint64_t wakeups = 0;  ///< times it found datagrams waiting
  std::uint64_t resident_bytes = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t dropped = 0;
  std::uint64_t notifications = 0;  ///< whose value the application got
  std::uint32_t registrations = 0;
  std::uint32_t observed = 0;  ///< devices that agreed to it
};

class ServerProcess {
 public:
  enum class Kind : std::uint8_t { Shard, Echo };

  /// Starts it. `clock_factor`: how much faster than the clock on the wall the shard's time goes.
  /// Throws std::runtime_error if the system gives no process or no socket.
  ServerProcess(Kind kind, std::uint32_t clock_factor);
  /// Ends it.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const SocketAddress& address() const { return address_; }
  /// Throws std::runtime_error if the process is gone.
  [[nodiscard]] ServerStatus status();
  /// The shard begins to observe the temperature of every device; `Generator::answer_observes`.
  void observe_all();

 private:
  Kind kind_;
  pid_t process_ = -1;
  int control_ = -1;
  SocketAddress address_;
};

}  // namespace linnet::scale
