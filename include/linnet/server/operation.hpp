// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a server asks of a device and what comes back (Core 1.2 §6.3, §6.4; [DM-01]..[DM-68],
// [IR-17]..[IR-36]). Plain values; any thread. `Shard::submit` takes an `Operation`, an
// `OperationResult` comes out as an event, exactly one for each accepted operation.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <linnet/base/time.hpp>
#include <linnet/coap/code.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/lwm2m/attributes.hpp>
#include <linnet/lwm2m/path.hpp>
#include <linnet/server/registration.hpp>
#include <linnet/server/value.hpp>

namespace linnet::server {

/// Never reused while the shard lives; 0 names nothing.
struct OperationId {
  std::uint64_t value = 0;
  [[nodiscard]] constexpr bool valid() const { return value != 0; }
  friend constexpr auto operator<=>(const OperationId&, const OperationId&) = default;
};

/// Stays the same when a kept observation is made again after a re-registration.
struct ObservationId {
  std::uint64_t value = 0;
  [[nodiscard]] constexpr bool valid() const { return value != 0; }
  friend constexpr auto operator<=>(const ObservationId&, const ObservationId&) = default;
};

enum class OperationKind : std::uint8_t {
  Read,               ///< path: object .. resource instance
  Discover,           ///< path: object .. resource; depth (1.2)
  Write,              ///< Replace. path: instance .. resource instance; values below it
  WriteUpdate,        ///< Partial Update. path: instance, or multiple resource; values
  WriteAttributes,    ///< path: object .. resource instance; attributes
  Execute,            ///< path: resource; arguments
  Create,             ///< path: object, or instance to choose its id; values, may be empty
  Delete,             ///< path: instance, or resource instance (1.2)
  Observe,            ///< as Read; attributes (1.2) and keep
  CancelObservation,  ///< observation; asks the device by GET or FETCH with Observe=1
  ReadComposite,      ///< paths
  ObserveComposite,   ///< paths; attributes (1.2) and keep
  WriteComposite,     ///< values; one without a value deletes a resource instance (1.2)
};
/// "read", "write-composite", ... Static lifetime.
[[nodiscard]] const char* describe(OperationKind kind);

/// A request under way, to be kept and gone on with by another shard: the same CoAP message again,
/// so that a device which has done it already answers from memory instead of doing it twice (RFC
/// 7252 §4.2).
struct RequestRecord {
  coap::Token token{};
  std::uint16_t message_id = 0;
  std::uint8_t attempt = 0;                      ///< how often it was begun, from 1
  Instant first_sent{};                          ///< of this message
  std::optional<coap::ContentFormat> content{};  ///< of the payload
  std::optional<coap::ContentFormat> accept{};
  /// False for a block-wise transfer and for what makes or ends an observation: those begin anew.
  bool resumable = false;
};

struct Operation {
  OperationKind kind = OperationKind::Read;
  lwm2m::Path path{};
  std::vector<lwm2m::Path> paths{};
  /// Paths are full, from the object down. For a Create with `path` /object the device chooses the
  /// instance id, and the instance in these paths does not matter.
  ResourceValues values{};
  lwm2m::AttributeChange attributes{};
  std::string arguments{};  ///< as on the wire: "0='a',1"
  std::optional<std::uint8_t> depth{};
  ObservationId observation{};
  /// Accept of a reading, Content-Format of a writing operation. Absent, Linnet chooses:
  /// - Read and Observe: the best format announced with `ct`; else no Accept, the device's choice;
  /// - Write of one value to its resource: plain text, or opaque, from 1.1 on;
  /// - all others: the best announced format; else TLV for 1.0, SenML CBOR for 1.1 and later.
  /// A format that Linnet chose and the device refuses (4.15, 4.06) is replaced by the next one:
  /// SenML CBOR, SenML JSON, TLV.
  std::optional<coap::ContentFormat> format{};
  /// Observe: make the observation again after each Register of the same endpoint [REG-18].
  bool keep = false;
  /// Execute only: as a trigger, Non-confirmable, without waiting for an answer [DM-11].
  bool trigger = false;
  /// From submit to result, the wait in the queue included; 0 = `ShardConfig::operation_timeout`.
  /// At most 49 days.
  Duration timeout{0};
  /// How long the response to each message of it may take; 0 = as long as `timeout`.
  Duration response_timeout{0};
  /// Instead of failing with NotAcknowledged [QM-07] it stays first in the queue until the
  /// deadline: sent again when the device shows up, without queue mode also every
  /// `ShardConfig::hold_retry`. Within EXCHANGE_LIFETIME that is the same message, which no device
  /// does twice; later it is a new one, and a device whose answers were all lost does it again.
  /// Once acknowledged, the response has `ShardConfig::operation_timeout` to come.
  bool hold = false;
  /// Whether `OperationStarted` is wanted.
  bool report_start = false;
  /// Goes on with this request, as `Shard::record` gave it and `first_sent` on this shard's clock:
  /// the same message again at once, to a sleeping device too. Ignored if it is not resumable, sent
  /// longer than EXCHANGE_LIFETIME ago, or not the first in the queue.
  std::optional<RequestRecord> resume{};
};

/// How an operation ended.
enum class Outcome : std::uint8_t {
  Answered,          ///< the device answered; `code` says what, also 4.xx and 5.xx
  Sent,              ///< a trigger went out, nobody waits for an answer
  NotAcknowledged,   ///< all retransmissions went unanswered: probably not reachable
  NoResponse,        ///< acknowledged, but no response before the deadline
  Expired,           ///< the deadline passed before the request could be sent; `reason` says why
  Rejected,          ///< the device answered with Reset
  Cancelled,         ///< by `Shard::cancel` or by cancelling the observation
  RegistrationGone,  ///< de-registered, expired, or replaced by another Register
  BadAnswer,         ///< the answer could not be understood; `reason` says why
  TooLarge,          ///< the answer exceeds `ShardConfig::max_response_bytes`
};
/// "answered", "not acknowledged", ... Static lifetime.
[[nodiscard]] const char* describe(Outcome outcome);

/// One link of a Discover answer.
struct DiscoveredLink {
  lwm2m::Path path{};
  /// The link's attributes as text, such as "pmin=10;dim=2"; empty if none.
  std::string attributes{};
};

struct OperationResult {
  OperationId operation{};
  RegistrationId registration{};
  OperationKind kind = OperationKind::Read;
  Outcome outcome = Outcome::Answered;
  /// The device's response code; 0.00 unless `outcome` is Answered or BadAnswer.
  coap::Code code{};
  /// For people: the diagnostic payload of an error response, or what is wrong with the answer.
  std::string reason{};
  ResourceValues values{};               ///< Read, Observe and the composites
  std::vector<DiscoveredLink> links{};   ///< Discover
  std::optional<lwm2m::Path> created{};  ///< Create
  ObservationId observation{};           ///< Observe: the observation, if one was established
  std::optional<coap::ContentFormat> format{};  ///< of the answer's payload
  Duration elapsed{0};                          ///< from submit to this result

  /// The device did what it was asked to: Answered with 2.xx, or Sent.
  [[nodiscard]] bool success() const;
};

}  // namespace linnet::server
