// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sends the requests of a fleet to a server on loopback and checks every answer. One socket: the
// source address of each datagram is set by IP_PKTINFO, so that a million devices have a million
// addresses. Requests go out in halves of a window: while the server works on one half, the next
// is made; so a batch is about as large for a fast server as for a slow one.
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fleet.hpp"

namespace linnet::scale {

struct TrafficCount {
  std::uint64_t requests = 0;
  std::uint64_t retransmissions = 0;
  double seconds = 0;
};

class Generator {
 public:
  /// `window`: requests that may wait for their answer at a time, 2 to 1024.
  Generator(Fleet& fleet, std::uint32_t window);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// One request of each of `devices`, in order; returns when all are answered. With `echo`, an
  /// answer is right if it equals the request. Throws std::runtime_error on a wrong answer, or
  /// when one does not come.
  TrafficCount run(Request request, const SocketAddress& server, bool echo,
                   std::span<const std::uint32_t> devices);
  /// Answers what the server asks the devices until each has answered an Observe. Throws
  /// std::runtime_error if the server stops asking before.
  void answer_observes();

 private:
  /// A request under way, with all the kernel wants to know to send it.
  struct Slot {
    std::array<std::uint8_t, kMaxRequest> bytes;
    std::size_t size = 0;
    bool waiting = false;
    std::uint16_t mark = 0;
    std::uint32_t device = 0;
    int sent = 0;
    iovec vector{};
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(in_pktinfo))> control;
  };

  void make(Request request, std::uint32_t slot, std::uint32_t device);
  void send(std::span<const std::uint32_t> slots, sockaddr_in& server);
  /// Waits for answers, a moment at most; returns how many were new.
  std::uint32_t receive(Request request, bool echo);
  /// The slot that waits for an answer with this mark, if any.
  [[nodiscard]] std::uint32_t waiting_for(std::uint16_t mark) const;
  void take(Request request, bool echo, ByteView answer, std::uint32_t& fresh);
  std::uint32_t resend(sockaddr_in& server);
  std::optional<std::uint32_t> answer_one_observe();

  Fleet& fleet_;
  int descriptor_ = -1;
  std::uint32_t last_number_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> slot_of_mark_;
  std::vector<std::array<std::uint8_t, 512>> received_;
  std::vector<iovec> vectors_;
  std::vector<mmsghdr> headers_;
};

}  // namespace linnet::scale
