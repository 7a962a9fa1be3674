// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows an `Engine` works on, laid out by `Client<Limits>`. Applications need only `Sample`.
#include <cstdint>
#include <optional>
#include <span>

#include <linnet/base/fixed.hpp>
#include <linnet/base/time.hpp>
#include <linnet/client/attribute_store.hpp>
#include <linnet/client/event.hpp>
#include <linnet/coap/block.hpp>
#include <linnet/coap/dedup.hpp>
#include <linnet/coap/exchange.hpp>
#include <linnet/lwm2m/path.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::client {

/// One entry of a Send: a resource or resource instance, its value, and when it had it.
struct Sample {
  lwm2m::Path path;
  lwm2m::Value value;          ///< empty: read when the message is made
  std::optional<double> time;  ///< Unix seconds
};

enum class RegistrationState : std::uint8_t {
  Idle,           ///< not started, or given up
  Waiting,        ///< registers at `deadline`
  Registering,    ///< Register is under way
  Registered,     ///< `deadline`: the next Update
  Updating,       ///< Update is under way
  Deregistering,  ///< De-register is to be sent or under way
};

/// What the next Update carries; bits.
enum UpdatePart : std::uint8_t {
  kUpdateLifetime = 1,
  kUpdateBinding = 2,
  kUpdateObjects = 4,
  kUpdateNow = 8,
};

struct Server {
  Instant deadline = Instant::never();
  coap::BlockSender list;             ///< the object list on its way
  std::uint32_t lifetime = 0;         ///< as announced, seconds
  ShortServerId id = 0;               ///< 0: the row is free
  lwm2m::Id security = lwm2m::kNoId;  ///< instance of object 0
  lwm2m::Id account = lwm2m::kNoId;   ///< instance of object 1
  std::uint16_t next_message_id = 0;
  RegistrationState state = RegistrationState::Idle;
  std::uint8_t parts = 0;    ///< UpdatePart bits not yet told
  std::uint8_t sending = 0;  ///< UpdatePart bits of the Update under way
  std::uint8_t attempt = 0;
  std::uint8_t sequence = 0;
  FixedString<64> location;  ///< "rd/5a3f"
};

/// What a message of ours that awaits an answer is about.
enum class Purpose : std::uint8_t { None, Register, Update, Deregister, Send, Notification };

/// At most one of a server awaits its acknowledgement [NSTART]; its bytes are kept in the server's
/// message buffer until then.
struct ExchangeSlot {
  coap::Exchange exchange;
  std::uint16_t size = 0;    ///< bytes in the server's message buffer
  std::uint16_t index = 0;   ///< of the observation or Send
  PeerId peer = kNoPeer;
  Purpose purpose = Purpose::None;
  bool transmit = false;     ///< to be sent (again) by the next poll_transmit
};

/// A body that takes several messages.
struct Transfer {
  enum class Use : std::uint8_t { Free, Request, Stream, Answer, Send };
  Instant expiry = Instant::never();
  coap::BlockReceiver receiver;  ///< Request, Stream
  coap::BlockSender sender;      ///< Send
  std::uint32_t key = 0;         ///< what must agree in every block: method, path, options
  std::uint16_t size = 0;        ///< Answer, Send: bytes in the body buffer
  ContentFormat format{};
  PeerId peer = kNoPeer;
  Use use = Use::Free;
  coap::Code code{};
};

/// One node of an observation, with what its conditions compare against.
struct ObservedPath {
  lwm2m::Path path;
  double notified = 0;   ///< number sent last
  double evaluated = 0;  ///< number looked at last
  std::uint16_t observation = 0xFFFF;  ///< 0xFFFF: the row is free
  bool changed = false;                ///< since the last evaluation
};

struct Observation {
  Instant notified{};                    ///< when the last notification left
  Instant confirmed{};                   ///< when the last confirmable one was acknowledged
  Instant deadline = Instant::never();   ///< when to look again
  coap::Token token;
  std::uint32_t key = 0;                 ///< as in Transfer, of the request
  std::uint16_t message_id = 0;          ///< of the notification sent last
  ContentFormat format{};
  PeerId peer = kNoPeer;                 ///< kNoPeer: the row is free
  std::uint8_t own = 0xFF;               ///< row of attributes given in the Observe
  bool composite = false;
  bool pending = false;                  ///< a notification is owed, as soon as it may go
};

struct SendSlot {
  std::span<const Sample> samples;
  std::uint16_t id = 0;
  ContentFormat format{};
  PeerId peer = kNoPeer;  ///< kNoPeer: the row is free
  bool under_way = false;
};

struct Tables {
  std::span<Server> servers;
  std::span<ExchangeSlot> exchanges;
  std::span<SendSlot> sends;
  std::span<Transfer> transfers;
  std::span<Observation> observations;
  std::span<ObservedPath> observed_paths;
  std::span<lwm2m::Attributes> own_attributes;
  std::span<AttributeEntry> attributes;
  std::span<coap::DedupEntry> remembered;
  MutableBytes remembered_answers;
  std::span<Event> events;
  MutableBytes messages;  ///< one buffer a server
  MutableBytes answers;
  MutableBytes bodies;    ///< one buffer a transfer
  MutableBytes scratch;
};

}  // namespace linnet::client
