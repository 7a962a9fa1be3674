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
  Registered,  ///< 2.01 to Register
  /// There is no secure session to `peer`, or it ended the one there was: `Unauthorized` with the
  /// alert `id` (secure::Alert), `Timeout`, or `Malformed` for credentials that cannot be used.
  ConnectionFailed,
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
  BootstrapStarted,       ///< the session of the bootstrap server is open
  BootstrapWritten,       ///< `path`, or everything of a Bootstrap-Pack (the root)
  BootstrapDeleted,       ///< `path` and what is below it
  /// Finish was answered 4.06: `path` breaks the rule `id`, a lwm2m::ConfigurationRule, or with
  /// `error` NotFound is a mandatory resource that is not there.
  BootstrapRefused,
  BootstrapDone,         ///< accounts and access rights are as the bootstrap server wants them
  BootstrapFailed,       ///< all is as before (`code` or `error`); asks again at `retry_at`
  BootstrapAccountGone,  ///< it was purged, as /0/x/12 says [BS-54]
  /// The account of `peer` is gone; the last event of this `PeerId`, which another account may get
  /// at once: close the session before what `poll_transmit` has for that one is sent.
  ServerRemoved,
  /// The image in `Config::store` is damaged (`error`), or the object at `path` did not take what
  /// was in it: what is not restored is as the factory made it.
  ConfigurationNotRestored,
  ConfigurationNotKept,  ///< the store failed (`error`); tries again at `retry_at`
  EventsDropped,         ///< `id` events were lost because nobody polled in time
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
