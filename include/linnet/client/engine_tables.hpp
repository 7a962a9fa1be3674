// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows an `Engine` works on, laid out by `Client<Limits>`. Applications need only `Sample`.
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <linnet/base/fixed.hpp>
#include <linnet/base/time.hpp>
#include <linnet/client/attribute_store.hpp>
#include <linnet/client/event.hpp>
#include <linnet/coap/block.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/coap/dedup.hpp>
#include <linnet/coap/exchange.hpp>
#include <linnet/lwm2m/path.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::client {

using coap::ContentFormat;

/// One entry of a Send: a resource or resource instance, its value, and when it had it.
struct Sample {
  lwm2m::Path path;
  lwm2m::Value value;          ///< empty: read when the message is made
  std::optional<double> time;  ///< Unix seconds
};

enum class RegistrationState : std::uint8_t {
  Idle,           ///< not started, or given up
  Offline,        ///< no connectivity: what it was before is in `Absence::resume`
  Disabled,       ///< by /1/x/4 or the application: silent, registers at `deadline`
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
  kUpdateNow = 8,  ///< nothing, but at once
};

/// What a server's absence and its place in the order of registrations need (Features::servers).
/// All zero is the start.
struct Absence {
  Duration disable_for{};           ///< how long, from the end of the De-register on
  Instant resume_deadline{};        ///< `Server::deadline` before going offline
  Instant refreshed{};              ///< when the lifetime began to run last
  Instant flush_at{};               ///< `flushing`: when stored notifications go out
  Instant completed_at{};           ///< `completed`: when the next in the order got its turn
  std::uint32_t delivered_key = 0;  ///< whose values are in the confirmable notification under way
  std::uint16_t delivering = 0;     ///< how many values are in it
  std::uint16_t stored_bytes = 0;
  std::uint16_t stored = 0;   ///< values that wait
  std::uint16_t dropped = 0;  ///< values dropped since the last return
  std::uint32_t dropped_ever = 0;
  RegistrationState resume{};
  coap::Code answer{};     ///< to the last Register
  bool away = false;       ///< since a Disable or going offline, until the server knows us again
  bool disabling = false;  ///< the De-register of a Disable is on its way
  bool flushing = false;   ///< back, and live notifications wait for the stored ones
  bool completed = false;  ///< registered, or failed in a way that lets others begin
  bool had_turn = false;   ///< may register without looking at the order
};

struct Server {
  Instant deadline = Instant::never();
  coap::BlockSender list;             ///< the object list on its way
  std::uint32_t lifetime = 0;         ///< as announced, seconds
  ShortServerId id = 0;               ///< 0: the row is free
  lwm2m::Id security = lwm2m::kNoId;  ///< instance of object 0
  lwm2m::Id account = lwm2m::kNoId;   ///< instance of object 1
  std::uint32_t fingerprint = 0;      ///< of what /0 says about it
  std::uint16_t message_id = 0;       ///< used last
  RegistrationState state = RegistrationState::Idle;
  std::uint8_t parts = 0;    ///< UpdatePart bits not yet told
  std::uint8_t sending = 0;  ///< UpdatePart bits of the Update under way
  std::uint8_t attempt = 0;
  std::uint8_t sequence = 0;
  std::uint8_t location_size = 0;
  bool leaving = false;  ///< the account is gone, De-register may still be under way
  std::array<std::uint8_t, 64> location{};  ///< "rd/5a3f"
  Absence absence;
};

/// What a message of ours that awaits an answer is about.
enum class Purpose : std::uint8_t {
  None,
  Register,
  Update,
  Deregister,
  Send,
  Notification,
  Bootstrap,
};

/// At most one of a server awaits its acknowledgement [NSTART]; its bytes are kept in the server's
/// message buffer until then.
struct ExchangeSlot {
  coap::Exchange exchange;
  std::uint16_t size = 0;   ///< bytes in the server's message buffer
  std::uint16_t index = 0;  ///< of the observation or Send
  PeerId peer = kNoPeer;
  Purpose purpose = Purpose::None;
  bool transmit = false;  ///< to be sent (again) by the next poll_transmit

