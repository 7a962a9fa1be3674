// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a client tells its application: polled by `Engine::poll_event`, plain values.
#include <cstdint>

#include <linnet/base/result.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/code.hpp>
#include <linnet/lwm2m/path.hpp>

namespace linnet::client {

/// A server account as the index of its row: 0 .. Limits::servers - 1. The application maps it to
/// a socket or session. It stays the same as long as the account exists.
using PeerId = std::uint8_t;
inline constexpr PeerId kNoPeer = 255;

enum class EventType : std::uint8_t {
  Registered,             ///< 2.01 to Register
  RegistrationFailed,     ///< `code` (or `error` when no answer came); tries again at `retry_at`
  Updated,                ///< 2.04 to Update
  RegistrationLost,       ///< an Update failed (`code` or `error`); registering again
  Deregistered,           ///< 2.02 to De-register, or nobody answered it (`error`)
  ObservationStarted,     ///< of `path`; the root for a composite observation
  ObservationEnded,       ///< by cancel, Reset, silence, a vanished node or a new registration
  NotificationDelivered,  ///< a confirmable notification of `path` was acknowledged
  NotificationLost,       ///< it was not: `error`
  SendDone,               ///< `id` as given by `send`: 2.04, another `code`, or `error`
  ResourceWritten,        ///< `path`: a resource, or a whole instance, was written by `peer`
  ResourceExecuted,       ///< `path`
  InstanceCreated,        ///< `path`
  InstanceDeleted,        ///< `path`
  UpdateTriggered,        ///< /1/x/8 was executed
  DisableRequested,       ///< /1/x/4 was executed
  Disabled,               ///< close the session: nothing to or from the server until `retry_at`
  NotificationsDropped,   ///< `id` stored values were dropped for want of room while away
  BootstrapNeeded,        ///< registration with `peer` (kNoPeer: any) failed for good [SRV-04]
  BootstrapRequested,     ///< /1/x/9 was executed
  EventsDropped,          ///< `id` events were lost because nobody polled in time
};

/// "registered", "registration failed", ... Static lifetime.
[[nodiscard]] const char* describe(EventType type);

struct Event {
  EventType type = EventType::Registered;
  PeerId peer = kNoPeer;
  coap::Code code = coap::Code::Empty;  ///< the server's answer, Empty if there was none
  Error error = Error::Ok;              ///< why there was none
  std::uint16_t id = 0;
  lwm2m::Path path;
  Instant retry_at = Instant::never();
};

}  // namespace linnet::client
