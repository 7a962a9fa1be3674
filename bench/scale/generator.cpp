// SPDX-License-Identifier: Apache-2.0
#include "generator.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <linnet/base/check.hpp>
#include <linnet/posix/net_address.hpp>
#include "cpu_clock.hpp"

namespace linnet::scale {
namespace {

constexpr std::size_t kMarks = 65'536;
constexpr std::uint32_t kNoSlot = 0xFFFFFFFF;

/// The control message that carries the device's own address.
using AddressControl = std::array<std::uint8_t, CMSG_SPACE(sizeof(in_pktinfo))>;

void put_source(const SocketAddress& address, AddressControl& out) {
  auto* control = reinterpret_cast<cmsghdr*>(out.data());
  control->cmsg_level = IPPROTO_IP;
  control->cmsg_type = IP_PKTINFO;
  control->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo info{};
  std::memcpy(&info.ipi_spec_dst, address.ip.data() + 12, 4);
  std::memcpy(CMSG_DATA(control), &info, sizeof(info));
}

/// Loopback answers within a millisecond or has lost the datagram; a busy machine is given time.
constexpr timeval kPatience{0, 200'000};
constexpr int kMaxTransmissions = 20;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("the generator: " + what);
}

}  // namespace

Generator::Generator(Fleet& fleet, std::uint32_t window)
    : fleet_(fleet),
      slots_(window),
      slot_of_mark_(kMarks),
      received_(window),
      vectors_(window),
      headers_(window) {
  LINNET_CHECK(window >= 2 && window <= 1024);
  descriptor_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  const int buffer = 4 << 20;
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  if (::bind(descriptor_, reinterpret_cast<sockaddr*>(&any), sizeof(any)) != 0) {
    fail(std::string("no socket: ") + std::strerror(errno));
  }
  for (std::uint32_t i = 0; i < window; ++i) {
    free_.push_back(i);
    vectors_[i] = {received_[i].data(), received_[i].size()};
  }
}

Generator::~Generator() { ::close(descriptor_); }

void Generator::make(Request request, std::uint32_t number, std::uint32_t device) {
  Slot& slot = slots_[number];
  slot.device = device;
  slot.sent = 0;
  std::uint16_t mark = 0;
  do {
    slot.size = fleet_.write(request, device, ++last_number_, slot.bytes);
    mark = *Fleet::mark_of(request, slot.bytes);
    // Two devices may be at the same message id: then one of them passes it over.
  } while (waiting_for(mark) != kNoSlot);
  slot.waiting = true;
  slot.mark = mark;
  slot_of_mark_[mark] = number;
  slot.vector = {slot.bytes.data(), slot.size};
  put_source(Fleet::address(device, 0), slot.control);
}

std::uint32_t Generator::waiting_for(std::uint16_t mark) const {
  const std::uint32_t number = slot_of_mark_[mark];
  return slots_[number].waiting && slots_[number].mark == mark ? number : kNoSlot;
}

void Generator::send(std::span<const std::uint32_t> slots, sockaddr_in& server) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Slot& slot = slots_[slots[i]];
    if (++slot.sent > kMaxTransmissions) fail("no answer");
    headers_[i] = {};
    msghdr& header = headers_[i].msg_hdr;
    header.msg_name = &server;
    header.msg_namelen = sizeof(server);
    header.msg_iov = &slot.vector;
    header.msg_iovlen = 1;
    header.msg_control = slot.control.data();
    header.msg_controllen = slot.control.size();
  }
  for (std::size_t done = 0; done < slots.size();) {
    const int count = sendmmsg(descriptor_, headers_.data() + done,
                               static_cast<unsigned>(slots.size() - done), 0);
    if (count < 0 && errno != EINTR) fail(std::string("cannot send: ") + std::strerror(errno));
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

std::uint32_t Generator::receive(Request request, bool echo) {
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    headers_[i] = {};
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
  const int count = recvmmsg(descriptor_, headers_.data(), static_cast<unsigned>(headers_.size()),
                             MSG_WAITFORONE, nullptr);
  if (count < 0 && errno != EAGAIN && errno != EINTR) {
    fail(std::string("cannot receive: ") + std::strerror(errno));
  }
  std::uint32_t fresh = 0;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    take(request, echo, ByteView(received_[at]).first(headers_[at].msg_len), fresh);
  }
  return fresh;
}