  void free() {
    exchange.cancel();
    peer = kNoPeer;
    purpose = Purpose::None;
    transmit = false;
  }
};

/// A body that takes several messages.
struct Transfer {
  enum class Use : std::uint8_t { Free, Request, Stream, Answer, Send, Pack };
  Instant expiry = Instant::never();
  coap::BlockReceiver receiver;  ///< Request, Stream, Pack
  coap::BlockSender sender;      ///< Send
  std::uint32_t key = 0;         ///< what must agree in every block: method, path, options
  std::uint16_t size = 0;        ///< Answer, Send: bytes in the body buffer
  ContentFormat format{};
  PeerId peer = kNoPeer;
  Use use = Use::Free;
  coap::Code code{};
};

/// What one observed node is compared against: `Value::bits` if it is a number or boolean, else 0.
struct Watch {
  std::uint64_t notified = 0;   ///< of the value sent last
  std::uint64_t evaluated = 0;  ///< of the value looked at last
  Instant evaluated_at{};
  bool changed = false;  ///< somebody said so since the last look
  bool met = false;      ///< a change condition held since the last notification
};

/// One node of an observation.
struct ObservedPath {
  static constexpr std::uint16_t kFree = 0xFFFF;

  lwm2m::Path path;
  Watch watch;
  std::uint16_t observation = kFree;
};

struct Observation {
  static constexpr std::uint8_t kNoOwn = 0xFF;

  Instant notified{};                   ///< when the last notification left
  Instant confirmed{};                  ///< when a confirmable one was acknowledged last
  Instant deadline = Instant::never();  ///< when to look again
  coap::Token token;
  std::uint32_t key = 0;         ///< of the request, as in Transfer
  std::uint16_t message_id = 0;  ///< of the notification sent last
  ContentFormat format{};
  PeerId peer = kNoPeer;      ///< kNoPeer: the row is free
  std::uint8_t own = kNoOwn;  ///< row of attributes given in the Observe
  bool composite = false;
  bool pending = false;  ///< a notification is to be sent
  bool confirm = false;  ///< it will be a confirmable one
};

struct SendSlot {
  std::span<const Sample> samples;
  std::uint16_t id = 0;
  ContentFormat format{};
  PeerId peer = kNoPeer;  ///< kNoPeer: the row is free
  bool begun = false;
};

/// What operations of a bootstrap server have brought about besides what they wrote.
struct BootstrapEffects {
  static constexpr std::size_t kMostServers = 16;

  /// Objects that were changed: bit i is the i-th of the client's objects, bit 63 all from there.
  std::uint64_t touched = 0;
  /// Servers whose account was deleted: the unbootstrapping procedure has run for their data.
  FixedVector<ShortServerId, kMostServers> left;
};

enum class BootstrapState : std::uint8_t {
  Idle,        ///< no bootstrap is wanted
  HoldOff,     ///< asks for one at `deadline` [BS-10]
  Requesting,  ///< Bootstrap-Request or Bootstrap-Pack-Request is under way
  Open,        ///< the bootstrap server has until `deadline` for its next request [BS-27]
  Closing,     ///< done; the answer to Finish has to leave
};

struct BootstrapSession {
  Instant deadline = Instant::never();
  Instant purge = Instant::never();  ///< when the bootstrap account goes [BS-54]
  BootstrapEffects effects;
  BootstrapState state = BootstrapState::Idle;
  std::uint8_t attempt = 0;      ///< failed ones in a row
  bool pack = false;             ///< asks for a Bootstrap-Pack
  bool name_format = true;       ///< says the preferred format (`pct`)
  bool objects_changed = false;  ///< some server had to be told of instances before it began
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
  std::span<BootstrapSession> bootstrap;  ///< one or none
  std::span<Event> events;
  MutableBytes messages;  ///< one buffer a server
  MutableBytes answers;
  MutableBytes bodies;  ///< one buffer a transfer
  MutableBytes scratch;
  MutableBytes stored;                     ///< values of notifications, one region a server
  std::uint16_t stored_notifications = 0;  ///< values a region holds at most
};

}  // namespace linnet::client
