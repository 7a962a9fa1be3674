// SPDX-License-Identifier: Apache-2.0
#include <sim_network.hpp>

#include <stdexcept>

namespace linnet::sim {

void Network::attach(const SocketAddress& address, Node node) { nodes_[address] = std::move(node); }

void Network::detach(const SocketAddress& address) { nodes_.erase(address); }

void Network::rebind(const SocketAddress& inside, const SocketAddress& outside) {
  if (const auto old = outside_of_.find(inside); old != outside_of_.end()) {
    inside_of_.erase(old->second);
  }
  outside_of_[inside] = outside;
  inside_of_[outside] = inside;
}

void Network::inject(Datagram datagram) { carry(std::move(datagram)); }

void Network::carry(Datagram datagram) {
  if (const auto nat = outside_of_.find(datagram.from); nat != outside_of_.end()) {
    datagram.from = nat->second;
  }
  ++sent_;
  bool lost = datagram.bytes.size() > quality.mtu || rng_.below(100) < quality.loss;
  if (drop_next_ > 0) {
    --drop_next_;
    lost = true;
  }
  if (on_datagram) on_datagram(now_, datagram, lost);
  if (lost) {
    ++lost_;
    return;
  }
  const std::uint32_t copies = rng_.below(100) < quality.duplicate ? 2 : 1;
  const auto spread = static_cast<std::uint32_t>((quality.delay_max - quality.delay_min).ms + 1);
  for (std::uint32_t i = 0; i < copies; ++i) {
    in_flight_.emplace(now_ + quality.delay_min + milliseconds(rng_.below(spread)), datagram);
  }
}

void Network::transmit_all() {
  for (auto& [address, node] : nodes_) {
    // An engine that always has something to send is a bug: fail instead of spinning.
    for (std::size_t n = 0;; ++n) {
      if (n == 100000) throw std::runtime_error("a node never stops sending at one instant");
      const auto [to, size] = node.poll_transmit(now_, buffer_);
      if (size == 0) break;
      carry({address, to, {buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size)}});
    }
    if (node.drain) node.drain(now_);
  }
}

Instant Network::next_event() const {
  Instant next = in_flight_.empty() ? Instant::never() : in_flight_.begin()->first;
  for (const auto& [address, node] : nodes_) next = earlier(next, node.next_timeout());
  return next;
}

void Network::step(Instant at) {
  if (at > now_) now_ = at;
  while (!in_flight_.empty() && in_flight_.begin()->first <= now_) {
    const Datagram datagram = std::move(in_flight_.begin()->second);
    in_flight_.erase(in_flight_.begin());
    SocketAddress to = datagram.to;
    if (const auto nat = inside_of_.find(to); nat != inside_of_.end()) {
      to = nat->second;
    } else if (outside_of_.contains(to)) {
      continue;  // behind a NAT: nothing reaches the inside address from outside
    }
    if (const auto node = nodes_.find(to); node != nodes_.end()) {
      node->second.receive(now_, datagram.from, datagram.bytes);
    }
  }
  for (auto& [address, node] : nodes_) {
    if (node.next_timeout() <= now_) node.on_timeout(now_);
  }
  transmit_all();
}

void Network::run_until(Instant end) {
  transmit_all();
  std::size_t idle = 0;
  while (true) {
    const Instant next = next_event();
    if (next > end) break;
    idle = next <= now_ ? idle + 1 : 0;
    if (idle > 100000) throw std::runtime_error("time stands still: a timeout is never consumed");
    step(next);
  }
  now_ = end;
}

bool Network::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = now_ + limit;
  transmit_all();
  while (!done()) {
    const Instant next = next_event();
    if (next > end) {
      now_ = end;
      return done();
    }
    step(next);
  }
  return true;
}

}  // namespace linnet::sim
