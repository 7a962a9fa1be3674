// SPDX-License-Identifier: Apache-2.0
#pragma once
// A network and a clock that exist only in the test: datagrams are delayed, lost, doubled and
// reordered by a seeded generator, and time jumps from one event to the next. Anything with the
// sans-I/O shape (receive, poll_transmit, next_timeout, on_timeout) is a node.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/random.hpp>
#include <linnet/base/time.hpp>

namespace linnet::sim {

/// What happens to each datagram on its way. Probabilities are in percent.
struct LinkQuality {
  std::uint32_t loss = 0;
  std::uint32_t duplicate = 0;
  Duration delay_min = milliseconds(5);
  /// Above `delay_min` datagrams overtake each other.
  Duration delay_max = milliseconds(5);
  /// Longer datagrams are dropped, as a path with a small MTU and blocked ICMP does.
  std::size_t mtu = 1500;
};

struct Datagram {
  SocketAddress from;
  SocketAddress to;
  std::vector<std::uint8_t> bytes;
};

/// An engine on the network. Filled by the test with lambdas around its engine.
struct Node {
  std::function<void(Instant, const SocketAddress& from, ByteView)> receive;
  /// The next datagram to send as {destination, size}; size 0 when there is none.
  std::function<std::pair<SocketAddress, std::size_t>(Instant, MutableBytes)> poll_transmit;
  std::function<Instant()> next_timeout;
  std::function<void(Instant)> on_timeout;
  /// Called after every step in which the node did something: poll its events here.
  std::function<void(Instant)> drain;
};

/// A shard of either kind, whose events are kept in `events`. Both outlive the node.
template <typename Shard, typename Event>
[[nodiscard]] Node shard_node(Shard& shard, std::vector<Event>& events) {
  return {
      .receive = [&shard](Instant now, const SocketAddress& from,
                          ByteView bytes) { shard.receive(now, from, bytes); },
      .poll_transmit = [&shard](Instant now,
                                MutableBytes out) -> std::pair<SocketAddress, std::size_t> {
        const auto sent = shard.poll_transmit(now, out);
        return sent ? std::pair{sent->to, sent->size} : std::pair{SocketAddress{}, std::size_t{0}};
      },
      .next_timeout = [&shard] { return shard.next_timeout(); },
      .on_timeout = [&shard](Instant now) { shard.on_timeout(now); },
      .drain =
          [&shard, &events](Instant) {
            while (auto event = shard.poll_event()) events.push_back(std::move(*event));
          }};
}

class Network {
 public:
  explicit Network(std::uint64_t seed) : rng_(seed), seed_(seed) {}

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  /// Quality of every link from now on.
  LinkQuality quality;

  void attach(const SocketAddress& address, Node node);
  void detach(const SocketAddress& address);
  /// From now on datagrams of the node at `inside` carry `outside` as their source, and datagrams
  /// to `outside` reach it; the old mapping is gone: a NAT that rebound.
  void rebind(const SocketAddress& inside, const SocketAddress& outside);

  /// Drops the next `n` datagrams, whoever sends them.
  void drop_next(std::size_t n) { drop_next_ = n; }
  /// Injects a datagram now, as if sent by anybody.
  void inject(Datagram datagram);
  /// Lets time pass; every event until then happens in order.
  void run_for(Duration duration) { run_until(now_ + duration); }
  void run_until(Instant end);
  /// Runs until `done` or until `limit` has passed. True if `done` became true.
  bool run_until(const std::function<bool()>& done, Duration limit);

  /// Datagrams handed to the network so far, lost ones included.
  [[nodiscard]] std::size_t sent() const { return sent_; }
  [[nodiscard]] std::size_t lost() const { return lost_; }
  /// Called for every datagram handed to the network: for assertions on the traffic.
  std::function<void(Instant, const Datagram&, bool lost)> on_datagram;

 private:
  void transmit_all();
  void carry(Datagram datagram);
  [[nodiscard]] Instant next_event() const;
  void step(Instant at);

  SeededRng rng_;
  std::uint64_t seed_;
  Instant now_{};
  std::map<SocketAddress, Node> nodes_;
  std::map<SocketAddress, SocketAddress> outside_of_;  // inside -> outside
  std::map<SocketAddress, SocketAddress> inside_of_;   // outside -> inside
  std::multimap<Instant, Datagram> in_flight_;
  std::size_t drop_next_ = 0;
  std::size_t sent_ = 0;
  std::size_t lost_ = 0;
  std::array<std::uint8_t, 65536> buffer_{};
};

}  // namespace linnet::sim
