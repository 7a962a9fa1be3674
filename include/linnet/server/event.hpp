// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a shard tells its application, through `Shard::poll_event`. Values that own what they
// carry. For details of a registration that still exists, ask the shard by its id.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/server/operation.hpp>
#include <linnet/server/registration.hpp>
#include <linnet/server/value.hpp>

namespace linnet::server {

/// A Register was accepted. If the endpoint was registered before, a `Deregistered` event with
/// `Replaced` came just before this one [REG-17].
struct Registered {
  RegistrationId id{};
};

/// An Update was accepted [REG-32]. Allocates nothing.
struct Updated {
  RegistrationId id{};
  bool address_changed = false;
  bool lifetime_changed = false;
  bool links_changed = false;
  /// Binding, queue mode, SMS number or profile ids.
  bool binding_changed = false;
  [[nodiscard]] bool refresh_only() const {
    return !address_changed && !lifetime_changed && !links_changed && !binding_changed;
  }
};

/// A device with queue mode that was presumed asleep has shown up, and what waits for it starts
/// [QM-03]. After a Register it is awake without this event.
struct Awake {
  RegistrationId id{};
};

/// Nothing was heard of a device with queue mode for `ShardConfig::awake_for`, or a request to it
/// went unanswered: it is presumed asleep, and operations wait.
struct Sleeping {
  RegistrationId id{};
};

/// A registration ended; its id names nothing any more [REG-43].
struct Deregistered {
  enum class Reason : std::uint8_t { Request, Expired, Replaced, Removed };
  RegistrationId id{};
  std::string endpoint{};
  Reason reason = Reason::Request;
  /// The one it had; with `Replaced` the new registration has it, otherwise another may already.
  std::uint32_t slot = 0;
};
/// "de-registered", "expired", ... Static lifetime.
[[nodiscard]] const char* describe(Deregistered::Reason reason);

/// A value, or new values, of something observed [IR-26]. The answer to the Observe itself comes
/// as its `OperationResult`, not as a notification; that of a kept observation that was made
/// again after a Register comes as a notification.
struct Notification {
  ObservationId observation{};
  RegistrationId registration{};
  ResourceValues values{};
  std::uint32_t sequence = 0;  ///< of the Observe option, 24 bits
  coap::ContentFormat format{};
};

/// No more notifications will come.
struct ObservationEnded {
  enum class Reason : std::uint8_t {
    Cancelled,         ///< by the application
    RegistrationGone,  ///< de-registered, expired, or registered again without `keep`
    Device,            ///< the device ended it with an error notification [IR-21]
    NotRestored,       ///< could not be made again after a Register
  };
  ObservationId observation{};
  RegistrationId registration{};
  Reason reason = Reason::Cancelled;
  coap::Code code{};  ///< what the device said, if it did
};
[[nodiscard]] const char* describe(ObservationEnded::Reason reason);

/// A notification that could not be understood; the observation goes on.
struct NotificationRefused {
  ObservationId observation{};
  RegistrationId registration{};
  std::string reason{};
};

/// A device sent values on its own account (Send) [IR-37].
struct DataSent {
  RegistrationId registration{};
  ResourceValues values{};
  coap::ContentFormat format{};
};

/// The request of an operation with `report_start` is about to go out with the next
/// `poll_transmit`; `Shard::record` tells now what it takes to go on with it after a restart. Comes
/// again for each new attempt.
struct OperationStarted {
  OperationId operation{};
  RegistrationId registration{};
  std::uint8_t attempt = 1;
};

using Event =
    std::variant<Registered, Updated, Deregistered, OperationResult, Notification, ObservationEnded,
                 NotificationRefused, DataSent, Awake, Sleeping, OperationStarted>;

}  // namespace linnet::server