void Generator::take(Request request, bool echo, ByteView answer, std::uint32_t& fresh) {
  // Late answers of a phase before, or to requests that were sent twice, fit nothing that waits.
  const auto mark = Fleet::mark_of(request, answer);
  const std::uint32_t number = mark ? waiting_for(*mark) : kNoSlot;
  if (number == kNoSlot) return;
  Slot& slot = slots_[number];
  const ByteView sent = ByteView(slot.bytes).first(slot.size);
  const bool right =
      echo ? equal(sent, answer) : fleet_.granted(request, slot.device, sent, answer);
  if (!right) fail("device " + std::to_string(slot.device) + " got a wrong answer");
  slot.waiting = false;
  free_.push_back(number);
  ++fresh;
}

std::uint32_t Generator::resend(sockaddr_in& server) {
  std::vector<std::uint32_t> waiting;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].waiting) waiting.push_back(i);
  }
  send(waiting, server);
  return static_cast<std::uint32_t>(waiting.size());
}

TrafficCount Generator::run(Request request, const SocketAddress& server, bool echo,
                            std::span<const std::uint32_t> devices) {
  sockaddr_storage storage{};
  posix::to_sockaddr(server, AF_INET, storage);
  auto& to = reinterpret_cast<sockaddr_in&>(storage);
  TrafficCount count;
  const double start = wall_seconds();
  std::vector<std::uint32_t> batch;
  std::size_t next = 0;
  while (count.requests < devices.size()) {
    if (next < devices.size() && free_.size() >= slots_.size() / 2) {
      batch.clear();
      while (batch.size() < slots_.size() / 2 && next < devices.size()) {
        batch.push_back(free_.back());
        free_.pop_back();
        make(request, batch.back(), devices[next++]);
      }
      send(batch, to);
      if (free_.size() >= slots_.size() / 2) continue;  // the second half, at the start
    }
    const std::uint32_t answered = receive(request, echo);
    count.requests += answered;
    if (answered == 0) count.retransmissions += resend(to);
  }
  count.seconds = wall_seconds() - start;
  return count;
}

/// The device that was asked and has answered; nothing if no request came.
std::optional<std::uint32_t> Generator::answer_one_observe() {
  std::array<std::uint8_t, 512> request;
  std::array<std::uint8_t, kMaxRequest> answer;
  alignas(cmsghdr) AddressControl control;
  sockaddr_in server{};
  iovec vector{request.data(), request.size()};
  msghdr header{};
  header.msg_name = &server;
  header.msg_namelen = sizeof(server);
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const auto size = recvmsg(descriptor_, &header, 0);
  if (size < 0) return std::nullopt;
  const cmsghdr* info = CMSG_FIRSTHDR(&header);
  if (info == nullptr || info->cmsg_type != IP_PKTINFO) fail("cannot see who was asked");
  in_pktinfo asked{};
  std::memcpy(&asked, CMSG_DATA(info), sizeof(asked));
  SocketAddress address = SocketAddress::v4(0, 0, 0, 0, 0);
  std::memcpy(address.ip.data() + 12, &asked.ipi_addr, 4);
  const auto device = fleet_.device_at(address);
  if (!device) fail("a device was asked that is not there");
  const ByteView datagram = ByteView(request).first(static_cast<std::size_t>(size));
  const std::size_t answer_size = fleet_.answer_observe(*device, ++last_number_, datagram, answer);
  vector = iovec{answer.data(), answer_size};
  if (answer_size == 0) fail("a device was asked for something else than to be observed");
  put_source(address, control);
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  if (sendmsg(descriptor_, &header, 0) < 0) fail("cannot answer");
  return device;
}

void Generator::answer_observes() {
  const int on = 1;
  const int off = 0;
  setsockopt(descriptor_, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
  std::vector<bool> answered(fleet_.size());
  std::uint32_t missing = fleet_.size();
  for (int idle = 0; missing != 0 && idle < kMaxTransmissions;) {
    const auto device = answer_one_observe();
    idle = device ? 0 : idle + 1;
    if (!device || answered[*device]) continue;
    answered[*device] = true;
    --missing;
  }
  setsockopt(descriptor_, IPPROTO_IP, IP_PKTINFO, &off, sizeof(off));
  if (missing != 0) fail("the server stopped asking");
}

}  // namespace linnet::scale
