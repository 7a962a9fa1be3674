// SPDX-License-Identifier: Apache-2.0
#pragma once
// The inside of a bootstrap shard: answers Bootstrap-Request and Bootstrap-Pack-Request, and runs
// the sessions. Thread rule: that of the shard.
#include <memory>
#include <optional>
#include <vector>

#include <linnet/coap/message.hpp>
#include <linnet/server/bootstrap_shard.hpp>
#include "server/bootstrap_session.hpp"
#include "server/dedup_ring.hpp"
#include "server/hash_index.hpp"
#include "server/registration_request.hpp"
#include "server/reply.hpp"
#include "server/ring_buffer.hpp"
#include "server/timer_wheel.hpp"

namespace linnet::server {

class BootstrapShard::Engine {
 public:
  Engine(const BootstrapShardConfig& config, Rng& rng, BootstrapSource& source,
         const DefinitionSource* definitions);

  void receive(Instant now, const SocketAddress& from, ByteView datagram,
               std::string_view identity);
  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out);
  [[nodiscard]] Instant next_timeout() const { return timers_.next(); }
  void on_timeout(Instant now);
  std::optional<BootstrapEvent> poll_event();

  Result<BootstrapSessionId> begin(Instant now, std::string_view endpoint,
                                   const SocketAddress& address);
  Status repair(Instant now, BootstrapSessionId id, const BootstrapConfiguration& corrected);
  bool cancel(Instant now, BootstrapSessionId id);
  void renew(const SocketAddress& session) { dedup_.renew(session); }

  [[nodiscard]] BootstrapCounters counters() const;
  [[nodiscard]] const BootstrapShardConfig& config() const { return config_; }

 private:
  struct Request {
    const SocketAddress& from;
    const coap::MessageView& message;
    std::string_view identity;
  };
  struct PackReply {
    SocketAddress to;
    std::vector<std::uint8_t> datagram;
  };
  struct Entry {
    std::unique_ptr<BootstrapSession> session;
    std::uint32_t generation = 0;
    std::uint32_t next_free = kNone;
  };

  // bootstrap_engine.cpp: the message layer.
  void on_empty(Instant now, const SocketAddress& from, const coap::Header& header);
  void on_request(Instant now, const Request& request);
  void on_response(Instant now, const SocketAddress& from, const coap::MessageView& message);
  bool answer_copy(Instant now, const SocketAddress& from, const coap::MessageView& message);

  // bootstrap_interface.cpp: what devices ask.
  /// Nothing if a Bootstrap-Pack goes out instead.
  [[nodiscard]] std::optional<Answer> answer_request(Instant now, const Request& request);
  [[nodiscard]] Refusal decide(const Request& request, bool pack, std::string& endpoint,
                               BootstrapConfiguration& configuration);
  [[nodiscard]] Answer on_bootstrap_request(Instant now, const Request& request);
  [[nodiscard]] std::optional<Answer> on_pack_request(const Request& request);
  [[nodiscard]] Status write_pack(const Request& request, coap::ContentFormat format, ByteView pack,
                                  bool& last);
  void deny(const Request& request, std::string_view endpoint, const Refusal& refusal);

  // bootstrap_sessions.cpp: what devices are asked.
  BootstrapSession& at(std::uint32_t number) { return *entries_[number].session; }
  [[nodiscard]] const BootstrapSession& at(std::uint32_t number) const {
    return *entries_[number].session;
  }
  [[nodiscard]] bool live(std::uint32_t number) const {
    return number < entries_.size() && entries_[number].session != nullptr;
  }
  [[nodiscard]] std::uint32_t find(BootstrapSessionId id) const;
  [[nodiscard]] std::uint32_t find(std::string_view endpoint) const;
  [[nodiscard]] std::uint32_t find(const SocketAddress& address) const;
  Result<BootstrapSessionId> start(Instant now, std::string_view endpoint,
                                   const SocketAddress& address,
                                   const BootstrapConfiguration& configuration,
                                   const BootstrapDevice& device);
  [[nodiscard]] std::uint32_t add(std::unique_ptr<BootstrapSession> session);
  [[nodiscard]] Status make_plan_of(BootstrapSession& session) const;
  void begin_step(Instant now, std::uint32_t number);
  void next_step(Instant now, std::uint32_t number);
  void want_send(std::uint32_t number, BootstrapSession::Send what);
  std::optional<Transmit> transmit(Instant now, std::uint32_t number, MutableBytes out);
  void set_timer(std::uint32_t number);
  [[nodiscard]] Instant deadline(const BootstrapSession& session) const;
  void on_answer(Instant now, std::uint32_t number, const coap::MessageView& message);
  [[nodiscard]] bool goes_on(Instant now, std::uint32_t number, const coap::MessageView& message);
  [[nodiscard]] bool try_next_format(Instant now, std::uint32_t number, coap::Code code);
  void complete(Instant now, std::uint32_t number, const coap::MessageView& message);
  [[nodiscard]] std::string take_findings(BootstrapSession& session) const;
  void on_refused(Instant now, std::uint32_t number, const std::string& reason);
  void try_again(Instant now, std::uint32_t number, Outcome outcome);
  void answered(Instant now, std::uint32_t number, Outcome outcome, coap::Code code,
                std::string reason);
  void fail(Instant now, std::uint32_t number, std::string reason, coap::Code code = {});
  void end(Instant now, std::uint32_t number, BootstrapEvent event);
  [[nodiscard]] static BootstrapEvent event_of(const BootstrapSession& session,
                                               BootstrapEvent::Kind kind);

  const BootstrapShardConfig config_;
  Rng& rng_;
  BootstrapSource& source_;
  const DefinitionSource* definitions_;
  BootstrapCounters counters_;
  std::uint64_t seed_;
  std::uint8_t szx_;
  DedupRing dedup_;
  Replies replies_;
  RingBuffer<PackReply> packs_;
  RingBuffer<BootstrapEvent> events_;
  std::vector<Entry> entries_;
  std::uint32_t free_ = kNone;
  HashIndex by_endpoint_;
  HashIndex by_address_;
  TimerWheel timers_;
  RingBuffer<std::uint32_t> ready_;
};

}  // namespace linnet::server
