// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a client can leave out to be smaller. Each pointer names a table of functions; the linker
// drops what no configuration names, so a feature left out costs no flash. Send, bodies in blocks
// and attributes given in an Observe are left out by `Limits` that have no room for them, and a
// payload format by not being in `Config::formats`.
//
//   Config{.features = {.conditions = &kChangeConditions}}     nothing else

namespace linnet::client {

struct CompositeOperations;
struct InstanceOperations;
struct ChangeConditions;
struct ServerOperations;
struct QueueOperations;

extern const CompositeOperations kCompositeOperations;
extern const InstanceOperations kInstanceOperations;
extern const ChangeConditions kChangeConditions;
extern const ServerOperations kServerOperations;
extern const QueueOperations kQueueOperations;

/// Null: not there.
struct Features {
  /// Read-, Write- and Observe-Composite; without, FETCH and iPATCH are answered 4.05.
  const CompositeOperations* composite = nullptr;
  /// Create and Delete; without, they are answered 4.05.
  const InstanceOperations* instances = nullptr;
  /// The attributes gt, lt, st and edge; without, a Write-Attributes with one of them is answered
  /// 4.00. Without them, a text format and a resource of type Float there is no floating point.
  const ChangeConditions* conditions = nullptr;
  /// Disable (/1/x/4), being offline, notifications stored meanwhile, the order of registrations
  /// and what follows when one fails (/1/x/13 to /1/x/16). Without, the application acts on
  /// `DisableRequested` or takes /1/x/4 out of object 1, and every server is registered with
  /// independently.
  const ServerOperations* servers = nullptr;
  /// The Update that says we are awake after sleep (queue_mode.hpp). Without, queue mode may still
  /// be announced by a client that does not sleep, or sends Updates itself.
  const QueueOperations* queue = nullptr;
};

[[nodiscard]] constexpr Features all_features() {
  return {.composite = &kCompositeOperations,
          .instances = &kInstanceOperations,
          .conditions = &kChangeConditions,
          .servers = &kServerOperations,
          .queue = &kQueueOperations};
}

}  // namespace linnet::client
