// SPDX-License-Identifier: Apache-2.0
#pragma once
// The inside of a shard: takes datagrams apart, answers what devices ask (registration interface,
// Send), and leaves the rest to `DeviceRequests`. Thread rule: that of the shard.
#include <string>
#include <string_view>

#include <linnet/base/function_ref.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/shard.hpp>
#include "server/block_inbox.hpp"
#include "server/dedup_ring.hpp"
#include "server/device_requests.hpp"
#include "server/registration_request.hpp"
#include "server/registry.hpp"
#include "server/reply.hpp"
#include "server/ring_buffer.hpp"
#include "server/timer_wheel.hpp"

namespace linnet::server {

class Shard::Engine {
 public:
  Engine(const ShardConfig& config, Rng& rng, Authorizer* authorizer,
         const DefinitionSource* definitions);

  void receive(Instant now, const SocketAddress& from, ByteView datagram);
  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out);
  void drop_answers();
  [[nodiscard]] Instant next_timeout() const;
  void on_timeout(Instant now);
  std::optional<Event> poll_event();

  bool remove(Instant now, RegistrationId id);
  void renew(const SocketAddress& session) { dedup_.renew(session); }
  Status restore(Instant now, const RegistrationView& registration);
  void set_tap(MessageTap* tap) { tap_ = tap; }
  DeviceRequests& requests() { return requests_; }
  [[nodiscard]] const Registry& registry() const { return registry_; }
  [[nodiscard]] ShardCounters counters() const;
  [[nodiscard]] const ShardConfig& config() const { return config_; }
  void reconfigure(const ShardConfig& config) {
    config_.default_lifetime = config.default_lifetime;
    config_.adopt_new_address = config.adopt_new_address;
    config_.operation_timeout = config.operation_timeout;
    config_.awake_for = config.awake_for;
    config_.max_response_bytes = config.max_response_bytes;
  }

 private:
  /// A request being answered: who sent it, and its body once that is whole.
  struct Request {
    const SocketAddress& from;
    const coap::MessageView& message;
    ByteView body;
    std::optional<coap::BlockOption> block1;  ///< to go into the answer
    bool attributed = false;                  ///< it is clear which device is awake because of it
  };

  /// What the path of a request names.
  enum class Target : std::uint8_t { Unknown, Directory, Registration, DataPush, WellKnown };
  struct Route {
    Target target = Target::Unknown;
    std::string_view registration{};  ///< refers to the message
  };

  // engine.cpp: the message layer.
  void on_request(Instant now, const SocketAddress& from, const coap::MessageView& message);
  void on_response(Instant now, const SocketAddress& from, const coap::MessageView& message);
  [[nodiscard]] static Route route(const coap::MessageView& message);
  [[nodiscard]] static bool is_refresh(const coap::MessageView& message);
  [[nodiscard]] Answer answer_request(Instant now, Request& request);
  [[nodiscard]] std::optional<Answer> take_body(Instant now, Request& request);
  bool answer_copy(Instant now, const SocketAddress& from, const coap::MessageView& message);

  // registration_interface.cpp
  [[nodiscard]] Answer on_register(Instant now, Request& request);
  [[nodiscard]] Answer on_update(Instant now, Request& request, Slot slot);
  [[nodiscard]] Refusal apply_update(Instant now, const Request& request, Slot slot,
                                     Updated& event);
  [[nodiscard]] bool is_copy_of_refresh(Instant now, const Request& request, Slot slot) const;
  [[nodiscard]] Refusal parse_update(const Request& request, Slot slot,
                                     RegistrationParameters& parameters,
                                     RegistrationChange& change);
  [[nodiscard]] Answer on_deregister(Instant now, Request& request, Slot slot);
  [[nodiscard]] ParameterPolicy policy() const;
  [[nodiscard]] Refusal check_objects(const Request& request, lwm2m::Version version);
  [[nodiscard]] Refusal authorize(AccessRequest::Kind kind, const SocketAddress& from,
                                  std::string_view endpoint, Slot slot);
  void end_registration(Instant now, Slot slot, Deregistered::Reason reason);
  void expire(Instant now);

  // send_interface.cpp
  [[nodiscard]] Answer on_send(Instant now, Request& request);
  [[nodiscard]] Slot sender_of(const SocketAddress& from, std::span<const lwm2m::Path> paths) const;

  // message_tap.cpp
  void tap_in(Instant now, const SocketAddress& from, ByteView datagram);
  void tap_out(Instant now, const SocketAddress& to, ByteView datagram);
  [[nodiscard]] Slot partner(const SocketAddress& peer, const coap::MessageView& message,
                             const Route& where) const;

  ShardConfig config_;
  Rng& rng_;
  Authorizer* authorizer_;
  const DefinitionSource* definitions_;
  ShardCounters counters_;
  Registry registry_;
  TimerWheel lifetimes_;
  DedupRing dedup_;
  BlockInbox inbox_;
  Replies replies_;
  RingBuffer<Event> events_;
  Presence presence_;
  DeviceRequests requests_;
  ObjectList objects_;  // scratch of the request being answered
  MessageTap* tap_ = nullptr;
  // The last Register that `tap_` saw: whom a refusal is for.
  SocketAddress tapped_register_{};
  std::string tapped_endpoint_;
};

}  // namespace linnet::server
